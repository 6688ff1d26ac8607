"""The search route: an index that may be late, in front of the records.

What enters: a search body. What leaves: a page of records with the total. Matching uses the index as it was
`index_lag_s` ago; the values shown are the present ones.
Source: HubSpot developers, "Search the CRM"; client trackers on rows newer than their index entry.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import CREATED_PROPERTY, MODIFIED_PROPERTY
from connector.sandbox.hubspot.derived import COMPUTED, value_of
from connector.sandbox.hubspot.objects import known, record_json
from connector.sandbox.hubspot.records import Row, row_from
from connector.sandbox.hubspot.search_match import matches
from connector.sandbox.hubspot.search_query import Filter, Query, parse
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import comparable

_FEW = 2_000
_SIGNS = {"EQ": "=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_INDEXED_TEXT = {("companies", "domain"), ("companies", "name")}
_COLUMNS = "id, props, created, modified, archived, origin, merged_into"
Condition = tuple[str, list[Any], bool]
"""SQL, its parameters, and whether it says exactly what the filter says (else it only narrows)."""


def search(call: Call) -> Reply:
    """POST search."""
    object_type, store = call.object_type(), call.store
    query = parse(store.schema, object_type, call.raw, call.body())
    total, ids = find(store, object_type, query)
    rows = store.records.get_many(object_type, ids)
    names = known(store, object_type, query.properties)
    shown = [rows[each] for each in ids if each in rows and rows[each].archived is None]
    end = query.offset + query.limit
    paging = {"paging": {"next": {"after": str(end)}}} if end < total else {}
    return Reply(200, {"total": total, "results": [record_json(row, names) for row in shown], **paging})


def find(store: HubSpotStore, object_type: str, query: Query) -> tuple[int, list[int]]:
    """How many records answer, and the ids of the page asked for."""
    with store.db.lock:
        table = store.records.index_table(store.now_ms())
        where, params, exact = _where(object_type, query, late=table == "indexed")
        column = is_stamp(object_type, query.sort[0])
        if exact and column is not None and not query.text:
            return _by_sql(store, table, where, params, query, column)
        rows = store.db.rows(f"SELECT {_COLUMNS} FROM {table} WHERE {where}", *params)
        return _by_hand(store, object_type, query, [row_from(object_type, row) for row in rows])


def _by_sql(
    store: HubSpotStore, table: str, where: str, params: list[Any], query: Query, column: str
) -> tuple[int, list[int]]:
    """The index on the modification date holds the ids too: it counts, and finds few among many, best."""
    way = "DESC" if query.sort[1] else "ASC"
    hint = f"INDEXED BY {table}_modified" if _needs_only_dates(query) else ""
    total = _count(store, f"SELECT count(*) FROM {table} {hint} WHERE {where}", params)
    hint = hint if total <= _FEW else ""
    sql = f"SELECT id FROM {table} {hint} WHERE {where} ORDER BY {column} {way}, id LIMIT ? OFFSET ?"
    return total, [row[0] for row in store.db.rows(sql, *params, query.limit, query.offset)]


def _count(store: HubSpotStore, sql: str, params: list[Any]) -> int:
    """Counted once for all pages of a search, as long as nothing changes."""
    key = (store.db.changes(), sql, *params)
    if store.counted[0] != key:
        store.counted = (key, int(store.db.scalar(sql, *params)))
    return store.counted[1]


def _needs_only_dates(query: Query) -> bool:
    names = {rule.name for group in query.groups for rule in group}
    return names <= {"hs_object_id", *MODIFIED_PROPERTY.values()}


def _by_hand(store: HubSpotStore, object_type: str, query: Query, rows: list[Row]) -> tuple[int, list[int]]:
    def associated(record_id: int, other: str) -> set[str]:
        return {str(each) for each in store.edges.of(object_type, record_id, other)}

    found = sorted((row for row in rows if matches(query, row, associated)), key=lambda row: row.id)
    name, down = query.sort
    keys: dict[int, Any] = {row.id: _sort_key(store, row, name) for row in found}
    filled = [row.id for row in found if keys[row.id] is not None]
    blank = [row.id for row in found if keys[row.id] is None]
    filled.sort(key=lambda each: keys[each], reverse=down)
    ordered = [*filled, *blank]
    return len(ordered), ordered[query.offset : query.offset + query.limit]


def _sort_key(store: HubSpotStore, row: Row, name: str) -> Any:
    """Assumption: blanks come last in both directions."""
    definition, text = store.schema.find(row.type, name), value_of(row, name)
    return None if text is None or definition is None else comparable(definition, text)


def _where(object_type: str, query: Query, late: bool) -> tuple[str, list[Any], bool]:
    """A condition that no matching record fails; exact when it needs no second look."""
    base = f"type = '{object_type}' AND archived IS NULL"
    if not query.groups:
        return base, [], True
    parts: list[str] = []
    params: list[Any] = []
    exact = True
    for group in query.groups:
        conditions = [_condition(object_type, rule, late) for rule in group]
        useful = [each for each in conditions if each is not None]
        exact = exact and len(useful) == len(conditions) and all(each[2] for each in useful)
        if not useful:
            return base, [], False
        parts.append("(" + " AND ".join(each[0] for each in useful) + ")")
        params += [value for each in useful for value in each[1]]
    return f"{base} AND ({' OR '.join(parts)})", params, exact


def _condition(object_type: str, rule: Filter, late: bool) -> Condition | None:
    if rule.association is not None:
        return _association_condition(object_type, rule)
    column = is_stamp(object_type, rule.name)
    if column is not None:
        return _column_condition(column, rule)
    if rule.operator == "EQ" and rule.values[0].isascii() and (object_type, rule.name) in _INDEXED_TEXT:
        return f"lower(json_extract(props, '$.{rule.name}')) = ?", [rule.values[0].lower()], True
    definition = rule.definition
    unique = definition is not None and (
        definition.unique or (object_type, rule.name) == ("contacts", "email")
    )
    if rule.operator in ("EQ", "IN") and unique and not late:
        return _unique_condition(object_type, rule)
    return None if unique else _text_condition(rule)


def _text_condition(rule: Filter) -> Condition | None:
    """Narrows by the stored JSON text, which is compact (`"city":"Gent"`). LIKE ignores ASCII case."""
    definition = rule.definition
    if definition is None or definition.calculated or rule.name in COMPUTED:
        return None
    if rule.operator == "HAS_PROPERTY":
        return "instr(props, ?)", [f'"{rule.name}":'], False
    plain = definition.type in ("string", "enumeration", "bool") and not definition.multiple
    if rule.operator not in ("EQ", "IN") or not plain or not all(_is_plain(each) for each in rule.values):
        return None
    patterns = [f'%"{rule.name}":"{value}"%' for value in rule.values]
    return "(" + " OR ".join(["props LIKE ?"] * len(patterns)) + ")", list(patterns), False


def _is_plain(value: str) -> bool:
    """Whether a text is the same in JSON and means nothing to LIKE (an underscore only widens)."""
    return value.isascii() and value.isprintable() and not set(value) & {'"', "\\", "%"}


def _column_condition(column: str, rule: Filter) -> Condition | None:
    assert rule.definition is not None
    values = [comparable(rule.definition, value) for value in rule.values]
    numbers = [int(value) for value in values if value is not None and int(value) == value]
    if len(numbers) != len(values) or any(abs(each) > 2**62 for each in numbers):
        return None
    if rule.operator == "BETWEEN":
        return f"{column} BETWEEN ? AND ?", list(numbers), True
    if rule.operator == "IN":
        return f"{column} IN ({','.join('?' * len(numbers))})", list(numbers), True
    sign = _SIGNS.get(rule.operator)
    return (f"{column} {sign} ?", list(numbers), True) if sign else None


def _unique_condition(object_type: str, rule: Filter) -> Condition:
    """Narrows by the table of unique values; letter case is looked at afterwards."""
    marks = ",".join("?" * len(rule.values))
    value = "value" if rule.name == "email" else "lower(value)"
    holders = f"SELECT id FROM uniques WHERE type = '{object_type}' AND name = ? AND {value} IN ({marks})"
    sql = f"id IN ({holders})"
    return sql, [rule.name, *(value.lower() for value in rule.values)], False


def _association_condition(object_type: str, rule: Filter) -> Condition:
    ids = [int(value) for value in rule.values if value.isascii() and value.isdigit() and len(value) < 18]
    marks = ",".join("?" * len(ids))
    sql = (
        f"id IN (SELECT to_id FROM edges WHERE from_type = '{rule.association}' "
        f"AND to_type = '{object_type}' AND from_id IN ({marks}))"
    )
    return sql, list(ids), True


def is_stamp(object_type: str, name: str) -> str | None:
    """The column of a property that is kept in one: id, created or modified."""
    stamps = {CREATED_PROPERTY[object_type]: "created", MODIFIED_PROPERTY[object_type]: "modified"}
    return "id" if name == "hs_object_id" else stamps.get(name)
