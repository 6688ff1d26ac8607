"""HubSpot's own client and single records: make, read, change, archive, merge, erase, page; exceptions."""

from __future__ import annotations

from typing import Any

import pytest
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.companies import ApiException as CompaniesException
from hubspot.crm.contacts import (
    ApiException,
    PublicGdprDeleteInput,
    PublicMergeInput,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import NotFoundException, UnauthorizedException

NAMED = {"contacts": "lastname", "companies": "name", "deals": "dealname"}
CHANGED = {"contacts": "jobtitle", "companies": "city", "deals": "description"}


def api(hubspot: HubSpotGround, object_type: str) -> Any:
    return getattr(hubspot.api.crm, object_type).basic_api


@pytest.mark.parametrize("object_type", NAMED)
def test_a_record_is_made_read_changed_and_archived(
    hubspot: HubSpotGround, tag: Tag, object_type: str
) -> None:
    basic, name = api(hubspot, object_type), NAMED[object_type]
    wanted = tag.text("Sørensen & Zonen")
    made = basic.create({"properties": {name: wanted}})
    assert (made.properties[name], made.archived) == (wanted, False)
    changed = basic.update(made.id, {"properties": {CHANGED[object_type]: "Ærø"}})
    assert (changed.id, changed.properties[CHANGED[object_type]]) == (made.id, "Ærø")
    read = basic.get_by_id(made.id, properties=[name, CHANGED[object_type], "no_such_property"])
    assert read.properties[name] == wanted
    assert "no_such_property" not in read.properties
    assert read.created_at <= read.updated_at
    assert basic.archive(made.id) is None
    archived = basic.get_by_id(made.id, archived=True)
    assert (archived.archived, archived.archived_at is not None) == (True, True)


def test_the_clients_own_models_do_what_dictionaries_do(hubspot: HubSpotGround, tag: Tag) -> None:
    """Blank values come back as null, names that were asked for and hold nothing as well."""
    basic, email = hubspot.api.crm.contacts.basic_api, tag.email("Bo")
    values = {"email": email.upper(), "lastname": tag.text(), "jobtitle": "CFO"}
    made = basic.create(SimplePublicObjectInputForCreate(properties=values, associations=[]))
    assert made.properties["email"] == email.lower()
    basic.update(made.id, SimplePublicObjectInput(properties={"jobtitle": ""}))
    read = basic.get_by_id(email, id_property="email", properties=["jobtitle", "phone"])
    assert read.id == made.id
    assert (read.properties["jobtitle"], read.properties["phone"]) == (None, None)


def test_pages_follow_one_another_in_the_order_of_ids(hubspot: HubSpotGround, tag: Tag) -> None:
    """`after` of one page leads to the next; the client's get_all goes through them by itself."""
    basic = hubspot.api.crm.contacts.basic_api
    made = [basic.create({"properties": {"lastname": tag.text()}}).id for _ in range(3)]
    first = basic.get_page(limit=1)
    second = basic.get_page(limit=1, after=first.paging.next.after)
    assert int(first.results[0].id) < int(second.results[0].id)
    last = basic.get_page(limit=100, after=made[0])
    assert {row.id for row in last.results} >= set(made) - {made[0]}
    assert len(hubspot.api.crm.contacts.get_all(limit=3)) == 3


def test_the_past_values_of_a_property_are_there(hubspot: HubSpotGround, tag: Tag) -> None:
    basic = hubspot.api.crm.contacts.basic_api
    made = basic.create({"properties": {"lastname": tag.text(), "jobtitle": "CFO"}})
    basic.update(made.id, {"properties": {"jobtitle": "CEO"}})
    read = basic.get_by_id(made.id, properties_with_history=["jobtitle"])
    versions = read.properties_with_history["jobtitle"]
    assert [version.value for version in versions] == ["CEO", "CFO"]
    assert versions[0].timestamp >= versions[1].timestamp
    assert {version.source_type for version in versions} <= {"INTEGRATION", "API", "CRM_UI", "INTEGRATIONS"}


def test_records_come_with_the_ids_of_their_associations(hubspot: HubSpotGround, tag: Tag) -> None:
    crm = hubspot.api.crm
    company = crm.companies.basic_api.create({"properties": {"name": tag.text()}})
    link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
    body = {
        "properties": {"lastname": tag.text()},
        "associations": [{"to": {"id": company.id}, "types": [link]}],
    }
    contact = crm.contacts.basic_api.create(body)
    read = crm.contacts.basic_api.get_by_id(contact.id, associations=["companies"])
    assert company.id in {row.id for row in read.associations["companies"].results}


def test_what_is_not_there_raises_the_clients_not_found(hubspot: HubSpotGround) -> None:
    with pytest.raises(NotFoundException) as gone:
        hubspot.api.crm.contacts.basic_api.get_by_id("999999999999")
    assert gone.value.status == 404
    assert '"category":"OBJECT_NOT_FOUND"' in gone.value.body.replace(" ", "")


def test_a_second_contact_with_an_address_is_refused_and_the_first_one_named(
    hubspot: HubSpotGround, tag: Tag
) -> None:
    """The other contact's id stands in the message only."""
    basic, email = hubspot.api.crm.contacts.basic_api, tag.email()
    first = basic.create({"properties": {"email": email, "lastname": tag.text()}})
    with pytest.raises(ApiException) as conflict:
        basic.create({"properties": {"email": email.upper(), "lastname": tag.text()}})
    assert conflict.value.status == 409
    assert f"Existing ID: {first.id}" in conflict.value.body


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"no_such_property": "x"}, "PROPERTY_DOESNT_EXIST"),
        ({"lifecyclestage": "no_such_stage"}, "INVALID_OPTION"),
        ({"email": "not an address"}, "INVALID_EMAIL"),
    ],
)
def test_a_wrong_value_is_refused_with_its_code(
    hubspot: HubSpotGround, tag: Tag, values: dict[str, str], code: str
) -> None:
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.contacts.basic_api.create({"properties": {"lastname": tag.text(), **values}})
    assert refused.value.status == 400
    assert '"category":"VALIDATION_ERROR"' in refused.value.body.replace(" ", "")
    assert code in refused.value.body


def test_every_module_has_exceptions_of_its_own(hubspot: HubSpotGround) -> None:
    """A caller who catches the contacts' exception misses the companies': status and body are alike."""
    with pytest.raises(CompaniesException) as refused:
        hubspot.api.crm.companies.basic_api.create({"properties": {"no_such_property": "x"}})
    assert not isinstance(refused.value, ApiException)
    assert refused.value.status == 400


def test_a_wrong_token_is_refused(ground: Ground, hubspot: HubSpotGround) -> None:
    stranger = HubSpotGround(hubspot.url, "not-a-token", hubspot.traffic)
    with pytest.raises(UnauthorizedException) as refused:
        stranger.api.crm.contacts.basic_api.get_page(limit=1)
    assert "INVALID_AUTHENTICATION" in refused.value.body
    assert ground.hubspot is hubspot


@pytest.mark.parametrize("object_type", ["contacts", "companies"])
def test_merged_records_are_one_and_answer_to_both_ids(
    hubspot: HubSpotGround, tag: Tag, object_type: str
) -> None:
    basic, name = api(hubspot, object_type), NAMED[object_type]
    primary, other = (basic.create({"properties": {name: tag.text()}}) for _ in range(2))
    merged = basic.merge(PublicMergeInput(primary_object_id=primary.id, object_id_to_merge=other.id))
    for old in (primary.id, other.id):
        read = basic.get_by_id(old, properties=[name])
        assert read.id == merged.id
        assert read.properties[name] == primary.properties[name]
    assert basic.update(other.id, {"properties": {CHANGED[object_type]: "Gent"}}).id == merged.id


def test_an_erased_contact_is_gone_for_good(hubspot: HubSpotGround, tag: Tag) -> None:
    """Privacy deletion by address: neither the living nor the archived contact can be read."""
    basic, email = hubspot.api.crm.contacts.basic_api, tag.email("forget.me")
    made = basic.create({"properties": {"email": email, "lastname": tag.text()}})
    assert basic.purge(PublicGdprDeleteInput(object_id=email, id_property="email")) is None
    for archived in (False, True):
        with pytest.raises(NotFoundException):
            basic.get_by_id(made.id, archived=archived)
