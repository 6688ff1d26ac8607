"""Results of SOAP calls that treat records one by one.

In: work on single records. Out: one result for each, in order. Source: SOAP API Developer Guide, "Error",
"DuplicateError".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.sandbox.salesforce.collections import ROLLED_BACK
from connector.sandbox.salesforce.errors import Problem, RecordError
from connector.sandbox.salesforce.http import check_row
from connector.sandbox.salesforce.soap.envelope import Fault
from connector.sandbox.salesforce.soap.service import SoapCall
from connector.sandbox.salesforce.soap.xml import NIL, Node
from connector.sandbox.salesforce.soql.rows import Json
from connector.sandbox.salesforce.undoing import trial

MOST = 200
Work = Callable[[], Json]
OnNode = Callable[[Node], Json]
OnId = Callable[[str], Json]


def few(items: Sequence[object], most: int = MOST) -> None:
    """Raises Fault for more than a call may hold."""
    if len(items) > most:
        text = f"record limit reached. cannot submit more than {most} records into this call"
        raise Fault("EXCEEDED_ID_LIMIT", text)


def each(call: SoapCall, work: Sequence[Work], blank: Json, all_or_none: bool = False) -> list[Json]:
    """One result for each piece of work; `blank` is what a failed one has besides its errors.

    An unknown type or field (ApiError) fails the whole call.
    """
    with trial(call.store.db) as tried:
        results = [_verdict(call, place, one, blank) for place, one in enumerate(work)]
        if all_or_none and not all(result["success"] for result in results):
            tried.undo()
    if not tried.undone:
        return results
    return [{**blank, **failure([ROLLED_BACK])} if r["success"] else r for r in results]


def _verdict(call: SoapCall, place: int, one: Work, blank: Json) -> Json:
    try:
        check_row(call.orders, place)
        with call.store.db.transaction():
            return {**one(), "success": True}
    except RecordError as error:
        return {**blank, **failure(error.problems)}


def failure(problems: Sequence[Problem]) -> Json:
    """The errors of a result that failed."""
    return {"errors": [_error(problem) for problem in problems], "success": False}


def _error(problem: Problem) -> Json:
    told: Json = {"fields": list(problem.fields), "message": problem.message, "statusCode": problem.code}
    duplicate = problem.more.get("duplicateResult") or problem.more.get("duplicateResut")
    if isinstance(duplicate, dict):
        return {"@xsi:type": "DuplicateError", "duplicateResult": _matches(duplicate), **told}
    return told


def _matches(duplicate: Mapping[str, object]) -> Json:
    """A duplicateResult with its records as sObjects."""
    results = duplicate["matchResults"]
    assert isinstance(results, list)
    return {**duplicate, "matchResults": [_with_sobjects(result) for result in results]}


def _with_sobjects(result: Mapping[str, Any]) -> Json:
    matches = [{**match, "record": _sobject(match["record"])} for match in result["matchRecords"]]
    return {**result, "matchRecords": matches}


def _sobject(record: Mapping[str, object]) -> Json:
    """A record of the REST API as SOAP shows it."""
    attributes = record["attributes"]
    assert isinstance(attributes, dict)
    plain = {
        name: NIL if value is None else value
        for name, value in record.items()
        if name != "attributes" and not isinstance(value, dict)
    }
    return {"type": attributes["type"], **plain}
