"""Queries and change lists of Salesforce where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from assumptions.acts import Force, UnsureError, codes, equal, refused_with
from assumptions.base import Finding, assumes
from ground.base import Ground

PAGE = {"Sforce-Query-Options": "batchSize=200"}
STAMP = "%Y-%m-%dT%H:%M:%S+00:00"


@assumes("sf-not-in-blanks", "NOT IN finds blanks, as `!=` does")
def not_in_blanks(ground: Ground) -> Finding:
    force = Force(ground)
    lead = force.make("Lead")
    soql = f"SELECT Id FROM Lead WHERE Id = '{lead}' AND City NOT IN ('Gent')"
    return equal(len(force.side.rows(soql)), 1)


class Full:
    """An account with 201 contacts, made once: more than a page of the smallest size."""

    def __init__(self, ground: Ground) -> None:
        self.force = Force(ground)
        if "full account" not in ground.kept:
            account = self.force.make("Account")
            for count in (200, 1):
                rows = self.force.rows("Contact", count, AccountId=account)
                if any(codes(self.force.collection("POST", rows).json())):
                    raise UnsureError("not all contacts could be made")
            ground.kept["full account"] = account
        self.account = ground.kept["full account"]

    def query(self, soql: str) -> Any:
        return self.force.must("GET", "/query", params={"q": soql.format(self.account)}, headers=PAGE)


@assumes("sf-query-more-is-present", "queryMore shows values as they are when the page is asked for")
def query_more_is_present(ground: Ground) -> Finding:
    full = Full(ground)
    page = full.query("SELECT Id, Department FROM Contact WHERE AccountId = '{}' ORDER BY Id")
    if page["done"]:
        raise UnsureError("the result came in one page")
    last = full.force.side.rows(
        f"SELECT Id FROM Contact WHERE AccountId = '{full.account}' ORDER BY Id DESC LIMIT 1"
    )[0]["Id"]
    full.force.must("PATCH", f"/sobjects/Contact/{last}", {"Department": "Later"})
    rows = full.force.must("GET", page["nextRecordsUrl"])["records"]
    return equal(rows[-1]["Department"], "Later")


@assumes("sf-semi-join-words", "The words with which ORDER BY and LIMIT in a semi-join are refused")
def semi_join_words(ground: Ground) -> Finding:
    soql = "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)"
    answer = Force(ground).call("GET", "/query", params={"q": soql})
    words = "ORDER BY and LIMIT are not supported in semi join sub-selects"
    return refused_with(answer, 400, "MALFORMED_QUERY", words)


@assumes("sf-convert-currency", "convertCurrency() in an org with one currency: INVALID_FIELD")
def convert_currency(ground: Ground) -> Finding:
    soql = "SELECT convertCurrency(AnnualRevenue) FROM Lead LIMIT 1"
    return refused_with(Force(ground).call("GET", "/query", params={"q": soql}), 400, "INVALID_FIELD")


def changed(force: Force, start: datetime, end: datetime) -> Any:
    span = {"start": start.strftime(STAMP), "end": end.strftime(STAMP)}
    return force.must("GET", "/sobjects/Lead/updated", params=span)["ids"]


@assumes("sf-changes-span", "getUpdated and getDeleted: the start belongs to the span, the end does not")
def changes_span(ground: Ground) -> Finding:
    force, minute = Force(ground), timedelta(minutes=1)
    lead = force.make("Lead")
    stamp = datetime.fromisoformat(force.read("Lead", lead, "SystemModstamp")[0])
    start = stamp.replace(second=0)
    inside = ground.eventually(lambda: lead in changed(force, start, start + minute), lambda found: found)
    return equal((inside, lead in changed(force, start - minute, start)), (True, False))


@assumes("sf-changes-without-end", "getUpdated without an end: MISSING_ARGUMENT, and the wording")
def changes_without_end(ground: Ground) -> Finding:
    answer = Force(ground).call("GET", "/sobjects/Lead/updated", params={"start": "2030-01-31T10:00:00Z"})
    return refused_with(answer, 400, "MISSING_ARGUMENT", "Missing required parameter: end")


@assumes("sf-changes-unreadable", "getUpdated with an unreadable moment: INVALID_FIELD, and the wording")
def changes_unreadable(ground: Ground) -> Finding:
    span = {"start": "yesterday", "end": "today"}
    answer = Force(ground).call("GET", "/sobjects/Lead/updated", params=span)
    return refused_with(answer, 400, "INVALID_FIELD", "start is no valid date and time: yesterday")


@assumes(
    "sf-changes-wrong-order",
    "getUpdated with its ends the wrong way round: INVALID_REPLICATION_DATE, the wording",
)
def changes_wrong_order(ground: Ground) -> Finding:
    span = {"start": "2030-01-31T10:00:00Z", "end": "2030-01-30T10:00:00Z"}
    answer = Force(ground).call("GET", "/sobjects/Lead/updated", params=span)
    return refused_with(answer, 400, "INVALID_REPLICATION_DATE", "at least one minute before endDate")


@assumes("sf-changes-without-log", "getUpdated of a type that keeps no log: INVALID_TYPE_FOR_OPERATION")
def changes_without_log(ground: Ground) -> Finding:
    force = Force(ground)
    end = datetime.fromisoformat(force.read("Lead", force.make("Lead"), "SystemModstamp")[0])
    span = {"start": (end - timedelta(hours=1)).strftime(STAMP), "end": end.strftime(STAMP)}
    answer = force.call("GET", "/sobjects/FieldPermissions/updated", params=span)
    return refused_with(answer, 400, "INVALID_TYPE_FOR_OPERATION")
