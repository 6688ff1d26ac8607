"""Where things stand: the last runs, what waits, how far each side was read.

Enters: the state. Leaves: a Status, ready to be shown or given to machines. It asks neither CRM.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.model import Held, Kind, Side
from connector.report.windows import LIVE, state_of, window_json
from connector.report.words import danger_words, is_danger
from connector.state.pause import Pause
from connector.state.rows import Holder, RunRow, Waiting, Window
from connector.state.store import Store

TYPES = {
    Side.HUBSPOT: ("companies", "contacts", "deals"),
    Side.SALESFORCE: ("Account", "Lead", "Contact", "Opportunity"),
}
"""Object types that have a cursor."""
LOOK_BACK = 20
"""Runs without an end in a row, at most."""
GUARD = "guard"
"""The code under which records that a guard holds are counted."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A side was read up to ``at`` (aware, the CRM's own clock)."""

    side: Side
    type: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approvable:
    """What guards hold. ``run``: that said so; ``plan``: the hash that lets it through, None when there is
    none (any more); ``classes``: changes per guard class; ``unusual``: those that are held only because past
    days had far less, with the most on one of them; ``dangers``: guards that stopped everything;
    ``approved``: something is approved, and the next sync carries it out."""

    run: int
    plan: str | None
    classes: Mapping[str, int]
    unusual: Mapping[str, int]
    dangers: tuple[str, ...]
    approved: bool

    @property
    def command(self) -> str:
        """What to type next."""
        if self.approved:
            return "smarketing sync"
        return "smarketing plan" if self.plan is None else f"smarketing approve {self.plan}"


@dataclass(frozen=True, slots=True)
class Status:
    """``now``: aware, by the CRMs' clock where that is ahead of ours. ``links``: per kind, how many in each
    state. ``reviews``: open items per code. ``held``: fields and records per code, those that a guard holds
    too. ``items``: what is held, oldest first. ``approvable``: what waits for approval. ``runs``: newest
    first; ``at_work``: the newest one is being carried out now. ``overdue``: what waits
    longer than the config allows. ``paused``: what keeps the sync from writing. ``windows``: announced and
    not over."""

    now: datetime
    runs: tuple[RunRow, ...]
    links: Mapping[Kind, Mapping[str, int]]
    reviews: Mapping[str, int]
    held: Mapping[str, int]
    cursors: tuple[Cursor, ...]
    items: tuple[Held, ...] = ()
    overdue: tuple[Waiting, ...] = ()
    approvable: Approvable | None = None
    at_work: bool = False
    paused: Pause | None = None
    windows: tuple[Window, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether something waits for a person or for the next run."""
        return bool(self.reviews or self.held or self.approvable or self.paused)

    def outcome(self, row: RunRow) -> str:
        """How a run ended; one without an end is ``running``, or was killed."""
        running = self.at_work and row.id == self.runs[0].id
        return row.outcome or ("running" if running else "interrupted")


ALARM = timedelta(days=7)


def read(
    store: Store, now: datetime, paused: Pause | None = None, runs: int = 5, alarm: timedelta = ALARM
) -> Status:
    """The present status, with the last so many runs. ``alarm``: what waits for longer is overdue."""
    links: dict[Kind, dict[str, int]] = {}
    for (kind, state), count in store.count_links().items():
        links.setdefault(Kind(kind), {})[str(state)] = count
    found = ((side, type, store.get_cursor(side, type)) for side, types in TYPES.items() for type in types)
    last = tuple(store.last_runs(runs))
    cursors = tuple(Cursor(side, type, at) for side, type, at in found if at is not None)
    now = max([now, *(row.started_at for row in last[:1]), *(each.at for each in cursors)])
    guarded = store.count_guarded()
    return Status(
        now=now,
        runs=last,
        links=links,
        reviews=store.count_reviews(),
        held=store.count_held() | ({GUARD: guarded} if guarded else {}),
        cursors=cursors,
        items=tuple(store.held_items()),
        overdue=tuple(item for item in store.waiting_items() if now - item.since > alarm),
        approvable=_approvable(store, now),
        at_work=_at_work(store.holder(), now),
        paused=paused,
        windows=tuple(each for each in store.windows() if state_of(each, now) in LIVE),
    )


def _approvable(store: Store, now: datetime) -> Approvable | None:
    """As the last sync said it, or, before the first one, the last plan."""
    ended = (row for kind in ("sync", "plan") for row in store.last_runs(LOOK_BACK, kind))
    last = next((row for row in ended if "stopped_by" in row.summary), None)
    if last is None or not last.summary["stopped_by"]:
        return None
    names: list[str] = last.summary["stopped_by"]
    kept = store.plan(last.summary["plan"]) if last.summary.get("plan") else None
    live = kept is not None and kept.expires_at > now
    counts = kept.counts if kept is not None else {}
    return Approvable(
        run=last.id,
        plan=kept.hash if kept is not None and live else None,
        classes={name: counts.get(name, 0) for name in names if not is_danger(name)},
        unusual=last.summary.get("unusual", {}),
        dangers=tuple(name for name in names if is_danger(name)),
        approved=store.any_approved(now),
    )


def _at_work(holder: Holder | None, now: datetime) -> bool:
    """Whether the run that holds the lease lives: on this host its process is there, elsewhere its lease has
    not run out."""
    if holder is None:
        return False
    if holder.host == socket.gethostname():
        return _lives(holder.pid)
    return holder.expires_at > now


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, and another user's
        return True
    return True


def as_json(status: Status, next_starts: Mapping[str, datetime]) -> dict[str, Any]:
    """The object of ``status --json``. Ages are seconds."""
    return {
        "paused": pause_json(status.paused) if status.paused is not None else None,
        "runs": [run_json(row, status.outcome(row)) for row in status.runs],
        "links": {kind.value: dict(states) for kind, states in status.links.items()},
        "review": sum(status.reviews.values()),
        "reviews": dict(status.reviews),
        "held": sum(status.held.values()),
        "held_by_code": dict(status.held),
        "held_items": [held_json(item) for item in status.items],
        "overdue": [
            {"id": item.id, "code": item.code, "age_s": _seconds(status.now - item.since)}
            for item in status.overdue
        ],
        "windows": [window_json(each, status.now) for each in status.windows],
        "approval": approvable_json(status.approvable) if status.approvable is not None else None,
        "cursors": [
            {
                "side": each.side.value,
                "type": each.type,
                "at": each.at,
                "age_s": _seconds(status.now - each.at),
            }
            for each in status.cursors
        ],
        "requests_by_kind": requests_of(status),
        "next": [{"job": job, "at": at} for job, at in sorted(next_starts.items(), key=lambda item: item[1])],
    }


def _seconds(age: timedelta) -> int:
    return round(age.total_seconds())


def requests_of(status: Status) -> Mapping[str, Mapping[str, int]]:
    """Requests of the newest run that ended, per CRM by kind of call."""
    ended = next((row for row in status.runs if row.summary.get("requests_by_kind")), None)
    return ended.summary["requests_by_kind"] if ended is not None else {}


def run_json(row: RunRow, outcome: str) -> dict[str, Any]:
    """One run as plain data."""
    return {
        "run": row.id,
        "kind": row.kind,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "outcome": outcome,
        "summary": dict(row.summary),
    }


def held_json(item: Held) -> dict[str, Any]:
    """One held field or record as plain data."""
    return {
        "record": str(item.subject),
        "field": item.field or None,
        "code": item.code,
        "refusal": item.refusal or None,
        "message": item.message,
        "link": item.link,
    }


def pause_json(pause: Pause) -> dict[str, Any]:
    """A pause as plain data."""
    return {"at": pause.at, "by": pause.by or None, "reason": pause.reason or None}


def approvable_json(found: Approvable) -> dict[str, Any]:
    """What waits for approval as plain data."""
    return {
        "run": found.run,
        "plan": found.plan,
        "classes": dict(found.classes),
        "unusual": dict(found.unusual),
        "stopped": [{"guard": name, "message": danger_words(name, found.plan)} for name in found.dangers],
        "approved": found.approved,
        "command": found.command,
    }
