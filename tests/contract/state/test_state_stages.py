"""The stage of each person and how they got there: kept for ever, once each, and by whom it is now known."""

from dataclasses import replace

import pytest
from conftest import Opener
from state_samples import DAY, MONDAY, later, link_id, person

from connector.model import Side, StageMove, StageNow
from connector.state.rows import Settlement
from connector.state.store import Store

ENTERED = StageMove(
    MONDAY, Side.HUBSPOT, None, "lead", "workflow", "workflow:Nurture", source="hubspot_history"
)
QUALIFIED = StageMove(
    later(hours=1), Side.SALESFORCE, "lead", "sql", "person", "005A", source="salesforce_history"
)
BACK = StageMove(
    later(hours=2), Side.SALESFORCE, "sql", "lead", "connector", why="put back", source="connector",
    reason="no_budget", rule="pipeline.yaml:7",
)  # fmt: skip
NOW = StageNow("sql", later(hours=1), 1, later(hours=1))
FULL = StageNow(
    "lead", MONDAY, 2, later(minutes=1), later(hours=2), "sql", "lead", later(minutes=30), "no_reason"
)


def settle(store: Store, **parts: object) -> None:
    store.settle(Settlement(**parts), later(days=1))  # type: ignore[arg-type]


def test_every_move_comes_back_oldest_first(store: Store, opened: Opener) -> None:
    mine, other = link_id(1), link_id(2)
    settle(store, stage_moves=((mine, BACK), (mine, ENTERED), (other, ENTERED), (mine, QUALIFIED)))
    assert opened().stage_moves([mine, other, link_id(3)]) == {
        mine: [ENTERED, QUALIFIED, BACK],
        other: [ENTERED],
    }


def test_a_move_that_is_read_twice_is_kept_once(store: Store) -> None:
    """Looks overlap, and a history is read again after a crash: who was first to tell is believed."""
    mine = link_id(1)
    settle(store, stage_moves=((mine, QUALIFIED),))
    settle(store, stage_moves=((mine, replace(QUALIFIED, by_kind="unknown", source="stamp")), (mine, BACK)))
    assert store.stage_moves([mine]) == {mine: [QUALIFIED, BACK]}


def test_a_reason_that_was_stated_later_is_added_and_then_stays(store: Store) -> None:
    mine = link_id(1)
    for reason in ("", "no_budget", "", "no_time"):
        settle(store, stage_moves=((mine, replace(BACK, reason=reason, source="stamp")),))
    assert store.stage_moves([mine]) == {mine: [replace(BACK, source="stamp")]}


@pytest.mark.parametrize(
    "known", [NOW, FULL, StageNow(None, None, target="sql")], ids=["usual", "all", "marks"]
)
def test_what_is_known_now_comes_back_as_it_was(store: Store, known: StageNow) -> None:
    settle(store, stages={link_id(1): StageNow("lead", MONDAY)})
    settle(store, stages={link_id(1): known})
    assert store.stages_of([link_id(1), link_id(2)]) == {link_id(1): known}


def test_the_history_outlives_housekeeping(store: Store) -> None:
    settle(store, stage_moves=((link_id(1), ENTERED),), stages={link_id(1): NOW})
    store.purge(MONDAY + 5000 * DAY)
    assert store.stage_moves([link_id(1)]) == {link_id(1): [ENTERED]}
    assert store.stages_of([link_id(1)]) == {link_id(1): NOW}


def test_two_links_that_become_one_have_one_history(store: Store) -> None:
    """A merge: the survivor keeps its stage, takes over what the other one went through, and the clock that
    began first."""
    kept, lost = link_id(1), link_id(2)
    settle(
        store,
        links=(person(1), person(2)),
        stage_moves=((kept, ENTERED), (lost, ENTERED), (lost, QUALIFIED), (lost, BACK)),
        stages={kept: StageNow("mql", later(hours=5)), lost: replace(NOW, back_at=BACK.at, back_from="sql")},
    )
    settle(store, moved_links={lost: kept}, drop_links=(lost,))
    assert store.stage_moves([kept, lost]) == {kept: [ENTERED, QUALIFIED, BACK]}
    assert store.stages_of([kept, lost]) == {
        kept: StageNow("mql", later(hours=5), 1, NOW.handed_over_at, BACK.at, "sql")
    }


def test_a_history_follows_over_several_steps(store: Store) -> None:
    """Merged twice in one run: the last one has it all, in whatever order the steps are told."""
    first, second, third = map(link_id, (1, 2, 3))
    settle(store, stage_moves=((first, ENTERED), (second, QUALIFIED)), stages={first: NOW})
    settle(store, moved_links={first: second, second: third})
    assert store.stage_moves([first, second, third]) == {third: [ENTERED, QUALIFIED]}
    assert store.stages_of([first, second, third]) == {third: NOW}


def test_a_circle_of_steps_moves_nothing(store: Store) -> None:
    one, other = map(link_id, (1, 2))
    settle(store, stage_moves=((one, ENTERED),), stages={one: NOW})
    settle(store, moved_links={one: other, other: one})
    assert store.stage_moves([one, other]) == {one: [ENTERED]}
    assert store.stages_of([one, other]) == {one: NOW}


def test_what_is_told_with_a_merge_is_of_the_survivor(store: Store) -> None:
    """In one settlement the histories are one before anything new is added."""
    kept, lost = link_id(1), link_id(2)
    settle(store, stage_moves=((lost, ENTERED),), stages={lost: StageNow("lead", MONDAY)})
    settle(store, moved_links={lost: kept}, stage_moves=((kept, QUALIFIED),), stages={kept: NOW})
    assert store.stage_moves([kept]) == {kept: [ENTERED, QUALIFIED]}
    assert store.stages_of([kept]) == {kept: NOW}
