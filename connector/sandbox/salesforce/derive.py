"""What Salesforce works out by itself when a record is written.

In: the row as it will be stored, the row before (None for a new one), the names of the fields that the writer
gave, and the org's stages. Out: the same row, completed. Pure: `now` is part of the row's own stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta

from connector.sandbox.salesforce.moments import read_stamp, stamp
from connector.sandbox.salesforce.schema import Row, Value


@dataclass(slots=True)  # not frozen: one is made for each record written
class Known:
    """What the rules look up: opportunity stages by name, the accounts of records that a task points to."""

    stages: Mapping[str, Row]
    account_of: Callable[[Value], Value]


def complete(type_name: str, row: Row, before: Row | None, given: Set[str], known: Known) -> Row:
    """Fills the fields that nobody writes directly."""
    rule = _RULES.get(type_name)
    if rule is not None:
        rule(row, before, given, known)
    return row


def full_name(row: Row) -> str:
    """`First Last`, without the salutation, as the API shows `Name`."""
    return " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))


def _person(row: Row, before: Row | None, _given: Set[str], _known: Known) -> None:
    row["Name"] = full_name(row) or None
    if before is not None and before.get("Email") != row.get("Email") and "EmailBouncedDate" in row:
        row["EmailBouncedDate"] = row["EmailBouncedReason"] = None
    if "IsEmailBounced" in row:
        row["IsEmailBounced"] = row.get("EmailBouncedReason") is not None


def _opportunity(row: Row, before: Row | None, given: Set[str], known: Known) -> None:
    moved = before is None or before["StageName"] != row["StageName"]
    stage = known.stages.get(str(row["StageName"]).lower())
    if stage is not None and moved:
        if "Probability" not in given or row["Probability"] is None:
            row["Probability"] = stage["DefaultProbability"]
        if "ForecastCategoryName" not in given:
            row["ForecastCategoryName"] = stage["ForecastCategoryName"]
    row["IsClosed"] = bool(stage and stage["IsClosed"])
    row["IsWon"] = bool(stage and stage["IsWon"])
    row["ForecastCategoryName"] = row.get("ForecastCategoryName") or "Pipeline"
    row["ForecastCategory"] = str(row["ForecastCategoryName"]).replace(" ", "")
    if moved:
        row["LastStageChangeDate"] = None if before is None else row["LastModifiedDate"]
    _forecast(row)


def _forecast(row: Row) -> None:
    """Amounts and fiscal periods; the fiscal year is the calendar year."""
    amount, probability = row.get("Amount"), row.get("Probability")
    known = isinstance(amount, int | float) and isinstance(probability, int | float)
    row["ExpectedRevenue"] = round(amount * probability / 100, 2) if known else None  # type: ignore[operator]
    year, month = int(str(row["CloseDate"])[:4]), int(str(row["CloseDate"])[5:7])
    row["FiscalYear"], row["FiscalQuarter"] = year, (month + 2) // 3
    row["Fiscal"] = f"{year} {row['FiscalQuarter']}"


def _task(row: Row, before: Row | None, _given: Set[str], known: Known) -> None:
    row["IsClosed"] = row["Status"] == "Completed"
    row["IsHighPriority"] = row["Priority"] == "High"
    row["AccountId"] = known.account_of(row.get("WhatId")) or known.account_of(row.get("WhoId"))
    was_closed = bool(before and before["IsClosed"])
    if row["IsClosed"] != was_closed:
        row["CompletedDateTime"] = row["LastModifiedDate"] if row["IsClosed"] else None


def _event(row: Row, before: Row | None, given: Set[str], known: Known) -> None:
    """Start, end and length agree; an all-day event has a date and no times."""
    row["AccountId"] = known.account_of(row.get("WhatId")) or known.account_of(row.get("WhoId"))
    if row["IsAllDayEvent"]:
        _all_day(row, before, given)
        return
    moved = "ActivityDateTime" in given and "StartDateTime" not in given
    start = row["ActivityDateTime"] if moved or row["StartDateTime"] is None else row["StartDateTime"]
    ends = "EndDateTime" in given and row["EndDateTime"] is not None and "DurationInMinutes" not in given
    begin = read_stamp(str(start))
    minutes = timedelta(minutes=int(row["DurationInMinutes"] or 0))
    end = read_stamp(str(row["EndDateTime"])) if ends else begin + minutes
    end = end if end >= begin else begin + minutes
    row["StartDateTime"] = row["ActivityDateTime"] = stamp(begin)
    row["EndDateTime"] = stamp(end)
    row["DurationInMinutes"] = int((end - begin).total_seconds() // 60)
    row["ActivityDate"] = str(start)[:10]


def _all_day(row: Row, before: Row | None, given: Set[str]) -> None:
    """Assumption: an all-day event lasts one day unless an end is given."""
    date = row["ActivityDate"] if "ActivityDate" in given or before else None
    date = date or str(row["StartDateTime"] or row["ActivityDateTime"])[:10]
    row["ActivityDate"] = date
    row["StartDateTime"] = f"{date}T00:00:00.000+0000"
    row["ActivityDateTime"] = None
    row["EndDateTime"] = row["EndDateTime"] or row["StartDateTime"]
    row["DurationInMinutes"] = 1440


_RULES: Mapping[str, Callable[[Row, Row | None, Set[str], Known], None]] = {
    "Lead": _person,
    "Contact": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _event,
}
