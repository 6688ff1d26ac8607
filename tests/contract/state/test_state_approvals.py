"""Approvals: a person lets exactly the listed actions through, once, for a day."""

import pytest
from conftest import Opener
from state_samples import DAY, HOUR, MONDAY

from connector.errors import ConfigError
from connector.state.rows import Plan, Settlement
from connector.state.store import Store

HASH = "abcdef0123456789"
ACTIONS = [("create", b"action-1"), ("create", b"action-2"), ("overwrite:phone", b"action-3")]


@pytest.fixture
def planned(store: Store) -> Store:
    store.save_plan(HASH, 1, ACTIONS, "mapping", MONDAY)
    return store


def approved(store: Store, *more: bytes) -> set[bytes]:
    return store.approved([digest for _, digest in ACTIONS] + list(more), MONDAY + HOUR)


def test_a_plan_is_shown_with_its_numbers(planned: Store) -> None:
    counts = {"create": 2, "overwrite:phone": 1}
    assert planned.plan(HASH) == Plan(HASH, 1, MONDAY, MONDAY + DAY, "mapping", counts)
    assert planned.plan("abcdef") is None


def test_nothing_is_approved_until_a_person_says_so(planned: Store) -> None:
    assert approved(planned) == set()


def test_the_first_characters_of_the_hash_are_enough(planned: Store, opened: Opener) -> None:
    approval = opened().approve("ABCDEF", MONDAY, MONDAY + DAY)
    assert (approval.plan.hash, approval.actions) == (HASH, 3)
    assert approved(planned, b"something new") == {b"action-1", b"action-2", b"action-3"}


def test_an_action_that_was_carried_out_needs_a_new_approval(planned: Store) -> None:
    planned.approve(HASH, MONDAY, MONDAY + DAY)
    planned.settle(Settlement(used_approvals=(b"action-1",)), MONDAY)
    assert approved(planned) == {b"action-2", b"action-3"}
    assert planned.approve(HASH, MONDAY, MONDAY + DAY).actions == 2


def test_the_same_action_can_be_planned_and_approved_again_later(planned: Store) -> None:
    """Somebody put the old value back, so the very same write is due again."""
    planned.approve(HASH, MONDAY, MONDAY + DAY)
    planned.settle(Settlement(used_approvals=(b"action-1",)), MONDAY)
    planned.save_plan(HASH, 2, ACTIONS, "mapping", MONDAY)
    assert approved(planned) == {b"action-2", b"action-3"}, "the approval of the others stands"
    assert planned.approve(HASH, MONDAY, MONDAY + DAY).actions == 3
    assert approved(planned) == {b"action-1", b"action-2", b"action-3"}


def test_an_approval_runs_out(planned: Store) -> None:
    planned.approve(HASH, MONDAY, MONDAY + HOUR)
    assert approved(planned) == set()


@pytest.mark.parametrize(
    ("typed", "when", "words"),
    [
        ("abd", MONDAY, "at least 4 characters"),
        ("abcdff", MONDAY, "no plan has the hash 'abcdff'"),
        ("a%cd", MONDAY, "no plan has the hash"),
        ("abcd", MONDAY, "several plans start with 'abcd'"),
        ("abcdef", MONDAY + DAY, "the plan abcdef012345 is too old to approve"),
    ],
)
def test_a_hash_that_means_no_plan_is_refused(planned: Store, typed: str, when: object, words: str) -> None:
    planned.save_plan("abcd9", 1, [], "mapping", MONDAY)
    with pytest.raises(ConfigError, match=words):
        planned.approve(typed, when, MONDAY + 2 * DAY)  # type: ignore[arg-type]


def test_a_plan_of_many_actions_is_kept_whole(store: Store) -> None:
    actions = [("create", number.to_bytes(16, "big")) for number in range(3500)]
    store.save_plan(HASH, 1, iter(actions), "mapping", MONDAY)
    assert store.approve(HASH, MONDAY, MONDAY + DAY).actions == 3500
    assert len(store.approved((digest for _, digest in actions), MONDAY)) == 3500


def test_old_plans_are_forgotten(planned: Store) -> None:
    planned.approve(HASH, MONDAY, MONDAY + 90 * DAY)
    assert planned.purge(MONDAY + 60 * DAY)["plans"] == 1
    assert planned.plan(HASH) is None
    assert approved(planned) == set()
