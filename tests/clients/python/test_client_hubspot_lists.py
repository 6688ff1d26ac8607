"""HubSpot's own client and lists: by hand and by filters, their members, their names, their end."""

from __future__ import annotations

from typing import Any

import pytest
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.lists import ApiException, ListSearchRequest, MembershipChangeRequest


def people(hubspot: HubSpotGround, tag: Tag, count: int, **values: str) -> list[str]:
    rows = [{"properties": {"lastname": tag.text(), **values}} for _ in range(count)]
    return sorted(
        (row.id for row in hubspot.api.crm.contacts.batch_api.create({"inputs": rows}).results), key=int
    )


def make(hubspot: HubSpotGround, tag: Tag, kind: str, **more: Any) -> Any:
    body = {"name": tag.text("lijst"), "objectTypeId": "0-1", "processingType": kind, **more}
    return hubspot.api.crm.lists.lists_api.create(body).list


def members(hubspot: HubSpotGround, list_id: str) -> list[str]:
    page = hubspot.api.crm.lists.memberships_api.get_page(list_id, limit=250)
    return sorted((row.record_id for row in page.results), key=int)


def test_a_manual_list_is_filled_and_emptied(ground: Ground, hubspot: HubSpotGround, tag: Tag) -> None:
    api, list_id = hubspot.api.crm.lists.memberships_api, make(hubspot, tag, "MANUAL").list_id
    first, second, third = people(hubspot, tag, 3)
    added = api.add(list_id, [first, second, "999999999999"])
    assert sorted(added.records_ids_added) == [first, second]
    assert added.record_ids_missing == ["999999999999"]
    change = MembershipChangeRequest(record_ids_to_add=[third], record_ids_to_remove=[first])
    api.add_and_remove(list_id, change)
    wanted = [second, third]
    assert ground.eventually(lambda: members(hubspot, list_id), lambda found: found == wanted) == wanted
    api.remove(list_id, [second, third])
    assert ground.eventually(lambda: members(hubspot, list_id), lambda found: not found) == []


def test_members_are_read_in_pages(ground: Ground, hubspot: HubSpotGround, tag: Tag) -> None:
    api, list_id = hubspot.api.crm.lists.memberships_api, make(hubspot, tag, "MANUAL").list_id
    ids = people(hubspot, tag, 5)
    api.add(list_id, ids)
    ground.eventually(lambda: members(hubspot, list_id), lambda found: found == ids)
    seen, page = [], api.get_page(list_id, limit=2)
    while True:
        seen += [row.record_id for row in page.results]
        if page.paging is None or page.paging.next is None:
            break
        page = api.get_page(list_id, limit=2, after=page.paging.next.after)
    assert sorted(seen, key=int) == ids
    ordered = api.get_page_ordered_by_added_to_list_date(list_id, limit=5)
    assert {row.record_id for row in ordered.results} == set(ids)
    assert all(row.membership_timestamp for row in ordered.results)


def test_the_lists_of_a_contact_are_known(ground: Ground, hubspot: HubSpotGround, tag: Tag) -> None:
    api, list_id = hubspot.api.crm.lists.memberships_api, make(hubspot, tag, "MANUAL").list_id
    (contact,) = people(hubspot, tag, 1)
    api.add(list_id, [contact])

    def lists() -> list[str]:
        return [row.list_id for row in api.get_lists("0-1", contact).results]

    assert list_id in ground.eventually(lists, lambda found: list_id in found)


def test_a_dynamic_list_holds_whoever_answers_its_filter(
    ground: Ground, hubspot: HubSpotGround, tag: Tag
) -> None:
    city = tag.name()
    ids = people(hubspot, tag, 2, city=city)
    operation = {"operationType": "MULTISTRING", "operator": "IS_EQUAL_TO", "values": [city]}
    filters = [{"filterType": "PROPERTY", "property": "city", "operation": operation}]
    inner = {"filterBranchType": "AND", "filters": filters, "filterBranches": []}
    branch = {"filterBranchType": "OR", "filters": [], "filterBranches": [inner]}
    made = make(hubspot, tag, "DYNAMIC", filterBranch=branch)
    assert made.processing_type == "DYNAMIC"
    found = ground.eventually(lambda: members(hubspot, made.list_id), lambda found: found == ids)
    assert found == ids
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.lists.memberships_api.add(made.list_id, ids)
    assert refused.value.status == 400


def test_a_list_is_found_renamed_removed_and_restored(
    ground: Ground, hubspot: HubSpotGround, tag: Tag
) -> None:
    api, made, name = hubspot.api.crm.lists.lists_api, make(hubspot, tag, "MANUAL"), tag.text("anders")
    assert api.get_by_id(made.list_id).list.name == made.name
    assert api.get_by_name(made.name, "0-1").list.list_id == made.list_id
    api.update_name(made.list_id, list_name=name)
    assert [row.name for row in api.get_all(list_ids=[made.list_id]).lists] == [name]
    request = ListSearchRequest(query=name, count=10, offset=0)
    found = ground.eventually(lambda: api.do_search(request).lists, lambda rows: len(rows) == 1)
    assert [row.list_id for row in found] == [made.list_id]
    api.remove(made.list_id)
    with pytest.raises(ApiException) as gone:
        api.get_by_id(made.list_id)
    assert gone.value.status == 404
    api.restore(made.list_id)
    assert api.get_by_id(made.list_id).list.name == name


def test_a_second_list_of_a_name_is_refused(hubspot: HubSpotGround, tag: Tag) -> None:
    made = make(hubspot, tag, "MANUAL")
    body = {"name": made.name, "objectTypeId": "0-1", "processingType": "MANUAL"}
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.lists.lists_api.create(body)
    assert refused.value.status == 400
