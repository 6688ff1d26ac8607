"""Filters of dynamic lists: properties, dates, other lists, associated records."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot_lists import branch, made, members, rule

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

LISTS = "/crm/v3/lists"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([rule("city", "MULTISTRING", "IS_EQUAL_TO", values=["gent", "Antwerpen"])], {0}),
        ([rule("city", "STRING", "IS_NOT_EQUAL_TO", value="Gent")], {1}),
        (
            [rule("city", "STRING", "IS_NOT_EQUAL_TO", value="Gent", includeObjectsWithNoValueSet=True)],
            {1, 2},
        ),
        ([rule("city", "MULTISTRING", "CONTAINS", values=["rug"])], {1}),
        ([rule("city", "STRING", "STARTS_WITH", value="Ge")], {0}),
        ([rule("city", "ALL_PROPERTY", "IS_UNKNOWN")], {2}),
        (
            [rule("city", "ALL_PROPERTY", "IS_KNOWN"), rule("email", "STRING", "ENDS_WITH", value=".nl")],
            {0, 1},
        ),
        ([rule("lifecyclestage", "ENUMERATION", "IS_NONE_OF", values=["lead"])], {0, 2}),
        ([rule("city", "NUMBER", "IS_LESS_THAN", value=7)], set()),
        ([rule("hs_object_id", "NUMBER", "IS_GREATER_THAN", value=70_000_000_001)], {1, 2}),
    ],
)
def test_property_filters(
    client: HubSpot, people: list[str], filters: list[dict[str, Any]], expected: set[int]
) -> None:
    found = members(client, made(client, "Filters", "DYNAMIC", branch(*filters)))
    assert {people.index(each) - people.index(people[0]) for each in found} == expected


def day(year: int, month: int, number: int, **more: int) -> dict[str, Any]:
    """A day, or with an hour a moment of it, in the account's zone."""
    return {
        "timeType": "DATE",
        "timezoneSource": "CUSTOM",
        "zoneId": "Europe/Amsterdam",
        "year": year,
        "month": month,
        "day": number,
        **more,
    }


def ago(days: int, reference: str = "TODAY") -> dict[str, Any]:
    """So many days before today or now."""
    return {
        "timeType": "INDEXED",
        "timezoneSource": "CUSTOM",
        "zoneId": "Europe/Amsterdam",
        "indexReference": {"referenceType": reference},
        "offset": {"days": -days},
    }


def between(lower: dict[str, Any], upper: dict[str, Any], operator: str = "IS_BETWEEN") -> dict[str, Any]:
    """What a range of time says."""
    return {"operator": operator, "lowerBoundTimePoint": lower, "upperBoundTimePoint": upper}


@pytest.mark.parametrize(
    ("kind", "operation", "expected"),
    [
        ("TIME_POINT", {"operator": "IS_AFTER", "timePoint": day(2026, 10, 1)}, {1, 2}),
        (
            "TIME_POINT",
            {"operator": "IS_AFTER", "timePoint": day(2026, 10, 1), "endpointBehavior": "INCLUSIVE"},
            {0, 1, 2},
        ),
        ("TIME_POINT", {"operator": "IS_BEFORE", "timePoint": day(2026, 10, 2)}, {0}),
        ("TIME_POINT", {"operator": "IS_BEFORE", "timePoint": day(2026, 10, 2, hour=13)}, {0, 1}),
        ("TIME_POINT", {"operator": "IS_AFTER", "timePoint": ago(31)}, {2}),
        ("TIME_POINT", {"operator": "IS_AFTER", "timePoint": ago(31, "NOW")}, {1, 2}),
        (
            "TIME_POINT",
            {"operator": "IS_AFTER", "timePoint": ago(32), "endpointBehavior": "INCLUSIVE"},
            {0, 1, 2},
        ),
        (
            "TIME_POINT",
            {"operator": "IS_AFTER", "timePoint": ago(32, "NOW"), "endpointBehavior": "INCLUSIVE"},
            {1, 2},
        ),
        ("TIME_RANGED", between(day(2026, 10, 1), day(2026, 10, 2)), {0, 1}),
        ("TIME_RANGED", between(day(2026, 10, 1), ago(10), "IS_NOT_BETWEEN"), {2}),
    ],
)
def test_filters_on_dates(
    client: HubSpot, store: HubSpotStore, kind: str, operation: dict[str, Any], expected: set[int]
) -> None:
    """1 October at 08:00, 2 October at noon, 1 November: as Amsterdam counts."""
    moments = ("2026-10-01T06:00:00Z", "2026-10-02T10:00:00Z", "2026-11-01T09:00:00Z")
    rows = [{"email": f"p{n}@firma.nl"} for n in range(3)]
    ids = store.load("contacts", rows)
    for record_id, moment in zip(ids, moments, strict=True):
        store.system_edit("contacts", record_id, {"recent_conversion_date": moment})
    filters = branch(rule("recent_conversion_date", kind, **operation))
    found = members(client, made(client, "Datum", "DYNAMIC", filters))
    assert {ids.index(each) for each in found} == expected


def test_time_alone_changes_who_came_in_the_last_week(
    client: HubSpot, store: HubSpotStore, people: list[str], world: World
) -> None:
    for person in people[:2]:
        store.system_edit("contacts", person, {"recent_conversion_date": "2026-11-02T08:00:00Z"})
        world.clock.advance(60)
    operation = {"operator": "IS_AFTER", "timePoint": ago(7, "NOW")}
    list_id = made(
        client, "Week", "DYNAMIC", branch(rule("recent_conversion_date", "TIME_POINT", **operation))
    )
    assert members(client, list_id) == people[:2]
    world.clock.advance(8 * 86_400)
    assert members(client, list_id) == []


def test_a_list_may_ask_another_list(client: HubSpot, http: Any, people: list[str]) -> None:
    """All MQLs but those whom a colleague put onto the list of exceptions."""
    exceptions = made(client, "Niet bellen", "MANUAL")
    mql = rule("lifecyclestage", "ENUMERATION", "IS_ANY_OF", values=["marketingqualifiedlead"])
    asked = {"filterType": "IN_LIST", "operator": "NOT_IN_LIST", "listId": exceptions}
    list_id = made(client, "Bellen", "DYNAMIC", branch(mql, asked))
    assert members(client, list_id) == [people[0], people[2]]
    client.crm.lists.memberships_api.add(exceptions, [people[0]])
    assert members(client, list_id) == [people[2]]
    upper = made(client, "Van Bellen", "DYNAMIC", branch({**asked, "operator": "IN_LIST", "listId": list_id}))
    assert members(client, upper) == [people[2]]
    loop = {"filterBranch": branch({**asked, "operator": "IN_LIST", "listId": upper})}
    assert http("PUT", f"{LISTS}/{list_id}/update-list-filters", loop).status == 400
    client.crm.lists.lists_api.remove(exceptions)
    assert members(client, upper) == [people[0], people[2]]


def test_a_list_may_ask_for_the_companies_of_its_people(
    client: HubSpot, store: HubSpotStore, people: list[str]
) -> None:
    """Whose primary company is large: a second company does not count."""
    big, small = (
        store.user_create("companies", {"name": name, "numberofemployees": size})
        for name, size in (("Groot", "900"), ("Klein", "9"))
    )
    store.associate("contacts", people[0], "companies", big)
    store.associate("contacts", people[1], "companies", small)
    store.associate("contacts", people[1], "companies", big)
    inner = {
        "filterBranchType": "ASSOCIATION",
        "filterBranchOperator": "AND",
        "objectTypeId": "0-2",
        "operator": "IN_LIST",
        "associationCategory": "HUBSPOT_DEFINED",
        "associationTypeId": 1,
        "filters": [
            rule("numberofemployees", "NUMBER", "IS_GREATER_THAN", value=100),
            rule("name", "ALL_PROPERTY", "IS_KNOWN"),
        ],
        "filterBranches": [],
    }
    both = {"filterBranchType": "AND", "filters": [], "filterBranches": [inner]}
    filters = {"filterBranchType": "OR", "filters": [], "filterBranches": [both]}
    list_id = made(client, "Van grote bedrijven", "DYNAMIC", filters)
    assert members(client, list_id) == [people[0]]
    store.user_edit("companies", small, {"numberofemployees": "101"})
    assert members(client, list_id) == people[:2]


@pytest.mark.parametrize(
    "broken",
    [
        {"timePoint": None},
        {"timePoint": {"timeType": "MOON"}},
        {"timePoint": day(2026, 2, 30)},
        {"timePoint": day(2026, 2, 3) | {"zoneId": "Mars/Base"}},
        {"timePoint": ago(7, "LAST_MOON")},
        {"timePoint": ago(10**12)},
        {"timePoint": ago(7), "propertyParser": "UPDATED_AT"},
        {"timePoint": ago(7), "operator": "IS_ABOUT"},
    ],
)
def test_a_date_that_makes_no_sense_is_refused(http: Any, broken: dict[str, Any]) -> None:
    operation = {"operator": "IS_AFTER", **broken}
    filters = branch(rule("createdate", "TIME_POINT", **operation))
    body = {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": filters}
    assert http("POST", LISTS, body).status == 400


@pytest.mark.parametrize(
    "inner",
    [
        {"filterBranchType": "ASSOCIATION", "operator": "IN_LIST"},
        {
            "filterBranchType": "ASSOCIATION",
            "operator": "IN_LIST",
            "objectTypeId": "0-2",
            "associationTypeId": 4,
        },
        {"filterBranchType": "UNIFIED_EVENTS"},
        {
            "filterBranchType": "AND",
            "filters": [{"filterType": "IN_LIST", "operator": "NEAR", "listId": "1"}],
        },
        {"filterBranchType": "AND", "filters": [{"filterType": "FORM_SUBMISSION", "formId": "x"}]},
    ],
)
def test_other_filters_are_refused_in_words(http: Any, inner: dict[str, Any]) -> None:
    filters = {"filterBranchType": "OR", "filters": [], "filterBranches": [inner]}
    body = {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": filters}
    assert http("POST", LISTS, body).status == 400
