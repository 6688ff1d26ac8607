"""What a compiled query is: SQL, and how its result columns become the JSON of rows.

In: columns as names are resolved. Out: a plan that `queries` runs and `rows` shapes. It runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from connector.sandbox.salesforce.schema import ObjectType, Value
from connector.sandbox.salesforce.soql.children import ChildQuery
from connector.sandbox.salesforce.soql.scope import Column, Stop

SHOWN: dict[str, Literal["boolean", "any"]] = {"boolean": "boolean", "anyType": "any"}


@dataclass(slots=True)
class Leaf:
    """One value of a row: the result column it stands in, and how it is shown."""

    name: str
    at: int
    shown: Literal["plain", "boolean", "address", "text", "any"] = "plain"
    as_text: Callable[[Value], Value] = lambda value: value
    type: str = "string"


@dataclass(slots=True)
class Branch:
    """A parent record within a row; null when the result column with its id is null."""

    name: str
    type_name: str
    id_at: int
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Alternatives:
    """A parent of one of several types, each with fields of its own (TYPEOF)."""

    name: str
    id_at: int
    of_type: dict[str, Branch]
    otherwise: Branch | None


Entry = Leaf | Branch | Alternatives


@dataclass(slots=True)
class Compiled:
    """One query ready to run. The first result column is the row number, the second the id."""

    kind: ObjectType
    mode: Literal["rows", "count", "aggregate"]
    columns: list[str]
    entries: list[Entry]
    from_sql: str = ""
    where_sql: str = "1"
    parameters: list[Value] = field(default_factory=list)
    tail_sql: str = ""
    order_sql: str = ""
    children: list[ChildQuery] = field(default_factory=list)

    @property
    def sql(self) -> str:
        body = f"SELECT {', '.join(self.columns)} {self.from_sql} WHERE {self.where_sql}"
        if self.mode == "count":
            return f"SELECT count(*) FROM (SELECT 1 {self.from_sql} WHERE {self.where_sql}{self.tail_sql})"
        return f"{body}{self.order_sql}{self.tail_sql}"

    @property
    def numbers_sql(self) -> str:
        """Only the row numbers, of the whole result."""
        body = f"SELECT {self.columns[0]} {self.from_sql} WHERE {self.where_sql}"
        return f"{body}{self.order_sql}{self.tail_sql}"

    @property
    def page_sql(self) -> str:
        """The rows whose numbers are given as a JSON array."""
        wanted = f"{self.columns[0]} IN (SELECT value FROM json_each(?))"
        return f"SELECT {', '.join(self.columns)} {self.from_sql} WHERE {wanted}"

    def add(self, column: Column) -> None:
        """Shows a column, under the parents that lead to it."""
        self.add_leaf(self._under(column), column)

    def add_text(self, column: Column, name: str, as_text: Callable[[Value], Value]) -> None:
        """Shows what a function makes of a column."""
        entries = self._under(column)
        entries.append(Leaf(name, len(self.columns), "text", as_text))
        self.columns.append(column.sql)

    def add_result(self, name: str, column: Column, as_text: Callable[[Value], Value] | None) -> None:
        """Shows a column of a row of groups."""
        at = len(self.columns)
        self.columns.append(column.sql)
        if as_text is not None:
            self.entries.append(Leaf(name, at, "text", as_text))
        else:
            self.entries.append(Leaf(name, at, "boolean" if column.field.type == "boolean" else "plain"))

    def add_leaf(self, entries: list[Entry], column: Column) -> None:
        """Shows a column as one of these entries."""
        at = len(self.columns)
        declared = column.field
        if declared.is_compound:
            origin = column.sql.rsplit(".", 1)[0]
            self.columns += [f'{origin}."{part}"' for part in declared.parts]
            entries.append(Leaf(declared.name, at, "address"))
            return
        self.columns.append(column.sql)
        entries.append(Leaf(declared.name, at, SHOWN.get(declared.type, "plain"), type=declared.type))

    def branch(self, entries: list[Entry], name: str, stop: Stop) -> Branch:
        """The parent of this name among the entries, made when it is not there yet."""
        for entry in entries:
            if isinstance(entry, Branch) and entry.name == name:
                return entry
        made = self.new_branch(name, stop)
        entries.append(made)
        return made

    def new_branch(self, name: str, stop: Stop) -> Branch:
        self.columns.append(stop.id_sql)
        return Branch(name, stop.type_name, len(self.columns) - 1)

    def _under(self, column: Column) -> list[Entry]:
        entries = self.entries
        for name, stop in column.stops:
            entries = self.branch(entries, name, stop).entries
        return entries
