"""The stage of one link: from its records to what the decision table needs, and back to an outcome.

Enters: the records of a person, their link, the pipeline. Leaves: an ``Outcome`` for the planner, and what to
remember. Never: I/O, and no rule of its own: those are in ``domain.stage``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.criteria import entered, is_rejected, new_episode, next_episode_at
from connector.domain.pipeline import STAGE, place
from connector.domain.stage import Seen, StageDecision, decide_stage
from connector.mapping.convert import Context
from connector.mapping.rules import ObjectMap, Pipeline
from connector.model import Delta, Link, Record, Side, StageMove, StageNow, Value
from connector.sync.facts import Facts
from connector.sync.outcome import AGREED, NOTHING, Digest, Look, Outcome
from connector.sync.reconcile import UNSURE, looks_of, reconcile_field

VERDICT = "verdict:"
"""Prefix of a ``diverged`` mark that holds a person's decision from review until it has been carried out."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person who has a record in both CRMs. ``known``: what the state knows of the stage. ``times``: when
    each side was moved, where it was asked. ``doubt``: the bases may be older than what was written last.
    ``reason``: the move back that they show states its own reason."""

    pipeline: Pipeline
    objects: ObjectMap
    link: Link
    records: Mapping[Side, Record]
    shared: Mapping[Side, Mapping[str, Value]]
    now: datetime
    known: StageNow | None = None
    wish: str | None = None
    recycle: bool = False
    times: Mapping[Side, datetime] | None = None
    doubt: bool = False
    reason: bool = False


def stage_outcome(
    person: Person, of: Callable[[Record], Context], digest: Digest
) -> tuple[Outcome | None, frozenset[str], StageDecision | None]:
    """What to do about the stage, the marks of criteria to remember, and the decision that both follow from
    (None where nothing is decided: a value could not be read, or after a rebuild). The outcome is None where
    a record type has no stage."""
    rule, link = person.objects.field(STAGE), person.link
    mark = link.diverged.get(STAGE, "")
    looks = looks_of(rule, person.records, link.bases, of, digest)
    blind = not isinstance(looks, dict) or any(look.changed is None for look in looks.values())
    if person.doubt or not isinstance(looks, dict) or (mark == UNSURE and blind):
        outcome = reconcile_field(
            rule,
            person.records,
            link.bases,
            of,
            digest,
            furthest=lambda stage: place(person.pipeline, stage),
            verdict=mark.removeprefix(VERDICT) if mark.startswith(VERDICT) else "",
            doubt=person.doubt,
            unsure=mark == UNSURE,
        )
        return outcome, link.armed | _false(person), None
    decision = decide_stage(
        person.pipeline,
        {side: _seen(person, side, look, digest) for side, look in looks.items()},
        values=both(person.shared),
        now=person.now,
        known=person.known,
        wish=person.wish,
        recycle=person.recycle,
        armed=link.armed,
        first=not link.rows,
        reason=person.reason,
        times=person.times,
        chosen=Side(mark.removeprefix(VERDICT)) if mark.startswith(VERDICT) else None,
        apart=bool(mark) and mark != UNSURE and not mark.startswith(VERDICT),
    )
    outcome = _outcome(decision)
    if mark == UNSURE and outcome is NOTHING:
        return Outcome(review="unsure", diverged=UNSURE), decision.armed, decision
    return outcome, decision.armed, decision


def _false(person: Person) -> frozenset[str]:
    """Marks of the criteria that are false now, whatever the stage."""
    return entered(person.pipeline, both(person.shared), frozenset(), None, may=False)[1]


def both(shared: Mapping[Side, Mapping[str, Value]]) -> dict[str, Value]:
    """The shared values of a pair, as criteria see them: HubSpot's, and Salesforce's where HubSpot has
    none."""
    known = {name: value for name, value in shared[Side.HUBSPOT].items() if value is not None}
    return {**shared[Side.SALESFORCE], **known}


def alone(
    pipeline: Pipeline, link: Link, values: Mapping[str, Value], known: StageNow | None, now: datetime
) -> tuple[str | None, Link]:
    """The stage that a person with a record in one CRM only enters by a criterion, and the link with what is
    remembered."""
    stage = values.get(STAGE)
    here = stage if isinstance(stage, str) else None
    rejected = is_rejected(pipeline, here, known)
    anew = rejected and new_episode(pipeline, values, known, now)
    may = bool(link.rows) and (anew or not rejected)
    skipped = frozenset(s.key for s in pipeline.stages if s.only and s.only.holds(values) is False)
    end, marks = entered(pipeline, values, link.armed, here, may=may, anew=anew, skipped=skipped)
    return end, replace(link, armed=marks)


def _seen(person: Person, side: Side, look: Look, digest: Digest) -> Seen:
    value = look.value if isinstance(look.value, str) else None
    base = person.link.bases.get(side, {}).get(STAGE)
    agreed = next((key for key, raw in _spellings(person.pipeline, side) if digest(raw) == base), None)
    return Seen(value, agreed, look.changed, person.records[side].stamp)


def _spellings(pipeline: Pipeline, side: Side) -> tuple[tuple[str, str], ...]:
    """Every value that means a stage on a side: (stage, value). A base is a hash; these tell what it says."""
    return tuple(
        {
            (stage.key, value): None
            for stage in pipeline.stages
            for values in stage.reads[side].values()
            for value in values
        }
    )


def _outcome(decision: StageDecision) -> Outcome:
    if decision.review:
        return Outcome(review=decision.review, needs_times=decision.needs_times)
    if decision.held:
        return Outcome(held=decision.held, writes=dict(decision.writes), why=decision.why)
    if decision.writes:
        return Outcome(writes=dict(decision.writes), why=decision.why)
    return AGREED if decision.agreed else NOTHING


def next_step_at(
    decision: StageDecision | None,
    pipeline: Pipeline,
    shared: Mapping[Side, Mapping[str, Value]],
    known: StageNow,
    now: datetime,
) -> datetime | None:
    """When a person is to be looked at though nothing happens then: a grace ends, or an episode may begin."""
    if decision is None:
        return None
    if decision.wait_until is not None:
        return decision.wait_until
    return next_episode_at(pipeline, both(shared), decision.stage, known, now)


def news(
    facts: Facts, objects: ObjectMap, link: Link, records: Mapping[Side, Record], digest: Digest
) -> tuple[StageMove, ...]:
    """The moves that are news. A side that still shows what was agreed on has not moved anybody, however its
    stage differs from the other one's: a move may be waiting there, or be about to be put back."""
    if facts.stage is None or facts.stage.stage is None:
        return facts.moves
    rule = objects.field(STAGE)

    def is_as_agreed(side: Side) -> bool:
        record, base = records.get(side), link.bases.get(side, {}).get(STAGE)
        column = (rule.column(side, record.ref.type) if record else None) or ""
        return record is not None and column in record.values and digest(record.values[column]) == base

    return tuple(move for move in facts.moves if move.source != "stamp" or not is_as_agreed(move.side))


def stage_after(outcome: Outcome | None, shared: Mapping[Side, Mapping[str, Value]]) -> Value:
    """The stage of a pair when all that is decided is written; None where the two then still differ."""
    after = {side: values.get(STAGE) for side, values in shared.items()}
    if outcome is not None:
        after |= {side: stage for side, stage in outcome.writes.items() if not isinstance(stage, Delta)}
    one, *others = set(after.values())
    return None if others else one
