"""`/query`, `/queryAll` and what `nextRecordsUrl` leads to.

In: Calls with SOQL. Out: pages of records. Source: REST API Developer Guide, "Query" and "Query More
Results".
"""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import orjson
from starlette.responses import Response

from connector.sandbox.salesforce.cursors import Cursor
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.soql.children import ChildQuery, of_parents
from connector.sandbox.salesforce.soql.compile import compile_query
from connector.sandbox.salesforce.soql.parse import parse
from connector.sandbox.salesforce.soql.plan import Compiled
from connector.sandbox.salesforce.soql.rows import Json, Raw, aggregate_rows, record_shaper
from connector.sandbox.salesforce.soql.tree import Query
from connector.sandbox.salesforce.soql.where import Today

SMALLEST_BATCH, LARGEST_BATCH = 200, 2000
_BATCH = re.compile(r"batchsize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(0r8\w{12,15})-(\d+)")


def query(call: Call) -> Response:
    """GET /query?q="""
    return answer(_first_page(call, include_deleted=False))


def query_all(call: Call) -> Response:
    """GET /queryAll?q=: rows in the recycle bin come along."""
    return answer(_first_page(call, include_deleted=True))


def tooling_query(call: Call) -> Response:
    """GET /tooling/query?q="""
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
    return answer({"size": len(records), **page, "queryLocator": None, "entityTypeName": "CustomField"})


def more(call: Call) -> Response:
    """GET /query/0r8…-2000"""
    match = _LOCATOR.fullmatch(call.parts["locator"])
    cursor = call.store.cursors.get(match[1], call.store.clock.now()) if match else None
    if match is None or cursor is None or int(match[2]) >= len(cursor.rows):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    start = int(match[2])
    numbers = cursor.rows[start : start + _batch_size(call)]
    rows = _rows_numbered(call, cursor.query, numbers)
    return answer(_page(call, cursor.query, rows, len(cursor.rows), match[1], start + len(numbers)))


def _batch_size(call: Call) -> int:
    match = _BATCH.search(call.headers.get("sforce-query-options", ""))
    return min(max(int(match[1]), SMALLEST_BATCH), LARGEST_BATCH) if match else LARGEST_BATCH


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
    return _found(call, compiled, text, include_deleted)


def _aggregated(call: Call, compiled: Compiled) -> Json:
    rows = call.store.db.run(compiled.sql, compiled.parameters).fetchmany(LARGEST_BATCH + 1)
    if len(rows) > LARGEST_BATCH:
        text = (
            "Aggregate query does not support queryMore(), "
            "use LIMIT to restrict the results to a single batch"
        )
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)
    return {"totalSize": len(rows), "done": True, "records": aggregate_rows(compiled, rows)}


def _found(call: Call, compiled: Compiled, text: str, include_deleted: bool) -> Json:
    batch = _batch_size(call)
    rows = call.store.db.run(compiled.sql, compiled.parameters).fetchmany(batch + 1)
    if len(rows) <= batch:
        page = _page(call, compiled, rows, len(rows), None, 0)
    else:
        found = call.store.db.run(compiled.numbers_sql, compiled.parameters).fetchall()
        numbers = array("q", (number for (number,) in found))
        locator = call.store.cursors.add(Cursor(compiled, numbers, call.store.clock.now()))
        page = _page(call, compiled, rows[:batch], len(numbers), locator, batch)
    for child in compiled.children:
        _add_children(call, page, child, text, include_deleted)
    return page


def _page(
    call: Call, compiled: Compiled, rows: Sequence[Raw], total: int, locator: str | None, reached: int
) -> Json:
    done = locator is None or reached >= total
    page: Json = {"totalSize": total, "done": done}
    if not done:
        page["nextRecordsUrl"] = f"{call.base}/query/{locator}-{reached}"
    page["records"] = record_shaper(compiled, call.base)(rows)
    return page


def _rows_numbered(call: Call, compiled: Compiled, numbers: array[int]) -> list[Raw]:
    """The rows of these numbers in their order, with the values they have now."""
    wanted: list[Value] = [orjson.dumps(list(numbers)).decode()]
    found = {row[0]: row for row in call.store.db.run(compiled.page_sql, wanted).fetchall()}
    return [found[number] for number in numbers if number in found]


def _add_children(call: Call, page: Json, child: ChildQuery, text: str, include_deleted: bool) -> None:
    """Puts each parent's children into its row, as a result of their own; null where there are none."""
    records = page["records"]
    assert isinstance(records, list)
    ids = [str(each["attributes"]["url"]).rsplit("/", 1)[1] for each in records]
    children = _children(call, child, ids, text, include_deleted) if ids else {}
    for each, record_id in zip(records, ids, strict=True):
        own = children.get(record_id, [])[: child.query.limit]
        each[child.name] = {"totalSize": len(own), "done": True, "records": own} if own else None


def _children(
    call: Call, child: ChildQuery, ids: list[str], text: str, include_deleted: bool
) -> dict[str, list[Json]]:
    statement: Query = of_parents(child, ids)
    compiled = compile_query(text, statement, call.view, today(call), include_deleted)
    compiled.columns.append(f'{compiled.columns[0].split(".")[0]}."{child.reference}"')
    rows = call.store.db.run(compiled.sql, compiled.parameters).fetchall()
    shaped = record_shaper(compiled, call.base)(rows)
    by_parent: dict[str, list[Json]] = {}
    for row, each in zip(rows, shaped, strict=True):
        by_parent.setdefault(str(row[-1]), []).append(each)
    return by_parent
