"""Nasty behaviors of an account that are off until the control interface is asked for them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

COMPANIES, CONTACTS = "/crm/v3/objects/companies", "/crm/v3/objects/contacts"
EDGE = {"types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]}


def switch(http: Any, **settings: Any) -> None:
    """Sets switches through the control interface."""
    assert http("POST", "/_sandbox/settings", settings).status == 200


# Companies that are upserted too quickly


def upserted(http: Any, count: int) -> int:
    """The status of one upsert of so many companies by a unique property."""
    rows = [
        {"id": f"A{n}", "idProperty": "sf_id", "properties": {"name": f"Firma {n}"}} for n in range(count)
    ]
    return int(http("POST", f"{COMPANIES}/batch/upsert", {"inputs": rows}).status)


def test_companies_upserted_too_quickly_are_locked_for_two_seconds(http: Any, world: World) -> None:
    own = {"name": "sf_id", "label": "SF", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    http("POST", "/crm/v3/properties/companies", own | {"groupName": "companyinformation"})
    assert [upserted(http, 100) for _ in range(4)] == [200] * 4
    switch(http, company_lock=250)
    assert [upserted(http, 100) for _ in range(4)] == [200, 200, 423, 423]
    world.clock.advance(1.9)
    assert upserted(http, 1) == 423
    world.clock.advance(0.2)
    assert upserted(http, 100) == 200
    assert http("PATCH", f"{COMPANIES}/A1?idProperty=sf_id", {"properties": {"city": "Gent"}}).status == 200


# Many records with one modification date


def test_hubspots_own_update_gives_more_than_ten_thousand_records_one_date(
    http: Any, store: HubSpotStore, world: World
) -> None:
    """The end of the month: a cursor on the modification date alone can neither page on nor step over it."""
    ids = store.load("deals", [{"dealname": f"Deal {n}"} for n in range(10_050)])
    store.user_archive("deals", ids[0])
    world.clock.advance(3600)
    assert http("POST", "/_sandbox/bulk", {"type": "deals"}).body["changed"] == 10_049
    rule = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "2026-11-02T10:00:00Z"}
    body = {"filters": [rule], "sorts": ["hs_lastmodifieddate"], "limit": 200, "after": "9800"}
    page = http("POST", "/crm/v3/objects/deals/search", body).body
    assert page["total"] == 10_049
    assert {row["updatedAt"] for row in page["results"]} == {"2026-11-02T10:00:00.002Z"}
    assert http("POST", "/crm/v3/objects/deals/search", body | {"after": "10000"}).status == 400
    assert store.history("deals", ids[1], "dealname")[0]["value"] == "Deal 1"
    assert http("POST", "/_sandbox/bulk", {"type": "unicorns"}).status == 404


def test_a_late_index_learns_of_such_an_update_later(http: Any, store: HubSpotStore, world: World) -> None:
    store.user_create("contacts", {"email": "jan@firma.nl"})
    switch(http, index_lag_s=5)
    http("POST", "/_sandbox/bulk", {"type": "contacts"})
    rule = {"propertyName": "lastmodifieddate", "operator": "GT", "value": "2026-11-02T09:00:00.001Z"}
    assert http("POST", f"{CONTACTS}/search", {"filters": [rule]}).body["total"] == 0
    world.clock.advance(5)
    assert http("POST", f"{CONTACTS}/search", {"filters": [rule]}).body["total"] == 1


# An index whose entries come out of order


def test_with_jitter_a_later_change_may_be_found_earlier_but_nothing_goes_back(
    http: Any, store: HubSpotStore, world: World
) -> None:
    switch(http, index_lag_s=2, index_jitter_s=8)
    ids = [store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(20)]
    seen: list[str] = []
    for _ in range(11):
        world.clock.advance(1)
        rows = http("POST", f"{CONTACTS}/search", {"limit": 100}).body["results"]
        seen += [row["id"] for row in rows if row["id"] not in seen]
    assert sorted(seen) == ids
    assert seen != ids
    for n in range(10):
        store.user_edit("contacts", ids[0], {"city": f"Stad {n}"})
    rule = {"propertyName": "city", "operator": "EQ", "value": "stad 9"}
    for _ in range(11):
        world.clock.advance(1)
        found = http("POST", f"{CONTACTS}/search", {"filters": [rule]}).body["total"]
    assert found == 1


# What a write answers


def test_write_answers_may_hold_all_values(http: Any, client: HubSpot, store: HubSpotStore) -> None:
    switch(http, sparse_answers=False)
    contact = store.user_create("contacts", {"email": "jan@firma.nl", "city": "Gent"})
    changed = client.crm.contacts.basic_api.update(contact, {"properties": {"zip": "9000"}})
    assert (changed.properties["city"], changed.properties["zip"]) == ("Gent", "9000")


# A user who may not associate


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/crm/objects/{v}/contacts/{a}/associations/default/companies/{b}", None),
        ("PUT", "/crm/objects/{v}/contacts/{a}/associations/companies/{b}", EDGE["types"]),
        (
            "POST",
            "/crm/associations/{v}/contacts/companies/batch/create",
            {"inputs": [{"from": {"id": "{a}"}, "to": {"id": "{b}"}, **EDGE}]},
        ),
        (
            "POST",
            "/crm/objects/{v}/contacts",
            {"properties": {"email": "els@firma.nl"}, "associations": [{"to": {"id": "{b}"}, **EDGE}]},
        ),
        ("DELETE", "/crm/objects/{v}/contacts/{a}/associations/companies/{b}", None),
    ],
)
def test_from_2026_09_on_the_users_permission_to_associate_is_asked_for(
    http: Any, store: HubSpotStore, method: str, path: str, body: Any
) -> None:
    switch(http, may_associate=False)
    names = {"a": store.user_create("contacts", {"email": "jan@firma.nl"})}
    names["b"] = store.user_create("companies", {"name": "Firma"})

    def sent(version: str) -> int:
        filled = orjson.loads(
            orjson.dumps(body).decode().replace("{a}", names["a"]).replace("{b}", names["b"])
        )
        return int(http(method, path.format(v=version, **names), filled).status)

    assert sent("2026-09") == 403
    assert sent("2026-03") < 300
    read = f"/crm/objects/2026-09/contacts/{names['a']}/associations/companies"
    assert http("GET", read).status == 200


# The recycle bin


def test_after_ninety_days_an_archived_record_is_gone_for_good(
    http: Any, client: HubSpot, store: HubSpotStore, world: World
) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    store.user_archive("contacts", contact)
    world.clock.advance(90 * 86_400)
    api = client.crm.contacts.basic_api
    assert [row.id for row in api.get_page(archived=True).results] == [contact]
    world.clock.advance(1)
    assert api.get_page(archived=True).results == []
    assert http("GET", f"{CONTACTS}/{contact}?archived=true").status == 404
    body = {"inputs": [{"id": contact}]}
    assert http("POST", f"{CONTACTS}/batch/read?archived=true", body).body["results"] == []
    with pytest.raises(Exception, match="resource not found"):
        store.user_restore("contacts", contact)
