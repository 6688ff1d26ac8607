"""Takes away what the tests made: what is known by its id, and whatever carries the mark.

What enters: a ground. What leaves: how much was removed of what, and what could not be. It never touches a
thing that neither was made by this run nor carries the mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ground.hubspot import HubSpotGround
from ground.salesforce import SalesforceGround
from ground.tag import MARK

HUBSPOT_MARKED = {
    **{"contacts": "lastname", "companies": "name", "deals": "dealname", "tasks": "hs_task_subject"},
    **{"notes": "hs_note_body", "calls": "hs_call_title", "emails": "hs_email_subject"},
    **{"meetings": "hs_meeting_title"},
}
"""The property that carries the mark, by object type."""

SALESFORCE_MARKED = {
    **{"Task": "Subject", "Event": "Subject", "Opportunity": "Name", "Campaign": "Name"},
    **{"Contact": "LastName", "Lead": "LastName", "Account": "Name", "PermissionSet": "Label"},
}
"""The field that carries the mark, by object type; children before parents."""

_WITH_PROPERTIES = ("contacts", "companies", "deals")


@dataclass(slots=True)
class Removed:
    """How many things went, by where they stood, and what is still there."""

    counts: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        went = ", ".join(f"{count} {place}" for place, count in sorted(self.counts.items())) or "nothing"
        return went + (f"; NOT removed: {'; '.join(self.left)}" if self.left else "")


def clean_hubspot(ground: HubSpotGround) -> Removed:
    """Removes what this run made, and whatever the search knows by its mark (also of earlier runs)."""
    removed = Removed()
    for place in ground.made.places():
        _remove(ground, place, ground.made.of(place), removed)
        ground.made.forget(place)
    for place, ids in _marked(ground):
        _remove(ground, place, ids, removed)
    return removed


def _remove(ground: HubSpotGround, place: str, ids: Sequence[str], removed: Removed) -> None:
    """Objects by the hundred, the rest one by one. What is gone already (404) is well."""
    if place in HUBSPOT_MARKED:
        for part in _parts(ids, 100):
            inputs = {"inputs": [{"id": each} for each in part]}
            answer = ground.call("POST", f"/crm/v3/objects/{place}/batch/archive", inputs)
            _judge(removed, place, len(part), answer.status, answer.message)
        return
    for each in ids:
        answer = ground.call("DELETE", _address(place, each))
        _judge(removed, place, 1, answer.status, answer.message)


def _judge(removed: Removed, place: str, count: int, status: int, said: str) -> None:
    if status in (200, 204):
        removed.counts[place] += count
    elif status != 404:
        removed.left.append(f"{count} {place} ({status}: {said})")


def _address(place: str, id: str) -> str:
    kind, _, rest = place.partition("/")
    if kind == "labels":
        return f"/crm/v4/associations/{rest}/labels/{id}"
    if kind == "groups":
        return f"/crm/v3/properties/{rest}/groups/{id}"
    return f"/crm/v3/{place}/{id}"


def _marked(ground: HubSpotGround) -> Iterator[tuple[str, list[str]]]:
    """What carries the mark, as far as the account shows it."""
    for object_type, name in HUBSPOT_MARKED.items():
        yield object_type, _found_by_mark(ground, object_type, name)
    lists = _results(ground, "POST", "/crm/v3/lists/search", "lists", {"query": MARK, "count": 500})
    yield "lists", [str(row["listId"]) for row in lists if row["name"].startswith(MARK)]
    for object_type in _WITH_PROPERTIES:
        for place, key in ((f"properties/{object_type}", "name"), (f"groups/{object_type}", "name")):
            rows = _results(ground, "GET", _address(place, "").rstrip("/"))
            yield place, [row[key] for row in rows if row[key].startswith(MARK.lower())]
    labels = _results(ground, "GET", "/crm/v4/associations/contacts/companies/labels")
    mine = [row for row in labels if (row["label"] or "").startswith(MARK)]
    yield "labels/contacts/companies", [str(row["typeId"]) for row in mine]
    pipelines = _results(ground, "GET", "/crm/v3/pipelines/deals")
    yield "pipelines/deals", [row["id"] for row in pipelines if row["label"].startswith(MARK)]


def _found_by_mark(ground: HubSpotGround, object_type: str, name: str) -> list[str]:
    """Ids by search, 200 at a time. A type that the token may not see has nothing of ours."""
    token = {"propertyName": name, "operator": "CONTAINS_TOKEN", "value": MARK}
    body = {"filterGroups": [{"filters": [token]}], "limit": 200, "properties": [name]}
    found: list[dict[str, Any]] = []
    while True:
        page = ground.call("POST", f"/crm/v3/objects/{object_type}/search", {**body, "after": len(found)})
        rows = (page.body or {}).get("results", []) if page.status == 200 else []
        found += rows
        if len(rows) < 200 or len(found) >= 9_800:
            return [row["id"] for row in found if f"{MARK} " in (row["properties"][name] or "")]


def _results(
    ground: HubSpotGround, method: str, path: str, name: str = "results", body: object = None
) -> list[dict[str, Any]]:
    answer = ground.call(method, path, body)
    rows: list[dict[str, Any]] = (answer.body or {}).get(name, []) if answer.status == 200 else []
    return rows


def clean_salesforce(ground: SalesforceGround) -> Removed:
    """Removes whatever carries the mark: queries are never late, so no ids need to be known."""
    removed = Removed()
    for object_type, name in SALESFORCE_MARKED.items():
        soql = f"SELECT Id FROM {object_type} WHERE {name} LIKE '{MARK} %'"
        ids = [row["Id"] for row in ground.rows(soql)]
        for part in _parts(ids, 200):
            answer = ground.call("DELETE", "/composite/sobjects", params={"ids": ",".join(part)})
            verdicts = answer.json() if answer.status_code == 200 else []
            gone = sum(each["success"] or _is_gone(each) for each in verdicts)
            removed.counts[object_type] += gone
            if gone < len(part):
                removed.left.append(f"{len(part) - gone} {object_type} ({answer.status_code})")
    _remove_fields(ground, removed)
    return removed


def _is_gone(verdict: dict[str, list[dict[str, str]]]) -> bool:
    """It went with its parent a moment ago."""
    return any(each["statusCode"] == "ENTITY_IS_DELETED" for each in verdict["errors"])


def _remove_fields(ground: SalesforceGround, removed: Removed) -> None:
    soql = f"SELECT Id, DeveloperName FROM CustomField WHERE DeveloperName LIKE '{MARK}%'"
    for row in ground.rows(soql, "/tooling/query"):
        answer = ground.call("DELETE", f"/tooling/sobjects/CustomField/{row['Id']}")
        if answer.status_code == 204:
            removed.counts["CustomField"] += 1
        else:
            removed.left.append(f"custom field {row['DeveloperName']} ({answer.status_code})")


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
