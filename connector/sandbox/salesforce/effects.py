"""What one write does to other records.

In: an org and the record just written. Out: further changed rows: a single primary contact role, the last
activity of a person, children of a deleted record, new visibility after a change of permissions.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.salesforce import campaigns, history
from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Row, Value

ACCESS = frozenset({"PermissionSet", "PermissionSetAssignment", "FieldPermissions"})
SETUP = {
    "FieldPermissions": ("ParentId", "Field"),
    "ObjectPermissions": ("ParentId", "SobjectType"),
    "PermissionSetAssignment": ("PermissionSetId", "AssigneeId"),
    "PermissionSet": ("Name",),
}
"""Setup records, and the fields that no two of them may share."""
ABOUT = (("Task", "WhatId"), ("Event", "WhatId"))
WITH = (("Task", "WhoId"), ("Event", "WhoId"))
# Deleting the first takes the others along (Salesforce Help, "Delete Records").
CHILDREN: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), *ABOUT),
    "Contact": (("OpportunityContactRole", "ContactId"), ("CampaignMember", "ContactId"), *WITH),
    "Lead": (("CampaignMember", "LeadId"), *WITH),
    "Opportunity": (("OpportunityContactRole", "OpportunityId"), *ABOUT),
    "Campaign": (("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId"), *ABOUT),
}


def after_write(org: Org, type_name: str, row: Row, before: Row | None) -> None:
    """Everything that follows from a stored record."""
    if type_name in ACCESS:
        org.catalog.changed()
    elif type_name == "OpportunityContactRole" and row["IsPrimary"]:
        _only_primary(org, row)
    elif type_name == "Opportunity" and before is None and row["ContactId"]:
        _first_role(org, row)
    elif (type_name == "Task" and row["IsClosed"]) or (type_name == "Event" and _is_over(org, row)):
        _note_activity(org, row)
    elif type_name == "Campaign" and before is None:
        campaigns.first_statuses(org, row)
    elif type_name == "CampaignMember":
        campaigns.count_members(org, row["CampaignId"])


def _only_primary(org: Org, row: Row) -> None:
    """An opportunity has one primary contact: the one set last."""
    sql = (
        'UPDATE "OpportunityContactRole" SET "IsPrimary" = 0, "SystemModstamp" = ?, "LastModifiedDate" = ? '
        'WHERE "OpportunityId" = ? AND "IsPrimary" = 1 AND "Id" <> ?'
    )
    now = row["SystemModstamp"]
    org.db.run(sql, (now, now, row["OpportunityId"], row["Id"]))


def _first_role(org: Org, opportunity: Row) -> None:
    """ContactId on a new opportunity becomes its primary contact role."""
    kind = org.kind("OpportunityContactRole")
    stamps = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
    role: Row = {name: opportunity[name] for name in stamps}
    role |= {
        "Id": org.db.next_id(kind),
        "OpportunityId": opportunity["Id"],
        "ContactId": opportunity["ContactId"],
    }
    org.db.insert(kind, [{**role, "IsPrimary": True, "IsDeleted": False}])


def _is_over(org: Org, event: Row) -> bool:
    return str(event["EndDateTime"]) <= org.stamp()


def _note_activity(org: Org, task: Row) -> None:
    """A finished activity moves LastActivityDate, and with it SystemModstamp but not LastModifiedDate."""
    for target, table in _activity_targets(task):
        sql = (
            f'UPDATE "{table}" SET "LastActivityDate" = ?1, "SystemModstamp" = ?2 '
            'WHERE "Id" = ?3 AND ifnull("LastActivityDate", \'\') < ?1'
        )
        org.db.run(
            sql, (task["ActivityDate"] or str(task["SystemModstamp"])[:10], task["SystemModstamp"], target)
        )


def _activity_targets(task: Row) -> Iterator[tuple[str, str]]:
    tables = {"00Q": "Lead", "003": "Contact", "001": "Account", "006": "Opportunity"}
    for name in ("WhoId", "WhatId", "AccountId"):
        target = task.get(name)
        if isinstance(target, str) and target[:3] in tables:
            yield target, tables[target[:3]]


def account_of(org: Org, record: Value) -> Value:
    """The account that an account, contact or opportunity belongs to; None for anything else."""
    if not isinstance(record, str):
        return None
    if record.startswith("001"):
        return record
    kind = {"003": "Contact", "006": "Opportunity"}.get(record[:3])
    found = org.db.read(org.kind(kind), record) if kind else None
    return found["AccountId"] if found else None


def bin_with_children(org: Org, type_name: str, record_id: str, user: str) -> None:
    """Marks a record and everything that hangs on it as deleted."""
    now = org.stamp()
    sql = (
        f'UPDATE "{type_name}" SET "IsDeleted" = 1, "SystemModstamp" = ?, "LastModifiedDate" = ?, '
        '"LastModifiedById" = ? WHERE "Id" = ? AND "IsDeleted" = 0'
    )
    org.db.run(sql, (now, now, user, record_id))
    history.bury(org, type_name, record_id)
    if type_name == "CampaignMember":
        of = org.db.run('SELECT "CampaignId" FROM "CampaignMember" WHERE "Id" = ?', (record_id,))
        campaigns.count_all_members(org, {campaign for (campaign,) in of.fetchall()})
    for child, reference in CHILDREN.get(type_name, ()):
        found = org.db.run(
            f'SELECT "Id" FROM "{child}" WHERE "{reference}" = ? AND "IsDeleted" = 0', (record_id,)
        )
        for (child_id,) in found.fetchall():
            bin_with_children(org, child, child_id, user)


def setup_problems(org: Org, type_name: str, row: Row, record_id: str | None) -> Iterator[Problem]:
    """What is wrong with a permission set, an assignment or a field permission: a type of `SETUP`."""
    if type_name == "FieldPermissions":
        yield from _permission_problems(org, row)
    if _taken(org, type_name, {key: row[key] for key in SETUP[type_name]}, record_id):
        text = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
        yield Problem("DUPLICATE_VALUE", text)


def _taken(org: Org, type_name: str, values: Row, record_id: str | None) -> bool:
    wanted = " AND ".join(f'"{name}" = ?' for name in values)
    sql = f'SELECT 1 FROM "{type_name}" WHERE {wanted} AND "Id" IS NOT ?'
    return org.db.run(sql, (*values.values(), record_id)).fetchone() is not None


def _permission_problems(org: Org, row: Row) -> Iterator[Problem]:
    type_name, _, field_name = str(row["Field"]).partition(".")
    kind = org.catalog.everything.find(type_name)
    field = kind.find(field_name) if kind and kind.name.lower() == str(row["SobjectType"]).lower() else None
    if field is None or field.required or field.type == "id":
        text = f"Field Name: bad value for restricted picklist field: {row['Field']}"
        yield Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, ("Field",))
    if row["PermissionsEdit"] and not row["PermissionsRead"]:
        yield Problem("FIELD_INTEGRITY_EXCEPTION", "Edit requires Read", ("PermissionsRead",))
