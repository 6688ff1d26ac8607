"""Faults that the simulated CRMs make on purpose, as told through `/_sandbox/faults`.

Enters: rules in JSON, and every request before it is handled. Leaves: an answer in place of the CRM's, a
closed connection, or a delay. It changes no record: only `apply_then_drop` lets the request be carried out.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Side = Literal["hubspot", "salesforce"]


class Match(BaseModel):
    """Which requests a fault concerns; what is left out matches anything."""

    model_config = ConfigDict(extra="forbid")

    side: Side | None = None
    method: str | None = None
    path_prefix: str = "/"

    def fits(self, side: str, method: str, path: str) -> bool:
        """Whether a request to `side` with this method and path is concerned."""
        return (
            self.side in (None, side)
            and (self.method is None or self.method.upper() == method)
            and path.startswith(self.path_prefix)
        )


class Reply(BaseModel):
    """A whole answer in place of the CRM's; a `body` that is not text goes out as JSON."""

    model_config = ConfigDict(extra="forbid")

    status: int = Field(ge=200, le=599)
    body: str | dict[str, Any] | list[Any] = ""
    headers: dict[str, str] = Field(default_factory=dict)


class Delay(BaseModel):
    """The CRM's own answer, so many real seconds later."""

    model_config = ConfigDict(extra="forbid")

    delay_s: float = Field(ge=0)


class Fault(BaseModel):
    """One rule: from the `nth` matching request on (1 = the next), `times` times, give this answer.

    `times` null means until it is cleared.
    """

    model_config = ConfigDict(extra="forbid")

    match: Match = Field(default_factory=Match)
    nth: int = Field(default=1, ge=1)
    times: int | None = Field(default=1, ge=1)
    answer: Reply | Delay | Literal["drop", "apply_then_drop"]


ALLOWED: Mapping[str, str] = {
    "match": 'must be an object with any of "side", "method" and "path_prefix"',
    "match.side": 'must be "hubspot" or "salesforce"',
    "match.method": 'must be a method such as "POST"',
    "match.path_prefix": 'must be the beginning of a path, such as "/crm/v3/objects/contacts"',
    "nth": "must be a whole number, 1 or more",
    "times": "must be a whole number, 1 or more, or null (until it is cleared)",
    "answer": 'must be "drop", "apply_then_drop", {"delay_s": 0 or more}, or {"status": 200 to 599, "body": '
    'a text or JSON, "headers": {name: text}}',
}
"""What may stand in each place of a rule."""


def _complaint(error: ValidationError) -> str:
    """One line: each wrong place of a rule, and what may stand there."""
    found: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        steps = [str(step) for step in problem["loc"]]
        place = ".".join(steps[:2] if steps[0] == "match" else steps[:1])
        inside = f"{steps[0]}." if steps[0] == "match" else ""
        known = [name.removeprefix(inside) for name in ALLOWED if name.startswith(inside)]
        unknown = f"there is no such key; known: {', '.join(name for name in known if '.' not in name)}"
        found.setdefault(place, ALLOWED.get(place, unknown))
    return "; ".join(f"{place}: {said}" for place, said in found.items())


class Faults:
    """The rules in force; of several that fit a request, the oldest answers and all count it as seen."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._seen: list[int] = []

    def add(self, rule: Mapping[str, Any]) -> Fault:
        """Adds a rule and returns it as understood. Raises ValueError with each wrong place of it."""
        try:
            fault = Fault.model_validate(rule)
        except ValidationError as error:
            raise ValueError(_complaint(error)) from None
        self._rules.append(fault)
        self._seen.append(0)
        return fault

    def clear(self) -> None:
        """Forgets every rule."""
        self._rules.clear()
        self._seen.clear()

    def listing(self) -> list[dict[str, Any]]:
        """The rules in order, each with how many requests it has `seen` and how many it has `fired` at."""
        return [
            {
                **rule.model_dump(exclude_none=True),
                "times": rule.times,
                "seen": seen,
                "fired": _fired(rule, seen),
            }
            for rule, seen in zip(self._rules, self._seen, strict=True)
        ]

    def before(self, side: str, scope: Scope, app: ASGIApp) -> ASGIApp | None:
        """The app that answers in place of `app`, or None when no rule fits this request."""
        chosen: Fault | None = None
        for place, rule in enumerate(self._rules):
            if rule.match.fits(side, scope["method"], scope["path"]):
                fired = _fired(rule, self._seen[place])
                self._seen[place] += 1
                if chosen is None and _fired(rule, self._seen[place]) > fired:
                    chosen = rule
        return None if chosen is None else _answering(chosen, app)


def _fired(rule: Fault, seen: int) -> int:
    since = max(0, seen - rule.nth + 1)
    return since if rule.times is None else min(since, rule.times)


def _answering(rule: Fault, app: ASGIApp) -> ASGIApp:
    answer = rule.answer
    if isinstance(answer, Reply):
        return _response(answer)
    if isinstance(answer, Delay):
        return _delayed(answer.delay_s, app)
    return _dropping(app if answer == "apply_then_drop" else None)


def _response(reply: Reply) -> Response:
    if isinstance(reply.body, str):
        return Response(reply.body, reply.status, reply.headers)
    return Response(orjson.dumps(reply.body), reply.status, reply.headers, media_type="application/json")


def _delayed(seconds: float, app: ASGIApp) -> ASGIApp:
    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return later


def _dropping(app: ASGIApp | None) -> ASGIApp:
    async def drop(scope: Scope, receive: Receive, _send: Send) -> None:
        if app is not None:
            await app(scope, receive, _unsent)
        await close_connection(scope, receive)

    return drop


async def _unsent(message: Message) -> None:
    """Takes the answer that the client never gets."""


async def close_connection(scope: Scope, receive: Receive) -> None:
    """Cuts the client's connection without a byte of answer, and returns when it is gone.

    Needs the transport that `serve.CuttableProtocol` puts into the scope.
    """
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass
