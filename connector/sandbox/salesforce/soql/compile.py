"""A syntax tree to one SQL statement, and the plan for the JSON of its rows.

In: the tree, the running user's view, the present. Out: a Compiled query. It runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.schema import Field, ObjectType, Value
from connector.sandbox.salesforce.sharing import seen_sql
from connector.sandbox.salesforce.soql import tree
from connector.sandbox.salesforce.soql.children import ChildQuery, child_query
from connector.sandbox.salesforce.soql.parse import located
from connector.sandbox.salesforce.soql.scope import Column, Scope, Stop, new_aliases
from connector.sandbox.salesforce.soql.where import Conditions, Today

LARGEST_OFFSET = 2000
SQL_FUNCTIONS = {"COUNT": "count({})", "COUNT_DISTINCT": "count(DISTINCT {})"}
SHOWN: dict[str, Literal["boolean", "any"]] = {"boolean": "boolean", "anyType": "any"}
COUNT_FIELD = Field("expr", "int", "Count", precision=18)


@dataclass(slots=True)
class Leaf:
    """One value of a row: the result column it stands in, and how it is shown."""

    name: str
    at: int
    shown: Literal["plain", "boolean", "address", "label", "any"] = "plain"
    labels: dict[str, str] = field(default_factory=dict)
    type: str = "string"


@dataclass(slots=True)
class Branch:
    """A parent record within a row; null when the result column with its id is null."""

    name: str
    type_name: str
    id_at: int
    entries: list[Leaf | Branch] = field(default_factory=list)


@dataclass(slots=True)
class Compiled:
    """One query ready to run. The first result column is the row number, the second the id."""

    kind: ObjectType
    mode: Literal["rows", "count", "aggregate"]
    columns: list[str]
    entries: list[Leaf | Branch]
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


def compile_query(
    text: str, query: tree.Query, view: View, today: Today, include_deleted: bool, tooling: bool = False
) -> Compiled:
    """The SQL and the row plan of one statement."""
    return _Compiler(text, view, today, include_deleted, tooling, new_aliases()).compile(query)


class _Compiler:
    def __init__(
        self,
        text: str,
        view: View,
        today: Today,
        include_deleted: bool,
        tooling: bool,
        aliases: Iterator[str],
    ) -> None:
        self.text, self.view, self.today = text, view, today
        self.include_deleted, self.tooling, self.aliases = include_deleted, tooling, aliases

    def compile(self, query: tree.Query) -> Compiled:
        scope = Scope(self.text, self.view, query.source, query.alias, self.tooling, self.aliases)
        compiled = self._selected(query, scope)
        conditions = Conditions(scope, self.today, self._semijoin, lambda call: self._call(scope, call))
        where = self._where(query, scope, conditions)
        group = self._grouped(query, scope, conditions)
        order = self._ordered(query, scope)
        compiled.parameters = conditions.parameters
        compiled.from_sql, compiled.where_sql = scope.from_sql, where + group
        compiled.order_sql, compiled.tail_sql = order, self._limits(query)
        return compiled

    # SELECT

    def _selected(self, query: tree.Query, scope: Scope) -> Compiled:
        if any(isinstance(item, tree.CountAll) for item in query.select):
            if len(query.select) > 1:
                raise self._malformed(query.source.at, "COUNT() must be the only element in the SELECT list")
            return Compiled(scope.kind, "count", [], [])
        calls = [item for item in query.select if isinstance(item, tree.Call) and item.function != "TOLABEL"]
        if calls or query.group:
            return self._aggregated(query, scope)
        return self._rows(query, scope)

    def _rows(self, query: tree.Query, scope: Scope) -> Compiled:
        compiled = Compiled(scope.kind, "rows", [f"{scope.alias}._n", f'{scope.alias}."Id"'], [])
        seen: set[str] = set()
        for item in self._expanded(query, scope):
            if isinstance(item, tree.Query):
                compiled.children.append(child_query(self.text, scope.kind, item, self.view))
                continue
            path = item.argument if isinstance(item, tree.Call) else item
            column = scope.column(path)
            if path.text.lower() in seen:
                raise self._malformed(path.at, f"duplicate field selected: {path.text}")
            seen.add(path.text.lower())
            _add_leaf(compiled, column, item if isinstance(item, tree.Call) else None)
        return compiled

    def _expanded(self, query: tree.Query, scope: Scope) -> Iterator[tree.Path | tree.Call | tree.Query]:
        for item in query.select:
            if isinstance(item, tree.FieldsOf):
                yield from self._fields_of(item, query, scope)
            elif not isinstance(item, tree.CountAll):
                yield item

    def _fields_of(self, item: tree.FieldsOf, query: tree.Query, scope: Scope) -> Iterator[tree.Path]:
        if item.which not in ("ALL", "STANDARD", "CUSTOM"):
            raise self._malformed(item.at, f"unexpected token: '{item.which}'")
        if item.which != "STANDARD" and (query.limit is None or query.limit > 200):
            raise self._malformed(item.at, "The SOQL FIELDS function must have a LIMIT of at most 200")
        for declared in scope.kind.fields:
            if item.which == "ALL" or declared.custom == (item.which == "CUSTOM"):
                yield tree.Path(declared.name, item.at)

    def _aggregated(self, query: tree.Query, scope: Scope) -> Compiled:
        compiled = Compiled(scope.kind, "aggregate", [], [])
        grouped = {scope.column(path).sql for path in query.group}
        unnamed = 0
        for item in query.select:
            if isinstance(item, tree.Call):
                column = self._call(scope, item)
                name = item.alias or f"expr{unnamed}"
                unnamed += item.alias is None
            elif isinstance(item, tree.Path):
                column = scope.column(item)
                name = column.field.name
                if column.sql not in grouped:
                    raise self._malformed(item.at, f"Field must be grouped or aggregated: {item.text}")
            else:
                raise self._malformed(query.source.at, "FIELDS and subqueries cannot be aggregated")
            shown: Literal["plain", "boolean"] = "boolean" if column.field.type == "boolean" else "plain"
            compiled.entries.append(Leaf(name, len(compiled.columns), shown))
            compiled.columns.append(column.sql)
        return compiled

    def _call(self, scope: Scope, call: tree.Call) -> Column:
        """A function of a field as an expression with the type of its result."""
        column = scope.column(call.argument)
        if call.function == "TOLABEL":
            return column
        if call.function in ("SUM", "AVG") and not column.field.is_number:
            text = f"field {call.argument.text} does not support aggregate operator {call.function}"
            raise scope.error(call.argument, "MALFORMED_QUERY", text)
        sql = SQL_FUNCTIONS.get(call.function, call.function.lower() + "({})").format(column.sql)
        result = COUNT_FIELD if call.function.startswith("COUNT") else column.field
        return Column(sql, result, (), call.argument)

    # WHERE, GROUP BY, ORDER BY, LIMIT

    def _where(self, query: tree.Query, scope: Scope, conditions: Conditions) -> str:
        parts = []
        if scope.kind.soft_delete and not self.include_deleted:
            parts.append(f'{scope.alias}."IsDeleted" = 0')
        if seen := seen_sql(self.view, f"{scope.alias}."):
            parts.append(seen)
        if query.where is not None:
            parts.append(conditions.sql(query.where))
        return " AND ".join(parts) or "1"

    def _semijoin(self, query: tree.Query) -> tuple[str, list[Value]]:
        """`SELECT X FROM …` inside IN. Its own nesting is refused, as Salesforce does."""
        scope = Scope(self.text, self.view, query.source, query.alias, self.tooling, self.aliases)
        if len(query.select) != 1 or not isinstance(query.select[0], tree.Path):
            raise self._malformed(query.source.at, "Semi join sub-selects must query exactly one field")
        column = scope.column(query.select[0])
        if not column.field.is_id:
            text = f"The selected field '{column.path.text}' in the subquery must be an ID or reference field"
            raise self._malformed(column.path.at, text)
        conditions = Conditions(scope, self.today, self._no_nesting, lambda call: self._call(scope, call))
        where = self._where(query, scope, conditions)
        sql = f"SELECT {column.sql} {scope.from_sql} WHERE {where} AND {column.sql} IS NOT NULL"
        return sql, conditions.parameters

    def _no_nesting(self, query: tree.Query) -> tuple[str, list[Value]]:
        raise self._malformed(query.source.at, "Nesting of semi join sub-selects is not supported")

    def _grouped(self, query: tree.Query, scope: Scope, conditions: Conditions) -> str:
        if not query.group:
            return ""
        sql = " GROUP BY " + ", ".join(scope.column(path).sql for path in query.group)
        return sql if query.having is None else f"{sql} HAVING {conditions.sql(query.having)}"

    def _ordered(self, query: tree.Query, scope: Scope) -> str:
        if not query.order:
            return ""
        return " ORDER BY " + ", ".join(self._sorted(sort, scope) for sort in query.order)

    def _sorted(self, sort: tree.Sort, scope: Scope) -> str:
        """Blank values come first in both directions unless NULLS LAST is said."""
        column = self._call(scope, sort.key) if isinstance(sort.key, tree.Call) else scope.column(sort.key)
        if not column.field.filterable or column.field.type == "multipicklist":
            text = f"field '{column.path.text}' can not be sorted in a query call"
            raise scope.error(column.path, "INVALID_FIELD", text)
        direction = "DESC" if sort.descending else "ASC"
        return f"{column.sql} {direction} NULLS {'LAST' if sort.nulls_last else 'FIRST'}"

    def _limits(self, query: tree.Query) -> str:
        if query.offset is not None and query.offset > LARGEST_OFFSET:
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        if query.limit is None and query.offset is None:
            return ""
        return f" LIMIT {query.limit if query.limit is not None else -1} OFFSET {query.offset or 0}"

    def _malformed(self, at: int, message: str) -> ApiError:
        return located(self.text, at, "MALFORMED_QUERY", message)


def _add_leaf(compiled: Compiled, column: Column, call: tree.Call | None) -> None:
    """Adds the column to the result, under the parents that lead to it."""
    entries = compiled.entries
    for name, stop in column.stops:
        entries = _branch(compiled, entries, name, stop).entries
    at = len(compiled.columns)
    declared = column.field
    if declared.is_compound:
        origin = column.sql.rsplit(".", 1)[0]
        compiled.columns += [f'{origin}."{part}"' for part in declared.parts]
        entries.append(Leaf(declared.name, at, "address"))
        return
    compiled.columns.append(column.sql)
    leaf = Leaf(declared.name, at, SHOWN.get(declared.type, "plain"), type=declared.type)
    if call is not None:
        labels = {choice.value: choice.label for choice in declared.choices}
        leaf = Leaf(call.alias or declared.name, at, "label", labels)
    entries.append(leaf)


def _branch(compiled: Compiled, entries: list[Leaf | Branch], name: str, stop: Stop) -> Branch:
    for entry in entries:
        if isinstance(entry, Branch) and entry.name == name:
            return entry
    compiled.columns.append(stop.id_sql)
    branch = Branch(name, stop.type_name, len(compiled.columns) - 1)
    entries.append(branch)
    return branch
