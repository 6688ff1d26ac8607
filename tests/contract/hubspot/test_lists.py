"""Lists (segments): by hand, by filters, and as a snapshot, driven by HubSpot's own client."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot_lists import branch, made, members, rule

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

LISTS = "/crm/v3/lists"


def test_a_manual_list_is_filled_and_emptied_by_hand(
    client: HubSpot, http: Any, people: list[str], world: World
) -> None:
    list_id = made(client, "Beurs", "MANUAL")
    api = client.crm.lists.memberships_api
    answer = api.add(list_id, [people[1], people[0], "12"])
    assert (sorted(answer.records_ids_added), answer.record_ids_missing) == (sorted(people[:2]), ["12"])
    world.clock.advance(60)
    assert api.add(list_id, [people[0]]).records_ids_added == []
    changed = api.add_and_remove(list_id, {"recordIdsToAdd": [people[2]], "recordIdsToRemove": [people[0]]})
    assert (changed.records_ids_added, changed.record_ids_removed) == ([people[2]], [people[0]])
    assert members(client, list_id) == [people[1], people[2]]
    assert http("GET", f"{LISTS}/{list_id}").body["list"]["size"] == 2
    assert api.remove(list_id, [people[1]]).record_ids_removed == [people[1]]
    api.remove_all(list_id)
    assert members(client, list_id) == []


def test_a_dynamic_list_follows_the_records(client: HubSpot, store: HubSpotStore, people: list[str]) -> None:
    """Who becomes an MQL is in; who is deleted, or no longer fits, is out."""
    filters = branch(rule("lifecyclestage", "ENUMERATION", "IS_ANY_OF", values=["marketingqualifiedlead"]))
    list_id = made(client, "MQL's", "DYNAMIC", filters)
    assert members(client, list_id) == [people[0], people[2]]
    store.user_edit("contacts", people[1], {"lifecyclestage": "marketingqualifiedlead"})
    store.user_edit("contacts", people[0], {"lifecyclestage": "salesqualifiedlead"})
    store.user_archive("contacts", people[2])
    assert members(client, list_id) == [people[1]]


def test_the_lists_of_many_records_in_one_request(client: HubSpot, http: Any, people: list[str]) -> None:
    first, second = made(client, "Een", "MANUAL"), made(client, "Twee", "MANUAL")
    client.crm.lists.memberships_api.add(first, people[:2])
    client.crm.lists.memberships_api.add(second, people[1:2])
    inputs = [{"objectTypeId": "0-1", "recordId": each} for each in [*people, "12"]]
    answer = http("POST", f"{LISTS}/records/memberships/batch/read", {"inputs": inputs})
    found = [
        (row["recordId"], [each["listId"] for each in row["recordListMemberships"]])
        for row in answer.body["results"]
    ]
    assert found == [(people[0], [first]), (people[1], [first, second]), (people[2], []), ("12", [])]
    assert http("GET", f"{LISTS}/records/0-1/{people[1]}/memberships").body["total"] == 2


def test_a_list_takes_over_the_members_of_another(client: HubSpot, people: list[str]) -> None:
    first, second = made(client, "Een", "MANUAL"), made(client, "Twee", "MANUAL")
    client.crm.lists.memberships_api.add(first, people[:2])
    client.crm.lists.memberships_api.add_all_from_list(second, first)
    assert members(client, second) == people[:2]


def test_a_snapshot_is_filled_once(client: HubSpot, store: HubSpotStore, people: list[str]) -> None:
    filters = branch(rule("city", "STRING", "IS_EQUAL_TO", value="Gent"))
    list_id = made(client, "Gent vandaag", "SNAPSHOT", filters)
    store.user_edit("contacts", people[0], {"city": "Brussel"})
    store.user_edit("contacts", people[1], {"city": "Gent"})
    assert members(client, list_id) == [people[0]]
    client.crm.lists.memberships_api.add(list_id, [people[1]])
    assert members(client, list_id) == people[:2]


def test_members_come_in_pages_and_in_the_order_of_joining(
    client: HubSpot, http: Any, store: HubSpotStore, world: World
) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@firma.nl"} for n in range(7)])
    list_id = made(client, "Zeven", "MANUAL")
    for record_id in reversed(ids):
        world.clock.advance(1)
        client.crm.lists.memberships_api.add(list_id, [record_id])
    first = client.crm.lists.memberships_api.get_page(list_id, limit=5)
    rest = client.crm.lists.memberships_api.get_page(list_id, limit=5, after=first.paging.next.after)
    assert [row.record_id for row in [*first.results, *rest.results]] == ids
    assert rest.paging is None
    order = client.crm.lists.memberships_api.get_page_ordered_by_added_to_list_date(list_id).results
    assert [row.record_id for row in order] == ids[::-1]
    assert http("GET", f"{LISTS}/{list_id}/memberships?limit=251").status == 400


def test_a_merged_member_stays_as_the_survivor(
    client: HubSpot, store: HubSpotStore, people: list[str]
) -> None:
    list_id = made(client, "Beurs", "MANUAL")
    client.crm.lists.memberships_api.add(list_id, [people[1]])
    survivor = store.merge("contacts", people[0], people[1])
    assert members(client, list_id) == [survivor]
    found = client.crm.lists.memberships_api.get_lists("0-1", survivor).results
    assert [row.list_id for row in found] == [list_id]
    client.crm.lists.memberships_api.remove(list_id, [survivor])
    assert members(client, list_id) == []


def test_lists_are_found_renamed_deleted_and_restored(client: HubSpot, http: Any) -> None:
    ids = [made(client, name, "MANUAL") for name in ("Beurs Gent", "Beurs Brugge", "Klanten")]
    filters = branch(rule("city", "ALL_PROPERTY", "IS_KNOWN"))
    ids.append(made(client, "Adressen", "DYNAMIC", filters))
    api = client.crm.lists.lists_api
    found = api.do_search({"query": "beurs", "count": 1})
    assert (found.total, found.has_more, [row.list_id for row in found.lists]) == (2, True, ids[:1])
    assert [row.list_id for row in api.do_search({"processingTypes": ["DYNAMIC"]}).lists] == ids[3:]
    assert "filterBranch" not in http("GET", f"{LISTS}/{ids[3]}").body["list"]
    assert http("GET", f"{LISTS}/{ids[3]}?includeFilters=true").body["list"]["filterBranch"] == filters
    assert api.update_name(ids[2], list_name="Oude klanten").updated_list.name == "Oude klanten"
    assert api.get_by_name("oude klanten", "0-1").list.list_id == ids[2]
    assert [row.list_id for row in api.get_all(list_ids=[ids[0], "99999"]).lists] == ids[:1]
    api.remove(ids[0])
    assert http("GET", f"{LISTS}/{ids[0]}").status == 404
    api.restore(ids[0])
    assert api.get_by_id(ids[0]).list.name == "Beurs Gent"


def test_filters_of_a_dynamic_list_can_be_changed(client: HubSpot, people: list[str]) -> None:
    list_id = made(client, "Stad", "DYNAMIC", branch(rule("city", "STRING", "IS_EQUAL_TO", value="Gent")))
    assert members(client, list_id) == [people[0]]
    other = branch(rule("city", "STRING", "IS_EQUAL_TO", value="Brugge"))
    client.crm.lists.lists_api.update_list_filters(list_id, {"filterBranch": other})
    assert members(client, list_id) == [people[1]]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "X", "objectTypeId": "0-1", "processingType": "STATIC"},
        {"name": "X", "objectTypeId": "9-9", "processingType": "MANUAL"},
        {"name": " ", "objectTypeId": "0-1", "processingType": "MANUAL"},
        {"name": "beurs", "objectTypeId": "0-1", "processingType": "MANUAL"},
        {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC"},
        {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": {}},
        {"filterBranch": branch(rule("unicorn", "STRING", "IS_EQUAL_TO", value="1"))},
        {"filterBranch": branch(rule("city", "STRING", "SOUNDS_LIKE", value="1"))},
        {"filterBranch": branch(rule("city", "STRING", "IS_EQUAL_TO"))},
        {"filterBranch": branch(rule("city", "NUMBER", "IS_EQUAL_TO", value="many"))},
        {"filterBranch": branch({"filterType": "FORM_SUBMISSION", "operation": {}})},
        {"filterBranch": {"filterBranchType": "OR", "filterBranches": [{"filterBranchType": "ASSOCIATION"}]}},
    ],
)
def test_a_list_that_makes_no_sense_is_refused(client: HubSpot, http: Any, body: dict[str, Any]) -> None:
    made(client, "Beurs", "MANUAL")
    usual = {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    answer = http("POST", LISTS, usual | body)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_nobody_is_put_into_a_dynamic_list_by_hand(client: HubSpot, http: Any, people: list[str]) -> None:
    list_id = made(client, "Adressen", "DYNAMIC", branch(rule("city", "ALL_PROPERTY", "IS_KNOWN")))
    assert http("PUT", f"{LISTS}/{list_id}/memberships/add", [people[2]]).status == 400
    assert http("PUT", f"{LISTS}/{list_id}/memberships/add", {"id": people[2]}).status == 400
    assert http("GET", f"/crm/lists/2026-03/{list_id}/memberships").body["total"] == 2
