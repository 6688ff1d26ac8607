"""Derive: what the shared pipeline adds to a plain comparison of fields.

Enters: the shared values of a record or pair, the pipeline, what was known at the last look. Leaves: stage
outcomes. Never: I/O.

- A backward move that the pipeline does not list is put back.
- Entry criteria act on the edge: when they become true, not while they are true; a record seen for the first
  time with a true
  criterion is left where it is, so that the backlog does not move on the day of installation.
"""

from collections.abc import Mapping
from dataclasses import replace

from connector.domain.pipeline import move_allowed
from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import ObjectMap, Pipeline
from connector.model import Record, Side, Value, Why
from connector.sync.outcome import Outcome

STAGE = "stage"


def shared_values(record: Record, objects: ObjectMap, ctx: Context) -> dict[str, Value]:
    """All shared fields of one record. A field that was not read or has no counterpart is missing; one that
    the type lacks is blank."""
    values: dict[str, Value] = {}
    for rule in objects.fields:
        column = rule.column(record.ref.side, record.ref.type)
        if column is None:
            values[rule.name] = None
            continue
        if column not in record.values:
            continue
        try:
            values[rule.name] = rule.convert.read(
                record.values[column], record.ref.side, record.ref.type, ctx
            )
        except Unmappable:
            continue
    return values


def judge_move(pipeline: Pipeline, outcome: Outcome, current: Mapping[Side, Value]) -> Outcome:
    """Keep a stage outcome, or turn it round when it carries a move that the pipeline forbids."""
    for side, wanted in outcome.writes.items():
        if outcome.why is not Why.EDIT or isinstance(wanted, frozenset) or not isinstance(wanted, str):
            continue
        if not move_allowed(pipeline, current[side], wanted):
            return Outcome(writes={side.other: current[side]}, why=Why.PUT_BACK)
    return outcome


def enter_stage(stage: str, outcome: Outcome, current: Mapping[Side, Value]) -> Outcome:
    """The outcome of the stage field when a criterion moves the record: written wherever it differs."""
    return replace(
        outcome,
        writes={side: stage for side, value in current.items() if value != stage},
        why=Why.DERIVED,
        agreed=False,
        review="",
        held="",
    )
