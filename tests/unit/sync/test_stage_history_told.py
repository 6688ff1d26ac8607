"""What the moves of a person tell: the stage, since when, and how often they were handed over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from connector.domain.history import advance, fresh, in_order, joined, told
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


def test_who_carried_a_move_over_is_not_who_made_it_though_the_clock_says_first() -> None:
    """Salesforce keeps whole seconds: what was carried over there seems to have happened half a second before
    the marketer did it."""
    made = move(1, "mql", "sql")
    second = timedelta(milliseconds=400)
    carried = replace(move(1, "mql", "sql", Side.SALESFORCE, "connector"), at=made.at - second)
    before = move(0, None, "mql")
    assert fresh([], [carried, made, before]) == (before, made)
    assert fresh([before, made], [carried]) == ()


def test_a_move_read_again_with_another_stamp_is_the_same_move() -> None:
    entered = replace(move(1, "lead", "sql"), source="hubspot_dates", by_kind="unknown")
    again = replace(entered, at=entered.at + timedelta(milliseconds=900), by_kind="person")
    later = move(2, "sql", "customer")
    assert fresh([entered], [again, later]) == (later,)


def test_what_lies_before_the_last_known_move_is_no_news() -> None:
    assert fresh([move(5, "lead", "sql")], [move(1, None, "lead"), move(2, "lead", "mql")]) == ()


def test_there_and_back_between_two_looks_are_two_moves() -> None:
    log = [move(1, "lead", "sql")]
    news = (move(2, "sql", "mql", Side.SALESFORCE), move(3, "mql", "sql", Side.SALESFORCE))
    assert fresh(log, news) == news


def test_what_was_put_back_has_never_been() -> None:
    """Nobody may go from customer to lead: since when she is one stays, and no episode begins."""
    at_home = [move(0, None, "sql"), move(1, "sql", "customer")]
    wrong = move(2, "customer", "lead", Side.SALESFORCE)
    ours = replace(move(3, "lead", "customer", Side.SALESFORCE, "connector"), why="put back")
    assert told([*at_home, wrong, ours], PIPELINE) == told(at_home, PIPELINE)


def test_of_two_histories_the_clock_counts_that_began_first() -> None:
    kept, lost = StageNow("mql", at(5)), StageNow("sql", at(1), 1, at(1), at(0), "customer")
    assert joined(kept, lost) == StageNow("mql", at(5), 1, at(1), at(0), "customer")
    assert joined(None, lost) == lost
    assert joined(StageNow(None, None, target="sql"), lost).stage == "sql"
