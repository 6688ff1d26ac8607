"""Finding rows of the simulated org for lists and related records: a page at a time, in any order.

Enters: an object type, a condition, an order. Leaves: rows and how many there are. It only reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.sandbox.salesforce.db import shaped
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row, Value
from connector.sandbox.ui import words
from connector.sandbox.ui.nouns import Asked
from connector.sandbox.ui.salesforce.layout import SEARCHED

Condition = tuple[str, list[Value]]


def asked_for(kind: ObjectType, asked: Asked) -> Condition:
    """What a list is asked for, as SQL and its parameters. Every word must stand in one of the fields."""
    parts = [f'"IsDeleted" = {int(asked.deleted)}' if kind.soft_delete else "1"]
    parameters: list[Value] = []
    names = [name for name in SEARCHED.get(kind.name, ()) if kind.find(name)]
    for patterns in words.patterns(asked.search) if names else ():
        ways = [(name, pattern) for name in names for pattern in patterns]
        parts.append("(" + " OR ".join(f"\"{name}\" LIKE ? ESCAPE '\\'" for name, _ in ways) + ")")
        parameters += [pattern for _, pattern in ways]
    return " AND ".join(parts), parameters


def ordered_by(kind: ObjectType, asked: Asked) -> str:
    """The order of a list; blanks come last. Without a wish: the latest change first."""
    field = kind.find(asked.sort) if asked.sort else None
    if field is None or field.is_compound:
        return '"LastModifiedDate" DESC, _n DESC'
    way = "DESC" if asked.down else "ASC"
    return f'"{field.name}" IS NULL, "{field.name}" {way}, _n'


def count(org: Org, kind: ObjectType, condition: Condition) -> int:
    """How many rows meet a condition."""
    where, parameters = condition
    (total,) = org.db.run(f'SELECT count(*) FROM "{kind.name}" WHERE {where}', parameters).fetchone()
    return int(total)


def page(
    org: Org, kind: ObjectType, condition: Condition, order: str, limit: int, offset: int = 0
) -> list[Row]:
    """So many rows that meet a condition, in an order."""
    where, parameters = condition
    names = ", ".join(f'"{name}"' for name in kind.columns)
    sql = f'SELECT {names} FROM "{kind.name}" WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?'
    found = org.db.run(sql, [*parameters, limit, min(offset, 2**62)]).fetchall()
    return [shaped(kind, row) for row in found]


def named(org: Org, kinds: Sequence[ObjectType], name: str) -> list[Row]:
    """Living records of these types that are called exactly so (two at most: more are no answer either)."""
    found: list[Row] = []
    for kind in kinds:
        if kind.find("Name"):
            alive = ' AND "IsDeleted" = 0' if kind.soft_delete else ""
            found += page(org, kind, (f'"Name" = ?{alive}', [name]), "_n", 2)
    return found
