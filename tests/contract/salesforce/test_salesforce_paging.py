"""Large results come in pages, and every row comes exactly once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from salesforce_org import Org, problem

ROWS = 4500


def pages(org: Org, soql: str, headers: dict[str, str] | None = None) -> list[Any]:
    """Every page of a query."""
    found = [org.call("GET", "/query", params={"q": soql}, headers=headers).json()]
    while not found[-1]["done"]:
        found.append(org.call("GET", found[-1]["nextRecordsUrl"], headers=headers).json())
    return found


@pytest.fixture
def leads(org: Org) -> list[str]:
    """4,500 leads."""
    return org.store.load("Lead", [{"LastName": f"L{i:05d}", "Company": "X"} for i in range(ROWS)])


def test_pages_of_two_thousand(org: Org, leads: list[str]) -> None:
    """Three pages; each tells the total; the last has no next one."""
    found = pages(org, "SELECT Id FROM Lead ORDER BY LastName DESC")
    assert [len(page["records"]) for page in found] == [2000, 2000, 500]
    assert {page["totalSize"] for page in found} == {ROWS}
    assert [record["Id"] for page in found for record in page["records"]] == leads[::-1]
    assert found[0]["nextRecordsUrl"].startswith("/services/data/v64.0/query/0r8")
    assert "nextRecordsUrl" not in found[-1]


@pytest.mark.parametrize(("wish", "size"), [("500", 500), ("1", 200), ("9999", 2000), ("x", 2000)])
def test_the_batch_size_is_a_wish(org: Org, leads: list[str], wish: str, size: int) -> None:
    """Between 200 and 2,000 it is granted."""
    found = pages(org, "SELECT Id FROM Lead", {"Sforce-Query-Options": f"batchSize={wish}"})
    assert len(found[0]["records"]) == size
    assert sum(len(page["records"]) for page in found) == len(leads)


def test_limit_counts_as_the_total(org: Org, leads: list[str]) -> None:
    """LIMIT is part of the query, not of the page."""
    found = pages(org, f"SELECT Id FROM Lead LIMIT {len(leads) - 2000}")
    assert [page["totalSize"] for page in found] == [2500, 2500]


def test_rows_that_change_between_pages(org: Org, leads: list[str]) -> None:
    """Which rows come is settled at the query; their values are those of the moment they are read."""
    first = org.query("SELECT Id, Company FROM Lead WHERE Company = 'X' ORDER BY LastName")
    org.store.user_edit("Lead", leads[-1], {"Company": "Y"})
    org.store.user_create("Lead", {"LastName": "L99999", "Company": "X"})
    second = org.call("GET", first["nextRecordsUrl"]).json()
    third = org.call("GET", second["nextRecordsUrl"]).json()
    assert third["records"][-1]["Id"] == leads[-1]
    assert third["records"][-1]["Company"] == "Y"
    assert third["totalSize"] == ROWS


def test_locators_get_lost(org: Org, leads: list[str]) -> None:
    """After two days, after a loss, and when ten newer results are open."""
    lost = (400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    assert leads
    old = org.query("SELECT Id FROM Lead")["nextRecordsUrl"]
    org.clock.advance(timedelta(days=2, seconds=1).total_seconds())
    assert problem(org.call("GET", old)) == lost
    dropped = org.query("SELECT Id FROM Lead")["nextRecordsUrl"]
    org.store.cursors.clear()
    assert problem(org.call("GET", dropped)) == lost
    eleven = [org.query("SELECT Id FROM Lead")["nextRecordsUrl"] for _ in range(11)]
    assert problem(org.call("GET", eleven[0])) == lost
    assert org.call("GET", eleven[1]).status_code == 200


def test_parents_come_on_later_pages_too(org: Org) -> None:
    """A page is complete, with relationships."""
    account = org.store.load("Account", [{"Name": "Acme"}])[0]
    org.store.load("Contact", [{"LastName": f"C{i}", "AccountId": account} for i in range(2100)])
    found = pages(org, "SELECT LastName, Account.Name, HasOptedOutOfEmail FROM Contact")
    assert {record["Account"]["Name"] for page in found for record in page["records"]} == {"Acme"}
    assert found[1]["records"][-1]["HasOptedOutOfEmail"] is False


def test_a_page_may_be_shorter_than_anybody_asked_for(org: Org, leads: list[str]) -> None:
    """Its end is told by `done` alone; every row still comes once."""
    org.switch(page_rows=70)
    found = pages(org, "SELECT Id FROM Lead LIMIT 200", {"Sforce-Query-Options": "batchSize=2000"})
    assert [len(page["records"]) for page in found] == [70, 70, 60]
    assert len({record["Id"] for page in found for record in page["records"]}) == 200 <= len(leads)


def test_locators_of_a_stricter_org(org: Org, leads: list[str]) -> None:
    """Older guides speak of 15 minutes: a switch makes them end sooner."""
    org.switch(locators_live_s=900)
    old = org.query("SELECT Id FROM Lead")["nextRecordsUrl"]
    org.clock.advance(900)
    assert org.call("GET", old).status_code == 200
    org.clock.advance(1)
    assert problem(org.call("GET", old))[1] == "INVALID_QUERY_LOCATOR"
    assert leads


def test_children_count_for_the_page(org: Org) -> None:
    """200 rows a page: two accounts with 99 contacts each fill one. Each comes once, with its children."""
    accounts = org.store.load("Account", [{"Name": f"A{n}"} for n in range(5)])
    org.store.load("Contact", [{"LastName": f"C{n}", "AccountId": accounts[n // 99]} for n in range(495)])
    soql = "SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name"
    found = pages(org, soql, {"Sforce-Query-Options": "batchSize=200"})
    assert [[row["Name"] for row in page["records"]] for page in found] == [
        ["A0", "A1"],
        ["A2", "A3"],
        ["A4"],
    ]
    families = [row["Contacts"] for page in found for row in page["records"]]
    assert {(each["totalSize"], each["done"], len(each["records"])) for each in families} == {(99, True, 99)}


def test_the_children_of_one_parent_may_need_pages_of_their_own(org: Org) -> None:
    """An account with 500 contacts: its first 199 come with it, the rest behind a locator of their own."""
    (account,) = org.store.load("Account", [{"Name": "Large"}])
    org.store.load("Contact", [{"LastName": f"C{n:03d}", "AccountId": account} for n in range(500)])
    soql = "SELECT Name, (SELECT LastName, Account.Name FROM Contacts ORDER BY LastName) FROM Account"
    headers = {"Sforce-Query-Options": "batchSize=200"}
    (page,) = pages(org, soql, headers)
    family = page["records"][0]["Contacts"]
    assert (family["totalSize"], family["done"], len(family["records"])) == (500, False, 199)
    names = [row["LastName"] for row in family["records"]]
    while not family["done"]:
        family = org.call("GET", family["nextRecordsUrl"], headers=headers).json()
        names += [row["LastName"] for row in family["records"]]
    assert names == [f"C{n:03d}" for n in range(500)]
    assert family["records"][-1]["Account"]["Name"] == "Large"
