"""How requests leave: counted, paced, within a budget, and repeated as a careful caller repeats them.

What enters: a function that sends one request. What leaves: its answer, or the last error. It repeats a
request only where that cannot do a thing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
import tenacity
import urllib3

NOT_CARRIED_OUT = frozenset({423, 429, 503})
"""The CRM says that it did not even begin: any request may be repeated."""

NOT_KNOWN = frozenset({477, 500, 502, 504, 521, 522, 523, 524})
"""It may have been carried out: only what can be done twice is repeated."""

_REPEATABLE_POSTS = (
    *("/search", "/batch/read", "/batch/update", "/batch/upsert", "/batch/archive", "/labels/archive"),
    *("/gdpr-delete", "/associate/default", "/oauth2/token"),
)


class OverBudgetError(Exception):
    """More requests than this run was allowed."""


@dataclass(slots=True)
class Traffic:
    """Counts the requests to one CRM, spaces them, and stops at a budget.

    `per_second` 0 sends as fast as it goes; `most` is the budget of the whole run; `tries` and
    `first_wait_s` say how patiently refusals are met.
    """

    per_second: float = 0.0
    most: int = 100_000
    tries: int = 12
    first_wait_s: float = 0.005
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    sent: int = 0
    repeated: int = 0
    _next: float = field(default=0.0)

    def count(self) -> None:
        """One request is about to leave. Waits for its turn. Raises OverBudgetError."""
        if self.sent >= self.most:
            raise OverBudgetError(f"the budget of {self.most} requests is spent")
        self.sent += 1
        if self.per_second:
            self.sleep(max(0.0, self._next - self.now()))
            self._next = max(self._next, self.now()) + 1 / self.per_second

    def send(self, method: str, path: str, once: Callable[[], Any]) -> Any:
        """Sends until there is an answer to believe; then the answer, or the error that `once` raised."""
        repeatable = can_repeat(method, path)

        def counted() -> Any:
            self.count()
            return once()

        def again(state: tenacity.RetryCallState) -> bool:
            assert state.outcome is not None
            found = state.outcome.exception() or state.outcome.result()
            return _worth_repeating(found, repeatable)

        return tenacity.Retrying(
            retry=again,
            stop=tenacity.stop_after_attempt(self.tries),
            wait=tenacity.wait_random_exponential(self.first_wait_s, max=60 * self.first_wait_s),
            sleep=self._pause,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )(counted)

    def _pause(self, seconds: float) -> None:
        self.repeated += 1
        self.sleep(seconds)


def can_repeat(method: str, path: str) -> bool:
    """Whether a request may be sent again when nobody knows what became of it."""
    if method != "POST":
        return True
    bare = path.split("?")[0]
    pairs = "/associations/" in bare and bare.endswith("/batch/create")
    return pairs or bare.endswith(_REPEATABLE_POSTS)


def _is_busy(found: Any, status: int) -> bool:
    """Salesforce says by 400 and 403 too that it would do it later."""
    text = getattr(found, "text", "") if status in (400, 403) else ""
    return any(word in text for word in ("ConcurrentRequests", "UNABLE_TO_LOCK_ROW"))


def _worth_repeating(found: Any, repeatable: bool) -> bool:
    """`found`: an answer or an exception, of requests, of urllib3 or of a client."""
    status = getattr(found, "status", None) or getattr(found, "status_code", None)
    if isinstance(status, int):
        busy = status in NOT_CARRIED_OUT or _is_busy(found, status)
        return busy or (repeatable and status in NOT_KNOWN)
    lost = (urllib3.exceptions.HTTPError, requests.ConnectionError, requests.Timeout)
    cut = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
    return repeatable and isinstance(found, (*lost, *cut))
