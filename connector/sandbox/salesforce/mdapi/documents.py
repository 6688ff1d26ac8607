"""What list views, reports, dashboards, layouts and folders must be like before the org keeps them.

In: an org and a component. Out: nothing, or MetadataProblem with the element to blame. Source: Metadata API
Developer Guide, the pages of these types; the words of the refusals come from issue threads, where somebody
met them; where nobody did they are an assumption.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from connector.sandbox.salesforce.mdapi import shelf
from connector.sandbox.salesforce.mdapi.columns import LIST_VIEW, REPORT_OBJECTS
from connector.sandbox.salesforce.mdapi.component import (
    Component,
    MetadataProblem,
    not_found,
    one_of,
    required,
)
from connector.sandbox.salesforce.mdapi.fields import invalid_element
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.soap.xml import Node

SCOPES = frozenset(
    {"Everything", "Mine", "Queue", "Delegated", "MyTerritory", "MyTeamTerritory", "Team", "AssignedToMe"}
)
OPERATIONS = frozenset(
    {
        *("equals", "notEqual", "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual", "contains"),
        *("notContain", "startsWith", "includes", "excludes", "within"),
    }
)
FORMATS = frozenset({"MultiBlock", "Matrix", "Summary", "Tabular"})
SORTS = frozenset({"Asc", "Desc"})
ACCESS = frozenset({"Shared", "Public", "Hidden", "PublicInternal"})
LIST_VIEW_ELEMENTS = frozenset(
    {"booleanFilter", "columns", "division", "filterScope", "filters", "fullName", "label", "language"}
    | {"queue", "sharedTo"}
)
FOLDER_ELEMENTS = frozenset(
    {"accessType", "folderShares", "fullName", "name", "publicFolderAccess", "sharedTo"}
)
MOST_FILTERS = 10
_CUSTOM = re.compile(r"(?:(\w+)[.$])?(\w+__c)")
_NAME = re.compile(r"[A-Za-z](?!\w*__)\w{0,79}(?<!_)")


def check(org: Org, component: Component) -> None:
    """Raises MetadataProblem for what this org would not take."""
    checking = _CHECKS.get(component.type)
    if checking is not None:
        checking(org, component)


def _list_view(org: Org, component: Component) -> None:
    type_name, _, name = component.full_name.partition(".")
    kind = _object(org, type_name, component.node)
    _named(name, component)
    for each in component.node.children:
        if each.name not in LIST_VIEW_ELEMENTS:
            raise invalid_element(each, "ListView")
    required(component, "label", "filterScope")
    one_of(component.node, "filterScope", "FilterScope", SCOPES)
    if component.node.value("filterScope") == "Mine":
        text = f"Invalid scope:Mine, not allowed on: {kind.name}"
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, component.node.child("filterScope"))
    for column in component.node.every("columns"):
        _resolve(kind, column)
    _filters(kind, component.node)


def _filters(kind: ObjectType, node: Node) -> None:
    filters = list(node.every("filters"))
    if len(filters) > MOST_FILTERS:
        text = f"Too many filters: at most {MOST_FILTERS}"
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, filters[MOST_FILTERS])
    for each in filters:
        _resolve(kind, each.child("field") or each)
        one_of(each, "operation", "FilterOperation", OPERATIONS)


def _resolve(kind: ObjectType, node: Node) -> None:
    """Standard fields go by their codes, not by their API names; custom ones by theirs."""
    code = node.text.strip()
    if code not in LIST_VIEW.get(kind.name, frozenset()) and not _is_custom(kind, code):
        raise MetadataProblem(
            "FIELD_INTEGRITY_EXCEPTION", f"Could not resolve list view column: {code}", node
        )


def _is_custom(kind: ObjectType, code: str) -> bool:
    found = _CUSTOM.fullmatch(code)
    if found is None or (found[1] or kind.name).lower() != kind.name.lower():
        return False
    return kind.find(found[2]) is not None


def _folder(_org: Org, component: Component) -> None:
    _named(component.full_name, component)
    for each in component.node.children:
        if each.name not in FOLDER_ELEMENTS:
            raise invalid_element(each, component.type)
    required(component, "name")
    one_of(component.node, "accessType", "FolderAccessTypes", ACCESS)


def _report(org: Org, component: Component) -> None:
    _in_folder(org, component, "ReportFolder")
    required(component, "name", "reportType", "format")
    one_of(component.node, "format", "ReportFormat", FORMATS)
    objects = REPORT_OBJECTS.get(component.node.value("reportType"))
    if objects is None:
        text = f"Invalid report type: {component.node.value('reportType')}"
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, component.node.child("reportType"))
    kinds = [org.kind(each) for each in objects]
    groupings = [*component.node.every("groupingsDown"), *component.node.every("groupingsAcross")]
    if component.node.value("format") in ("Summary", "Matrix") and not groupings:
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", "The report needs a grouping", component.node)
    for each in groupings:
        one_of(each, "sortOrder", "SortOrder", SORTS)
    for place in _report_columns(component.node):
        _check_report_column(kinds, place)


def _report_columns(node: Node) -> Iterator[Node]:
    for parent in ("columns", "groupingsDown", "groupingsAcross"):
        yield from (each.child("field") or each for each in node.every(parent))
    criteria = node.child("filter")
    for each in criteria.every("criteriaItems") if criteria is not None else ():
        one_of(each, "operator", "FilterOperation", OPERATIONS)
        yield each.child("column") or each


def _check_report_column(kinds: list[ObjectType], node: Node) -> None:
    """Assumption: a code in capitals is right; which ones a report type has is listed nowhere."""
    code = node.text.strip()
    found = _CUSTOM.fullmatch(code)
    if found is None:
        good = code == code.upper() and code != ""
    else:
        own = [kind for kind in kinds if kind.name.lower() == (found[1] or "").lower()]
        good = any(kind.find(found[2]) is not None for kind in own)
    if not good:
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", f"Invalid field name: {code}", node)


def _dashboard(org: Org, component: Component) -> None:
    _in_folder(org, component, "DashboardFolder")
    required(component, "title")
    for place in _reports_in(component.node):
        if shelf.get(org, "Report", place.text.strip()) is None:
            raise not_found("report", "Report", place.text.strip(), place)


def _reports_in(node: Node) -> Iterator[Node]:
    for each in node.children:
        if each.name == "report" and not each.children:
            yield each
        else:
            yield from _reports_in(each)


def _layout(org: Org, component: Component) -> None:
    type_name, dash, _ = component.full_name.partition("-")
    kind = _object(org, type_name, component.node)
    if not dash:
        raise MetadataProblem("INVALID_FULL_NAME", f"Invalid fullName: {component.full_name}", component.node)
    placed = {}
    for item in _items(component.node):
        place = item.child("field")
        if place is None:
            continue
        field = kind.find(place.text.strip())
        if field is None:
            raise not_found("field", "CustomField", f"{kind.name}.{place.text.strip()}", place)
        placed[field.name] = place
    missing = next(
        (name for name in kind.required if name not in placed and not _in_name(name, placed)), None
    )
    if missing is not None:
        text = f"Layout must contain an item for required layout field: {missing}"
        raise MetadataProblem("FIELD_INTEGRITY_EXCEPTION", text, component.node)


def _in_name(name: str, placed: Mapping[str, Node]) -> bool:
    """A person's last name is part of the Name on a layout."""
    return name == "LastName" and "Name" in placed


def _items(node: Node) -> Iterator[Node]:
    for section in node.every("layoutSections"):
        for column in section.every("layoutColumns"):
            yield from column.every("layoutItems")


def _object(org: Org, type_name: str, place: Node) -> ObjectType:
    kind = org.catalog.everything.find(type_name)
    if kind is None:
        text = f"Entity of type 'CustomObject' named '{type_name}' cannot be found"
        raise MetadataProblem("INVALID_CROSS_REFERENCE_KEY", text, place)
    return kind


def _named(name: str, component: Component) -> None:
    if not _NAME.fullmatch(name):
        raise MetadataProblem("INVALID_FULL_NAME", f"Invalid fullName: {component.full_name}", component.node)


def _in_folder(org: Org, component: Component, folder_type: str) -> None:
    folder, slash, name = component.full_name.rpartition("/")
    if not slash or (folder != "unfiled$public" and shelf.get(org, folder_type, folder) is None):
        text = f"Cannot find folder:{folder}"
        raise MetadataProblem("INVALID_CROSS_REFERENCE_KEY", text, component.node)
    _named(name, component)


def _class(_org: Org, component: Component) -> None:
    required(component, "apiVersion")


def _child_of_object(org: Org, component: Component) -> None:
    _object(org, component.full_name.partition(".")[0], component.node)


_CHECKS: Mapping[str, Callable[[Org, Component], None]] = {
    "CustomObject": _child_of_object,
    "ApexClass": _class,
    "CompactLayout": _child_of_object,
    "Dashboard": _dashboard,
    "DashboardFolder": _folder,
    "FieldSet": _child_of_object,
    "Layout": _layout,
    "ListView": _list_view,
    "Report": _report,
    "ReportFolder": _folder,
    "ValidationRule": _child_of_object,
    "WebLink": _child_of_object,
}
