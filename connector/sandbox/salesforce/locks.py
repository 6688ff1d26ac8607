"""Records that somebody else's long transaction holds: who writes them, or needs them, has to wait.

In: ids and for how long, on the virtual clock. Out: which ids are held. Source: Salesforce, "Record Locking
Cheat Sheet": a child's write locks the parents named here; it waits ten seconds for them and then fails.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from connector.sandbox.salesforce.schema import Row

WAIT = timedelta(seconds=10)
_ACTIVITY = ("AccountId", "WhatId", "WhoId")
PARENTS: dict[str, tuple[str, ...]] = {
    "Contact": ("AccountId",),
    "Opportunity": ("AccountId",),
    "OpportunityContactRole": ("OpportunityId",),
    "CampaignMember": ("CampaignId", "LeadId", "ContactId"),
    "Task": _ACTIVITY,
    "Event": _ACTIVITY,
}
"""The references of each type whose targets a write of it locks."""


class ReadsTime(Protocol):
    """What is needed of a clock: the aware present."""

    def now(self) -> datetime: ...


class Locks:
    """What others hold. In memory only."""

    def __init__(self, clock: ReadsTime) -> None:
        self.clock = clock
        self._ends: dict[str, datetime | None] = {}

    def hold(self, ids: set[str], seconds: float | None = None) -> None:
        """Somebody works on these records: for `seconds`, or until they are released."""
        end = None if seconds is None else self.clock.now() + timedelta(seconds=seconds)
        self._ends.update(dict.fromkeys(ids, end))

    def release(self) -> None:
        """Everything is free again."""
        self._ends.clear()

    def free(self, ids: set[str]) -> None:
        """These records are free again."""
        for key in ids:
            self._ends.pop(key, None)

    def held(self) -> dict[str, float | None]:
        """The ids that are held, with the seconds that are left (None: until released)."""
        now = self.clock.now()
        left = {key: None if end is None else (end - now).total_seconds() for key, end in self._ends.items()}
        return {key: seconds for key, seconds in left.items() if seconds is None or seconds > 0}

    @property
    def none(self) -> bool:
        """Whether nobody holds anything."""
        return not self._ends

    def refuse(self, ids: set[str]) -> bool:
        """Whether a write that needs these records gives up.

        Assumption: one that has to wait ten seconds or less goes through, and its wait takes no virtual time.
        """
        limit = self.clock.now() + WAIT
        return any(key in self._ends and _after(self._ends[key], limit) for key in ids)


def needed(type_name: str, row: Row) -> set[str]:
    """The ids of the records that a write of this row locks."""
    names = ("Id", *PARENTS.get(type_name, ()))
    return {value for name in names if isinstance(value := row.get(name), str)}


def _after(end: datetime | None, limit: datetime) -> bool:
    return end is None or end > limit
