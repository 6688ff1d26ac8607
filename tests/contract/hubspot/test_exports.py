"""Exports (a task, then a file that can be fetched for five minutes) and how much of the day is used."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import urllib3
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

BODY = {
    "exportType": "VIEW",
    "format": "CSV",
    "exportName": "Alle contacten",
    "objectType": "CONTACT",
    "objectProperties": ["email", "lifecyclestage", "createdate", "unicorn"],
    "language": "EN",
}
PATH = "/crm/v3/exports/export/async"


def fetched(address: str) -> tuple[int, list[list[str]]]:
    """Status and rows of a file, asked without a token."""
    answer = urllib3.PoolManager(retries=False).request("GET", address)
    return answer.status, list(csv.reader(answer.data.decode().splitlines()))


def finished(client: HubSpot, world: World, body: dict[str, Any]) -> str:
    """Starts an export, waits in virtual time, and gives the address of the file."""
    api = client.crm.exports.public_exports_api
    task = api.start(body)
    assert api.get_status(task.id).status == "PROCESSING"
    world.clock.advance(2)
    done = api.get_status(task.id)
    assert done.status == "COMPLETE"
    return str(done.result)


def test_an_export_is_done_after_a_while(client: HubSpot, store: HubSpotStore, world: World) -> None:
    jan = store.user_create("contacts", {"email": "jan@firma.nl", "lifecyclestage": "salesqualifiedlead"})
    store.user_archive("contacts", store.user_create("contacts", {"email": "weg@firma.nl"}))
    status, rows = fetched(finished(client, world, BODY))
    assert status == 200
    assert rows == [
        ["Record ID", "Email", "Lifecycle Stage", "Create Date"],
        [jan, "jan@firma.nl", "Sales Qualified Lead", "2026-11-02 10:00"],
    ]


def test_internal_names_and_values_on_request(client: HubSpot, store: HubSpotStore, world: World) -> None:
    store.user_create("contacts", {"email": "jan@firma.nl", "lifecyclestage": "salesqualifiedlead"})
    body = BODY | {"exportInternalValuesOptions": ["NAMES", "VALUES"]}
    _, rows = fetched(finished(client, world, body))
    assert [row[2] for row in rows] == ["lifecyclestage", "salesqualifiedlead"]


def test_a_list_is_exported(client: HubSpot, store: HubSpotStore, world: World) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@firma.nl"} for n in range(3)])
    made = client.crm.lists.lists_api.create(
        {"name": "Beurs", "objectTypeId": "0-1", "processingType": "MANUAL"}
    )
    client.crm.lists.memberships_api.add(made.list.list_id, ids[1:])
    body = BODY | {"exportType": "LIST", "listId": made.list.list_id}
    _, rows = fetched(finished(client, world, body))
    assert [row[0] for row in rows[1:]] == ids[1:]


def test_what_a_search_finds_is_exported_in_its_order(
    client: HubSpot, store: HubSpotStore, world: World
) -> None:
    store.load("contacts", [{"email": f"p{n:05}@firma.nl", "city": "Gent"} for n in range(10_050)])
    store.user_create("contacts", {"email": "jan@elders.nl"})
    rule = {"propertyName": "city", "operator": "EQ", "value": "gent"}
    asked = {"filters": [rule], "sorts": [{"propertyName": "email", "order": "DES"}]}
    body = BODY | {"objectProperties": ["email"], "publicCrmSearchRequest": asked}
    _, rows = fetched(finished(client, world, body))
    assert [row[1] for row in rows[:3]] == ["Email", "p10049@firma.nl", "p10048@firma.nl"]
    assert len(rows) == 10_051


def test_associated_records_are_a_column_of_their_own(
    client: HubSpot, store: HubSpotStore, world: World
) -> None:
    jan = store.user_create("contacts", {"email": "jan@firma.nl"})
    firms = [store.user_create("companies", {"name": name}) for name in ("Een", "Twee")]
    for firm in firms:
        store.associate("contacts", jan, "companies", firm)
    body = BODY | {"objectProperties": ["email"], "associatedObjectType": "COMPANY"}
    _, rows = fetched(finished(client, world, body))
    assert rows == [["Record ID", "Email", "Associated Company IDs"], [jan, "jan@firma.nl", ";".join(firms)]]


def test_the_address_of_a_file_is_good_for_five_minutes(client: HubSpot, world: World) -> None:
    address = finished(client, world, BODY)
    assert fetched(address.replace("signature=", "signature=0"))[0] == 403
    world.clock.advance(300)
    assert fetched(address)[0] == 200
    world.clock.advance(1)
    assert fetched(address)[0] == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"objectType": "UNICORN"},
        {"format": "XLSX"},
        {"exportType": "DREAM"},
        {"objectProperties": "email"},
        {"exportInternalValuesOptions": 7},
        {"publicCrmSearchRequest": ["jan"]},
        {"publicCrmSearchRequest": {"sorts": ["email"]}},
        {"publicCrmSearchRequest": {"filters": [{"propertyName": "unicorn", "operator": "HAS_PROPERTY"}]}},
        {"associatedObjectType": "UNICORN"},
    ],
)
def test_an_export_that_makes_no_sense_is_refused(http: Any, wrong: dict[str, Any]) -> None:
    assert http("POST", PATH, BODY | wrong).status == 400
    assert http("GET", f"{PATH}/tasks/1/status").status == 404
    assert fetched(f"{http.base}/exports/files/1?until=x&signature=%C3%A9")[0] == 403


def test_usage_of_the_day(http: Any, world: World) -> None:
    """What an app looks at before a large run."""
    world.hubspot.edition = "professional"
    http("GET", "/crm/v3/objects/contacts")
    http("POST", "/_sandbox/settings", {"used_today": 600_000})
    (row,) = http("GET", "/account-info/v3/api-usage/daily/private-apps").body["results"]
    assert row == {
        "name": "private-apps-api-calls-daily",
        "usageLimit": 625_000,
        "currentUsage": 600_001,
        "collectedAt": "2026-11-02T09:00:00.000Z",
        "fetchStatus": "SUCCESS",
        "resetsAt": "2026-11-02T23:00:00.000Z",
    }
