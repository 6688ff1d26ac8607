"""Requests nobody would send, made from the route tables of the simulated CRMs.

A request starts as a sensible one (see `fuzz_examples`) and is spoiled in a few places (see `fuzz_junk`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote_from_bytes
from xml.sax.saxutils import escape, quoteattr

from fuzz_answers import Sent, Target
from fuzz_examples import (
    DEPLOY,
    HUBSPOT,
    IMPORT,
    IMPORT_CSV,
    METADATA,
    PARAMETERS,
    PLAUSIBLE,
    QUERIES,
    SALESFORCE,
    SERVICES,
    TEXTS,
)
from fuzz_ground import package
from fuzz_junk import ENDINGS, HEADERS, JUNK, METHODS, PIECES, RAW, singly_spoiled, spoiled, spoiled_text
from hypothesis import strategies as st
from starlette.routing import Route

from connector.sandbox.hubspot.catalog import TYPE_NAMES

Body = tuple[str, bytes]
"""A content type and bytes."""
EXAMPLES: Mapping[str, dict[str, Any]] = {"hubspot": HUBSPOT, "salesforce": SALESFORCE}
ENVELOPE, XSI = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2001/XMLSchema-instance"
SESSION = f'<SessionHeader xmlns="{METADATA}"><sessionId>$TOKEN</sessionId></SessionHeader>'
PACKAGE_ZIP = package()
_VERSION = re.compile(r"v\d|2026-\d\d")


def targets(side: str, routes: Iterable[Route]) -> list[Target]:
    """Everything that the routes answer; versions and object types of one route are one target."""
    found: dict[tuple[str, str], list[str]] = {}
    for route in routes:
        own = getattr(route, "handlers", None) or (route.methods or set()) - {"HEAD"}
        for method in sorted(own):
            found.setdefault((method, _shape(route.path)), []).append(route.path)
    return [Target(side, method, tuple(paths)) for (method, _), paths in found.items()]


def _shape(path: str) -> str:
    words = ["{object_type}" if word in TYPE_NAMES else word for word in path.split("/")]
    return "/".join(word for word in words if not _VERSION.fullmatch(word))


# A request


def request(target: Target, method: str, path: str, body: Body, names: Mapping[str, str]) -> Sent:
    """A request with a valid token. `names` are what words like `$LEAD` stand for."""
    token = names["$TOKEN"] if target.side == "salesforce" else "sandbox"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": body[0], "SOAPAction": '""'}
    return Sent(method, _named(path.encode(), names).decode(), headers, _named(body[1], names))


_NAME = re.compile(rb"(?:\$|%24)([A-Z]+2?3?)")


def _named(raw: bytes, names: Mapping[str, str]) -> bytes:
    return _NAME.sub(lambda found: names.get(f"${found[1].decode()}", found[0].decode()).encode(), raw)


def each_place_spoiled(target: Target, names: Mapping[str, str]) -> Iterator[Sent]:
    """Sensible requests in whose bodies each place in turn is gone, or holds something of each kind."""
    if target.method in ("GET", "DELETE") or _is_text(target):
        return
    path = _PLACEHOLDER.sub(lambda found: _quoted(_plausible(found)[0]), target.paths[-1])
    for example in _examples(target):
        for body in singly_spoiled(example):
            yield request(target, target.method, path, written(target, body), names)


_ALL = ("path", "query", "method", "headers", "body")
SPOILS = st.one_of(
    st.just(frozenset[str]()),
    st.sampled_from((*("body",) * 6, "query", "query", "path", "method", "headers")).map(
        lambda one: frozenset({one})
    ),
    st.sets(st.sampled_from(_ALL)).map(frozenset),
)
"""What of a request is spoiled: nothing, one thing, or anything."""


@st.composite
def requests_to(draw: st.DrawFn, target: Target, names: Mapping[str, str]) -> Sent:
    """A request to a target, spoiled here and there. `names` are what words like `$LEAD` stand for."""
    spoils = draw(SPOILS)
    path = draw(_paths(draw(st.sampled_from(target.paths)), "path" in spoils))
    query = draw(st.lists(_parameters("query" in spoils), max_size=3))
    if target.side == "salesforce" and "query" in path.lower().split("/"):
        query.append(f"q={_quoted(draw(_soql('query' in spoils)))}")
    method = draw(st.sampled_from(METHODS)) if "method" in spoils else target.method
    without = method in ("GET", "HEAD", "TRACE", "OPTIONS") and len(spoils) < 2
    body = ("application/json", b"") if without else draw(_bodies(target, "body" in spoils))
    sent = request(target, method, path + ("?" + "&".join(query) if query else ""), body, names)
    if "headers" in spoils:
        sent.headers |= draw(st.sampled_from(HEADERS))
    return sent


_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


def _plausible(found: re.Match[str]) -> tuple[str, ...]:
    name = found[1].partition(":")[0]
    bare = name == "version" and "data" not in found.string.split("/")
    return PLAUSIBLE.get("bare_version" if bare else name, ("x",))


@st.composite
def _paths(draw: st.DrawFn, template: str, spoils: bool) -> str:
    def value(found: re.Match[str]) -> str:
        return _quoted(draw(PIECES if spoils and draw(st.booleans()) else st.sampled_from(_plausible(found))))

    filled = _PLACEHOLDER.sub(value, template)
    return filled + (draw(st.sampled_from(ENDINGS)) if spoils else "")


@st.composite
def _parameters(draw: st.DrawFn, spoils: bool) -> str:
    name = draw(st.sampled_from(sorted(PARAMETERS)))
    value = draw(PIECES if spoils and draw(st.booleans()) else st.sampled_from(PARAMETERS[name]))
    return _quoted(value) if spoils and draw(st.integers(0, 9)) == 9 else f"{name}={_quoted(value)}"


@st.composite
def _soql(draw: st.DrawFn, spoils: bool) -> str:
    words = draw(st.sampled_from(QUERIES)).split(" ")
    for _ in range(draw(st.integers(1, 3)) if spoils else 0):
        at = draw(st.integers(0, len(words) - 1))
        words[at : at + draw(st.integers(0, 2))] = [
            draw(PIECES | st.sampled_from(" ".join(QUERIES).split(" ")))
        ]
    return " ".join(words)


# Bodies


@st.composite
def _bodies(draw: st.DrawFn, target: Target, spoils: bool) -> Body:
    """Two in three spoiled bodies are still of about the right shape."""
    way = draw(st.sampled_from((*("shape",) * 6, "raw", "text", "junk"))) if spoils else "shape"
    if way == "raw":
        return "application/json", draw(st.sampled_from(RAW))
    if way == "junk":
        return "application/json", _json(draw(JUNK))
    if way == "text" or _is_text(target):
        kind = "text/csv" if "batches" in target.words else draw(st.sampled_from(sorted(TEXTS)))
        return kind, draw(spoiled_text(TEXTS[kind].encode(), spoils))
    example = draw(st.sampled_from(_examples(target)))
    kind, raw = written(target, draw(spoiled(example)) if spoils else example)
    return kind, draw(spoiled_text(raw, spoils and draw(st.integers(0, 9)) == 9))


def _is_text(target: Target) -> bool:
    return "oauth2" in target.words or "batches" in target.words


def _examples(target: Target) -> list[Any]:
    """Sensible bodies: that of the key which ends the route, placeholders left out; the longest key wins."""
    if "Soap" in target.words:
        return [{name: body} for name, body in _service(target)[1].items()]
    if _is_in_parts(target):
        return [IMPORT if "imports" in target.words else DEPLOY]
    words = [word for word in target.words if word and not word.startswith("{") and word not in TYPE_NAMES]
    path = "/".join(word for word in words if not _VERSION.fullmatch(word))
    fits = [key for key in EXAMPLES[target.side] if path.endswith(key)]
    return [EXAMPLES[target.side][max(fits, key=len)] if fits else {}]


def _service(target: Target) -> tuple[str, dict[str, Any]]:
    return SERVICES[target.words[target.words.index("Soap") + 1]]


def _is_in_parts(target: Target) -> bool:
    return "imports" in target.words or target.words[-1] == "deployRequest"


def written(target: Target, body: Any) -> Body:
    """The body in the form that the target reads."""
    if "Soap" in target.words:
        calls = body if isinstance(body, dict) else {"none": body}
        named = {"@xmlns": _service(target)[0]}
        inner = "".join(
            _xml(name, named | each if isinstance(each, dict) else each) for name, each in calls.items()
        )
        head = f'<s:Envelope xmlns:s="{ENVELOPE}" xmlns:xsi="{XSI}"><s:Header>{SESSION}</s:Header>'
        text = f"{head}<s:Body>{inner}</s:Body></s:Envelope>"
        return "text/xml; charset=UTF-8", text.encode("utf-8", "surrogatepass")
    if _is_in_parts(target):
        own = "imports" in target.words
        return _parts("importRequest" if own else "json", body, IMPORT_CSV.encode() if own else PACKAGE_ZIP)
    return "application/json", _json(body)


def _xml(name: str, value: Any) -> str:
    """An element for each value of a list; names that start with @ are attributes."""
    if isinstance(value, list):
        return "".join(_xml(name, each) for each in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(str(value))}</{name}>"
    marks = {key[1:]: each for key, each in value.items() if key.startswith("@")}
    attributes = " ".join(f"{key}={quoteattr(str(each))}" for key, each in marks.items())
    inner = "".join(_xml(key or "empty", each) for key, each in value.items() if not key.startswith("@"))
    return f"<{name} {attributes}>{inner}</{name}>"


def _parts(name: str, body: Any, content: bytes) -> tuple[str, bytes]:
    """A form in two parts: JSON and a file."""
    head = b'--x\r\nContent-Disposition: form-data; name="%s"'
    first = head % name.encode() + b"\r\nContent-Type: application/json\r\n\r\n" + _json(body)
    second = head % b'files"; filename="a.csv' + b"\r\n\r\n" + content
    return "multipart/form-data; boundary=x", first + b"\r\n" + second + b"\r\n--x--\r\n"


def _json(body: Any) -> bytes:
    """As lenient writers do it: NaN and lone surrogates go out."""
    return json.dumps(body).encode()


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="@.-_,")
