"""What settings change: rules of admins (from 2026-09 on), limits of associations, ids of merges."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

NEW, OLD = "/crm/objects/2026-09/contacts", "/crm/objects/2026-03/contacts"
RULES = {
    "required": {"contacts": ["lastname"]},
    "conditional": [
        {"type": "contacts", "property": "hs_lead_status", "value": "UNQUALIFIED", "required": ["message"]}
    ],
}


def switch(http: Any, **settings: Any) -> None:
    """Sets switches through the control interface."""
    assert http("POST", "/_sandbox/settings", settings).status == 200


def test_only_the_newest_version_obeys_the_rules_of_admins(http: Any) -> None:
    """A create form requires a last name: 2026-09 refuses, 2026-03 and v3 do not."""
    switch(http, validation=RULES)
    answer = http("POST", NEW, {"properties": {"email": "a@firma.nl"}})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert [(row["name"], row["error"]) for row in answer.problems] == [("lastname", "REQUIRED_FIELD")]
    assert http("POST", OLD, {"properties": {"email": "b@firma.nl"}}).status == 201
    assert http("POST", "/crm/v3/objects/contacts", {"properties": {"email": "c@firma.nl"}}).status == 201
    assert http("POST", NEW, {"properties": {"email": "d@firma.nl", "lastname": "D"}}).status == 201


def test_a_value_may_require_another(http: Any, store: HubSpotStore) -> None:
    """Who is unqualified needs a message: in the same write, or there already."""
    switch(http, validation=RULES)
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    write = {"properties": {"hs_lead_status": "UNQUALIFIED"}}
    assert http("PATCH", f"{NEW}/{contact}", write).status == 400
    batch = {"inputs": [{"id": contact, **write}]}
    assert http("POST", f"{NEW}/batch/update", batch).status == 400
    both = {"properties": {"hs_lead_status": "UNQUALIFIED", "message": "geen budget"}}
    assert http("PATCH", f"{NEW}/{contact}", both).status == 200
    assert http("PATCH", f"{NEW}/{contact}", {"properties": {"message": ""}}).status == 400
    assert http("PATCH", f"{NEW}/{contact}", {"properties": {"city": "Gent"}}).status == 200
    assert http("PATCH", f"{OLD}/{contact}", {"properties": {"message": ""}}).status == 200


def test_rules_hold_row_by_row_in_batches(http: Any) -> None:
    switch(http, validation=RULES)
    rows = [
        {"properties": {"email": "a@firma.nl"}, "objectWriteTraceId": "a"},
        {"properties": {"email": "b@firma.nl", "lastname": "B"}, "objectWriteTraceId": "b"},
    ]
    answer = http("POST", f"{NEW}/batch/create", {"inputs": rows})
    assert (answer.status, len(answer.body["results"])) == (207, 1)
    assert answer.body["errors"][0]["context"] == {"objectWriteTraceId": ["a"]}


def test_a_company_holds_only_so_many_people(client: HubSpot, http: Any, store: HubSpotStore) -> None:
    assert http("GET", "/_sandbox/settings").body["association_limits"] == {"companies:contacts": 50_000}
    switch(http, association_limits={"companies:contacts": 2})
    company = store.user_create("companies", {"name": "Firma"})
    people = [store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(3)]
    api = client.crm.associations.v4.basic_api
    for person in people[:2]:
        api.create_default("contacts", person, "companies", company)
    with pytest.raises(Exception, match="limit of 2 associations"):
        api.create_default("contacts", people[2], "companies", company)
    api.create_default("companies", company, "contacts", people[0])
    assert len(api.get_page("companies", company, "contacts").results) == 2
    api.archive("companies", company, "contacts", people[0])
    api.create_default("contacts", people[2], "companies", company)


def test_merges_may_keep_the_primary_id(client: HubSpot, http: Any, store: HubSpotStore) -> None:
    switch(http, merge_keeps_primary_id=True)
    first, second = (store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(2))
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    assert client.crm.contacts.basic_api.merge(body).id == first
    assert client.crm.contacts.basic_api.get_by_id(second).id == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation": {"required": ["lastname"]}},
        {"validation": {"required": {"unicorns": []}}},
        {"validation": {"conditional": [{"type": "contacts"}]}},
        {"validation": {"required": {"contacts": "lastname"}}},
        {"association_limits": {"companies": 1}},
        {"association_limits": {"companies:contacts": -1}},
        {"association_limits": []},
        {"account_type": "PRODUCTION"},
        {"time_zone": ["Europe/Amsterdam"]},
        {"index_lag_s": 1e300},
    ],
)
def test_a_switch_that_makes_no_sense_is_refused(http: Any, wrong: dict[str, Any]) -> None:
    before = http("GET", "/_sandbox/settings").body
    assert http("POST", "/_sandbox/settings", {"edition": "free", **wrong}).status == 400
    assert http("GET", "/_sandbox/settings").body == before
