"""Literals of conditions as values of columns.

In: a column, a literal of the tree. Out: the value in stored form, or Salesforce's error for a literal that
does not fit the field's type.
"""

from __future__ import annotations

from datetime import date

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.moments import exact, parse_datetime
from connector.sandbox.salesforce.schema import Field, Value
from connector.sandbox.salesforce.soql import tree
from connector.sandbox.salesforce.soql.parse import unescape
from connector.sandbox.salesforce.soql.scope import Column, Scope

WANTED = {
    "boolean": "boolean",
    "int": "int",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "date": "date",
    "datetime": "dateTime",
}


class Literals:
    """Of the conditions of one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def value(self, column: Column, constant: tree.Constant) -> Value:
        """A literal in stored form, if its kind fits the field's type."""
        field = column.field
        if field.is_id:
            return self._id(column, constant)
        if field.is_text:
            if constant.kind != "string":
                raise self.unfitting(column, "string", quoted=True)
            return unescape(constant.text)
        wanted = WANTED.get(field.type, "string")
        if constant.kind != ("number" if field.is_number else field.type):
            raise self.unfitting(column, wanted, quoted=False)
        return self._typed(column, field, constant)

    def _typed(self, column: Column, field: Field, constant: tree.Constant) -> Value:
        if field.type == "boolean":
            return constant.text.lower() == "true"
        if field.is_number:
            return float(constant.text)
        if field.type == "date":
            try:
                return date.fromisoformat(constant.text).isoformat()
            except ValueError:
                raise self.bad_moment(column, constant) from None
        moment = parse_datetime(constant.text)
        if moment is None:
            raise self.bad_moment(column, constant)
        return exact(moment)

    def _id(self, column: Column, constant: tree.Constant) -> Value:
        if constant.kind != "string":
            raise self.unfitting(column, "ID", quoted=True)
        found = to_18(constant.text)
        if found is None and constant.text != "":
            where = tree.Path(constant.text, constant.at)
            raise self.scope.error(
                where, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {constant.text}"
            )
        return found

    def unfitting(self, column: Column, wanted: str, quoted: bool) -> ApiError:
        """The error for a literal of another type than `wanted`; `quoted` are those that need quotes."""
        should = "should be" if quoted else "should not be"
        text = (
            f"value of filter criterion for field '{column.path.text}' must be of type {wanted} and {should} "
            "enclosed in quotes"
        )
        return self.scope.error(column.path, "INVALID_FIELD", text)

    def bad_moment(self, column: Column, constant: tree.Constant) -> ApiError:
        """The error for a day or time that there is not."""
        wanted = WANTED[column.field.type]
        return self.scope.error(column.path, "MALFORMED_QUERY", f"Invalid {wanted}: {constant.text}")
