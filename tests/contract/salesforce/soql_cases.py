"""A small company, and what SOQL finds in it.

Each case is (query, expected): a list of the first selected values (in any order unless the query sorts), a
number for COUNT(), or (error code, part of the message).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.sandbox.salesforce.schema import Choice
from connector.sandbox.salesforce.store import SalesforceStore


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment in 2026, UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def fill(store: SalesforceStore) -> None:
    """Three accounts, five contacts (one in the recycle bin), three leads, three opportunities, two users."""
    sam, *_ = store.load(
        "User",
        [
            {
                "Username": "sam@acme.example",
                "FirstName": "Sam",
                "LastName": "Seller",
                "Email": "sam@acme.example",
            },
            {
                "Username": "ivo@acme.example",
                "LastName": "Inactive",
                "Email": "ivo@x.example",
                "IsActive": False,
            },
        ],
    )
    acme, oresund, oneill = store.load(
        "Account",
        [
            {
                "Name": "Acme",
                "Industry": "Technology",
                "NumberOfEmployees": 120,
                "AnnualRevenue": 1500000,
                "BillingCountry": "Netherlands",
                "BillingCity": "Gouda",
                "OwnerId": sam,
            },
            {"Name": "Øresund Handel", "NumberOfEmployees": 15, "BillingCountry": "Danmark", "OwnerId": sam},
            {"Name": "O'Neill \\ Zn", "Industry": "Retail", "Description": "since 1901"},
        ],
    )
    anna, bo, _, _, eva = store.load("Contact", _contacts(acme, oresund))
    store.user_delete("Contact", eva)
    fay = _fill_leads(store, sam)
    first, second, _ = store.load(
        "Opportunity",
        [
            {
                "Name": "Acme 2027",
                "StageName": "Prospecting",
                "Amount": 1000.5,
                "CloseDate": "2026-11-02",
                "AccountId": acme,
                "OwnerId": sam,
                "NextStep": "call",
            },
            {"Name": "Acme pilot", "StageName": "Closed Won", "CloseDate": "2026-12-31", "AccountId": acme},
            {"Name": "Loose end", "StageName": "Closed Lost", "Amount": 50, "CloseDate": "2026-10-30"},
        ],
    )
    store.load(
        "OpportunityContactRole",
        [
            {"OpportunityId": first, "ContactId": anna, "IsPrimary": True, "Role": "Decision Maker"},
            {"OpportunityId": second, "ContactId": bo},
        ],
    )
    store.load(
        "Task",
        [
            {"WhoId": anna, "Subject": "Call Anna", "ActivityDate": "2026-11-03"},
            {"WhoId": fay, "Subject": "Mail Fay"},
            {"WhatId": acme, "Subject": "Invoice"},
        ],
    )
    assert oneill


def _contacts(acme: str, oresund: str) -> list[dict[str, Any]]:
    return [
        {
            "FirstName": "Anna",
            "LastName": "de Vries",
            "Email": "anna@acme.example",
            "AccountId": acme,
            "Title": "CEO",
            "Birthdate": "1980-02-29",
            "_created": at(10, 1),
            "_modified": at(11, 1, 23, 30),
        },
        {
            "FirstName": "Bo",
            "LastName": "Sørensen",
            "Email": "BO@ACME.EXAMPLE",
            "AccountId": acme,
            "HasOptedOutOfEmail": True,
            "Phone": "+45 1",
            "_created": at(10, 1),
            "_modified": at(10, 31),
        },
        {"LastName": "Jansen", "MailingCity": "Gent", "_created": at(10, 20), "_modified": at(10, 20)},
        {
            "FirstName": "Dirk",
            "LastName": "100%_zeker",
            "Email": "dirk@x.example",
            "AccountId": oresund,
            "_created": at(9, 1),
            "_modified": at(9, 1),
        },
        {
            "FirstName": "Eva",
            "LastName": "Weg",
            "Email": "eva@x.example",
            "_created": at(9, 1),
            "_modified": at(9, 1),
        },
    ]


def _fill_leads(store: SalesforceStore, sam: str) -> str:
    """One of a person, one converted, one of a queue; the ratings have Dutch labels. Returns the first."""
    labels = (("Hot", "Heet"), ("Warm", "Lauw"), ("Cold", "Koud"))
    store.catalog.override("Lead", "Rating", choices=[Choice(*pair) for pair in labels])
    queue = store.add_queue("Inbox", "Lead")
    shared = {"_created": at(10, 5), "_modified": at(10, 5)}
    fay, gus, _ = store.load(
        "Lead",
        [
            {"LastName": "Fay", "Company": "Fay BV", "Email": "fay@fay.example", "OwnerId": sam, **shared},
            {"LastName": "Gus", "Company": "Gus Ltd", "Email": "gus@gus.example", "Rating": "Hot", **shared},
            {"LastName": "Ýr", "Company": "Café Ærø", "NumberOfEmployees": 0, "OwnerId": queue, **shared},
        ],
    )
    store.convert(gus, opportunity=False)
    return fay


MALFORMED, FIELD, OPERATOR, TYPE = (
    "MALFORMED_QUERY",
    "INVALID_FIELD",
    "INVALID_QUERY_FILTER_OPERATOR",
    "INVALID_TYPE",
)
C = "SELECT LastName FROM Contact WHERE "
A = "SELECT Name FROM Account WHERE "
O = "SELECT Name FROM Opportunity WHERE "  # noqa: E741
ANNA, BO, CAS, DIRK = "de Vries", "Sørensen", "Jansen", "100%_zeker"
GUS_COMPANY = "Gus Ltd"

CASES: list[tuple[str, Any]] = [
    # selecting
    ("SELECT LastName FROM Contact", [ANNA, BO, CAS, DIRK, "Gus"]),
    ("select lastname from CONTACT where firstname = 'anna'", [ANNA]),
    ("SELECT c.LastName FROM Contact c WHERE c.FirstName = 'Anna'", [ANNA]),
    ("SELECT c.LastName FROM Contact AS c WHERE c.FirstName = 'Anna'", [ANNA]),
    ("SELECT Contact.LastName FROM Contact WHERE Contact.FirstName = 'Anna'", [ANNA]),
    ("SELECT Name FROM Contact WHERE FirstName = 'Anna'", ["Anna de Vries"]),
    ("SELECT toLabel(StageName) FROM Opportunity WHERE Name = 'Acme 2027'", ["Prospecting"]),
    ("SELECT LastName\nFROM Contact\n\tWHERE FirstName = 'Anna'  ", [ANNA]),
    ("SELECT FIELDS(ALL) FROM Contact", (MALFORMED, "LIMIT of at most 200")),
    ("SELECT FIELDS(ALL) FROM Contact LIMIT 201", (MALFORMED, "LIMIT of at most 200")),
    ("SELECT FIELDS(STANDARD) FROM OpportunityStage WHERE SortOrder = 1", 1),
    ("SELECT Id, Id FROM Contact", (MALFORMED, "duplicate field selected: Id")),
    ("SELECT Foo FROM Contact", (FIELD, "No such column 'Foo' on entity 'Contact'")),
    ("SELECT Foo__c FROM Contact", (FIELD, "ERROR at Row:1:Column:8")),
    ("SELECT Id FROM Person", (TYPE, "sObject type 'Person' is not supported")),
    ("SELECT Id FROM CustomField", (TYPE, "sObject type 'CustomField' is not supported")),
    ("SELECT * FROM Contact", (MALFORMED, "unexpected token: '*'")),
    ("SELECT FROM Contact", (MALFORMED, "unexpected token")),
    ("SELECT Id", (MALFORMED, "unexpected token: '<EOF>'")),
    ("SELECT Id FROM Contact;", (MALFORMED, "unexpected token: ';'")),
    ("UPDATE Contact SET X = 1", (MALFORMED, "unexpected token: 'UPDATE'")),
    ("", (MALFORMED, "cannot be empty")),
    # counting
    ("SELECT COUNT() FROM Contact", 5),
    ("SELECT count ( ) FROM Contact WHERE Email != null", 4),
    ("SELECT COUNT() FROM Contact LIMIT 2", 2),
    ("SELECT COUNT(Id) FROM Contact", [5]),
    ("SELECT COUNT(FirstName) n FROM Contact", [3]),
    ("SELECT COUNT_DISTINCT(AccountId) FROM Contact", [3]),
    ("SELECT MAX(CloseDate) FROM Opportunity", ["2026-12-31"]),
    ("SELECT SUM(Amount) FROM Opportunity", [1050.5]),
    ("SELECT SUM(Name) FROM Opportunity", (MALFORMED, "does not support aggregate operator SUM")),
    ("SELECT COUNT(), Name FROM Contact", (MALFORMED, "COUNT() must be the only element")),
    ("SELECT Name, COUNT(Id) FROM Contact", (MALFORMED, "must be grouped or aggregated: Name")),
    ("SELECT COUNT(Id), AccountId FROM Contact GROUP BY AccountId ORDER BY COUNT(Id) DESC LIMIT 1", [2]),
    ("SELECT Account.Name FROM Contact GROUP BY Account.Name HAVING COUNT(Id) > 1", ["Acme"]),
    # texts
    (C + "Email = 'ANNA@acme.EXAMPLE'", [ANNA]),
    (C + "Email = 'bo@acme.example'", [BO]),
    (C + "LastName = 'SØRENSEN'", [BO]),
    (C + "LastName != 'SØRENSEN'", [ANNA, CAS, DIRK, "Gus"]),
    (C + "LastName <> 'Jansen'", [ANNA, BO, DIRK, "Gus"]),
    (C + "FirstName != 'Anna'", [BO, CAS, DIRK, "Gus"]),
    (C + "FirstName < 'Bz' AND FirstName > 'A'", [ANNA, BO]),
    (A + "Name = 'O\\'Neill \\\\ Zn'", ["O'Neill \\ Zn"]),
    (A + "Name = 'O'Neill'", (MALFORMED, "")),
    (A + 'Name = "Acme"', (MALFORMED, "unexpected token")),
    (A + "Name = 'Acme", (MALFORMED, "mismatched character '<EOF>'")),
    (A + "Name = 'a\\x'", (MALFORMED, "Illegal character sequence")),
    (A + "Name = '\\u0041cme'", ["Acme"]),
    (A + "Name = 'Acme' OR Name = 'x\\') OR (Name != \\''", ["Acme"]),
    (A + "Name = 5", (FIELD, "must be of type string and should be enclosed in quotes")),
    (A + "Description = 'since 1901'", (FIELD, "can not be filtered in a query call")),
    ("SELECT Name FROM Account ORDER BY Description", (FIELD, "can not be sorted")),
    # LIKE
    (C + "LastName LIKE 'jan%'", [CAS]),
    (C + "LastName LIKE '%Ø%'", [BO]),
    (C + "LastName LIKE '%ør%'", [BO]),
    (C + "LastName LIKE '100\\%\\_%'", [DIRK]),
    (C + "LastName LIKE '%\\%%'", [DIRK]),
    (C + "LastName LIKE 'Ja_sen'", [CAS]),
    (C + "FirstName LIKE '%'", [ANNA, BO, DIRK]),
    (C + "(NOT LastName LIKE '%e%')", ["Gus"]),
    (C + "Id LIKE '003%'", (OPERATOR, "invalid operator on id field")),
    (C + "HasOptedOutOfEmail LIKE 'a'", (OPERATOR, "invalid operator on boolean field")),
    # blanks
    (C + "Email = null", [CAS]),
    (C + "Email = ''", [CAS]),
    (C + "Email != ''", [ANNA, BO, DIRK, "Gus"]),
    (C + "AccountId = NULL", [CAS]),
    (C + "AccountId = ''", [CAS]),
    (C + "Birthdate != null", [ANNA]),
    ("SELECT Company FROM Lead WHERE NumberOfEmployees = 0", ["Café Ærø"]),
    (C + "HasOptedOutOfEmail = null", [ANNA, CAS, DIRK, "Gus"]),
    (C + "Email > null", (FIELD, "")),
    # booleans and numbers
    (C + "HasOptedOutOfEmail = TRUE", [BO]),
    (C + "HasOptedOutOfEmail != true", [ANNA, CAS, DIRK, "Gus"]),
    (
        C + "HasOptedOutOfEmail = 'true'",
        (FIELD, "must be of type boolean and should not be enclosed in quotes"),
    ),
    (C + "HasOptedOutOfEmail > false", (OPERATOR, "invalid operator on boolean field")),
    (A + "NumberOfEmployees >= 15 AND NumberOfEmployees < 1.2e2", ["Øresund Handel"]),
    (A + "NumberOfEmployees = '15'", (FIELD, "must be of type int")),
    (O + "Amount = 1000.50", ["Acme 2027"]),
    (O + "Amount > -1", ["Acme 2027", "Loose end"]),
    (O + "Amount = null", ["Acme pilot"]),
    (O + "IsWon = true", ["Acme pilot"]),
    (O + "IsClosed = true AND Probability = 0", ["Loose end"]),
    # lists
    (C + "Email IN ('anna@acme.example', 'Bo@Acme.Example')", [ANNA, BO]),
    (C + "LastName IN ('sørensen','jansen')", [BO, CAS]),
    (C + "LastName NOT IN ('SØRENSEN','jansen')", [ANNA, DIRK, "Gus"]),
    (C + "Email NOT IN ('anna@acme.example')", [BO, CAS, DIRK, "Gus"]),
    (C + "Email IN ('anna@acme.example', null)", [ANNA, CAS]),
    (C + "Email IN (null, 'anna@acme.example')", [ANNA, CAS]),
    (O + "Amount IN (50, 1000.5)", ["Acme 2027", "Loose end"]),
    (O + "CloseDate IN (2026-10-30, TODAY)", ["Acme 2027", "Loose end"]),
    (C + "Email IN ()", (MALFORMED, "unexpected token: ')'")),
    (C + "Email IN 'a'", (MALFORMED, "unexpected token")),
    # ids
    (C + "Id = 'nonsense'", (OPERATOR, "invalid ID field: nonsense")),
    (C + "Id = '003000000000000'", []),
    (C + "Id IN (SELECT ContactId FROM OpportunityContactRole)", [ANNA, BO]),
    (
        C + "Id NOT IN (SELECT ContactId FROM OpportunityContactRole WHERE IsPrimary = true)",
        [BO, CAS, DIRK, "Gus"],
    ),
    (C + "AccountId IN (SELECT AccountId FROM Opportunity WHERE IsWon = true)", [ANNA, BO]),
    (A + "Id NOT IN (SELECT AccountId FROM Contact)", ["O'Neill \\ Zn"]),
    (C + "LastName IN (SELECT Id FROM Account)", (MALFORMED, "semi-join")),
    (C + "Id IN (SELECT Name FROM Account)", (MALFORMED, "must be an ID or reference")),
    (C + "Id IN (SELECT Id FROM Contact WHERE Id IN (SELECT ContactId FROM Case))", (MALFORMED, "Nesting")),
    # logic
    (C + "FirstName = 'Bo' OR FirstName = 'Anna' OR LastName = 'Jansen'", [ANNA, BO, CAS]),
    (C + "FirstName = 'Bo' AND HasOptedOutOfEmail = false", []),
    (C + "(FirstName = 'Bo' OR FirstName = 'Anna') AND HasOptedOutOfEmail = false", [ANNA]),
    (C + "FirstName = 'Bo' OR FirstName = 'Anna' AND Id != null", (MALFORMED, "unexpected token: 'AND'")),
    (C + "NOT FirstName = 'Bo'", [ANNA, CAS, DIRK, "Gus"]),
    (C + "NOT (FirstName = 'Bo' OR FirstName = null)", [ANNA, DIRK]),
    (C + "(NOT (FirstName = 'Bo')) AND (NOT (LastName = 'Gus'))", [ANNA, CAS, DIRK]),
    (C + "NOT (Email = 'anna@acme.example' AND FirstName = 'Anna')", [BO, CAS, DIRK, "Gus"]),
    (C + "((FirstName = 'Bo'))", [BO]),
    (C + "(FirstName = 'Bo'", (MALFORMED, "unexpected token: '<EOF>'")),
    (C + "FirstName == 'Bo'", (MALFORMED, "unexpected token")),
    # dates
    (O + "CloseDate = 2026-12-31", ["Acme pilot"]),
    (O + "CloseDate > 2026-11-01", ["Acme 2027", "Acme pilot"]),
    (O + "CloseDate = TODAY", ["Acme 2027"]),
    (O + "CloseDate = THIS_MONTH", ["Acme 2027"]),
    (O + "CloseDate = LAST_WEEK", ["Loose end"]),
    (O + "CloseDate < THIS_QUARTER", []),
    (O + "CloseDate = THIS_FISCAL_YEAR", ["Acme 2027", "Acme pilot", "Loose end"]),
    (O + "CloseDate != THIS_MONTH", ["Acme pilot", "Loose end"]),
    (O + "CloseDate = NEXT_N_DAYS:60", ["Acme pilot"]),
    (O + "CloseDate = LAST_N_DAYS:3", ["Acme 2027", "Loose end"]),
    (O + "CloseDate = N_DAYS_AGO:3", ["Loose end"]),
    (O + "CloseDate = '2026-12-31'", (FIELD, "must be of type date and should not be enclosed in quotes")),
    (O + "CloseDate > 2026-12-31T00:00:00Z", (FIELD, "must be of type date")),
    (O + "CloseDate = 2026-13-01", (MALFORMED, "Invalid date")),
    (O + "CloseDate = SOMEDAY", (MALFORMED, "unexpected token: 'SOMEDAY'")),
    (O + "CloseDate = LAST_N_DAYS", (MALFORMED, "unexpected token")),
    (A + "Name = TODAY", (FIELD, "must be of type string")),
    # moments
    (C + "SystemModstamp = 2026-11-01T23:30:00Z", [ANNA]),
    (C + "SystemModstamp >= 2026-11-01T23:30:00.000Z AND LastName != 'Gus'", [ANNA]),
    (C + "SystemModstamp > 2026-11-01T23:30:00Z AND LastName != 'Gus'", []),
    (C + "SystemModstamp = 2026-11-02T00:30:00+01:00", [ANNA]),
    (C + "SystemModstamp = 2026-11-01T18:30:00-0500", [ANNA]),
    (C + "LastModifiedDate = TODAY AND FirstName != null", [ANNA]),
    (C + "LastModifiedDate = YESTERDAY", []),
    (C + "LastModifiedDate < LAST_MONTH", [DIRK]),
    (C + "SystemModstamp > 2026-11-01", (FIELD, "must be of type dateTime and should not be enclosed")),
    (C + "SystemModstamp > '2026-11-01T00:00:00Z'", (FIELD, "must be of type dateTime")),
    (C + "SystemModstamp > 2026-11-01T00:00:00", (MALFORMED, "unexpected token")),
    (C + "SystemModstamp > 2026-11-31T00:00:00Z", (MALFORMED, "Invalid dateTime")),
    # sorting and limits
    ("SELECT LastName FROM Contact ORDER BY FirstName, LastName", ["Gus", CAS, ANNA, BO, DIRK]),
    (
        "SELECT LastName FROM Contact ORDER BY FirstName NULLS LAST, LastName DESC",
        [ANNA, BO, DIRK, CAS, "Gus"],
    ),
    ("SELECT LastName FROM Contact ORDER BY FirstName DESC, LastName ASC", ["Gus", CAS, DIRK, BO, ANNA]),
    ("SELECT LastName FROM Contact ORDER BY FirstName DESC NULLS LAST LIMIT 2", [DIRK, BO]),
    ("SELECT LastName FROM Contact ORDER BY Account.Name NULLS LAST, LastName LIMIT 1", [ANNA]),
    ("SELECT LastName FROM Contact ORDER BY SystemModstamp, Id LIMIT 1", [DIRK]),
    ("SELECT LastName FROM Contact ORDER BY LastName LIMIT 2 OFFSET 1", [ANNA, "Gus"]),
    ("SELECT LastName FROM Contact LIMIT 0", []),
    (
        "SELECT LastName FROM Contact LIMIT 1 OFFSET 2001",
        ("NUMBER_OUTSIDE_VALID_RANGE", "offset allowed is 2000"),
    ),
    ("SELECT LastName FROM Contact LIMIT x", (MALFORMED, "unexpected token: 'x'")),
    ("SELECT LastName FROM Contact ORDER LastName", (MALFORMED, "unexpected token")),
    ("SELECT LastName FROM Contact LIMIT 1 ORDER BY LastName", (MALFORMED, "unexpected token: 'ORDER'")),
    # relationships
    ("SELECT Account.Name FROM Contact WHERE LastName = 'de Vries'", ["Acme"]),
    ("SELECT Account.Name FROM Contact WHERE LastName = 'Jansen'", [None]),
    (C + "Account.Name = 'acme'", [ANNA, BO]),
    (C + "Account.Owner.Email = 'sam@acme.example'", [ANNA, BO, DIRK]),
    (C + "Account.Name != 'Acme'", [CAS, DIRK, "Gus"]),
    (C + "Account.Name = null", [CAS]),
    (C + "Account.Foo = 1", (FIELD, "No such column 'Foo' on entity 'Account'")),
    (C + "Company.Name = 'x'", (FIELD, "Didn't understand relationship 'Company'")),
    ("SELECT Opportunity.StageName FROM OpportunityContactRole WHERE IsPrimary = true", ["Prospecting"]),
    ("SELECT Contact.Email FROM OpportunityContactRole WHERE Opportunity.IsWon = true", ["BO@ACME.EXAMPLE"]),
    ("SELECT Owner.Email FROM Lead WHERE LastName = 'Fay'", ["sam@acme.example"]),
    ("SELECT Owner.Department FROM Lead", (FIELD, "No such column 'Department' on entity 'Name'")),
    ("SELECT Owner.Department FROM Opportunity WHERE Name = 'Acme 2027'", [None]),
    ("SELECT Who.Name FROM Task", ["Anna de Vries", "Fay", None]),
    ("SELECT Subject FROM Task WHERE Who.Name LIKE 'ANNA%'", ["Call Anna"]),
    # what else there is in an org
    ("SELECT ApiName FROM OpportunityStage WHERE IsWon = true", ["Closed Won"]),
    ("SELECT MasterLabel FROM LeadStatus WHERE IsDefault = true", ["Open - Not Contacted"]),
    ("SELECT Username FROM User WHERE IsActive = false", ["ivo@acme.example"]),
    ("SELECT TimeZoneSidKey FROM Organization", ["Europe/Amsterdam"]),
    ("SELECT Company FROM Lead WHERE IsConverted = true", [GUS_COMPANY]),
    ("SELECT ConvertedContact.Name FROM Lead WHERE IsConverted = true", ["Gus"]),
    # what Salesforce itself makes of values
    ("SELECT toLabel(Rating) FROM Lead WHERE LastName = 'Gus'", ["Heet"]),
    ("SELECT toLabel(Rating) r FROM Lead WHERE toLabel(Rating) = 'heet'", ["Heet"]),
    ("SELECT Company FROM Lead WHERE Rating = 'Heet'", []),
    ("SELECT Company FROM Lead WHERE toLabel(Rating) IN ('Lauw', 'Heet')", [GUS_COMPANY]),
    ("SELECT toLabel(Rating) FROM Lead GROUP BY Rating", ["Heet", None]),
    ("SELECT FORMAT(Amount) FROM Opportunity WHERE Name = 'Acme 2027'", ["€ 1.000,50"]),
    ("SELECT FORMAT(CloseDate) d, CloseDate FROM Opportunity WHERE Amount = 50", ["30-10-2026"]),
    ("SELECT FORMAT(LastModifiedDate) FROM Contact WHERE FirstName = 'Anna'", ["2-11-2026 00:30"]),
    ("SELECT FORMAT(NumberOfEmployees) FROM Account WHERE Name = 'Acme'", ["120"]),
    (
        "SELECT Amount, FORMAT(Amount) Amount FROM Opportunity",
        (MALFORMED, "duplicate field selected: Amount"),
    ),
    (O + "FORMAT(Amount) = '50'", (MALFORMED, "FORMAT cannot be used in WHERE")),
    ("SELECT convertCurrency(Amount) FROM Opportunity", (FIELD, "org with currencies")),
    # parts of dates
    ("SELECT CALENDAR_YEAR(CloseDate), COUNT(Id) FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate)", [2026]),
    (
        "SELECT CALENDAR_MONTH(CloseDate) FROM Opportunity GROUP BY CALENDAR_MONTH(CloseDate) "
        "ORDER BY CALENDAR_MONTH(CloseDate) DESC",
        [12, 11, 10],
    ),
    (
        "SELECT FISCAL_QUARTER(CloseDate), SUM(Amount) s FROM Opportunity GROUP BY FISCAL_QUARTER(CloseDate) "
        "HAVING SUM(Amount) > 1000",
        [4],
    ),
    (O + "DAY_IN_MONTH(CloseDate) = 31", ["Acme pilot"]),
    (O + "DAY_IN_WEEK(CloseDate) = 6", ["Loose end"]),
    (O + "DAY_IN_YEAR(CloseDate) = 365", ["Acme pilot"]),
    (C + "DAY_ONLY(LastModifiedDate) = 2026-11-01", [ANNA]),
    (C + "HOUR_IN_DAY(LastModifiedDate) = 23", [ANNA]),
    (C + "CALENDAR_MONTH(Birthdate) = 2 AND DAY_IN_MONTH(Birthdate) = 29", [ANNA]),
    (C + "HOUR_IN_DAY(Birthdate) = 1", (MALFORMED, "does not support the function HOUR_IN_DAY")),
    (C + "CALENDAR_YEAR(LastName) = 2026", (MALFORMED, "does not support the function CALENDAR_YEAR")),
    ("SELECT CALENDAR_YEAR(CloseDate) FROM Opportunity", (MALFORMED, "must be grouped or aggregated")),
    # date literals: days and weeks begin at midnight where the user is
    (C + "LastModifiedDate >= TODAY AND FirstName != null", [ANNA]),
    (C + "LastModifiedDate = LAST_N_DAYS:1 AND FirstName != null", [ANNA]),
    (C + "LastModifiedDate = LAST_N_DAYS:2 AND FirstName != null", [ANNA, BO]),
    (C + "LastModifiedDate = N_DAYS_AGO:2", [BO]),
    (C + "LastModifiedDate = LAST_MONTH", [BO, CAS]),
    (C + "LastModifiedDate = LAST_N_MONTHS:2", [BO, CAS, DIRK]),
    (C + "LastModifiedDate = N_WEEKS_AGO:1", [BO]),
    (C + "LastModifiedDate > LAST_WEEK AND FirstName != null", [ANNA]),
    (C + "LastModifiedDate < N_MONTHS_AGO:1", [DIRK]),
    (C + "CreatedDate = LAST_90_DAYS AND FirstName = 'Dirk'", [DIRK]),
    (C + "CreatedDate < LAST_N_DAYS:30 AND FirstName != null", [ANNA, BO, DIRK]),
    (C + "CreatedDate IN (LAST_MONTH, TODAY)", [ANNA, BO, CAS, "Gus"]),
    (C + "CreatedDate NOT IN (LAST_MONTH, TODAY)", [DIRK]),
    (C + "SystemModstamp >= 2026-11-02T00:30:00+01:00 AND FirstName != null", [ANNA]),
    (C + "SystemModstamp > 2026-11-02T00:30:00+01:00 AND FirstName != null", []),
    (C + "SystemModstamp < 2026-09-01T12:00:01Z", [DIRK]),
    (C + "SystemModstamp = 2026-09-01T14:00:00+02:00", [DIRK]),
    (C + "SystemModstamp = 2026-11-01T23:30:00.5Z", []),
    (C + "SystemModstamp > 2026-11-01T23:30:00 01:00", (MALFORMED, "unexpected token")),
    (O + "CloseDate = NEXT_MONTH", ["Acme pilot"]),
    (O + "CloseDate = THIS_QUARTER", ["Acme 2027", "Acme pilot", "Loose end"]),
    (O + "CloseDate = NEXT_N_QUARTERS:1", []),
    (O + "CloseDate = NEXT_90_DAYS", ["Acme pilot"]),
    (O + "CloseDate > TOMORROW", ["Acme pilot"]),
    (O + "CloseDate <= YESTERDAY", ["Loose end"]),
    (O + "CloseDate = THIS_WEEK", ["Acme 2027"]),
    (O + "CloseDate = NEXT_YEAR", []),
    (O + "CloseDate = LAST_N_DAYS:-1", (MALFORMED, "")),
    (O + "CloseDate = TODAY:1", (MALFORMED, "unexpected token")),
    (O + "Amount = TODAY", (FIELD, "must be of type double")),
    (C + "HasOptedOutOfEmail = TODAY", (FIELD, "must be of type boolean")),
    # groups
    ("SELECT AccountId, COUNT(Id) n FROM Contact GROUP BY AccountId HAVING COUNT(Id) > 1", 1),
    (
        "SELECT Name, COUNT(Id) FROM Opportunity GROUP BY Name HAVING Name LIKE 'Acme%'",
        ["Acme 2027", "Acme pilot"],
    ),
    (
        "SELECT StageName, SUM(Amount) FROM Opportunity GROUP BY StageName "
        "HAVING SUM(Amount) >= 50 AND COUNT(Id) = 1 ORDER BY SUM(Amount) DESC",
        ["Prospecting", "Closed Lost"],
    ),
    ("SELECT StageName FROM Opportunity GROUP BY StageName HAVING MAX(Amount) = null", ["Closed Won"]),
    ("SELECT IsWon, COUNT(Id) FROM Opportunity GROUP BY IsWon", [False, True]),
    ("SELECT AVG(Amount) FROM Opportunity", [525.25]),
    ("SELECT MIN(LastName) FROM Contact", ["100%_zeker"]),
    ("SELECT MIN(IsWon) FROM Opportunity", (MALFORMED, "does not support aggregate operator MIN")),
    (
        "SELECT Amount, COUNT(Id) FROM Opportunity GROUP BY Amount",
        (FIELD, "can not be grouped in a query call"),
    ),
    (
        "SELECT StageName FROM Opportunity GROUP BY StageName HAVING Name = 'x'",
        (MALFORMED, "must be grouped"),
    ),
    ("SELECT StageName FROM Opportunity GROUP BY StageName ORDER BY Name", (MALFORMED, "must be grouped")),
    ("SELECT COUNT(Id) FROM Opportunity HAVING COUNT(Id) > 1", (MALFORMED, "")),
    (O + "COUNT(Id) > 1", (MALFORMED, "COUNT cannot be used in WHERE")),
    ("SELECT FIELDS(STANDARD) FROM Contact GROUP BY Name", (MALFORMED, "cannot be aggregated")),
    ("SELECT Name n FROM Contact", (MALFORMED, "unexpected token: 'n'")),
    ("SELECT COUNT(Id) FROM Contact GROUP BY ROLLUP(AccountId)", (MALFORMED, "")),
    # semi-joins
    (
        A + "Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Opportunity)",
        ["Acme"],
    ),
    (A + "Id IN (SELECT AccountId FROM Contact WHERE Email LIKE '%@x.example')", ["Øresund Handel"]),
    (
        A + "OwnerId IN (SELECT Id FROM User WHERE IsActive = true AND LastName = 'Seller')",
        ["Acme", "Øresund Handel"],
    ),
    (
        A + "Name = 'Acme' OR Id IN (SELECT AccountId FROM Contact)",
        (MALFORMED, "only allowed at the top level WHERE expressions"),
    ),
    (A + "NOT Id IN (SELECT AccountId FROM Contact)", (MALFORMED, "only allowed at the top level")),
    (
        A + "Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Opportunity) "
        "AND Id NOT IN (SELECT WhatId FROM Task)",
        (MALFORMED, "Maximum 2 semi join sub-selects"),
    ),
    (A + "Id IN (SELECT AccountId FROM Contact LIMIT 1)", (MALFORMED, "ORDER BY and LIMIT")),
    (A + "Id IN (SELECT ParentId FROM Account)", (MALFORMED, "should not be on the same object type")),
    (A + "Id IN (SELECT AccountId, Id FROM Contact)", (MALFORMED, "exactly one field")),
    (A + "Id IN (SELECT COUNT(Id) FROM Contact)", (MALFORMED, "exactly one field")),
    # a person or a thing of several types
    ("SELECT Subject FROM Task WHERE Who.Type = 'Lead'", ["Mail Fay"]),
    ("SELECT Who.Type FROM Task ORDER BY Subject", ["Contact", None, "Lead"]),
    ("SELECT Subject FROM Task WHERE What.Type = 'Account' AND What.Name = 'ACME'", ["Invoice"]),
    ("SELECT Subject FROM Task WHERE Who.Type IN ('Lead', 'Contact')", ["Call Anna", "Mail Fay"]),
    ("SELECT Subject FROM Task WHERE WhoId IN (SELECT Id FROM Lead WHERE Company = 'Fay BV')", ["Mail Fay"]),
    ("SELECT LastName FROM Lead WHERE Owner.Type = 'Queue'", ["Ýr"]),
    ("SELECT LastName FROM Lead WHERE Owner.Type = 'User' AND Owner.Name = 'Sam Seller'", ["Fay"]),
    ("SELECT Owner.Name FROM Lead WHERE LastName = 'Ýr'", ["Inbox"]),
    ("SELECT Who.Company FROM Task", (FIELD, "No such column 'Company' on entity 'Name'")),
    ("SELECT Subject FROM Task WHERE What.Industry = 'x'", (FIELD, "on entity 'Name'")),
    ("SELECT Owner.Type FROM Opportunity", (FIELD, "No such column 'Type' on entity 'User'")),
    (
        "SELECT TYPEOF Who WHEN Contact THEN Email WHEN Lead THEN Company END FROM Task ORDER BY Subject",
        ["anna@acme.example", None, "Fay BV"],
    ),
    ("SELECT TYPEOF What WHEN Opportunity THEN Amount END FROM Task WHERE Subject = 'Invoice'", [None]),
    (
        "SELECT TYPEOF What WHEN Opportunity THEN Amount ELSE Name END FROM Task WHERE Subject = 'Invoice'",
        ["Acme"],
    ),
    ("SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact", (MALFORMED, "several types")),
    ("SELECT TYPEOF Who WHEN User THEN Email END FROM Task", (TYPE, "sObject type 'User'")),
    (
        "SELECT TYPEOF Who WHEN Lead THEN Nope END FROM Task",
        (FIELD, "No such column 'Nope' on entity 'Lead'"),
    ),
    ("SELECT TYPEOF Who ELSE Name END FROM Task", (MALFORMED, "unexpected token: 'ELSE'")),
    # escapes
    (A + "Name = 'O\\'Neill \\\\ Zn' AND Name LIKE 'O\\'%'", ["O'Neill \\ Zn"]),
    (A + "Name LIKE '%\\\\%'", ["O'Neill \\ Zn"]),
    (A + "Name = 'Acme\\n'", []),
    (A + "Name = '\\\"Acme\\\"'", []),
    (A + "Name LIKE '\\%'", []),
    (A + "Name = 'Acme' -- AND 1", (MALFORMED, "unexpected token")),
    (A + "Name = '" + "x" * 5000 + "'", []),
    # limits
    ("SELECT Id FROM Contact LIMIT -1", (MALFORMED, "")),
    ("SELECT Id FROM Contact LIMIT 1.5", (MALFORMED, "")),
    ("SELECT LastName FROM Contact ORDER BY LastName LIMIT 1 OFFSET 4", [BO]),
    ("SELECT LastName FROM Contact ORDER BY Email NULLS FIRST LIMIT 1", [CAS]),
    ("SELECT LastName FROM Contact ORDER BY Email ASC NULLS LAST, LastName LIMIT 1", [ANNA]),
    ("SELECT LastName FROM Contact ORDER BY Account.Name DESC NULLS LAST, LastName DESC LIMIT 1", [DIRK]),
    ("SELECT LastName FROM Contact ORDER BY Email NULLS", (MALFORMED, "unexpected token: '<EOF>'")),
    (C + "LastName IN (" + ", ".join(f"'x{i}'" for i in range(1000)) + ", 'Jansen')", [CAS]),
    (C + "(" * 40 + "LastName = 'Jansen'" + ")" * 40, [CAS]),
    # children
    ("SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'Acme'", ["Acme"]),
    (
        "SELECT Name, (SELECT Id FROM Persons) FROM Account",
        (TYPE, "Didn't understand relationship 'Persons'"),
    ),
    (
        "SELECT Name, (SELECT Nope FROM Contacts) FROM Account",
        (FIELD, "No such column 'Nope' on entity 'Contact'"),
    ),
]
