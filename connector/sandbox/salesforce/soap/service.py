"""One SOAP endpoint: version, session, operation, transaction.

In: a POST to `/services/Soap/x/VERSION`. Out: what the operation answers, or a fault. Source of the refusals:
SOAP API Developer Guide, "API Fault Element"; Assumption: their exact words where no page quotes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.sandbox.orders import Orders, orders_of
from connector.sandbox.salesforce import upkeep
from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.duplicates import Options
from connector.sandbox.salesforce.errors import ApiError, RecordError
from connector.sandbox.salesforce.http import HasSalesforce, unpacked
from connector.sandbox.salesforce.soap import envelope
from connector.sandbox.salesforce.soap.envelope import Envelope, Fault
from connector.sandbox.salesforce.soap.xml import NOTHING, Node, write
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.versions import NEWEST, OLDEST
from connector.sandbox.salesforce.writes import Writing

_VERSION = re.compile(r"(\d{1,3})(?:\.0)?")


@dataclass(frozen=True)
class SoapCall:
    """One call with a valid session."""

    store: SalesforceStore
    version: int
    envelope: Envelope
    orders: Orders

    @property
    def asked(self) -> Node:
        """The element of the operation, with its arguments."""
        return self.envelope.operation

    @cached_property
    def view(self) -> View:
        return self.store.view

    @cached_property
    def writing(self) -> Writing:
        """The running user with the options of the SOAP headers."""
        permissions = frozenset(self.store.permissions)
        return Writing(self.store.user, self.view, self._assigns, self._duplicates, permissions)

    @property
    def _duplicates(self) -> Options:
        asked = self.envelope.header("DuplicateRuleHeader")
        told = NOTHING if asked is None else asked
        return Options(
            allow_save=told.flag("allowSave"),
            details=told.flag("includeRecordDetails"),
            as_current_user=told.flag("runAsCurrentUser"),
            version=self.version,
        )

    @property
    def _assigns(self) -> bool:
        """Unlike REST, SOAP runs the assignment rule only when the header asks for it."""
        rule = self.envelope.header("AssignmentRuleHeader")
        return rule is not None and (rule.flag("useDefaultRule") or bool(rule.value("assignmentRuleId")))

    @property
    def all_or_none(self) -> bool:
        header = self.envelope.header("AllOrNoneHeader")
        return header is not None and header.flag("allOrNone")


Operation = Callable[[SoapCall], object]
"""Gives the content of `result`: a value for `soap.xml.write`."""


@dataclass(frozen=True)
class Service:
    """One of Salesforce's SOAP APIs."""

    path: str
    namespace: str
    faults: str
    operations: Mapping[str, Operation]
    without_session: Mapping[str, Callable[[SalesforceStore, int, Node], object]]
    detailed: bool = False  # faults repeat themselves in a detail, answers tell the usage


def routes(world: HasSalesforce, service: Service) -> list[Route]:
    """The endpoint; clients put more behind the version (an organization id, `deployRequest/ID`)."""

    async def endpoint(request: Request) -> Response:
        return _handled(world.salesforce, service, request, await request.body())

    path = service.path + "/{version}"
    return [Route(path, endpoint, methods=["POST"]), Route(path + "/{rest:path}", endpoint, methods=["POST"])]


def _handled(store: SalesforceStore, service: Service, request: Request, raw: bytes) -> Response:
    try:
        version = _version(request.path_params["version"])
        if "soapaction" not in request.headers:
            raise Fault("Client", "SOAPAction HTTP header missing")
        asked = envelope.read_envelope(_unpacked(request, raw))
        return _answered(store, service, version, asked, orders_of(request.scope))
    except Fault as problem:
        return envelope.fault(service.faults, problem, service.detailed)
    except (ApiError, RecordError) as error:
        first = error.problems[0]
        return envelope.fault(service.faults, Fault(first.code, first.message), service.detailed)


def _unpacked(request: Request, raw: bytes) -> bytes:
    try:
        return unpacked(raw, request.headers)
    except ApiError as error:
        raise Fault("Client", error.problems[0].message) from error


def _version(text: str) -> int:
    """Older than v31.0 is retired: HTTP 500 UNSUPPORTED_API_VERSION."""
    found = _VERSION.fullmatch(text)
    if found is None or not OLDEST <= int(found[1]) <= NEWEST:
        raise Fault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    return int(found[1])


def _answered(
    store: SalesforceStore, service: Service, version: int, asked: Envelope, orders: Orders
) -> Response:
    name = asked.operation.name
    if asked.operation.namespace != service.namespace or not _knows(service, name):
        text = f"No operation available for request {{{asked.operation.namespace}}}{name}"
        raise Fault("Client", f"{text}, please check the WSDL for the service.")
    if name in service.without_session:
        result = service.without_session[name](store, version, asked.operation)
        return envelope.answer(service.namespace, name, result)
    if orders.no_session:
        store.forget_token(asked.session)
    if not store.accepts_token(asked.session):
        text = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found"
        raise Fault("INVALID_SESSION_ID", text)
    store.limits.take()
    result = _run(store, service.operations[name], SoapCall(store, version, asked, orders))
    return envelope.answer(service.namespace, name, result, _usage(store) if service.detailed else "")


def _knows(service: Service, name: str) -> bool:
    return name in service.operations or name in service.without_session


def _run(store: SalesforceStore, operation: Operation, call: SoapCall) -> object:
    """Every call sees and leaves a consistent org: it runs alone, in a transaction."""
    with store.db.lock:
        upkeep.catch_up(store)
    store.clock.tick()
    late_s = call.orders.late_s
    with store.late.transaction(late_s) if late_s else store.db.transaction():
        return operation(call)


def _usage(store: SalesforceStore) -> str:
    used = {"current": store.limits.told(), "limit": store.limits.daily, "type": "API REQUESTS"}
    return write("LimitInfoHeader", {"limitInfo": used})
