"""simple-salesforce and SOQL: pages, deleted rows, parents, children, quoting, refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ground.base import Ground
from ground.salesforce import SalesforceGround
from ground.tag import Tag
from simple_salesforce import format_soql
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

SMALL = {"Sforce-Query-Options": "batchSize=200"}
MANY = 250


@pytest.fixture
def many(ground: Ground, salesforce: SalesforceGround, tag: Tag) -> str:
    """A company name that so many leads have; made once."""
    if "company of many" not in ground.kept:
        company = tag.text("O'Neill & Zonen")
        for count in (200, MANY - 200):
            rows = [
                {"attributes": {"type": "Lead"}, "LastName": tag.text(), "Company": company}
                for _ in range(count)
            ]
            results = salesforce.api.restful("composite/sobjects", method="POST", json={"records": rows})
            assert all(each["success"] for each in results)
        ground.kept["company of many"] = company
    return ground.kept["company of many"]


def test_a_result_comes_in_pages(salesforce: SalesforceGround, many: str) -> None:
    """The size of a page is a wish: what counts is `done` and the address of the next."""
    api = salesforce.api
    soql = format_soql("SELECT Id, LastName FROM Lead WHERE Company = {} ORDER BY Id", many)
    page = api.query(soql, headers=SMALL)
    assert (page["totalSize"], page["done"]) == (MANY, False)
    ids = [row["Id"] for row in page["records"]]
    while not page["done"]:
        page = api.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        ids += [row["Id"] for row in page["records"]]
    assert len(ids) == len(set(ids)) == MANY
    assert ids == sorted(ids)


def test_a_page_is_asked_for_by_its_locator_too(salesforce: SalesforceGround, many: str) -> None:
    first = salesforce.api.query(format_soql("SELECT Id FROM Lead WHERE Company = {}", many), headers=SMALL)
    locator = first["nextRecordsUrl"].rpartition("/")[2]
    rest = salesforce.api.query_more(locator)
    assert len(first["records"]) + len(rest["records"]) == MANY


def test_the_client_goes_through_all_pages(salesforce: SalesforceGround, many: str) -> None:
    soql = format_soql("SELECT Id FROM Lead WHERE Company = {}", many)
    assert salesforce.api.query_all(soql, headers=SMALL)["totalSize"] == MANY
    assert sum(1 for _ in salesforce.api.query_all_iter(soql, headers=SMALL)) == MANY


def test_a_locator_that_is_not_known_is_refused(salesforce: SalesforceGround) -> None:
    with pytest.raises((SalesforceMalformedRequest, SalesforceResourceNotFound)) as refused:
        salesforce.api.query_more("0r8000000000000AAA-2000")
    assert refused.value.content[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_deleted_rows_are_there_when_asked_for(salesforce: SalesforceGround, tag: Tag) -> None:
    name = tag.text("weg")
    made = salesforce.api.Lead.create({"LastName": name, "Company": "Ærø"})["id"]
    salesforce.api.Lead.delete(made)
    soql = format_soql("SELECT Id, IsDeleted FROM Lead WHERE LastName = {}", name)
    assert salesforce.api.query(soql)["totalSize"] == 0
    (row,) = salesforce.api.query(soql, include_deleted=True)["records"]
    assert (row["Id"], row["IsDeleted"]) == (made, True)


def test_values_are_quoted_by_the_client(salesforce: SalesforceGround, tag: Tag) -> None:
    """Apostrophes, wildcards, numbers, moments, lists."""
    name = tag.text("100% d'Hondt_")
    salesforce.api.Lead.create({"LastName": name, "Company": "x", "NumberOfEmployees": 7})
    since, names = datetime(2020, 1, 1, tzinfo=UTC), [name, "nobody"]
    soql = format_soql(
        "SELECT Id FROM Lead WHERE LastName IN {} AND NumberOfEmployees = {} AND SystemModstamp > {}",
        names,
        7,
        since,
    )
    assert salesforce.api.query(soql)["totalSize"] == 1
    liked = format_soql("SELECT Id FROM Lead WHERE LastName LIKE '%{:like}'", "0% d'Hondt_")
    assert salesforce.api.query(f"{liked} AND LastName = {format_soql('{}', name)}")["totalSize"] == 1


def test_parents_children_and_counts(salesforce: SalesforceGround, tag: Tag) -> None:
    api, name = salesforce.api, tag.text("Zonen")
    account = api.Account.create({"Name": name})["id"]
    for _ in range(2):
        api.Contact.create({"LastName": tag.text(), "AccountId": account})
    children = f"SELECT Name, (SELECT Id, Account.Name FROM Contacts) FROM Account WHERE Id = '{account}'"
    (row,) = api.query(children)["records"]
    assert (row["Contacts"]["totalSize"], row["Contacts"]["records"][0]["Account"]["Name"]) == (2, name)
    count = f"SELECT COUNT() FROM Contact WHERE AccountId = '{account}'"
    assert (api.query(count)["totalSize"], api.query(count)["records"]) == (2, [])
    grouped = f"SELECT AccountId, COUNT(Id) n FROM Contact WHERE AccountId = '{account}' GROUP BY AccountId"
    (group,) = api.query(grouped)["records"]
    assert (group["AccountId"], group["n"]) == (account, 2)


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nope FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Unicorn", "INVALID_TYPE"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE CreatedDate = 'yesterday'", "INVALID_FIELD"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(salesforce: SalesforceGround, soql: str, code: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        salesforce.api.query(soql)
    assert refused.value.content[0]["errorCode"] == code
