"""One way to save, list, find, rename and remove components of any type.

In: an org and components. Out: changed tables. Raises MetadataProblem and then has changed nothing that its
caller's transaction does not undo.
"""

from __future__ import annotations

from collections.abc import Iterable

from connector.sandbox.salesforce.mdapi import documents, fields, objects, permission_sets, shelf
from connector.sandbox.salesforce.mdapi.component import Component, MetadataProblem, Saved, Stored
from connector.sandbox.salesforce.org import Org


def save(org: Org, component: Component) -> Saved:
    """Creates or replaces a component."""
    if component.type == "CustomField":
        return fields.save(org, component)
    if component.type == "PermissionSet":
        return permission_sets.save(org, component)
    documents.check(org, component)
    return shelf.put(org, component)


def every(org: Org, type_name: str) -> list[Stored]:
    """All components of a type."""
    found: Iterable[Stored]
    if type_name == "CustomField":
        found = fields.every(org)
    elif type_name == "CustomObject":
        found = objects.every(org)
    elif type_name == "PermissionSet":
        found = permission_sets.every(org)
    else:
        found = shelf.every(org, type_name)
    return list(found)


def find(org: Org, type_name: str, full_name: str) -> Stored | None:
    """The component of this name, in any case."""
    wanted = full_name.lower()
    return next((each for each in every(org, type_name) if each.full_name.lower() == wanted), None)


def remove(org: Org, type_name: str, full_name: str) -> bool:
    """Whether there was one. Raises MetadataProblem for what must stay."""
    if type_name == "CustomObject":
        raise MetadataProblem(
            "INSUFFICIENT_ACCESS_OR_READONLY", f"Cannot delete standard object: {full_name}"
        )
    _check_unused(org, type_name, full_name)
    if type_name == "CustomField":
        return fields.remove(org, full_name)
    if type_name == "PermissionSet":
        return permission_sets.remove(org, full_name)
    return shelf.drop(org, type_name, full_name)


def rename(org: Org, type_name: str, full_name: str, new_name: str) -> None:
    """The component must be there. Raises MetadataProblem for a name that is taken or cannot be."""
    if type_name == "CustomField":
        fields.rename(org, full_name, new_name)
    elif find(org, type_name, new_name) is not None:
        raise MetadataProblem("DUPLICATE_DEVELOPER_NAME", f"This name is already in use: {new_name}")
    elif type_name == "PermissionSet":
        permission_sets.rename(org, full_name, new_name)
    else:
        shelf.rename(org, type_name, full_name, new_name)


def _check_unused(org: Org, type_name: str, full_name: str) -> None:
    """A folder with something in it, and a report on a dashboard, cannot go. Assumption: the words."""
    inside = type_name.removesuffix("Folder")
    if inside != type_name and any(e.full_name.startswith(f"{full_name}/") for e in every(org, inside)):
        raise MetadataProblem("DEPENDENCY_EXISTS", f"The folder {full_name} is not empty")
