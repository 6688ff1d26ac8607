"""What becomes of one person's stage: the decision table of docs/pipeline.md.

Enters: what both CRMs show, what was agreed on before, what is remembered, what deals and criteria want.
Leaves: one ``StageDecision``. Never: I/O, or a look at which CRM a side is: exchanging the sides exchanges
the decision.

In this order: (1) an own step that was left half done is finished; (2) a blank is never an edit, the person
keeps a stage; (3) people's moves are merged and judged by the rules; (4) a move back that lacks its reason
waits for it; (5) what the person's deals want; (6) criteria, on the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.domain.criteria import entered, is_rejected, new_episode
from connector.domain.history import NOTHING
from connector.domain.moves import Judged, Ruling, judge_move
from connector.domain.notes import Note, kept
from connector.domain.pipeline import place
from connector.mapping.rules import Clash, Pipeline
from connector.model import Side, StageNow, Value, Why


@dataclass(frozen=True, slots=True)
class Seen:
    """The stage as one CRM shows it. ``base``: the stage that both had agreed on, as this side said it (None
    where that is not known); ``changed``: whether the value differs from it, None without a base; ``at``: the
    CRM's own time of the last change, aware."""

    value: str | None
    base: str | None
    changed: bool | None
    at: datetime

    @property
    def moved(self) -> bool:
        """Whether somebody moved the person here. A blank is no move, another word for the same stage
        neither."""
        return bool(self.changed) and self.value is not None and self.value != self.base


@dataclass(frozen=True, slots=True)
class StageDecision:
    """Where a person stands, and what follows.

    ``stage``: what both CRMs are to show, None where nobody ever gave one or where it is left undecided;
    ``writes``: per side the stage to write; ``why``: the reason of the writes. ``agreed``: both show the
    same, nothing is written. ``review``: code of a question for a person; ``needs_times``: it can be answered
    by the CRMs' field history. ``held``: code of what is waited for, until ``wait_until``. ``back``: the
    person was moved back, by people or for their deals. ``armed``: marks of criteria to remember.
    """

    stage: str | None
    writes: Mapping[Side, str] = field(default_factory=dict)
    why: Why = Why.EDIT
    agreed: bool = False
    review: str = ""
    needs_times: bool = False
    held: str = ""
    wait_until: datetime | None = None
    back: bool = False
    armed: frozenset[str] = frozenset()
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """The decision on its way. ``open``: it is left undecided, and nothing else moves the person."""

    stage: str | None
    why: Why = Why.EDIT
    back: bool = False
    open: bool = False
    review: str = ""
    needs_times: bool = False
    held: str = ""
    wait_until: datetime | None = None
    note: Note | None = None


def decide_stage(
    pipeline: Pipeline,
    seen: Mapping[Side, Seen],
    *,
    values: Mapping[str, Value],
    now: datetime,
    known: StageNow | None = None,
    wish: str | None = None,
    recycle: bool = False,
    armed: frozenset[str] = frozenset(),
    first: bool = False,
    reason: bool = False,
    times: Mapping[Side, datetime] | None = None,
    chosen: Side | None = None,
    apart: bool = False,
) -> StageDecision:
    """Decide about the stage of a person who has a record in both CRMs.

    ``values``: shared values of both together, for criteria. ``known``: what the state knows of the stage.
    ``wish``: the stage that the person's deals want, onwards only, or with ``recycle`` also back. ``armed``:
    marks of criteria; ``first``: there was no look before, so that no edge can be seen. ``reason``: a reason
    for a move back is stated. ``times``: when each side was moved, by its field history, where it was asked.
    ``chosen``: the side that a person chose in review. ``apart``: the two are meant to differ until the next
    edit. ``now`` and all times are aware.
    """
    skipped = _skipped(pipeline, values)
    step = None if apart else _finished(seen, known)
    step = step or _kept(pipeline, seen, known, now, reason=reason, skipped=skipped)
    if step is None:
        step = _merged(pipeline, seen, known, now, reason, skipped, times, chosen, apart=apart)
    if step.open:
        marks = entered(pipeline, values, armed, step.stage, may=False, skipped=skipped)[1]
        return _decision(step, seen, armed | marks)
    step = _for_deals(pipeline, step, wish, recycle=recycle)
    rejected = is_rejected(pipeline, step.stage, known)
    anew = not step.back and rejected and new_episode(pipeline, values, known, now)
    may = not first and not step.back and (anew or not rejected)
    stage, marks = entered(pipeline, values, armed, step.stage, may=may, anew=anew, skipped=skipped)
    if stage is not None:
        step = replace(step, stage=stage, why=Why.CRITERION)
    return _decision(step, seen, marks)


def _decision(step: _Step, seen: Mapping[Side, Seen], armed: frozenset[str]) -> StageDecision:
    writes: dict[Side, str] = {}
    if step.stage is not None:  # while a move waits only a blank is filled, so that nobody is without a stage
        writes = {
            side: step.stage
            for side, one in seen.items()
            if one.value != step.stage and (one.value is None or not step.open)
        }
    return StageDecision(
        step.stage,
        writes,
        step.why,
        agreed=not step.open and not writes,
        review=step.review,
        needs_times=step.needs_times,
        held=step.held,
        wait_until=step.wait_until,
        back=step.back,
        armed=armed,
        note=step.note,
    )


def _skipped(pipeline: Pipeline, values: Mapping[str, Value]) -> frozenset[str]:
    """Stages that this person does not have. Where that cannot be told the stage counts."""
    return frozenset(
        stage.key for stage in pipeline.stages if stage.only and stage.only.holds(values) is False
    )


def marks_after(decision: StageDecision, known: StageNow | None) -> StageNow:
    """What the state is to remember beside the moves: the stage of a step that both sides take (where one
    shows it already, the bases tell enough), the end of a grace, and the note that the record shows."""
    return replace(
        known or NOTHING,
        target=str(decision.stage) if len(decision.writes) == len(Side) else "",
        wait_until=decision.wait_until,
        note=decision.note.packed if decision.note else kept(known.note if known else "", decision.stage),
    )


# ---------------------------------------------------------------- 1, 2: own steps, blanks


def _finished(seen: Mapping[Side, Seen], known: StageNow | None) -> _Step | None:
    """An own step that has begun (one side is there, or cleared to be set) goes on, unless somebody moved the
    person since."""
    target = known.target if known is not None else ""
    if not target:
        return None
    free = all(one.value in (target, None) or not one.changed for one in seen.values())
    begun = any(one.value in (target, None) for one in seen.values())
    return _Step(target, Why.DERIVED) if free and begun else None


def _kept(
    pipeline: Pipeline,
    seen: Mapping[Side, Seen],
    known: StageNow | None,
    now: datetime,
    *,
    reason: bool,
    skipped: frozenset[str],
) -> _Step | None:
    """A blank side gets the stage of the other one. A move that this one was not allowed to make is put back
    in both; while it may still get its reason the stage before it fills the blank."""
    filled = [side for side in Side if seen[side].value is not None]
    if len(filled) == len(Side):
        return None
    if not filled:
        agreed = max((one.base for one in seen.values()), key=lambda base: place(pipeline, base))
        return _Step(agreed or (known.stage if known else None), Why.FILL)
    one, other = seen[filled[0]], seen[filled[0].other]
    before = one.base or other.base or (known.stage if known else None)
    if not one.moved:
        return _Step(one.value, Why.FILL)
    judged = _judged(pipeline, one, before, known, now, reason=reason, skipped=skipped)
    if judged.ruling is Ruling.CARRY:
        return _Step(one.value, Why.FILL, back=_is_back(pipeline, before, one.value))
    return _put_back(before, one.value, judged)


# ---------------------------------------------------------------- 3, 4: people's moves


def _merged(
    pipeline: Pipeline,
    seen: Mapping[Side, Seen],
    known: StageNow | None,
    now: datetime,
    reason: bool,
    skipped: frozenset[str],
    times: Mapping[Side, datetime] | None,
    chosen: Side | None,
    *,
    apart: bool,
) -> _Step:
    """Both sides show a stage."""
    values = {side: one.value for side, one in seen.items()}
    if values[Side.HUBSPOT] == values[Side.SALESFORCE]:
        back = any(_is_back(pipeline, one.base, one.value) for one in seen.values())
        return _Step(values[Side.HUBSPOT], back=back)
    if chosen is not None:
        one = seen[chosen]
        return _Step(one.value, Why.CLASH, back=_is_back(pipeline, one.base, one.value))
    furthest = max(Side, key=lambda side: place(pipeline, values[side]))
    if any(one.changed is None for one in seen.values()):
        return _Step(values[furthest], Why.FIRST)
    moved = [side for side in Side if seen[side].moved]
    if not moved:
        return _Step(None, open=True) if apart else _Step(values[furthest], Why.DERIVED)
    starts = {side: _start(seen, side) for side in moved}
    judged = {
        side: _judged(pipeline, seen[side], starts[side], known, now, reason=reason, skipped=skipped)
        for side in moved
    }
    allowed = [side for side in moved if judged[side].ruling is Ruling.CARRY]
    if not allowed:
        waits = [s for s in moved if judged[s].ruling is Ruling.WAIT]
        side = max(waits or moved, key=lambda s: (place(pipeline, starts[s]), judged[s].code))
        return _put_back(starts[side], values[side], judged[side])
    why = Why.EDIT if len(moved) == 1 else Why.CLASH
    if len(allowed) == 1:
        (side,) = allowed
    elif pipeline.clash is Clash.FURTHEST:
        side = furthest
    elif pipeline.clash is Clash.NEWEST and _tells(times):
        assert times is not None
        side = max(Side, key=lambda s: times[s])
    else:
        asks = pipeline.clash is Clash.NEWEST and times is None
        return _Step(None, open=True, review="clash", needs_times=asks)
    return _Step(values[side], why, back=_is_back(pipeline, starts[side], values[side]))


def _tells(times: Mapping[Side, datetime] | None) -> bool:
    """Whether both CRMs say when the person was moved, and at different times."""
    return times is not None and len(times) == len(Side) and len(set(times.values())) == len(Side)


def _start(seen: Mapping[Side, Seen], side: Side) -> str | None:
    """Where a side was moved from: the stage that was agreed on, else what the other side still shows."""
    other = seen[side.other]
    return seen[side].base or other.base or (None if other.moved else other.value)


def _judged(
    pipeline: Pipeline,
    one: Seen,
    start: str | None,
    known: StageNow | None,
    now: datetime,
    *,
    reason: bool,
    skipped: frozenset[str],
) -> Judged:
    wait_until = known.wait_until if known is not None else None
    return judge_move(
        pipeline,
        start,
        one.value,
        reason=reason,
        moved_at=one.at,
        now=now,
        wait_until=wait_until,
        skipped=skipped,
    )


def _put_back(start: str | None, tried: str | None, judged: Judged) -> _Step:
    """The move does not stand, or not yet."""
    note = Note(judged.code, str(start), str(tried), judged.until if judged.ruling is Ruling.WAIT else None)
    if judged.ruling is Ruling.WAIT:
        return _Step(start, Why.DERIVED, open=True, held=judged.code, wait_until=judged.until, note=note)
    return _Step(start, Why.PUT_BACK, note=note)


def _is_back(pipeline: Pipeline, start: str | None, end: str | None) -> bool:
    return place(pipeline, end) < place(pipeline, start)


# ---------------------------------------------------------------- 5: deals


def _for_deals(pipeline: Pipeline, step: _Step, wish: str | None, *, recycle: bool) -> _Step:
    """Deals bring a person on, and take them back only where they recycle. A move back that people made in
    the meantime stands."""
    if wish is None or step.back:
        return step
    here, there = place(pipeline, step.stage), place(pipeline, wish)
    if there > here:
        return replace(step, stage=wish, why=Why.DEAL)
    return replace(step, stage=wish, why=Why.DEAL, back=True) if recycle and there < here else step
