"""When a request to a CRM is sent again, and how long to wait before.

Enters: one request as a function, and what it raised. Leaves: its answer, or the last error. It decides by
error class only (``errors.py``), sleeps through an injected function, and never sends a write again whose
answer was lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from connector.errors import Retry, Unknown

T = TypeVar("T")
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Policy:
    """How stubborn an adapter is.

    ``attempts``: requests in all; ``first_s``, ``cap_s``: the exponential pause and its ceiling, each with
    up to ``first_s`` seconds of jitter; ``patience_s``: a CRM that asks for a longer pause than this gets
    none, the error goes to the caller, who can do something else meanwhile.
    """

    attempts: int = 5
    first_s: float = 0.5
    cap_s: float = 30.0
    patience_s: float = 60.0

    def pause(self, state: RetryCallState) -> float:
        """Seconds to wait before the next attempt; what the CRM asked for is a floor."""
        backoff = wait_exponential_jitter(multiplier=self.first_s, max=self.cap_s, jitter=self.first_s)(state)
        error = state.outcome.exception() if state.outcome else None
        asked = error.after_s if isinstance(error, Retry) and error.after_s else 0.0
        return max(backoff, asked + min(backoff, self.first_s))

    def send_again(self, error: BaseException, *, resend: bool) -> bool:
        """Whether the same request may be sent again after this error."""
        if not isinstance(error, Retry) or (isinstance(error, Unknown) and not resend):
            return False
        return error.after_s is None or error.after_s <= self.patience_s


def send(once: Callable[[], T], *, resend: bool, policy: Policy, sleep: Sleep) -> T:
    """Call ``once`` until it answers or must not be repeated.

    ``resend``: True for reads. False for writes: only failures that certainly changed nothing are repeated.
    Raises what ``once`` raised last.
    """
    retrying = Retrying(
        stop=stop_after_attempt(policy.attempts),
        wait=policy.pause,
        retry=retry_if_exception(lambda error: policy.send_again(error, resend=resend)),
        sleep=sleep,
        reraise=True,
    )
    return retrying(once)


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, or None when it is missing or makes no sense.

    Both forms of RFC 9110 are read: seconds and a date. ``now`` is the server's clock, for the second form.
    """
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _until(header, now or datetime.now(UTC))
    return seconds if 0 <= seconds <= 7 * 86400 else None


def _until(header: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return -1.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
