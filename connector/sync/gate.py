"""Gate: what of the decisions may be done now, and how a link is marked meanwhile.

Enters: decisions, the guard classes that are held, approvals. Leaves: tasks for apply, links with their
pending mark. Never: I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.model import Action, Change, Decision, Link, Op
from connector.sync import guards
from connector.sync.settle import next_look, to_write
from connector.sync.volume import Charge, charged_to


@dataclass(frozen=True, slots=True)
class Task:
    """One action to do, with what the guards say of it: counted classes and digests of approved changes.
    ``fails``: how often in a row nobody knew what became of it."""

    action: Action
    counts: tuple[str, ...] = ()
    approvals: tuple[bytes, ...] = ()
    fails: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """``held``: guard classes over their limit; ``approved``: digests of changes a person let through;
    ``charges``: what announced windows pay for; ``suspects``: links whose last write was not answered;
    ``shut``: nothing is done at all."""

    held: Mapping[str, int]
    approved: frozenset[bytes]
    owner_fields: frozenset[str]
    charges: Mapping[str, Charge] = field(default_factory=dict)
    suspects: frozenset[str] = frozenset()
    shut: bool = False

    def marked(self, decision: Decision, now: datetime) -> Link:
        """The link with its pending mark: what is still to be written, and what it waits for after that."""
        allowed, waits = self._allowed(decision)
        pending = to_write({a.side for a in allowed}, "guard" if waits else decision.link.pending)
        return replace(decision.link, pending=pending, retry_at=next_look(pending, now))

    def tasks(self, decisions: Iterable[Decision], op: Op) -> Iterator[Task]:
        """The actions of one op that may be done now."""
        for decision in decisions:
            fails = decision.link.fails if decision.link.id in self.suspects else 0
            allowed = self._allowed(decision)[0]
            yield from (replace(self._task(a), fails=fails) for a in allowed if a.op is op)

    def _allowed(self, decision: Decision) -> tuple[list[Action], bool]:
        """What of a decision may be done, and whether a guard holds the rest. When a create is held, so is
        what follows from it."""
        if self.shut:
            return [], bool(decision.actions)
        allowed: list[Action] = []
        waits = False
        for action in decision.actions:
            rest, labels = guards.allowed(action, self.held, self.approved, self.owner_fields)
            if rest is None and action.op is Op.CREATE:
                return [], True
            allowed += [rest] if rest is not None else []
            waits = waits or bool(labels)
        return allowed, waits

    def _account(self, label: str) -> str:
        """The class under which a change is counted, or the window that pays for it."""
        charge = self.charges.get(label)
        return charged_to(charge.window) if charge is not None and charge.take() else label

    def _task(self, action: Action) -> Task:
        """An action with what the guards count when it is done."""
        changes: tuple[Change | None, ...] = action.changes if action.op is Op.UPDATE else (None,)
        counts: list[str] = []
        used: list[bytes] = []
        for change in changes:
            label = guards.class_of(action, change, self.owner_fields)
            digest = guards.digest_of(action, change)
            if digest in self.approved:
                used.append(digest)
            elif label is not None:
                counts.append(self._account(label))
        return Task(action, tuple(counts), tuple(used))
