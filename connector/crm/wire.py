"""What both adapters need of HTTP: bounded bodies, strict JSON, the server's clock, and what a broken line
means.

Enters: raw bytes, headers and the exceptions of urllib3 and requests. Leaves: parsed JSON or our errors. It
sends nothing itself and never puts a body or a header into a message.
"""

import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, TypeVar

import orjson
from requests import exceptions as rq
from urllib3 import exceptions as u3

from connector.errors import Refused, Retry, SmarketingError, Stop, Unknown

T = TypeVar("T")

MAX_BODY = 64 * 1024 * 1024
"""Longest answer that is read, in bytes: ten times the largest honest page."""

_CODE = re.compile(r"[A-Za-z0-9_.]{1,80}")
_FIELD = re.compile(r"[A-Za-z0-9_]{1,120}")


class VendorRefusal(Refused):
    """The CRM refused a whole request. ``detail``: its parsed answer, for the adapter's eyes only."""

    def __init__(
        self, message: str, *, code: str, status: int, detail: Any = None, fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, code=code, fields=fields)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Answer:
    """One successful answer. Header names are in lower case."""

    body: bytes
    headers: Mapping[str, str]

    def server_time(self) -> datetime:
        """The CRM's clock from the ``Date`` header, aware. Raises ValueError when there is none."""
        return parsedate_to_datetime(self.headers.get("date", "")).astimezone(UTC)


def quiet_clients() -> None:
    """Keep the clients' debug logs off: they hold URLs with queries, bodies and headers."""
    for name in ("urllib3", "requests", "hubspot", "simple_salesforce"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def lower_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name in lower case."""
    return {name.lower(): value for name, value in headers}


def bounded(chunks: Iterable[bytes], who: str) -> bytes:
    """Join a body, at most ``MAX_BODY`` bytes of it. Raises Unknown when it is longer."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY:
            raise Unknown(f"{who} sent an answer of more than {MAX_BODY // 2**20} MB")
        parts.append(chunk)
    return b"".join(parts)


def understood(body: bytes, expect: Callable[[Any], T], who: str, what: str) -> T:
    """Parse JSON and let ``expect`` take out what is needed.

    An answer that cannot be parsed or lacks what it must have is a lost answer: HTML of a gateway, a body
    cut short. ``expect`` gets None for an empty body. Raises Unknown.
    """
    try:
        return expect(orjson.loads(body) if body else None)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Unknown(f"{who} sent an unreadable answer ({what}: {type(error).__name__})") from None


def json_or_none(body: bytes | str | None) -> Any:
    """The parsed body of an error answer, None when it is not JSON."""
    try:
        return orjson.loads(body or b"")
    except ValueError:
        return None


def safe_code(text: object, default: str = "REFUSED") -> str:
    """A vendor's error code fit for a message: one word, never a sentence that may quote a value."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else default


def safe_fields(names: Iterable[object]) -> tuple[str, ...]:
    """Field names fit for a message, without repeats, in order."""
    return tuple(dict.fromkeys(n for n in names if isinstance(n, str) and _FIELD.fullmatch(n)))


def refusal_text(who: str, code: str, fields: Sequence[str]) -> str:
    """The message of a refusal: code and field names, no values."""
    return f"{who} refused: {code}" + (f" ({', '.join(fields)})" if fields else "")


# ---------------------------------------------------------------- broken lines

_NOT_SENT = (u3.NewConnectionError, u3.ConnectTimeoutError, u3.NameResolutionError, rq.ConnectTimeout)


_CA_SETTING = {"HubSpot": "SSL_CERT_FILE", "Salesforce": "REQUESTS_CA_BUNDLE"}
"""What tells each side's client of further authorities (urllib3 asks OpenSSL, requests has its own)."""


def line_error(error: Exception, who: str, base_url: str, what: str) -> SmarketingError | None:
    """Our error for a transport failure of urllib3 or requests; None when ``error`` is none of these.

    No connection at all: nothing was sent, Retry. A line that broke later: Unknown. A certificate that does
    not verify: Stop.
    """
    if not isinstance(error, u3.HTTPError | rq.RequestException | OSError):
        return None
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Stop(
            f"the certificate of {who} at {base_url} does not verify",
            fix=f"Check {who.lower()}.url and what this machine trusts ({_CA_SETTING[who]}=/path/to/ca.pem)",
            reason="tls",
        )
    if any(isinstance(cause, _NOT_SENT) for cause in causes):
        return Retry(
            f"cannot reach {who} at {base_url}: {_plain(causes)}",
            fix=f"Check the network and {who.lower()}.url",
        )
    return Unknown(f"the connection to {who} broke ({what})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it wraps and what caused it."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        each = todo.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]


def _plain(causes: Sequence[BaseException]) -> str:
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "connection refused"
    if any(isinstance(cause, socket.gaierror | u3.NameResolutionError) for cause in causes):
        return "the name does not resolve"
    if any(isinstance(cause, u3.ConnectTimeoutError | rq.ConnectTimeout | TimeoutError) for cause in causes):
        return "no answer to the connection attempt"
    return "no connection"


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, where simulated CRMs live."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def chunked(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
