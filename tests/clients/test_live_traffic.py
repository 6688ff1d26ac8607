"""How requests to real accounts leave: counted, paced, within a budget, repeated only where that is safe."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import requests
import urllib3
from ground.traffic import OverBudgetError, Traffic, can_repeat


@dataclass
class Time:
    """A clock that only sleeping moves."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Answer:
    status_code: int
    text: str = ""


class Line:
    """Answers in turn; exceptions are raised."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)

    def __call__(self) -> Answer:
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def test_requests_are_spaced() -> None:
    """Four a second: the first at once, the others a quarter of a second apart."""
    time = Time()
    traffic = Traffic(per_second=4, now=time.now, sleep=time.sleep)
    for _ in range(4):
        traffic.count()
    assert time.slept == [0.0, 0.25, 0.25, 0.25]
    assert traffic.sent == 4


def test_a_budget_ends_the_run() -> None:
    traffic = Traffic(most=2)
    traffic.count()
    traffic.count()
    with pytest.raises(OverBudgetError, match="the budget of 2 requests is spent"):
        traffic.count()


@pytest.mark.parametrize("status", [423, 429, 503])
def test_a_request_that_was_not_carried_out_is_repeated(status: int) -> None:
    traffic = Traffic(first_wait_s=0)
    assert traffic.send("POST", "/sobjects/Lead", Line(Answer(status), Answer(201))).status_code == 201
    assert traffic.sent == 2


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(502),
        Answer(504),
        requests.ConnectionError(),
        requests.ReadTimeout(),
        urllib3.exceptions.ProtocolError(),
    ],
)
def test_what_may_have_been_carried_out_is_repeated_only_if_it_can_be_done_twice(
    trouble: Answer | Exception,
) -> None:
    traffic = Traffic(first_wait_s=0)
    assert traffic.send("PATCH", "/x", Line(trouble, Answer(200))).status_code == 200
    line = Line(trouble, Answer(201))
    if isinstance(trouble, Exception):
        with pytest.raises(type(trouble)):
            traffic.send("POST", "/crm/v3/objects/contacts", line)
    else:
        assert traffic.send("POST", "/crm/v3/objects/contacts", line) is trouble
    assert len(line.answers) == 1


def test_patience_has_an_end() -> None:
    traffic = Traffic(tries=3, first_wait_s=0)
    assert traffic.send("GET", "/x", Line(*[Answer(503)] * 5)).status_code == 503
    assert traffic.sent == 3


def test_salesforce_says_later_in_other_words() -> None:
    busy = Answer(403, '[{"message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded."}]')
    locked = Answer(400, '[{"errorCode": "UNABLE_TO_LOCK_ROW"}]')
    line = Line(busy, locked, Answer(403, "TotalRequests Limit exceeded."))
    assert Traffic(first_wait_s=0).send("POST", "/sobjects/Lead", line).status_code == 403
    assert line.answers == []


@pytest.mark.parametrize(
    ("method", "path", "can"),
    [
        ("GET", "/anything", True),
        ("PATCH", "/crm/v3/objects/contacts/1", True),
        ("POST", "/crm/v3/objects/contacts/search", True),
        ("POST", "/crm/v3/objects/contacts/batch/read", True),
        ("POST", "/crm/v4/associations/contacts/companies/batch/create", True),
        ("POST", "/crm/v3/objects/contacts/batch/create", False),
        ("POST", "/crm/v3/objects/contacts/merge", False),
        ("POST", "/services/data/v64.0/composite/sobjects", False),
        ("POST", "https://example.com/services/oauth2/token", True),
    ],
)
def test_what_can_be_done_twice(method: str, path: str, can: bool) -> None:
    assert can_repeat(method, path) is can
