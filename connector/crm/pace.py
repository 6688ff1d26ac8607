"""Pace: as many requests as a CRM allows, and no more, before it has to refuse any.

Enters: the allowances that answers tell in their headers. Leaves: a pause before a request, or a Stop when
only the day's reserve is left. It sends nothing, and sleeps through an injected function.

Sources: HubSpot, "API usage guidelines and limits" (requests in rolling ten seconds and a day, five searches
a second); Salesforce REST API guide, "Limit Info Header".
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.crm.wire import Answer
from connector.errors import Stop

USE = 0.95
"""Share of an allowance that is used: requests don't arrive as evenly as they are sent."""
RESERVE = 0.05
"""Share of the daily allowance that is left to people and other programs."""
UNTOLD = 100
"""Requests in ten seconds that every HubSpot edition allows."""
SEARCHES = 5

_USED = re.compile(r"api-usage=(\d+)/(\d+)")

Clock = Callable[[], float]
Sleep = Callable[[float], None]


@dataclass(slots=True)
class Window:
    """At most ``most`` requests in any ``seconds``, of which ``USE`` is used."""

    most: int
    seconds: float
    _sent: deque[float] = field(default_factory=deque)

    def take(self, now: float) -> float:
        """Count a request, and say how long it must wait."""
        self._forget(now)
        full = len(self._sent) - self.most
        wait = 0.0 if full < 0 else max(0.0, self._sent[full] + self.seconds / USE - now)
        self._sent.append(now + wait)
        return wait

    def told(self, most: int, left: int, now: float) -> None:
        """What the CRM said: of what it has counted, the part that is not ours was asked by others."""
        self._forget(now)
        self.most = most
        self._sent.extend([now] * (most - left - len(self._sent)))

    def _forget(self, now: float) -> None:
        while self._sent and now - self._sent[0] >= self.seconds / USE:
            self._sent.popleft()


@dataclass(slots=True)
class Day:
    """What is left of a day's requests, as far as it was told. ``who``: the CRM; ``renewed``: when it starts
    anew, in words."""

    who: str
    renewed: str
    most: int = 0
    left: int = 0

    def told(self, most: int, left: int) -> None:
        self.most, self.left = most, left

    def take(self) -> None:
        """Count a request. Raises Stop(reason="daily limit") when only the reserve is left."""
        if self.most and self.left <= self.most * RESERVE:
            used_up = f"{self.who}'s daily request allowance is used up"
            raise Stop(
                f"{used_up} but for a reserve: {self.left} of {self.most}",
                fix=f"{self.renewed}; the next sync goes on where this one stopped",
                reason="daily limit",
            )
        self.left -= 1


class HubSpotPace:
    """Searches, associations and all else have an allowance each; the day is one."""

    def __init__(self, sleep: Sleep, clock: Clock) -> None:
        self._sleep, self._clock = sleep, clock
        self._searches = Window(SEARCHES, 1)
        self._associations = Window(UNTOLD, 10)
        self._others = Window(UNTOLD, 10)
        self._day = Day("HubSpot", "It starts anew at midnight in the account's time zone")

    def before(self, kind: str) -> None:
        """Wait until a request of this kind may be sent. Raises Stop. The first question of each run always
        passes: it tells whether a new day has begun."""
        if kind != "account details":
            self._day.take()
        wait = self._window(kind).take(self._clock())
        if wait:
            self._sleep(wait)

    def after(self, kind: str, answer: Answer) -> None:
        """Learn from the headers of an answer that was understood: what is left of one that was cut inside
        its head looks like headers, too, with shorter numbers."""
        headers = answer.headers if answer.body else {}
        day = _numbers(headers, "daily", "daily-remaining")
        if day is not None:
            self._day.told(*day)
        burst = _numbers(headers, "max", "remaining")
        if burst is not None and not kind.startswith("search"):
            self._window(kind).told(*burst, self._clock())

    def _window(self, kind: str) -> Window:
        if kind.startswith("search"):
            return self._searches
        return self._associations if kind.startswith("associations") else self._others


class SalesforcePace:
    """Salesforce allows any number a second, but counts the last 24 hours."""

    def __init__(self) -> None:
        self._day = Day("Salesforce", "It counts the last 24 hours: requests become free again all the time")

    def before(self, kind: str) -> None:
        """Raises Stop when only the reserve is left. The first question of each run always passes."""
        if kind != "query Organization":
            self._day.take()

    def after(self, answer: Answer) -> None:
        """As for HubSpot."""
        told = _USED.search(answer.headers.get("sforce-limit-info", "")) if answer.body else None
        if told:
            used, most = int(told[1]), int(told[2])
            self._day.told(most, most - used)


def _numbers(headers: Mapping[str, str], most: str, left: str) -> tuple[int, int] | None:
    """Two of HubSpot's headers, or neither."""
    texts = [headers.get(f"x-hubspot-ratelimit-{name}", "") for name in (most, left)]
    return (int(texts[0]), int(texts[1])) if all(text.isdecimal() for text in texts) else None
