"""Permission sets, who has them, which fields they open; and custom fields as the Tooling API shows them."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    ObjectType,
    area,
    flag,
    lookup,
    record_id,
    system_fields,
    text,
)

SETUP = system_fields(soft_delete=False)

PERMISSION_SET = ObjectType(
    "PermissionSet",
    "Permission Set",
    "Permission Sets",
    "0PS",
    (
        record_id("PermissionSet ID"),
        text("Name", "Permission Set Name", 80, required=True),
        text("Label", "Permission Set Label", 80, required=True),
        text("Description", "Description", 255),
        lookup("ProfileId", "Profile ID", "Profile", update=False),
        flag("IsOwnedByProfile", "Is Owned By Profile", create=False, update=False),
        flag("IsCustom", "Custom", create=False, update=False, default=True),
        flag("PermissionsModifyAllData", "Modify All Data"),
        flag("PermissionsViewAllData", "View All Data"),
        flag("PermissionsApiEnabled", "API Enabled"),
        text("Type", "Type", 40, create=False, update=False, default="Regular"),
        *SETUP,
    ),
    soft_delete=False,
)

ASSIGNMENT = ObjectType(
    "PermissionSetAssignment",
    "Permission Set Assignment",
    "Permission Set Assignments",
    "0Pa",
    (
        record_id("PermissionSetAssignment ID"),
        lookup("PermissionSetId", "PermissionSet ID", "PermissionSet", required=True, update=False),
        lookup("AssigneeId", "Assignee ID", "User", required=True, update=False),
        *SETUP,
    ),
    update=False,
    soft_delete=False,
)

FIELD_PERMISSIONS = ObjectType(
    "FieldPermissions",
    "Field Permissions",
    "Field Permissions",
    "01k",
    (
        record_id("Field Permissions ID"),
        lookup("ParentId", "Parent ID", "PermissionSet", required=True, update=False),
        text("SobjectType", "Sobject Type Name", 40, required=True, update=False),
        text("Field", "Field Name", 255, required=True, update=False),
        flag("PermissionsEdit", "Edit Field"),
        flag("PermissionsRead", "Read Field"),
        *SETUP,
    ),
    soft_delete=False,
)

OBJECT_PERMISSIONS = ObjectType(
    "ObjectPermissions",
    "Object Permissions",
    "Object Permissions",
    "110",
    (
        record_id("Object Permissions ID"),
        lookup("ParentId", "Parent ID", "PermissionSet", required=True, update=False),
        text("SobjectType", "SObject Type Name", 40, required=True, update=False),
        flag("PermissionsRead", "Read Records"),
        flag("PermissionsCreate", "Create Records"),
        flag("PermissionsEdit", "Edit Records"),
        flag("PermissionsDelete", "Delete Records"),
        flag("PermissionsViewAllRecords", "Read All Records"),
        flag("PermissionsModifyAllRecords", "Edit All Records"),
        *SETUP,
    ),
    soft_delete=False,
)

CUSTOM_FIELD = ObjectType(
    "CustomField",
    "Custom Field",
    "Custom Fields",
    "00N",
    (
        record_id("Custom Field Definition ID"),
        text("DeveloperName", "Developer Name", 80),
        text("TableEnumOrId", "Table Enum Or Id", 80),
        text("NamespacePrefix", "Namespace Prefix", 15),
        text("FullName", "Full Name", 255),
        text("ManageableState", "Manageable State", 40, default="unmanaged"),
        area("InlineHelpText", "Inline Help Text", 255),
        area("Description", "Description", 1000),
        area("Metadata", "Metadata", 100_000),
        *SETUP,
    ),
    soft_delete=False,
    tooling=True,
)

ACCESS_TYPES = (PERMISSION_SET, ASSIGNMENT, FIELD_PERMISSIONS, OBJECT_PERMISSIONS, CUSTOM_FIELD)
