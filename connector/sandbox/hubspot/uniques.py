"""Values that no two records may share: emails, secondary ones included, and custom unique properties.

What enters: a row and its changes. What leaves: notes of who has what, or an `ApiError`. It writes no rows.
"""

from __future__ import annotations

from connector.sandbox.hubspot.catalog import OBJECT_TYPES
from connector.sandbox.hubspot.errors import ApiError, contact_exists, value_taken
from connector.sandbox.hubspot.lifecycle import Changes
from connector.sandbox.hubspot.records import Records, Row
from connector.sandbox.hubspot.schema import Schema


class Uniques:
    """Who has which unique value."""

    def __init__(self, schema: Schema, records: Records) -> None:
        self.schema, self.records = schema, records

    def check(self, row: Row, changes: Changes) -> None:
        """Raises ApiError: 409 for an email that another contact has, 400 for other values in use."""
        if row.type == "contacts" and (address := changes.get("email")):
            known = self.records.about(address)
            if (other := known.get("email", row.id)) != row.id:
                raise contact_exists(other)
            if "blocked email" in known:
                message = f"{address} was deleted for privacy reasons and cannot be used again"
                raise ApiError(400, "VALIDATION_ERROR", message)  # Assumption: status and wording
        for name in self.schema.unique_names(row.type):
            value = changes.get(name)
            holder = self.records.holder(row.type, name, value) if value else None
            if value and holder is not None and holder != row.id:
                raise value_taken(OBJECT_TYPES[row.type], name, value, row.id or None, holder)

    def concerned(self, object_type: str, changes: Changes) -> bool:
        """Whether changes touch anything that no two records may share."""
        if object_type == "contacts" and ("email" in changes or "hs_additional_emails" in changes):
            return True
        return any(name in changes for name in self.schema.unique_names(object_type))

    def of(self, row: Row) -> set[tuple[str, str]]:
        """(name, value) of all that no other record may have; secondary emails count as emails."""
        if not row.props:
            return set()
        names = self.schema.unique_names(row.type)
        own = {(name, value) for name in names if (value := row.props.get(name))}
        return own | {("email", address) for address in addresses(row)}

    def move(self, row: Row, before: set[tuple[str, str]]) -> None:
        """Frees what a row had `before` and has no more, and takes what it has now."""
        after = self.of(row)
        for name, value in before - after:
            self.records.release(row.type, name, value, row.id)
        for name, value in after - before:
            self.records.hold(row.type, name, value, row.id)

    def release_all(self, row: Row) -> None:
        """Frees all unique values of a row."""
        for name, value in self.of(row):
            self.records.release(row.type, name, value, row.id)

    def hold_all(self, row: Row) -> None:
        """Takes all unique values of a row. Raises ApiError if another record has one by now."""
        for name, value in sorted(self.of(row)):
            holder = self.records.holder(row.type, name, value)
            if holder is not None and holder != row.id:
                if name == "email" and row.type == "contacts":
                    raise contact_exists(holder)
                raise value_taken(OBJECT_TYPES[row.type], name, value, row.id, holder)
            self.records.hold(row.type, name, value, row.id)


def addresses(row: Row) -> list[str]:
    """Primary and secondary emails of a contact."""
    if row.type != "contacts":
        return []
    first, others = row.props.get("email"), row.props.get("hs_additional_emails")
    return ([first] if first else []) + ([text for text in others.split(";") if text] if others else [])
