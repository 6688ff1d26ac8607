"""The simulated world: one clock, two CRMs, their request counts and their faults.

Enters: a folder (or memory) and a seed. Leaves: the two stores, ready to be served. It never speaks HTTP.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TextIO, TypedDict

import orjson
from starlette.types import ASGIApp, Scope

from connector.sandbox.clock import Clock
from connector.sandbox.faults import Faults
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.latency import Latency
from connector.sandbox.requests import RequestLog
from connector.sandbox.salesforce.store import SalesforceStore

CrmName = Literal["hubspot", "salesforce"]
CRM_NAMES: tuple[CrmName, CrmName] = ("hubspot", "salesforce")

Hook = Callable[[CrmName, Scope, ASGIApp], ASGIApp | None]
"""Looks at a request before it is handled: an app in return (a Response is one) answers in place of the given
one, or around it. The scope has the `route_template`, with {placeholders}."""

_NOTES, _LOCK = "sandbox.json", "sandbox.lock"
SALESFORCE_EDITIONS = {
    "free": "developer",
    "starter": "professional",
    "professional": "professional",
    "enterprise": "enterprise",
}
"""The Salesforce that a company with this HubSpot edition has."""


class _Notes(TypedDict):
    contacts: int | None
    seed: int
    clock_offset_s: float


class World:
    """Both simulated CRMs and what they share.

    `state_dir` None keeps everything in memory; otherwise records, virtual time and the marker of a finished
    seeding survive a restart. `index_lag_s` is how many seconds of virtual time HubSpot's search is late;
    `edition` is a HubSpot edition, whose request limits are enforced, with those of the Salesforce edition
    that goes with it (None: no limits). Raises ValueError for unknown ones.
    """

    def __init__(
        self,
        state_dir: Path | None = None,
        seed: int = 1,
        index_lag_s: float = 0.0,
        clock: Clock | None = None,
        edition: str | None = None,
    ) -> None:
        self.state_dir = state_dir
        self.seed = seed
        self._guard = None if state_dir is None else _taken(state_dir)
        notes = _read_notes(state_dir)
        self.contacts: int | None = None
        if notes is not None and notes["contacts"] is not None:
            self.contacts, self.seed = notes["contacts"], notes["seed"]
        self.clock = clock or Clock(_resumed(notes))
        self.hubspot = HubSpotStore(_path(state_dir, "hubspot"), self.clock, index_lag_s, edition)
        of_salesforce = SALESFORCE_EDITIONS[edition.partition("+")[0]] if edition else None
        self.salesforce = SalesforceStore(_path(state_dir, "salesforce"), self.clock, of_salesforce)
        self.requests: dict[CrmName, RequestLog] = {name: RequestLog() for name in CRM_NAMES}
        self.faults = Faults(self)
        self.latency = Latency()
        self.at_work = asyncio.Lock()
        """Held by a request that lets people work, so that another one, or a reset, waits for its end."""
        self.hooks: list[Hook] = [self.latency.before, self.faults.before]
        """The first is outermost."""

    @property
    def seeded(self) -> bool:
        """Whether a seeding of these stores came to its end (an interrupted one does not count)."""
        return self.contacts is not None

    def mark_seeded(self, contacts: int, seed: int) -> None:
        """Notes, durably with a state folder, that the stores hold the company of this size and seed."""
        self.contacts, self.seed = contacts, seed
        self.save()

    def reset(self) -> None:
        """Empties both CRMs and the counts; no faults, no latency. The clock stays."""
        self.contacts = None
        self.save()
        self.hubspot.reset()
        self.salesforce.reset()
        self.faults.clear()
        self.latency.clear()
        for log in self.requests.values():
            log.reset()

    def become(self, other: World) -> None:
        """Holds the records and definitions that another world holds, and nothing else. The clock stays."""
        self.reset()
        self.hubspot.become(other.hubspot)
        self.salesforce.become(other.salesforce)

    def save(self) -> None:
        """Writes the notes beside the stores (nothing to do in memory)."""
        if self.state_dir is None:
            return
        notes = _Notes(contacts=self.contacts, seed=self.seed, clock_offset_s=self.clock.offset_s)
        fresh = self.state_dir / (_NOTES + ".new")
        fresh.write_bytes(orjson.dumps(notes))
        fresh.replace(self.state_dir / _NOTES)

    def close(self) -> None:
        """Saves the notes and closes both stores."""
        self.save()
        self.hubspot.close()
        self.salesforce.close()
        if self._guard is not None:
            self._guard.close()


def _path(state_dir: Path | None, name: str) -> str:
    return ":memory:" if state_dir is None else str(state_dir / f"{name}.sqlite")


def _taken(state_dir: Path) -> TextIO:
    """A file that is locked while a world lives in the folder. Raises ValueError when another one does."""
    if state_dir.exists() and not state_dir.is_dir():
        raise ValueError(f"{state_dir} is a file, not a folder")
    state_dir.mkdir(parents=True, exist_ok=True)
    guard = (state_dir / _LOCK).open("w")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        guard.close()
        raise ValueError(f"the folder {state_dir} is in use by other simulated CRMs") from None
    return guard


def _read_notes(state_dir: Path | None) -> _Notes | None:
    if state_dir is None or not (state_dir / _NOTES).exists():
        return None
    path = state_dir / _NOTES
    try:
        found = orjson.loads(path.read_bytes())
        return _Notes(contacts=found["contacts"], seed=found["seed"], clock_offset_s=found["clock_offset_s"])
    except (orjson.JSONDecodeError, LookupError, TypeError) as error:
        raise ValueError(f"{path} is damaged: take another folder, or remove this one") from error


def _resumed(notes: _Notes | None) -> datetime | None:
    """Virtual time goes on from the offset it had, so that no stamp is older than those already stored."""
    return None if notes is None else datetime.now(UTC) + timedelta(seconds=notes["clock_offset_s"])
