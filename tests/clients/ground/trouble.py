"""A seeded set of faults, under which the same tests must give the same results.

What enters: the name of a test. What leaves: rules for `/_sandbox/faults`. Nothing here is carried out and
then lost when carrying it out twice would make a second thing: that has tests of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

SIDES = ("hubspot", "salesforce")
_READING_POSTS = {
    "hubspot": ("/crm/v3/objects/*/search", "/crm/v3/objects/*/batch/read"),
    "salesforce": (),
}
_BUSY = {"hubspot": "rate_limit_burst", "salesforce": "CONCURRENT_REQUESTS"}
"""As a 503: the request was not carried out. Whatever it was, it may be sent again."""

_LOSSES = ({"vendor": "bad_gateway_html"}, "drop", "reset", {"cut_after": 20}, {"delay_ms": 5})
"""Nobody knows: only what can be done twice is sent again."""


def rules(test: str, sides: Iterable[str] = SIDES) -> list[dict[str, Any]]:
    """The same rules for the same test, whatever ran before it, for the CRMs that it talks to."""
    seed = zlib.crc32(test.encode())
    return [
        {
            "match": {"side": side, **match},
            "answer": answer,
            "probability": 0.15,
            "times": 4,
            "seed": seed + number,
        }
        for side in sides
        for number, (match, answer) in enumerate(_troubles(side))
    ]


def _troubles(side: str) -> Iterator[tuple[dict[str, str], Any]]:
    for answer in ({"vendor": "html_503"}, {"vendor": _BUSY[side]}):
        yield {}, answer
    for answer in _LOSSES:
        yield {"method": "GET"}, answer
    for route in _READING_POSTS[side]:
        yield {"route": route}, "drop"
        yield {"route": route}, {"cut_after": 20}
    for method in ("PATCH", "PUT", "DELETE"):
        yield {"method": method}, "drop"
    if side == "hubspot":
        yield {"method": "PATCH"}, "apply_then_drop"
