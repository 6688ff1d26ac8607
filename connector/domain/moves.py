"""Which moves between stages stand, which wait for their reason, and which are put back.

Enters: the pipeline, the stage a person left and the one they were moved to, whether a reason is stated.
Leaves: a ruling. Never: I/O. The rules are `moves` of pipeline.yaml; docs/pipeline.md tells them with all
else that decides about a stage.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connector.domain.pipeline import place
from connector.mapping.rules import BackwardMove, Pipeline

SKIPS = "skips"
NOT_LISTED = "not_listed"
NOT_THEIRS = "not_theirs"
NO_REASON = "no_reason"


class Ruling(StrEnum):
    """What becomes of a move that somebody made in one CRM."""

    CARRY = "carry"
    WAIT = "wait"
    PUT_BACK = "put back"


@dataclass(frozen=True, slots=True)
class Judged:
    """A ruling. ``code``: why it does not stand: it skips a stage, is a move back that is not listed, goes to
    a stage that is not for this person, or lacks its reason. ``until``: the end of the grace, aware."""

    ruling: Ruling
    code: str = ""
    until: datetime | None = None


CARRY = Judged(Ruling.CARRY)


def judge_move(
    pipeline: Pipeline,
    start: str | None,
    end: str | None,
    *,
    reason: bool,
    moved_at: datetime,
    now: datetime,
    wait_until: datetime | None = None,
    skipped: frozenset[str] = frozenset(),
) -> Judged:
    """Judge one move. ``moved_at``: when it was made, by the CRM's own clock; ``wait_until``: the end of the
    grace that was given before; ``skipped``: stages that this person does not have. Times are aware.

    A move from or to no known stage stands: there is nothing to hold it against.
    """
    here, there = place(pipeline, start), place(pipeline, end)
    if here < 0 or there < 0 or there == here:
        return CARRY
    if end in skipped:
        return Judged(Ruling.PUT_BACK, NOT_THEIRS)
    if there > here:
        between = {stage.key for stage in pipeline.stages[here + 1 : there]}
        jumps = pipeline.forward == "next_only" and bool(between - skipped)
        return Judged(Ruling.PUT_BACK, SKIPS) if jumps else CARRY
    listed = _listed(pipeline, str(start), str(end))
    if listed is None:
        return Judged(Ruling.PUT_BACK, NOT_LISTED)
    if reason or not listed.needs_reason:
        return CARRY
    until = wait_until or moved_at + timedelta(seconds=listed.grace_s)
    return Judged(Ruling.WAIT if now < until else Ruling.PUT_BACK, NO_REASON, until)


def _listed(pipeline: Pipeline, start: str, end: str) -> BackwardMove | None:
    """The line that allows this move back; of several one that asks for nothing counts."""
    lines = [move for move in pipeline.backward if move.start == start and end in move.to]
    return min(lines, key=lambda move: move.needs_reason, default=None)
