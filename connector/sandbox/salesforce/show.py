"""Stored rows as the records of the REST API.

In: an object type as the user sees it, a stored row, wanted field names. Out: JSON-ready dicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.schema import Field, ObjectType, Row
from connector.sandbox.salesforce.soql.rows import Json, address, any_type
from connector.sandbox.salesforce.soql.scope import no_such_column


def wanted_fields(kind: ObjectType, names: Iterable[str]) -> list[Field]:
    """The fields of these names. Raises INVALID_FIELD for unknown or invisible ones."""
    found = []
    for name in names:
        field = kind.find(name.strip())
        if field is None:
            raise ApiError(400, "INVALID_FIELD", no_such_column(name.strip(), kind.name))
        found.append(field)
    return found


def record(kind: ObjectType, row: Row, fields: Sequence[Field], base: str) -> Json:
    """One record with `attributes` and these fields; the id always comes along."""
    shown: Json = {"attributes": {"type": kind.name, "url": f"{base}/sobjects/{kind.name}/{row['Id']}"}}
    for field in fields:
        shown[field.name] = _value(field, row)
    shown.setdefault("Id", row["Id"])
    return shown


def _value(field: Field, row: Row) -> object:
    if field.is_compound:
        return address([row[part] for part in field.parts])
    return any_type(row[field.name]) if field.type == "anyType" else row[field.name]
