"""Request limits: rolling windows and the daily count, driven by the virtual clock.

What enters: each authenticated request with its token and policy. What leaves: the rate-limit headers, and a
refusal once an edition is set. Without an edition requests are counted and nothing is refused.
Source: HubSpot developers, "API usage guidelines and limits"; bodies of 429 from client trackers.
Assumption: a refused request counts for the day, but not for its window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from connector.sandbox.hubspot.errors import PORTAL_ID, ApiError
from connector.sandbox.hubspot.switches import Switches
from connector.sandbox.hubspot.tokens import Grant
from connector.sandbox.hubspot.windows import CompanyLock, Window

SEARCHES_A_SECOND = 5
MORE_CALLS, MORE_BURST = 1_000_000, 250
MAX_INCREASES = 2
OAUTH_BURST = 110
Policy = Literal["normal", "search", "associations", "exempt"]
"""What a route counts for: search has a limit of its own, batches of associations none for ten seconds."""


class ReadsTime(Protocol):
    """What a simulated account needs of a clock: the aware present, and a tick at each write."""

    def now(self) -> datetime:
        """The aware present in UTC."""

    def tick(self) -> datetime:
        """Called at each write request."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What an account may ask: `burst` in ten seconds by each app, `daily` by all apps together."""

    burst: int
    daily: int
    associations_burst: int
    associations_daily: int = 500_000


EDITIONS = {
    "free": Edition(100, 250_000, 100),
    "starter": Edition(100, 250_000, 100),
    "professional": Edition(190, 625_000, 150),
    "enterprise": Edition(190, 1_000_000, 150),
}
UNLIMITED = EDITIONS["enterprise"]
"""Figures that are shown, and not enforced, without an edition."""


def edition_of(name: str) -> Edition:
    """Of a word such as "professional" or, with two limit increases, "professional+2". Raises ValueError."""
    base, plus, times = name.partition("+")
    if base not in EDITIONS or (plus and times not in [str(n + 1) for n in range(MAX_INCREASES)]):
        raise ValueError(f"{name!r} is no edition; there are {', '.join(EDITIONS)}, each also with +1 or +2")
    edition = EDITIONS[base]
    if not plus:
        return edition
    return Edition(MORE_BURST, edition.daily + int(times) * MORE_CALLS, edition.associations_burst)


class RateLimitedError(ApiError):
    """429 with the fields that HubSpot sends for this policy."""

    def __init__(self, message: str, fields: dict[str, str], id_name: str = "correlationId") -> None:
        super().__init__(429, "RATE_LIMITS", message)
        self.fields, self.id_name = fields, id_name

    def body(self, correlation_id: str) -> dict[str, Any]:
        """Not the usual envelope: errorType and policyName, or only a category for search."""
        return {"status": "error", "message": self.message, self.id_name: correlation_id, **self.fields}


def ten_secondly() -> RateLimitedError:
    """429 of a burst. Assumption: the middle of groupName."""
    fields = {
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": f"publicapi:private-app:{PORTAL_ID}",
    }
    return RateLimitedError("You have reached your ten_secondly_rolling limit.", fields)


def daily() -> RateLimitedError:
    """429 when the day is used up."""
    fields = {"errorType": "RATE_LIMIT", "policyName": "DAILY"}
    return RateLimitedError("You have reached your daily limit.", fields, "requestId")


def secondly(names_policy: bool = False) -> RateLimitedError:
    """429 of search. Recorded answers have a category alone; newer ones name the policy (user reports)."""
    fields = (
        {"errorType": "RATE_LIMIT", "policyName": "SECONDLY"} if names_policy else {"category": "RATE_LIMITS"}
    )
    return RateLimitedError("You have reached your secondly limit.", fields)


class Limits:
    """The counts of one account. `edition` may be changed (None: nothing is refused)."""

    def __init__(self, clock: ReadsTime, switches: Switches, edition: str | None = None) -> None:
        self.clock, self.switches = clock, switches
        self._first = edition
        self.reset()

    def reset(self) -> None:
        """Counts from zero, with the edition that the account was made with."""
        self.edition = self._first
        self._bursts: dict[tuple[str, str], Window] = {}
        self._searches = Window(1)
        self.company_lock = CompanyLock()
        self._day = ""
        self._today: dict[str, int] = {}

    @property
    def edition(self) -> str | None:
        """The edition whose limits are enforced."""
        return self._edition

    @edition.setter
    def edition(self, name: str | None) -> None:
        self._figures = UNLIMITED if name is None else edition_of(name)
        self._edition = name

    @property
    def daily(self) -> int:
        """Requests a day that all apps together may make."""
        return self._figures.daily

    def used_today(self) -> int:
        """Requests since midnight in the account's time zone."""
        self._turn_day()
        return sum(self._today.values())

    def spend(self, calls: int, kind: str = "others") -> None:
        """Other apps of the account made so many requests today, or so many went to "associations"."""
        self._turn_day()
        self._today[kind] = self._today.get(kind, 0) + calls

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.switches.time_zone)

    def midnight(self) -> datetime:
        """When the daily count starts anew (aware, in the account's zone)."""
        tomorrow = self.clock.now().astimezone(self.zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.zone)

    def _turn_day(self) -> None:
        day = self.clock.now().astimezone(self.zone).date().isoformat()
        if day != self._day:
            self._day, self._today = day, {}

    def count(self, grant: Grant, policy: Policy) -> tuple[dict[str, str], RateLimitedError | None]:
        """Counts a request: its rate-limit headers (none for search), and the refusal if it is too many.

        OAuth apps have a burst of their own in each account, and no day.
        """
        self._turn_day()
        kind = "associations" if policy in ("associations", "exempt") else "normal"
        if not grant.oauth:
            self._today[kind] = self._today.get(kind, 0) + 1
        most = OAUTH_BURST if grant.oauth else self._most(kind)
        burst = self._bursts.setdefault((grant.app, kind), Window(10))
        over = not grant.oauth and self._edition is not None and self._over_the_day(kind)
        refusal = daily() if over else self._refusal(policy, burst, most)
        headers = {} if policy == "search" else self._headers(most, burst, with_day=not grant.oauth)
        if refusal is not None and self.switches.retry_after:
            headers["Retry-After"] = "1" if policy == "search" else "10"
        return headers, refusal

    def _refusal(self, policy: Policy, burst: Window, most: int) -> RateLimitedError | None:
        now, enforced = self.clock.now().timestamp(), self._edition is not None
        if policy == "search":
            taken = self._searches.take(now, SEARCHES_A_SECOND if enforced else None)
            return None if taken else secondly(self.switches.search_policy_name)
        if policy == "exempt":
            return None
        return None if burst.take(now, most if enforced else None) else ten_secondly()

    def _over_the_day(self, kind: str) -> bool:
        own = kind == "associations" and self._today[kind] > self._figures.associations_daily
        return own or sum(self._today.values()) > self._figures.daily

    def _most(self, kind: str) -> int:
        return self._figures.associations_burst if kind == "associations" else self._figures.burst

    def _headers(self, most: int, burst: Window, with_day: bool) -> dict[str, str]:
        used, left = burst.used(self.clock.now().timestamp()), self._figures.daily - sum(self._today.values())
        day = {
            "X-HubSpot-RateLimit-Daily": str(self._figures.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, left)),
        }
        return {
            **(day if with_day else {}),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(0, most - used)),
            "X-HubSpot-RateLimit-Secondly": str(most // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(most // 10 - 1),
        }
