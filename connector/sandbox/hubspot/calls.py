"""The border between HTTP and the simulated HubSpot: authentication, bodies, errors, headers.

What enters: a Starlette request. What leaves: HubSpot's answer, never a traceback for what a client sent.
Source: HubSpot developers, "API usage guidelines and limits" and "Handling errors".
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connector.sandbox.hubspot import scopes
from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.errors import (
    ApiError,
    Problem,
    invalid,
    invalid_values,
    malformed,
    unauthorized,
)
from connector.sandbox.hubspot.limits import Policy
from connector.sandbox.hubspot.sources import API, Source
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.tokens import Grant
from connector.sandbox.orders import Orders, orders_of

MAX_URL = 8_192
"""Longer request lines are answered with 414. Assumption: the exact length."""

_STATUSES = {"OBJECT_NOT_FOUND": 404, "CONFLICT": 409}


@dataclass(slots=True)
class Call:
    """One authenticated request. `path` are the placeholders' values, `query` may repeat names; `base` is the
    address of the server; `content_type` matters for bodies that are not JSON; `source` is who writes."""

    store: HubSpotStore
    path: dict[str, str]
    query: list[tuple[str, str]]
    url_path: str
    raw: bytes
    base: str
    content_type: str
    source: Source
    orders: Orders

    def check_row(self, row: int) -> None:
        """Raises ApiError when a fault lets this row of a batch (from 0) fail."""
        refused = self.orders.refused(row)
        if refused is None:
            return
        if refused.fields:
            raise invalid_values(Problem(name, refused.code, refused.message) for name in refused.fields)
        raise ApiError(_STATUSES.get(refused.code, 400), refused.code, refused.message)

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
        """The same request, one page on, as a whole address (seen in recorded answers)."""
        query = [(key, value) for key, value in self.query if key != "after"]
        return f"{self.base}{self.url_path}?{urlencode([*query, ('after', after)])}"

    def paging(self, after: str) -> dict[str, Any]:
        """The `paging` member of a page that is not the last."""
        return {"paging": {"next": {"after": after, "link": self.next_link(after)}}}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` None sends no body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Reply]


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(
    store: HubSpotStore, handler: Handler, fixed: dict[str, str], policy: Policy | None = "normal"
) -> Endpoint:
    """Wraps a handler. `fixed` are path values that stand in the route as words; `policy` says what it
    counts for: with None it is for anybody, without a token, and counts for nothing."""

    async def answer(request: Request) -> Response:
        raw = await request.body()
        correlation = str(uuid.uuid4())
        headers = {"X-HubSpot-Correlation-Id": correlation}
        try:
            grant = None if policy is None else _let_in(store, request, policy, headers)
            store.catch_up()
            reply = _handled(handler, _call(store, request, raw, fixed, grant))
        except ApiError as error:
            reply = Reply(error.status, error.body(correlation))
        return _response(reply, headers)

    return answer


def _handled(handler: Handler, call: Call) -> Reply:
    if not call.orders.late_s:
        return handler(call)
    with call.store.db.lock, call.store.records.indexed_later(call.orders.late_s):
        return handler(call)


def _call(
    store: HubSpotStore, request: Request, raw: bytes, fixed: dict[str, str], grant: Grant | None
) -> Call:
    query = request.scope.get("query_string", b"")
    if len(request.url.path) + len(query) > MAX_URL:
        raise ApiError(414, "VALIDATION_ERROR", "URI Too Long")
    items = request.query_params.multi_items()
    base = str(request.base_url).rstrip("/")
    kind = request.headers.get("content-type", "")
    path, orders = request.url.path, orders_of(request.scope)
    source = Source(id=grant.app if grant else API.id, obeys_rules="/2026-09/" in path)
    return Call(store, fixed | request.path_params, items, path, raw, base, kind, source, orders)


def _let_in(store: HubSpotStore, request: Request, policy: Policy, headers: dict[str, str]) -> Grant:
    """What the token allows; adds the rate-limit headers.

    Raises ApiError: 401 for the token, 429 for limits, 403 for scopes.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized()
    grant = store.tokens.grant(token.strip(), store.now_ms())
    figures, refusal = store.limits.count(grant, policy)
    headers |= figures
    if refusal is not None:
        raise refusal
    if grant.scopes is not None:
        scopes.check(request.method, request.url.path, grant.scopes)
    return grant


def _response(reply: Reply, headers: dict[str, str]) -> Response:
    headers |= reply.headers
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    headers["Content-Type"] = "application/json;charset=utf-8"
    return Response(orjson.dumps(reply.body), reply.status, headers)
