"""Which addresses want no email at all.

What enters: addresses and changes of contacts. What leaves: what that means for the contact's property.
Source: HubSpot developers, "Subscriptions" guide: an opt-out belongs to the address and not to the contact.
"""

from __future__ import annotations

from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.lifecycle import Changes
from connector.sandbox.hubspot.records import Records, Row
from connector.sandbox.hubspot.values import iso


def follow(records: Records, row: Row, changes: Changes, now_ms: int) -> Changes:
    """Notes an opt-out that is set on a contact; a new address brings its own. Returns further changes."""
    if row.type != "contacts" or not ({"email", "hs_email_optout"} & changes.keys()):
        return {}
    before = row.props.get("email")
    address = changes.get("email", before)
    if address and changes.get("hs_email_optout"):
        note(records.db, address, changes["hs_email_optout"] == "true", now_ms)
    if address == before:
        return {}
    gone = address is not None and "opted out" in records.about(address)
    return {"hs_email_optout": "true" if gone else None}


def note(db: Database, address: str, gone: bool, now_ms: int) -> None:
    """Remembers, or forgets, that an address wants no email."""
    if gone:
        db.put("optout", address, iso(now_ms))
    else:
        db.drop("optout", address)
