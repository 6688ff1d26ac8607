"""Single records through HubSpot's own client: list, read, create, change, archive, forget."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hubspot import HubSpot
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException

from connector.sandbox.hubspot.store import HubSpotStore


def made(store: HubSpotStore, **values: str) -> str:
    """A contact that has been there before the test begins."""
    return store.user_create("contacts", {"email": "jan@voorbeeld.nl", **values})


def test_a_new_contact_answers_201_with_only_what_was_written_and_derived(client: HubSpot) -> None:
    contact = client.crm.contacts.basic_api.create(
        {"properties": {"email": "An.Peeters@Firma.BE", "city": "Gent"}}
    )
    assert contact.properties == {
        "email": "an.peeters@firma.be",
        "city": "Gent",
        "hs_email_domain": "firma.be",
        "createdate": "2026-11-02T09:00:00.001Z",
        "lastmodifieddate": "2026-11-02T09:00:00.001Z",
        "hs_object_id": contact.id,
        "hs_all_contact_vids": contact.id,
        "hs_is_contact": "true",
        "hs_is_unworked": "true",
        "hs_pipeline": "contacts-lifecycle-pipeline",
    }
    assert contact.id.isdigit()


def test_a_contact_made_by_the_api_has_no_stage(client: HubSpot) -> None:
    contact = client.crm.contacts.basic_api.create({"properties": {"lastname": "Jansen"}})
    read = client.crm.contacts.basic_api.get_by_id(contact.id, properties=["lifecyclestage"])
    assert read.properties["lifecyclestage"] is None


@pytest.mark.parametrize(
    ("object_type", "values"),
    [("contacts", {"city": "Gent"}), ("companies", {"city": "Gent"}), ("deals", {"amount": "5"})],
)
def test_a_record_without_any_name_is_refused(http: Any, object_type: str, values: dict[str, str]) -> None:
    answer = http("POST", f"/crm/v3/objects/{object_type}", {"properties": values})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_a_change_answers_with_the_written_properties_only(client: HubSpot, store: HubSpotStore) -> None:
    contact = made(store, city="Gent", phone="1")
    changed = client.crm.contacts.basic_api.update(contact, {"properties": {"phone": "2"}})
    assert changed.properties == {"phone": "2", "lastmodifieddate": "2026-11-02T09:00:00.002Z"}


def test_writing_an_equal_value_moves_the_modification_date(client: HubSpot, store: HubSpotStore) -> None:
    contact = made(store, city="Gent")
    before = store.get("contacts", contact)
    client.crm.contacts.basic_api.update(contact, {"properties": {"city": "Gent"}})
    after = store.get("contacts", contact)
    assert before is not None
    assert after is not None
    assert after["updatedAt"] > before["updatedAt"]
    assert len(store.history("contacts", contact, "city")) == 1


def test_the_list_goes_by_id_and_names_the_next_record(client: HubSpot, store: HubSpotStore) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(25)])
    first = client.crm.contacts.basic_api.get_page()
    assert [row.id for row in first.results] == ids[:10]
    assert first.paging.next.after == ids[10]
    assert f"after={ids[10]}" in first.paging.next.link
    last = client.crm.contacts.basic_api.get_page(limit=100, after=ids[10])
    assert [row.id for row in last.results] == ids[10:]
    assert last.paging is None


def test_the_client_can_fetch_all_pages(client: HubSpot, store: HubSpotStore) -> None:
    ids = store.load("companies", [{"name": f"Firma {n}"} for n in range(230)])
    assert [row.id for row in client.crm.companies.get_all()] == ids


def test_a_list_shows_defaults_and_an_empty_property_as_null_and_an_unknown_one_not_at_all(
    client: HubSpot, store: HubSpotStore
) -> None:
    made(store, city="Gent")
    plain = client.crm.contacts.basic_api.get_page().results[0].properties
    assert set(plain) == {"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"}
    asked = (
        client.crm.contacts.basic_api.get_page(properties=["city", "zip", "no_such"]).results[0].properties
    )
    assert set(asked) == {"city", "zip", "createdate", "hs_object_id", "lastmodifieddate"}
    assert asked["zip"] is None


@pytest.mark.parametrize(
    ("object_type", "defaults"),
    [
        ("companies", {"name", "domain", "createdate", "hs_lastmodifieddate", "hs_object_id"}),
        (
            "deals",
            {
                "dealname",
                "amount",
                "closedate",
                "pipeline",
                "dealstage",
                "createdate",
                "hs_lastmodifieddate",
                "hs_object_id",
            },
        ),
    ],
)
def test_default_properties_of_companies_and_deals(
    http: Any, store: HubSpotStore, object_type: str, defaults: set[str]
) -> None:
    store.user_create(object_type, {"name": "X"} if object_type == "companies" else {"dealname": "X"})
    answer = http("GET", f"/crm/v3/objects/{object_type}")
    assert set(answer.body["results"][0]["properties"]) == defaults


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=100", 200),
        ("limit=101", 400),
        ("limit=0", 400),
        ("limit=ten", 400),
        ("limit=50&propertiesWithHistory=city", 200),
        ("limit=51&propertiesWithHistory=city", 400),
        ("after=xyz", 400),
        ("after=99999999999999", 200),
        ("archived=maybe", 400),
        ("associations=unicorns", 400),
        ("properties=" + "x" * 9_000, 414),
    ],
)
def test_list_parameters(http: Any, query: str, status: int) -> None:
    assert http("GET", f"/crm/v3/objects/contacts?{query}").status == status


def test_comma_separated_and_repeated_properties_mean_the_same(http: Any, store: HubSpotStore) -> None:
    made(store, city="Gent", zip="9000")
    commas = http("GET", "/crm/v3/objects/contacts?properties=city,zip").body
    assert commas == http("GET", "/crm/v3/objects/contacts?properties=city&properties=zip").body


def test_history_lists_the_versions_newest_first_with_their_source(
    client: HubSpot, store: HubSpotStore
) -> None:
    contact = made(store, jobtitle="Buyer")
    client.crm.contacts.basic_api.update(contact, {"properties": {"jobtitle": "Head of buying"}})
    read = client.crm.contacts.basic_api.get_by_id(contact, properties_with_history=["jobtitle"])
    versions = [(each.value, each.source_type) for each in read.properties_with_history["jobtitle"]]
    assert versions == [("Head of buying", "INTEGRATION"), ("Buyer", "CRM_UI")]
    assert read.properties["jobtitle"] == "Head of buying"


def test_a_cleared_property_reads_null_and_null_is_ignored(client: HubSpot, store: HubSpotStore) -> None:
    contact = made(store, city="Gent", zip="9000")
    client.crm.contacts.basic_api.update(contact, {"properties": {"city": "", "zip": None}})
    read = client.crm.contacts.basic_api.get_by_id(contact, properties=["city", "zip"])
    assert (read.properties["city"], read.properties["zip"]) == (None, "9000")


def test_reading_and_changing_by_email_knows_secondary_addresses(
    client: HubSpot, store: HubSpotStore
) -> None:
    first, second = made(store), store.user_create("contacts", {"email": "j.jansen@prive.nl"})
    survivor = store.merge("contacts", first, second)
    api = client.crm.contacts.basic_api
    assert api.get_by_id("J.Jansen@prive.nl", id_property="email").id == survivor
    api.update("j.jansen@prive.nl", {"properties": {"city": "Aalst"}}, id_property="email")
    assert api.get_by_id(survivor, properties=["city", "hs_additional_emails"]).properties["city"] == "Aalst"


@pytest.mark.parametrize(
    ("id_property", "status"), [("email", 404), ("firstname", 400), ("no_such", 400), ("hs_object_id", 404)]
)
def test_id_property_must_identify(http: Any, id_property: str, status: int) -> None:
    assert http("GET", f"/crm/v3/objects/contacts/1234?idProperty={id_property}").status == status


def test_an_unknown_id_is_404_with_hubspots_words(client: HubSpot) -> None:
    with pytest.raises(NotFoundException) as caught:
        client.crm.contacts.basic_api.get_by_id("4711")
    body = orjson.loads(caught.value.body)
    assert (body["category"], body["message"]) == ("OBJECT_NOT_FOUND", "resource not found")


def test_an_email_in_use_is_409_and_names_the_holder_only_in_the_message(
    client: HubSpot, store: HubSpotStore
) -> None:
    contact = made(store)
    with pytest.raises(ApiException) as caught:
        client.crm.contacts.basic_api.create({"properties": {"email": "JAN@voorbeeld.nl"}})
    body = orjson.loads(caught.value.body)
    assert caught.value.status == 409
    assert set(body) == {"status", "message", "correlationId", "category"}
    assert body["message"] == f"Contact already exists. Existing ID: {contact}"


def test_a_secondary_email_is_in_use_too_and_also_for_a_change(http: Any, store: HubSpotStore) -> None:
    survivor = store.merge(
        "contacts", made(store), store.user_create("contacts", {"email": "oud@voorbeeld.nl"})
    )
    other = store.user_create("contacts", {"email": "ander@voorbeeld.nl"})
    answer = http("PATCH", f"/crm/v3/objects/contacts/{other}", {"properties": {"email": "oud@voorbeeld.nl"}})
    assert (answer.status, answer.message) == (409, f"Contact already exists. Existing ID: {survivor}")


def test_an_email_that_was_given_up_is_free_again(client: HubSpot, store: HubSpotStore) -> None:
    contact = made(store)
    client.crm.contacts.basic_api.update(contact, {"properties": {"email": "nieuw@voorbeeld.nl"}})
    assert client.crm.contacts.basic_api.create({"properties": {"email": "jan@voorbeeld.nl"}}).id != contact


def test_companies_with_one_domain_are_not_merged_by_the_api(client: HubSpot) -> None:
    ids = {client.crm.companies.basic_api.create({"properties": {"domain": "firma.be"}}).id for _ in range(2)}
    assert len(ids) == 2


def test_an_archived_record_is_gone_from_reads_and_in_the_archived_list(
    client: HubSpot, store: HubSpotStore
) -> None:
    contact, api = made(store), client.crm.contacts.basic_api
    api.archive(contact)
    with pytest.raises(NotFoundException):
        api.get_by_id(contact)
    assert api.get_page().results == []
    archived = api.get_page(archived=True).results
    assert [(row.id, row.archived) for row in archived] == [(contact, True)]
    assert archived[0].archived_at is not None
    assert api.get_by_id(contact, archived=True).id == contact


def test_archiving_an_unknown_or_archived_record_answers_204(http: Any, store: HubSpotStore) -> None:
    contact = made(store)
    path = f"/crm/v3/objects/contacts/{contact}"
    assert [http("DELETE", path).status for _ in range(2)] == [204, 204]
    assert http("DELETE", "/crm/v3/objects/contacts/1").status == 204


def test_an_archived_contacts_email_is_free_and_restoring_then_is_refused(
    client: HubSpot, store: HubSpotStore
) -> None:
    contact = made(store)
    store.user_archive("contacts", contact)
    other = client.crm.contacts.basic_api.create({"properties": {"email": "jan@voorbeeld.nl"}}).id
    with pytest.raises(Exception, match=f"Existing ID: {other}"):
        store.user_restore("contacts", contact)


def test_a_restored_record_has_its_id_and_its_company_back(client: HubSpot, store: HubSpotStore) -> None:
    contact, company = made(store), store.user_create("companies", {"name": "Firma"})
    store.associate("contacts", contact, "companies", company)
    store.user_archive("contacts", contact)
    assert client.crm.associations.v4.basic_api.get_page("companies", company, "contacts").results == []
    store.user_restore("contacts", contact)
    read = client.crm.contacts.basic_api.get_by_id(contact, associations=["companies"])
    assert {each.id for each in read.associations["companies"].results} == {company}


def test_privacy_deletion_leaves_nothing_and_blocks_the_address(
    client: HubSpot, http: Any, store: HubSpotStore
) -> None:
    contact = made(store)
    client.crm.contacts.basic_api.purge({"objectId": contact})
    assert store.get("contacts", contact) is None
    assert client.crm.contacts.basic_api.get_page(archived=True).results == []
    assert (
        http("POST", "/crm/v3/objects/contacts", {"properties": {"email": "jan@voorbeeld.nl"}}).status == 400
    )


def test_privacy_deletion_of_an_unknown_email_blocks_it_all_the_same(http: Any) -> None:
    body = {"objectId": "niemand@voorbeeld.nl", "idProperty": "email"}
    assert http("POST", "/crm/v3/objects/contacts/gdpr-delete", body).status == 204
    assert (
        http("POST", "/crm/v3/objects/contacts", {"properties": {"email": "niemand@voorbeeld.nl"}}).status
        == 400
    )


def test_a_deal_goes_to_the_default_pipeline_and_knows_whether_it_is_won(client: HubSpot) -> None:
    made = client.crm.deals.basic_api.create(
        {"properties": {"dealname": "Licenties", "dealstage": "contractsent"}}
    )
    assert made.properties["pipeline"] == "default"
    client.crm.deals.basic_api.update(
        made.id, {"properties": {"dealstage": "closedwon", "amount": "1200.50"}}
    )
    names = ["hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability", "hs_closed_amount"]
    read = client.crm.deals.basic_api.get_by_id(made.id, properties=names)
    assert [read.properties[name] for name in names] == ["true", "true", "1", "1200.5"]


def test_a_contact_can_be_made_together_with_its_company(client: HubSpot, store: HubSpotStore) -> None:
    company = store.user_create("companies", {"name": "Firma"})
    edge = {
        "to": {"id": company},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
    }
    contact = client.crm.contacts.basic_api.create(
        {"properties": {"lastname": "Maes"}, "associations": [edge]}
    )
    read = client.crm.contacts.basic_api.get_by_id(contact.id, associations=["companies"])
    assert [(each.id, each.type) for each in read.associations["companies"].results] == [
        (company, "contact_to_company"),
        (company, "contact_to_company_unlabeled"),
    ]


def test_a_failed_association_leaves_no_record_behind(http: Any, store: HubSpotStore) -> None:
    edge = {
        "to": {"id": "1"},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
    }
    body = {"properties": {"lastname": "Maes"}, "associations": [edge]}
    assert http("POST", "/crm/v3/objects/contacts", body).status == 404
    assert list(store.all("contacts")) == []
