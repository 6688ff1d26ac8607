"""Undo one run: a plan like any other, through the same guards, notes, writes and audit.

Enters: an environment and the number of a run. Leaves: an ``Undone``. It writes only where a record still
holds what that run wrote; what a guard holds waits for ``approve``. It may be repeated: what is back already
is left alone, so an undo that was killed is finished by the next one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.environment import Environment
from connector.errors import ConfigError
from connector.lifetime import Alive
from connector.mapping.rules import ObjectMap
from connector.model import Action, Decision, Kind, Link, Op, Raw, Record, Ref, Side
from connector.preview import PREVIEWED
from connector.report.runs import Report
from connector.report.undone import Undone
from connector.run import Leased, in_lease
from connector.stages import mover_of
from connector.state.runs import INTERRUPTED, WRITING
from connector.state.spool import Spool
from connector.sync import guards
from connector.sync.apply import Applier
from connector.sync.gate import Gate
from connector.sync.parents import parents_of
from connector.sync.plan import row_hash
from connector.sync.progress import Progress, Silent
from connector.sync.recover import recover
from connector.sync.settle import Settler
from connector.sync.undo import Left, Members, Reason, Wrote, put_back, take_away, written_fields
from connector.sync.volume import Past, judge

LINKS = 500
"""Links that are looked at in one go."""

BLUR = timedelta(seconds=5)
"""How far the end of a run, noted by our stopwatch from a clock of whole seconds, and a CRM's stamp of its
last write may be apart."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to undo: a run, whole or in part. ``creates``: also archive what it created; ``only``: a record of
    the one link that is meant; ``field``: its name in the mapping."""

    run: int
    creates: bool = False
    only: Ref | None = None
    field: str | None = None
    side: Side | None = None


def undo(
    env: Environment,
    wanted: Wanted,
    *,
    write: bool,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Undone:
    """Put back what a run wrote, or say what would be put back (``write`` False).

    Raises ConfigError for a run that there is not, else what a sync raises. A person's pause does not stop
    it: it is what a pause is for.
    """
    _refuse(env, wanted)
    taken: list[Undoing] = []

    def work(lease: Leased) -> Report:
        with Spool(env.spool_dir) as spool:
            taken.append(Undoing(env, lease, wanted, spool, Alive(progress or Silent(), lease.clock), stop))
            return taken[0].go(write=write)

    report = in_lease(env, "undo" if write else "undo plan", work)
    done = taken[0]
    return Undone(report, wanted.run, not write, done.fields, tuple(done.left))


def _refuse(env: Environment, wanted: Wanted) -> None:
    row = env.store.run(wanted.run)
    if row is None or row.kind not in WRITING:
        what = "there is no run" if row is None else f"nothing was written by the {row.kind} with the number"
        raise ConfigError(f"{what} {wanted.run}", fix="Runs and their numbers: smarketing status")
    known = {rule.name for objects in env.rules.objects.values() for rule in objects.fields}
    if wanted.field is not None and wanted.field not in known:
        raise ConfigError(
            f"no mapping has a field {wanted.field}", fix="Fields are: " + ", ".join(sorted(known))
        )


@dataclass(slots=True)
class Undoing:
    """One undo at work: counters, names and ids, never values (those are in the spool)."""

    env: Environment
    lease: Leased
    wanted: Wanted
    spool: Spool
    progress: Progress
    stop: Callable[[], bool]
    tally: guards.Tally = field(default_factory=guards.Tally)
    fields: dict[tuple[Side, Kind, str], list[str]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    columns: dict[tuple[Side, str], tuple[str, ...]] = field(default_factory=dict)
    finished: dict[int, datetime] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        return f"undo of run {self.wanted.run}"

    def go(self, *, write: bool) -> Report:
        """Look, judge by the guards, and write."""
        env, lease = self.env, self.lease
        if write:
            recover(env.store, env.crms, env.rules, env.key, lease.live, lease.number, lease.fence)
        ids = self._links()
        for start in range(0, len(ids), LINKS):
            self._look(ids[start : start + LINKS])
            self.progress.step("look at what the run wrote", min(len(ids), start + LINKS), len(ids))
        approved = frozenset(env.store.approved(self.tally.all_digests(), lease.live.now))
        past = Past(env.store.counts_since(lease.live.now - timedelta(hours=24)))
        held = judge(self.tally.fresh(approved), past, env.limits, ()).held
        waiting = {label: self.tally.digests[label] for label in held} if write else self.tally.digests
        plan = self._save_plan(waiting)
        applier = self._apply(Gate(held, approved, lease.live.owner_fields)) if write else None
        return Report(
            run=lease.number,
            kind="undo" if write else "undo plan",
            updated=applier.tally.updated if applier else 0,
            archived=applier.tally.archived if applier else 0,
            failed=applier.tally.failed if applier else 0,
            stopped_by=tuple(sorted(held)),
            plan=plan,
            planned=Counter(self.tally.planned),
            interrupted=applier is not None and applier.interrupted,
        )

    def _links(self) -> list[str]:
        if self.wanted.only is None:
            return self.env.store.links_of_run(self.wanted.run)
        link = self.env.store.links_by_ref([self.wanted.only]).get(self.wanted.only)
        return [link.id] if link is not None else []

    def _save_plan(self, digests: Mapping[str, list[bytes]]) -> str | None:
        """What waits for approval, under a short hash. Approving it is no preview of the mapping files."""
        every = [digest for ones in digests.values() for digest in ones]
        if not every:
            return None
        store, seen = self.env.store, self.env.store.get_meta(PREVIEWED) or ""
        name = guards.plan_hash(every, self.rule)
        actions = ((label, digest) for label, ones in digests.items() for digest in ones)
        store.save_plan(name, self.lease.number, actions, seen, self.lease.live.now)
        return name

    # ------------------------------------------------------------ look

    def _look(self, ids: Sequence[str]) -> None:
        """Decide about the records of some links."""
        store, digest = self.env.store, self.env.key.hash
        kept = store.replaced_by(self.wanted.run, ids, self.lease.live.now)
        wrote = written_fields(store.written_by(self.wanted.run, ids), kept, digest)
        wrote = {
            target: fields for target, fields in wrote.items() if self.wanted.side in (None, target.side)
        }
        links = store.links_by_id(ids)
        by_ref = store.links_by_ref(target for target, fields in wrote.items() if fields[0].link not in links)
        records = self._records(wrote)
        members = self._members(wrote, records)
        decisions: dict[Kind, list[Decision]] = {}
        for target, fields in wrote.items():
            link = links.get(fields[0].link) or by_ref.get(target)
            if link is None:
                self.left.append(Left(Reason.GONE, target))
                continue
            action = self._action(link, target, fields, records.get(target), members)
            if action is not None:
                self._note(action)
                decisions.setdefault(link.kind, []).append(Decision(link, (action,)))
        for kind, made in decisions.items():
            self.spool.put_decisions(kind, made)

    def _records(self, wrote: Mapping[Ref, Sequence[Wrote]]) -> dict[Ref, Record]:
        """The records as they are now, with the fields that the run wrote, mapped today or not."""
        groups: dict[tuple[Side, str], dict[str, None]] = {}
        for target, fields in wrote.items():
            groups.setdefault((target.side, target.type), {})[target.id] = None
            self._need(target, fields)
        found: dict[Ref, Record] = {}
        for (side, type), ids in groups.items():
            if (side, type) in self.columns:
                read = self.env.crms[side].read(type, list(ids), self.columns[side, type])
                found.update((Ref(side, type, id), record) for id, record in read.items())
        return found

    def _need(self, target: Ref, fields: Sequence[Wrote]) -> None:
        place = (target.side, target.type)
        objects = self._objects(target)
        if objects is None:
            return
        mapped = self.columns.get(place) or self.lease.live.columns(objects)[place]
        known = self.lease.live.schemas[target.side][target.type].fields
        more = (wrote.column for wrote in fields if wrote.column in known)
        self.columns[place] = tuple(dict.fromkeys((*mapped, *more)))

    def _objects(self, target: Ref) -> ObjectMap | None:
        every = self.env.rules.objects.values()
        return next((o for o in every if target.type in o.types.get(target.side, ())), None)

    def _members(self, wrote: Mapping[Ref, Sequence[Wrote]], records: Mapping[Ref, Record]) -> Members:
        """Finds the links of the records that the sets held, or hold now."""
        types: dict[tuple[Ref, str], str] = {}
        refs: dict[Ref, None] = {}
        for target, fields in wrote.items():
            objects = self._objects(target)
            parents = parents_of(self.env.rules, objects) if objects is not None else {}
            for one in fields:
                if one.field in parents:
                    type = types[target, one.field] = parents[one.field][1][target.side]
                    present = records[target].values.get(one.column) if target in records else None
                    every = (*_ids(one.old), *_ids(one.made), *_ids(present))
                    refs.update((Ref(target.side, type, id), None) for id in every)
        links = self.env.store.links_by_ref(refs)

        def members(one: Wrote, ids: Iterable[str]) -> tuple[str, ...]:
            type = types.get((one.target, one.field), "")
            found = (links.get(Ref(one.target.side, type, id)) for id in ids)
            return tuple(sorted(link.id for link in found if link is not None))

        return members

    # ------------------------------------------------------------ decide

    def _action(
        self,
        link: Link,
        target: Ref,
        fields: Sequence[Wrote],
        record: Record | None,
        members: Members,
    ) -> Action | None:
        if fields[0].op is Op.CREATE:
            return self._take_away(link, target, fields, record)
        some = [w for w in fields if self.wanted.field in (None, w.field)]
        changes, left = put_back(some, record, self.rule, self.env.key.hash, members, self._is_ours)
        self.left += left
        return Action(Op.UPDATE, link.kind, link.id, target, None, tuple(changes)) if changes else None

    def _take_away(
        self, link: Link, target: Ref, fields: Sequence[Wrote], record: Record | None
    ) -> Action | None:
        if self.wanted.field is not None:
            return None
        if not self.wanted.creates:
            self.left.append(Left(Reason.CREATED, target))
            return None
        untouched = record is not None and record.stamp <= self._last_written(link, target) + BLUR
        made = take_away(fields, record, self.rule, self.env.key.hash, untouched=untouched)
        if isinstance(made, Left):
            self.left.append(made)
            return None
        return Action(Op.ARCHIVE, link.kind, link.id, target, None, (made,))

    def _last_written(self, link: Link, target: Ref) -> datetime:
        """When the last run that wrote to a record ended; of one that was killed, when it began."""
        last = max(
            (row for row in self.env.store.audit_of(link.id) if row.target == target), key=lambda row: row.run
        )
        if last.run not in self.finished:
            row = self.env.store.run(last.run)
            known = row is not None and row.finished_at is not None and row.outcome != INTERRUPTED
            self.finished[last.run] = row.finished_at if known and row and row.finished_at else last.at
        return self.finished[last.run]

    def _is_ours(self, wrote: Wrote) -> bool:
        objects = self._objects(wrote.target)
        ours = objects.link_column[wrote.target.side].partition("_")[0] + "_" if objects is not None else " "
        return wrote.column.startswith(ours)

    def _note(self, action: Action) -> None:
        self.tally.add(action, self.lease.live.owner_fields)
        for change in action.changes:
            place = (action.side, action.kind, change.field)
            self.fields.setdefault(place, []).append(action.target.id)

    # ------------------------------------------------------------ write

    def _apply(self, gate: Gate) -> Applier:
        """Values parents first, then what is archived, parents last: nothing is taken along with its
        parent."""
        env, lease = self.env, self.lease
        row = row_hash(env.key.hash_row, env.rules.digest)
        settler = Settler(lease.number, lease.fence, lease.live.now, env.keep, env.key.hash, row)
        applier = Applier(
            env.crms,
            env.store,
            env.key,
            settler,
            self.columns,
            self.progress,
            {},
            self.stop,
            lease.clock,
            mover_of(env, lease.live),
        )
        total = sum(self.tally.planned.values())
        for op, kinds in ((Op.UPDATE, list(Kind)), (Op.ARCHIVE, list(reversed(Kind)))):
            for kind in kinds:
                if not applier.interrupted:
                    applier.run(gate.tasks(self.spool.decisions(kind), op), total)
        return applier


def _ids(value: Raw) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
