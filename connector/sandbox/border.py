"""What stands around one simulated CRM's own routes.

Enters: its routes. Leaves: an ASGI app that counts requests, lets the hooks (latency, faults) come between,
answers with the virtual `Date`, serves the control interface and the pages for a person, and never shows a
traceback to a client.
"""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Collection, Iterable
from email.utils import format_datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector.sandbox import control, guard
from connector.sandbox.hubspot.app import routes as hubspot_routes
from connector.sandbox.hubspot.errors import ApiError
from connector.sandbox.salesforce.app import routes as salesforce_routes
from connector.sandbox.ui import routes as ui
from connector.sandbox.world import CrmName, World

CONTROL_PREFIX = "/_sandbox/"


class Border:
    """What stands around one CRM's routes: trailing slashes, hooks, counts and the virtual `Date`."""

    def __init__(self, world: World, name: CrmName, app: Starlette, hosts: Collection[str]) -> None:
        self.world, self.name, self.app, self.hosts = world, name, app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except ClientDisconnect:
            pass  # a client that hung up is nobody's fault
        except Exception as error:
            traceback.print_exception(error)
            raise

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"] = scope["path"].rstrip("/") or "/"
        if scope["path"] in ("/", CONTROL_PREFIX.rstrip("/")) and scope["method"] == "GET":
            await RedirectResponse(guard.PAGES)(scope, receive, send)  # somebody with a browser
            return
        if scope["path"].startswith(CONTROL_PREFIX):
            refused = guard.refusal(Request(scope), self.hosts)
            answer = self.app if refused is None else Response(refused, 403, media_type="text/plain")
            await answer(scope, receive, send)
            return
        scope["route_template"] = template(self.app.routes, scope)
        self.world.requests[self.name].count(f"{scope['method']} {scope['route_template']}")
        target: ASGIApp = self.app
        for hook in reversed(self.world.hooks):
            target = hook(self.name, scope, target) or target
        await target(scope, receive, _dated(self.world, send))


def _dated(world: World, send: Send) -> Send:
    async def dated(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("date", format_datetime(world.clock.now(), usegmt=True))
        await send(message)

    return dated


def template(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """The path of the route that this request goes to, with {placeholders}; else the path itself."""
    partial: str | None = None
    for route in routes:
        if isinstance(route, Route):
            match, _ = route.matches(scope)
            if match is Match.FULL:
                return route.path
            if match is Match.PARTIAL and partial is None:
                partial = route.path
    return partial or str(scope["path"])


def app_of(world: World, name: CrmName, hosts: Collection[str] = ()) -> ASGIApp:
    """One CRM as an ASGI app, with the control interface and the pages for a person.

    `hosts` are names of choice under which browsers may ask for those, beside this machine's own.
    """
    own = world.faults.routes[name] = _own_routes(world, name)
    app = Starlette(
        routes=[*control.routes(world, name), *ui.routes(world, name), *own],
        exception_handlers={404: _NOT_FOUND[name], 405: _NOT_FOUND[name], Exception: _BROKEN[name]},
    )
    app.router.redirect_slashes = False
    return Border(world, name, app, hosts)


def _own_routes(world: World, name: CrmName) -> list[Route]:
    return hubspot_routes(world) if name == "hubspot" else salesforce_routes(world)


async def _hubspot_not_found(request: Request, error: Exception) -> Response:
    status, message = getattr(error, "status_code", 404), f"No {request.method} at {request.url.path}"
    return _hubspot_error(ApiError(status, "OBJECT_NOT_FOUND", message))


async def _salesforce_not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001
    if getattr(error, "status_code", 404) == 405:
        return _json([{"message": "HTTP Method not allowed", "errorCode": "METHOD_NOT_ALLOWED"}], 405)
    return _json([{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}], 404)


async def _hubspot_broken(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _hubspot_error(ApiError(500, "INTERNAL_ERROR", "internal error"))


def _hubspot_error(error: ApiError) -> Response:
    correlation = str(uuid.uuid4())
    response = _json(error.body(correlation), error.status)
    response.headers["X-HubSpot-Correlation-Id"] = correlation
    return response


async def _salesforce_broken(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _json([{"message": "An unexpected error occurred", "errorCode": "UNKNOWN_EXCEPTION"}], 500)


_NOT_FOUND = {"hubspot": _hubspot_not_found, "salesforce": _salesforce_not_found}
_BROKEN = {"hubspot": _hubspot_broken, "salesforce": _salesforce_broken}


def _json(body: Any, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
