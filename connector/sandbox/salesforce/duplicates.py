"""Duplicate rules: a record that looks like another one is warned about, or refused.

In: an org's rules, the row about to be stored, the options of the request. Out: DUPLICATES_DETECTED, which
names the matches only where a rule says so: many real answers do not. Source: REST API Developer Guide,
"Duplicate Rule Header"; SOAP API Developer Guide, "DuplicateResult"; the misspelled key is in recorded
answers up to v51. Assumption: from v52 on it is spelled right; the header only helps against alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector.sandbox.salesforce.automation import DuplicateRule
from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.errors import Problem, RecordError
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row, Value
from connector.sandbox.salesforce.show import record

HEADER_SINCE = 52


@dataclass(frozen=True, slots=True)
class Options:
    """What Sforce-Duplicate-Rule-Header asks for; `base` and `version` are those of the request."""

    allow_save: bool = False
    details: bool = False
    as_current_user: bool = False
    version: int = HEADER_SINCE
    base: str = ""


def options(header: str, version: int, base: str) -> Options:
    """Reads the header; older versions do not know it."""
    words = header.replace(" ", "").lower().split(";") if version >= HEADER_SINCE else []
    return Options(
        allow_save="allowsave=true" in words,
        details="includerecorddetails=true" in words,
        as_current_user="runascurrentuser=true" in words,
        version=version,
        base=base,
    )


def check(
    org: Org, view: View, wanted: Options, kind: ObjectType, row: Row, changed: Mapping[str, Value]
) -> None:
    """Raises RecordError when a rule finds this row to be a duplicate. `changed` names what is written."""
    for rule in org.duplicate_rules:
        if rule.type != kind.name or not changed.keys() & set(rule.fields):
            continue
        if wanted.allow_save and rule.action == "alert":
            continue
        matches = list(_matches(org, view, wanted, rule, row))
        if matches:
            raise RecordError([_problem(view, wanted, rule, matches)])


def _matches(
    org: Org, view: View, wanted: Options, rule: DuplicateRule, row: Row
) -> Iterator[tuple[ObjectType, list[Row]]]:
    """The records of each type that agree in every field of the rule; blanks never do."""
    values = [row.get(name) for name in rule.fields]
    if None in values:
        return
    for name in rule.against or (rule.type,):
        kind = org.kind(name)
        same = " AND ".join(f'"{field}" = ?' for field in rule.fields)
        where = f'"IsDeleted" = 0 AND "Id" IS NOT ? AND {same}'
        found = list(org.db.find(kind, where, row.get("Id"), *values))
        if wanted.as_current_user:
            found = [each for each in found if each["Id"] not in view.hidden_rows]
        if found:
            yield kind, found


def _problem(
    view: View, wanted: Options, rule: DuplicateRule, matches: list[tuple[ObjectType, list[Row]]]
) -> Problem:
    if not rule.show_matches:
        return Problem("DUPLICATES_DETECTED", rule.message)
    result = {
        "allowSave": rule.action == "alert",
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": rule.type,
        "errorMessage": rule.message,
        "matchResults": [_result(view, wanted, rule, kind, found) for kind, found in matches],
    }
    key = "duplicateResult" if wanted.version >= HEADER_SINCE else "duplicateResut"
    return Problem("DUPLICATES_DETECTED", rule.message, more={key: result})


def _result(
    view: View, wanted: Options, rule: DuplicateRule, kind: ObjectType, found: list[Row]
) -> dict[str, object]:
    seen = view.find(kind.name) or kind
    fields = seen.fields if wanted.details else ()
    shown = [record(seen, row, fields, wanted.base) for row in found]
    return {
        "entityType": kind.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": [
            {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": each}
            for each in shown
        ],
        "rule": f"{rule.name}_Matching",
        "size": len(shown),
        "success": True,
    }
