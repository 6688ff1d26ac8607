"""The control interface of the simulated CRMs: `/_sandbox/` on both ports, off the real paths and uncounted.

Enters: JSON of a test or a person at the command line. Leaves: JSON. It never needs credentials,
and speaks of the CRM on whose port it was asked (requests, records) or of what both share (the rest).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from inspect import isawaitable
from itertools import islice
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.sandbox import company
from connector.sandbox.hubspot import settings as hubspot_settings
from connector.sandbox.hubspot import webhooks
from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.people import on_request
from connector.sandbox.people.simulation import REFUSALS
from connector.sandbox.salesforce import change_events
from connector.sandbox.salesforce import settings as salesforce_settings
from connector.sandbox.world import CrmName, World

ALL = 10**9
"""More records than any simulated CRM holds."""

Answer = Callable[[Request, dict[str, Any]], Any]
"""Takes the request and its JSON body, gives what goes out as JSON, at once or in time; LookupError 404,
ValueError 400, as what the CRMs themselves refuse."""


def routes(world: World, name: CrmName) -> list[Route]:
    """The control routes of one port."""
    control = _Control(world, name)
    own = [
        _route("/bulk", POST=control.post_bulk),
        _route(
            "/webhooks", GET=control.get_webhooks, POST=control.post_webhooks, DELETE=control.delete_webhooks
        ),
    ]
    changes = _route("/change-events", GET=control.get_changes, POST=control.post_changes)
    return [
        *(own if name == "hubspot" else [changes]),
        _route("/settings", GET=control.get_settings, POST=control.post_settings),
        _route("/requests", GET=control.get_requests, DELETE=control.delete_requests),
        _route("/clock", GET=control.get_clock, POST=control.post_clock),
        _route("/records/{type}", GET=control.get_records),
        _route("/faults", GET=control.get_faults, POST=control.post_faults, DELETE=control.delete_faults),
        _route("/faults/{id:int}", DELETE=control.delete_fault),
        _route("/latency", GET=control.get_latency, POST=control.post_latency, DELETE=control.delete_latency),
        _route("/convert", POST=control.post_convert),
        _route("/day", POST=control.post_day),
        _route("/people", POST=control.post_people),
        _route("/reset", POST=control.post_reset),
    ]


def _route(path: str, **by_method: Answer) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            body = _object(await request.body())
            answer = by_method["GET" if request.method == "HEAD" else request.method](request, body)
            return _json(await answer if isawaitable(answer) else answer)
        except (*REFUSALS, ValueError, LookupError, OverflowError) as error:
            return _json({"error": str(error)}, 404 if isinstance(error, LookupError) else 400)

    return Route("/_sandbox" + path, endpoint, methods=list(by_method))


def _object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise ValueError("the body must be a JSON object")
    return parsed


def _json(answer: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")


class _Control:
    def __init__(self, world: World, name: CrmName) -> None:
        self.world, self.name = world, name

    def get_requests(self, _request: Request, _body: dict[str, Any]) -> Any:
        return self.world.requests[self.name].counts()

    def delete_requests(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.requests[self.name].reset()
        return self.get_requests(request, body)

    def get_clock(self, _request: Request, _body: dict[str, Any]) -> Any:
        return {"now": self.world.clock.now().isoformat()}

    def post_clock(self, request: Request, body: dict[str, Any]) -> Any:
        if "now" in body:
            self.world.clock.set(datetime.fromisoformat(_text(body, "now")))
        elif isinstance(body.get("advance_s"), int | float):
            self.world.clock.advance(body["advance_s"])
        else:
            raise ValueError('give {"advance_s": seconds} or {"now": ISO time with zone}')
        self.world.save()
        return self.get_clock(request, body)

    def get_records(self, request: Request, _body: dict[str, Any]) -> Any:
        """All of it in one answer, or `?limit` rows `?after` so many; `next` is then where to go on."""
        store = self.world.hubspot if self.name == "hubspot" else self.world.salesforce
        type_name, asked = request.path_params["type"], request.query_params
        after, limit = int(asked.get("after", 0)), int(asked.get("limit", ALL))
        try:
            found = list(islice(store.all(type_name, include_deleted=True), after, after + limit + 1))
        except LookupError as error:
            raise LookupError(f"no records of type {type_name!r} here") from error
        return {"results": found[:limit], "next": after + limit if len(found) > limit else None}

    def get_settings(self, _request: Request, _body: dict[str, Any]) -> Any:
        if self.name == "hubspot":
            return hubspot_settings.read(self.world.hubspot)
        return salesforce_settings.read(self.world.salesforce)

    def post_settings(self, _request: Request, body: dict[str, Any]) -> Any:
        if self.name == "hubspot":
            return hubspot_settings.change(self.world.hubspot, body)
        return salesforce_settings.change(self.world.salesforce, body)

    def post_bulk(self, _request: Request, body: dict[str, Any]) -> Any:
        """{"type": "contacts"}: all get one modification date, as in HubSpot's own bulk updates."""
        kind = _text(body, "type")
        if kind not in TYPE_NAMES:
            raise LookupError(f"no records of type {kind!r} here")
        return {"changed": self.world.hubspot.system_touch(kind), "now": self.world.clock.now().isoformat()}

    def get_changes(self, request: Request, _body: dict[str, Any]) -> Any:
        """Salesforce's change events behind the replay id `?after`."""
        after = int(request.query_params.get("after", 0))
        with self.world.salesforce.db.lock:
            return {"events": change_events.events(self.world.salesforce, after)}

    def post_changes(self, request: Request, body: dict[str, Any]) -> Any:
        """Too much happened to a type at once: an overflow event."""
        with self.world.salesforce.db.transaction():
            change_events.overflow(self.world.salesforce, _text(body, "overflow"))
        return self.get_changes(request, body)

    def get_webhooks(self, _request: Request, _body: dict[str, Any]) -> Any:
        hooks = self.world.hubspot.webhooks
        url = hooks.target.url if hooks.target else None
        return {
            "url": url,
            "waiting": hooks.waiting(),
            "delivered": hooks.delivered,
            "refused": hooks.refused,
        }

    def post_webhooks(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.hubspot.webhooks.configure(webhooks.target_from(body))
        return self.get_webhooks(request, body)

    def delete_webhooks(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.hubspot.webhooks.configure(None)
        return self.get_webhooks(request, body)

    def get_faults(self, _request: Request, _body: dict[str, Any]) -> Any:
        return {"faults": self.world.faults.listing()}

    def post_faults(self, request: Request, body: dict[str, Any]) -> Any:
        added = self.world.faults.add(body)
        return {"id": added, **self.get_faults(request, body)}

    def delete_fault(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.faults.remove(request.path_params["id"])
        return self.get_faults(request, body)

    def delete_faults(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.faults.clear()
        return self.get_faults(request, body)

    def get_latency(self, _request: Request, _body: dict[str, Any]) -> Any:
        return self.world.latency.shown()

    def post_latency(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.latency.switch_on(body)
        return self.get_latency(request, body)

    def delete_latency(self, request: Request, body: dict[str, Any]) -> Any:
        self.world.latency.clear()
        return self.get_latency(request, body)

    def post_convert(self, _request: Request, body: dict[str, Any]) -> Any:
        return self.world.salesforce.convert(
            _text(body, "lead"),
            contact=body.get("contact"),
            account=body.get("account"),
            opportunity=bool(body.get("opportunity", True)),
        )

    async def post_day(self, _request: Request, body: dict[str, Any]) -> Any:
        return await on_request.day(self.world, body)

    async def post_people(self, _request: Request, body: dict[str, Any]) -> Any:
        return await on_request.people(self.world, body)

    async def post_reset(self, _request: Request, body: dict[str, Any]) -> Any:
        """Empties both CRMs, but for owners and users; with "contacts", seeds the company anew."""
        contacts, seed = _whole(body, "contacts", 0), _whole(body, "seed", self.world.seed)
        async with self.world.at_work:
            self.world.reset()
            return company.seed(self.world, contacts, seed)


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise ValueError(f'"{key}" must be a text')
    return value


def _whole(body: dict[str, Any], key: str, default: int) -> int:
    value = body.get(key, default)
    if not isinstance(value, int) or value < 0:
        raise ValueError(f'"{key}" must be a whole number, 0 or more')
    return value
