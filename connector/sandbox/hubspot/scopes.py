"""Which scopes a request needs.

What enters: method and path. What leaves: groups of scopes, one of each group is needed. Never I/O.
Source: HubSpot developers, "Scopes" and the references of the single APIs. Assumptions: definitions of
properties are read with schema scopes only; associations need the scopes of both ends; labels of associations
count as associations; pipelines are changed with crm.schemas.deals.write.
"""

from __future__ import annotations

import re

from connector.sandbox.hubspot.catalog import CRM_OBJECTS, TYPE_NAMES
from connector.sandbox.hubspot.errors import ApiError

Groups = list[tuple[str, ...]]
_VERSION = re.compile(r"v\d+|\d{4}-\d{2}")
_LINK = "https://developers.hubspot.com/scopes"
_ANY_READ = tuple(f"crm.objects.{name}.read" for name in CRM_OBJECTS)
_FIXED: dict[str, Groups] = {
    "owners": [("crm.objects.owners.read",)],
    "imports": [("crm.import",)],
    "exports": [("crm.export",)],
    "limits": [_ANY_READ],
}


def needed(method: str, path: str) -> Groups:
    """Groups of which one scope each is needed; none for what no scope guards."""
    words = [word for word in path.strip("/").split("/") if not _VERSION.fullmatch(word)]
    reads = method == "GET" or words[-1] == "search" or words[-2:] == ["batch", "read"]
    way = "read" if reads else "write"
    if words[0] == "account-info":
        return [("oauth",)]
    if words[0] == "communication-preferences":
        return [(f"communication_preferences.{way}", "communication_preferences.read_write")]
    if words[0] == "settings":
        return [(f"settings.users.teams.{way}" if words[-1] == "teams" else f"settings.users.{way}",)]
    return _crm(words[1:], way) if words[0] == "crm" and len(words) > 1 else []


def _crm(words: list[str], way: str) -> Groups:
    area, rest = words[0], words[1:]
    if area in _FIXED:
        return _FIXED[area]
    if area == "lists":
        return [(f"crm.lists.{way}",)]
    if area == "pipelines":
        return [(*_ANY_READ, "crm.schemas.deals.read") if way == "read" else ("crm.schemas.deals.write",)]
    if area == "properties":
        return [(f"crm.schemas.{_guarded(rest[0])}.{way}",)] if rest else []
    if area == "objects" and "associations" in rest:
        place = rest.index("associations") + 1
        rest = [rest[0], rest[place + 1 if rest[place] == "default" else place]]
    ends = rest[:2] if area == "associations" or len(rest) == 2 else rest[:1]
    types = [_guarded(each) for each in ends if each.lower() in TYPE_NAMES]
    return [(f"crm.objects.{each}.{way}",) for each in dict.fromkeys(types)]


def _guarded(given: str) -> str:
    """The type whose scopes count: engagements go with contacts."""
    name = TYPE_NAMES.get(given.lower(), given)
    return name if name in CRM_OBJECTS else "contacts"


def check(method: str, path: str, granted: frozenset[str]) -> None:
    """Raises ApiError 403 that names every scope that is missing."""
    missing = [group[0] for group in needed(method, path) if not granted & set(group)]
    if missing:
        text = "One or more of the following scopes are required."
        detail = {"message": text, "context": {"requiredGranularScopes": missing}}
        message = (
            "This app hasn't been granted all required scopes to make this call. "
            f"Read more about required scopes here: {_LINK}."
        )
        raise ApiError(403, "MISSING_SCOPES", message, errors=[detail])
