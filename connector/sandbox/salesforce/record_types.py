"""Record types: which an object has, which a new record gets, which picklist values each allows.

In: an org, rows about to be stored. Out: defaults and refusals. Source: Salesforce Help, "Record Types". A
value outside of its record type is refused where the picklist is restricted; other picklists take anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row, Value

TYPES = frozenset({"Lead", "Contact", "Account", "Opportunity"})
NOTE = "picklists of record types"

Narrowed = dict[str, dict[str, list[str]]]
"""Record type id -> field -> values."""


def narrowed(org: Org) -> Narrowed:
    """The picklists that record types cut down."""
    raw = org.db.noted(NOTE)
    found: Narrowed = orjson.loads(raw) if raw else {}
    return found


def narrow(org: Org, record_type_id: str, picklists: Mapping[str, Sequence[str]]) -> None:
    """Only these values are left in the picklists of records of this type."""
    known = {**narrowed(org), record_type_id: {name: list(values) for name, values in picklists.items()}}
    org.db.note(NOTE, orjson.dumps(known).decode())


def default(org: Org, kind: ObjectType) -> Value:
    """What a record gets that names none: the first. Assumption: that is the running user's default."""
    if kind.name not in TYPES or not org.catalog.has(f"record_types {kind.name}"):
        return None
    found = org.db.find(org.kind("RecordType"), '"SobjectType" = ? AND "IsActive" = 1', kind.name)
    return next((row["Id"] for row in found), None)


def problems(org: Org, kind: ObjectType, given: Row, row: Row) -> Iterator[Problem]:
    """A record type of another object, and values that the record's type does not have."""
    chosen = row.get("RecordTypeId")
    if kind.name not in TYPES or not isinstance(chosen, str):
        return
    found = org.db.read(org.kind("RecordType"), chosen)
    if "RecordTypeId" in given and (found is None or found["SobjectType"] != kind.name):
        text = f"Record Type ID: this ID value isn't valid for the user: {chosen}"
        yield Problem("INVALID_CROSS_REFERENCE_KEY", text, ("RecordTypeId",))
    for name, values in narrowed(org).get(chosen, {}).items():
        field = kind.by_name[name.lower()]
        if field.restricted:
            yield from _outside(field.label, name, given.get(name), {value.lower() for value in values})


def _outside(label: str, name: str, value: Value, allowed: set[str]) -> Iterator[Problem]:
    for chosen in value.split(";") if isinstance(value, str) else ():
        if chosen.lower() not in allowed:
            text = f"{label}: bad value for restricted picklist field: {chosen}"
            yield Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, (name,))
