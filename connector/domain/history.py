"""The history of a person's stage: what is known of it, worked out from the moves that were seen.

Enters: moves, in the order of their own times; the pipeline. Leaves: what is known now. Never: I/O.

A person has one stage, whatever CRM it was moved in: a move that ends where the person stands already (the
connector carried it over, or somebody entered it twice) is no move.
"""

from collections.abc import Iterable
from dataclasses import replace

from connector.domain.pipeline import place
from connector.mapping.rules import Pipeline
from connector.model import StageMove, StageNow

NOTHING = StageNow(None, None)
"""Nobody has given this person a stage yet."""


def in_order(moves: Iterable[StageMove]) -> list[StageMove]:
    """The moves by their own times, each once, without those that moved nobody."""
    found: list[StageMove] = []
    for move in sorted(dict.fromkeys(moves), key=lambda m: m.at):
        if not found or found[-1].end != move.end:
            found.append(move)
    return found


def advance(now: StageNow | None, moves: Iterable[StageMove], pipeline: Pipeline) -> StageNow:
    """What is known after these moves, oldest first.

    An episode begins when a person comes to the hand-over stage, or beyond it, from before it; the first one
    also when they were there from the start. A move backward is noted, allowed or not.
    """
    known = now or NOTHING
    handover = place(pipeline, pipeline.handover)
    for move in moves:
        if move.end == known.stage:
            continue
        here, there = place(pipeline, known.stage), place(pipeline, move.end)
        if there >= handover > here:
            known = replace(known, episode=known.episode + 1, handed_over_at=move.at)
        if there < here:
            known = replace(known, back_at=move.at, back_from=str(known.stage))
        known = replace(known, stage=move.end, since=move.at)
    return known


def told(moves: Iterable[StageMove], pipeline: Pipeline, marks: StageNow | None = None) -> StageNow:
    """What all moves of a person tell, whatever order they became known in. ``marks``: gives what no move
    tells (``target``, ``wait_until``, ``note``)."""
    kept = marks or NOTHING
    start = replace(NOTHING, target=kept.target, wait_until=kept.wait_until, note=kept.note)
    return advance(start, in_order(moves), pipeline)


def joined(kept: StageNow | None, lost: StageNow) -> StageNow:
    """What is known of one person who was known by two links: the survivor's stage, and of the clocks those
    that began first."""
    own = kept or NOTHING
    stage = own if own.stage is not None else lost
    handed = [at for at in (own.handed_over_at, lost.handed_over_at) if at is not None]
    back = max((own, lost), key=lambda now: now.back_at.timestamp() if now.back_at else 0.0)
    return replace(
        own if kept is not None else lost,
        stage=stage.stage,
        since=stage.since,
        episode=max(own.episode, lost.episode),
        handed_over_at=min(handed, default=None),
        back_at=back.back_at,
        back_from=back.back_from,
    )
