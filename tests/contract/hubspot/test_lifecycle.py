"""Lifecycle stages: the API goes forward only, says nothing about it, and HubSpot moves people by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World


@pytest.fixture
def lead(store: HubSpotStore) -> str:
    """A sales-qualified lead."""
    return store.user_create("contacts", {"email": "jan@firma.nl", "lifecyclestage": "salesqualifiedlead"})


def stage(store: HubSpotStore, object_type: str, record: str) -> str | None:
    """The stage a record is in."""
    return str((store.get(object_type, record) or {})["properties"].get("lifecyclestage"))


def test_forward_is_done(client: HubSpot, lead: str) -> None:
    changed = client.crm.contacts.basic_api.update(lead, {"properties": {"lifecyclestage": "customer"}})
    assert changed.properties["lifecyclestage"] == "customer"


def test_backward_succeeds_silently_and_changes_only_the_rest(
    client: HubSpot, store: HubSpotStore, lead: str
) -> None:
    wanted = {"lifecyclestage": "marketingqualifiedlead", "city": "Gent"}
    changed = client.crm.contacts.basic_api.update(lead, {"properties": wanted})
    assert changed.properties["lifecyclestage"] == "salesqualifiedlead"
    assert changed.properties["city"] == "Gent"
    assert len(store.history("contacts", lead, "lifecyclestage")) == 1


def test_backward_in_a_batch_is_no_error_either(http: Any, lead: str) -> None:
    inputs = [{"id": lead, "properties": {"lifecyclestage": "subscriber"}, "objectWriteTraceId": "t"}]
    answer = http("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs})
    assert answer.status == 200
    assert answer.body["results"][0]["properties"]["lifecyclestage"] == "salesqualifiedlead"


def test_clearing_first_and_setting_in_a_second_request_goes_back(
    client: HubSpot, store: HubSpotStore, lead: str
) -> None:
    api = client.crm.contacts.basic_api
    assert api.update(lead, {"properties": {"lifecyclestage": ""}}).properties["lifecyclestage"] is None
    api.update(lead, {"properties": {"lifecyclestage": "lead"}})
    values = [each["value"] for each in store.history("contacts", lead, "lifecyclestage")]
    assert values == ["lead", "", "salesqualifiedlead"]


def test_people_in_the_user_interface_may_go_back(store: HubSpotStore, lead: str) -> None:
    store.user_edit("contacts", lead, {"lifecyclestage": "lead"})
    assert stage(store, "contacts", lead) == "lead"


def test_entry_dates_are_stamped_and_given_only_by_name(
    client: HubSpot, http: Any, world: World, lead: str
) -> None:
    world.clock.advance(3600)
    api = client.crm.contacts.basic_api
    api.update(lead, {"properties": {"lifecyclestage": "opportunity"}})
    names = [
        "hs_v2_date_entered_salesqualifiedlead",
        "hs_v2_date_exited_salesqualifiedlead",
        "hs_v2_date_entered_opportunity",
        "hs_lifecyclestage_opportunity_date",
        "hs_v2_date_entered_customer",
    ]
    read = api.get_by_id(lead, properties=names)
    assert [read.properties[name] for name in names] == [
        "2026-11-02T09:00:00.001Z",
        "2026-11-02T10:00:00.002Z",
        "2026-11-02T10:00:00.002Z",
        "2026-11-02T10:00:00.002Z",
        None,
    ]
    spent = [f"hs_v2_{kind}_time_in_salesqualifiedlead" for kind in ("latest", "cumulative")]
    assert set(api.get_by_id(lead, properties=spent).properties.values()) >= {"3600001"}
    api.update(lead, {"properties": {"lifecyclestage": ""}})
    for stage in ("salesqualifiedlead", "customer"):
        api.update(lead, {"properties": {"lifecyclestage": stage}})
        world.clock.advance(0.999)
    times = api.get_by_id(lead, properties=spent).properties
    assert [times[name] for name in spent] == ["1000", "3601001"]
    listed = {each["name"] for each in http("GET", "/crm/v3/properties/contacts").body["results"]}
    assert not any(name.startswith("hs_v2_") for name in listed)
    one = http("GET", f"/crm/v3/properties/contacts/{names[0]}").body
    assert (one["calculated"], one["modificationMetadata"]["readOnlyValue"]) == (True, True)


def test_a_stage_of_the_account_has_a_number_and_takes_its_place_in_the_order(
    client: HubSpot, store: HubSpotStore, lead: str
) -> None:
    api = client.crm.properties.core_api
    options = [option.to_dict() for option in api.get_by_name("contacts", "lifecyclestage").options]
    own = {"label": "Recycled", "value": "123456789", "displayOrder": 99, "hidden": False}
    rows = [
        {"label": each["label"], "value": each["value"], "displayOrder": n} for n, each in enumerate(options)
    ]
    api.update("contacts", "lifecyclestage", {"options": [*rows, own]})
    client.crm.contacts.basic_api.update(lead, {"properties": {"lifecyclestage": "123456789"}})
    client.crm.contacts.basic_api.update(lead, {"properties": {"lifecyclestage": "customer"}})
    assert stage(store, "contacts", lead) == "123456789"


def test_a_new_deal_makes_an_opportunity_and_a_won_one_a_customer(
    client: HubSpot, store: HubSpotStore, lead: str
) -> None:
    company = store.user_create("companies", {"name": "Firma", "lifecyclestage": "lead"})
    edges = [
        {"to": {"id": each}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]}
        for each, kind in ((lead, 3), (company, 341))
    ]
    properties = {"dealname": "Licenties", "dealstage": "contractsent"}
    deal = client.crm.deals.basic_api.create({"properties": properties, "associations": edges})
    assert {stage(store, "contacts", lead), stage(store, "companies", company)} == {"opportunity"}
    client.crm.deals.basic_api.update(deal.id, {"properties": {"dealstage": "closedwon"}})
    assert {stage(store, "contacts", lead), stage(store, "companies", company)} == {"customer"}
    assert store.history("contacts", lead, "lifecyclestage")[0]["sourceType"] == "AUTOMATION_PLATFORM"


def test_a_deal_moves_nobody_back_and_a_lost_one_moves_nobody(store: HubSpotStore) -> None:
    evangelist = store.user_create("contacts", {"email": "a@firma.nl", "lifecyclestage": "evangelist"})
    early = store.user_create("contacts", {"email": "b@firma.nl", "lifecyclestage": "lead"})
    open_deal = store.user_create("deals", {"dealname": "X", "dealstage": "contractsent"})
    lost = store.user_create("deals", {"dealname": "Y", "dealstage": "closedlost"})
    store.associate("deals", open_deal, "contacts", evangelist)
    store.associate("deals", lost, "contacts", early)
    assert [stage(store, "contacts", each) for each in (evangelist, early)] == ["evangelist", "lead"]


def test_an_account_may_switch_that_off(store: HubSpotStore, lead: str) -> None:
    store.switches.auto_lifecycle = False
    deal = store.user_create("deals", {"dealname": "X", "dealstage": "closedwon"})
    store.associate("deals", deal, "contacts", lead)
    assert stage(store, "contacts", lead) == "salesqualifiedlead"


def test_an_account_may_let_companies_take_their_contacts_along(store: HubSpotStore, lead: str) -> None:
    company = store.user_create("companies", {"name": "Firma"})
    store.associate("companies", company, "contacts", lead)
    store.user_edit("companies", company, {"lifecyclestage": "opportunity"})
    assert stage(store, "contacts", lead) == "salesqualifiedlead"
    store.switches.company_stage_to_contacts = True
    store.user_edit("companies", company, {"lifecyclestage": "customer"})
    assert stage(store, "contacts", lead) == "customer"
