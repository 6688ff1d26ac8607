"""Associations: type ids, the primary company, batches, labels."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

V4 = "/crm/v4/associations"


@pytest.fixture
def ids(store: HubSpotStore) -> dict[str, str]:
    """A contact, a deal and three companies that know nothing of each other."""
    companies = {f"company{n}": store.user_create("companies", {"name": f"Firma {n}"}) for n in (1, 2, 3)}
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    return {**companies, "contact": contact, "deal": store.user_create("deals", {"dealname": "Licenties"})}


def types(http: Any, from_type: str, from_id: str, to_type: str) -> dict[str, list[int]]:
    """{other id: type ids} of one record, as the single-record route tells."""
    rows = http("GET", f"/crm/v4/objects/{from_type}/{from_id}/associations/{to_type}").body["results"]
    return {
        str(row["toObjectId"]): sorted(each["typeId"] for each in row["associationTypes"]) for row in rows
    }


@pytest.mark.parametrize(
    ("first", "second", "there", "back"),
    [
        ("contact", "company1", [1, 279], [2, 280]),
        ("company1", "contact", [2, 280], [1, 279]),
        ("deal", "company1", [5, 341], [6, 342]),
        ("company1", "deal", [6, 342], [5, 341]),
        ("contact", "deal", [4], [3]),
        ("deal", "contact", [3], [4]),
    ],
)
def test_default_associations_have_hubspots_type_ids_in_both_directions(
    client: HubSpot,
    http: Any,
    ids: dict[str, str],
    first: str,
    second: str,
    there: list[int],
    back: list[int],
) -> None:
    one, two = (each.rstrip("123") for each in (first, second))
    answer = client.crm.associations.v4.basic_api.create_default(one, ids[first], two, ids[second])
    assert answer.status == "COMPLETE"
    assert types(http, one, ids[first], two) == {ids[second]: there}
    assert types(http, two, ids[second], one) == {ids[first]: back}


def test_the_first_company_is_primary_and_another_can_be_made_so(
    client: HubSpot, http: Any, ids: dict[str, str]
) -> None:
    api = client.crm.associations.v4.basic_api
    for name in ("company1", "company2"):
        api.create_default("contacts", ids["contact"], "companies", ids[name])
    assert types(http, "contacts", ids["contact"], "companies") == {
        ids["company1"]: [1, 279],
        ids["company2"]: [279],
    }
    primary = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    moved = api.create("contacts", ids["contact"], "companies", ids["company2"], primary)
    assert moved.labels == ["Primary"]
    assert types(http, "contacts", ids["contact"], "companies") == {
        ids["company1"]: [279],
        ids["company2"]: [1, 279],
    }
    read = client.crm.contacts.basic_api.get_by_id(ids["contact"], properties=["associatedcompanyid"])
    assert read.properties["associatedcompanyid"] == ids["company2"]


def test_the_primary_company_of_a_deal_moves_in_a_batch_from_either_end(
    http: Any, store: HubSpotStore, ids: dict[str, str]
) -> None:
    for name in ("company1", "company2"):
        store.associate("deals", ids["deal"], "companies", ids[name])
    kind = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 6}]
    row = {"from": {"id": ids["company2"]}, "to": {"id": ids["deal"]}, "types": kind}
    answer = http("POST", f"{V4}/companies/deals/batch/create", {"inputs": [row]})
    assert (answer.status, answer.body["results"][0]["labels"]) == (201, ["Primary"])
    assert types(http, "deals", ids["deal"], "companies") == {
        ids["company1"]: [341],
        ids["company2"]: [5, 341],
    }


def test_a_changed_primary_company_moves_the_contacts_date_and_a_second_company_does_not(
    store: HubSpotStore, ids: dict[str, str]
) -> None:
    def stamp() -> str:
        return str((store.get("contacts", ids["contact"]) or {})["updatedAt"])

    created = stamp()
    store.clock.tick()
    store.associate("contacts", ids["contact"], "companies", ids["company1"])
    with_company = stamp()
    store.clock.tick()
    store.associate("contacts", ids["contact"], "companies", ids["company2"])
    assert created < with_company == stamp()


def test_batches_of_defaults_keep_the_good_rows(client: HubSpot, http: Any, ids: dict[str, str]) -> None:
    inputs = [
        {"from": {"id": ids["contact"]}, "to": {"id": each}} for each in (ids["company1"], ids["company3"])
    ]
    good = client.crm.associations.v4.batch_api.create_default("contacts", "companies", {"inputs": inputs})
    assert len(good.results) == 4
    body = {"inputs": [*inputs, {"from": {"id": ids["contact"]}, "to": {"id": "4711"}}]}
    mixed = http("POST", f"{V4}/contacts/companies/batch/associate/default", body)
    assert (mixed.status, mixed.body["numErrors"], len(mixed.body["results"])) == (207, 1, 4)
    assert set(types(http, "contacts", ids["contact"], "companies")) == {ids["company1"], ids["company3"]}


def test_a_batch_read_answers_those_with_associations_and_reports_the_others(
    http: Any, store: HubSpotStore, ids: dict[str, str]
) -> None:
    store.associate("contacts", ids["contact"], "companies", ids["company1"])
    lonely = store.user_create("contacts", {"email": "alleen@firma.nl"})
    body = {"inputs": [{"id": ids["contact"]}, {"id": lonely}]}
    answer = http("POST", f"{V4}/contacts/companies/batch/read", body)
    assert answer.status == 207
    assert answer.body["results"] == [
        {
            "from": {"id": ids["contact"]},
            "to": [
                {
                    "toObjectId": int(ids["company1"]),
                    "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
                        {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
                    ],
                }
            ],
        }
    ]
    assert answer.body["errors"][0]["category"] == "OBJECT_NOT_FOUND"


def test_a_batch_read_takes_a_thousand_records_and_pages_large_ones(http: Any, store: HubSpotStore) -> None:
    company = store.user_create("companies", {"name": "Groot"})
    contacts = store.load("contacts", [{"email": f"p{n}@groot.nl"} for n in range(1_001)])
    store.load_associations("contacts", "companies", [(each, company) for each in contacts[:600]])
    path = f"{V4}/contacts/companies/batch/read"
    assert (
        len(http("POST", path, {"inputs": [{"id": each} for each in contacts[:1_000]]}).body["results"])
        == 600
    )
    assert http("POST", path, {"inputs": [{"id": each} for each in contacts]}).status == 400
    back = f"{V4}/companies/contacts/batch/read"
    first = http("POST", back, {"inputs": [{"id": company}]}).body["results"][0]
    after = first["paging"]["next"]["after"]
    rest = http("POST", back, {"inputs": [{"id": company, "after": after}]}).body["results"][0]
    assert [len(first["to"]), len(rest["to"])] == [500, 100]
    single = http("GET", f"/crm/v4/objects/companies/{company}/associations/contacts")
    assert (len(single.body["results"]), single.body["paging"]["next"]["after"]) == (500, after)


def test_removing_the_unlabeled_type_removes_all(http: Any, store: HubSpotStore, ids: dict[str, str]) -> None:
    store.associate("contacts", ids["contact"], "companies", ids["company1"])
    kind = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    row = {"from": {"id": ids["contact"]}, "to": {"id": ids["company1"]}, "types": kind}
    assert http("POST", f"{V4}/contacts/companies/batch/labels/archive", {"inputs": [row]}).status == 204
    assert types(http, "contacts", ids["contact"], "companies") == {}


def test_removing_the_primary_leaves_no_primary(
    http: Any, client: HubSpot, store: HubSpotStore, ids: dict[str, str]
) -> None:
    for name in ("company1", "company2"):
        store.associate("contacts", ids["contact"], "companies", ids[name])
    client.crm.associations.v4.basic_api.archive("contacts", ids["contact"], "companies", ids["company1"])
    assert types(http, "contacts", ids["contact"], "companies") == {ids["company2"]: [279]}
    read = client.crm.contacts.basic_api.get_by_id(ids["contact"], properties=["associatedcompanyid"])
    assert read.properties["associatedcompanyid"] is None


def test_a_batch_archive_names_several_targets(
    client: HubSpot, http: Any, store: HubSpotStore, ids: dict[str, str]
) -> None:
    for name in ("company1", "company2", "company3"):
        store.associate("contacts", ids["contact"], "companies", ids[name])
    row = {"from": {"id": ids["contact"]}, "to": [{"id": ids["company1"]}, {"id": ids["company3"]}]}
    client.crm.associations.v4.batch_api.archive("contacts", "companies", {"inputs": [row]})
    assert set(types(http, "contacts", ids["contact"], "companies")) == {ids["company2"]}


def test_labels_of_the_account_replace_each_other_unless_repeated(
    client: HubSpot, http: Any, ids: dict[str, str]
) -> None:
    made = [
        http("POST", f"{V4}/contacts/companies/labels", {"label": label, "name": label.lower()}).body[
            "results"
        ][0]
        for label in ("Advisor", "Billing")
    ]
    specs = [{"associationCategory": "USER_DEFINED", "associationTypeId": each["typeId"]} for each in made]
    api = client.crm.associations.v4.basic_api
    for spec in specs:
        api.create("contacts", ids["contact"], "companies", ids["company1"], [spec])
    rows = http("GET", f"/crm/v4/objects/contacts/{ids['contact']}/associations/companies").body["results"]
    assert {each["label"] for each in rows[0]["associationTypes"]} == {None, "Billing"}
    listed = http("GET", f"{V4}/contacts/companies/labels").body["results"]
    assert [(each["category"], each["label"]) for each in listed] == [
        ("HUBSPOT_DEFINED", "Primary"),
        ("HUBSPOT_DEFINED", None),
        ("USER_DEFINED", "Advisor"),
        ("USER_DEFINED", "Billing"),
    ]
    other = {"associationTypeId": made[0]["typeId"], "label": "Counsel", "inverseLabel": "Client"}
    client.crm.associations.v4.schema.definitions_api.update("contacts", "companies", other)
    assert [each["label"] for each in http("GET", f"{V4}/contacts/companies/labels").body["results"]][2:] == [
        "Counsel",
        "Billing",
    ]
    assert http("GET", f"{V4}/companies/contacts/labels").body["results"][2]["label"] == "Client"
    assert http("DELETE", f"{V4}/contacts/companies/labels/{made[1]['typeId']}").status == 204
    rows = http("GET", f"/crm/v4/objects/contacts/{ids['contact']}/associations/companies").body["results"]
    assert {each["label"] for each in rows[0]["associationTypes"]} == {None}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/crm/v4/objects/contacts/{contact}/associations/default/companies/4711", None, 404),
        ("PUT", "/crm/v4/objects/contacts/4711/associations/default/companies/{company1}", None, 404),
        ("PUT", "/crm/v4/objects/contacts/{contact}/associations/companies/{company1}", [], 400),
        ("PUT", "/crm/v4/objects/contacts/{contact}/associations/companies/{company1}", {}, 400),
        (
            "PUT",
            "/crm/v4/objects/contacts/{contact}/associations/companies/{company1}",
            [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 280}],
            400,
        ),
        ("GET", "/crm/v4/objects/contacts/4711/associations/companies", None, 404),
        ("GET", "/crm/v4/objects/contacts/{contact}/associations/unicorns", None, 400),
        ("GET", "/crm/v4/objects/contacts/{contact}/associations/companies?limit=501", None, 400),
        ("DELETE", "/crm/v4/objects/contacts/{contact}/associations/companies/{company1}", None, 204),
        ("POST", "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{}]}, 400),
        ("POST", "/crm/v4/associations/contacts/companies/batch/create", {"inputs": [{"from": 5}]}, 400),
        ("DELETE", "/crm/v4/associations/contacts/companies/labels/279", None, 400),
        ("POST", "/crm/v4/associations/contacts/companies/labels", {"label": "x"}, 400),
        ("PUT", "/crm/v4/associations/contacts/companies/labels", {"associationTypeId": 1}, 400),
        (
            "PUT",
            "/crm/v4/associations/contacts/companies/labels",
            {"associationTypeId": 1, "label": "x"},
            404,
        ),
    ],
)
def test_what_is_refused(
    http: Any, ids: dict[str, str], method: str, path: str, body: Any, status: int
) -> None:
    assert http(method, path.format(**ids), body).status == status
