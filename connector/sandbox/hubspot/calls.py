"""The border between HTTP and the simulated HubSpot: authentication, bodies, errors, headers.

What enters: a Starlette request. What leaves: HubSpot's answer, never a traceback for what a client sent.
Source: HubSpot developers, "API usage guidelines and limits" and "Handling errors".
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed, unauthorized
from connector.sandbox.hubspot.store import HubSpotStore

MAX_URL = 8_192
"""Longer request lines are answered with 414. Assumption: the exact length."""

TIME_ZONE = ZoneInfo("Europe/Amsterdam")
BURST, DAILY = 190, 1_000_000


@dataclass(slots=True)
class Call:
    """One authenticated request. `path` are the placeholders' values, `query` may repeat names."""

    store: HubSpotStore
    path: dict[str, str]
    query: list[tuple[str, str]]
    url_path: str
    raw: bytes

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def names(self, name: str) -> list[str]:
        """A list parameter, repeated or comma-separated."""
        values = [value for key, value in self.query if key in (name, f"{name}[]")]
        return [part.strip() for value in values for part in value.split(",") if part.strip()]

    def flag(self, name: str) -> bool:
        """A boolean parameter; absent means false. Raises ApiError 400."""
        text = (self.first(name) or "false").lower()
        if text not in ("true", "false"):
            raise invalid(f"{name} must be true or false", name=name)
        return text == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`. Raises ApiError 400."""
        text = self.first(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 9) or not 1 <= int(text) <= most:
            raise invalid(f"{name} must be between 1 and {most}, but was {text}", name=name)
        return int(text)

    def body(self) -> dict[str, Any]:
        """The JSON object of the request. Raises ApiError 400."""
        found = self.json()
        if not isinstance(found, dict):
            raise malformed("an object was expected")
        return found

    def json(self) -> Any:
        """The JSON of the request, whatever it is. Raises ApiError 400."""
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as error:
            raise malformed(str(error)) from None

    def inputs(self, most: int) -> list[dict[str, Any]]:
        """The `inputs` list of a batch body. Raises ApiError 400 when empty, too long or not objects."""
        rows = self.body().get("inputs")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise malformed("inputs must be a list of objects")
        if not rows:
            raise invalid("inputs must not be empty", name="inputs")
        if len(rows) > most:
            raise invalid(f"The maximum number of inputs is {most}, but there are {len(rows)}", name="inputs")
        return rows

    def object_type(self, name: str = "object_type") -> str:
        """The plural name of the type in the path. Raises ApiError 400."""
        given = self.path[name]
        found = TYPE_NAMES.get(given.lower())
        if found is None:
            raise invalid(f"Unable to infer object type from: {given}")
        return found

    def next_link(self, after: str) -> str:
        """The same request, one page on."""
        query = [(key, value) for key, value in self.query if key != "after"]
        return f"{self.url_path}?{urlencode([*query, ('after', after)])}"

    def paging(self, after: str) -> dict[str, Any]:
        """The `paging` member of a page that is not the last."""
        return {"paging": {"next": {"after": after, "link": self.next_link(after)}}}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` None sends no body."""

    status: int
    body: Any = None


Handler = Callable[[Call], Reply]


@dataclass(slots=True)
class Usage:
    """How many requests the account had in the present ten seconds and on the present day."""

    window: int = -1
    in_window: int = 0
    day: str = ""
    in_day: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def count(self, store: HubSpotStore, exempt: bool) -> dict[str, str]:
        """Counts one request and returns the rate-limit headers of its answer (none for search)."""
        now = store.clock.now()
        window, day = int(now.timestamp() // 10), now.astimezone(TIME_ZONE).date().isoformat()
        self.in_window = self.in_window if window == self.window else 0
        self.in_day = self.in_day if day == self.day else 0
        self.window, self.day = window, day
        self.in_day += 1
        if exempt:
            return {}
        self.in_window += 1
        return {
            "X-HubSpot-RateLimit-Daily": str(DAILY),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, DAILY - self.in_day)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(BURST),
            "X-HubSpot-RateLimit-Remaining": str(max(0, BURST - self.in_window)),
            "X-HubSpot-RateLimit-Secondly": str(BURST // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(BURST // 10 - 1),
        }


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(
    store: HubSpotStore, usage: Usage, handler: Handler, fixed: dict[str, str], exempt: bool = False
) -> Endpoint:
    """Wraps a handler. `fixed` are path values that stand in the route as words.

    `exempt` marks search, which does not count against the ten-second limit.
    """

    async def answer(request: Request) -> Response:
        raw = await request.body()
        correlation = str(uuid.uuid4())
        headers = {"X-HubSpot-Correlation-Id": correlation}
        try:
            _check_token(store, request)
            headers |= usage.count(store, exempt)
            reply = handler(_call(store, request, raw, fixed))
        except ApiError as error:
            reply = Reply(error.status, error.body(correlation))
        return _response(reply, headers)

    return answer


def _call(store: HubSpotStore, request: Request, raw: bytes, fixed: dict[str, str]) -> Call:
    query = request.scope.get("query_string", b"")
    if len(request.url.path) + len(query) > MAX_URL:
        raise ApiError(414, "VALIDATION_ERROR", "URI Too Long")
    items = request.query_params.multi_items()
    return Call(store, fixed | request.path_params, items, request.url.path, raw)


def _check_token(store: HubSpotStore, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.strip() not in store.tokens:
        raise unauthorized()


def _response(reply: Reply, headers: dict[str, str]) -> Response:
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    headers["Content-Type"] = "application/json;charset=utf-8"
    return Response(orjson.dumps(reply.body), reply.status, headers)
