"""The history of a person's stage: what is known of it, worked out from the moves that were seen.

Enters: moves, in the order of their own times; the pipeline. Leaves: what is known now. Never: I/O.

A person has one stage, whatever CRM it was moved in: a move that ends where the person stands already (the
connector carried it over, or somebody entered it twice) is no move.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector.crm.base import Version
from connector.domain.pipeline import place
from connector.mapping.rules import Pipeline
from connector.model import Raw, Side, StageMove, StageNow, Why

NOTHING = StageNow(None, None)
"""Nobody has given this person a stage yet."""

SKEW = timedelta(minutes=5)
"""So far may the clocks of the two CRMs be apart, and so late a carried move be seen."""
BLUR = timedelta(seconds=2)
"""Times that tell of one moment: a CRM's history, its entry dates and the stamp of a record need not agree to
the millisecond."""

CARRIERS = ("integration", "connector")
"""Who may have carried a move over from the other CRM."""

Reads = Callable[[Raw], str | None]
"""The stage that a raw value means; None for a blank, and for a value that means none."""


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
    also when they were there from the start. A move backward is noted. What the connector put back counts as
    if it had never been: clocks go on, and no episode begins.
    """
    known = now or NOTHING
    handover = place(pipeline, pipeline.handover)
    before: list[StageNow] = []
    for move in moves:
        if move.end == known.stage:
            continue
        undone = [each for each in before if each.stage == move.end] if move.why == Why.PUT_BACK else []
        before.append(known)
        if undone:
            known = replace(undone[-1], target=known.target, wait_until=known.wait_until, note=known.note)
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


# ---------------------------------------------------------------- what the CRMs tell


def moves_of(side: Side, versions: Iterable[Version], reads: Reads, source: str) -> list[StageMove]:
    """The moves that a CRM's history of the stage's column tells. A blank in between is no move: nobody
    leaves the pipeline, and the connector itself clears before it sets."""
    found: list[StageMove] = []
    last: str | None = None
    for version in versions:
        start = last if last is not None else reads(version.before)
        end = reads(version.value)
        if end is not None and end != start:
            found.append(StageMove(version.at, side, start, end, version.by_kind, version.by_id, "", source))
        last = end or start
    return found


def dated(side: Side, dates: Iterable[tuple[datetime, str]], source: str) -> list[StageMove]:
    """The moves that entry dates tell: of each stage the last entry only, and nobody's name."""
    found: list[StageMove] = []
    for at, stage in sorted(dates):
        start = found[-1].end if found else None
        if stage != start:
            found.append(StageMove(at, side, start, stage, source=source))
    return found


def seen(side: Side, stage: str, stamp: datetime, log: Sequence[StageMove]) -> StageMove:
    """A move of which only the outcome is known: at the time when the record was last changed, but never
    before what is known already."""
    last = in_order(log)[-1] if log else None
    at = stamp if last is None or stamp > last.at else last.at + timedelta(microseconds=1)
    return StageMove(at, side, last.end if last else None, stage)


def fresh(log: Sequence[StageMove], told: Iterable[StageMove]) -> tuple[StageMove, ...]:
    """Of what the CRMs tell, what is not in the log yet, oldest first.

    Not news: what lies before the log's last move (clocks may differ by ``SKEW``); the same move told once
    more; a move that an integration made at about the time when it is logged as made elsewhere, or by the
    connector: it was carried over.
    """
    ordered = in_order(log)
    since = ordered[-1].at - SKEW if ordered else None
    news: list[StageMove] = []
    # who carried a move over is judged last: the clocks may have them earlier than who made it
    for move in sorted(told, key=lambda m: (m.by_kind in CARRIERS, m.at)):
        if since is not None and move.at < since:
            continue
        if not any(_tells_of(known, move) for known in (*log, *news)):
            news.append(move)
    whole = in_order((*log, *news))
    return tuple(move for move in whole if move in news)


def _tells_of(known: StageMove, move: StageMove) -> bool:
    if known.end != move.end:
        return False
    apart = abs(known.at - move.at)
    if move.by_kind in CARRIERS:
        return apart <= SKEW
    return known.side is move.side and apart <= BLUR


# ---------------------------------------------------------------- two links that become one


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
