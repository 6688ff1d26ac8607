"""One cycle, readable as a sentence: pull, match, reconcile, derive, plan, guard, apply, settle.

Enters: an environment and what both CRMs say of themselves. Leaves: a ``Report``. Everything that is decided
is a stream of ``Decision`` values on disk (encrypted, deleted at the end), so memory does not grow with the
number of records.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import timedelta
from itertools import chain, islice

from connector.account import SAMPLE, Account
from connector.environment import Environment
from connector.fitted import Fitted
from connector.followers import followers, looked_at_again
from connector.horizon import Horizon
from connector.lifetime import Clock
from connector.live import Live
from connector.mapping.rules import ObjectMap
from connector.model import Decision, Kind, LinkState, Op, Ref, Side
from connector.preview import Preview
from connector.report.runs import Report
from connector.stages import columns_of, mover_of, sources_of, what_moved
from connector.state.rows import Settlement
from connector.state.spool import Spool
from connector.sync import guards
from connector.sync.apply import Applier
from connector.sync.gate import Gate
from connector.sync.look import Looker
from connector.sync.plan import Planner, Row, row_hash
from connector.sync.progress import Progress
from connector.sync.pull import CHUNK, Puller
from connector.sync.recover import recover, take_verdicts
from connector.sync.settle import Settler
from connector.sync.untold import Untold
from connector.sync.volume import DAYS, LEAST_DAYS, Judgement, Past, judge

SCHEMA = "schema "
"""Beginning of the name of a danger guard for a field that has changed."""


@dataclass(slots=True)
class Cycle:
    """The state of one run in memory: counters and digests, never records."""

    env: Environment
    live: Live
    kind: str
    full: bool
    only: Ref | None
    progress: Progress
    stop: Callable[[], bool]
    number: int
    fence: int
    clock: Clock
    spool: Spool
    closing: Mapping[Ref, None] | None = None
    stirred: dict[Ref, None] = field(default_factory=dict)
    dropped: dict[Kind, list[str]] = field(default_factory=dict)
    moved: dict[Kind, Mapping[str, str]] = field(default_factory=dict)
    counts: dict[tuple[Side, Kind], int] = field(default_factory=dict)
    fully: set[Kind] = field(default_factory=set)
    limit: InitVar[int | None] = SAMPLE
    account: Account = field(init=False)
    suspects: set[str] = field(default_factory=set)
    interrupted: bool = False
    thorough: bool = False
    anew: bool = False
    associations: bool = False
    unusual: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self, limit: int | None) -> None:
        self.account = Account(self.kind, limit)

    @property
    def preview(self) -> Preview:
        return Preview(self.env.store, self.env.rules, self.live)

    @property
    def fitted(self) -> Fitted:
        return Fitted(self.env.store, self.env.rules, self.live)

    @property
    def horizon(self) -> Horizon:
        return Horizon(self.env.store, self.env.overlap)

    def go(self) -> Report:
        """The run."""
        if self.closing is None:
            self._settle_the_past()
            self.thorough = self.horizon.is_due(self.live.now)
            self.associations = self.horizon.associations_due(self.live.now, self.env.associations)
        if self.only is None and self.closing is None:  # an edited mapping acts on everybody
            plan = self.kind == "plan"  # what a preview is of, it shows all of
            self.anew = self.fitted.is_unapplied() and (plan or self.preview.is_of_this_mapping())
            self.full |= self.anew or (plan and not self.preview.is_current())
        for kind in self._kinds():
            self._look(kind)
            if self.interrupted:
                return self._report((), {}, None, None)
        if self.kind == "rebuild":
            return self._relinked()
        dangers = {**self._shrunk(), **self._drifted()}
        for name, digest in dangers.items():
            self.account.tally.digests[name].append(digest)
        approved = frozenset(self.env.store.approved(self.account.tally.all_digests(), self.live.now))
        danger = (
            *self._unseen_mapping(),
            *(name for name, digest in dangers.items() if digest not in approved),
        )
        judged = self._judged(approved)
        held = judged.held
        if self.kind == "plan":
            if self.only is None:
                self.preview.seen()
            return self._report(danger, held, self._save_plan(self.account.tally.digests), None)
        if danger:
            return self._report(danger, held, self._save_plan(self.account.tally.digests), None)
        self.preview.note_fields(
            frozenset(self.preview.drift()) - {name.removeprefix(SCHEMA) for name in dangers}
        )
        suspects = frozenset(self.suspects)
        applier = self._apply(Gate(held, approved, self.live.owner_fields, judged.charges, suspects))
        if self.closing is None:
            self.stirred.update(applier.stirred)
            if not applier.interrupted and self.only is None:
                everything = len(self.fully) == len(self._kinds())
                if everything:
                    self.fitted.applied()
                self.horizon.move(
                    self.env.rules,
                    self.live,
                    self.number,
                    thorough=self.thorough or everything,
                    associations=self.associations or self.full,
                )
                self.fitted.ran()
        waiting = {label: self.account.tally.digests[label] for label in held}
        return self._report((), held, self._save_plan(waiting), applier)

    def _relinked(self) -> Report:
        """The end of a rebuild: what was seen is remembered, and nothing is written to either CRM."""
        for kind in self._kinds():
            self._settle_looks(kind, Gate({}, frozenset(), self.live.owner_fields, shut=True))
        self.fitted.applied()
        self.horizon.move(self.env.rules, self.live, self.number, thorough=True)
        return self._report((), {}, None, None)

    # ------------------------------------------------------------ before

    def _settle_the_past(self) -> None:
        """What an interrupted run left open, and what people have decided since. A dry run leaves both as
        they are."""
        if self.kind != "plan":
            recover(
                self.env.store,
                self.env.crms,
                self.env.rules,
                self.env.key,
                self.live,
                self.number,
                self.fence,
            )
            take_verdicts(self.env.store, self.env.rules, self.number, self.live.now)

    def _kinds(self) -> list[Kind]:
        return [kind for kind in Kind if kind in self.env.rules.objects]

    # ------------------------------------------------------------ pull, match, reconcile, derive, plan

    def _look(self, kind: Kind) -> None:
        objects = self.env.rules.objects[kind]
        looker = self._looker(objects)
        touched = self._pull(looker, objects)
        if looker.doubt:
            looker.doubts.drop_contradicted(self.spool, self.live.now)
        matches = looker.partners.match()
        done = 0
        for decisions in looker.decisions(touched, matches):
            done += len(decisions)
            if self.stop():
                self.interrupted = True
                return
            self.account.take(decisions, self.live.owner_fields)
            self.spool.put_decisions(kind, decisions)
            self.clock()
            self.progress.step(f"compare {kind}", done, None)
        self.dropped[kind], self.moved[kind] = looker.dropped, looker.moved
        self.suspects |= looker.suspects

    def _looker(self, objects: ObjectMap) -> Looker:
        env, key = self.env, self.env.key
        planner = Planner(objects, self.live.schemas, self.live.ctx, key.hash, self._row())
        puller = Puller(
            env.crms,
            env.store,
            self.spool,
            key,
            self.live.ctx,
            columns_of(self.live, objects),
            self.progress,
            planner.row,
        )
        now = self.live.now
        approved = self.kind == "plan" or env.store.any_approved(now) or bool(env.store.open_windows(now))
        looker = Looker(
            env.rules,
            objects,
            planner,
            puller,
            env.store,
            self.live.now,
            approved,
            self.fitted.has_changed(),
            self.live.links,
            self.live.linked,
            every=self.full,
            closing=self.closing is not None,
            flips=env.limits.flips,
            doubt=self.kind == "rebuild",
        )
        looker.sources = sources_of(
            env, objects, planner.of, looker.moved, puller.absorbed, anew=looker.doubt
        )
        return looker

    def _row(self) -> Row:
        return row_hash(self.env.key.hash_row, self.env.rules.digest)

    def _pull(self, looker: Looker, objects: ObjectMap) -> Iterable[Ref]:
        """Records to look at: all of them at first and on request, else what changed since the cursors; and
        what waits."""
        puller = looker.puller
        if self.closing is not None:
            return puller.touch(objects, self._of(objects, self.closing))
        if self.only is not None:
            return puller.touch(objects, self._of(objects, [self.only]))
        since = self.horizon.since(objects, thorough=self.thorough)
        looker.first = since is None
        if self.full or since is None or looker.doubt:
            self.fully.add(objects.kind)
            self.counts.update(puller.everything(objects))
            looker.partners.disputed_all()
            return chain(self._everything(objects.kind), looker.waiting())
        changed = puller.changes(objects, since, thorough=self.thorough)
        if self.associations:
            changed = [*changed, *self._untold(objects)]
        return puller.touch(objects, [*changed, *looker.waiting(), *looker.partners.disputed(changed)])

    def _untold(self, objects: ObjectMap) -> Iterator[Ref]:
        env = self.env

        def step(done: int) -> None:
            self.progress.step(f"associations {objects.kind}", done, None)
            self.clock()

        yield from Untold(env.crms, env.store, env.rules, objects, env.key.hash, step).refs()

    def _of(self, objects: ObjectMap, refs: Iterable[Ref]) -> list[Ref]:
        return [ref for ref in refs if ref.type in objects.types.get(ref.side, ())]

    def _everything(self, kind: Kind) -> Iterator[Ref]:
        for side in Side:
            yield from self.spool.refs(kind, side)

    # ------------------------------------------------------------ guards

    def _unseen_mapping(self) -> tuple[str, ...]:
        """The mapping guard trips when there is something to write by a mapping of which nobody has seen a
        plan."""
        seen = self.preview.is_of_this_mapping()
        return ("mapping",) if self.account.tally.planned and not seen and self.kind == "sync" else ()

    def _drifted(self) -> dict[str, bytes]:
        """Danger guards for fields that changed in a CRM since the last preview and are to be written, each
        with a digest by which a person can let this through."""
        if self.kind == "plan" or not self.preview.is_of_this_mapping():
            return {}
        places = [name for name, of in self.preview.drift().items() if of & self.account.tally.fields]
        return {SCHEMA + name: guards.digest_text(SCHEMA + name) for name in places}

    def _shrunk(self) -> dict[str, bytes]:
        """Danger guards for a side that shows hardly anything any more, each with a digest by which a person
        can let exactly this through."""
        counts = {place: n for place, n in self.counts.items() if place[1] in self.fully}
        known = {place: n for place, n in self._known().items() if place in counts}
        linked = {kind: n for (side, kind), n in self._known().items() if side is Side.HUBSPOT}
        names = [f"small {where}" for where in guards.suddenly_small(counts, known)]
        names += [f"lost {kind}" for kind in guards.mostly_lost(self.account.lost, linked)]
        numbers = f"{sorted(counts.items())} {sorted(self.account.lost.items())}"
        return {name: guards.digest_text(f"{name} {numbers}") for name in names}

    def _known(self) -> dict[tuple[Side, Kind], int]:
        """Linked pairs per kind: at least that many records were there on each side."""
        counts = self.env.store.count_links()
        return {
            (side, kind): counts.get((kind, LinkState.LINKED), 0) for side in Side for kind in self._kinds()
        }

    def _judged(self, approved: frozenset[bytes]) -> Judgement:
        """What the volume guards say, given what was done of late and what was announced."""
        store, now = self.env.store, self.live.now
        done = store.counts_since(now - timedelta(hours=24))
        past = Past(done, store.busiest_days(now, DAYS, LEAST_DAYS))
        judged = judge(self.account.tally.fresh(approved), past, self.env.limits, store.open_windows(now))
        self.unusual = judged.unusual
        return judged

    def _save_plan(self, digests: Mapping[str, list[bytes]]) -> str | None:
        """Store what waits for approval under a short hash; None when nothing does."""
        every = [digest for ones in digests.values() for digest in ones]
        if not every:
            return None
        name = guards.plan_hash(every, self.env.rules.digest)
        actions = ((label, digest) for label, ones in digests.items() for digest in ones)
        self.env.store.save_plan(name, self.number, actions, self.env.rules.digest, self.live.now)
        return name

    # ------------------------------------------------------------ apply, settle

    def _apply(self, gate: Gate) -> Applier:
        env = self.env
        columns: dict[tuple[Side, str], tuple[str, ...]] = {}
        for objects in env.rules.objects.values():
            columns.update(self.live.columns(objects))
        contacts = env.rules.objects.get(Kind.CONTACT)
        people = {side: types[0] for side, types in contacts.types.items()} if contacts else {}
        settler = Settler(self.number, self.fence, self.live.now, env.keep, env.key.hash, self._row())
        applier = Applier(
            env.crms,
            env.store,
            env.key,
            settler,
            columns,
            self.progress,
            people,
            self.stop,
            self.clock,
            mover_of(env, self.live),
        )
        total = sum(self.account.tally.planned.values())
        for kind in self._kinds():
            self._settle_looks(kind, gate)
            for op in (Op.CREATE, Op.UPDATE):
                if not applier.interrupted:
                    applier.run(gate.tasks(self._decisions(kind), op), total)
        return applier

    def _decisions(self, kind: Kind) -> Iterator[Decision]:
        """What was decided, without links that became part of another one later in the run."""
        dropped = set(self.dropped.get(kind, ()))
        return (decision for decision in self.spool.decisions(kind) if decision.link.id not in dropped)

    def _settle_looks(self, kind: Kind, gate: Gate) -> None:
        """Remember what was seen and agreed; links with writes to come are marked until those are done."""
        decisions = self._decisions(kind)
        drop = tuple(self.dropped.get(kind, ()))
        moved = self.moved.get(kind, {})
        if drop or moved:  # first of all: their records belong to other links from now on
            joined = Settlement(run=self.number, drop_links=drop, moved_links=moved)
            self.env.store.settle(joined, self.live.now)
        while chunk := list(islice(decisions, CHUNK)):
            marked = [gate.marked(d, self.live.now) for d in chunk]
            moves, stages = what_moved(self.env, chunk)
            parts = {d.link.id: d.parts for d in chunk if d.parts is not None}
            people = followers(self.env, parts)
            self.stirred.update((ref, None) for link in people for ref in link.refs.values())
            quiet = tuple(link.id for link in marked if not link.pending.startswith("write:"))
            self.env.store.settle(
                Settlement(
                    run=self.number,
                    links=(*marked, *looked_at_again(people)),
                    reviews=tuple(r for d in chunk for r in d.reviews),
                    close_reviews=tuple((d.link.id, name) for d in chunk for name in d.judged),
                    held=tuple(h for d in chunk for h in d.held),
                    held_for=tuple(d.link.id for d in chunk if d.judged or d.held or d.reviews),
                    parked_for=quiet,
                    stage_moves=moves,
                    stages=stages,
                    parts=parts,
                ),
                self.live.now,
            )

    # ------------------------------------------------------------ report

    def _report(
        self, danger: tuple[str, ...], held: Mapping[str, int], plan: str | None, applier: Applier | None
    ) -> Report:
        return self.account.report(
            self.env.store,
            self.number,
            danger=danger,
            held=held,
            plan=plan,
            unusual=self.unusual,
            done=applier.tally if applier else None,
            interrupted=self.interrupted or (applier is not None and applier.interrupted),
        )
