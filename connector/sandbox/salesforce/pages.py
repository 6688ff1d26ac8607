"""Pages of a query's result, with the children inside their parents.

In: Calls, compiled queries, open cursors. Out: JSON of one page. Source: REST API Developer Guide, "Query
Options Header": child records count for the batch; nobody may rely on the size that was asked for.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

import orjson

from connector.sandbox.salesforce.cursors import Cursor
from connector.sandbox.salesforce.http import Call
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.soql.children import ChildQuery, of_parents
from connector.sandbox.salesforce.soql.compile import compile_query
from connector.sandbox.salesforce.soql.plan import Compiled
from connector.sandbox.salesforce.soql.rows import Json, Raw, record_shaper
from connector.sandbox.salesforce.soql.where import Today

SMALLEST, LARGEST = 200, 2000
_BATCH = re.compile(r"batchsize\s*=\s*(\d+)", re.IGNORECASE)

Family = list[tuple[int, Json]]
"""The children of one parent: row number and record."""


def size(call: Call) -> int:
    """How many rows a page has: what was asked for within limits, or what the org has decided."""
    match = _BATCH.search(call.headers.get("sforce-query-options", ""))
    asked = min(max(int(match[1]), SMALLEST), LARGEST) if match else LARGEST
    most = call.store.page_rows
    return asked if most is None else min(asked, most)


def first(call: Call, compiled: Compiled, text: str, include_deleted: bool, today: Today) -> Json:
    """The first page; the whole result is only numbered when it has more pages."""
    if not compiled.children:
        batch = size(call)
        rows = call.store.db.run(compiled.sql, compiled.parameters).fetchmany(batch + 1)
        if len(rows) <= batch:
            return _page(call, record_shaper(compiled, call.base)(rows), len(rows), None, len(rows))
    found = call.store.db.run(compiled.numbers_sql, compiled.parameters).fetchall()
    numbers = array("q", (number for (number,) in found))
    cursor = Cursor(compiled, numbers, call.store.clock.now(), text, include_deleted)
    return page(call, cursor, None, 0, today)


def page(call: Call, cursor: Cursor, locator: str | None, start: int, today: Today) -> Json:
    """The page that begins at this row of an open result. A result without a locator is not open yet."""
    batch = size(call)
    numbers = cursor.rows[start : start + batch]
    rows = _rows_numbered(call, cursor.query, numbers)
    children = [(child, _families(call, cursor, child, rows, today)) for child in cursor.query.children]
    room = _room([1 + sum(len(families[n]) for _, families in children) for n in range(len(rows))], batch)
    reached = len(numbers) if room == len(rows) else numbers.index(int(str(rows[room][0])))
    records = record_shaper(cursor.query, call.base)(rows[:room])
    for child, families in children:
        for record, family in zip(records, families, strict=False):
            record[child.name] = _family(call, cursor, child, family, batch, today)
    return _page(call, records, len(cursor.rows), locator, start + reached, cursor)


def _page(
    call: Call,
    records: list[Json],
    total: int,
    locator: str | None,
    reached: int,
    cursor: Cursor | None = None,
) -> Json:
    told: Json = {"totalSize": total, "done": reached >= total}
    if reached < total and cursor is not None:
        locator = locator or call.store.cursors.add(cursor)
        told["nextRecordsUrl"] = f"{call.base}/query/{locator}-{reached}"
    return {**told, "records": records}


def _rows_numbered(call: Call, compiled: Compiled, numbers: array[int]) -> list[Raw]:
    """The rows of these numbers in their order, with the values they have now."""
    wanted: list[Value] = [orjson.dumps(list(numbers)).decode()]
    found = {row[0]: row for row in call.store.db.run(compiled.page_sql, wanted).fetchall()}
    return [found[number] for number in numbers if number in found]


# children


def _room(sizes: Sequence[int], batch: int) -> int:
    """How many parents fit on a page with their children: one at least."""
    taken = 0
    for place, taken_here in enumerate(sizes):
        taken += taken_here
        if taken > batch and place:
            return place
    return len(sizes)


def _families(
    call: Call, cursor: Cursor, child: ChildQuery, rows: Sequence[Raw], today: Today
) -> list[Family]:
    """The children of each of these parents."""
    compiled = _of(call, cursor, child, [str(row[1]) for row in rows], today)
    found = call.store.db.run(compiled.sql, compiled.parameters).fetchall() if rows else []
    by_parent: dict[str, Family] = {}
    for raw, record in zip(found, record_shaper(compiled, call.base)(found), strict=True):
        by_parent.setdefault(str(raw[-1]), []).append((int(raw[0]), record))
    return [by_parent.get(str(row[1]), [])[: child.query.limit] for row in rows]


def _of(call: Call, cursor: Cursor, child: ChildQuery, ids: list[str], today: Today) -> Compiled:
    """The query for the children of these parents; its last column is whose they are."""
    compiled = compile_query(cursor.text, of_parents(child, ids), call.view, today, cursor.include_deleted)
    compiled.columns.append(f'{compiled.columns[0].split(".")[0]}."{child.reference}"')
    return compiled


def _family(
    call: Call, cursor: Cursor, child: ChildQuery, family: Family, batch: int, today: Today
) -> Json | None:
    """A result of its own, null without children; what does not fit comes with a locator of its own."""
    if not family:
        return None
    shown = [record for _, record in family[: batch - 1]]
    if len(shown) == len(family):
        return _page(call, shown, len(family), None, len(shown))
    numbers = array("q", (number for number, _ in family))
    own = Cursor(
        _of(call, cursor, child, [], today), numbers, cursor.opened, cursor.text, cursor.include_deleted
    )
    return _page(call, shown, len(family), None, len(shown), own)
