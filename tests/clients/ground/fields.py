"""A custom field of our own in Salesforce, which the tests upsert by.

What enters: an org and a tag. What leaves: the name of a field that the running user sees. Source: Tooling
API, "CustomField"; a field that was made through the API is seen by nobody until field permissions are
given.
"""

from __future__ import annotations

from typing import Any

from ground.base import Ground
from ground.salesforce import SalesforceGround
from ground.tag import MARK

KEY = {"type": "Text", "length": 40, "externalId": True, "unique": True}


def key_field(ground: Ground, salesforce: SalesforceGround, **more: Any) -> str:
    """An external id on Lead; made at the first use. With `more` ("unique": False) another one."""
    kept = f"Lead key {sorted(more)}"
    if kept not in ground.kept:
        ground.kept[kept] = make_field(ground, salesforce, "Lead", KEY | more)
    return ground.kept[kept]


def make_field(
    ground: Ground, salesforce: SalesforceGround, object_type: str, metadata: dict[str, Any]
) -> str:
    """A new custom field that the running user may read and edit; its name."""
    name = f"{MARK}_{ground.tag.name().split('_', 1)[1]}__c"
    body = {"FullName": f"{object_type}.{name}", "Metadata": {"label": name[:40], **metadata}}
    made = salesforce.api.toolingexecute("sobjects/CustomField", method="POST", data=body)
    assert made["success"], made
    permission = {"SobjectType": object_type, "Field": f"{object_type}.{name}"}
    rights = {"PermissionsRead": True, "PermissionsEdit": True}
    salesforce.api.FieldPermissions.create(
        {"ParentId": _permission_set(ground, salesforce), **permission, **rights}
    )
    return name


def _permission_set(ground: Ground, salesforce: SalesforceGround) -> str:
    if "permission set" not in ground.kept:
        label = ground.tag.text()
        row = {"Name": label.replace(" ", "_"), "Label": label}
        made = salesforce.api.PermissionSet.create(row)["id"]
        user = salesforce.call("GET", "/services/oauth2/userinfo").json()["user_id"]
        salesforce.api.PermissionSetAssignment.create({"PermissionSetId": made, "AssigneeId": user})
        ground.kept["permission set"] = made
    return ground.kept["permission set"]
