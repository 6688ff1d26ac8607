"""The rules in force: which of them fire at a request, and what then answers it.

Enters: rules, and every request before it is handled. Leaves: an app in place of the CRM's, or None; and the
fields that are hidden as long as a rule says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from typing import Any, Protocol

from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from connector.sandbox.faults.answers import WORDS
from connector.sandbox.faults.asked import Asked, Side
from connector.sandbox.faults.firing import Answer, BothCrms, Firing
from connector.sandbox.faults.inside import FieldName, HideField
from connector.sandbox.faults.known import check_route
from connector.sandbox.faults.rules import Fault, understood
from connector.sandbox.hubspot.catalog import TYPE_NAMES


class ReadsTime(Protocol):
    """What the rules need of the virtual clock."""

    def now(self) -> datetime: ...


class Stage(BothCrms, Protocol):
    """The part of the world that faults are made in."""

    @property
    def clock(self) -> ReadsTime: ...


@dataclass(slots=True)
class Standing:
    """A rule in force: how many requests it has `seen` that match, and how often it has `fired`."""

    id: int
    rule: Fault
    seen: int = 0
    fired: int = 0

    def asked(self, asked: Asked) -> bool:
        """Counts a request; whether the rule fires at it."""
        if not self.rule.match.fits(asked):
            return False
        self.seen += 1
        if self.fired == self.rule.times or not self.rule.fires(self.seen):
            return False
        self.fired += 1
        return True

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:
        """The app that answers when the rule fires."""
        answer = self.rule.answer
        return answer.around(firing, app) if isinstance(answer, Answer) else WORDS[answer](firing, app)

    @property
    def hides(self) -> FieldName | None:
        """The field that is hidden because of this rule."""
        answer = self.rule.answer
        return answer.hide_field if isinstance(answer, HideField) and self.fired else None

    def listed(self) -> dict[str, Any]:
        """As `GET /_sandbox/faults` shows it."""
        rule = self.rule.model_dump(mode="json", exclude_none=True)
        return {"id": self.id, **rule, "times": self.rule.times, "seen": self.seen, "fired": self.fired}


class Faults:
    """All rules. Of several that fire at a request the oldest is outermost: a delay delays what the next one
    answers, an answer hides what the next ones would have done."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.routes: dict[Side, Sequence[Route]] = {}
        """Of the CRMs that are served."""
        self._rules: list[Standing] = []
        self._ids = count(1)

    def add(self, rule: Mapping[str, Any]) -> int:
        """Adds a rule and returns its id. Raises ValueError with each wrong place of it."""
        found = understood(rule)
        if found.match.route is not None:
            sides = (found.match.side,) if found.match.side else self.routes
            check_route(found.match.route, chain.from_iterable(self.routes.get(each, ()) for each in sides))
        if isinstance(found.answer, HideField):
            self._check_field(found.answer.hide_field)
        standing = Standing(next(self._ids), found)
        self._rules.append(standing)
        return standing.id

    def remove(self, rule_id: int) -> None:
        """Takes one rule back. Raises LookupError."""
        kept = [each for each in self._rules if each.id != rule_id]
        if len(kept) == len(self._rules):
            raise LookupError(f"there is no fault {rule_id}")
        self._rules = kept
        self._hide()

    def clear(self) -> None:
        """Takes every rule back."""
        self._rules = []
        self._hide()

    def listing(self) -> list[dict[str, Any]]:
        """The rules in the order in which they were added."""
        return [each.listed() for each in self._rules]

    def before(self, side: Side, scope: Scope, app: ASGIApp) -> ASGIApp | None:
        """The app that answers in place of `app`, or None when no rule fires at this request."""
        if not self._rules:
            return None
        now = self.stage.clock.now()
        asked = Asked(side, scope["method"], scope["path"], scope["route_template"], now)
        firing = [rule for rule in self._rules if rule.asked(asked)]
        for rule in reversed(firing):
            app = rule.around(Firing(asked, rule.seen, rule.rule.seed, rule.id, self.stage), app)
        if any(rule.hides for rule in firing):
            self._hide()
        return app if firing else None

    # hidden fields

    def _check_field(self, name: FieldName) -> None:
        found: object = None
        if name.type in TYPE_NAMES:
            found = self.stage.hubspot.schema.find(TYPE_NAMES[name.type], name.field)
        elif (kind := self.stage.salesforce.catalog.everything.find(name.type)) is not None:
            found = kind.find(name.field)
        if found is None:
            raise ValueError(f"answer.hide_field: neither CRM has a field {name.field!r} of {name.type!r}")

    def _hide(self) -> None:
        """Both CRMs hide what the rules that have fired say, and nothing else."""
        hidden = [found for rule in self._rules if (found := rule.hides) is not None]
        own = [each for each in hidden if each.type in TYPE_NAMES]
        self.stage.hubspot.schema.withheld = {(TYPE_NAMES[each.type], each.field) for each in own}
        others = {(each.type, each.field) for each in hidden if each not in own}
        self.stage.salesforce.catalog.withhold(others)
