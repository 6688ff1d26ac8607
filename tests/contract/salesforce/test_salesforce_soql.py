"""SOQL finds what an admin would expect it to find, and refuses what Salesforce refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from salesforce_org import MONDAY, Org, opened
from soql_cases import ANNA, BO, CASES, fill

from connector.sandbox.clock import Clock
from connector.sandbox.serve import start
from connector.sandbox.world import World


@pytest.fixture(scope="module")
def company() -> Any:
    """A company that only gets read, so that all queries share it."""
    world = World(clock=Clock(MONDAY, frozen=True))
    fill(world.salesforce)
    with start(world) as running:
        yield opened(world, running.salesforce_url)
    world.close()


def first_value(record: dict[str, Any]) -> Any:
    """The first selected value of a row, also of a parent's; None for a row without that parent."""
    value = next(value for name, value in record.items() if name != "attributes")
    return first_value(value) if isinstance(value, dict) else value


@pytest.mark.parametrize(("soql", "expected"), CASES, ids=[query[:90] for query, _ in CASES])
def test_query(company: Org, soql: str, expected: Any) -> None:
    """One query of the table in soql_cases.py."""
    body = company.query(soql)
    if isinstance(expected, tuple):
        assert isinstance(body, list), body
        assert body[0]["errorCode"] == expected[0], body
        assert expected[1] in body[0]["message"]
        return
    assert isinstance(body, dict), body
    if isinstance(expected, int):
        assert body["totalSize"] == expected
        return
    found = [first_value(record) for record in body["records"]]
    in_order = "ORDER BY" in soql
    assert (found if in_order else sorted(found, key=str)) == (
        expected if in_order else sorted(expected, key=str)
    )
    assert body["totalSize"] == len(expected)
    assert body["done"] is True


def test_a_mistake_is_pointed_at(company: Org) -> None:
    """The message shows the piece of the query, a caret under the mistake, row and column."""
    message = company.query("SELECT Id, Nope FROM Lead")[0]["message"]
    assert message.startswith(
        "\nSELECT Id, Nope FROM Lead\n           ^\nERROR at Row:1:Column:12\nNo such column"
    )


def test_rows_carry_type_url_and_nested_parents(company: Org) -> None:
    """A row has attributes with a path of the version asked for; a parent is a record of its own, or null."""
    record = company.query("SELECT Id, Account.Name, Owner.Name FROM Contact WHERE LastName = 'de Vries'")[
        "records"
    ][0]
    assert record["attributes"] == {
        "type": "Contact",
        "url": f"/services/data/v64.0/sobjects/Contact/{record['Id']}",
    }
    assert record["Account"]["attributes"]["type"] == "Account"
    assert record["Account"]["Name"] == "Acme"
    alone = company.query("SELECT Id, Account.Name FROM Contact WHERE LastName = 'Jansen'")["records"][0]
    assert alone["Account"] is None


def test_the_owner_of_a_lead_may_be_a_queue_so_it_is_only_a_name(company: Org) -> None:
    """Through a relationship to several types Salesforce shows a record of the type `Name`."""
    owner = company.query("SELECT Owner.Name FROM Lead WHERE LastName = 'Fay'")["records"][0]["Owner"]
    assert owner["attributes"]["type"] == "Name"
    assert "/sobjects/User/005" in owner["attributes"]["url"]


def test_a_15_character_id_finds_the_record(company: Org) -> None:
    """Ids are accepted in both spellings and always answered with 18 characters."""
    full = company.query("SELECT Id FROM Contact WHERE LastName = 'de Vries'")["records"][0]["Id"]
    found = company.query(f"SELECT Id FROM Contact WHERE Id = '{full[:15]}'")["records"]
    assert [record["Id"] for record in found] == [full]
    assert len(full) == 18


def test_values_come_as_salesforce_spells_them(company: Org) -> None:
    """Stamps without a colon in the zone, plain dates, real booleans, compound addresses."""
    names = "CreatedDate, Birthdate, HasOptedOutOfEmail, MailingAddress"
    record = company.query(f"SELECT {names} FROM Contact WHERE LastName = 'de Vries'")["records"][0]
    assert record["CreatedDate"] == "2026-10-01T12:00:00.000+0000"
    assert record["Birthdate"] == "1980-02-29"
    assert record["HasOptedOutOfEmail"] is False
    assert record["MailingAddress"] is None
    account = company.query("SELECT BillingAddress, AnnualRevenue FROM Account WHERE Name = 'Acme'")[
        "records"
    ][0]
    assert account["BillingAddress"]["city"] == "Gouda"
    assert account["AnnualRevenue"] == 1500000.0


def test_aggregates_are_numbered_unless_named(company: Org) -> None:
    """expr0, expr1, … for functions without an alias."""
    record = company.query("SELECT COUNT(Id), MAX(Amount) most, MIN(Amount) FROM Opportunity")["records"][0]
    assert record == {"attributes": {"type": "AggregateResult"}, "expr0": 3, "most": 1000.5, "expr1": 50.0}


def test_children_come_inside_their_parent(company: Org) -> None:
    """A subquery gives each parent its own little result, or null."""
    children = "(SELECT LastName FROM Contacts WHERE Email != null ORDER BY LastName)"
    found = company.query(f"SELECT Name, {children} FROM Account ORDER BY Name")["records"]
    records = {record["Name"]: record["Contacts"] for record in found}
    assert [child["LastName"] for child in records["Acme"]["records"]] == [ANNA, BO]
    assert records["Acme"]["done"] is True
    assert records["O'Neill \\ Zn"] is None


def test_the_recycle_bin_shows_only_in_query_all(company: Org) -> None:
    """`queryAll` finds deleted rows, marked as such; `query` never does, even when asked for them."""
    soql = "SELECT LastName, IsDeleted FROM Contact WHERE IsDeleted = true"
    assert company.query(soql)["totalSize"] == 0
    assert [r["LastName"] for r in company.query(soql, "/queryAll")["records"]] == ["Weg"]


def test_five_hundred_ids_in_one_list(company: Org) -> None:
    """A long IN list is a normal query."""
    ids = [record["Id"] for record in company.query("SELECT Id FROM Contact")["records"]]
    listed = ",".join(f"'{each}'" for each in ids * 100)
    assert company.query(f"SELECT Id FROM Contact WHERE Id IN ({listed})")["totalSize"] == len(ids)


def test_the_longest_query(org: Org) -> None:
    """100,000 characters, which only fit into a composite request or a bulk job: no address is that long."""
    listed = ",".join(f"'{n:06d}@x.example'" for n in range(6000))
    soql = f"SELECT Id FROM Lead WHERE Email IN ({listed})"
    for text, status in ((soql[:90_000].rpartition(",")[0] + ")", 200), (soql, 400)):
        part = {"method": "GET", "url": f"/services/data/v64.0/query?q={quote(text)}", "referenceId": "q"}
        (answer,) = org.call("POST", "/composite", {"compositeRequest": [part]}).json()["compositeResponse"]
        assert answer["httpStatusCode"] == status, answer
    assert answer["body"][0]["errorCode"] == "MALFORMED_QUERY"
    assert "100000" in answer["body"][0]["message"].replace(",", "")


def test_a_query_may_be_too_complicated(org: Org) -> None:
    """Thousands of parentheses are no server error."""
    deep = "NOT (" * 1100 + "City = 'x'" + ")" * 1100
    assert org.query(f"SELECT Id FROM Lead WHERE {deep}")[0]["errorCode"] == "QUERY_TOO_COMPLICATED"


def test_days_begin_where_the_user_is(org: Org) -> None:
    """The same TODAY is another day for a user in New York."""
    org.store.load(
        "Lead", [{"LastName": "A", "Company": "X", "_created": datetime(2026, 11, 2, 3, tzinfo=UTC)}]
    )
    soql = "SELECT Id FROM Lead WHERE CreatedDate = TODAY"
    assert org.query(soql)["totalSize"] == 1
    org.call("PATCH", f"/sobjects/User/{org.store.user}", {"TimeZoneSidKey": "America/New_York"})
    assert org.query(soql)["totalSize"] == 0
    assert org.query(soql.replace("TODAY", "YESTERDAY"))["totalSize"] == 1


def test_amounts_in_several_currencies(org: Org) -> None:
    """Where several are switched on amounts come as they were entered, or converted to the company's."""
    org.store.enable_currencies("EUR", {"DKK": 7.5})
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-31", "Amount": 750}
    org.make("Opportunity", {**deal, "CurrencyIsoCode": "DKK"})
    soql = "SELECT Amount, CurrencyIsoCode, convertCurrency(Amount) inEuro FROM Opportunity"
    (row,) = org.query(soql)["records"]
    assert (row["Amount"], row["CurrencyIsoCode"], row["inEuro"]) == (750.0, "DKK", 100.0)
    assert org.query("SELECT Id FROM Opportunity WHERE convertCurrency(Amount) > 99")["totalSize"] == 1
    assert org.query("SELECT Id FROM Opportunity WHERE convertCurrency(Amount) > 101")["totalSize"] == 0
