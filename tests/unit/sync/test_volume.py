"""How much is too much: limits, what past days were like, and what a person announced."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.state.rows import Window
from connector.sync.guards import Limits
from connector.sync.volume import Past, covers, judge

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
IMPORT = Window("creates", 6000, MONDAY, MONDAY + timedelta(hours=6), MONDAY, kind="contact", id=1)
LEADS = "create salesforce contact"
PHONES = "overwrite salesforce contact.phone"


def test_a_limit_counts_the_run_and_the_last_24_hours() -> None:
    limits = Limits(creates=200)
    assert judge({LEADS: 200}, Past(), limits, ()).held == {}
    assert judge({LEADS: 100}, Past({LEADS: 101}), limits, ()).held == {LEADS: 100}
    assert judge({LEADS: 201, PHONES: 5}, Past(), limits, ()).held == {LEADS: 201}


def test_far_more_than_on_the_busiest_day_is_held_within_the_limit() -> None:
    """A firm whose limit suits its Mondays: 4,000 phone numbers, never 30 a day before."""
    limits = Limits(overwrites=5000)
    judged = judge({PHONES: 4000}, Past({}, {PHONES: 30}), limits, ())
    assert (judged.held, judged.unusual) == ({PHONES: 4000}, {PHONES: 30})
    assert judge({PHONES: 4000}, Past({}, {PHONES: 450}), limits, ()).held == {}
    assert judge({PHONES: 4000}, Past({}, {PHONES: 30}), replace(limits, deviation=0), ()).held == {}


def test_what_was_done_today_counts_for_the_deviation_too() -> None:
    judged = judge({PHONES: 150}, Past({PHONES: 200}, {PHONES: 30}), Limits(overwrites=5000), ())
    assert judged.unusual == {PHONES: 30}


def test_a_small_firm_is_not_bothered_and_a_new_one_is_not_judged() -> None:
    assert judge({PHONES: 100}, Past({}, {}), Limits(), ()).held == {}
    assert judge({PHONES: 101}, Past({}, {}), Limits(), ()).unusual == {PHONES: 0}
    assert judge({PHONES: 101}, Past({}, None), Limits(), ()).held == {}


def test_our_own_fields_are_counted_apart_and_never_unusual() -> None:
    assert judge({"own salesforce contact": 50_000}, Past({}, {}), Limits(), ()).held == {}


def test_past_days_do_not_widen_a_limit() -> None:
    assert judge({LEADS: 300}, Past({}, {LEADS: 10_000}), Limits(creates=200), ()).held == {LEADS: 300}


def test_an_announced_import_is_not_held_and_does_not_count_for_the_day() -> None:
    judged = judge({LEADS: 5900}, Past({LEADS: 190}), Limits(), [IMPORT])
    assert judged.held == {}
    charge = judged.charges[LEADS]
    assert (charge.window, sum(charge.take() for _ in range(7000))) == (1, 5900)


def test_a_few_more_than_announced_count_as_ever() -> None:
    judged = judge({LEADS: 6150}, Past({LEADS: 40}), Limits(), [IMPORT])
    assert judged.held == {}
    assert judged.charges[LEADS].left == 6000
    assert judge({LEADS: 6161}, Past({LEADS: 40}), Limits(), [IMPORT]).held == {LEADS: 6161}


def test_what_a_window_has_paid_it_does_not_pay_again() -> None:
    assert judge({LEADS: 500}, Past(), Limits(), [replace(IMPORT, used=5900)]).held == {LEADS: 500}


def test_classes_share_a_window_and_those_over_their_limit_come_first() -> None:
    window = replace(IMPORT, kind="", most=300)
    deals = "create hubspot deal"
    judged = judge({deals: 10, LEADS: 450}, Past(), Limits(), [window])
    assert judged.held == {}
    assert {label: charge.left for label, charge in judged.charges.items()} == {LEADS: 300}


@pytest.mark.parametrize(
    ("window", "label", "covered"),
    [
        (IMPORT, LEADS, True),
        (IMPORT, "create hubspot contact", True),
        (IMPORT, "create salesforce company", False),
        (IMPORT, PHONES, False),
        (replace(IMPORT, side="hubspot"), LEADS, False),
        (replace(IMPORT, what="overwrites"), PHONES, True),
        (replace(IMPORT, what="overwrites", field="phone"), PHONES, True),
        (replace(IMPORT, what="overwrites", field="title"), PHONES, False),
        (replace(IMPORT, what="owners", kind=""), "owner salesforce deal", True),
        (replace(IMPORT, kind=""), "small salesforce contact", False),
    ],
)
def test_a_window_is_for_what_was_announced(window: Window, label: str, covered: bool) -> None:
    assert covers(window, label) is covered
