"""Merges: a survivor with a new id, to which both old ids lead."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore


@pytest.fixture
def pair(store: HubSpotStore) -> tuple[str, str]:
    """The same person twice: at work as a customer's lead, and at home."""
    first = store.user_create(
        "contacts", {"email": "jan@firma.nl", "city": "Gent", "lifecyclestage": "marketingqualifiedlead"}
    )
    second = store.user_create(
        "contacts", {"email": "jan@prive.nl", "city": "Aalst", "zip": "9300", "lifecyclestage": "customer"}
    )
    return first, second


def merged(client: HubSpot, pair: tuple[str, str]) -> Any:
    """The survivor of merging the second into the first."""
    return client.crm.contacts.basic_api.merge({"primaryObjectId": pair[0], "objectIdToMerge": pair[1]})


def test_the_survivor_has_a_new_id_and_both_old_ids_lead_to_it(
    client: HubSpot, pair: tuple[str, str]
) -> None:
    survivor = merged(client, pair)
    assert survivor.id not in pair
    for old in pair:
        read = client.crm.contacts.basic_api.get_by_id(old, properties=["hs_merged_object_ids"])
        assert read.id == survivor.id
        assert read.properties["hs_merged_object_ids"] == ";".join(sorted(pair))


def test_the_primarys_values_win_but_the_stage_is_the_furthest(
    client: HubSpot, pair: tuple[str, str]
) -> None:
    names = ["email", "hs_additional_emails", "city", "zip", "lifecyclestage", "hs_calculated_merged_vids"]
    read = client.crm.contacts.basic_api.get_by_id(merged(client, pair).id, properties=names)
    vids = read.properties.pop("hs_calculated_merged_vids")
    assert {name: read.properties[name] for name in names[:5]} == {
        "email": "jan@firma.nl",
        "hs_additional_emails": "jan@prive.nl",
        "city": "Gent",
        "zip": "9300",
        "lifecyclestage": "customer",
    }
    assert {part.split(":")[0] for part in vids.split(";")} == set(pair)


def test_an_old_id_works_in_a_single_change_but_not_in_a_batch(
    client: HubSpot, http: Any, pair: tuple[str, str]
) -> None:
    survivor = merged(client, pair)
    changed = client.crm.contacts.basic_api.update(pair[1], {"properties": {"city": "Brugge"}})
    assert changed.id == survivor.id
    inputs = [{"id": pair[1], "properties": {"city": "Luik"}, "objectWriteTraceId": "t"}]
    answer = http("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs})
    assert (answer.status, answer.body["errors"][0]["category"]) == (207, "OBJECT_NOT_FOUND")


def test_a_batch_read_of_an_old_id_answers_under_the_survivors_id(
    client: HubSpot, http: Any, pair: tuple[str, str]
) -> None:
    survivor = merged(client, pair)
    answer = http("POST", "/crm/v3/objects/contacts/batch/read", {"inputs": [{"id": each} for each in pair]})
    assert (answer.status, [each["id"] for each in answer.body["results"]]) == (200, [survivor.id])


def test_the_losers_are_in_no_list_and_no_search(client: HubSpot, http: Any, pair: tuple[str, str]) -> None:
    survivor = merged(client, pair)
    api = client.crm.contacts.basic_api
    assert [each.id for each in api.get_page().results] == [survivor.id]
    assert api.get_page(archived=True).results == []
    rule = {"propertyName": "hs_object_id", "operator": "IN", "values": list(pair)}
    assert http("POST", "/crm/v3/objects/contacts/search", {"filters": [rule]}).body["total"] == 0


def test_the_survivor_has_the_associations_of_both_and_the_old_ids_none(
    client: HubSpot, store: HubSpotStore, pair: tuple[str, str]
) -> None:
    first, second = (store.user_create("companies", {"name": name}) for name in ("Een", "Twee"))
    store.associate("contacts", pair[0], "companies", first)
    store.associate("contacts", pair[1], "companies", second)
    survivor = merged(client, pair).id
    api = client.crm.associations.v4.basic_api
    found = api.get_page("contacts", survivor, "companies").results
    labels = {each.to_object_id: {kind.label for kind in each.association_types} for each in found}
    assert {str(key): value for key, value in labels.items()} == {first: {None, "Primary"}, second: {None}}
    assert api.get_page("contacts", pair[0], "companies").results == []


def test_merges_can_be_chained_and_every_id_ever_used_still_leads_home(
    client: HubSpot, store: HubSpotStore, pair: tuple[str, str]
) -> None:
    middle = merged(client, pair).id
    third = store.user_create("contacts", {"email": "jan@oud.nl"})
    last = client.crm.contacts.basic_api.merge({"primaryObjectId": third, "objectIdToMerge": middle}).id
    for old in (*pair, middle, third):
        read = client.crm.contacts.basic_api.get_by_id(old, properties=["email", "hs_merged_object_ids"])
        assert (read.id, read.properties["email"]) == (last, "jan@oud.nl")
    assert set(read.properties["hs_merged_object_ids"].split(";")) == {*pair, middle, third}


def test_an_account_may_preserve_the_primarys_id(
    client: HubSpot, store: HubSpotStore, pair: tuple[str, str]
) -> None:
    store.switches.merge_keeps_primary_id = True
    company = store.user_create("companies", {"name": "Een"})
    store.associate("contacts", pair[1], "companies", company)
    assert merged(client, pair).id == pair[0]
    read = client.crm.contacts.basic_api.get_by_id(pair[1], associations=["companies"], properties=["email"])
    assert (read.id, read.properties["email"]) == (pair[0], "jan@firma.nl")
    assert {each.id for each in read.associations["companies"].results} == {company}


def test_the_history_of_the_primary_goes_along(
    client: HubSpot, store: HubSpotStore, pair: tuple[str, str]
) -> None:
    store.user_edit("contacts", pair[0], {"city": "Brugge"})
    survivor = merged(client, pair).id
    assert [each["value"] for each in store.history("contacts", survivor, "city")] == ["Brugge", "Gent"]


@pytest.mark.parametrize("object_type", ["companies", "deals"])
def test_companies_and_deals_merge_too(http: Any, store: HubSpotStore, object_type: str) -> None:
    name = "name" if object_type == "companies" else "dealname"
    first, second = (store.user_create(object_type, {name: each}) for each in ("Een", "Twee"))
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    answer = http("POST", f"/crm/v3/objects/{object_type}/merge", body)
    assert (answer.status, answer.body["properties"][name]) == (200, "Een")
    assert answer.body["id"] not in (first, second)


def test_a_merged_company_keeps_the_other_domain_as_a_further_one(
    client: HubSpot, store: HubSpotStore
) -> None:
    first, second = (
        store.user_create("companies", {"name": "Firma", "domain": domain})
        for domain in ("firma.nl", "firma.be")
    )
    survivor = store.merge("companies", first, second)
    read = client.crm.companies.basic_api.get_by_id(survivor, properties=["domain", "hs_additional_domains"])
    assert (read.properties["domain"], read.properties["hs_additional_domains"]) == ("firma.nl", "firma.be")


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"primaryObjectId": "1", "objectIdToMerge": "2"}, 404)],
)
def test_merging_what_is_not_there(http: Any, body: dict[str, str], status: int) -> None:
    assert http("POST", "/crm/v3/objects/contacts/merge", body).status == status


def test_a_record_does_not_merge_with_itself(http: Any, pair: tuple[str, str]) -> None:
    body = {"primaryObjectId": pair[0], "objectIdToMerge": pair[0]}
    assert http("POST", "/crm/v3/objects/contacts/merge", body).status == 400


def test_a_unique_value_survives_the_merge_and_stays_unique(
    http: Any, client: HubSpot, store: HubSpotStore
) -> None:
    body = {
        "name": "link_id",
        "label": "Link id",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }
    client.crm.properties.core_api.create("contacts", {**body, "groupName": "contactinformation"})
    first = store.user_create("contacts", {"email": "a@firma.nl"})
    second = store.user_create("contacts", {"email": "b@firma.nl", "link_id": "L-1"})
    survivor = store.merge("contacts", first, second)
    assert http("GET", "/crm/v3/objects/contacts/L-1?idProperty=link_id").body["id"] == survivor


def test_a_secondary_address_made_primary_changes_places(
    client: HubSpot, http: Any, pair: tuple[str, str]
) -> None:
    survivor, api = merged(client, pair).id, client.crm.contacts.basic_api
    api.update(survivor, {"properties": {"email": "jan@prive.nl"}})
    read = api.get_by_id(survivor, properties=["email", "hs_additional_emails"])
    assert (read.properties["email"], read.properties["hs_additional_emails"]) == (
        "jan@prive.nl",
        "jan@firma.nl",
    )
    for address in ("jan@prive.nl", "jan@firma.nl"):
        answer = http("POST", "/crm/v3/objects/contacts", {"properties": {"email": address}})
        assert answer.message == f"Contact already exists. Existing ID: {survivor}"
