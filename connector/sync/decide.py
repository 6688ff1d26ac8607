"""Decide: one link, from its present records to a decision.

Enters: a link, its records as read just now, what matching found. Leaves: one ``Decision``, or None when
nothing has changed. Never: I/O. It puts reconcile, derive and plan in their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.domain.deals import Wish, wish
from connector.domain.history import NOTHING, advance
from connector.domain.notes import sentence
from connector.domain.own_values import STAGE_NOTE, OwnValue, of_stage
from connector.domain.pipeline import STAGE
from connector.domain.stage import StageDecision, marks_after
from connector.mapping.converters.stages import Stage as StageConverter
from connector.mapping.rules import FieldRule, ObjectMap, OnExit
from connector.mapping.rules import Mapping as Rules
from connector.model import (
    OPT_OUT,
    DealPart,
    Decision,
    Held,
    Kind,
    Link,
    LinkState,
    Pair,
    Record,
    Ref,
    Side,
    StageMove,
    StageNow,
    Value,
    Why,
)
from connector.sync.consent import OWED, with_address
from connector.sync.deals import Seen, parts_in
from connector.sync.derive import shared_values
from connector.sync.facts import NO_FACTS, Facts
from connector.sync.gone import Missing
from connector.sync.match import Matches, Unclear, further_addresses, reviews_of
from connector.sync.money import together
from connector.sync.outcome import Outcome
from connector.sync.plan import Planner
from connector.sync.reasons import Stated, stated
from connector.sync.reconcile import UNSURE, reconcile_field
from connector.sync.settle import APART, look_at
from connector.sync.stage import VERDICT, Person, alone, news, next_step_at, stage_after, stage_outcome


@dataclass(slots=True)
class Work:
    """One link on its way to a decision."""

    rules: Rules
    objects: ObjectMap
    planner: Planner
    link: Link
    records: Mapping[Side, Record]
    matches: Matches
    taken: Mapping[Ref, Link]
    now: datetime
    every: bool = False
    doubt: bool = False
    times: Mapping[tuple[Side, str, str], Mapping[str, datetime]] = field(default_factory=dict)
    facts: Facts = NO_FACTS
    into: Link | None = None
    """The link that this one became a part of: set by ``decide``."""
    _outcomes: dict[str, Outcome] | None = None
    _same: bool | None = None
    _armed: frozenset[str] | None = None
    _judged: StageDecision | None = None
    _stated: Stated | None = None

    def decide(self) -> Decision | None:
        """The decision, or None when nothing at all has changed."""
        decision = self._decided()
        return decision if decision is None else replace(decision, moves=self._moves())

    def _decided(self) -> Decision | None:
        holders = {
            link.id: link for ref in self.link.refs.values() if (link := self.taken.get(ref)) is not None
        }
        if holders.keys() - {self.link.id}:
            return self._merged_away(next(link for id, link in holders.items() if id != self.link.id))
        if not self._all_read():
            return self._missing().unreadable()
        if any(record.gone is not None for record in self.records.values()):
            return self._missing().gone()
        if self._unchanged():
            return self._restamped()
        if any(self.objects.is_person_account(record) for record in self.records.values()):
            return self._person_account()
        if len(self.records) == 2:
            return self._pair()
        return self._single()

    def _all_read(self) -> bool:
        return {record.ref for record in self.records.values()}.issuperset(self.link.refs.values())

    def _missing(self) -> Missing:
        return Missing(self.objects, self.link, self.records, self.taken, self.now)

    def _merged_away(self, holder: Link) -> Decision:
        self.into = holder
        return self._missing().merged_away(holder)

    def needs_facts(self) -> bool:
        """Whether live records are compared: what is gone, unreadable or as it was needs nothing more."""
        return (
            self._all_read()
            and all(record.gone is None for record in self.records.values())
            and not self._unchanged()
        )

    def _unchanged(self) -> bool:
        if self._same is None:
            self._same = self._is_as_before()
        return self._same

    def _is_as_before(self) -> bool:
        return (
            not self.link.pending
            and not self.every
            and self.link.state is not LinkState.TOMBSTONE
            and len(self.link.rows) == len(self.records)
            and all(self.link.rows.get(side) == self.planner.row(r) for side, r in self.records.items())
            and not (len(self.records) == 1 and self._unclear() is not None)
        )

    def _restamped(self) -> Decision | None:
        stamps = {side: record.stamp for side, record in self.records.items()}
        return None if stamps == self.link.stamps else Decision(replace(self.link, stamps=stamps))

    # ------------------------------------------------------------ pairs

    def outcomes(self) -> dict[str, Outcome]:
        """One outcome per shared field that both record types have."""
        if self._outcomes is None or self.times:
            self._outcomes = {
                rule.name: outcome
                for rule in self.objects.fields
                if (outcome := self._outcome(rule.name)) is not None
            }
        return self._outcomes

    def _outcome(self, name: str) -> Outcome | None:
        if name == STAGE and self.objects.kind is Kind.CONTACT:
            return self._stage()
        rule = self.objects.field(name)
        mark = self.link.diverged.get(name, "")
        given = mark.removeprefix(VERDICT) if mark.startswith(VERDICT) else ""
        found = self._reconciled(rule, given, mark)
        owner = rule.rule.side
        if found != Outcome() or mark or owner is None or not _is_typed(rule):
            return found
        # nobody has edited the step, and it means another one now: the opportunity got another record type
        anew = self._reconciled(rule, owner.value, mark)
        return replace(anew, why=Why.EDIT) if anew is not None else None

    def _reconciled(self, rule: FieldRule, verdict: str, mark: str) -> Outcome | None:
        return reconcile_field(
            rule,
            self.records,
            self.link.bases,
            self.planner.of,
            self.planner.digest,
            furthest=self._step,
            times=self._times_of(rule.name),
            verdict=verdict,
            doubt=self.doubt,
            unsure=mark == UNSURE,
            addresses=self._addresses() if rule.convert.name == "email" else None,
            owed=mark == OWED and "guard" not in self.link.pending,
            opted_in=self.facts.opted_in and rule.column(Side.HUBSPOT, "contacts") == OPT_OUT,
        )

    def _addresses(self) -> dict[Side, tuple[str, ...]]:
        return {
            side: further_addresses(record, self.objects, self.planner.of(record))
            for side, record in self.records.items()
        }

    def _step(self, stage: Value) -> int:
        """Place of a step of a deal."""
        return next((d.index for d in self.rules.pipeline.deals if d.key == stage), -1)

    def _stage(self) -> Outcome | None:
        """What becomes of a person's stage; what is remembered of criteria is noted."""
        asked = self._wish()
        shared = self._shared()
        self._stated = stated(
            self.rules.pipeline,
            self.objects,
            self.link,
            self.records,
            shared,
            log=self.facts.log,
            news=self._news(),
            digest=self.planner.digest,
        )
        person = Person(
            self.rules.pipeline,
            self.objects,
            self.link,
            self.records,
            shared,
            self.now,
            known=self.facts.stage,
            wish=asked.stage if asked else None,
            recycle=asked is not None and asked.back,
            times=self._times_of(STAGE),
            doubt=self.doubt,
            reason=bool(self._stated.reason),
        )
        outcome, self._armed, self._judged = stage_outcome(person, self.planner.of, self.planner.digest)
        return outcome

    def _wish(self) -> Wish | None:
        """What this person's deals ask for."""
        known = self._known()
        shown = [values.get(STAGE) for values in self._shared().values()]
        here = known.stage or next((stage for stage in shown if isinstance(stage, str)), None)
        return wish(self.facts.deals, self.rules.pipeline.from_deals, here, known.since)

    def parts(
        self, decision: Decision, known: Sequence[DealPart], *, first: bool
    ) -> tuple[DealPart, ...] | None:
        """Who has a part in this deal from now on, None where all stays as it was. ``known``: who had one;
        ``first``: everything is looked at for the first time."""
        if decision.link.state is LinkState.TOMBSTONE:
            return ()
        if not self.needs_facts():
            return None
        shared = self._shared()
        outcomes = self.outcomes() if len(self.records) == len(Side) else {}
        seen = Seen(self.link, self.records, shared, outcomes)
        if not self._in_scope(shared):
            return ()
        first = first or self.doubt
        return parts_in(
            seen, known, self.objects, self.rules.pipeline, self.planner.ctx, self.now, first=first
        )

    def _shared(self) -> dict[Side, dict[str, Value]]:
        return {side: shared_values(r, self.objects, self.planner.of(r)) for side, r in self.records.items()}

    def _times_of(self, name: str) -> dict[Side, datetime] | None:
        if not self.times:
            return None
        rule = self.objects.field(name)
        found: dict[Side, datetime] = {}
        for side, record in self.records.items():
            column = rule.column(side, record.ref.type)
            at = self.times.get((side, record.ref.type, column or ""), {}).get(record.ref.id)
            if at is not None:
                found[side] = at
        return found

    def needs_times(self) -> list[str]:
        """Fields whose clash can only be decided by the CRMs' own field history."""
        if len(self.records) < 2 or self._unchanged() or any(r.gone for r in self.records.values()):
            return []
        return [name for name, outcome in self.outcomes().items() if outcome.needs_times]

    def _pair(self) -> Decision:
        if self.objects.on_exit is OnExit.STOP and not self.doubt and not self._in_scope(self._shared()):
            return self.planner.left_alone(Pair(self.link, self.link.kind, self.records))
        outcomes = together(
            self.objects,
            self.outcomes(),
            self.records,
            self._shared(),
            self.planner.ctx.currency,
            self._chosen(),
        )
        outcomes = with_address(self.objects, outcomes, self.records, self._shared())
        link = self.link if self._armed is None else replace(self.link, armed=self._armed)
        own = self._own(stage_after(outcomes.get(STAGE), self._shared()))
        marks = self._marks()
        if self.objects.kind is Kind.CONTACT:
            note = sentence(marks.note if marks else "", self.rules.pipeline, self.rules.language)
            own = (*own, OwnValue(STAGE_NOTE, note))
        made = self.planner.pair(Pair(link, self.link.kind, self.records), outcomes, own)
        until = next_step_at(self._judged, self.rules.pipeline, self._shared(), self._known(), self.now)
        if until is not None and (made.held or not made.link.pending):
            made = replace(made, link=replace(made.link, pending=look_at(until)))
        return made if marks in (self.facts.stage, NOTHING) else replace(made, marks=marks)

    def _moves(self) -> tuple[StageMove, ...]:
        """The moves to keep: those that are news, and a move back with its reason once it is carried over."""
        decided, found, moves = self._judged, self._stated, self._news()
        if decided is None or found is None or found.move is None or not found.reason:
            return moves
        if not decided.back or decided.held or decided.stage != found.move.end:
            return moves
        others = (move for move in moves if move != found.move)
        kept = (*others, replace(found.move, reason=found.reason))
        return tuple(sorted(kept, key=lambda move: move.at))

    def _news(self) -> tuple[StageMove, ...]:
        """The moves that are news."""
        if self.doubt or self.objects.kind is not Kind.CONTACT:
            return self.facts.moves
        return news(self.facts, self.objects, self.link, self.records, self.planner.digest)

    def _marks(self) -> StageNow | None:
        """What the state is to remember of the stage beside its moves; as it was where nothing is decided."""
        decided = self._judged
        return self.facts.stage if decided is None else marks_after(decided, self.facts.stage)

    def _chosen(self) -> set[str]:
        """Fields that a person has decided and that wait to be carried out."""
        return {name for name, why in self.link.diverged.items() if why.startswith(VERDICT)}

    def _in_scope(self, shared: Mapping[Side, Mapping[str, Value]]) -> bool:
        """Whether a pair is in scope by the criterion of either side. One that cannot be judged (a field was
        not read) stays."""
        return any(self.objects.include[side].holds(values) is not False for side, values in shared.items())

    def _person_account(self) -> Decision:
        """Neither record is written: a Contact that is half a person account refuses its names and its
        company. One that has no partner, and would get none, is nobody's business."""
        marked = next(r for r in self.records.values() if self.objects.is_person_account(r))
        pair = Pair(self.link, self.link.kind, self.records)
        if len(self.records) < len(Side) and self.objects.create.get(marked.ref.side.other) is None:
            return self.planner.left_alone(pair)
        message = "a person account: its names are edited on the account, and it is not synced"
        held = Held("person_account", self.link.id, marked.ref, message)
        return replace(self.planner.left_alone(pair), held=(held,))

    # ------------------------------------------------------------ records without a partner

    def _unclear(self) -> Unclear | None:
        if APART in self.link.diverged:
            return None
        return next((u for r in self.records.values() if (u := self.matches.unclear.get(r.ref))), None)

    def _single(self) -> Decision:
        side, record = next(iter(self.records.items()))
        if self.link.state is LinkState.TOMBSTONE and APART in self.link.diverged:
            return self.planner.apart(self.link, record)
        values = shared_values(record, self.objects, self.planner.of(record))
        in_scope = self.objects.include[side].holds(values)
        unclear = self._unclear()
        target = self.objects.create.get(side.other)
        stage, link = self._entered(values)
        if unclear is not None and (
            unclear.code in ("ambiguous", "beside_pair", "was_linked", "known_apart") or (in_scope and target)
        ):
            review = next((r for r in reviews_of(unclear, self.link.kind) if r.subject == record.ref), None)
            return self.planner.single(link, record, create=None, review=review)
        if stage is not None:
            return self.planner.moved(link, record, stage)
        if in_scope is None and target is not None:
            return self.planner.unjudged(link, record)
        create = target if in_scope else None
        own = self._own(values.get(STAGE))
        return self.planner.single(link, record, create=create, review=None, own=own)

    def _own(self, stage: Value) -> tuple[OwnValue, ...]:
        """What the connector itself shows of this link, as far as it is known before anything is written.
        ``stage``: where the person will stand then; of a stage that they enter only by our own write, the
        look after that tells the time."""
        known = (self._known(), self.facts.stage)
        return tuple(of_stage(next((each for each in known if each and each.stage == stage), None)))

    def _known(self) -> StageNow:
        """What is known of the stage, what was seen just now included."""
        return advance(self.facts.stage, self._news(), self.rules.pipeline)

    def _entered(self, values: Mapping[str, Value]) -> tuple[str | None, Link]:
        """The stage that a person without a partner enters by its criterion, and the link with what is armed
        now."""
        if self.objects.kind is not Kind.CONTACT:
            return None, self.link
        return alone(self.rules.pipeline, self.link, values, self._known(), self.now)


def _is_typed(rule: FieldRule) -> bool:
    """Whether what a value means depends on the record type as well."""
    return isinstance(rule.convert, StageConverter) and bool(rule.convert.typed)
