"""How long the simulated CRMs take, as a standing switch; off unless asked for.

Enters: a seed, and figures for each side and kind of request. Leaves: each request later, in real time.
The same seed gives the n-th request of a kind the same delay.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.types import ASGIApp, Scope

from connector.sandbox.faults.asked import Side
from connector.sandbox.faults.chance import Spread, drawn
from connector.sandbox.faults.wire import delayed

Kind = Literal["login", "search", "batch", "read", "write"]


class Pace(BaseModel):
    """How long one CRM takes for each kind of request; null: no time at all."""

    model_config = ConfigDict(extra="forbid")

    login: Spread | None = None
    search: Spread | None = None
    batch: Spread | None = None
    read: Spread | None = None
    write: Spread | None = None


def _usual(**by_kind: tuple[float, float]) -> Pace:
    return Pace(**{kind: Spread(median=median, p95=p95) for kind, (median, p95) in by_kind.items()})


USUAL = {
    "hubspot": _usual(search=(180, 600), batch=(350, 1200), read=(90, 300), write=(160, 500)),
    "salesforce": _usual(
        login=(250, 700), search=(120, 500), batch=(450, 1800), read=(80, 250), write=(180, 700)
    ),
}
"""Assumption: figures of ours, in the size that people report; the vendors publish none."""


class Setting(BaseModel):
    """The switch. A side that is not named has the usual pace; null: it takes no time."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    hubspot: Pace | None = Field(default_factory=lambda: USUAL["hubspot"])
    salesforce: Pace | None = Field(default_factory=lambda: USUAL["salesforce"])


class Latency:
    """The switch and how many requests of each kind there were since it was set."""

    def __init__(self) -> None:
        self._setting: Setting | None = None
        self._count: Counter[tuple[str, str]] = Counter()

    def switch_on(self, setting: Mapping[str, Any]) -> None:
        """From now on requests take time. Raises ValueError: one line with what may stand there."""
        try:
            self._setting = Setting.model_validate(setting)
        except ValidationError as error:
            places = {".".join(str(step) for step in each["loc"]) for each in error.errors()}
            form = (
                '{"seed": n, "hubspot": …, "salesforce": …}, each side null or with any of '
                f'{", ".join(Pace.model_fields)}, each null or {{"median": ms, "p95": ms}}'
            )
            raise ValueError(f"{', '.join(sorted(places))}: not understood; give {form}") from None
        self._count.clear()

    def clear(self) -> None:
        """Nothing takes time any more."""
        self._setting = None

    def shown(self) -> dict[str, Any]:
        """The figures in force; empty when the switch is off."""
        return {} if self._setting is None else self._setting.model_dump()

    def before(self, side: Side, scope: Scope, app: ASGIApp) -> ASGIApp | None:
        """The app, later; None when it takes no time."""
        if self._setting is None:
            return None
        pace: Pace | None = getattr(self._setting, side)
        kind = kind_of(scope["method"], scope["route_template"])
        spread: Spread | None = getattr(pace, kind, None)
        if spread is None:
            return None
        self._count[side, kind] += 1
        chance = drawn(self._setting.seed, side, kind, self._count[side, kind])
        return delayed(spread.milliseconds(chance), app)


def kind_of(method: str, template: str) -> Kind:
    """What kind of work a request is."""
    words = template.split("/")
    if "oauth2" in words:
        return "login"
    if words[-1] == "search" or {"query", "queryAll"} & set(words):
        return "search"
    if {"batch", "batches", "composite"} & set(words):
        return "batch"
    return "read" if method in ("GET", "HEAD") else "write"
