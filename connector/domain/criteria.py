"""Who enters a stage by its criterion: on the edge, from installation on, and once per episode.

Enters: the pipeline, one person's shared values, what was remembered of the last look. Leaves: a stage, and
what to remember. Never: I/O.

A criterion acts when it *becomes* true. It is armed by a look at which it is false, and only its own text
counts: an edited criterion is a new one, so that an edit of the mapping moves nobody by itself. Who was moved
back is not brought back by a score alone: criteria act again when a new episode has begun (`rearm`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from connector.domain.pipeline import place
from connector.mapping.criteria import Criterion
from connector.mapping.objects import MOVED_BACK_AT
from connector.mapping.rules import Pipeline, Stage
from connector.model import StageNow, Value


def mark_of(stage: Stage, criterion: Criterion) -> str:
    """What is remembered of a person for whom the criterion was false: ``+sql#1f3a09c2``."""
    return f"+{stage.key}#{blake2b(criterion.text.encode(), digest_size=4).hexdigest()}"


def is_rejected(pipeline: Pipeline, stage: str | None, known: StageNow | None) -> bool:
    """Whether a person was moved back and has not come again to where they were moved back from."""
    return known is not None and place(pipeline, stage) < place(pipeline, known.back_from or None)


def new_episode(
    pipeline: Pipeline, values: Mapping[str, Value], known: StageNow | None, now: datetime
) -> bool:
    """Whether a person who was moved back may be brought on by criteria again: the time has passed, and what
    `rearm` asks for is true. Without `rearm` only people bring them on."""
    begins = _begins(pipeline, values, known)
    return begins is not None and now >= begins


def next_episode_at(
    pipeline: Pipeline, values: Mapping[str, Value], stage: str | None, known: StageNow | None, now: datetime
) -> datetime | None:
    """When criteria may bring on a person who was moved back and only has to wait: nothing that would be seen
    happens then. None where nothing is to be waited for."""
    further = pipeline.stages[place(pipeline, stage) + 1 :]
    if not is_rejected(pipeline, stage, known) or not any(each.enter_when for each in further):
        return None
    begins = _begins(pipeline, values, known)
    return begins if begins is not None and begins > now else None


def _begins(pipeline: Pipeline, values: Mapping[str, Value], known: StageNow | None) -> datetime | None:
    """The end of the time to wait, for a person in whom all else that `rearm` asks for is true."""
    rearm = pipeline.rearm
    if rearm is None or known is None or known.back_at is None:
        return None
    if rearm.when is not None and rearm.when.holds({**values, MOVED_BACK_AT: known.back_at}) is not True:
        return None
    return known.back_at + timedelta(seconds=rearm.after_s)


def entered(
    pipeline: Pipeline,
    values: Mapping[str, Value],
    armed: frozenset[str],
    stage: str | None,
    *,
    may: bool,
    anew: bool = False,
    skipped: frozenset[str] = frozenset(),
) -> tuple[str | None, frozenset[str]]:
    """The furthest stage that a person enters by a criterion, if any, and the marks to remember.

    ``armed``: marks of criteria that were false at the last look. ``stage``: where the person stands, all
    else decided. ``may``: whether criteria may move them now; one that is true and may not act is spent.
    ``anew``: a new episode has begun, in which all criteria count as armed. A mark stays until the person
    stands there: a move that could not be written is decided again.
    """
    here = place(pipeline, stage)
    marks: set[str] = set()
    best: str | None = None
    for each in pipeline.stages[here + 1 :]:
        if each.enter_when is None or each.key in skipped:
            continue
        mark = mark_of(each, each.enter_when)
        holds = each.enter_when.holds(values)
        ready = anew or mark in armed
        if holds is False or (ready and holds is None):
            marks.add(mark)
        elif holds and ready and may:
            marks.add(mark)
            best = each.key
    return best, frozenset(marks)
