"""Permission sets as components: what they open is open at once for everybody who has them.

In: the XML of a permission set. Out: rows of PermissionSet, FieldPermissions and ObjectPermissions; the rest
of the document is kept with it. From v40.0 on a deploy replaces all that the set opened before (Metadata API
Developer Guide, "PermissionSet"). Nobody gets a set by deploying it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connector.sandbox.salesforce.mdapi import shelf
from connector.sandbox.salesforce.mdapi.component import (
    Component,
    MetadataProblem,
    Saved,
    Stored,
    not_found,
    required,
)
from connector.sandbox.salesforce.mdapi.fields import invalid_element
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row
from connector.sandbox.salesforce.soap.xml import Node

REPLACES_SINCE = 40
OPENING = ("fieldPermissions", "objectPermissions")
KNOWN = frozenset(
    {
        *OPENING,
        *("applicationVisibilities", "classAccesses", "customMetadataTypeAccesses", "customPermissions"),
        *("customSettingAccesses", "description", "flowAccesses", "fullName", "hasActivationRequired"),
        *("label", "license", "pageAccesses", "recordTypeVisibilities", "tabSettings", "userPermissions"),
    }
)
RIGHTS = {
    "allowRead": "PermissionsRead",
    "allowCreate": "PermissionsCreate",
    "allowEdit": "PermissionsEdit",
    "allowDelete": "PermissionsDelete",
    "viewAllRecords": "PermissionsViewAllRecords",
    "modifyAllRecords": "PermissionsModifyAllRecords",
}
NEEDS = {
    "allowCreate": "allowRead",
    "allowEdit": "allowRead",
    "allowDelete": "allowEdit",
    "viewAllRecords": "allowRead",
    "modifyAllRecords": "viewAllRecords",
}
_NAME = re.compile(r"[A-Za-z](?!\w*__)\w{0,79}(?<!_)")


def save(org: Org, component: Component) -> Saved:
    """Creates or changes a permission set and what it opens."""
    unknown = next((each for each in component.node.children if each.name not in KNOWN), None)
    if unknown is not None:
        raise invalid_element(unknown, "PermissionSet")
    required(component, "label")
    if not _NAME.fullmatch(component.full_name):
        raise MetadataProblem("INVALID_FULL_NAME", f"Invalid fullName: {component.full_name}", component.node)
    _check_classes(org, component.node)
    parent, created = _parent(org, component)
    if component.version >= REPLACES_SINCE:
        for table in ("FieldPermissions", "ObjectPermissions"):
            org.db.run(f'DELETE FROM "{table}" WHERE "ParentId" = ?', (parent,))
    for each in component.node.every("fieldPermissions"):
        _open_field(org, parent, each)
    for each in component.node.every("objectPermissions"):
        _open_object(org, parent, each)
    shelf.put(org, component)
    org.catalog.changed()
    return Saved(parent, created)


def every(org: Org) -> Iterator[Stored]:
    """All permission sets but those behind profiles, with what they open now."""
    for row in org.db.find(org.kind("PermissionSet"), '"IsOwnedByProfile" = 0'):
        told = {"label": row["Label"], "description": row["Description"]}
        body = {**_rest(org, str(row["Name"])), **told, **_opened(org, str(row["Id"]))}
        yield Stored(
            "PermissionSet",
            str(row["Name"]),
            str(row["Id"]),
            body,
            str(row["CreatedDate"]),
            str(row["LastModifiedDate"]),
        )


def _rest(org: Org, full_name: str) -> dict[str, object]:
    """What the document says beyond fields and objects."""
    kept = shelf.get(org, "PermissionSet", full_name)
    body = kept.body if kept is not None and isinstance(kept.body, dict) else {}
    return {name: value for name, value in body.items() if name not in OPENING}


def rename(org: Org, full_name: str, new_name: str) -> None:
    """The set must be there."""
    found = _row(org, full_name)
    if found is None:
        raise LookupError(full_name)
    org.db.update("PermissionSet", str(found["Id"]), {"Name": new_name})
    shelf.rename(org, "PermissionSet", full_name, new_name)


def remove(org: Org, full_name: str) -> bool:
    """Whether there was one. Its assignments go with it."""
    found = _row(org, full_name)
    if found is None:
        return False
    shelf.drop(org, "PermissionSet", full_name)
    for table, column in (
        ("FieldPermissions", "ParentId"),
        ("ObjectPermissions", "ParentId"),
        ("PermissionSetAssignment", "PermissionSetId"),
    ):
        org.db.run(f'DELETE FROM "{table}" WHERE "{column}" = ?', (found["Id"],))
    org.db.remove("PermissionSet", str(found["Id"]))
    org.catalog.changed()
    return True


def _row(org: Org, full_name: str) -> Row | None:
    where = '"Name" = ? AND "IsOwnedByProfile" = 0'
    return next(org.db.find(org.kind("PermissionSet"), where, full_name), None)


def _parent(org: Org, component: Component) -> tuple[str, bool]:
    """The id of the set's row, and whether it is new."""
    told: Row = {
        "Label": component.node.value("label"),
        "Description": component.node.value("description") or None,
    }
    found = _row(org, component.full_name)
    if found is not None:
        now = org.stamp()
        stamps: Row = {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": org.user}
        org.db.update("PermissionSet", str(found["Id"]), {**told, **stamps})
        return str(found["Id"]), False
    return _insert(org, "PermissionSet", {"Name": component.full_name, **told}), True


def _insert(org: Org, type_name: str, values: Row) -> str:
    kind = org.kind(type_name)
    now = org.stamp()
    blank: Row = {f.name: f.default for f in kind.stored if f.default is not None}
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    people = dict.fromkeys(("CreatedById", "LastModifiedById"), org.user)
    row: Row = {**blank, **values, **stamps, **people, "Id": org.db.next_id(kind)}
    org.db.insert(kind, [row])
    return str(row["Id"])


def _open_field(org: Org, parent: str, node: Node) -> None:
    type_name, _, name = node.value("field").partition(".")
    kind = org.catalog.everything.find(type_name)
    field = kind.find(name) if kind is not None else None
    if kind is None or field is None:
        raise not_found("field", "CustomField", node.value("field"), node.child("field") or node)
    full_name = f"{kind.name}.{field.name}"
    if field.required or field.type == "id":
        text = f"You cannot deploy to a required field: {full_name}"
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, node)
    edit, seen = node.flag("editable"), node.flag("readable") or node.flag("editable")
    if edit and not field.update:
        text = f"Field {full_name} is not editable"
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, node)
    if seen:
        _once(org, "FieldPermissions", parent, "Field", full_name)
        values: Row = {"SobjectType": kind.name, "PermissionsRead": True, "PermissionsEdit": edit}
        _insert(org, "FieldPermissions", {"ParentId": parent, "Field": full_name, **values})


def _open_object(org: Org, parent: str, node: Node) -> None:
    kind: ObjectType | None = org.catalog.everything.find(node.value("object"))
    if kind is None:
        raise not_found("field", "CustomObject", node.value("object"), node.child("object") or node)
    for right, needed in NEEDS.items():
        if node.flag(right) and not node.flag(needed):
            text = f"Permission {right} on {kind.name} depends on permission(s): {needed}"
            raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, node)
    _once(org, "ObjectPermissions", parent, "SobjectType", kind.name)
    rights: Row = {column: node.flag(tag) for tag, column in RIGHTS.items()}
    if node.flag("allowRead"):
        _insert(org, "ObjectPermissions", {"ParentId": parent, "SobjectType": kind.name, **rights})


def _once(org: Org, table: str, parent: str, column: str, name: str) -> None:
    """What is named again counts as it is named last."""
    org.db.run(f'DELETE FROM "{table}" WHERE "ParentId" = ? AND "{column}" = ?', (parent, name))


def _check_classes(org: Org, node: Node) -> None:
    for each in node.every("classAccesses"):
        name = each.value("apexClass")
        if shelf.get(org, "ApexClass", name) is None:
            raise not_found("apexClass", "ApexClass", name, each.child("apexClass") or each)


def _opened(org: Org, parent: str) -> dict[str, object]:
    fields = org.db.find(org.kind("FieldPermissions"), '"ParentId" = ?', parent)
    objects = org.db.find(org.kind("ObjectPermissions"), '"ParentId" = ?', parent)
    return {
        "fieldPermissions": [
            {"editable": row["PermissionsEdit"], "field": row["Field"], "readable": row["PermissionsRead"]}
            for row in fields
        ],
        "objectPermissions": [
            {**{tag: row[column] for tag, column in RIGHTS.items()}, "object": row["SobjectType"]}
            for row in objects
        ],
    }
