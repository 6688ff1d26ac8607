"""Junk: values that break what was written in haste, and ways to put them into a sensible request."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")


def deep(depth: int) -> Any:
    """Lists within lists."""
    nested: Any = []
    for _ in range(depth):
        nested = [nested]
    return nested


KINDS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    [None],
    [1],
    ["x"],
    {"x": 1},
    [{}],
    [[]],
)
"""Something of each kind that JSON has."""
NASTY: tuple[Any, ...] = (
    *(None, True, False, "", " ", "0", 0, -1, 1, 0.5, 1e308, 10**18, 10**30, -(2**63), 2**63, "9" * 5000),
    *(
        float("nan"),
        float("inf"),
        "\ud800",
        "\x00",
        "a\x00b",
        "é\u0301\u202e",
        "💥" * 20,
        "a" * 70_000,
        "%",
        "'",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"id": {}},
        ["x"] * 300,
        deep(300),
        "null",
        "1e999",
        "²",
        "-0",
        "1,5",
    ),
    *("2026-13-45", "0001-01-01T00:00:00+23:59", "99999-01-01", "TRUE", "undefined", "id", "a@b", "x" * 300),
    *("@{a.id}", "00Q000000000001AAA", "70000000001", "\r\n", "../..", "$.x", "*", "\\", '"', "#N/A"),
)
RAW = (
    *(b"", b" ", b"{", b"null", b"[]", b'"', b"\xff\xfe", b"\x80{}", b"\xef\xbb\xbf{}", b'{"a":1}{"b":2}'),
    *(b"[" * 50_000, b'{"a":' * 20_000, b'{"a":"\xed\xa0\x80"}', b'{"a":1e99999}', b"\x1f\x8b\x08\x00junk"),
    *(b"NaN", b'{"inputs":NaN}', b"-", b"1" * 10_000, b'{"a":1,"a":2}', b"\x00" * 100, b'id,x\n"1,2\n'),
)
JUNK = st.one_of(
    st.sampled_from(KINDS).map(copy.deepcopy),
    st.sampled_from(NASTY).map(copy.deepcopy),
    st.text(max_size=20) | st.integers(),
)
PIECES = st.one_of(
    st.sampled_from([each for each in NASTY if isinstance(each, str) and len(each) < 20_000]),
    st.text(min_size=1, max_size=12),
)
ENDINGS = ("", "", "", "/", "/" + "z" * 9000)
HEADERS: tuple[dict[str, str], ...] = (
    {"Content-Type": "text/plain"},
    {"Content-Type": ""},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=" + "y" * 300},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "deflate"},
    {"Content-Encoding": "br"},
    {"Authorization": "Bearer nobody"},
    {"Authorization": "Basic %%%"},
    {"Authorization": "Bearer"},
    {"Sforce-Query-Options": "batchSize=" + "9" * 400},
    {"Sforce-Query-Options": "batchSize=-1"},
    {"Sforce-Auto-Assign": "maybe", "Sforce-Duplicate-Rule-Header": "=;;=;allowSave"},
    {"If-Unmodified-Since": "yesterday"},
    {"If-Unmodified-Since": "Mon, 99 Nov 2026 99:00:00 GMT"},
    {"If-Unmodified-Since": "Mon, 01 Jan 0000 00:00:00 -9999"},
    {"If-Modified-Since": "\xe9\xff"},
    {"Host": "[::1"},
    {"Host": "a b"},
    {"Accept": "application/xml", "X-HTTP-Method-Override": "DELETE"},
    {"Range": "bytes=9-1", "Expect": "nothing"},
    {"SOAPAction": '"'},
    {"X-Long": "h" * 20_000},
)


Spoils = frozenset[str]


@st.composite
def spoiled(draw: st.DrawFn, body: Any) -> Any:
    """The body with up to three places replaced, dropped, doubled or added to."""
    root = {"": copy.deepcopy(body)}
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(places(root))))
        _spoil(draw, holder, key)
    return root.get("")


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node))
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


def _spoil(draw: st.DrawFn, holder: Any, key: Any) -> None:
    way = draw(st.sampled_from(("replace", "replace", "replace", "drop", "double", "add")))
    if way == "drop" and key != "":
        del holder[key]
    elif way == "double":
        holder[key] = [holder[key], copy.deepcopy(holder[key])]
    elif way == "add" and isinstance(holder[key], dict):
        holder[key][draw(PIECES)] = draw(JUNK)
    elif way == "add" and isinstance(holder[key], list):
        holder[key].append(draw(JUNK))
    else:
        holder[key] = draw(JUNK)


def singly_spoiled(body: Any) -> Iterator[Any]:
    """The body with each of its places in turn gone, and holding something of each kind."""
    for place in range(sum(1 for _ in places({"": body}))):
        for junk in (*KINDS, deep(300)):
            root = {"": copy.deepcopy(body)}
            holder, key = list(places(root))[place]
            holder[key] = copy.deepcopy(junk)
            yield root[""]
        root = {"": copy.deepcopy(body)}
        holder, key = list(places(root))[place]
        del holder[key]
        if root:
            yield root[""]


@st.composite
def spoiled_text(draw: st.DrawFn, raw: bytes, spoils: bool) -> bytes:
    """The text with some bytes replaced, or as it is."""
    if spoils and draw(st.booleans()):
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.sampled_from(RAW)) + raw[at + draw(st.integers(0, 30)) :]
    return raw
