"""What a fault does to a request: the forms that `answer` of a rule may have.

Enters: JSON, checked here. Leaves: the app that answers the request, in place of the CRM's own or around it.
"""

from collections.abc import Callable
from typing import Any, Literal

import orjson
from pydantic import Field, field_validator
from starlette.responses import Response
from starlette.types import ASGIApp

from connector.sandbox.faults.asked import Side
from connector.sandbox.faults.chance import Spread
from connector.sandbox.faults.firing import Answer, Firing
from connector.sandbox.faults.inside import expired
from connector.sandbox.faults.reordering import reordered
from connector.sandbox.faults.vendor import ANSWERS
from connector.sandbox.faults.wire import cut, delayed, drop, lost, reset, silent


class Reply(Answer):
    """A whole answer in place of the CRM's; a `body` that is not text goes out as JSON."""

    status: int = Field(ge=200, le=599, description="must be a whole number from 200 to 599")
    body: str | dict[str, Any] | list[Any] = Field(default="", description="must be a text, or JSON")
    headers: dict[str, str] = Field(default_factory=dict, description="must be texts by name")

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:  # noqa: ARG002
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers)
        return Response(orjson.dumps(self.body), self.status, self.headers, media_type="application/json")


class VendorReply(Answer):
    """The vendor's own answer of this name; `headers` are added to it."""

    vendor: str = Field(description=f"must be one of {', '.join(ANSWERS)}")
    headers: dict[str, str] = Field(default_factory=dict, description="must be texts by name")

    @field_validator("vendor")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ANSWERS:
            raise ValueError(name)
        return name

    @property
    def side(self) -> Side | None:
        return ANSWERS[self.vendor].side

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:  # noqa: ARG002
        return ANSWERS[self.vendor].response(firing, self.headers)


class Delay(Answer):
    """The CRM's own answer, later by real time."""

    delay_ms: float | Spread = Field(
        description='must be milliseconds, 0 or more, or {"median": ms, "p95": ms}, p95 not below the median'
    )

    @field_validator("delay_ms")
    @classmethod
    def _possible(cls, delay: float | Spread) -> float | Spread:
        if not isinstance(delay, Spread) and not 0 <= delay <= 86_400_000:
            raise ValueError(delay)
        return delay

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:
        if isinstance(self.delay_ms, Spread):
            return delayed(self.delay_ms.milliseconds(firing.chance("delay")), app)
        return delayed(self.delay_ms, app)


class Cut(Answer):
    """The CRM's own answer, of whose body only so many bytes arrive."""

    cut_after: int = Field(ge=0, description="must be a number of bytes, 0 or more")

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:  # noqa: ARG002
        return cut(self.cut_after, app)


class Hang(Answer):
    """No answer while the client waits; `apply` says whether the request is carried out."""

    hang_s: float | None = Field(
        ge=0, le=86_400, description="must be seconds, 0 or more, or null (until the client gives up)"
    )
    apply: bool = Field(default=True, description="must be true (carried out) or false")

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:  # noqa: ARG002
        return silent(app if self.apply else None, self.hang_s)


Word = Literal["drop", "apply_then_drop", "reset", "apply_then_reset", "reorder", "expire_token"]
WORDS: dict[Word, Callable[[Firing, ASGIApp], ASGIApp]] = {
    "drop": lambda _firing, _app: lost(None, drop),
    "apply_then_drop": lambda _firing, app: lost(app, drop),
    "reset": lambda _firing, _app: lost(None, reset),
    "apply_then_reset": lambda _firing, app: lost(app, reset),
    "reorder": lambda firing, app: reordered(app, firing.chance("order")),
    "expire_token": expired,
}
"""Answers that need no figures, by the one word that says them."""
