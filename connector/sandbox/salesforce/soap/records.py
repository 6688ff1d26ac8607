"""create, update, upsert, delete, undelete, emptyRecycleBin and merge over SOAP.

In: sObjects and ids. Out: a result for each. Source: SOAP API Developer Guide, "Core Calls". Up to 200
records a call; merge takes as many requests, each with one or two records to merge into the master.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from connector.sandbox.salesforce import lifecycle, sharing, writes
from connector.sandbox.salesforce.collections import same_key, upserted
from connector.sandbox.salesforce.errors import ApiError, refuse
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.links import linked
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value
from connector.sandbox.salesforce.soap import verdicts
from connector.sandbox.salesforce.soap.envelope import Fault
from connector.sandbox.salesforce.soap.service import SoapCall
from connector.sandbox.salesforce.soap.xml import NIL, NOTHING, Node
from connector.sandbox.salesforce.soql.rows import Json
from connector.sandbox.salesforce.values import parse_row

BLANK: Json = {"id": NIL}


def create(call: SoapCall) -> list[Json]:
    """create(sObjects[])"""

    def one(node: Node) -> Json:
        kind, row = _record(call, node)
        return {"id": writes.create(call.store, call.writing, kind, row)}

    return _each(call, list(call.asked.every("sObjects")), one)


def update(call: SoapCall) -> list[Json]:
    """update(sObjects[])"""

    def one(node: Node) -> Json:
        kind, row = _record(call, node)
        record_id = _own_id(kind, row.pop("Id", None), "Id not specified in an update call")
        writes.update(call.store, call.writing, kind, record_id, row)
        return {"id": record_id}

    return _each(call, list(call.asked.every("sObjects")), one)


def upsert(call: SoapCall) -> list[Json]:
    """upsert(externalIDFieldName, sObjects[])"""
    nodes = list(call.asked.every("sObjects"))
    verdicts.few(nodes)
    records = [_record(call, node) for node in nodes]
    if len({kind.name for kind, _ in records}) > 1:
        raise Fault("INVALID_TYPE", "All records of an upsert must be of the same type")
    if not records:
        return []
    kind = records[0][0]
    field = _key(kind, call.asked.value("externalIDFieldName"))
    keys: Counter[Value] = Counter(same_key(field, row.get(field.name)) for _, row in records)
    work = [partial(upserted, call, kind, field, row, keys) for _, row in records]
    return verdicts.each(call, work, {**BLANK, "created": False}, call.all_or_none)


def delete(call: SoapCall) -> list[Json]:
    """delete(ids[])"""

    def one(given: str) -> Json:
        kind, record_id = _named(call, given)
        writes.delete(call.store, call.writing, kind, record_id)
        return {"id": record_id}

    return _each_id(call, one)


def undelete(call: SoapCall) -> list[Json]:
    """undelete(ids[])"""

    def one(given: str) -> Json:
        kind, record_id = _named(call, given)
        lifecycle.undelete(call.store, call.store.user, kind, record_id)
        return {"id": record_id}

    return _each_id(call, one)


def empty_recycle_bin(call: SoapCall) -> list[Json]:
    """emptyRecycleBin(ids[]): gone for good."""

    def one(given: str) -> Json:
        kind, record_id = _named(call, given)
        row = call.store.db.read(kind, record_id)
        if row is None or not row.get("IsDeleted"):
            raise refuse("INVALID_ID_FIELD", "Entity is not in the recycle bin")
        call.store.db.remove(kind.name, record_id)
        return {"id": record_id}

    return _each_id(call, one)


def merge(call: SoapCall) -> list[Json]:
    """merge(mergeRequests[])"""
    asked = list(call.asked.every("mergeRequests"))
    verdicts.few(asked)
    return verdicts.each(call, [partial(_merged, call, node) for node in asked], BLANK)


def _merged(call: SoapCall, node: Node) -> Json:
    """The master with the values given for it, and what the losers had below them. Assumption: the codes."""
    kind, row = _record(call, node.child("masterRecord") or NOTHING)
    if kind.name not in lifecycle.MERGEABLE:
        raise refuse("INVALID_TYPE_FOR_OPERATION", f"entity type {kind.name} does not support merge")
    master = _own_id(kind, row.pop("Id", None), "Id not specified in a merge call")
    losers = [writes.well_formed(kind, given) for given in node.values("recordToMergeIds")]
    for each in (master, *losers):
        sharing.check_writable(call.view, each)
        if kind.name == "Lead" and writes.existing(call.store, kind, each)["IsConverted"]:
            raise refuse("CANNOT_UPDATE_CONVERTED_LEAD", writes.CONVERTED)
    try:
        related = lifecycle.merge(call.store, call.store.user, kind, master, losers)
    except ValueError as error:
        raise refuse("INVALID_ID_FIELD", str(error)) from error
    if row:
        writes.update(call.store, call.writing, kind, master, row)
    return {"id": master, "mergedRecordIds": losers, "updatedRelatedIds": related}


def _each(call: SoapCall, nodes: list[Node], one: verdicts.OnNode) -> list[Json]:
    verdicts.few(nodes)
    return verdicts.each(call, [partial(one, node) for node in nodes], BLANK, call.all_or_none)


def _each_id(call: SoapCall, one: verdicts.OnId) -> list[Json]:
    ids = call.asked.values("ids")
    verdicts.few(ids)
    return verdicts.each(call, [partial(one, given) for given in ids], BLANK, call.all_or_none)


def _record(call: SoapCall, node: Node) -> tuple[ObjectType, Row]:
    """An sObject: its type stands in an element (partner) or an attribute (enterprise)."""
    name = node.value("type") or node.declared_type
    kind = call.view.find(name)
    if kind is None:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    body: dict[str, object] = dict.fromkeys(node.values("fieldsToNull"))
    body |= {each.name: _value(each) for each in node.without("type", "fieldsToNull")}
    row = parse_row(kind, linked(call, kind, body))
    return call.store.kind(kind.name), row


def _value(node: Node) -> object:
    """Text; null; or a reference by external id."""
    if node.children:
        return {each.name: each.text for each in node.without("type")}
    return None if node.is_nil else node.text


def _own_id(kind: ObjectType, given: Value, missing: str) -> str:
    if given is None:
        raise refuse("MISSING_ARGUMENT", missing)
    return writes.well_formed(kind, given)


def _named(call: SoapCall, given: str) -> tuple[ObjectType, str]:
    kind = call.view.by_prefix(to_18(given) or "")
    if kind is None:
        raise refuse("MALFORMED_ID", f"bad id {given}")
    return call.store.kind(kind.name), writes.well_formed(kind, given)


def _key(kind: ObjectType, name: str) -> Field:
    field = kind.find(name)
    if field is None or not (field.external_id or field.id_lookup):
        text = f"Field name provided, {name} is not an External ID or indexed field for {kind.name}"
        raise Fault("INVALID_FIELD", text)
    return field
