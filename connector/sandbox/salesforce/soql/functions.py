"""Functions of fields: aggregates, parts of dates, labels, other currencies, local spelling.

In: a call of the tree, the column of its field. Out: SQL with the type of its result, or a way to show a
value. Dates are cut in UTC, as Salesforce does without convertTimezone(). Source: SOQL and SOSL Reference,
"Aggregate Functions", "Date Functions", "toLabel()", "FORMAT()", "convertCurrency()". Assumption: what
FORMAT() makes of values, with the signs of the simulated org's Dutch locale.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from connector.sandbox.salesforce.moments import read_stamp
from connector.sandbox.salesforce.schema import Field, Value
from connector.sandbox.salesforce.soql import tree
from connector.sandbox.salesforce.soql.scope import Column, Scope

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
TEXTS = frozenset({"TOLABEL", "FORMAT"})
COUNT_FIELD = Field("expr", "int", "Count", precision=18)
_AGGREGATE_SQL = {"COUNT": "count({})", "COUNT_DISTINCT": "count(DISTINCT {})"}
_DAY = "substr({}, 1, 10)"
_NUMBERS = {
    "CALENDAR_YEAR": "CAST(substr({}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({}, 6, 2) AS INTEGER) + 2) / 3",
    "CALENDAR_MONTH": "CAST(substr({}, 6, 2) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(substr({}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": f"CAST(strftime('%w', {_DAY}) AS INTEGER) + 1",
    "DAY_IN_YEAR": f"CAST(strftime('%j', {_DAY}) AS INTEGER)",
    "HOUR_IN_DAY": "CAST(substr({}, 12, 2) AS INTEGER)",
}
DATES = frozenset({*_NUMBERS, "DAY_ONLY", "FISCAL_YEAR", "FISCAL_QUARTER", "FISCAL_MONTH"})
_RATE = '(SELECT r."ConversionRate" FROM "CurrencyType" r WHERE r."IsoCode" = {}."CurrencyIsoCode")'


def applied(scope: Scope, call: tree.Call) -> Column:
    """The function of its field as an expression. Raises MALFORMED_QUERY where it does not fit the field."""
    column = scope.column(call.argument)
    if call.function in AGGREGATES:
        return _aggregated(scope, call, column)
    if call.function in DATES:
        return _cut(scope, call, column)
    if call.function == "CONVERTCURRENCY":
        return _converted(scope, call, column)
    return Column(_label_sql(column), column.field, column.stops, call.argument)


def _aggregated(scope: Scope, call: tree.Call, column: Column) -> Column:
    kind = column.field
    summed, counted = call.function in ("SUM", "AVG"), call.function.startswith("COUNT")
    unsorted = kind.type in ("boolean", "multipicklist")
    if (summed and not kind.is_number) or (unsorted and not counted):
        text = f"field {call.argument.text} does not support aggregate operator {call.function}"
        raise scope.error(call.argument, "MALFORMED_QUERY", text)
    sql = _AGGREGATE_SQL.get(call.function, call.function.lower() + "({})").format(column.sql)
    result = COUNT_FIELD if counted else kind
    return Column(sql, result, (), call.argument)


def _cut(scope: Scope, call: tree.Call, column: Column) -> Column:
    """A part of a date. The fiscal year is the calendar year."""
    timed = call.function in ("HOUR_IN_DAY", "DAY_ONLY")
    if column.field.type not in (("datetime",) if timed else ("date", "datetime")):
        text = f"field {call.argument.text} does not support the function {call.function}"
        raise scope.error(call.argument, "MALFORMED_QUERY", text)
    name = call.function.replace("FISCAL_", "CALENDAR_")
    if name == "DAY_ONLY":
        return Column(_DAY.format(column.sql), Field("expr", "date", "Day"), (), call.argument)
    return Column(_NUMBERS[name].format(column.sql), COUNT_FIELD, (), call.argument)


def _converted(scope: Scope, call: tree.Call, column: Column) -> Column:
    """An amount in the corporate currency, which needs several of them. Assumption: the refusal."""
    origin = column.sql.rsplit(".", 1)[0]
    kind = (column.stops[-1][1] if column.stops else scope.root).tables[0][1]
    if column.field.type != "currency" or kind.find("CurrencyIsoCode") is None:
        text = f"{call.argument.text} can not be converted: no amount in an org with currencies"
        raise scope.error(call.argument, "INVALID_FIELD", text)
    sql = f"round({column.sql} / {_RATE.format(origin)}, {max(column.field.scale, 2)})"
    return Column(sql, column.field, column.stops, call.argument)


def _label_sql(column: Column) -> str:
    """The label of a picklist value, where it is another word than the value."""
    named = [choice for choice in column.field.choices if choice.label != choice.value]
    if not named:
        return column.sql
    cases = " ".join(f"WHEN {_quoted(c.value)} THEN {_quoted(c.label)}" for c in named)
    return f"(CASE {column.sql} {cases} ELSE {column.sql} END COLLATE NOCASE)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def shower(column: Column, function: str, zone: ZoneInfo) -> Callable[[Value], Value]:
    """How toLabel() or FORMAT() shows a value of this column."""
    kind = column.field
    if function == "TOLABEL":
        labels: dict[Value, Value] = {choice.value: choice.label for choice in kind.choices}
        return lambda value: labels.get(value, value)
    return lambda value: None if value is None else _local(kind, value, zone)


def _local(kind: Field, value: Value, zone: ZoneInfo) -> Value:
    if kind.is_number and isinstance(value, int | float):
        shown = f"{value:,.{kind.scale}f}".replace(",", " ").replace(".", ",").replace(" ", ".")
        return f"€ {shown}" if kind.type == "currency" else shown
    if kind.type == "date":
        year, month, day = str(value).split("-")
        return f"{int(day)}-{int(month)}-{year}"
    if kind.type == "datetime":
        moment = read_stamp(str(value)).astimezone(zone)
        return f"{moment.day}-{moment.month}-{moment.year} {moment:%H:%M}"
    return value
