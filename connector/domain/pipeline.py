"""The shared pipeline: which moves it allows, and who enters a stage by its criteria.

Enters: the pipeline of ``pipeline.yaml``, stages and shared values of one person. Leaves: yes or no, or a
stage. Never: I/O, or a look at a CRM. Entry criteria act on the edge, when they become true: a person seen
for the first time with a true criterion is left where they are, so that the backlog does not move on the day
of installation.
"""

from collections.abc import Mapping

from connector.mapping.rules import Pipeline
from connector.model import Value

STAGE = "stage"
"""Name of the shared field that holds the stage."""


def place(pipeline: Pipeline, stage: Value) -> int:
    """Place of a stage in the pipeline from 0; -1 for blank or unknown."""
    try:
        return pipeline.index(str(stage))
    except KeyError:
        return -1


def move_allowed(pipeline: Pipeline, start: Value, end: Value) -> bool:
    """Whether the pipeline lets a person move from one stage to the other."""
    here, there = place(pipeline, start), place(pipeline, end)
    if here < 0 or there < 0 or there == here:
        return True
    if there > here:
        return pipeline.forward != "next_only" or there == here + 1
    return any(move.start == start and end in move.to for move in pipeline.backward)


def entered(
    pipeline: Pipeline, values: Mapping[str, Value], armed: frozenset[str], *, known: bool
) -> tuple[str | None, frozenset[str]]:
    """The stage that a record enters by its criteria, if any, and the criteria that are armed from now on.

    ``armed``: criteria that were false at the last look. ``known``: whether there was a last look. The
    furthest stage whose criterion turned true counts, and only if it is further than the present one.
    """
    now_armed = set(armed)
    best: str | None = None
    for stage in pipeline.stages:
        if stage.enter_when is None:
            continue
        holds = stage.enter_when.holds(values)
        if holds is None:
            continue
        if not holds:
            now_armed.add(stage.key)
        elif known and stage.key in now_armed:
            if stage.index > place(pipeline, values.get(STAGE)):
                best = stage.key  # stays armed until the move has been carried out
            else:
                now_armed.discard(stage.key)
    return best, frozenset(now_armed)
