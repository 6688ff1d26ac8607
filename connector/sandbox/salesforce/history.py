"""Field history: what a tracked field was, what it became, when, and by whom.

In: the row before and after a write. Out: rows of the history object of its type, for the fields whose
tracking is on. Loading in bulk leaves no history: an old company brings none along. Source: Salesforce Help,
"Field History Tracking", "Track Field History for Standard Objects".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value
from connector.sandbox.salesforce.standard.history import HISTORY_OF

MOST_TRACKED = 20  # fields of one object
LONGEST_SHOWN = 255  # of longer texts only that they changed is kept
CREATED = "created"

Entry = tuple[str, Value, Value]
"""(what `Field` says, old value, new value)"""


def track(org: Org, type_name: str, names: Iterable[str]) -> None:
    """Switches tracking on for these fields and off for all others of the type, from now on.

    Raises LookupError for types and fields that cannot be tracked, ValueError for more than 20 fields.
    """
    kind = org.kind(type_name)
    if kind.name not in HISTORY_OF:
        raise LookupError(f"{type_name} has no field history here")
    tracked = {_trackable(kind, name) for name in names}
    if len(tracked) > MOST_TRACKED:
        raise ValueError(f"{len(tracked)} fields: at most {MOST_TRACKED} of a type can be tracked")
    org.catalog.track(kind.name, tracked)


def _trackable(kind: ObjectType, name: str) -> str:
    """Assumption: what can be edited can be tracked."""
    field = kind.find(name)
    if field is None or not field.update or field.is_compound:
        raise LookupError(f"{kind.name}.{name} cannot be tracked")
    return field.name


def keep(org: Org, kind: ObjectType, row: Row, before: Row | None) -> None:
    """Adds the history of one write. `before` is None for a new record."""
    tracked = org.catalog.tracked(kind.name)
    if not tracked:
        return
    entries = [(CREATED, None, None)] if before is None else _changes(org, kind, tracked, row, before)
    table = org.kind(HISTORY_OF[kind.name])
    shared: Row = {
        f"{kind.name}Id": row["Id"],
        "CreatedById": row["LastModifiedById"],
        "CreatedDate": row["LastModifiedDate"],
        "IsDeleted": False,
    }
    org.db.insert(table, [{**shared, **_shown(entry), "Id": org.db.next_id(table)} for entry in entries])


def bury(org: Org, type_name: str, record_id: str, deleted: bool = True) -> None:
    """The history goes into the recycle bin with its record, and comes back with it (an assumption)."""
    history = HISTORY_OF.get(type_name)
    if history is not None:
        sql = f'UPDATE "{history}" SET "IsDeleted" = ? WHERE "{type_name}Id" = ?'
        org.db.run(sql, (deleted, record_id))


def _changes(org: Org, kind: ObjectType, tracked: frozenset[str], row: Row, before: Row) -> list[Entry]:
    changed = [f for f in kind.stored if f.name in tracked and before.get(f.name) != row.get(f.name)]
    return [entry for field in changed for entry in _entries(org, field, before[field.name], row[field.name])]


def _entries(org: Org, field: Field, old: Value, new: Value) -> Iterator[Entry]:
    """A changed lookup leaves two rows, one with names and one with ids; `Field` then lacks the `Id`."""
    if field.type == "reference":
        name = field.name.removesuffix("Id")
        yield name, _name_of(org, old), _name_of(org, new)
        yield name, old, new
    elif field.type == "multipicklist" or (field.is_text and field.length > LONGEST_SHOWN):
        yield field.name, None, None
    else:
        yield field.name, old, new


def _name_of(org: Org, record_id: Value) -> Value:
    kind = org.catalog.everything.by_prefix(record_id) if isinstance(record_id, str) else None
    row = org.db.read(kind, str(record_id)) if kind else None
    return row.get("Name") if row else None


def _shown(entry: Entry) -> Row:
    """Values of any type are stored as JSON."""
    name, old, new = entry
    return {"Field": name, "OldValue": _packed(old), "NewValue": _packed(new)}


def _packed(value: Value) -> Value:
    return None if value is None else orjson.dumps(value).decode()
