"""Field history objects. Source: Salesforce Object Reference, pages "StandardObjectNameHistory" and
"OpportunityFieldHistory".

Assumption: they share the key prefix 017, and nobody but Salesforce itself writes or deletes their rows.
"""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    Field,
    ObjectType,
    flag,
    lookup,
    moment,
    picklist,
    read_only,
    record_id,
)

HISTORY_OF = {
    "Lead": "LeadHistory",
    "Contact": "ContactHistory",
    "Account": "AccountHistory",
    "Opportunity": "OpportunityFieldHistory",
}
"""The history object of each type whose fields can be tracked; its reference is the type's name and Id."""


def _value(name: str, label: str) -> Field:
    """A value of any type: text, number, or boolean as the field has it. It cannot be filtered."""
    return Field(name, "anyType", label, create=False, update=False, filterable=False)


def _history(of: str, name: str) -> ObjectType:
    fields = (
        record_id("History ID"),
        read_only(flag("IsDeleted", "Deleted")),
        read_only(lookup(f"{of}Id", f"{of} ID", of)),
        read_only(lookup("CreatedById", "Created By ID", "User")),
        read_only(moment("CreatedDate", "Created Date")),
        read_only(picklist("Field", "Changed Field", ())),
        _value("OldValue", "Old Value"),
        _value("NewValue", "New Value"),
    )
    return ObjectType(name, f"{of} History", f"{of} History", "017", fields, False, False, False)


HISTORY_TYPES = tuple(_history(of, name) for of, name in HISTORY_OF.items())
