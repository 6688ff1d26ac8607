"""A syntax tree to one SQL statement, and the plan for the JSON of its rows.

In: the tree, the running user's view, the present. Out: a Compiled query. It runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.sharing import seen_sql
from connector.sandbox.salesforce.soql import tree
from connector.sandbox.salesforce.soql.children import child_query
from connector.sandbox.salesforce.soql.functions import AGGREGATES, DATES, TEXTS, applied, shower
from connector.sandbox.salesforce.soql.parse import located
from connector.sandbox.salesforce.soql.plan import Alternatives, Branch, Compiled
from connector.sandbox.salesforce.soql.scope import Column, Scope, Stop, new_aliases
from connector.sandbox.salesforce.soql.where import Conditions, Today

LARGEST_OFFSET = 2000
ARCHIVABLE = frozenset({"Task", "Event"})  # their archived rows are in queryAll only


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
        chosen = Conditions(scope, self.today, self._semijoin, lambda left: self._row_operand(scope, left))
        kept = Conditions(
            scope, self.today, self._no_nesting, lambda left: self._group_operand(query, scope, left)
        )
        where = self._where(query, scope, chosen)
        group = self._grouped(query, scope, kept)
        order = self._ordered(query, scope)
        compiled.parameters = chosen.parameters + kept.parameters
        compiled.from_sql, compiled.where_sql = scope.from_sql, where + group
        compiled.order_sql, compiled.tail_sql = order, self._limits(query)
        return compiled

    # SELECT

    def _selected(self, query: tree.Query, scope: Scope) -> Compiled:
        if any(isinstance(item, tree.CountAll) for item in query.select):
            if len(query.select) > 1:
                raise self._malformed(query.source.at, "COUNT() must be the only element in the SELECT list")
            return Compiled(scope.kind, "count", [], [])
        functions = {item.function for item in query.select if isinstance(item, tree.Call)}
        if query.group or functions & (AGGREGATES | DATES):
            return self._aggregated(query, scope)
        return self._rows(query, scope)

    def _rows(self, query: tree.Query, scope: Scope) -> Compiled:
        compiled = Compiled(scope.kind, "rows", [f"{scope.alias}._n", f'{scope.alias}."Id"'], [])
        seen: set[str] = set()
        for item in self._expanded(query, scope):
            if isinstance(item, tree.Query):
                compiled.children.append(child_query(self.text, scope.kind, item, self.view))
            elif isinstance(item, tree.TypeOf):
                self._typeof(compiled, item, scope)
            else:
                self._shown(compiled, item, scope, seen)
        return compiled

    def _shown(self, compiled: Compiled, item: tree.Path | tree.Call, scope: Scope, seen: set[str]) -> None:
        """One field or function of a field."""
        path = item.argument if isinstance(item, tree.Call) else item
        column = scope.column(path)
        name = (item.alias if isinstance(item, tree.Call) else None) or path.text
        if name.lower() in seen:
            raise self._malformed(path.at, f"duplicate field selected: {name}")
        seen.add(name.lower())
        if isinstance(item, tree.Path):
            compiled.add(column)
        elif item.function in TEXTS:
            shown = shower(column, item.function, self.today.zone)
            compiled.add_text(column, item.alias or column.field.name, shown)
        else:
            compiled.add_text(applied(scope, item), item.alias or column.field.name, lambda value: value)

    def _typeof(self, compiled: Compiled, item: tree.TypeOf, scope: Scope) -> None:
        """A parent of several types: each with the fields that stand behind its WHEN."""
        name, stop = scope.follow(item.relationship)
        if not stop.common:
            raise self._malformed(item.relationship.at, "TYPEOF needs a relationship to several types")
        of_type: dict[str, Branch] = {}
        for kind, fields in item.whens:
            own = stop.narrowed(kind.text)
            if own is None:
                raise located(
                    self.text, kind.at, "INVALID_TYPE", f"sObject type '{kind.text}' is not supported."
                )
            of_type[own.type_name] = self._alternative(compiled, name, own, fields, scope)
        otherwise = None
        if item.otherwise is not None:
            otherwise = self._alternative(compiled, name, stop, item.otherwise, scope)
        whoever = compiled.new_branch(name, stop)
        compiled.entries.append(Alternatives(name, whoever.id_at, of_type, otherwise))

    def _alternative(
        self, compiled: Compiled, name: str, stop: Stop, fields: tuple[tree.Path, ...], scope: Scope
    ) -> Branch:
        branch = compiled.new_branch(name, stop)
        for path in fields:
            compiled.add_leaf(branch.entries, scope.field_of(stop, path))
        return branch

    def _expanded(
        self, query: tree.Query, scope: Scope
    ) -> Iterator[tree.Path | tree.Call | tree.TypeOf | tree.Query]:
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
        unnamed = 0
        for item in query.select:
            if not isinstance(item, tree.Path | tree.Call):
                raise self._malformed(query.source.at, "FIELDS, TYPEOF and subqueries cannot be aggregated")
            column = self._group_operand(query, scope, item)
            if isinstance(item, tree.Path):
                compiled.add_result(column.field.name, column, None)
            elif item.function in TEXTS:
                shown = shower(scope.column(item.argument), item.function, self.today.zone)
                compiled.add_result(item.alias or column.field.name, column, shown)
            else:
                compiled.add_result(item.alias or f"expr{unnamed}", column, None)
                unnamed += item.alias is None
        return compiled

    # operands

    def _row_operand(self, scope: Scope, left: tree.Path | tree.Call) -> Column:
        """What a condition on rows may compare: fields and what is made of one row's field."""
        if isinstance(left, tree.Path):
            return scope.column(left)
        if left.function in AGGREGATES or left.function == "FORMAT":
            raise self._malformed(left.at, f"{left.function} cannot be used in WHERE")
        return applied(scope, left)

    def _group_operand(self, query: tree.Query, scope: Scope, left: tree.Path | tree.Call) -> Column:
        """What a row of groups has: aggregates, and what the query is grouped by. Assumption: the wording."""
        if isinstance(left, tree.Call) and left.function in TEXTS:
            left = left.argument
        column = self._operand(scope, left)
        if isinstance(left, tree.Call) and left.function in AGGREGATES:
            return column
        if column.sql not in {self._operand(scope, each).sql for each in query.group}:
            path = left.argument if isinstance(left, tree.Call) else left
            raise self._malformed(path.at, f"Field must be grouped or aggregated: {path.text}")
        return column

    def _operand(self, scope: Scope, left: tree.Path | tree.Call) -> Column:
        return applied(scope, left) if isinstance(left, tree.Call) else scope.column(left)

    # WHERE, GROUP BY, ORDER BY, LIMIT

    def _where(self, query: tree.Query, scope: Scope, conditions: Conditions) -> str:
        parts = []
        if scope.kind.soft_delete and not self.include_deleted:
            parts.append(f'{scope.alias}."IsDeleted" = 0')
            if scope.kind.name in ARCHIVABLE:
                parts.append(f'{scope.alias}."IsArchived" = 0')
        if seen := seen_sql(self.view, f"{scope.alias}."):
            parts.append(seen)
        if query.where is not None:
            parts.append(conditions.sql(query.where))
        return " AND ".join(parts) or "1"

    def _semijoin(self, query: tree.Query, outer: Scope) -> tuple[str, list[Value]]:
        """`SELECT X FROM …` inside IN. What Salesforce does not allow there is refused."""
        scope = Scope(self.text, self.view, query.source, query.alias, self.tooling, self.aliases)
        if len(query.select) != 1 or not isinstance(query.select[0], tree.Path):
            raise self._malformed(query.source.at, "Semi join sub-selects must query exactly one field")
        column = scope.column(query.select[0])
        if not column.field.is_id:
            text = f"The selected field '{column.path.text}' in the subquery must be an ID or reference field"
            raise self._malformed(column.path.at, text)
        conditions = Conditions(
            scope, self.today, self._no_nesting, lambda left: self._row_operand(scope, left)
        )
        where = self._where(query, scope, conditions)
        self._check_semijoin(query, scope, outer)
        sql = f"SELECT {column.sql} {scope.from_sql} WHERE {where} AND {column.sql} IS NOT NULL"
        return sql, conditions.parameters

    def _check_semijoin(self, query: tree.Query, scope: Scope, outer: Scope) -> None:
        """Source: SOQL and SOSL Reference, "Comparison Operators", on semi-joins. Assumption: the wording."""
        if query.order or query.limit is not None:
            raise self._malformed(
                query.source.at, "ORDER BY and LIMIT are not supported in semi join sub-selects"
            )
        if scope.kind is outer.kind:
            text = "The inner and outer selects should not be on the same object type"
            raise self._malformed(query.source.at, text)

    def _no_nesting(self, query: tree.Query, _outer: Scope) -> tuple[str, list[Value]]:
        raise self._malformed(query.source.at, "Nesting of semi join sub-selects is not supported")

    def _grouped(self, query: tree.Query, scope: Scope, conditions: Conditions) -> str:
        if query.having is not None and not query.group:
            raise self._malformed(query.source.at, "HAVING needs GROUP BY")
        if not query.group:
            return ""
        for each in query.group:
            self._check_groupable(scope, each)
        sql = " GROUP BY " + ", ".join(self._operand(scope, each).sql for each in query.group)
        return sql if query.having is None else f"{sql} HAVING {conditions.sql(query.having)}"

    def _check_groupable(self, scope: Scope, each: tree.Path | tree.Call) -> None:
        field = self._operand(scope, each).field
        path = each.argument if isinstance(each, tree.Call) else each
        if isinstance(each, tree.Call) and each.function not in DATES:
            raise self._malformed(each.at, f"{each.function} cannot be grouped by")
        if not field.groupable:
            raise scope.error(
                path, "INVALID_FIELD", f"field '{path.text}' can not be grouped in a query call"
            )

    def _ordered(self, query: tree.Query, scope: Scope) -> str:
        if not query.order:
            return ""
        return " ORDER BY " + ", ".join(self._sorted(sort, query, scope) for sort in query.order)

    def _sorted(self, sort: tree.Sort, query: tree.Query, scope: Scope) -> str:
        """Blank values come first in both directions unless NULLS LAST is said."""
        grouped = bool(query.group) or isinstance(sort.key, tree.Call)
        column = (
            self._group_operand(query, scope, sort.key) if grouped else self._row_operand(scope, sort.key)
        )
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
