"""When a field goes back and forth, and when it only changes often."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from connector.model import (
    CONNECTOR,
    LINK_ID,
    Action,
    Change,
    Decision,
    Kind,
    Link,
    LinkState,
    Op,
    Ref,
    Side,
    Why,
)
from connector.state.rows import Written
from connector.sync.flips import CALMED, DAY, FLAPPING, broken_fields, flips, is_broken, without_flapping

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
H, S = Side.HUBSPOT, Side.SALESFORCE
LINK = Link(
    "link1",
    Kind.CONTACT,
    {H: Ref(H, "contacts", "1"), S: Ref(S, "Lead", "00Q1")},
    LinkState.LINKED,
)


def story(*steps: tuple[Side, str] | tuple[Side, str, Why]) -> list[Written]:
    """Writes of the field ``phone``, an hour apart: where, what, why."""
    found = []
    for n, (side, value, *why) in enumerate(steps):
        reason = why[0] if why else Why.EDIT
        found.append(Written("link1", side, "phone", NOON + n * HOUR, reason, value.encode()))
    return found


def flipped(written: Sequence[Written]) -> dict[Side, int]:
    return {side: len(times) for (_, _, side), times in flips(written).items()}


def test_a_score_that_changes_all_day_long_is_no_flip() -> None:
    assert flipped(story(*((S, str(n)) for n in range(20)))) == {}


def test_two_automations_that_undo_each_other_flip_on_both_sides() -> None:
    assert flipped(story((S, "a"), (H, "b"), (S, "a"), (H, "b"), (S, "a"))) == {S: 2, H: 1}


def test_a_value_that_grows_with_every_turn_flips_too() -> None:
    assert flipped(story((S, "a"), (H, "ax"), (S, "axx"), (H, "axxx"))) == {S: 1, H: 1}


@pytest.mark.parametrize("why", [Why.PUT_BACK, Why.CLASH])
def test_what_is_put_back_again_and_again_flips_on_one_side(why: Why) -> None:
    assert flipped(story(*((S, str(n), why) for n in range(4)))) == {S: 3}


def test_the_same_value_written_twice_was_changed_in_between() -> None:
    assert flipped(story((S, "a"), (S, "a"), (S, "b"))) == {S: 1}


def test_other_fields_and_records_do_not_count() -> None:
    one, two = story((S, "a"), (H, "b"))
    other = Written("link2", S, "phone", NOON, Why.EDIT, b"a")
    name = Written("link1", S, "name", NOON, Why.EDIT, b"a")
    assert flips([one, other, two, name]) == {}


@pytest.mark.parametrize(
    ("hours", "since_last", "broken"),
    [
        ([0, 1, 2], 1, True),
        ([0, 1], 1, False),
        ([0, 1, 2], 23, True),
        ([0, 1, 2], 24, False),  # a day has passed without one
        ([0, 1, 25], 1, False),  # never three in one day
        ([0, 10, 23], 20, True),  # the day counts back from the last one
    ],
)
def test_three_flips_in_a_day_open_the_breaker_until_a_day_was_quiet(
    hours: list[int], since_last: int, broken: bool
) -> None:
    times = [NOON + h * HOUR for h in hours]
    assert is_broken(times, times[-1] + since_last * HOUR, 3) is broken


def test_no_limit_never_opens_it() -> None:
    assert not is_broken([NOON] * 100, NOON, 0)


def test_after_a_persons_decision_flips_count_anew() -> None:
    written = story((S, "a"), (H, "b"), (S, "a"), (H, "b"), (S, "a"))
    now = written[-1].at
    calmed = Link(LINK.id, LINK.kind, LINK.refs, diverged={CALMED + "phone": now.isoformat()})
    assert broken_fields(written, [LINK], now, 2) == {("link1", "phone")}
    assert broken_fields(written, [calmed], now, 2) == set()
    assert broken_fields(written, [LINK], now + DAY, 2) == set()


def change(field: str) -> Change:
    rule = CONNECTOR if field == LINK_ID else "two_way contacts.yaml:1"
    return Change(field, field, "1", "2", Why.EDIT, rule, given="2")


def decision(*fields: str, link: Link = LINK) -> Decision:
    action = Action(Op.UPDATE, Kind.CONTACT, link.id, link.refs[S], link.refs[H], tuple(map(change, fields)))
    return Decision(link, (action,), judged=("", *fields))


def test_the_rest_of_the_record_goes_on_and_a_person_is_asked() -> None:
    kept = without_flapping(decision("phone", "title"), frozenset({"phone"}), "verdict:")
    assert [c.field for a in kept.actions for c in a.changes] == ["title"]
    assert [(r.code, r.field, r.subject) for r in kept.reviews] == [(FLAPPING, "phone", LINK.refs[H])]
    assert kept.judged == ("", "title")
    assert kept.link.pending == "held"


def test_an_action_without_changes_is_none() -> None:
    assert without_flapping(decision("phone"), frozenset({"phone"}), "verdict:").actions == ()


def test_what_a_person_decided_is_carried_out() -> None:
    link = Link(LINK.id, LINK.kind, LINK.refs, diverged={"phone": "verdict:hubspot"})
    made = decision("phone", link=link)
    assert without_flapping(made, frozenset({"phone"}), "verdict:") is made


def test_of_our_own_ids_nobody_is_asked() -> None:
    kept = without_flapping(decision(LINK_ID), frozenset({LINK_ID}), "verdict:")
    assert (kept.reviews, [h.code for h in kept.held]) == ((), [FLAPPING])
