"""Conditional headers: a record is only read if it changed, or only changed if nobody else did.

In: Calls and the record's row. Out: 304, 412, or nothing to object. Source: REST API Developer Guide,
"Conditional Request Headers": dates count for every record, to the second; entity tags for accounts only.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call
from connector.sandbox.salesforce.moments import read_stamp
from connector.sandbox.salesforce.schema import ObjectType, Row


def entity_tag(kind: ObjectType, row: Row) -> str | None:
    """The tag of this state of an account; None for other types."""
    if kind.name != "Account":
        return None
    state = f"{row['Id']} {row['SystemModstamp']} {row['LastModifiedDate']}"
    return f'"{base64.b64encode(hashlib.sha1(state.encode(), usedforsecurity=False).digest()).decode()}"'


def is_unchanged(call: Call, kind: ObjectType, row: Row) -> bool:
    """Whether a reader who named a date or a tag has this state already (304)."""
    tag, known = entity_tag(kind, row), call.headers.get("if-none-match")
    if tag is not None and known is not None:
        return _names(known, tag)
    since = _http_date(call, "if-modified-since")
    return since is not None and read_stamp(str(row.get("LastModifiedDate") or row["CreatedDate"])) <= since


def check_unmodified(call: Call, kind: ObjectType, row: Row) -> None:
    """Raises 412 when the state is not the one that was named. Assumption: the body of the 412."""
    tag, wanted = entity_tag(kind, row), call.headers.get("if-match")
    if tag is not None and wanted is not None and not _names(wanted, tag):
        raise ApiError(412, "PRECONDITION_FAILED", "The record does not have the given entity tag")
    limit = _http_date(call, "if-unmodified-since")
    if limit is not None and read_stamp(str(row["LastModifiedDate"])) > limit:
        raise ApiError(412, "PRECONDITION_FAILED", "The record was modified after the given date")


def _names(header: str, tag: str) -> bool:
    """Whether a list of tags holds this one; compressed answers carry it with a suffix."""
    listed = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in listed or tag in [each.replace('-gzip"', '"') for each in listed]


def _http_date(call: Call, header: str) -> datetime | None:
    text = call.headers.get(header)
    if text is None:
        return None
    try:
        parsed = parsedate_to_datetime(text)
    except ValueError as error:
        if call.method == "GET":
            return None
        raise ApiError(400, "INVALID_HEADER", f"{header} is no HTTP date: {text}") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
