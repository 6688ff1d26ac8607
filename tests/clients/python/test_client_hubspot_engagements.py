"""HubSpot's own client and what people do: tasks, notes, calls, emails, meetings, and whom they concern."""

from __future__ import annotations

from typing import Any

import pytest
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.objects.tasks import ApiException as TasksException

MOMENT = "2026-11-20T10:30:00Z"
NAMED = {
    **{"tasks": "hs_task_subject", "notes": "hs_note_body", "calls": "hs_call_title"},
    **{"emails": "hs_email_subject", "meetings": "hs_meeting_title"},
}
MORE: dict[str, dict[str, str]] = {
    "tasks": {"hs_task_status": "NOT_STARTED", "hs_task_priority": "HIGH", "hs_task_type": "TODO"},
    "notes": {},
    "calls": {"hs_call_direction": "OUTBOUND", "hs_call_duration": "60000"},
    "emails": {"hs_email_direction": "EMAIL", "hs_email_status": "SENT", "hs_email_text": "Beste klant"},
    "meetings": {"hs_meeting_start_time": MOMENT, "hs_meeting_end_time": "2026-11-20T11:00:00Z"},
}
KINDS = pytest.mark.parametrize("kind", NAMED)


def api(hubspot: HubSpotGround, kind: str) -> Any:
    return getattr(hubspot.api.crm.objects, kind)


def values(kind: str, tag: Tag) -> dict[str, str]:
    return {"hs_timestamp": MOMENT, NAMED[kind]: tag.text("bellen"), **MORE[kind]}


@KINDS
def test_an_engagement_is_made_read_changed_and_archived(hubspot: HubSpotGround, tag: Tag, kind: str) -> None:
    basic, wanted = api(hubspot, kind).basic_api, values(kind, tag)
    made = basic.create({"properties": wanted})
    read = basic.get_by_id(made.id, properties=[*wanted])
    assert {name: read.properties[name] for name in MORE[kind] if not name.endswith("_time")} == {
        name: value for name, value in MORE[kind].items() if not name.endswith("_time")
    }
    title = tag.text("gebeld")
    basic.update(made.id, {"properties": {NAMED[kind]: title}})
    assert basic.get_by_id(made.id, properties=[NAMED[kind]]).properties[NAMED[kind]] == title
    basic.archive(made.id)
    assert basic.get_by_id(made.id, archived=True).archived is True


@KINDS
def test_engagements_come_in_batches_and_are_found(ground: Ground, hubspot: HubSpotGround, kind: str) -> None:
    batch = api(hubspot, kind).batch_api
    made = batch.create({"inputs": [{"properties": values(kind, ground.tag)} for _ in range(3)]})
    ids = {row.id for row in made.results}
    read = batch.read({"properties": [NAMED[kind]], "inputs": [{"id": each} for each in ids]})
    assert {row.id for row in read.results} == ids
    own = [{"propertyName": "hs_object_id", "operator": "IN", "values": sorted(ids)}]
    body = {"filterGroups": [{"filters": own}], "limit": 5}
    search = api(hubspot, kind).search_api.do_search
    assert ground.eventually(lambda: search(body), lambda page: page.total == 3).total == 3
    batch.archive({"inputs": [{"id": each} for each in ids]})


@pytest.mark.parametrize(
    ("kind", "there", "back"), [("tasks", 204, 203), ("notes", 202, 201)], ids=["task", "note"]
)
def test_an_engagement_is_made_at_a_contact(
    hubspot: HubSpotGround, tag: Tag, kind: str, there: int, back: int
) -> None:
    contact = hubspot.api.crm.contacts.basic_api.create({"properties": {"lastname": tag.text()}})
    link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": there}
    body = {"properties": values(kind, tag), "associations": [{"to": {"id": contact.id}, "types": [link]}]}
    made = api(hubspot, kind).basic_api.create(body)
    pairs = hubspot.api.crm.associations.v4.basic_api.get_page("contacts", contact.id, kind).results
    assert [str(pair.to_object_id) for pair in pairs] == [made.id]
    assert [each.type_id for each in pairs[0].association_types] == [back]


def test_a_task_without_its_time_is_refused(hubspot: HubSpotGround, tag: Tag) -> None:
    with pytest.raises(TasksException) as refused:
        hubspot.api.crm.objects.tasks.basic_api.create({"properties": {"hs_task_subject": tag.text()}})
    assert refused.value.status == 400
    assert "hs_timestamp" in refused.value.body
