"""What happened to a HubSpot record: activities, and versions of its properties.

Enters: a stored row. Leaves: events, the newest first. It only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from connector.sandbox.hubspot.catalog import ENGAGEMENTS, SINGULAR
from connector.sandbox.hubspot.records import Row, Version
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso
from connector.sandbox.ui import moments
from connector.sandbox.ui.hubspot.fields import Fields, link, owner_name
from connector.sandbox.ui.nouns import Event

MOST = 60
SOURCES = {
    "INTEGRATION": "an integration",
    "AUTOMATION_PLATFORM": "a workflow",
    "CALCULATED": "HubSpot",
    "IMPORT": "an import",
    "CRM_UI": "a person",
}
_DETAILS = ("hs_call_body", "hs_task_body", "hs_note_body", "hs_meeting_body", "hs_email_text")


def events(store: HubSpotStore, fields: Fields, row: Row) -> list[Event]:
    """Activities and changes, newest first."""
    found = [*_activities(store, fields, row), *_changes(store, fields, row)]
    created = iso(row.created)
    found.append(
        Event(
            created, moments.shown(created, fields.zone), "Created", who=SOURCES.get(row.origin, row.origin)
        )
    )
    return sorted(found, key=lambda each: each.at, reverse=True)[:MOST]


def _activities(store: HubSpotStore, fields: Fields, row: Row) -> Iterator[Event]:
    for type in ENGAGEMENTS:
        ids = sorted(store.edges.of(row.type, row.id, type), reverse=True) if type != row.type else []
        for each in store.records.get_many(type, islice(ids, MOST)).values():
            at = each.props.get("hs_timestamp") or iso(each.created)
            body = next((each.props[name] for name in _DETAILS if each.props.get(name)), "")
            who = fields.cell(each, "hubspot_owner_id")
            what = SINGULAR[type].capitalize()
            yield Event(
                moments.sortable(at), moments.shown(at, fields.zone), what, body[:300], who, link(each)
            )


def _changes(store: HubSpotStore, fields: Fields, row: Row) -> Iterator[Event]:
    for name, versions in store.records.versions(row).items():
        definition = fields.find(row.type, name)
        if definition is None or not definition.writable:
            continue
        earlier = ""
        for version in versions:
            value = fields.text(row.type, definition, version[1])
            if version[0] != row.created:
                at = iso(version[0])
                detail = f"{earlier or 'blank'} → {value or 'blank'}"
                who = _who(store, version)
                yield Event(at, moments.shown(at, fields.zone), definition.label, detail, who)
            earlier = value


def _who(store: HubSpotStore, version: Version) -> str:
    """A person by name, anything else by its kind."""
    owners = store.schema.owners.values()
    known = next((each for each in owners if version[4] is not None and each["userId"] == version[4]), None)
    return owner_name(known) if known else SOURCES.get(version[2], str(version[2]))
