"""Lists (segments) of the account and who is in them.

What enters: definitions, record ids. What leaves: definitions, members with the moment they joined.
A dynamic list is evaluated when it is looked at, and only if something was written since.
Source: HubSpot developers, "Lists" guide. Assumption: a dynamic list knows of a change at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from connector.sandbox.hubspot.catalog import OBJECT_TYPES, TYPE_NAMES
from connector.sandbox.hubspot.edges import Edges
from connector.sandbox.hubspot.errors import ApiError, invalid, not_found
from connector.sandbox.hubspot.list_filters import FilterCheck, follows_the_clock, lists_in
from connector.sandbox.hubspot.list_match import Look, holds
from connector.sandbox.hubspot.records import Records, Row
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.values import iso

List = dict[str, Any]
PROCESSING = ("MANUAL", "DYNAMIC", "SNAPSHOT")
_LIVE = """
SELECT DISTINCT r.id, m.joined FROM list_members m
LEFT JOIN aliases a ON a.type = ? AND a.old_id = m.record_id
JOIN records r ON r.type = ? AND r.id = coalesce(a.new_id, m.record_id)
WHERE m.list_id = ? AND r.archived IS NULL
"""
_REMOVE = """
DELETE FROM list_members WHERE list_id = ? AND (
record_id = ? OR record_id IN (SELECT old_id FROM aliases WHERE type = ? AND new_id = ?))
"""


class Lists:
    """Storage of lists."""

    def __init__(self, schema: Schema, records: Records, edges: Edges) -> None:
        self.records, self.edges, self.db = records, edges, records.db
        self.filters = FilterCheck(
            schema, edges, lambda list_id: TYPE_NAMES[self.get(list_id)["objectTypeId"]]
        )
        self._seen: dict[str, int] = {}
        self.db.rolled_back.append(self._seen.clear)

    def all(self) -> list[List]:
        """All lists that are not deleted, by id."""
        found = self.db.documents("list").values()
        return sorted((each for each in found if not each["deletedAt"]), key=lambda each: int(each["listId"]))

    def get(self, list_id: str, deleted: bool = False) -> List:
        """One list. Raises ApiError 404."""
        found: List | None = self.db.take("list", list_id)
        if found is None or bool(found["deletedAt"]) is not deleted:
            raise not_found(f"List does not exist with ID {list_id}.")
        return found

    def put(self, found: List) -> None:
        """Keeps a definition."""
        self._seen.pop(found["listId"], None)
        self.db.put("list", found["listId"], found)

    def create(self, body: dict[str, Any], now_ms: int) -> List:
        """A new list; a snapshot is filled by its filters now. Needs a transaction. Raises ApiError 400."""
        kind, type_name = body.get("processingType"), TYPE_NAMES.get(str(body.get("objectTypeId")))
        if kind not in PROCESSING:
            raise invalid(f"processingType must be one of {', '.join(PROCESSING)}", name="processingType")
        if type_name is None:
            raise invalid(
                f"Unable to infer object type from: {body.get('objectTypeId')}", name="objectTypeId"
            )
        branch = body.get("filterBranch")
        if kind == "MANUAL" and branch is not None:
            raise invalid("A MANUAL list has no filters", name="filterBranch")
        if kind == "DYNAMIC" or branch is not None:
            branch = self.filters.check(type_name, branch)
        now = iso(now_ms)
        found: List = {
            "listId": str(self.records.next_id("list")),
            "listVersion": 1,
            "name": self.free_name(body.get("name"), type_name),
            "objectTypeId": OBJECT_TYPES[type_name],
            "processingType": kind,
            "processingStatus": "COMPLETE",
            "createdAt": now,
            "updatedAt": now,
            "filtersUpdatedAt": now,
            "createdById": "9001",
            "updatedById": "9001",
            "filterBranch": branch,
            "deletedAt": None,
        }
        self.put(found)
        if kind == "SNAPSHOT" and branch is not None:
            self.add(found, self._answering(found, now_ms), now_ms)
        return found

    def free_name(self, name: Any, type_name: str, own_id: str | None = None) -> str:
        """A name that no other list of this object has. Raises ApiError 400."""
        if not isinstance(name, str) or not name.strip():
            raise invalid("A list needs a name", name="name")
        for each in self.all():
            same = each["name"].casefold() == name.strip().casefold() and each["listId"] != own_id
            if same and each["objectTypeId"] == OBJECT_TYPES[type_name]:
                text = f"A list with the name {name.strip()} already exists"  # Assumption: the wording
                raise ApiError(400, "VALIDATION_ERROR", text, sub_category="ILS.DUPLICATE_LIST_NAMES")
        return name.strip()

    # Members

    def members(self, found: List, now_ms: int) -> dict[int, int]:
        """{record id: epoch ms when it joined}, by id. Merged ones count as their survivor, archived not."""
        self._evaluate(found, now_ms)
        type_name = TYPE_NAMES[found["objectTypeId"]]
        rows = self.db.rows(_LIVE + " ORDER BY r.id", type_name, type_name, found["listId"])
        return dict(rows)

    def _evaluate(self, found: List, now_ms: int) -> None:
        if found["processingType"] != "DYNAMIC" or self._is_known(found):
            return
        rows = self.db.rows("SELECT record_id FROM list_members WHERE list_id = ?", found["listId"])
        before, after = {row[0] for row in rows}, set(self._answering(found, now_ms))
        with self.db.transaction():
            self.remove(found, before - after)
            self.add(found, after - before, now_ms)
        self._seen[found["listId"]] = self.db.changes()

    def _is_known(self, found: List) -> bool:
        """Whether nothing was written since the last look, and time alone changes nothing."""
        branch = found["filterBranch"]
        asked = [each["filterBranch"] for each in self._several(self._lists_below(found))]
        if any(follows_the_clock(each) for each in [branch, *asked] if each):
            return False
        return self._seen.get(found["listId"]) == self.db.changes()

    def _answering(self, found: List, now_ms: int) -> list[int]:
        type_name, branch = TYPE_NAMES[found["objectTypeId"]], found["filterBranch"]
        members = {each["listId"]: self.members(each, now_ms) for each in self._several(lists_in(branch))}
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        look = Look(now, lambda list_id: members.get(list_id, ()), self._associated)
        every = self.records.every(type_name)
        return [row.id for row in every if row.archived is None and holds(branch, row, look)]

    def _associated(self, row: Row, other: str, type_id: int) -> Iterator[Row]:
        edges = self.edges.of(row.type, row.id, other)
        wanted = [to_id for to_id, types in edges.items() if type_id in types]
        return (each for each in self.records.get_many(other, wanted).values() if each.archived is None)

    def _lists_below(self, found: List) -> set[str]:
        """Ids of all lists that a list asks, directly or through others."""
        out: set[str] = set()
        waiting = [found]
        while waiting:
            fresh = lists_in(waiting.pop()["filterBranch"] or {}) - out
            out |= fresh
            waiting += self._several(fresh)
        return out

    def _several(self, ids: Iterable[str]) -> list[List]:
        """Those that are not deleted: a deleted list has no members (assumption)."""
        found = (self.db.take("list", each) for each in ids)
        return [each for each in found if each is not None and not each["deletedAt"]]

    def check_filters(self, found: List, branch: Any) -> Any:
        """New filters of a list. Raises ApiError 400, also when the list would ask itself (assumption)."""
        checked = self.filters.check(TYPE_NAMES[found["objectTypeId"]], branch)
        if found["listId"] in self._lists_below(found | {"filterBranch": checked}):
            raise invalid("A list cannot depend on itself", name="filterBranch")
        return checked

    def add(self, found: List, ids: Iterable[int], now_ms: int) -> None:
        """Adds members; those that are in it keep their moment."""
        rows = [(found["listId"], record_id, now_ms) for record_id in sorted(ids)]
        self.db.run_many("INSERT OR IGNORE INTO list_members VALUES (?, ?, ?)", rows)

    def remove(self, found: List, ids: Iterable[int]) -> None:
        """Removes members, also when they joined under an id that was merged since."""
        type_name = TYPE_NAMES[found["objectTypeId"]]
        rows = [(found["listId"], record_id, type_name, record_id) for record_id in ids]
        self.db.run_many(_REMOVE, rows)
