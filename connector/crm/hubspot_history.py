"""HubSpot's property history: what a property was, from when on, and who made it so. Pure.

Enters: rows of a batch read with ``propertiesWithHistory``. Leaves: ``Version``, oldest first. Raises
KeyError or ValueError where an answer is not what HubSpot documents. Source: HubSpot developers,
"Properties", history of a property. Assumption: which kinds of sources are people, workflows and
integrations; others are unknown.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.crm.base import Version

PEOPLE = (
    "CRM_UI",
    "CRM_UI_BULK_ACTION",
    "CONTACTS_WEB",
    "IMPORT",
    "MOBILE_IOS",
    "MOBILE_ANDROID",
    "EXTENSION",
)
WORKFLOWS = ("AUTOMATION_PLATFORM", "WORKFLOWS", "WORKFLOW_CONTACT_DELETE_ACTION")
INTEGRATIONS = ("INTEGRATION", "API", "INTEGRATIONS_PLATFORM", "SALESFORCE")
PLAIN = re.compile(r"[A-Za-z0-9:._ -]{1,64}", re.ASCII)
"""Ids of sources that may be kept: HubSpot does not say what else may stand there."""


def versions(rows: Sequence[Mapping[str, Any]], column: str) -> dict[str, tuple[Version, ...]]:
    """The history of one property, by record id; records without any are missing."""
    known = {str(row["id"]): (row.get("propertiesWithHistory") or {}).get(column) or () for row in rows}
    return {id: tuple(sorted(map(_version, each), key=lambda v: v.at)) for id, each in known.items() if each}


def _version(entry: Mapping[str, Any]) -> Version:
    source = str(entry.get("sourceType") or "")
    kind = _kind(source)
    user = entry.get("updatedByUserId")
    told = str(user) if user is not None and kind == "person" else str(entry.get("sourceId") or source)
    by_id = told.removeprefix("userId:") if PLAIN.fullmatch(told) else source
    return Version(datetime.fromisoformat(entry["timestamp"]), entry.get("value") or None, kind, by_id)


def _kind(source: str) -> str:
    if source in PEOPLE:
        return "person"
    if source in WORKFLOWS:
        return "workflow"
    return "integration" if source in INTEGRATIONS else "unknown"
