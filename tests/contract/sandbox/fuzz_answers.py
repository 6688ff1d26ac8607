"""Asking a simulated CRM over a plain connection, and what may be answered."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 10


@dataclass(frozen=True)
class Target:
    """One thing that can be asked for, at all paths that lead to it."""

    side: str
    method: str
    paths: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The parts of its path."""
        return self.paths[0].split("/")

    def __str__(self) -> str:
        return f"{self.method} {self.paths[0]}"


@dataclass
class Sent:
    """One request as it goes over the wire."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __repr__(self) -> str:
        return f"{self.method} {self.path[:300]} {self.headers} {self.body[:600]!r}"


class Line:
    """One connection to a CRM, opened anew when it was closed."""

    def __init__(self, url: str) -> None:
        split = urlsplit(url)
        self._open = http.client.HTTPConnection(str(split.hostname), split.port, timeout=TIMEOUT_S)

    def ask(self, sent: Sent) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers, body. Raises OSError or HTTPException when there is no whole answer."""
        try:
            self._open.putrequest(sent.method, sent.path, skip_host="Host" in sent.headers)
            for name, value in (sent.headers | {"Content-Length": str(len(sent.body))}).items():
                self._open.putheader(name, value)
            self._open.endheaders(sent.body)
            answer = self._open.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self._open.close()
            raise

    def close(self) -> None:
        """Ends the connection."""
        self._open.close()


def wrong_with(
    target: Target, sent: Sent, status: int, headers: Mapping[str, str], body: bytes
) -> str | None:
    """What the vendor would not answer; None when the answer is as it should be."""
    if status >= 500 and not (status == 500 and b"soapenv:Fault" in body):
        return f"status {status}: {body[:300]!r}"
    if sent.method == "HEAD":
        return "HEAD has a body" if body else None
    if "json" in headers.get("Content-Type", ""):
        try:
            told = json.loads(body)
        except ValueError:
            return f"no JSON: {body[:300]!r}"
        if status >= 400 and not _envelope(target, told):
            return f"not the vendor's error: {body[:300]!r}"
        return None
    return (
        None
        if status < 400 or _page(target, status, body)
        else f"error without JSON: {status} {body[:300]!r}"
    )


def _envelope(target: Target, told: Any) -> bool:
    if target.side == "hubspot":
        names = ("status", "message", "correlationId") + (() if "oauth" in target.words else ("category",))
        return all(isinstance(told.get(name), str) and told[name] for name in names)
    if isinstance(told, dict) and "oauth2" in target.words:
        return {"error", "error_description"} <= told.keys()
    if isinstance(told, dict) and "async" in target.words:
        return {"exceptionCode", "exceptionMessage"} <= told.keys()
    return _is_salesforce_error(told)


def _is_salesforce_error(told: Any) -> bool:
    return isinstance(told, list) and all(
        isinstance(each.get("message"), str) and isinstance(each.get("errorCode"), str) for each in told
    )


def _page(target: Target, status: int, body: bytes) -> bool:
    """The few errors that are no JSON: of the files of exports; gateway pages, bad tokens, SOAP faults."""
    if target.side == "hubspot":
        return "/exports/files/" in target.paths[0]
    page = status in (414, 431) or body == b"Bad_OAuth_Token" or b"soapenv:Fault" in body
    return page or (body.startswith(b"error=") and "oauth2" in target.words)
