"""HubSpot's own client and a hundred at a time: make, read, change, upsert, archive; partial success."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.contacts import (
    ApiException,
    BatchReadInputSimplePublicObjectId,
    BatchResponseSimplePublicObject,
    BatchResponseSimplePublicObjectWithErrors,
    SimplePublicObjectId,
)


def people(tag: Tag, count: int) -> list[dict[str, Any]]:
    return [{"properties": {"lastname": tag.text(), "email": tag.email()}} for _ in range(count)]


@pytest.fixture
def key(hubspot: HubSpotGround, tag: Tag) -> Iterator[str]:
    """A property whose values are unique, by which companies can be upserted. Ten an object are allowed."""
    name = tag.name()
    kind = {"groupName": "companyinformation", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    core = hubspot.api.crm.properties.core_api
    core.create("companies", {"name": name, "label": name, **kind})
    yield name
    core.archive("companies", name)


def test_a_hundred_contacts_are_made_read_changed_and_archived(hubspot: HubSpotGround, tag: Tag) -> None:
    """Results need not come in the order of the inputs: they are matched by id or by a value."""
    batch = hubspot.api.crm.contacts.batch_api
    inputs = people(tag, 100)
    made = batch.create({"inputs": inputs})
    assert isinstance(made, BatchResponseSimplePublicObject)
    assert made.status == "COMPLETE"
    ids = {row.properties["email"]: row.id for row in made.results}
    assert ids.keys() == {row["properties"]["email"] for row in inputs}
    wanted = [{"id": id, "properties": {"city": f"Gent {place}"}} for place, id in enumerate(ids.values())]
    changed = batch.update({"inputs": wanted})
    assert {row.id: row.properties["city"] for row in changed.results} == {
        row["id"]: row["properties"]["city"] for row in wanted
    }
    assert batch.archive({"inputs": [{"id": id} for id in ids.values()]}) is None
    with_models = [SimplePublicObjectId(id=id) for id in ids.values()]
    nobody = batch.read(
        BatchReadInputSimplePublicObjectId(
            inputs=with_models, properties=["city"], properties_with_history=[]
        )
    )
    assert nobody.results == []


def test_contacts_are_read_by_their_addresses(hubspot: HubSpotGround, tag: Tag) -> None:
    batch = hubspot.api.crm.contacts.batch_api
    addresses = {row.properties["email"]: row.id for row in batch.create({"inputs": people(tag, 3)}).results}
    asked = {"idProperty": "email", "properties": ["email"], "inputs": [{"id": each} for each in addresses]}
    found = batch.read(asked)
    assert {row.properties["email"]: row.id for row in found.results} == addresses


def test_ids_that_are_not_there_come_as_errors_beside_the_rest(hubspot: HubSpotGround, tag: Tag) -> None:
    """Status 207, which the client knows as a type of its own."""
    batch = hubspot.api.crm.contacts.batch_api
    (made,) = batch.create({"inputs": people(tag, 1)}).results
    read = batch.read({"properties": [], "inputs": [{"id": made.id}, {"id": "999999999999"}]})
    assert isinstance(read, BatchResponseSimplePublicObjectWithErrors)
    assert [row.id for row in read.results] == [made.id]
    assert (read.num_errors, read.errors[0].category) == (1, "OBJECT_NOT_FOUND")


def test_one_wrong_row_fails_the_call_unless_each_row_has_a_trace(hubspot: HubSpotGround, tag: Tag) -> None:
    batch, (good, wrong) = hubspot.api.crm.contacts.batch_api, people(tag, 2)
    wrong["properties"]["no_such_property"] = "x"
    with pytest.raises(ApiException) as refused:
        batch.create({"inputs": [good, wrong]})
    assert refused.value.status == 400
    traced = [{**good, "objectWriteTraceId": "a"}, {**wrong, "objectWriteTraceId": "b"}]
    partly = batch.create({"inputs": traced})
    assert isinstance(partly, BatchResponseSimplePublicObjectWithErrors)
    assert [row.object_write_trace_id for row in partly.results] == ["a"]
    assert [row.context["objectWriteTraceId"] for row in partly.errors] == [["b"]]


def test_contacts_are_upserted_by_email(hubspot: HubSpotGround, tag: Tag) -> None:
    batch, email = hubspot.api.crm.contacts.batch_api, tag.email()
    row = {"id": email, "idProperty": "email", "properties": {"lastname": tag.text()}}
    (first,) = batch.upsert({"inputs": [row]}).results
    (second,) = batch.upsert({"inputs": [{**row, "properties": {"city": "Gent"}}]}).results
    assert (first.new, second.new, second.id) == (True, False, first.id)


def test_companies_are_upserted_by_a_unique_property_of_our_own(
    hubspot: HubSpotGround, tag: Tag, key: str
) -> None:
    batch = hubspot.api.crm.companies.batch_api
    rows = [{"id": f"k{n}", "idProperty": key, "properties": {"name": tag.text()}} for n in range(2)]
    first = batch.upsert({"inputs": rows})
    again = batch.upsert({"inputs": [*rows, {**rows[0], "id": "k2"}]})
    known = {row.id for row in first.results}
    assert [row.new for row in first.results] == [True, True]
    assert {row.id in known: row.new for row in again.results} == {True: False, False: True}
    read = batch.read({"idProperty": key, "properties": [key], "inputs": [{"id": "k0"}, {"id": "k2"}]})
    assert {row.properties[key] for row in read.results} == {"k0", "k2"}


def test_more_than_a_hundred_are_refused(hubspot: HubSpotGround) -> None:
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.contacts.batch_api.read(
            {"properties": [], "inputs": [{"id": str(1 + n)} for n in range(101)]}
        )
    assert refused.value.status == 400
