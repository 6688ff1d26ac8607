"""Which types of components there are here, where their files lie, and in which order they are deployed.

In: nothing. Out: tables. Source: Metadata API Developer Guide, "Metadata Types", "describeMetadata()".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Type:
    """One type. Children of objects have no folder: `tag` is their element in the object's file."""

    name: str
    folder: str = ""
    suffix: str = ""
    in_folder: bool = False
    meta_file: bool = False
    wildcard: bool = True
    tag: str = ""


OBJECT = Type("CustomObject", "objects", "object")
CHILDREN = (
    Type("CustomField", tag="fields", wildcard=False),
    Type("ListView", tag="listViews", wildcard=False),
    Type("ValidationRule", tag="validationRules", wildcard=False),
    Type("CompactLayout", tag="compactLayouts", wildcard=False),
    Type("FieldSet", tag="fieldSets", wildcard=False),
    Type("WebLink", tag="webLinks", wildcard=False),
)
FILES = (
    OBJECT,
    Type("ApexClass", "classes", "cls", meta_file=True),
    Type("Layout", "layouts", "layout"),
    Type("Report", "reports", "report", in_folder=True, wildcard=False),
    Type("Dashboard", "dashboards", "dashboard", in_folder=True, wildcard=False),
    Type("PermissionSet", "permissionsets", "permissionset"),
)
FOLDERS = {"Report": "ReportFolder", "Dashboard": "DashboardFolder"}
FOLDER_TYPES = frozenset(FOLDERS.values())
CHILD_TYPES = {each.name: each for each in CHILDREN}
BY_TAG = {each.tag: each for each in CHILDREN}
BY_FOLDER = {each.folder: each for each in FILES}
TYPES = {each.name: each for each in (*FILES, *CHILDREN)}

ORDER = (
    "CustomObject",
    "CustomField",
    "ApexClass",
    "ReportFolder",
    "DashboardFolder",
    "ValidationRule",
    "FieldSet",
    "CompactLayout",
    "WebLink",
    "ListView",
    "Report",
    "Dashboard",
    "Layout",
    "PermissionSet",
)
"""What others refer to comes first."""


def file_of(type_name: str, full_name: str) -> str:
    """The path of a component's file in a package, with forward slashes."""
    if type_name in CHILD_TYPES:
        return f"objects/{full_name.partition('.')[0]}.object"
    if type_name in FOLDER_TYPES:
        return f"{TYPES[type_name.removesuffix('Folder')].folder}/{full_name}-meta.xml"
    kind = TYPES[type_name]
    return f"{kind.folder}/{full_name}.{kind.suffix}"
