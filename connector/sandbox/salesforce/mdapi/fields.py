"""Custom fields as components.

In: the XML of a field. Out: the same field that the Tooling API would have made: visible to nobody until a
permission set or profile opens it (Metadata API Developer Guide, "CustomField"; from v31.0 on a deploy
grants nothing by itself).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import orjson

from connector.sandbox.salesforce import custom_fields, history
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.mdapi.component import NAMESPACE, Component, MetadataProblem, Saved, Stored
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Row
from connector.sandbox.salesforce.soap.xml import Node

NUMBERS = frozenset({"length", "precision", "scale", "visibleLines", "startingNumber", "relationshipOrder"})
FLAGS = frozenset(
    {
        "caseSensitive",
        "default",
        "externalId",
        "isActive",
        "required",
        "restricted",
        "sorted",
        "trackFeedHistory",
        "trackHistory",
        "trackTrending",
        "unique",
    }
)
TEXTS = frozenset(
    {
        "businessOwnerGroup",
        "businessOwnerUser",
        "businessStatus",
        "complianceGroup",
        "defaultValue",
        "deleteConstraint",
        "description",
        "displayFormat",
        "formula",
        "formulaTreatBlanksAs",
        "fullName",
        "inlineHelpText",
        "label",
        "referenceTo",
        "relationshipLabel",
        "relationshipName",
        "securityClassification",
        "type",
    }
)
GROUPS: Mapping[str, frozenset[str]] = {
    "valueSet": frozenset(
        {"controllingField", "restricted", "valueSetDefinition", "valueSetName", "valueSettings"}
    ),
    "valueSetDefinition": frozenset({"sorted", "value"}),
    "value": frozenset({"fullName", "default", "label", "color", "description", "isActive"}),
    "valueSettings": frozenset({"controllingFieldValue", "valueName"}),
}
LISTS = frozenset({"value", "valueSettings", "controllingFieldValue"})
TOP = NUMBERS | FLAGS | TEXTS | {"valueSet"}
_WHOLE = re.compile(r"[0-9]{1,9}")


def save(org: Org, component: Component) -> Saved:
    """Creates or changes a field; for a standard one only its history tracking."""
    type_name, _, name = component.full_name.partition(".")
    kind = org.catalog.everything.find(type_name)
    standard = kind.find(name) if kind is not None else None
    if kind is not None and standard is not None and not standard.custom:
        _track(org, kind.name, standard.name, component.node)
        return Saved("", False)
    if not name.endswith("__c"):
        raise MetadataProblem("INVALID_FULL_NAME", "fullName must end with: __c", component.node)
    try:
        return _saved(org, component, _metadata(component.node))
    except ApiError as error:
        first = error.problems[0]
        place = next((c for f in first.fields for c in component.node.every(f)), component.node)
        raise MetadataProblem(first.code, first.message, place) from error


def _saved(org: Org, component: Component, metadata: Mapping[str, object]) -> Saved:
    found = custom_fields.known(org, component.full_name)
    if found is None:
        made = custom_fields.create(org, component.full_name, metadata)
    else:
        made = str(found["Id"])
        custom_fields.change(org, found, metadata)
    type_name, _, name = component.full_name.partition(".")
    _track(org, org.kind(type_name).name, name, component.node)
    return Saved(made, found is None)


def every(org: Org) -> Iterator[Stored]:
    """The custom fields of all objects."""
    rows = org.db.find(org.kind("CustomField"), "1")
    return (_stored(row) for row in rows)


def remove(org: Org, full_name: str) -> bool:
    """Whether there was one."""
    found = custom_fields.known(org, full_name)
    if found is not None:
        with _told_by_name():
            custom_fields.remove(org, found)
    return found is not None


def rename(org: Org, full_name: str, new_name: str) -> None:
    """The field must be there."""
    found = custom_fields.known(org, full_name)
    if found is None:
        raise LookupError(full_name)
    with _told_by_name():
        custom_fields.rename(org, found, new_name)


@contextmanager
def _told_by_name() -> Iterator[None]:
    """A refusal that is told with the name of the field, and no place in a file."""
    try:
        yield
    except ApiError as error:
        raise MetadataProblem(error.problems[0].code, error.problems[0].message) from error


def _stored(row: Row) -> Stored:
    body: dict[str, object] = orjson.loads(str(row["Metadata"]))
    created, modified = str(row["CreatedDate"]), str(row["LastModifiedDate"])
    return Stored("CustomField", str(row["FullName"]), str(row["Id"]), body, created, modified)


def _metadata(node: Node) -> dict[str, object]:
    """The JSON that the Tooling API would have got."""
    return {name: value for name, value in _group(node, "CustomField", TOP).items() if name != "fullName"}


def _group(node: Node, type_name: str, known: frozenset[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in node.children:
        if each.name not in known:
            raise invalid_element(each, type_name)
        value = _value(each)
        if each.name in LISTS:
            listed = found.setdefault(each.name, [])
            assert isinstance(listed, list)
            listed.append(value)
        else:
            found[each.name] = value
    return found


def invalid_element(node: Node, type_name: str) -> MetadataProblem:
    """What Salesforce says to an element that it does not know."""
    text = f"Element {{{NAMESPACE}}}{node.name} invalid at this location in type {type_name}"
    return MetadataProblem("INVALID_FIELD", text, node)


def _value(node: Node) -> object:
    text = node.text.strip()
    if node.name in GROUPS:
        return _group(node, node.name[:1].upper() + node.name[1:], GROUPS[node.name])
    if node.name in FLAGS:
        if text not in ("true", "false", "1", "0"):
            raise _not_valid(node, "boolean")
        return text in ("true", "1")
    if node.name in NUMBERS:
        if not _WHOLE.fullmatch(text):
            raise _not_valid(node, "int")
        return int(text)
    return text


def _not_valid(node: Node, type_name: str) -> MetadataProblem:
    text = f"'{node.text.strip()}' is not a valid value for the type xsd:{type_name}"
    return MetadataProblem("INVALID_FIELD", text, node)


def _track(org: Org, type_name: str, name: str, node: Node) -> None:
    """trackHistory switches the field's history on or off, where the object keeps one."""
    told = node.child("trackHistory")
    if told is None:
        return
    before = org.catalog.tracked(type_name)
    wanted = before | {name} if node.flag("trackHistory") else before - {name}
    try:
        if wanted != before:
            history.track(org, type_name, wanted)
    except (LookupError, ValueError) as error:
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", str(error), told) from error
