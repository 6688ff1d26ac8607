"""Apply: write the actions that are allowed, in batches, and remember what really happened.

Enters: actions of one kind, parents before children. Leaves: results settled in the state. Never: a decision
about a value; it only leaves out what is no longer as reconciliation saw it.

Per batch: re-read the targets, make the intents durable, write, read back, settle in one transaction. A
process that dies in between leaves open intents, which the next run resolves by reading.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from connector.crm.base import Crm
from connector.domain.pipeline import STAGE
from connector.errors import Retry
from connector.model import (
    CONNECTOR,
    CONTACTS_REF,
    OWN_MOVES,
    PARTNER_ID,
    WHOLE_RECORD,
    Action,
    Change,
    Delta,
    Held,
    Kind,
    Link,
    LinkState,
    Op,
    Raw,
    Record,
    Ref,
    Result,
    Side,
    Verdict,
    Why,
    Write,
)
from connector.state.key import Key
from connector.state.rows import Intent, Settlement
from connector.state.store import Store
from connector.sync.gate import Task
from connector.sync.history import Mover
from connector.sync.money import whole
from connector.sync.notes import pack_intent
from connector.sync.progress import Progress
from connector.sync.settle import Attempt, Outcome, Settler
from connector.sync.twins import names_another


@dataclass(slots=True)
class Tally:
    """What has been written so far."""

    created: int = 0
    updated: int = 0
    archived: int = 0
    failed: int = 0


@dataclass(slots=True)
class Applier:
    """Writes for one run. ``people``: per side the object type that a deal's contacts are of. ``mover``:
    tells which writes moved people to another stage, None where nobody's stage is kept."""

    crms: Mapping[Side, Crm]
    store: Store
    key: Key
    settler: Settler
    columns: Mapping[tuple[Side, str], tuple[str, ...]]
    progress: Progress
    people: Mapping[Side, str]
    stop: Callable[[], bool]
    clock: Callable[[], datetime]
    mover: Mover | None = None
    tally: Tally = field(default_factory=Tally)
    interrupted: bool = False
    stirred: dict[Ref, None] = field(default_factory=dict)
    """Records to look at once more before the run ends: new ones, to which the CRM adds its defaults, and
    people whose deals were written, whom HubSpot may move to another stage."""

    def run(self, tasks: Iterable[Task], total: int) -> None:
        """Do the tasks (all of one op), grouped by the object they write to. What was not answered before is
        sent in smaller and smaller batches: a record that makes a CRM fail holds up no other for long."""
        groups: dict[tuple[Side, str, int], list[Task]] = {}
        for task in tasks:
            size = max(1, self.crms[task.action.side].batch >> (3 * task.fails))
            place = (task.action.side, task.action.target.type, size)
            group = groups.setdefault(place, [])
            group.append(task)
            if len(group) >= size:
                self._write(place[:2], groups.pop(place), total)
        for place, group in groups.items():
            self._write(place[:2], group, total)

    def _write(self, place: tuple[Side, str], tasks: list[Task], total: int) -> None:
        """One batch; its targets are re-read directly before."""
        self.interrupted = self.interrupted or self.stop()
        if self.interrupted:
            return
        side, type = place
        self._batch(side, type, tasks, self._reread(side, type, tasks), self._partners(tasks))
        tally = self.tally
        done = tally.created + tally.updated + tally.archived + tally.failed
        self.progress.step(f"write {side} {type}", done, total)

    def _reread(self, side: Side, type: str, tasks: Sequence[Task]) -> dict[str, Record]:
        ids = [t.action.target.id for t in tasks if t.action.op is not Op.CREATE]
        return dict(self.crms[side].read(type, ids, self.columns[side, type])) if ids else {}

    def _partners(self, tasks: Sequence[Task]) -> dict[str, Link]:
        wanted = {t.action.link for t in tasks}
        for task in tasks:
            for change in task.action.changes:
                wanted |= _link_ids(change)
        return self.store.links_by_id(wanted)

    def _batch(
        self,
        side: Side,
        type: str,
        tasks: Sequence[Task],
        fresh: Mapping[str, Record],
        links: dict[str, Link],
    ) -> None:
        attempts: dict[str, tuple[Task, Attempt]] = {}
        skipped: list[Link] = []
        for task in tasks:
            attempt = self._attempt(task.action, fresh.get(task.action.target.id), links)
            if attempt is None or not attempt.action.changes:
                skipped += self._skipped(links[task.action.link])
            else:
                attempts[uuid4().hex] = (task, attempt)
        now = self.clock()
        announced = [self._intent(k, a, now) for k, (_, a) in attempts.items()]
        kept = [secret for _, a in attempts.values() for secret in self.settler.kept(a)]
        self.store.begin(self.settler.run, announced, kept)
        writes = [_write(key, attempt) for key, (_, attempt) in attempts.items()]
        results = self.crms[side].write(type, writes, self.columns[side, type]) if writes else []
        rivals = self._rivals(side, type, attempts, results)
        told = {k: (task, replace(a, rival=rivals.get(k))) for k, (task, a) in attempts.items()}
        self._settle(told, results, skipped, links)

    def _rivals(
        self, side: Side, type: str, attempts: Mapping[str, tuple[Task, Attempt]], results: Sequence[Result]
    ) -> dict[str, Record]:
        """The records that refused creates name, read afresh in one go; by the key of the write. Where a CRM
        is too busy to show them, nobody is judged by them."""
        named = {r.key: str(r.id) for r in results if names_another(attempts[r.key][1].action, r)}
        try:
            ids = list(dict.fromkeys(named.values()))
            found = self.crms[side].read(type, ids, self.columns[side, type]) if ids else {}
        except Retry:
            return {}
        return {key: found[id] for key, id in named.items() if id in found}

    def _skipped(self, link: Link) -> list[Link]:
        """A write that is no longer possible: the link is looked at again, unless it waits for another reason
        already."""
        if not link.pending.startswith("write:"):
            return []
        return [replace(link, pending="look again", retry_at=None)]

    def _attempt(self, action: Action, fresh: Record | None, links: Mapping[str, Link]) -> Attempt | None:
        """What can still be sent: changes whose target is as it was seen, with references turned into record
        ids."""
        link = links[action.link]
        if action.op is not Op.CREATE and (
            fresh is None or fresh.gone is not None or fresh.ref != action.target
        ):
            return None
        written: dict[str, Raw | Delta] = {}
        keep: list[Change] = []
        moved = False
        if action.op is Op.UPDATE and self._lacks_partner(action, link):
            return None  # its create did not succeed: nothing of ours is written to the source
        for change in action.changes:
            value = self._resolve(change, action, links)
            if value is _UNRESOLVED or fresh is not None and not _as_seen(change, fresh):
                moved = True
            else:
                keep.append(_as_found(change, fresh))
                written[change.column] = value  # type: ignore[assignment]
        sent = whole(action.changes, keep)
        written = {change.column: written[change.column] for change in sent}
        return Attempt(replace(action, changes=tuple(sent)), link, written, fresh, moved)

    def _lacks_partner(self, action: Action, link: Link) -> bool:
        ours = all(change.rule == CONNECTOR for change in action.changes)
        return ours and link.ref(action.side.other) is None and link.state is not LinkState.TOMBSTONE

    def _resolve(self, change: Change, action: Action, links: Mapping[str, Link]) -> Raw | Delta | object:
        """The value to send: link ids become ids of the records on the target's side."""
        side = action.side
        if change.why is Why.UNDO:
            return change.after
        if change.field == PARTNER_ID:
            if change.after is None:
                return None
            ref = links[action.link].ref(side.other)
            return ref.id if ref else _UNRESOLVED
        if isinstance(change.after, Delta):
            add, remove = (
                frozenset(r.id for m in part if (p := links.get(m)) and (r := p.ref(side)))
                for part in (change.after.add, change.after.remove)
            )
            return Delta(add, remove) if add or remove else _UNRESOLVED
        if _is_reference(change):
            if change.after is None:
                return None
            partner = links.get(str(change.after))
            ref = partner.ref(side) if partner else None
            return ref.id if ref else _UNRESOLVED
        return change.after

    def _intent(self, key: str, attempt: Attempt, now: datetime) -> Intent:
        action = attempt.action
        before = self.settler.row(attempt.fresh) if attempt.fresh else b""
        packed = pack_intent(attempt, self.key.hash)
        columns = tuple(c.column for c in action.changes)
        head = (key, self.settler.run, action.link, action.kind, action.op, action.target)
        return Intent(*head, columns, before, packed, now)

    def _settle(
        self,
        attempts: Mapping[str, tuple[Task, Attempt]],
        results: Sequence[Result],
        skipped: Sequence[Link],
        links: dict[str, Link],
    ) -> None:
        """One transaction for the batch; the links in hand follow the state."""
        done: list[Outcome] = []
        counts: Counter[str] = Counter()
        used: list[bytes] = []
        closed: list[str] = []
        for result in results:
            task, attempt = attempts[result.key]
            outcome = self.settler.outcome(attempt, result)
            done.append(outcome)
            links[outcome.link.id] = outcome.link
            self._count(task.action.op, result)
            if result.verdict is Verdict.DONE:
                self._stir(attempt, result)
                counts.update(task.counts)
                used += task.approvals
            if result.verdict is not Verdict.UNKNOWN:
                closed.append(result.key)
        held: list[Held] = [h for o in done for h in o.held]
        tried = [(attempts[result.key][1], result) for result in results]
        moves, stages = self.mover.parts(tried, self.clock()) if self.mover else ((), {})
        self.store.settle(
            Settlement(
                run=self.settler.run,
                links=tuple(o.link for o in done) + tuple(skipped),
                reviews=tuple(review for o in done for review in o.reviews),
                audit=tuple(a for o in done for a in o.audit),
                done_intents=tuple(closed),
                held=tuple(held),
                parked_for=tuple({o.link.id for o in done}),
                counts=dict(counts),
                used_approvals=tuple(used),
                stage_moves=moves,
                stages=stages,
            ),
            self.clock(),
        )

    def _stir(self, attempt: Attempt, result: Result) -> None:
        action = attempt.action
        if action.op is Op.CREATE and result.id:
            self.stirred[Ref(action.side, action.target.type, result.id)] = None
        if any(change.why in OWN_MOVES and change.rule != CONNECTOR for change in action.changes):
            self.stirred[action.target] = None  # a criterion moved this person: what follows is decided now
        if action.kind is not Kind.DEAL:
            return
        present = attempt.fresh.values.get(CONTACTS_REF) if attempt.fresh else None
        sent = attempt.written.get(CONTACTS_REF)
        ids = (
            *(present if isinstance(present, tuple) else ()),
            *(sent.add if isinstance(sent, Delta) else ()),
        )
        type = self.people.get(action.side, "")
        self.stirred.update((Ref(action.side, type, id), None) for id in ids if type)

    def _count(self, op: Op, result: Result) -> None:
        if result.verdict is not Verdict.DONE:
            self.tally.failed += 1
        elif op is Op.CREATE:
            self.tally.created += 1
        elif op is Op.ARCHIVE:
            self.tally.archived += 1
        else:
            self.tally.updated += 1


_UNRESOLVED = object()


def _link_ids(change: Change) -> set[str]:
    if change.why is Why.UNDO:
        return set()
    if isinstance(change.after, Delta):
        return set(change.after.add | change.after.remove)
    return {change.after} if _is_reference(change) and isinstance(change.after, str) else set()


def _is_reference(change: Change) -> bool:
    return change.column.startswith("@")


def _as_seen(change: Change, fresh: Record) -> bool:
    """Whether the target still holds what reconciliation saw. Our own fields and sets are written in any
    case, but by an undo; the stage is people's, wherever it is kept."""
    if change.field == WHOLE_RECORD:
        return change.given == fresh.stamp.isoformat()
    if change.why is Why.UNDO:
        return change.column in fresh.values and fresh.values[change.column] == change.before
    if (change.ours and change.field != STAGE) or isinstance(change.after, Delta):
        return True
    return change.column in fresh.values and fresh.values[change.column] == change.before


def _as_found(change: Change, fresh: Record | None) -> Change:
    """The change with what it really replaces: a set or a field of ours may have moved since it was read."""
    if fresh is None or change.column not in fresh.values:
        return change
    return replace(change, before=fresh.values[change.column])


def _write(key: str, attempt: Attempt) -> Write:
    action = attempt.action
    values = {} if action.op is Op.ARCHIVE else attempt.written
    return Write(key, action.op, action.target.type, action.target.id or None, values)
