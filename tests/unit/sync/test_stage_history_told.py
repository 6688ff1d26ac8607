"""What the moves of a person tell: the stage, since when, and how often they were handed over."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from connector.domain.history import advance, in_order, joined, told
from connector.mapping.rules import Pipeline, Stage, Where
from connector.model import Side, StageMove, StageNow

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE = Where("pipeline.yaml", 1)
KEYS = ("lead", "mql", "sql", "customer")
PIPELINE = Pipeline(
    "sql",
    tuple(Stage(key, i, {}, "marketing", {}, None, HERE) for i, key in enumerate(KEYS)),
    *("any", (), (), {}, HERE),
)


def move(
    hour: int, start: str | None, end: str, side: Side = Side.HUBSPOT, kind: str = "person"
) -> StageMove:
    return StageMove(MONDAY + timedelta(hours=hour), side, start, end, kind)


def at(hour: int) -> datetime:
    return MONDAY + timedelta(hours=hour)


JOURNEY = (
    move(0, None, "lead"),
    move(1, "lead", "sql"),
    move(2, "sql", "mql", Side.SALESFORCE),
    move(3, "mql", "sql"),
)


def test_somebody_handed_over_twice_is_in_a_second_episode() -> None:
    assert told(JOURNEY, PIPELINE) == StageNow("sql", at(3), 2, at(3), at(2), "sql")


@pytest.mark.parametrize("order", list(permutations(JOURNEY)))
def test_the_order_in_which_moves_become_known_does_not_matter(order: tuple[StageMove, ...]) -> None:
    assert told(order, PIPELINE) == told(JOURNEY, PIPELINE)


def test_carrying_a_move_over_is_no_move() -> None:
    """What a person did in one CRM is done in the other one by the connector, a moment later."""
    carried = (move(1, "lead", "sql"), move(2, "lead", "sql", Side.SALESFORCE, "integration"))
    assert in_order(carried) == [carried[0]]
    assert told(carried, PIPELINE).since == at(1)


def test_somebody_first_seen_beyond_the_hand_over_is_in_the_first_episode() -> None:
    assert told([move(0, None, "customer")], PIPELINE) == StageNow("customer", at(0), 1, at(0))


def test_moves_within_sales_begin_no_episode() -> None:
    assert told([*JOURNEY[:2], move(2, "sql", "customer")], PIPELINE).episode == 1


def test_marks_stay_as_they_are() -> None:
    marks = StageNow("lead", at(0), 7, target="sql", wait_until=at(9), note="no_reason")
    found = told(JOURNEY, PIPELINE, marks)
    assert (found.target, found.wait_until, found.note, found.episode) == ("sql", at(9), "no_reason", 2)


def test_a_stage_that_the_pipeline_no_longer_has_counts_as_before_all() -> None:
    known = advance(StageNow("retired", at(0)), [move(1, "retired", "sql")], PIPELINE)
    assert known == StageNow("sql", at(1), 1, at(1))


def test_of_two_histories_the_clock_counts_that_began_first() -> None:
    kept, lost = StageNow("mql", at(5)), StageNow("sql", at(1), 1, at(1), at(0), "customer")
    assert joined(kept, lost) == StageNow("mql", at(5), 1, at(1), at(0), "customer")
    assert joined(None, lost) == lost
    assert joined(StageNow(None, None, target="sql"), lost).stage == "sql"
