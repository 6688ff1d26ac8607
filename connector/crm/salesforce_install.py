"""Adding custom fields to Salesforce, and making them visible.

Enters: the new fields of one object. Leaves: nothing; afterwards this user sees and may edit them. A field
made through the API is visible to nobody until field permissions are granted, so a permission set
"smarketing" grants them. Everything can be repeated: what exists is left as it is.
"""

from collections.abc import Callable, Sequence
from typing import Any

from connector.crm import soql
from connector.crm.base import NewField
from connector.crm.salesforce_query import Reader, stop
from connector.crm.salesforce_schema import custom_field, same_type
from connector.crm.salesforce_wire import SalesforceWire
from connector.crm.salesforce_write import Collections
from connector.crm.soql import Query
from connector.crm.wire import VendorRefusal
from connector.errors import Refused, Stop
from connector.model import Op, Result, Verdict, Write
from connector.salesforce_ids import to_18
from connector.schema import Schema

PERMISSION_SET = "smarketing"
_EXISTS = ("DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE")


class Installer:
    """Creates fields and grants them. ``describe`` is the adapter's ``schema``."""

    def __init__(self, wire: SalesforceWire, reader: Reader, describe: Callable[[str], Schema]) -> None:
        self._wire = wire
        self._reader = reader
        self._collections = Collections(wire)
        self._describe = describe

    def add(self, type: str, new: Sequence[NewField]) -> None:
        """Add fields to an object. Raises Refused where one exists with another type, before anything is
        added."""
        self._check(type, new)
        there = self._describe(type).fields
        for field in new:
            if field.name not in there:
                self._create_field(type, field)
        self._grant(type, [field.name for field in new])
        self._check(type, new)

    def _check(self, type: str, new: Sequence[NewField]) -> None:
        there = self._describe(type).fields
        clashing = tuple(f.name for f in new if f.name in there and not same_type(there[f.name], f))
        if clashing:
            raise Refused(
                f"Salesforce {type} already has fields of another type: {', '.join(clashing)}",
                code="FIELD_TYPE_DIFFERS",
                fields=clashing,
                fix="Rename or remove these fields in Salesforce, then run install again",
            )

    def _create_field(self, type: str, field: NewField) -> None:
        kind = f"create field {type}"
        body = custom_field(type, field)
        try:
            self._wire.call(kind, "POST", "tooling/sobjects/CustomField", body=body, expect=_created)
        except VendorRefusal as refusal:
            if refusal.code not in _EXISTS:
                raise stop(refusal, f"{kind} {field.name}") from refusal

    # ------------------------------------------------------------ permissions

    def _grant(self, type: str, names: Sequence[str]) -> None:
        permission_set = self._one("PermissionSet", f"Name = {soql.text(PERMISSION_SET)}") or self._create(
            "PermissionSet", [{"Name": PERMISSION_SET, "Label": PERMISSION_SET}]
        )
        here = f"ParentId = '{permission_set}' AND SobjectType = {soql.text(type)}"
        query = Query("FieldPermissions", ("Id", "Field"), here)
        granted = set(self._reader.rows(query, lambda row: str(row["Field"])))
        missing = [f"{type}.{name}" for name in names if f"{type}.{name}" not in granted]
        access = {"PermissionsRead": True, "PermissionsEdit": True}
        rows = [
            {"ParentId": permission_set, "SobjectType": type, "Field": field, **access} for field in missing
        ]
        if rows:
            self._create("FieldPermissions", rows)
        self._assign(permission_set)

    def _assign(self, permission_set: str) -> None:
        user = self._wire.token().user
        if user is None:
            raise Stop(
                "the Salesforce login does not say which user it is for",
                fix=f"Assign the permission set '{PERMISSION_SET}' to the integration user by hand",
                reason="permission",
            )
        whose = f"AssigneeId = '{user}' AND PermissionSetId = '{permission_set}'"
        if self._one("PermissionSetAssignment", whose) is None:
            self._create("PermissionSetAssignment", [{"AssigneeId": user, "PermissionSetId": permission_set}])

    def _one(self, type: str, where: str) -> str | None:
        found = list(self._reader.rows(Query(type, ("Id",), where), lambda row: str(row["Id"])))
        return to_18(found[0]) if found else None

    def _create(self, type: str, rows: Sequence[dict[str, Any]]) -> str:
        """Create set-up records; returns the id of the first. One that exists by now is no error."""
        writes = [Write(str(place), Op.CREATE, type, None, row) for place, row in enumerate(rows)]
        results: dict[str, Result] = {}
        self._collections.create(type, writes, results)
        for result in results.values():
            if result.verdict is not Verdict.DONE and result.code not in _EXISTS:
                raise Stop(
                    f"{result.message or result.code} (create {type})",
                    fix="Let an administrator with 'Manage Profiles and Permission Sets' run install",
                    reason="permission",
                )
        return results["0"].id or ""


def _created(data: Any) -> str:
    if data["success"] is not True:
        raise ValueError("not created")
    return str(data["id"])
