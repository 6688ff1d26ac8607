"""Search: what finds what, in which order, how far one may page, and how late the index is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

START = datetime(2026, 10, 1, tzinfo=UTC)
PEOPLE = (
    {
        "email": "an@firma.be",
        "firstname": "An",
        "city": "Gent",
        "hs_lead_status": "NEW",
        "phone": "+32 9 123 45 67",
    },
    {"email": "bo@firma.be", "firstname": "Bo", "city": "GENT", "hs_lead_status": "OPEN", "num_notes": "3"},
    {"email": "cas@andere.nl", "firstname": "Cas", "city": "Den Haag", "num_notes": "12"},
    {"email": "dirk@andere.nl", "firstname": "Dirk", "hs_buying_role": "CHAMPION;END_USER"},
)


@pytest.fixture
def ids(store: HubSpotStore) -> list[str]:
    """Four people, each changed one hour after the other."""
    rows = [
        {**person, "_created": START, "_modified": START + timedelta(hours=n)}
        for n, person in enumerate(PEOPLE)
    ]
    return store.load("contacts", rows)


def rule(name: str, operator: str, value: Any = None, high: Any = None) -> dict[str, Any]:
    """One filter."""
    out = {"propertyName": name, "operator": operator}
    if operator in ("IN", "NOT_IN"):
        return {**out, "values": value}
    return {**out, **({"value": value} if value is not None else {}), **({"highValue": high} if high else {})}


def found(http: Any, *rules: dict[str, Any], **more: Any) -> list[str]:
    """First names that a search of one group finds, in order."""
    body = {"filterGroups": [{"filters": list(rules)}], "properties": ["firstname"], **more}
    answer = http("POST", "/crm/v3/objects/contacts/search", body)
    assert answer.status == 200, answer.body
    return [each["properties"]["firstname"] for each in answer.body["results"]]


def ms(hours: int) -> str:
    """The modification date of the n-th person, in milliseconds as HubSpot's examples have it."""
    return str(int((START + timedelta(hours=hours)).timestamp() * 1000))


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (rule("city", "EQ", "gent"), ["An", "Bo"]),
        (rule("city", "NEQ", "gent"), ["Cas", "Dirk"]),
        (rule("city", "IN", ["gent", "den haag"]), ["An", "Bo", "Cas"]),
        (rule("city", "IN", ["Gent"]), []),
        (rule("city", "NOT_IN", ["gent"]), ["Cas", "Dirk"]),
        (rule("city", "NOT_IN", ["Gent"]), ["An", "Bo", "Cas", "Dirk"]),
        (rule("city", "HAS_PROPERTY"), ["An", "Bo", "Cas"]),
        (rule("city", "NOT_HAS_PROPERTY"), ["Dirk"]),
        (rule("city", "CONTAINS_TOKEN", "haag"), ["Cas"]),
        (rule("city", "CONTAINS_TOKEN", "ha"), []),
        (rule("city", "CONTAINS_TOKEN", "ha*"), ["Cas"]),
        (rule("city", "NOT_CONTAINS_TOKEN", "haag"), ["An", "Bo", "Dirk"]),
        (rule("email", "CONTAINS_TOKEN", "*@firma.be"), ["An", "Bo"]),
        (rule("hs_lead_status", "EQ", "NEW"), ["An"]),
        (rule("hs_lead_status", "EQ", "new"), []),
        (rule("hs_lead_status", "IN", ["NEW", "OPEN"]), ["An", "Bo"]),
        (rule("hs_buying_role", "EQ", "END_USER"), ["Dirk"]),
        (rule("hs_buying_role", "IN", ["CHAMPION", "OTHER"]), ["Dirk"]),
        (rule("num_notes", "GT", "3"), ["Cas"]),
        (rule("num_notes", "GTE", "3"), ["Bo", "Cas"]),
        (rule("num_notes", "LT", "12"), ["Bo"]),
        (rule("num_notes", "BETWEEN", "3", "12"), ["Bo", "Cas"]),
        (rule("num_notes", "EQ", "12.0"), ["Cas"]),
        (rule("email", "EQ", "AN@firma.be"), ["An"]),
        (rule("email", "IN", ["an@firma.be", "dirk@andere.nl"]), ["An", "Dirk"]),
        (rule("email", "IN", ["AN@firma.be"]), []),
        (rule("lastmodifieddate", "GTE", ms(2)), ["Cas", "Dirk"]),
        (rule("lastmodifieddate", "GT", "2026-10-01T02:00:00Z"), ["Dirk"]),
        (rule("lastmodifieddate", "BETWEEN", ms(1), ms(2)), ["Bo", "Cas"]),
        (rule("lastmodifieddate", "LTE", ms(0)), ["An"]),
        (rule("hs_searchable_calculated_phone_number", "EQ", "91234567"), ["An"]),
        (rule("firstname", "LT", "c"), ["An", "Bo"]),
    ],
    ids=lambda each: "-".join(str(part) for part in each.values()) if isinstance(each, dict) else None,
)
@pytest.mark.usefixtures("ids")
def test_operators(http: Any, wanted: dict[str, Any], names: list[str]) -> None:
    assert found(http, wanted) == names
    assert found(http, wanted, rule("firstname", "HAS_PROPERTY")) == names


def test_ids_can_be_searched_and_ordered(http: Any, ids: list[str]) -> None:
    assert found(http, rule("hs_object_id", "GT", ids[1])) == ["Cas", "Dirk"]
    assert found(http, rule("hs_object_id", "IN", [ids[0], ids[3]])) == ["An", "Dirk"]
    body = [{"propertyName": "hs_object_id", "direction": "DESCENDING"}]
    assert found(http, rule("hs_object_id", "GTE", ids[1]), sorts=body) == ["Dirk", "Cas", "Bo"]


def test_filters_are_joined_by_and_and_groups_by_or(client: HubSpot, ids: list[str]) -> None:
    groups = [
        {"filters": [rule("city", "EQ", "gent"), rule("firstname", "EQ", "bo")]},
        {"filters": [rule("email", "EQ", "cas@andere.nl")]},
    ]
    answer = client.crm.contacts.search_api.do_search({"filterGroups": groups})
    assert (answer.total, [each.id for each in answer.results]) == (2, ids[1:3])


def test_filters_at_the_top_and_no_filter_at_all(http: Any, ids: list[str]) -> None:
    top = http("POST", "/crm/v3/objects/contacts/search", {"filters": [rule("firstname", "EQ", "An")]})
    assert [each["id"] for each in top.body["results"]] == ids[:1]
    assert http("POST", "/crm/v3/objects/contacts/search", {}).body["total"] == 4


def test_free_text_finds_the_beginnings_of_words(http: Any, ids: list[str]) -> None:
    answer = http("POST", "/crm/v3/objects/contacts/search", {"query": "fir an"})
    assert [each["id"] for each in answer.body["results"]] == ids[:1]


@pytest.mark.usefixtures("ids")
def test_one_sort_by_any_property_with_blanks_last(http: Any) -> None:
    for direction, names in (("ASCENDING", ["Bo", "Cas"]), ("DESCENDING", ["Cas", "Bo"])):
        sorts = [{"propertyName": "num_notes", "direction": direction}]
        assert found(http, rule("email", "HAS_PROPERTY"), sorts=sorts)[:2] == names
    body = {"sorts": [{"propertyName": "email"}, {"propertyName": "city"}]}
    assert http("POST", "/crm/v3/objects/contacts/search", body).status == 400


def test_pages_are_offsets_and_total_counts_all(http: Any, store: HubSpotStore) -> None:
    store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(450)])
    first = http("POST", "/crm/v3/objects/contacts/search", {"limit": 200}).body
    assert (first["total"], len(first["results"]), first["paging"]) == (450, 200, {"next": {"after": "200"}})
    last = http("POST", "/crm/v3/objects/contacts/search", {"limit": 200, "after": "400"}).body
    assert (len(last["results"]), "paging" in last) == (50, False)
    assert len(http("POST", "/crm/v3/objects/contacts/search", {}).body["results"]) == 10


def test_nobody_pages_beyond_ten_thousand(http: Any, store: HubSpotStore) -> None:
    store.load("companies", [{"name": f"Firma {n}"} for n in range(10_100)])
    path = "/crm/v3/objects/companies/search"
    last = http("POST", path, {"limit": 200, "after": "9800"})
    assert (last.body["total"], len(last.body["results"])) == (10_100, 200)
    assert last.body["paging"]["next"]["after"] == "10000"
    beyond = http("POST", path, {"limit": 200, "after": "10000"})
    assert (beyond.status, beyond.body["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": "many"},
        {"after": "x"},
        {"filterGroups": "x"},
        {"filterGroups": [5]},
        {"filterGroups": [{"filters": [rule("city", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [rule("no_such", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [rule("city", "EQ")]}]},
        {"filterGroups": [{"filters": [{"propertyName": "city", "operator": "IN", "value": "x"}]}]},
        {"filterGroups": [{"filters": [rule("num_notes", "GT", "many")]}]},
        {"filterGroups": [{"filters": [rule("lastmodifieddate", "GT", "yesterday")]}]},
        {"filterGroups": [{"filters": [rule("num_notes", "BETWEEN", "1")]}]},
        {"filterGroups": [{"filters": [rule("city", "EQ", "x")]}] * 6},
        {"filterGroups": [{"filters": [rule("city", "EQ", "x")] * 7}]},
        {"filterGroups": [{"filters": [rule("city", "EQ", "x")] * 5}] * 4},
        {"filterGroups": [{"filters": [rule("associations.contacts", "GT", "1")]}]},
        {
            "filterGroups": [
                {"filters": [rule("email", "IN", [f"somebody{n}@voorbeeld.nl" for n in range(120)])]}
            ]
        },
        {"sorts": [{"propertyName": "no_such"}]},
        {"properties": "city"},
    ],
)
def test_what_is_refused(http: Any, body: dict[str, Any]) -> None:
    answer = http("POST", "/crm/v3/objects/contacts/search", body)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_the_body_may_have_three_thousand_characters(http: Any) -> None:
    path = "/crm/v3/objects/contacts/search"
    assert http("POST", path, raw=b'{"query": "' + b"x" * 2_987 + b'"}').status == 200
    assert http("POST", path, raw=b'{"query": "' + b"x" * 2_988 + b'"}').status == 400


def test_archived_records_are_never_found(http: Any, store: HubSpotStore, ids: list[str]) -> None:
    store.user_archive("contacts", ids[0])
    assert found(http, rule("city", "EQ", "gent")) == ["Bo"]


def test_a_secondary_email_finds_the_survivor(http: Any, store: HubSpotStore, ids: list[str]) -> None:
    survivor = store.merge("contacts", ids[0], ids[2])
    answer = http(
        "POST", "/crm/v3/objects/contacts/search", {"filters": [rule("email", "EQ", "cas@andere.nl")]}
    )
    assert [each["id"] for each in answer.body["results"]] == [survivor]


def test_records_can_be_found_by_an_associated_record(http: Any, store: HubSpotStore, ids: list[str]) -> None:
    company = store.user_create("companies", {"name": "Firma"})
    store.associate("contacts", ids[1], "companies", company)
    assert found(http, rule("associations.company", "EQ", company)) == ["Bo"]
    assert found(http, rule("associations.companies", "EQ", company), rule("city", "EQ", "gent")) == ["Bo"]
    assert found(http, rule("associations.companies", "EQ", "1")) == []


def test_companies_are_found_by_domain_and_changed_stamp(http: Any, store: HubSpotStore) -> None:
    company = store.user_create("companies", {"name": "Firma", "domain": "firma.be"})
    path = "/crm/v3/objects/companies/search"
    assert (
        http("POST", path, {"filters": [rule("domain", "EQ", "Firma.be")]}).body["results"][0]["id"]
        == company
    )
    assert http("POST", path, {"filters": [rule("hs_lastmodifieddate", "GTE", "1")]}).body["total"] == 1
    assert http("POST", path, {"filters": [rule("lastmodifieddate", "GTE", "1")]}).status == 400


def test_a_late_index_shows_new_records_and_changes_only_after_the_lag(
    http: Any, store: HubSpotStore, world: World, ids: list[str]
) -> None:
    store.index_lag_s = 10
    store.user_create("contacts", {"firstname": "Eva", "email": "eva@firma.be"})
    store.user_edit("contacts", ids[0], {"city": "Aalst"})
    assert found(http, rule("email", "EQ", "eva@firma.be")) == []
    assert found(http, rule("city", "EQ", "gent")) == ["An", "Bo"]
    assert found(http, rule("city", "EQ", "aalst")) == []
    world.clock.advance(11)
    assert found(http, rule("email", "EQ", "eva@firma.be")) == ["Eva"]
    assert found(http, rule("city", "EQ", "aalst")) == ["An"]
    assert found(http, rule("city", "EQ", "gent")) == ["Bo"]


def test_a_row_may_be_newer_than_the_index_entry_that_matched(
    http: Any, store: HubSpotStore, ids: list[str]
) -> None:
    store.index_lag_s = 10
    store.user_edit("contacts", ids[0], {"city": "Aalst"})
    answer = http(
        "POST",
        "/crm/v3/objects/contacts/search",
        {"filters": [rule("city", "EQ", "gent")]} | {"properties": ["city"]},
    )
    assert [each["properties"]["city"] for each in answer.body["results"]] == ["Aalst", "GENT"]


def test_a_record_archived_within_the_lag_is_counted_but_not_shown(
    http: Any, store: HubSpotStore, ids: list[str]
) -> None:
    store.index_lag_s = 10
    store.user_archive("contacts", ids[0])
    answer = http("POST", "/crm/v3/objects/contacts/search", {"filters": [rule("city", "EQ", "gent")]})
    assert (answer.body["total"], [each["id"] for each in answer.body["results"]]) == (2, [ids[1]])


def test_bulk_changes_share_one_stamp_so_that_a_stamp_alone_is_no_cursor(
    http: Any, store: HubSpotStore
) -> None:
    store.load("contacts", [{"email": f"p{n}@voorbeeld.nl", "_created": START} for n in range(300)])
    stamp = rule("lastmodifieddate", "EQ", ms(0))
    sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    body = {"filters": [stamp], "sorts": sorts, "limit": 200}
    page = http("POST", "/crm/v3/objects/contacts/search", body).body
    assert page["total"] == 300
    rest = {**body, "filters": [stamp, rule("hs_object_id", "GT", page["results"][-1]["id"])]}
    assert http("POST", "/crm/v3/objects/contacts/search", rest).body["total"] == 100


@pytest.mark.parametrize("city", ["100%", "a_b", 'the "Hague"', "back\\slash", "Århus", "Ærø"])
def test_odd_characters_in_values_are_taken_literally(http: Any, store: HubSpotStore, city: str) -> None:
    store.load(
        "contacts", [{"firstname": "Wanted", "city": city}, {"firstname": "Other", "city": "1000 aXb"}]
    )
    assert found(http, rule("city", "EQ", city)) == ["Wanted"]
    assert found(http, rule("city", "EQ", city.upper())) == ["Wanted"]
    assert found(http, rule("city", "IN", [city.lower()])) == ["Wanted"]
