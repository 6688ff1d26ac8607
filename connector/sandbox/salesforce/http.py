"""What every REST resource has in common: version, session, JSON, error bodies, usage header.

In: raw HTTP requests. Out: Call objects for the handlers, and their answers as responses. It knows no
resource.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import orjson
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.sandbox.orders import Orders, orders_of
from connector.sandbox.salesforce import upkeep
from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.duplicates import options as duplicate_options
from connector.sandbox.salesforce.errors import ApiError, Problem, RecordError, refuse
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.versions import NEWEST, OLDEST
from connector.sandbox.salesforce.writes import Writing

LONGEST_URL = 16_384  # bytes (REST API Developer Guide, "Status Codes": 414 and 431)
METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")
_VERSION = re.compile(r"v(\d{1,3})\.0")


class HasSalesforce(Protocol):
    """The part of the simulated world that the handlers need."""

    @property
    def salesforce(self) -> SalesforceStore: ...


class Acting(Protocol):
    """What calls of REST and of SOAP have in common: the org, what the user sees and may write."""

    @property
    def store(self) -> SalesforceStore: ...

    @property
    def view(self) -> View: ...

    @property
    def writing(self) -> Writing: ...


@dataclass(frozen=True)
class Call:
    """One request to a versioned resource, with a valid session."""

    store: SalesforceStore
    version: int
    base: str
    parts: Mapping[str, str]
    query: QueryParams
    headers: Headers
    raw: bytes
    method: str
    orders: Orders

    @cached_property
    def view(self) -> View:
        return self.store.view

    @cached_property
    def writing(self) -> Writing:
        """The running user with the options that the request's headers set."""
        assign = self.headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE"
        header = self.headers.get("sforce-duplicate-rule-header", "")
        duplicates = duplicate_options(header, self.version, self.base)
        return Writing(self.store.user, self.view, assign, duplicates, frozenset(self.store.permissions))

    def check_row(self, row: int) -> None:
        """Raises RecordError when a fault lets this row of a batch (from 0) fail."""
        check_row(self.orders, row)

    def kind(self, name: str | None = None) -> ObjectType:
        """The object type named in the path; 404 if the user sees none of that name."""
        kind = self.view.find(self.parts["type"] if name is None else name)
        if kind is None:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return kind

    def body(self) -> dict[str, object]:
        """The JSON object in the body."""
        parsed = self._parsed()
        if not isinstance(parsed, dict):
            raise ApiError(
                400, "JSON_PARSER_ERROR", "Unexpected token: a JSON object is expected at [line:1, column:1]"
            )
        return parsed

    def _parsed(self) -> object:
        kind = self.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type {kind} is not supported")
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as error:
            text = f"{error.msg} at [line:{error.lineno}, column:{error.colno}]"
            raise ApiError(400, "JSON_PARSER_ERROR", text) from error


def check_row(orders: Orders, row: int) -> None:
    """Raises RecordError when a fault lets this row of a batch (from 0) fail."""
    refused = orders.refused(row)
    if refused is not None:
        raise refuse(refused.code, refused.message, *refused.fields)


Handler = Callable[[Call], Response]


def answer(body: object, status: int = 200) -> Response:
    """JSON."""
    return Response(orjson.dumps(body), status, media_type="application/json;charset=UTF-8")


def nothing(status: int = 204) -> Response:
    return Response(status_code=status)


def problems(found: list[Problem], status: int) -> Response:
    """The error array of a whole request."""
    return answer([problem.in_request() for problem in found], status)


class Resource(Route):
    """A route whose handlers a subrequest can reach too."""

    def __init__(self, path: str, world: HasSalesforce, handlers: Mapping[str, Handler]) -> None:
        super().__init__(path, _endpoint(world, handlers), methods=METHODS)
        self.handlers = handlers

    def handler(self, call: Call) -> Handler:
        """The handler for the method of a call. Raises METHOD_NOT_ALLOWED."""
        return _handler(self.handlers, call.method)


def rest(world: HasSalesforce, path: str, **by_method: Handler) -> Resource:
    """A resource under a version: `path` follows `/services/data/vXX.X`."""
    return Resource("/services/data/{version}" + path, world, by_method)


def _endpoint(world: HasSalesforce, by_method: Mapping[str, Handler]) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        store = world.salesforce
        response = _too_long(request) or _handled(store, request, raw, by_method)
        response.headers["Sforce-Limit-Info"] = store.limits.header()
        return response

    return endpoint


def _too_long(request: Request) -> Response | None:
    """Too long a URL, or URL and headers together, is refused before anything is looked at."""
    url = len(request.scope.get("raw_path", b"")) + len(request.scope["query_string"])
    if url > LONGEST_URL:
        return Response(
            "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", 414, media_type="text/html"
        )
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.raw)
    if url + headers > LONGEST_URL:
        text = "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>"
        return Response(text, 431, media_type="text/html")
    return None


def _handled(
    store: SalesforceStore, request: Request, raw: bytes, by_method: Mapping[str, Handler]
) -> Response:
    try:
        version = api_version(request.path_params.get("version", f"v{NEWEST}.0"))
        _check_session(store, request.headers)
        store.limits.take()
        call = _call(store, request, raw, version)
        return _run(store, call, _handler(by_method, call.method))
    except ApiError as error:
        return problems(error.problems, error.status)
    except RecordError as error:
        return problems(error.problems, error.status)


def _handler(by_method: Mapping[str, Handler], method: str) -> Handler:
    handler = by_method.get(method)
    if handler is None:
        text = f"HTTP Method '{method}' not allowed. Allowed are {','.join(by_method)}"
        raise ApiError(405, "METHOD_NOT_ALLOWED", text)
    return handler


def _run(store: SalesforceStore, call: Call, handler: Handler) -> Response:
    """Every request sees and leaves a consistent org: it runs alone, a writing one in a transaction."""
    with store.db.lock:
        upkeep.catch_up(store)
    if call.method == "GET":
        with store.db.lock:
            store.late.settle()
            return handler(call)
    store.clock.tick()
    late_s = call.orders.late_s
    with (
        store.late.transaction(late_s) if late_s else store.db.transaction(),
        store.db.changes.of(f"com/salesforce/api/rest/{call.version}.0"),
    ):
        return handler(call)


def _call(store: SalesforceStore, request: Request, raw: bytes, version: int) -> Call:
    base = f"/services/data/v{version}.0"
    method = "GET" if request.method == "HEAD" else request.method
    return Call(
        store,
        version,
        base,
        request.path_params,
        request.query_params,
        request.headers,
        unpacked(raw, request.headers),
        method,
        orders_of(request.scope),
    )


def unpacked(raw: bytes, headers: Headers) -> bytes:
    """The body as it was before compression. Raises ApiError."""
    packing = headers.get("content-encoding", "").lower()
    try:
        if packing == "gzip":
            return gzip.decompress(raw)
        return zlib.decompress(raw) if packing == "deflate" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ApiError(400, "JSON_PARSER_ERROR", "the body is not compressed as its header says") from error


def api_version(text: str) -> int:
    """The version number. Assumption: the texts of the refusals; the statuses are documented."""
    match = _VERSION.fullmatch(text)
    if match is None or int(match[1]) > NEWEST:
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
    number = int(match[1])
    if number < OLDEST:
        raise ApiError(
            410, "GONE", f"The requested resource is no longer available: API version {number}.0 is retired"
        )
    return number


def _check_session(store: SalesforceStore, headers: Headers) -> None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "oauth") or not store.accepts_token(token.strip()):
        raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
