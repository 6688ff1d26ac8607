"""Making, changing, renaming and taking away custom fields, for the Tooling and the Metadata API alike.

In: an org, a full name such as `Lead.Score__c`, and metadata as JSON. Out: a field that nobody sees yet, and
its row in CustomField. Raises ApiError. Source: Metadata API Developer Guide, "CustomField".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.metadata import field_from_metadata
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Field, Row

MOST_EXTERNAL_IDS = 25
CUSTOMIZABLE = frozenset(
    {"Lead", "Contact", "Account", "Opportunity", "Task", "User", "Campaign", "CampaignMember"}
)
_NAME = re.compile(r"[A-Za-z](?!\w*__\w*__c)\w{0,39}__c")


def known(org: Org, full_name: str) -> Row | None:
    """The row of the custom field of this name, in any case."""
    return next(org.db.find(org.kind("CustomField"), '"FullName" = ? COLLATE NOCASE', full_name), None)


def create(org: Org, full_name: str, metadata: Mapping[str, object]) -> str:
    """Adds a field and returns the id of its row."""
    type_name, _, name = full_name.partition(".")
    type_name = _free(org, type_name, name)
    field = field_from_metadata(name, metadata)
    _check_external_ids(org, type_name, field)
    org.catalog.add_field(type_name, field)
    return _note(org, type_name, field, metadata)


def change(org: Org, row: Row, metadata: Mapping[str, object]) -> None:
    """Changes labels, help texts, lengths, picklist values; never the type."""
    type_name, name = _parts(row)
    field = field_from_metadata(name, metadata)
    before = next(f for f in org.catalog.custom_fields(type_name) if f.name == name)
    if field.type != before.type:
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", "Cannot change field type through this call")
    if not before.external_id:
        _check_external_ids(org, type_name, field)
    org.catalog.replace_field(type_name, field)
    org.db.update("CustomField", str(row["Id"]), {**_told(field, metadata), **_touched(org)})


def rename(org: Org, row: Row, full_name: str) -> None:
    """Gives a field another name on the same object; values and permissions stay with it."""
    type_name, name = _parts(row)
    new_type, _, new_name = full_name.partition(".")
    if new_type.lower() != type_name.lower():
        raise ApiError(400, "INVALID_FULL_NAME", "A field cannot move to another object", ["fullName"])
    _free(org, type_name, new_name)
    org.late.check_free(type_name)
    full_name = f"{type_name}.{new_name}"
    org.catalog.rename_field(type_name, name, new_name)
    org.db.run(
        'UPDATE "FieldPermissions" SET "Field" = ? WHERE "Field" = ?', (full_name, f"{type_name}.{name}")
    )
    changes: Row = {"FullName": full_name, "DeveloperName": new_name.removesuffix("__c")}
    org.db.update("CustomField", str(row["Id"]), {**changes, **_touched(org)})
    org.catalog.changed()


def remove(org: Org, row: Row) -> None:
    """Takes a field away, with its values and its permissions."""
    type_name, name = _parts(row)
    org.late.check_free(type_name)
    org.db.run('DELETE FROM "FieldPermissions" WHERE "Field" = ?', (f"{type_name}.{name}",))
    org.catalog.drop_field(type_name, name)
    org.db.remove("CustomField", str(row["Id"]))


def _parts(row: Row) -> tuple[str, str]:
    return str(row["TableEnumOrId"]), f"{row['DeveloperName']}__c"


def _free(org: Org, type_name: str, name: str) -> str:
    """The type in its own spelling, if a field of this name may be added to it."""
    kind = org.catalog.everything.find(type_name)
    if kind is None or kind.name not in CUSTOMIZABLE:
        raise ApiError(400, "INVALID_TYPE", f"Entity '{type_name}' does not exist or takes no custom fields")
    if not _NAME.fullmatch(name):
        text = (
            "The Field Name can only contain underscores and alphanumeric characters, must begin with a "
            f"letter, have at most 40 characters and end with __c: {name}"
        )
        raise ApiError(400, "INVALID_FULL_NAME", text, ["FullName"])
    if kind.find(name) is not None:
        text = f"There is already a field named {name.removesuffix('__c')} on {kind.name}."
        raise ApiError(400, "DUPLICATE_DEVELOPER_NAME", text, ["FullName"])
    return kind.name


def _check_external_ids(org: Org, type_name: str, field: Field) -> None:
    count = sum(1 for each in org.catalog.custom_fields(type_name) if each.external_id)
    if field.external_id and count >= MOST_EXTERNAL_IDS:
        text = f"You have reached the maximum number of {MOST_EXTERNAL_IDS} external id fields on {type_name}"
        raise ApiError(400, "LIMIT_EXCEEDED", text)


def _note(org: Org, type_name: str, field: Field, metadata: Mapping[str, object]) -> str:
    kind = org.kind("CustomField")
    now = org.stamp()
    row: Row = {
        "Id": org.db.next_id(kind),
        "DeveloperName": field.name.removesuffix("__c"),
        "TableEnumOrId": type_name,
        "FullName": f"{type_name}.{field.name}",
        "ManageableState": "unmanaged",
        **_told(field, metadata),
        **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now),
        **dict.fromkeys(("CreatedById", "LastModifiedById"), org.user),
    }
    org.db.insert(kind, [row])
    return str(row["Id"])


def _touched(org: Org) -> Row:
    now = org.stamp()
    return {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": org.user}


def _told(field: Field, metadata: Mapping[str, object]) -> Row:
    """What the row repeats of the metadata."""
    return {
        "InlineHelpText": field.help_text,
        "Description": str(metadata["description"]) if metadata.get("description") else None,
        "Metadata": orjson.dumps(metadata).decode(),
    }
