"""HubSpot's own client and associations (v4): one by one, in batches, labels, the primary company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicDefaultAssociationMultiPost,
    PublicDefaultAssociationMultiPost,
    PublicObjectId,
)
from hubspot.crm.associations.v4.schema import ApiException as SchemaException

PRIMARY, PLAIN = 1, 279


class Family:
    """A contact and two companies, unrelated as yet."""

    def __init__(self, hubspot: HubSpotGround, tag: Tag) -> None:
        crm = hubspot.api.crm
        self.v4 = crm.associations.v4
        self.contact = crm.contacts.basic_api.create({"properties": {"lastname": tag.text()}}).id
        self.firms = [
            crm.companies.basic_api.create({"properties": {"name": tag.text()}}).id for _ in range(2)
        ]

    def types(self) -> dict[str, set[int]]:
        """The types of association by company."""
        page = self.v4.basic_api.get_page("contacts", self.contact, "companies", limit=500)
        return {
            str(row.to_object_id): {each.type_id for each in row.association_types} for row in page.results
        }

    def pair(self, firm: int, *types: int) -> dict[str, Any]:
        spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": each} for each in types]
        return {"from": {"id": self.contact}, "to": {"id": self.firms[firm]}, "types": spec}


@pytest.fixture
def family(hubspot: HubSpotGround, tag: Tag) -> Family:
    return Family(hubspot, tag)


def test_the_first_company_becomes_the_primary_one(family: Family) -> None:
    for firm in family.firms:
        family.v4.basic_api.create_default("contacts", family.contact, "companies", firm)
    assert family.types() == {family.firms[0]: {PLAIN, PRIMARY}, family.firms[1]: {PLAIN}}


def test_an_association_goes_with_all_its_labels(family: Family) -> None:
    family.v4.basic_api.create_default("contacts", family.contact, "companies", family.firms[0])
    assert family.v4.basic_api.archive("contacts", family.contact, "companies", family.firms[0]) is None
    assert family.types() == {}


def test_another_company_is_made_the_primary_one(family: Family) -> None:
    """There is one at most: naming the second takes it from the first."""
    for firm in family.firms:
        family.v4.basic_api.create_default("contacts", family.contact, "companies", firm)
    spec = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=PRIMARY)
    family.v4.basic_api.create("contacts", family.contact, "companies", family.firms[1], [spec])
    types = family.types()
    assert PRIMARY in types[family.firms[1]]
    assert PRIMARY not in types[family.firms[0]]


def test_pairs_are_made_read_and_removed_in_batches(family: Family) -> None:
    batch = family.v4.batch_api
    inputs = [
        PublicDefaultAssociationMultiPost(_from=PublicObjectId(id=family.contact), to=PublicObjectId(id=firm))
        for firm in family.firms
    ]
    made = batch.create_default(
        "contacts", "companies", BatchInputPublicDefaultAssociationMultiPost(inputs=inputs)
    )
    assert made.status == "COMPLETE"
    (read,) = batch.get_page("contacts", "companies", {"inputs": [{"id": family.contact}]}).results
    assert {str(row.to_object_id) for row in read.to} == set(family.firms)
    gone = {"from": {"id": family.contact}, "to": [{"id": firm} for firm in family.firms]}
    batch.archive("contacts", "companies", {"inputs": [gone]})
    assert family.types() == {}


def test_a_contact_without_companies_is_left_out_or_reported(family: Family) -> None:
    """A batch read has no row for who has no association."""
    read = family.v4.batch_api.get_page("contacts", "companies", {"inputs": [{"id": family.contact}]})
    assert read.results == []


@pytest.fixture
def label(hubspot: HubSpotGround, tag: Tag) -> Iterator[int]:
    """A label of our own between contacts and companies: its type id in that direction."""
    api, name = hubspot.api.crm.associations.v4.schema.definitions_api, tag.name()
    made = api.create("contacts", "companies", {"label": tag.text("adviseur"), "name": name}).results
    shown = api.get_all("contacts", "companies").results
    (mine,) = {row.type_id for row in made} & {row.type_id for row in shown}
    yield mine
    api.remove("contacts", "companies", mine)


def test_a_label_of_ones_own_is_given_and_taken(family: Family, label: int) -> None:
    labeled = family.pair(0, PLAIN)
    labeled["types"].append({"associationCategory": "USER_DEFINED", "associationTypeId": label})
    family.v4.batch_api.create("contacts", "companies", {"inputs": [labeled]})
    assert {PLAIN, label} <= family.types()[family.firms[0]]
    taken = {**labeled, "types": labeled["types"][1:]}
    family.v4.batch_api.archive_labels("contacts", "companies", {"inputs": [taken]})
    assert label not in family.types()[family.firms[0]]


def test_the_labels_that_hubspot_brings_are_listed(hubspot: HubSpotGround) -> None:
    rows = hubspot.api.crm.associations.v4.schema.definitions_api.get_all("contacts", "companies").results
    known = {row.type_id: (row.category, row.label) for row in rows}
    assert known[PRIMARY] == ("HUBSPOT_DEFINED", "Primary")
    assert known[PLAIN] == ("HUBSPOT_DEFINED", None)


def test_a_label_without_a_name_is_refused(hubspot: HubSpotGround) -> None:
    with pytest.raises(SchemaException) as refused:
        hubspot.api.crm.associations.v4.schema.definitions_api.create("contacts", "companies", {"name": ""})
    assert refused.value.status == 400
