"""References by external id inside a record: `{"Account": {"Ext_Id__c": "42"}}` in place of AccountId.

In: the JSON of a record. Out: the same with ids. Raises RecordError for keys that name nothing or several
records.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.salesforce.errors import RecordError, refuse
from connector.sandbox.salesforce.http import Acting
from connector.sandbox.salesforce.schema import Field, ObjectType
from connector.sandbox.salesforce.sharing import and_seen
from connector.sandbox.salesforce.values import parse_value, unknown_field


def linked(call: Acting, kind: ObjectType, body: Mapping[str, object]) -> dict[str, object]:
    """The record with every nested reference replaced by the id it means."""
    if not any(type(raw) is dict for name, raw in body.items() if name != "attributes"):
        return dict(body)
    plain: dict[str, object] = {}
    for name, raw in body.items():
        link = kind.by_relationship.get(name.lower())
        if link is not None and isinstance(raw, dict):
            plain[link.name] = _meant(call, link, raw)
        else:
            plain[name] = raw
    return plain


def _meant(call: Acting, link: Field, reference: Mapping[str, object]) -> str:
    keys = [(name, value) for name, value in reference.items() if name != "attributes"]
    kinds = [k for name in link.refers_to if (k := call.view.find(name)) is not None]
    if not kinds or len(keys) != 1:
        raise refuse("INVALID_FIELD", f"{link.relationship}: exactly one external ID field is expected")
    name, raw = keys[0]
    kind, field = _key(kinds, name)
    alive = ' AND "IsDeleted" = 0' if kind.soft_delete else ""
    sql = f'SELECT "Id" FROM "{kind.name}" WHERE "{field.name}" = ?{alive}{and_seen(call.view)}'
    found = call.store.db.run(sql, (parse_value(field, raw),)).fetchall()
    if len(found) != 1:
        raise _unclear(field, kind, raw, len(found))
    return str(found[0][0])


def _key(kinds: list[ObjectType], name: str) -> tuple[ObjectType, Field]:
    """The first type that has this key: an owner may be a user or a queue, and only users have names."""
    for kind in kinds:
        field = kind.find(name)
        if field is not None and (field.external_id or field.id_lookup):
            return kind, field
    raise unknown_field(name, kinds[0].name)


def _unclear(field: Field, kind: ObjectType, raw: object, count: int) -> RecordError:
    if count == 0:
        text = f"Foreign key external ID: {raw} not found for field {field.name} in entity {kind.name}"
        return refuse("INVALID_FIELD", text, field.name)
    text = f"{field.name}: more than one record found for external id field"
    return refuse("DUPLICATE_EXTERNAL_ID", text, field.name)
