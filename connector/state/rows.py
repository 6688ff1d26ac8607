"""The nouns that the state exchanges with the rest, beyond those of ``connector.model``.

Frozen data only: no I/O, so that pure stages may import it. Times are aware; the state gives them back in
UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from connector.model import DealPart, Held, Kind, Link, Op, Raw, Ref, Review, Side, StageMove, StageNow, Why

# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class Audit:
    """One field that was written to a CRM. ``before`` and ``after`` are keyed hashes, never values.

    ``link``: our link id. ``op`` and ``why`` as in the action; ``rule``: the mapping's rule and place;
    ``fence``: of the run's lease.
    """

    run: int
    at: datetime
    link: str
    target: Ref
    op: Op
    field: str
    column: str
    why: Why
    rule: str
    before: bytes
    after: bytes
    fence: int


@dataclass(frozen=True, slots=True)
class Written:
    """One field that was written to one side of a link, in short. ``after``: keyed hash of the value."""

    link: str
    side: Side
    field: str
    at: datetime
    why: Why
    after: bytes


class Role(StrEnum):
    """Which part a value in the ledger played: replaced by a write, lost in a clash, or written."""

    BEFORE = "before"
    LOST = "lost"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Secret:
    """One value kept for undo or explanation, encrypted at rest and gone after ``expires_at``."""

    run: int
    at: datetime
    link: str
    target: Ref
    field: str
    role: Role
    value: Raw
    expires_at: datetime


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class Intent:
    """A record that is about to be written, made durable before the request is sent.

    ``id``: unique (the write's key). ``target``: its id is "" for a create. ``columns``: the CRM's own field
    names (none: another version of the program has left this intent). ``before`` and ``after``: keyed hashes
    of the row observed and of the row intended. ``at``: when it was made durable, by the CRMs' clock.
    """

    id: str
    run: int
    link: str
    kind: Kind
    op: Op
    target: Ref
    columns: tuple[str, ...]
    before: bytes
    after: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """Everything that one batch changes in the state, stored in one transaction.

    ``links``: added or replaced; ``drop_links``: ids forgotten (two links became one). ``done_intents``:
    intent ids. ``reviews``: opened, or opened again if they had been resolved; ``close_reviews``: (link id,
    field) whose open items are settled. ``held`` replaces all held rows of the links in ``held_for``, and of
    those in ``parked_for`` what failed to be written (a link with such rows counts as listed there).
    ``cursors`` only move forward. ``counts``: writes done per guard class, kept with ``run`` and the time for
    the 24-hour window. ``used_approvals``: digests of approved actions that were carried out.
    ``moved_links``: link id -> the link that this person, company or deal is known by from now on: what is
    kept by link goes over to it (``KEYED_BY_LINK``), in the same transaction and before anything else.
    ``stage_moves``: (link id, move), each kept once; ``stages``: what is known of a stage from now on.
    ``parts``: deal (link id) -> who has a part in it from now on.
    """

    run: int = 0
    links: tuple[Link, ...] = ()
    drop_links: tuple[str, ...] = ()
    audit: tuple[Audit, ...] = ()
    done_intents: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    close_reviews: tuple[tuple[str, str], ...] = ()
    held: tuple[Held, ...] = ()
    held_for: tuple[str, ...] = ()
    parked_for: tuple[str, ...] = ()
    cursors: Mapping[tuple[Side, str], datetime] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    used_approvals: tuple[bytes, ...] = ()
    moved_links: Mapping[str, str] = field(default_factory=dict)
    stage_moves: tuple[tuple[str, StageMove], ...] = ()
    stages: Mapping[str, StageNow] = field(default_factory=dict)
    parts: Mapping[str, tuple[DealPart, ...]] = field(default_factory=dict)


# ---------------------------------------------------------------- runs, plans, approvals


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. ``kind``: ``sync``, ``plan``, ``undo``, ``undo plan`` or ``rebuild``. ``outcome`` is "" while
    it runs, ``interrupted`` when it was killed."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    mapping_digest: str
    outcome: str
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that can be approved by its hash until ``expires_at``. ``counts``: actions per guard class."""

    hash: str
    run: int
    created_at: datetime
    expires_at: datetime
    mapping_digest: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Approval:
    """A person let a plan's actions through. ``actions``: how many, those already carried out excepted."""

    plan: Plan
    approved_at: datetime
    expires_at: datetime
    actions: int


@dataclass(frozen=True, slots=True)
class Window:
    """A person announced up to ``most`` changes of a kind between two moments, so that no guard holds them.

    ``what``: a word of [guards] (``creates``); ``side``, ``kind``, ``field``: only there, "" for any.
    ``used``: changes made on its account. ``removed_at``: ended before its time.
    """

    what: str
    most: int
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    side: str = ""
    kind: str = ""
    field: str = ""
    announced_by: str = ""
    reason: str = ""
    removed_at: datetime | None = None
    id: int = 0
    used: int = 0

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)


# ---------------------------------------------------------------- people


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A review item with its number. ``resolution`` is "" while it is open."""

    id: int
    review: Review
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str


PARKED = ("refused", "unanswered", "retry", "association_limit")
"""Codes of what is held because its write did not succeed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits: a question to a person (``id`` a number) or something held or parked (``id``
    begins with h). ``since``: when it came up first; ``retry_at``: when it is looked at again unasked, None
    for the next run or for a question; ``refusal``: the code with which its write failed. ``kind``
    is None where the link is not known any more."""

    id: str
    code: str
    kind: Kind | None
    subject: Ref
    field: str
    message: str
    link: str | None
    since: datetime
    retry_at: datetime | None = None
    refusal: str = ""


# ---------------------------------------------------------------- lease


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lease. ``locked``: it also holds the lock that its death frees at once."""

    fence: int
    owner: str
    host: str
    pid: int
    since: datetime
    expires_at: datetime
    locked: bool
