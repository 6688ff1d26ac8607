"""What every client relies on: statuses, headers, words for types, what is late and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

OBJECTS = "/crm/v3/objects"


def test_each_success_has_its_own_status(http: Any) -> None:
    """The official client answers None for any other: 201 is not 200."""
    base = f"{OBJECTS}/contacts"
    new, rows = (
        {"properties": {"email": "a@firma.nl"}},
        [{"properties": {"email": f"{n}@firma.nl"}} for n in "bc"],
    )
    made = http("POST", base, new)
    several = http("POST", f"{base}/batch/create", {"inputs": rows})
    first, (second, third) = made.body["id"], [row["id"] for row in several.body["results"]]
    change = {"properties": {"city": "Gent"}}
    upsert = {"id": "d@firma.nl", "idProperty": "email", **change}
    assert {
        "create": made.status,
        "batch create": several.status,
        "list": http("GET", base).status,
        "get": http("GET", f"{base}/{first}").status,
        "change": http("PATCH", f"{base}/{first}", change).status,
        "search": http("POST", f"{base}/search", {}).status,
        "batch read": http("POST", f"{base}/batch/read", {"inputs": [{"id": first}]}).status,
        "batch update": http("POST", f"{base}/batch/update", {"inputs": [{"id": first, **change}]}).status,
        "batch upsert": http("POST", f"{base}/batch/upsert", {"inputs": [upsert]}).status,
        "merge": http("POST", f"{base}/merge", {"primaryObjectId": first, "objectIdToMerge": second}).status,
        "archive": http("DELETE", f"{base}/{third}").status,
        "batch archive": http("POST", f"{base}/batch/archive", {"inputs": [{"id": third}]}).status,
        "privacy": http("POST", f"{base}/gdpr-delete", {"objectId": first}).status,
    } == {
        "create": 201,
        "batch create": 201,
        "list": 200,
        "get": 200,
        "change": 200,
        "search": 200,
        "batch read": 200,
        "batch update": 200,
        "batch upsert": 200,
        "merge": 200,
        "archive": 204,
        "batch archive": 204,
        "privacy": 204,
    }


@pytest.mark.parametrize(
    ("type_id", "name"),
    [
        ("0-1", "contacts"),
        ("0-2", "companies"),
        ("0-3", "deals"),
        ("0-27", "tasks"),
        ("0-46", "notes"),
        ("0-47", "meetings"),
        ("0-48", "calls"),
        ("0-49", "emails"),
    ],
)
def test_types_have_names_and_numbers(http: Any, type_id: str, name: str) -> None:
    new = {"contacts": "lastname", "companies": "name", "deals": "dealname"}.get(name, "hs_timestamp")
    value = "2026-11-02T09:00:00Z" if new == "hs_timestamp" else "X"
    made = http("POST", f"{OBJECTS}/{type_id}", {"properties": {new: value}})
    assert http("GET", f"{OBJECTS}/{name}/{made.body['id']}").status == 200
    assert http("GET", f"/crm/objects/2026-03/{type_id}").body["results"][0]["id"] == made.body["id"]


@pytest.mark.parametrize(
    ("object_type", "name", "mine", "other"),
    [
        ("contacts", "lastname", "lastmodifieddate", "hs_lastmodifieddate"),
        ("companies", "name", "hs_lastmodifieddate", "lastmodifieddate"),
        ("deals", "dealname", "hs_lastmodifieddate", "lastmodifieddate"),
    ],
)
def test_the_modification_date_is_called_otherwise_on_contacts(
    http: Any, object_type: str, name: str, mine: str, other: str
) -> None:
    made = http("POST", f"{OBJECTS}/{object_type}", {"properties": {name: "X"}}).body
    read = http("GET", f"{OBJECTS}/{object_type}/{made['id']}?properties={mine},{other}").body
    assert read["properties"][mine] == read["updatedAt"]
    assert other not in read["properties"]


def test_there_is_no_upsert_of_a_single_record(http: Any) -> None:
    assert http("PUT", f"{OBJECTS}/contacts/a@firma.nl?idProperty=email", {"properties": {}}).status == 405


def test_a_batch_read_shows_no_associations(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    store.associate("contacts", contact, "companies", store.user_create("companies", {"name": "Firma"}))
    body = {"inputs": [{"id": contact}], "associations": ["companies"]}
    (row,) = http("POST", f"{OBJECTS}/contacts/batch/read", body).body["results"]
    assert "associations" not in row
    assert "associations" in http("GET", f"{OBJECTS}/contacts/{contact}?associations=companies").body


def test_lists_are_never_late_and_a_search_before_a_create_races(http: Any, store: HubSpotStore) -> None:
    """Nothing is found, the create is refused all the same, and the list knew."""
    store.index_lag_s = 10
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    rule = {"propertyName": "email", "operator": "EQ", "value": "jan@firma.nl"}
    assert http("POST", f"{OBJECTS}/contacts/search", {"filters": [rule]}).body["total"] == 0
    answer = http("POST", f"{OBJECTS}/contacts", {"properties": {"email": "jan@firma.nl"}})
    assert (answer.status, answer.message) == (409, f"Contact already exists. Existing ID: {contact}")
    assert [row["id"] for row in http("GET", f"{OBJECTS}/contacts").body["results"]] == [contact]


def test_without_a_sort_search_goes_by_the_date_of_creation(http: Any, store: HubSpotStore) -> None:
    ids = [store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(3)]
    store.user_edit("contacts", ids[0], {"city": "Gent"})
    assert [row["id"] for row in http("POST", f"{OBJECTS}/contacts/search", {}).body["results"]] == ids


def test_a_read_only_property_fails_its_row(http: Any, store: HubSpotStore) -> None:
    ids = [store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(2)]
    rows = [
        {"id": ids[0], "properties": {"city": "Gent"}},
        {"id": ids[1], "properties": {"city": "Gent", "hs_email_optout": "true"}},
    ]
    path = f"{OBJECTS}/contacts/batch/update"
    assert http("POST", path, {"inputs": rows}).status == 400
    assert [row["properties"].get("city") for row in store.all("contacts")] == [None, None]
    traced = [row | {"objectWriteTraceId": row["id"]} for row in rows]
    answer = http("POST", path, {"inputs": traced})
    assert (answer.status, answer.body["numErrors"]) == (207, 1)
    assert "READ_ONLY_VALUE" in answer.body["errors"][0]["message"]
    assert [row["properties"].get("city") for row in store.all("contacts")] == ["Gent", None]


def test_answers_to_writes_of_companies_and_deals_are_sparse_too(
    client: HubSpot, store: HubSpotStore
) -> None:
    company = store.user_create("companies", {"name": "Firma", "city": "Gent"})
    changed = client.crm.companies.basic_api.update(company, {"properties": {"zip": "9000"}})
    assert set(changed.properties) == {"zip", "hs_lastmodifieddate"}
    deal = store.user_create("deals", {"dealname": "Licenties", "amount": "5"})
    moved = client.crm.deals.basic_api.update(deal, {"properties": {"amount": "6"}})
    assert set(moved.properties) == {"amount", "hs_lastmodifieddate"}


def test_a_lead_status_may_go_any_way(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl", "hs_lead_status": "OPEN_DEAL"})
    body = {"properties": {"hs_lead_status": "NEW"}}
    answer = http("PATCH", f"{OBJECTS}/contacts/{contact}", body)
    assert answer.body["properties"]["hs_lead_status"] == "NEW"


def test_errors_name_themselves_in_a_header_too(http: Any) -> None:
    answer = http("GET", f"{OBJECTS}/contacts/4711")
    assert answer.headers["X-HubSpot-Correlation-Id"] == answer.body["correlationId"]
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
