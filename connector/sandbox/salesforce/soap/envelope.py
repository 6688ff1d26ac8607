"""SOAP envelopes and Salesforce's faults.

In: the body of a POST. Out: the operation asked for, with the headers around it; answers and faults as XML.
It knows no operation. Source: SOAP API Developer Guide, "SOAP Header Options", "API Fault Element".
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from connector.sandbox.salesforce.soap.xml import XSI, Node, XmlProblem, read, write

SOAP_NAMESPACE = "http://schemas.xmlsoap.org/soap/envelope/"
MOST_BYTES = 52_428_800  # 50 MB (Metadata API Developer Guide, "deploy()")


class Fault(Exception):  # noqa: N818  # the client's, named as in SOAP
    """The call fails as a whole. `code` is one of Salesforce's exception codes, or Client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Envelope:
    """A read call."""

    headers: tuple[Node, ...]
    operation: Node

    def header(self, name: str) -> Node | None:
        """The header of this name; in it stand its values."""
        return next((each for each in self.headers if each.name == name), None)

    @property
    def session(self) -> str:
        """The session id; empty when none was sent."""
        found = self.header("SessionHeader")
        return "" if found is None else found.value("sessionId")


def read_envelope(raw: bytes) -> Envelope:
    """Raises Fault for what is no envelope with one operation in it."""
    if len(raw) > MOST_BYTES:
        text = f"Maximum size of request reached. Maximum size of request is {MOST_BYTES} bytes"
        raise Fault("EXCEEDED_MAX_SIZE_REQUEST", text)
    root = _root(raw)
    if root.name != "Envelope" or root.namespace != SOAP_NAMESPACE:
        raise Fault("Client", f"Expected a SOAP envelope, found {{{root.namespace}}}{root.name}")
    body = root.child("Body")
    if body is None or not body.children:
        raise Fault("Client", "The SOAP body holds no operation")
    head = root.child("Header")
    return Envelope(tuple(head.children if head else ()), body.children[0])


def _root(raw: bytes) -> Node:
    try:
        return read(raw)
    except XmlProblem as problem:
        raise Fault("Client", f"{problem} at line {problem.line}, column {problem.column}") from problem


def answer(namespace: str, operation: str, result: object, header: str = "") -> Response:
    """The response to an operation. `result` is written as one or, for a list, several `result` elements."""
    inner = write("result", result)
    body = f"<{operation}Response>{inner}</{operation}Response>"
    return _response(f' xmlns="{namespace}"', body, 200, header)


def fault(namespace: str, problem: Fault, detailed: bool) -> Response:
    """HTTP 500 with a Fault; `detailed` repeats it in a detail, as the partner API does."""
    if problem.code == "Client":
        return _response("", _fault_body("soapenv:Client", problem.message, ""), 500)
    named = {"sf:exceptionCode": problem.code, "sf:exceptionMessage": problem.message}
    marked = {"@xsi:type": "sf:UnexpectedErrorFault", **named}
    detail = write("detail", {"sf:UnexpectedErrorFault": marked}) if detailed else ""
    text = f"{problem.code}: {problem.message}"
    return _response(f' xmlns:sf="{namespace}"', _fault_body(f"sf:{problem.code}", text, detail), 500)


def _fault_body(code: str, text: str, detail: str) -> str:
    inner = write("faultcode", code) + write("faultstring", text) + detail
    return f"<soapenv:Fault>{inner}</soapenv:Fault>"


def _response(namespaces: str, body: str, status: int, header: str = "") -> Response:
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP_NAMESPACE}"'
        f'{namespaces} xmlns:xsi="{XSI}">{head}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
    )
    return Response(text, status, media_type="text/xml;charset=UTF-8")
