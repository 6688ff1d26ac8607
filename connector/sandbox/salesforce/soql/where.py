"""Conditions to SQL.

In: the condition part of the tree and a scope. Out: SQL with bound parameters; no literal ever becomes SQL
text. Comparisons of texts ignore case; a comparison with a blank field is false, except `!=` and NOT IN,
which blank fields satisfy (for NOT IN an assumption). Raises Salesforce's errors for operators and literals
that do not fit the field's type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.moments import exact
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.soql import tree
from connector.sandbox.salesforce.soql.days import Range, day_range
from connector.sandbox.salesforce.soql.literals import WANTED, Literals
from connector.sandbox.salesforce.soql.parse import unescape
from connector.sandbox.salesforce.soql.scope import Column, Scope

_EDGES = {
    "<": ("<", 0),
    ">=": (">=", 0),
    "<=": ("<", 1),
    ">": (">=", 1),
}  # (SQL operator, which end of the range)

Semijoin = Callable[[tree.Query, Scope], tuple[str, list[Value]]]
MOST_SEMIJOINS = 2


@dataclass(frozen=True, slots=True)
class Today:
    """The present, and the running user's time zone, in which date literals are meant."""

    now: datetime
    zone: ZoneInfo

    @property
    def day(self) -> date:
        return self.now.astimezone(self.zone).date()

    def start_of(self, day: date) -> str:
        """The comparable text of the midnight with which a day begins in the user's zone."""
        return exact(datetime.combine(day, time(), tzinfo=self.zone))


class Conditions:
    """Compiles the conditions of one scope; `parameters` grow in the order of the SQL."""

    def __init__(
        self,
        scope: Scope,
        today: Today,
        semijoin: Semijoin,
        operand: Callable[[tree.Path | tree.Call], Column],
    ) -> None:
        self.scope, self.today, self._semijoin, self._operand = scope, today, semijoin, operand
        self.literals = Literals(scope)
        self.parameters: list[Value] = []
        self._semijoins = 0

    def sql(self, condition: tree.Condition, top: bool = True) -> str:
        """The SQL of a condition; `top` says that nothing but AND stands around it."""
        if isinstance(condition, tree.Group):
            inside = top and condition.operator == "AND"
            return balanced(condition.operator, [self.sql(item, inside) for item in condition.items])
        if isinstance(condition, tree.Negation):
            return f"(({self.sql(condition.item, False)}) IS NOT TRUE)"
        column = self._column(condition.left)
        if isinstance(condition, tree.Comparison):
            return self._comparison(column, condition)
        if isinstance(condition, tree.Membership):
            return self._membership(column, condition, top)
        return self._containment(column, condition)

    def _column(self, left: tree.Path | tree.Call) -> Column:
        column = self._operand(left)
        if not column.field.filterable:
            text = f"field '{column.path.text}' can not be filtered in a query call"
            raise self.scope.error(column.path, "INVALID_FIELD", text)
        if column.field.type == "multipicklist" and isinstance(left, tree.Call):
            raise self.scope.error(column.path, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator")
        return column

    def _bind(self, value: Value) -> str:
        self.parameters.append(value)
        return "?"

    # one literal

    def _comparison(self, column: Column, condition: tree.Comparison) -> str:
        operator, right = condition.operator, condition.right
        if operator == "LIKE":
            return self._like(column, right)
        blank = right.kind == "null" or (
            right.kind == "string" and right.text == "" and (column.field.is_text or column.field.is_id)
        )
        if blank and operator in ("=", "!="):
            return self._blank(column, operator == "=")
        span = self._span(column, right)
        if span is not None:
            return self._in_span(column, operator, span)
        value = self.literals.value(column, right)
        if (
            isinstance(value, str)
            and column.field.is_text
            and not column.field.case_sensitive
            and not value.isascii()
        ):
            return self._folded(column.sql, operator, value)
        if operator == "!=":
            return f"{column.sql} IS NOT {self._bind(value)}"
        if operator != "=" and column.field.type == "boolean":
            raise self._bad_operator(column)
        return f"{column.sql} {operator} {self._bind(value)}"

    def _blank(self, column: Column, wanted: bool) -> str:
        """A checkbox is never blank: compared with null it counts as false."""
        if column.field.type == "boolean":
            return f"{column.sql} {'=' if wanted else '<>'} 0"
        return f"{column.sql} IS {'' if wanted else 'NOT '}NULL"

    def _folded(self, sql: str, operator: str, value: str) -> str:
        """SQLite ignores case in ASCII only; other letters need Python's case folding."""
        sign = "IS NOT" if operator == "!=" else operator
        return f"fold({sql}) {sign} {self._bind(value.casefold())}"

    def _like(self, column: Column, right: tree.Constant) -> str:
        if not column.field.is_text or column.field.type == "multipicklist":
            raise self._bad_operator(column)
        if right.kind != "string":
            raise self.literals.unfitting(column, "string", quoted=True)
        pattern = unescape(right.text, keep_wildcards=True)
        if pattern.isascii():
            return f"{column.sql} LIKE {self._bind(pattern)} ESCAPE '\\'"
        return f"fold({column.sql}) LIKE {self._bind(pattern.casefold())} ESCAPE '\\'"

    # days

    def _span(self, column: Column, right: tree.Constant) -> Range | None:
        """The days that a date literal means; None for other literals."""
        if right.kind != "word":
            return None
        span = day_range(right.text, right.count, self.today.day)
        if span is None or column.field.type not in ("date", "datetime"):
            wrong = tree.Path(right.text, right.at)
            if column.field.type in ("date", "datetime"):
                raise self.scope.error(wrong, "MALFORMED_QUERY", f"unexpected token: '{right.text}'")
            raise self.literals.unfitting(
                column, WANTED.get(column.field.type, "string"), quoted=column.field.is_text
            )
        return span

    def _in_span(self, column: Column, operator: str, span: Range) -> str:
        ends = [day.isoformat() if column.field.type == "date" else self.today.start_of(day) for day in span]
        if operator in _EDGES:
            sign, end = _EDGES[operator]
            return f"{column.sql} {sign} {self._bind(ends[end])}"
        inside = f"({column.sql} >= {self._bind(ends[0])} AND {column.sql} < {self._bind(ends[1])})"
        return inside if operator == "=" else f"({inside} IS NOT TRUE)"

    # lists

    def _membership(self, column: Column, condition: tree.Membership, top: bool) -> str:
        if isinstance(condition.right, tree.Query):
            self._check_semijoin(column, top)
            return self._semijoined(column, condition.right, condition.negated)
        if any(constant.kind == "word" for constant in condition.right):
            parts = [
                self._comparison(column, tree.Comparison(condition.left, "=", c)) for c in condition.right
            ]
            joined = balanced("OR", parts)
            return f"({joined} IS NOT TRUE)" if condition.negated else joined
        listed = self._listed(column, condition.right)
        return f"(({listed}) IS NOT TRUE)" if condition.negated else f"({listed})"

    def _listed(self, column: Column, constants: tuple[tree.Constant, ...]) -> str:
        values = [self.literals.value(column, c) for c in constants if c.kind != "null" and c.text != ""]
        folding = column.field.is_text and not column.field.case_sensitive
        strange = [v for v in values if folding and isinstance(v, str) and not v.isascii()]
        plain = [v for v in values if v not in strange]
        parts = []
        if plain:
            parts.append(f"{column.sql} IN ({', '.join(self._bind(v) for v in plain)})")
        if strange:
            marks = ", ".join(self._bind(str(v).casefold()) for v in strange)
            parts.append(f"fold({column.sql}) IN ({marks})")
        if len(values) < len(constants):
            parts.append(self._blank(column, True))
        return " OR ".join(parts)

    def _check_semijoin(self, column: Column, top: bool) -> None:
        """Source: SOQL and SOSL Reference, "Comparison Operators", on semi-joins."""
        self._semijoins += 1
        if not top:
            text = (
                "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested "
                "WHERE expressions."
            )
            raise self.scope.error(column.path, "MALFORMED_QUERY", text)
        if self._semijoins > MOST_SEMIJOINS:
            text = f"Maximum {MOST_SEMIJOINS} semi join sub-selects are allowed."
            raise self.scope.error(column.path, "MALFORMED_QUERY", text)

    def _semijoined(self, column: Column, query: tree.Query, negated: bool) -> str:
        if not column.field.is_id:
            text = (
                f"The selected field '{column.path.text}' in the semi-join must be an ID or reference field"
            )
            raise self.scope.error(column.path, "MALFORMED_QUERY", text)
        sql, parameters = self._semijoin(query, self.scope)
        self.parameters += parameters
        return f"(({column.sql} IN ({sql})) IS {'NOT ' if negated else ''}TRUE)"

    def _containment(self, column: Column, condition: tree.Containment) -> str:
        if column.field.type != "multipicklist":
            raise self._bad_operator(column)
        any_of = []
        for constant in condition.right:
            chosen = [part.strip() for part in str(self.literals.value(column, constant)).split(";")]
            each = [
                f"instr(fold(';' || {column.sql} || ';'), {self._bind(f';{c.casefold()};')}) > 0"
                for c in chosen
            ]
            any_of.append("(" + " AND ".join(each) + ")")
        joined = "(" + " OR ".join(any_of) + ")"
        return f"({joined} IS NOT TRUE)" if condition.negated else joined

    def _bad_operator(self, column: Column) -> ApiError:
        kind = "id" if column.field.is_id else column.field.type
        return self.scope.error(
            column.path, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {kind} field"
        )


def balanced(operator: str, parts: list[str]) -> str:
    """Conditions joined in a tree of little depth: SQLite limits how deep an expression may be."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({balanced(operator, parts[:half])} {operator} {balanced(operator, parts[half:])})"
