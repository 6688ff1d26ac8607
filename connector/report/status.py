"""Where things stand: the last runs, what waits, how far each side was read.

Enters: the state. Leaves: a Status, ready to be shown or given to machines. It asks neither CRM.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.model import Kind, Side
from connector.state.rows import RunRow
from connector.state.store import Store

TYPES = {
    Side.HUBSPOT: ("companies", "contacts", "deals"),
    Side.SALESFORCE: ("Account", "Lead", "Contact", "Opportunity"),
}
"""Object types that have a cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A side was read up to ``at`` (aware, the CRM's own clock)."""

    side: Side
    type: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """``links``: per kind, how many in each state. ``reviews``: open items per code. ``held``: fields and
    records per code. ``runs``: newest first."""

    runs: tuple[RunRow, ...]
    links: Mapping[Kind, Mapping[str, int]]
    reviews: Mapping[str, int]
    held: Mapping[str, int]
    cursors: tuple[Cursor, ...]

    @property
    def waits(self) -> bool:
        """Whether something waits for a person or for the next run."""
        return bool(self.reviews or self.held)


def read(store: Store, runs: int = 5) -> Status:
    """The present status, with the last so many runs."""
    links: dict[Kind, dict[str, int]] = {}
    for (kind, state), count in store.count_links().items():
        links.setdefault(Kind(kind), {})[str(state)] = count
    found = ((side, type, store.get_cursor(side, type)) for side, types in TYPES.items() for type in types)
    return Status(
        runs=tuple(store.last_runs(runs)),
        links=links,
        reviews=store.count_reviews(),
        held=store.count_held(),
        cursors=tuple(Cursor(side, type, at) for side, type, at in found if at is not None),
    )


def as_json(status: Status, now: datetime, next_starts: Mapping[str, datetime]) -> dict[str, Any]:
    """The object of ``status --json``. Ages are seconds."""
    last = status.runs[0] if status.runs else None
    return {
        "runs": [run_json(row) for row in status.runs],
        "links": {kind.value: dict(states) for kind, states in status.links.items()},
        "review": sum(status.reviews.values()),
        "reviews": dict(status.reviews),
        "held": sum(status.held.values()),
        "held_by_code": dict(status.held),
        "cursors": [
            {"side": c.side.value, "type": c.type, "at": c.at, "age_s": round((now - c.at).total_seconds())}
            for c in status.cursors
        ],
        "requests_by_kind": (last.summary.get("requests_by_kind") or last.summary.get("requests") or {})
        if last
        else {},
        "next": [{"job": job, "at": at} for job, at in sorted(next_starts.items(), key=lambda item: item[1])],
    }


def run_json(row: RunRow) -> dict[str, Any]:
    """One run as plain data."""
    return {
        "run": row.id,
        "kind": row.kind,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "outcome": row.outcome or "running",
        "summary": dict(row.summary),
    }
