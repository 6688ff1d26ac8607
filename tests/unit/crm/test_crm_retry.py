"""What is sent again, and how long is waited: decided by the class of the error only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connector.crm.retry import Policy, retry_after, send
from connector.errors import Refused, Retry, Stop, Unknown

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def once() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return once


def test_a_busy_crm_is_asked_again() -> None:
    waits: list[float] = []
    again = send(failing(Retry("busy"), Retry("busy")), resend=False, policy=Policy(), sleep=waits.append)
    assert again == "answer"
    assert len(waits) == 2


def test_a_lost_answer_is_asked_for_again_when_reading_but_not_when_writing() -> None:
    waits: list[float] = []
    assert send(failing(Unknown("lost")), resend=True, policy=Policy(), sleep=waits.append) == "answer"
    with pytest.raises(Unknown):
        send(failing(Unknown("lost")), resend=False, policy=Policy(), sleep=waits.append)
    assert len(waits) == 1


@pytest.mark.parametrize("error", [Stop("no"), Refused("no", code="X"), KeyError("bug")])
def test_nothing_else_is_ever_sent_again(error: Exception) -> None:
    waits: list[float] = []
    with pytest.raises(type(error)):
        send(failing(error), resend=True, policy=Policy(), sleep=waits.append)
    assert waits == []


def test_the_last_error_comes_out_when_patience_ends() -> None:
    errors = [Retry(str(n)) for n in range(9)]
    waits: list[float] = []
    with pytest.raises(Retry, match="^4$"):
        send(failing(*errors), resend=True, policy=Policy(attempts=5), sleep=waits.append)
    assert len(waits) == 4


def test_pauses_grow_up_to_a_ceiling_and_are_never_all_the_same() -> None:
    """Jitter keeps several connectors from knocking at the same moment."""
    runs = []
    for _ in range(20):
        waits: list[float] = []
        errors = [Retry("busy")] * 9
        send(failing(*errors), resend=True, policy=Policy(attempts=10, cap_s=4), sleep=waits.append)
        assert all(0.5 <= wait <= 4 for wait in waits)
        assert waits[0] < 1.1
        assert waits[-1] == 4
        runs.append(waits[0])
    assert len(set(runs)) > 1


def test_what_the_crm_asks_for_is_a_floor() -> None:
    waits: list[float] = []
    send(failing(Retry("busy", after_s=20)), resend=True, policy=Policy(), sleep=waits.append)
    assert 20 <= waits[0] <= 21


def test_a_pause_longer_than_our_patience_is_left_to_the_caller() -> None:
    waits: list[float] = []
    with pytest.raises(Retry) as caught:
        send(failing(Retry("busy", after_s=61)), resend=True, policy=Policy(), sleep=waits.append)
    assert caught.value.after_s == 61
    assert waits == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Mon, 23 Nov 2026 09:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("99999999999", None),
    ],
)
def test_only_a_retry_after_that_makes_sense_is_believed(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
