"""The rules in force: which of them fire at a request, and what then answers it.

Enters: rules, and every request before it is handled. Leaves: an app in place of the CRM's, or None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Protocol

from starlette.types import ASGIApp, Scope

from connector.sandbox.faults.answers import WORDS, Answer, Firing
from connector.sandbox.faults.asked import Asked, Side
from connector.sandbox.faults.rules import Fault, understood


class ReadsTime(Protocol):
    """What the rules need of the virtual clock."""

    def now(self) -> datetime: ...


@dataclass(slots=True)
class Standing:
    """A rule in force: how many requests it has `seen` that match, and how often it has `fired`."""

    id: int
    rule: Fault
    seen: int = 0
    fired: int = 0

    def asked(self, asked: Asked) -> Firing | None:
        """Counts a request; what to do about it, if anything."""
        if not self.rule.match.fits(asked):
            return None
        self.seen += 1
        if self.fired == self.rule.times or not self.rule.fires(self.seen):
            return None
        self.fired += 1
        return Firing(asked, self.seen, self.rule.seed)

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:
        """The app that answers when the rule fires."""
        answer = self.rule.answer
        return answer.around(firing, app) if isinstance(answer, Answer) else WORDS[answer](firing, app)

    def listed(self) -> dict[str, Any]:
        """As `GET /_sandbox/faults` shows it."""
        rule = self.rule.model_dump(mode="json", exclude_none=True)
        return {"id": self.id, **rule, "times": self.rule.times, "seen": self.seen, "fired": self.fired}


class Faults:
    """All rules. Of several that fire at a request the oldest is outermost: a delay delays what the next one
    answers, an answer hides what the next ones would have done."""

    def __init__(self, clock: ReadsTime) -> None:
        self.clock = clock
        self._rules: list[Standing] = []
        self._ids = count(1)

    def add(self, rule: Mapping[str, Any]) -> int:
        """Adds a rule and returns its id. Raises ValueError with each wrong place of it."""
        standing = Standing(next(self._ids), understood(rule))
        self._rules.append(standing)
        return standing.id

    def remove(self, rule_id: int) -> None:
        """Forgets one rule. Raises LookupError."""
        kept = [each for each in self._rules if each.id != rule_id]
        if len(kept) == len(self._rules):
            raise LookupError(f"there is no fault {rule_id}")
        self._rules = kept

    def clear(self) -> None:
        """Forgets every rule."""
        self._rules = []

    def listing(self) -> list[dict[str, Any]]:
        """The rules in the order in which they were added."""
        return [each.listed() for each in self._rules]

    def before(self, side: Side, scope: Scope, app: ASGIApp) -> ASGIApp | None:
        """The app that answers in place of `app`, or None when no rule fires at this request."""
        if not self._rules:
            return None
        asked = Asked(side, scope["method"], scope["path"], scope["route_template"], self.clock.now())
        firing = [(rule, found) for rule in self._rules if (found := rule.asked(asked))]
        for rule, found in reversed(firing):
            app = rule.around(found, app)
        return app if firing else None
