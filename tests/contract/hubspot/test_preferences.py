"""Who wants no email: an opt-out that belongs to the address and cannot be taken back through the API."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

V4 = "/communication-preferences/v4/statuses"
ADDRESS = "jan@firma.nl"
ALL = f"{V4}/{ADDRESS}/unsubscribe-all?channel=EMAIL"


def optout(store: HubSpotStore, contact: str) -> str | None:
    """The property that a sync reads."""
    found = store.get("contacts", contact)
    assert found is not None
    value: str | None = found["properties"].get("hs_email_optout")
    return value


def test_an_opt_out_from_all_shows_on_the_contact(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": ADDRESS})
    assert http("GET", ALL).body["results"][0]["status"] == "SUBSCRIBED"
    answer = http("POST", f"{ALL}&verbose=true")
    assert (answer.status, {row["status"] for row in answer.body["results"]}) == (200, {"UNSUBSCRIBED"})
    assert http("GET", ALL).body["results"][0]["status"] == "UNSUBSCRIBED"
    assert optout(store, contact) == "true"


def test_the_property_itself_cannot_be_written(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": ADDRESS})
    body = {"properties": {"hs_email_optout": "true"}}
    answer = http("PATCH", f"/crm/v3/objects/contacts/{contact}", body)
    assert (answer.status, answer.problems[0]["error"]) == (400, "READ_ONLY_VALUE")


def test_the_opt_out_stays_with_the_address(http: Any, store: HubSpotStore) -> None:
    """Jan changes his address and may be written to again; whoever gets the old address may not."""
    jan = store.user_create("contacts", {"email": ADDRESS})
    http("POST", ALL)
    store.user_edit("contacts", jan, {"email": "jan@anders.nl", "city": "Gent"})
    assert optout(store, jan) is None
    piet = store.user_create("contacts", {"email": ADDRESS})
    assert optout(store, piet) == "true"
    store.user_edit("contacts", piet, {"email": ADDRESS, "city": "Gent"})
    assert optout(store, piet) == "true"


def test_a_contact_that_comes_later_is_opted_out_at_once(http: Any, store: HubSpotStore) -> None:
    http("POST", ALL)
    assert optout(store, store.user_create("contacts", {"email": ADDRESS.upper()})) == "true"


def test_an_imported_opt_out_counts_for_its_address(http: Any, store: HubSpotStore) -> None:
    store.load("contacts", [{"email": ADDRESS, "hs_email_optout": "true"}])
    assert http("GET", ALL).body["results"][0]["status"] == "UNSUBSCRIBED"


def test_the_way_back_is_closed(client: HubSpot, http: Any, store: HubSpotStore) -> None:
    """After an opt-out from all neither version of the API subscribes again."""
    contact = store.user_create("contacts", {"email": ADDRESS})
    http("POST", ALL)
    status = client.communication_preferences.status_api
    with pytest.raises(Exception, match="unsubscribed from all email"):
        status.subscribe({"emailAddress": ADDRESS, "subscriptionId": "800000001"})
    body = {"subscriptionId": 800000001, "statusState": "SUBSCRIBED", "channel": "EMAIL"}
    assert http("POST", f"{V4}/{ADDRESS}", body).status == 400
    assert optout(store, contact) == "true"


def test_single_subscriptions_come_and_go(client: HubSpot, http: Any) -> None:
    api = client.communication_preferences
    names = [row.name for row in api.definition_api.get_page().subscription_definitions]
    assert names == ["Marketing Information", "One to One"]
    change = {"emailAddress": ADDRESS, "subscriptionId": "800000001"}
    assert api.status_api.unsubscribe(change).status == "NOT_SUBSCRIBED"
    shown = api.status_api.get_email_status(ADDRESS).subscription_statuses
    assert [row.status for row in shown] == ["NOT_SUBSCRIBED", "SUBSCRIBED"]
    assert api.status_api.subscribe(change).status == "SUBSCRIBED"
    rows = http("GET", f"{V4}/{ADDRESS}?channel=EMAIL").body["results"]
    assert [row["status"] for row in rows] == ["SUBSCRIBED", "NOT_SPECIFIED"]
    dated = f"/communication-preferences/2026-03/statuses/{ADDRESS}?channel=EMAIL"
    assert http("GET", dated).body["results"] == rows


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{V4}/{ADDRESS}/unsubscribe-all", None),
        ("POST", f"{V4}/nobody/unsubscribe-all?channel=EMAIL", None),
        ("POST", f"{V4}/{ADDRESS}", {"subscriptionId": 1, "statusState": "SUBSCRIBED", "channel": "EMAIL"}),
        ("POST", f"{V4}/{ADDRESS}", {"subscriptionId": 800000001, "statusState": "X", "channel": "EMAIL"}),
        ("POST", "/communication-preferences/v3/subscribe", {"emailAddress": ADDRESS}),
    ],
)
def test_what_makes_no_sense_is_refused(http: Any, method: str, path: str, body: Any) -> None:
    answer = http(method, path, body)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
