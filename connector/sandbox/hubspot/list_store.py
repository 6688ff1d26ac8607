"""Lists (segments) of the account and who is in them.

What enters: definitions, record ids. What leaves: definitions, members with the moment they joined.
A dynamic list is evaluated when it is looked at, and only if something was written since.
Source: HubSpot developers, "Lists" guide. Assumption: a dynamic list knows of a change at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connector.sandbox.hubspot.catalog import OBJECT_TYPES, TYPE_NAMES
from connector.sandbox.hubspot.errors import ApiError, invalid, not_found
from connector.sandbox.hubspot.list_filters import check, holds
from connector.sandbox.hubspot.records import Records
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

    def __init__(self, schema: Schema, records: Records) -> None:
        self.schema, self.records, self.db = schema, records, records.db
        self._seen: dict[str, int] = {}

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
            branch = check(self.schema, type_name, branch)
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
            self.add(found, self._answering(found), now_ms)
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
        if found["processingType"] != "DYNAMIC" or self._seen.get(found["listId"]) == self.db.changes():
            return
        rows = self.db.rows("SELECT record_id FROM list_members WHERE list_id = ?", found["listId"])
        before, after = {row[0] for row in rows}, set(self._answering(found))
        with self.db.transaction():
            self.remove(found, before - after)
            self.add(found, after - before, now_ms)
        self._seen[found["listId"]] = self.db.changes()

    def _answering(self, found: List) -> list[int]:
        type_name, branch = TYPE_NAMES[found["objectTypeId"]], found["filterBranch"]
        every = self.records.every(type_name)
        return [row.id for row in every if row.archived is None and holds(branch, row)]

    def add(self, found: List, ids: Iterable[int], now_ms: int) -> None:
        """Adds members; those that are in it keep their moment."""
        rows = [(found["listId"], record_id, now_ms) for record_id in sorted(ids)]
        self.db.run_many("INSERT OR IGNORE INTO list_members VALUES (?, ?, ?)", rows)

    def remove(self, found: List, ids: Iterable[int]) -> None:
        """Removes members, also when they joined under an id that was merged since."""
        type_name = TYPE_NAMES[found["objectTypeId"]]
        rows = [(found["listId"], record_id, type_name, record_id) for record_id in ids]
        self.db.run_many(_REMOVE, rows)
