"""What Salesforce itself changes in records: SystemModstamp moves, LastModifiedDate does not.

In: an org. Out: changed rows. Source: Salesforce engineering blog, "SystemModStamp vs. LastModifiedDate".
"""

from __future__ import annotations

from dataclasses import replace

from connector.sandbox.salesforce.org import Org


def rename_choice(org: Org, type_name: str, field_name: str, old: str, new: str) -> int:
    """An admin replaces a picklist value everywhere; returns in how many records. Raises LookupError."""
    kind = org.kind(type_name)
    field = kind.find(field_name)
    if field is None or old not in [choice.value for choice in field.choices]:
        raise LookupError(f"{type_name}.{field_name} has no value {old!r}")
    renamed = [replace(c, value=new, label=new) if c.value == old else c for c in field.choices]
    org.catalog.override(kind.name, field.name, choices=renamed)
    sql = f'UPDATE "{kind.name}" SET "{field.name}" = ?, "SystemModstamp" = ? WHERE "{field.name}" = ?'
    return int(org.db.run(sql, (new, org.stamp(), old)).rowcount)


def bounce(org: Org, type_name: str, record_id: str, reason: str) -> None:
    """An email to this lead or contact came back."""
    now = org.stamp()
    changes = {"EmailBouncedReason": reason, "EmailBouncedDate": now, "SystemModstamp": now}
    if type_name == "Contact":
        changes["IsEmailBounced"] = True  # type: ignore[assignment]
    org.db.update(type_name, record_id, changes)
