"""What was made in a HubSpot account, noted from the answers, so that it can be removed again.

What enters: each answer to a request. What leaves: ids by kind. HubSpot's search is late, so that what was
made a moment ago is only found by its id; what a killed run left is found by its mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

_OBJECTS = re.compile(r"/crm/(?:v3/objects|objects/[\d-]+)/([\w-]+)(/batch/create|/batch/upsert|/merge)?$")
_SETTINGS = re.compile(r"/crm/(?:v3/)?(properties|pipelines)/(?:[\d-]{7}/)?([\w-]+)(/groups|/batch/create)?$")
_LISTS = re.compile(r"/crm/(?:v3/lists|lists/[\d-]+)$")
_LABELS = re.compile(r"/crm/(?:v4/associations|associations/[\d-]+)/([\w-]+)/([\w-]+)/labels$")
TYPE_IDS = {
    **{"0-1": "contacts", "0-2": "companies", "0-3": "deals", "0-27": "tasks", "0-46": "notes"},
    **{"0-47": "meetings", "0-48": "calls", "0-49": "emails"},
}

Thing = tuple[str, str]
"""(where it stands, its id): ("contacts", "501"), ("properties/contacts", "smklive_1"), ("lists", "12")."""


class Made:
    """The things that this run made and that may still be there, newest last."""

    def __init__(self) -> None:
        self.things: dict[Thing, None] = {}

    def note(self, method: str, path: str, status: int, data: Any) -> None:
        """Takes note of one answer."""
        if method != "POST" or status not in (200, 201, 207):
            return
        try:
            body = orjson.loads(data)
        except (orjson.JSONDecodeError, TypeError):
            return
        if isinstance(body, dict):
            self.things.update(dict.fromkeys(_things(path.split("?")[0].rstrip("/"), body)))

    def add(self, place: str, id: str) -> None:
        """Something that was made in another way, such as by an import."""
        self.things[place, id] = None

    def of(self, place: str) -> list[str]:
        """The ids made in one place."""
        return [id for where, id in self.things if where == place]

    def places(self) -> list[str]:
        """Where something was made, the latest first."""
        return list(dict.fromkeys(where for where, _ in reversed(self.things)))

    def forget(self, place: str) -> None:
        """What was made there is gone."""
        self.things = {thing: None for thing in self.things if thing[0] != place}


def _things(path: str, body: dict[str, Any]) -> Iterator[Thing]:
    rows = [body, *(row for row in body.get("results") or [] if isinstance(row, dict))]
    if found := _OBJECTS.search(path):
        yield from _ids(TYPE_IDS.get(found[1], found[1]), rows, "id")
    elif found := _SETTINGS.search(path):
        groups = found[3] == "/groups"
        name = "id" if found[1] == "pipelines" else "name"
        yield from _ids(f"{'groups' if groups else found[1]}/{found[2]}", rows, name)
    elif _LISTS.search(path):
        yield from _ids("lists", [body.get("list") or body], "listId")
    elif found := _LABELS.search(path):
        yield from _ids(f"labels/{found[1]}/{found[2]}", rows, "typeId")


def _ids(place: str, rows: list[dict[str, Any]], name: str) -> Iterator[Thing]:
    for row in rows:
        if row.get(name) is not None and row.get("new", True):
            yield place, str(row[name])
