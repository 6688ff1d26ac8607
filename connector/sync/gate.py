"""Gate: what of the decisions may be done now, and how a link is marked meanwhile.

Enters: decisions, the guard classes that are held, approvals. Leaves: tasks for apply, links with their
pending mark. Never: I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.model import Action, Change, Decision, Link, Op, Side
from connector.sync import guards
from connector.sync.apply import Task
from connector.sync.settle import to_write

LATER = timedelta(hours=1)
"""When a link that waits for approval, for a partner or for a correction is looked at again unasked."""


@dataclass(frozen=True, slots=True)
class Gate:
    """``held``: guard classes over their limit; ``approved``: digests of changes a person let through."""

    held: Mapping[str, int]
    approved: frozenset[bytes]
    owner_fields: frozenset[str]

    def marked(self, decision: Decision, now: datetime) -> tuple[Link, bool]:
        """The link with its pending mark, and whether a guard holds part of it."""
        sides: set[Side] = set()
        waits = False
        for action in decision.actions:
            rest, labels = guards.allowed(action, self.held, self.approved, self.owner_fields)
            waits = waits or bool(labels)
            if rest is not None:
                sides.add(action.side)
        pending = to_write(sides, "guard" if waits else decision.link.pending)
        retry_at = now + LATER if pending in ("guard", "held", "waiting") else None
        return replace(decision.link, pending=pending, retry_at=retry_at), waits

    def tasks(self, decisions: Iterable[Decision], op: Op) -> Iterator[Task]:
        """The actions of one op that may be done now. When a create is held, so is what follows from it."""
        for decision in decisions:
            blocked = False
            for action in decision.actions:
                rest, _ = guards.allowed(action, self.held, self.approved, self.owner_fields)
                blocked = blocked or (rest is None and action.op is Op.CREATE)
                if rest is not None and action.op is op and not (op is Op.UPDATE and blocked):
                    yield self._task(rest)

    def _task(self, action: Action) -> Task:
        """An action with what the guards count when it is done."""
        changes: tuple[Change | None, ...] = (None,) if action.op is Op.CREATE else action.changes
        counts: list[str] = []
        used: list[bytes] = []
        for change in changes:
            label = guards.class_of(action, change, self.owner_fields)
            digest = guards.digest_of(action, change)
            if digest in self.approved:
                used.append(digest)
            elif label is not None:
                counts.append(label)
        return Task(action, tuple(counts), tuple(used))
