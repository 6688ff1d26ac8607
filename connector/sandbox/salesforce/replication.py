"""`/sobjects/X/updated` and `/sobjects/X/deleted`: which records changed or went in a span of time.

In: Calls with `start` and `end`. Out: ids and how far they can be relied on. Source: REST API Developer
Guide, "Get Updated" and "Get Deleted"; SOAP API Developer Guide, "getUpdated()" and "getDeleted()".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.moments import parse_datetime, stamp
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.sharing import and_seen

UPDATED_WINDOW, DELETED_WINDOW = timedelta(days=30), timedelta(days=15)
PURGE_EVERY_H = 2  # a job takes old entries out of the delete log


def updated(call: Call) -> Response:
    """GET /sobjects/X/updated?start=&end=: ids of living records, by SystemModstamp.

    Assumption: the start belongs to the span and the end does not.
    """
    kind = _replicated(call)
    start, end = _span(call, UPDATED_WINDOW)
    alive = '"IsDeleted" = 0' if kind.soft_delete else "1"
    sql = (
        f'SELECT "Id" FROM "{kind.name}" WHERE {alive} AND "{_clock_field(kind)}" >= ? '
        f'AND "{_clock_field(kind)}" < ?{and_seen(call.view)} ORDER BY _n'
    )
    ids = [found for (found,) in call.store.db.run(sql, (stamp(start), stamp(end)))]
    _check_count(call, len(ids))
    return answer({"ids": ids, "latestDateCovered": _covered(call, end)})


def deleted(call: Call) -> Response:
    """GET /sobjects/X/deleted?start=&end=: what lies in the recycle bin, merge losers too."""
    kind = _replicated(call)
    start, end = _span(call, DELETED_WINDOW)
    earliest = _earliest(call)
    if start < earliest:
        text = f"startDate before the earliest date available: {stamp(earliest)}"
        raise ApiError(400, "INVALID_REPLICATION_DATE", text)
    field = _clock_field(kind)
    gone = '"IsDeleted" = 1' if kind.soft_delete else "0"
    sql = (
        f'SELECT "Id", "{field}" FROM "{kind.name}" WHERE {gone} AND "{field}" >= ? '
        f'AND "{field}" < ?{and_seen(call.view)} ORDER BY _n'
    )
    found = call.store.db.run(sql, (stamp(start), stamp(end))).fetchall()
    _check_count(call, len(found))
    body = {
        "deletedRecords": [{"id": record_id, "deletedDate": moment} for record_id, moment in found],
        "earliestDateAvailable": stamp(earliest),
        "latestDateCovered": _covered(call, end),
    }
    return answer(body)


def _replicated(call: Call) -> ObjectType:
    """Assumption: the code for types that cannot be asked about."""
    kind = call.kind()
    if not kind.replicated:
        text = f"entity type {kind.name} is not replicateable"
        raise ApiError(400, "INVALID_TYPE_FOR_OPERATION", text)
    return kind


def _clock_field(kind: ObjectType) -> str:
    """SystemModstamp, else the next best stamp (SOAP API Developer Guide, "getUpdated()")."""
    names = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
    return next(name for name in names if name in kind.columns)


def _span(call: Call, window: timedelta) -> tuple[datetime, datetime]:
    """Both ends without their seconds. Assumption: the texts of the refusals."""
    start, end = _moment(call, "start"), _moment(call, "end")
    if start >= end:
        raise ApiError(
            400, "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate"
        )
    if start < call.store.clock.now().replace(second=0, microsecond=0) - window:
        text = f"startDate cannot be more than {window.days} days ago"
        raise ApiError(400, "INVALID_REPLICATION_DATE", text)
    return start, end


def _moment(call: Call, name: str) -> datetime:
    text = call.query.get(name)
    if text is None:
        raise ApiError(400, "MISSING_ARGUMENT", f"Missing required parameter: {name}")
    found = parse_datetime(text) if "T" in text.upper() else None
    if found is None:
        raise ApiError(400, "INVALID_FIELD", f"{name} is no valid date and time: {text}")
    return found.replace(second=0, microsecond=0)


def _covered(call: Call, end: datetime) -> str:
    """How far the answer can be relied on: never beyond the transactions that are still at work.

    Assumption: `replication_lag` is how long those take.
    """
    sure = call.store.clock.now().replace(second=0, microsecond=0) - call.store.replication_lag
    return stamp(min(end, sure))


def _earliest(call: Call) -> datetime:
    """From when on the delete log is whole: 15 days, cut to the last purge, unless it was trimmed before."""
    past = call.store.clock.now() - DELETED_WINDOW
    purged = past.replace(hour=past.hour - past.hour % PURGE_EVERY_H, minute=0, second=0, microsecond=0)
    trimmed = call.store.deletes_trimmed_to
    return max(purged, trimmed) if trimmed else purged


def _check_count(call: Call, count: int) -> None:
    if count > call.store.most_replicated:
        text = f"too many ids: at most {call.store.most_replicated} are answered; ask for a shorter time"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)
