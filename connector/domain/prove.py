"""Proves the shared pipeline: what can be known of it before anybody moves.

Enters: the mapping. Leaves: ``Problem``, at the lines concerned. Never: I/O. People can always be moved
forward by hand, so each stage can be reached; what is proven here is that what is written down can happen at
all: that criteria can come true in time, and that who is handed over reaches sales.
"""

from collections.abc import Iterator, Sequence

from connector.mapping.celtree import Compared, Joined, Negated, Operand, Tree, tree
from connector.mapping.criteria import Criterion
from connector.mapping.problem import Problem, Severity
from connector.mapping.rules import Mapping, Pipeline
from connector.model import Kind, Side

STAGE = "stage"
BEFORE_ALL = -1
"""The place of who has no stage yet."""


def problems(mapping: Mapping) -> Iterator[Problem]:
    """What cannot happen, or happens to nobody."""
    pipeline = mapping.pipeline
    yield from _criteria(pipeline)
    yield from _backward(pipeline)
    yield from _handover(mapping)


def _criteria(pipeline: Pipeline) -> Iterator[Problem]:
    """A criterion moves people forward only: one that asks for this very stage, or for a later one, moves
    nobody."""
    for stage in pipeline.stages:
        if stage.enter_when is None:
            continue
        if not possible_at(stage.enter_when, range(BEFORE_ALL, stage.index), pipeline):
            message = (
                f'enter_when of "{stage.key}" holds only for people who are in it or beyond; '
                "it moves people forward, so it would move nobody"
            )
            yield Problem(stage.where, message, "unreachable-stage")


def _backward(pipeline: Pipeline) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for move in pipeline.backward:
        for to in move.to:
            if (move.start, to) in seen:
                message = f'the move from "{move.start}" to "{to}" is listed twice; the first line counts'
                yield Problem(pipeline.where, message, "backward-move", Severity.WARNING)
            seen.add((move.start, to))


def _handover(mapping: Mapping) -> Iterator[Problem]:
    """Who is handed over must be in scope, or sales would never see them."""
    people, pipeline = mapping.objects.get(Kind.CONTACT), mapping.pipeline
    if people is None:
        return
    place = pipeline.index(pipeline.handover)
    stage = pipeline.stages[place]
    if place == 0:
        message = f'the hand-over is at the first stage, "{stage.key}": marketing has nobody to itself'
        yield Problem(pipeline.where, message, "handover", Severity.WARNING)
    created = people.create.get(Side.SALESFORCE)
    if created is not None and not possible_at(people.include[Side.HUBSPOT], (place,), pipeline):
        message = (
            f'people at the hand-over "{stage.key}" are out of scope by include.hubspot: '
            f"no {created} is created for them"
        )
        yield Problem(people.where, message, "handover", Severity.WARNING)


def possible_at(criterion: Criterion, places: Sequence[int], pipeline: Pipeline) -> bool:
    """Whether the criterion can be true for somebody in one of these stages, whatever else is true of them.
    True also where that cannot be told from its text."""
    if criterion.text.strip() == "false":
        return False
    made = tree(criterion.text)
    return any(_can_be(made, True, place, pipeline) for place in places)


def _can_be(node: Tree, wanted: bool, place: int, pipeline: Pipeline) -> bool:
    """Whether a part can have that outcome in that stage: exact for comparisons of the stage, yes for all
    others."""
    if isinstance(node, Negated):
        return _can_be(node.part, not wanted, place, pipeline)
    if isinstance(node, Joined):
        every = (node.sign == "&&") is wanted
        return (all if every else any)(_can_be(part, wanted, place, pipeline) for part in node.parts)
    if isinstance(node, Compared):
        outcome = _compare(node, place, pipeline)
        return outcome is None or outcome is wanted
    return True


def _compare(node: Compared, place: int, pipeline: Pipeline) -> bool | None:
    """The outcome of a comparison of the stage, None for any other."""
    values = [_place(each, place, pipeline) for each in (node.left, node.right)]
    left, right = values
    if left is None or right is None:
        return None
    outcomes = {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return outcomes.get(node.sign)


def _place(operand: Operand, place: int, pipeline: Pipeline) -> int | None:
    if operand.kind == "stage":
        return pipeline.index(operand.text)
    return place if (operand.kind, operand.text) == ("field", STAGE) else None
