"""Finding HubSpot records for lists: a page at a time, in any order, with the values they have now.

Enters: an object type and what the list is asked for. Leaves: rows and how many there are. It only reads, and
not through the search index, which may be late.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.search_match import QUERIED
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.ui import words
from connector.sandbox.ui.nouns import Asked

Condition = tuple[str, list[Any]]
_COLUMNS = {
    "createdate": "created",
    "hs_createdate": "created",
    "lastmodifieddate": "modified",
    "hs_lastmodifieddate": "modified",
    "hs_object_id": "id",
}
"""Properties that are kept in a column of their own."""


def found(store: HubSpotStore, type: str, asked: Asked) -> tuple[int, list[Row]]:
    """How many records answer, and those of the page asked for. Merged ones are in no list."""
    where, parameters = _condition(type, asked)
    total = int(store.db.scalar(f"SELECT count(*) FROM records WHERE {where}", *parameters))
    order, more = _order(store.schema.find(type, asked.sort) if asked.sort else None, asked)
    sql = f"SELECT id FROM records WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
    ids = [each for (each,) in store.db.rows(sql, *parameters, *more, asked.size, asked.offset)]
    rows = store.records.get_many(type, ids)
    return total, [rows[each] for each in ids if each in rows]


def _condition(type: str, asked: Asked) -> Condition:
    state = "archived IS NOT NULL AND merged_into IS NULL" if asked.deleted else "archived IS NULL"
    parts, parameters = ["type = ?", state], [type]
    for patterns in words.patterns(asked.search):
        ways = [(f'$."{name}"', pattern) for name in QUERIED[type] for pattern in patterns]
        parts.append("(" + " OR ".join(["json_extract(props, ?) LIKE ? ESCAPE '\\'"] * len(ways)) + ")")
        parameters += [each for way in ways for each in way]
    return " AND ".join(parts), parameters


def _order(by: Property | None, asked: Asked) -> Condition:
    """The order and its parameters; blanks come last. Without a wish: the latest change first."""
    way = "DESC" if asked.down else "ASC"
    if by is None:
        return "modified DESC, id DESC", []
    if by.name in _COLUMNS:
        return f"{_COLUMNS[by.name]} {way}, id", []
    path = f'$."{by.name}"'
    value = "json_extract(props, ?)"
    key = f"CAST({value} AS REAL)" if by.type == "number" else f"{value} COLLATE NOCASE"
    return f"{value} IS NULL, {key} {way}, id", [path, path]
