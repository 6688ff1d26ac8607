"""What Salesforce refuses in a record, with its own words.

In: an object type, the values given, the complete row. Out: problems, all of a kind at once. Nothing is
written. Texts and codes: Salesforce SOAP API Developer Guide, "Core Data Types Used in API Calls"
(StatusCode).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.db import Database
from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value

_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_+`{|}~.-]+@[A-Za-z0-9]([A-Za-z0-9-]*\.)+[A-Za-z0-9-]*[A-Za-z0-9]")
_INT_LIMIT = 2_147_483_647


def not_writable(kind: ObjectType, names: Iterable[str], view: View, creating: bool) -> list[Problem]:
    """One problem that names every field that this user may not write in this kind of call."""
    refused = [
        name
        for name in names
        if not (kind.by_name[name.lower()].create if creating else kind.by_name[name.lower()].update)
        or (kind.name.lower(), name.lower()) in view.frozen
    ]
    if not refused:
        return []
    text = (
        f"Unable to create/update fields: {', '.join(refused)}. Please check the security settings of this "
        "field and verify that it is read/write for your profile or permission set."
    )
    return [Problem("INVALID_FIELD_FOR_INSERT_UPDATE", text, tuple(refused))]


def missing(kind: ObjectType, row: Mapping[str, Value]) -> list[Problem]:
    """One problem that names every required field without a value."""
    blank = [name for name in kind.required if row.get(name) is None]
    if not blank:
        return []
    return [
        Problem("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(blank)}]", tuple(blank))
    ]


def bad_values(kind: ObjectType, given: Mapping[str, Value]) -> Iterator[Problem]:
    """Values that are too long, outside a restricted picklist, no email address, or out of range."""
    for name, value in given.items():
        field = kind.by_name[name.lower()]
        problem = _bad_flag(field) if value is None and field.type == "boolean" else None
        if value is not None:
            problem = _bad_value(field, value)
        if problem is not None:
            yield problem


def _bad_flag(field: Field) -> Problem:
    """Assumption: null in a checkbox is an error, not false."""
    return Problem(
        "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: ", (field.name,)
    )


def _bad_value(field: Field, value: Value) -> Problem | None:
    if field.is_text:
        return _bad_text(field, str(value))
    if field.is_number and isinstance(value, int | float):
        return _bad_number(field, value)
    return None


def _bad_text(field: Field, value: str) -> Problem | None:
    if field.length and len(value) > field.length:
        text = f"{field.label}: data value too large: {value} (max length={field.length})"
        return Problem("STRING_TOO_LONG", text, (field.name,))
    if field.type == "email" and not _EMAIL.fullmatch(value):
        text = f"{field.label}: invalid email address: {value}"
        return Problem("INVALID_EMAIL_ADDRESS", text, (field.name,))
    if field.restricted and field.choices:
        return _outside_picklist(field, value)
    return None


def _outside_picklist(field: Field, value: str) -> Problem | None:
    allowed = {choice.value.lower() for choice in field.choices if choice.active}
    for chosen in value.split(";") if field.type == "multipicklist" else [value]:
        if chosen.lower() not in allowed:
            text = f"{field.label}: bad value for restricted picklist field: {chosen}"
            return Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, (field.name,))
    return None


def _bad_number(field: Field, value: float) -> Problem | None:
    whole_digits = max(field.precision - field.scale, 1)
    limit = 10**whole_digits if field.type != "int" else min(10**field.precision, _INT_LIMIT)
    if abs(value) < limit:
        return None
    text = f"{field.label}: value outside of valid range on numeric field: {value}"
    return Problem("NUMBER_OUTSIDE_VALID_RANGE", text, (field.name,))


def bad_references(
    kind: ObjectType, given: Mapping[str, Value], view: View, db: Database
) -> Iterator[Problem]:
    """References that are no ids, point to the wrong type, to nothing, or to something deleted."""
    for name, value in given.items():
        field = kind.by_name[name.lower()]
        if name == "OwnerId" and value is None:
            text = f"{field.label}: owner cannot be blank"
            yield Problem("INVALID_CROSS_REFERENCE_KEY", text, (name,))
        if field.type == "reference" and value is not None:
            problem = _bad_reference(field, str(value), view, db) or _no_queue(kind, field, str(value), db)
            if problem is not None:
                yield problem


def _bad_reference(field: Field, value: str, view: View, db: Database) -> Problem | None:
    if to_18(value) is None:
        return Problem("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (field.name,))
    target = view.by_prefix(value)
    if target is None or target.name not in field.refers_to:
        code = "FIELD_INTEGRITY_EXCEPTION"
        return Problem(code, f"{field.label}: id value of incorrect type: {value}", (field.name,))
    found = None if value in view.hidden_rows else db.read(target, value)
    if found is None:
        text = f"insufficient access rights on cross-reference id: {value[:15]}"
        return Problem("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", text)
    if found.get("IsDeleted"):
        return Problem("ENTITY_IS_DELETED", "entity is deleted")
    if field.name == "OwnerId" and target.name == "User" and not found["IsActive"]:
        return Problem("INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{value}]")
    return None


def _no_queue(kind: ObjectType, field: Field, value: str, db: Database) -> Problem | None:
    """A group owns records only as a queue for their type. Assumption: the code; the text is Salesforce's."""
    if field.name != "OwnerId" or not value.startswith("00G"):
        return None
    sql = (
        'SELECT 1 FROM "Group" g JOIN "QueueSobject" q ON q."QueueId" = g."Id" '
        'WHERE g."Id" = ? AND g."Type" = \'Queue\' AND q."SobjectType" = ?'
    )
    if db.run(sql, (value, kind.name)).fetchone():
        return None
    text = "Queue not associated with this SObject type"
    return Problem("FIELD_INTEGRITY_EXCEPTION", text, ("OwnerId",))


def duplicate_values(
    kind: ObjectType, given: Mapping[str, Value], own_id: str | None, db: Database, view: View
) -> Iterator[Problem]:
    """Values of unique fields that another record holds. Records in the recycle bin do not count.

    A record that the user does not see is not named.
    """
    alive = '"IsDeleted" = 0 AND ' if kind.soft_delete else ""
    for field in kind.unique:
        value = given.get(field.name)
        if value is None:
            continue
        sql = f'SELECT "Id" FROM "{kind.name}" WHERE {alive}"{field.name}" = ? AND "Id" IS NOT ?'
        found = db.run(sql, (value, own_id)).fetchone()
        if found is not None:
            hidden = found[0] in view.hidden_rows
            name, other = ("<unknown>", "<unknown>") if hidden else (field.name, found[0][:15])
            text = f"duplicate value found: {name} duplicates value on record with id: {other}"
            yield Problem("DUPLICATE_VALUE", text, (field.name,))


def same_choice(kind: ObjectType, row: Row) -> Row:
    """Picklist values in the spelling of the definition: Salesforce matches them without regard to case."""
    for name, value in row.items():
        field = kind.by_name[name.lower()]
        if field.choices and field.type == "picklist" and isinstance(value, str):
            row[name] = next((c.value for c in field.choices if c.value.lower() == value.lower()), value)
    return row
