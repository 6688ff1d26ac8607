"""Tasks, notes, calls, meetings and emails, driven by HubSpot's own client."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

WHEN = "2026-11-03T08:00:00.000Z"
TEXT = {
    "tasks": "hs_task_subject",
    "notes": "hs_note_body",
    "calls": "hs_call_title",
    "meetings": "hs_meeting_title",
    "emails": "hs_email_subject",
}
TYPES = {"tasks": "0-27", "notes": "0-46", "calls": "0-48", "meetings": "0-47", "emails": "0-49"}
kinds = pytest.mark.parametrize("kind", list(TEXT))


@kinds
def test_the_life_of_an_engagement(client: HubSpot, kind: str) -> None:
    """It is created, read, changed, found by its type id, and goes to the recycle bin."""
    api = getattr(client.crm.objects, kind).basic_api
    made = api.create({"properties": {"hs_timestamp": WHEN, TEXT[kind]: "Bellen"}})
    assert made.properties["hs_createdate"] == made.properties["hs_lastmodifieddate"]
    read = api.get_by_id(made.id)
    assert set(read.properties) == {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"}
    api.update(made.id, {"properties": {TEXT[kind]: "Terugbellen"}})
    page = client.crm.objects.basic_api.get_page(TYPES[kind], properties=[TEXT[kind], "hs_timestamp"])
    assert [(row.properties[TEXT[kind]], row.properties["hs_timestamp"]) for row in page.results] == [
        ("Terugbellen", WHEN)
    ]
    api.archive(made.id)
    assert api.get_page().results == []
    assert [row.id for row in api.get_page(archived=True).results] == [made.id]


@kinds
def test_an_engagement_needs_its_moment(http: Any, kind: str) -> None:
    answer = http("POST", f"/crm/v3/objects/{kind}", {"properties": {TEXT[kind]: "Bellen"}})
    singular = kind.removesuffix("s").upper()
    assert answer.status == 400
    assert answer.message == f"Error creating {singular}. Some required properties were not set."
    assert (answer.body["context"], answer.body["category"]) == (
        {"properties": ["hs_timestamp"]},
        "VALIDATION_ERROR",
    )


@kinds
def test_batches_and_search_of_engagements(client: HubSpot, kind: str) -> None:
    module = getattr(client.crm.objects, kind)
    rows = [{"properties": {"hs_timestamp": WHEN, TEXT[kind]: f"Nummer {n}"}} for n in range(3)]
    made = module.batch_api.create({"inputs": rows}).results
    assert len({row.id for row in made}) == 3
    module.batch_api.update({"inputs": [{"id": made[0].id, "properties": {TEXT[kind]: "Anders"}}]})
    read = module.batch_api.read({"inputs": [{"id": row.id} for row in made], "properties": [TEXT[kind]]})
    assert sum(row.properties[TEXT[kind]] == "Anders" for row in read.results) == 1
    found = module.search_api.do_search({"query": "nummer"})
    assert found.total == 2
    since = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1"}
    assert module.search_api.do_search({"filterGroups": [{"filters": [since]}]}).total == 3
    module.batch_api.archive({"inputs": [{"id": row.id} for row in made]})
    assert module.search_api.do_search({}).total == 0


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("tasks", "hs_task_status", "DONE"),
        ("tasks", "hs_task_priority", "high"),
        ("tasks", "hs_task_type", "FAX"),
        ("calls", "hs_call_direction", "SIDEWAYS"),
        ("meetings", "hs_meeting_outcome", "FUN"),
        ("emails", "hs_email_direction", "OUT"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(http: Any, kind: str, name: str, value: str) -> None:
    answer = http("POST", f"/crm/v3/objects/{kind}", {"properties": {"hs_timestamp": WHEN, name: value}})
    assert (answer.status, [row["error"] for row in answer.problems]) == (400, ["INVALID_OPTION"])


@pytest.mark.parametrize(
    ("kind", "contact", "company", "deal"),
    [
        ("notes", 202, 190, 214),
        ("tasks", 204, 192, 216),
        ("calls", 194, 182, 206),
        ("meetings", 200, 188, 212),
        ("emails", 198, 186, 210),
    ],
)
def test_an_engagement_hangs_on_people_companies_and_deals(
    client: HubSpot, store: HubSpotStore, kind: str, contact: int, company: int, deal: int
) -> None:
    """It is created with its associations, and both ends know them, under HubSpot's own type ids."""
    ends = {
        "contacts": (store.user_create("contacts", {"email": "jan@firma.nl"}), contact),
        "companies": (store.user_create("companies", {"name": "Firma"}), company),
        "deals": (store.user_create("deals", {"dealname": "Licenties"}), deal),
    }
    body = {
        "properties": {"hs_timestamp": WHEN},
        "associations": [
            {
                "to": {"id": other},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": n}],
            }
            for other, n in ends.values()
        ],
    }
    made = getattr(client.crm.objects, kind).basic_api.create(body)
    api = client.crm.associations.v4.basic_api
    for name, (other, type_id) in ends.items():
        there = api.get_page(kind, made.id, name).results
        assert [(str(row.to_object_id), row.association_types[0].type_id) for row in there] == [
            (other, type_id)
        ]
        back = api.get_page(name, other, kind).results
        assert [row.association_types[0].type_id for row in back] == [type_id - 1]
    read = getattr(client.crm.objects, kind).basic_api.get_by_id(made.id, associations=["contacts"])
    assert read.associations["contacts"].results[0].type == f"{kind.removesuffix('s')}_to_contact"
    assert "lifecyclestage" not in store.get("contacts", ends["contacts"][0])["properties"]


def test_a_note_moves_the_modification_date_of_its_contact(
    client: HubSpot, store: HubSpotStore, world: World
) -> None:
    """A sync that reads by modification date sees the contact again, though nothing of it was edited."""
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    before = store.get("contacts", contact)
    world.clock.advance(60)
    note = client.crm.objects.notes.basic_api.create({"properties": {"hs_timestamp": WHEN}})
    client.crm.associations.v4.basic_api.create_default("notes", note.id, "contacts", contact)
    after = store.get("contacts", contact)
    assert before is not None
    assert after is not None
    assert after["updatedAt"] > before["updatedAt"]
    assert after["properties"]["notes_last_updated"] == after["updatedAt"]


def test_a_finished_task_says_since_when(client: HubSpot, store: HubSpotStore) -> None:
    task = client.crm.objects.tasks.basic_api.create(
        {"properties": {"hs_timestamp": WHEN, "hs_task_status": "NOT_STARTED"}}
    )
    assert store.get("tasks", task.id)["properties"]["hs_task_is_completed"] == "0"
    client.crm.objects.tasks.basic_api.update(task.id, {"properties": {"hs_task_status": "COMPLETED"}})
    done = store.get("tasks", task.id)
    assert done["properties"]["hs_task_completion_date"] == done["updatedAt"]


def test_engagements_are_not_merged_and_hold_no_engagements(http: Any, store: HubSpotStore) -> None:
    first, second = (store.user_create("notes", {"hs_timestamp": WHEN}) for _ in range(2))
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    assert http("POST", "/crm/v3/objects/notes/merge", body).status == 400
    assert http("GET", f"/crm/v4/objects/notes/{first}/associations/tasks").status == 400
    assert http("GET", "/crm/v3/properties/tasks/hs_task_status").body["type"] == "enumeration"
