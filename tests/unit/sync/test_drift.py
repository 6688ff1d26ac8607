"""Which changes of a CRM's field need a fresh look before anything is written by it."""

import pytest

from connector.sync.drift import Seen, drifted

BEFORE: Seen = ("choice", True, ("Hot", "Warm"))


@pytest.mark.parametrize(
    ("now", "danger"),
    [
        (BEFORE, False),
        (("choice", True, ("Cold", "Hot", "Warm")), False),  # a new value is ordinary work
        (("choice", True, ("Hot",)), True),
        (("choice", True, ("Hot", "Lukewarm")), True),  # renamed
        (("text", True, ("Hot", "Warm")), True),
        (("choice", False, ("Hot", "Warm")), False),  # read-only now: held by itself
    ],
)
def test_what_takes_a_value_away_or_changes_the_type_is_drift(now: Seen, danger: bool) -> None:
    assert bool(drifted({"salesforce Lead.Rating": BEFORE}, {"salesforce Lead.Rating": now})) is danger


def test_a_field_that_may_be_written_now_or_shows_for_the_first_time_is_drift() -> None:
    locked: Seen = ("choice", False, ("Hot", "Warm"))
    assert drifted({"salesforce Lead.Rating": locked}, {"salesforce Lead.Rating": BEFORE})
    assert drifted({}, {"salesforce Lead.Rating": BEFORE}) == ["salesforce Lead.Rating"]


def test_a_field_that_is_gone_writes_nothing() -> None:
    assert drifted({"salesforce Lead.Rating": BEFORE}, {}) == []
