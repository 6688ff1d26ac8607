"""Ready-made answers of the CRMs in trouble, by name.

Enters: a name and chance. Leaves: status, headers and body as the vendor sends them. Sources: HubSpot
developers, "Handling errors" and "API usage guidelines"; Salesforce REST API Developer Guide, "Status Codes
and Error Responses"; issue threads of clients for wordings, and for the HTML and empty bodies of gateways.
Assumption: bodies of 423 and 477; the statuses of QUERY_TIMEOUT and TXN_SECURITY_METERING_ERROR.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

from connector.sandbox.faults.asked import Side
from connector.sandbox.faults.firing import Firing
from connector.sandbox.faults.pages import page
from connector.sandbox.hubspot.errors import ApiError
from connector.sandbox.hubspot.limits import daily, secondly, ten_secondly
from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.soap.services import refusal

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
JSON: Mapping[Side | None, str] = {
    "hubspot": "application/json;charset=utf-8",
    "salesforce": "application/json;charset=UTF-8",
}


@dataclass(frozen=True, slots=True)
class Ready:
    """One answer. `side` None: both CRMs give it. `body` is made from a correlation id: text, JSON, or a
    problem of Salesforce's, which says it in JSON or, where that is spoken, in SOAP."""

    side: Side | None
    status: int
    body: Callable[[str], Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, firing: Firing, more_headers: Mapping[str, str] = NO_HEADERS) -> Response:
        """The answer with a correlation id of its own: another one at each request, and of each rule."""
        chance = firing.chance("correlation", firing.rule)
        correlation = str(UUID(int=chance.getrandbits(128), version=4))
        headers = {**self.headers, **more_headers}
        if self.side == "hubspot":
            headers["X-HubSpot-Correlation-Id"] = correlation
        body = self.body(correlation)
        if isinstance(body, str):
            return Response(body, self.status, headers, media_type="text/html" if body else None)
        if isinstance(body, Problem):
            refused = refusal(firing.asked.path, body)
            if refused is not None:
                refused.headers.update(headers)
                return refused
            body = [body.in_request()]
        return Response(orjson.dumps(body), self.status, headers, media_type=JSON[self.side])


def _hubspot(status: int, category: str, message: str, **headers: str) -> Ready:
    return Ready("hubspot", status, ApiError(status, category, message).body, headers)


def _salesforce(status: int, code: str, message: str) -> Ready:
    return Ready("salesforce", status, lambda _id: Problem(code, message))


def _html(status: int, side: Side | None = None) -> Ready:
    return Ready(side, status, lambda reference: page(status, reference))


def _empty(status: int) -> Ready:
    return Ready(None, status, lambda _id: "")


MOVING_S = {"Retry-After": "3600"}
"""Retry-After of an account that moves to another data center: up to 24 hours."""

HUBSPOT_ANSWERS = {
    "rate_limit_burst": Ready("hubspot", 429, ten_secondly().body),
    "rate_limit_daily": Ready("hubspot", 429, daily().body),
    "rate_limit_search": Ready("hubspot", 429, secondly().body),
    "locked_423": _hubspot(423, "LOCKED", "The objects are locked by another operation; wait 2 seconds"),
    "migrating_477": _hubspot(
        477, "MIGRATION_IN_PROGRESS", "This account is being moved to another data center", **MOVING_S
    ),
    "expired_authentication": _hubspot(
        401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired"
    ),
    "missing_scopes": _hubspot(
        403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call."
    ),
    "internal_error": _hubspot(500, "INTERNAL_ERROR", "internal error"),
    "521": _html(521, "hubspot"),
    "523": _html(523, "hubspot"),
    "524": _html(524, "hubspot"),
}
SALESFORCE_ANSWERS = {
    "REQUEST_LIMIT_EXCEEDED": _salesforce(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "CONCURRENT_REQUESTS": _salesforce(
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
    ),
    "INVALID_SESSION_ID": _salesforce(401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "SERVER_UNAVAILABLE": _salesforce(503, "SERVER_UNAVAILABLE", "Server Unavailable"),
    "UNABLE_TO_LOCK_ROW": _salesforce(
        400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"
    ),
    "QUERY_TIMEOUT": _salesforce(400, "QUERY_TIMEOUT", "Your query request was running for too long."),
    "TXN_SECURITY_METERING_ERROR": _salesforce(
        503, "TXN_SECURITY_METERING_ERROR", "The transaction could not be checked in time"
    ),
    "API_CURRENTLY_DISABLED": _salesforce(
        403, "API_CURRENTLY_DISABLED", "API is currently disabled for this organization"
    ),
    "UNKNOWN_EXCEPTION": _salesforce(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred"),
    **{f"html_{status}": _html(status, "salesforce") for status in (406, 420)},
}
ANSWERS: Mapping[str, Ready] = {
    **HUBSPOT_ANSWERS,
    **SALESFORCE_ANSWERS,
    "bad_gateway_html": _html(502),
    "html_503": _html(503),
    "html_504": _html(504),
    **{f"empty_{status}": _empty(status) for status in (406, 420, 503)},
}
