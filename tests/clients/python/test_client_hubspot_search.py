"""HubSpot's own client and searches: operators, sorts, pages, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.contacts import ApiException, Filter, FilterGroup, PublicObjectSearchRequest


def where(name: str, operator: str, **values: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **values}


class Group:
    """Five contacts of one city that exists once, and searches among them."""

    def __init__(self, ground: Ground, hubspot: HubSpotGround) -> None:
        self.ground, self.api = ground, hubspot.api.crm.contacts
        self.city = ground.tag.name()
        titles = ["CFO", "CEO", "Directeur", "", "Bogholder"]
        inputs = [
            {"properties": {"lastname": ground.tag.text(), "city": self.city, "jobtitle": title}}
            for title in titles
        ]
        self.ids = [row.id for row in self.api.batch_api.create({"inputs": inputs}).results]
        ground.eventually(lambda: self.search().total, lambda total: total == len(titles))

    def search(self, *filters: dict[str, Any], **more: Any) -> Any:
        groups = [{"filters": [where("city", "EQ", value=self.city), *filters]}]
        return self.api.search_api.do_search(
            {"filterGroups": groups, "limit": 10, "properties": ["jobtitle"], **more}
        )

    def titles(self, *filters: dict[str, Any], **more: Any) -> list[str | None]:
        return [row.properties["jobtitle"] for row in self.search(*filters, **more).results]


@pytest.fixture
def group(ground: Ground, hubspot: HubSpotGround) -> Group:
    return Group(ground, hubspot)


def test_filters_find_what_they_say(group: Group) -> None:
    find = group.titles
    assert find(where("jobtitle", "EQ", value="CFO")) == ["CFO"]
    assert set(find(where("jobtitle", "IN", values=["cfo", "ceo"]))) == {"CFO", "CEO"}
    assert find(where("jobtitle", "CONTAINS_TOKEN", value="Dir*")) == ["Directeur"]
    assert find(where("jobtitle", "NOT_HAS_PROPERTY")) == [None]
    assert len(find(where("jobtitle", "HAS_PROPERTY"))) == 4
    assert len(find(where("createdate", "GT", value="1577836800000"))) == 5
    assert find(where("createdate", "LT", value="1577836800000")) == []


def test_groups_are_alternatives(group: Group) -> None:
    city = where("city", "EQ", value=group.city)
    groups = [{"filters": [city, where("jobtitle", "EQ", value=title)]} for title in ("CFO", "CEO")]
    assert set(group.titles(filterGroups=groups)) == {"CFO", "CEO"}


def test_pages_lead_through_all_results_in_the_order_asked_for(group: Group) -> None:
    """Working through by id: stable, whatever else changes meanwhile."""
    seen: list[str] = []
    after = None
    while True:
        sort = {"propertyName": "hs_object_id", "direction": "DESCENDING"}
        page = group.search(sorts=[sort], limit=2, after=after)
        seen += [row.id for row in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert seen == sorted(group.ids, key=int, reverse=True)
    assert page.total == 5


def test_the_clients_own_models_search_too(group: Group) -> None:
    mine = Filter(property_name="city", operator="EQ", value=group.city)
    request = PublicObjectSearchRequest(
        filter_groups=[FilterGroup(filters=[mine])],
        properties=["jobtitle"],
        sorts=["hs_object_id"],
        limit=3,
        after="0",
    )
    found = group.api.search_api.do_search(request)
    assert (found.total, len(found.results)) == (5, 3)


def test_an_address_is_found_whatever_its_capitals(ground: Ground, hubspot: HubSpotGround, tag: Tag) -> None:
    email = tag.email("Anna")
    made = hubspot.api.crm.contacts.basic_api.create({"properties": {"email": email, "lastname": tag.text()}})
    body = {"filterGroups": [{"filters": [where("email", "EQ", value=email.upper())]}], "limit": 2}
    search = hubspot.api.crm.contacts.search_api.do_search
    found = ground.eventually(lambda: search(body), lambda page: page.total == 1)
    assert [row.id for row in found.results] == [made.id]


def test_deals_of_a_contact_are_found_by_the_association(
    ground: Ground, hubspot: HubSpotGround, tag: Tag
) -> None:
    crm = hubspot.api.crm
    contact = crm.contacts.basic_api.create({"properties": {"lastname": tag.text()}})
    deal = crm.deals.basic_api.create({"properties": {"dealname": tag.text()}})
    crm.associations.v4.basic_api.create_default("deals", deal.id, "contacts", contact.id)
    body = {"filterGroups": [{"filters": [where("associations.contact", "EQ", value=contact.id)]}]}
    found = ground.eventually(lambda: crm.deals.search_api.do_search(body), lambda page: page.total == 1)
    assert [row.id for row in found.results] == [deal.id]


@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": [{"filters": [where("email", "IN", values=["x" * 30] * 120)]}]},
        {"filterGroups": [{"filters": [where("email", "EQ", value=str(n))]} for n in range(7)]},
        {"filterGroups": [{"filters": [where("email", "EQ", value="x")] * 7}]},
        {"filterGroups": [{"filters": [where("no_such_property", "EQ", value="x")]}]},
        {"filterGroups": [{"filters": [where("email", "LOOKS_LIKE", value="x")]}]},
        {"limit": 201},
        {"after": "10000"},
    ],
    ids=["3,000 characters", "groups", "filters", "property", "operator", "limit", "the wall at 10,000"],
)
def test_what_search_does_not_take_is_refused(hubspot: HubSpotGround, body: dict[str, Any]) -> None:
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.contacts.search_api.do_search(body)
    assert refused.value.status == 400
