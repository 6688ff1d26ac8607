"""`/query`, `/queryAll` and what `nextRecordsUrl` leads to.

In: Calls with SOQL. Out: pages of records. Source: REST API Developer Guide, "Query" and "Query More
Results".
"""

from __future__ import annotations

import re
import sqlite3
from zoneinfo import ZoneInfo

import orjson
from starlette.responses import Response

from connector.sandbox.salesforce import pages
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.setup_rows import refresh
from connector.sandbox.salesforce.soql.compile import compile_query
from connector.sandbox.salesforce.soql.parse import parse
from connector.sandbox.salesforce.soql.plan import Compiled
from connector.sandbox.salesforce.soql.rows import Json, aggregate_rows
from connector.sandbox.salesforce.soql.where import Today

_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(0r8\w{12,15})-(\d+)")


def query(call: Call) -> Response:
    """GET /query?q="""
    return answer(_first_page(call, include_deleted=False))


def query_all(call: Call) -> Response:
    """GET /queryAll?q=: rows in the recycle bin come along."""
    return answer(_first_page(call, include_deleted=True))


def tooling_query(call: Call) -> Response:
    """GET /tooling/query?q="""
    refresh(call.store, call.query.get("q", ""))
    page = _first_page(call, include_deleted=False, tooling=True)
    records = page["records"]
    assert isinstance(records, list)
    if len(records) > 1 and any("Metadata" in each or "FullName" in each for each in records):
        text = (
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify "
            f"no more than one row for retrieval. Result size: {len(records)}"
        )
        raise ApiError(400, "MALFORMED_QUERY", text)
    for each in records:
        if each.get("Metadata"):
            each["Metadata"] = orjson.loads(each["Metadata"])
    found = _FROM.search(call.query.get("q", ""))
    told = {"queryLocator": None, "entityTypeName": found[1] if found else None}
    return answer({"size": len(records), **page, **told})


def more(call: Call) -> Response:
    """GET /query/0r8…-2000"""
    match = _LOCATOR.fullmatch(call.parts["locator"])
    cursor = call.store.cursors.get(match[1], call.store.clock.now()) if match else None
    if match is None or cursor is None or int(match[2]) >= len(cursor.rows):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return answer(pages.page(call, cursor, match[1], int(match[2]), today(call)))


def today(call: Call) -> Today:
    """The present in the running user's zone, for date literals."""
    row = call.store.db.read(call.store.kind("User"), call.store.user)
    zone = str(row["TimeZoneSidKey"]) if row else "UTC"
    return Today(call.store.clock.now(), ZoneInfo(zone))


def _first_page(call: Call, include_deleted: bool, tooling: bool = False) -> Json:
    try:
        return _answered(call, call.query.get("q", ""), include_deleted, tooling)
    except (RecursionError, OverflowError, UnicodeError, sqlite3.Error) as error:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", f"Query is too complicated: {error}") from error


def _answered(call: Call, text: str, include_deleted: bool, tooling: bool) -> Json:
    compiled = compile_query(text, parse(text), call.view, today(call), include_deleted, tooling)
    if compiled.mode == "count":
        (total,) = call.store.db.run(compiled.sql, compiled.parameters).fetchone()
        return {"totalSize": total, "done": True, "records": []}
    if compiled.mode == "aggregate":
        return _aggregated(call, compiled)
    return pages.first(call, compiled, text, include_deleted, today(call))


def _aggregated(call: Call, compiled: Compiled) -> Json:
    rows = call.store.db.run(compiled.sql, compiled.parameters).fetchmany(pages.LARGEST + 1)
    if len(rows) > pages.LARGEST:
        text = (
            "Aggregate query does not support queryMore(), "
            "use LIMIT to restrict the results to a single batch"
        )
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)
    return {"totalSize": len(rows), "done": True, "records": aggregate_rows(compiled, rows)}
