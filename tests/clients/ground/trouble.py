"""A seeded set of faults, under which the same tests must give the same results.

What enters: the name of a test. What leaves: rules for `/_sandbox/faults`. Nothing here is carried out and
then lost when carrying it out twice would make a second thing: that has tests of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

HUBSPOT_READS = ("/crm/v3/objects/*/search", "/crm/v3/objects/*/batch/read")
_REFUSALS = ({"vendor": "html_503"},)
"""The request was not carried out: whatever it was, it may be sent again."""

_LOSSES = ({"vendor": "bad_gateway_html"}, "drop", "reset", {"cut_after": 20}, {"delay_ms": 5})
"""Nobody knows: only what can be done twice is sent again."""


def rules(test: str) -> list[dict[str, Any]]:
    """The same rules for the same test, whatever ran before it."""
    seed = zlib.crc32(test.encode())
    return [
        {"match": match, "answer": answer, "probability": 0.12, "times": 4, "seed": seed + number}
        for number, (match, answer) in enumerate(_troubles())
    ]


def _troubles() -> Iterator[tuple[dict[str, str], Any]]:
    for side, busy in (("hubspot", "rate_limit_burst"), ("salesforce", "CONCURRENT_REQUESTS")):
        for answer in (*_REFUSALS, {"vendor": busy}):
            yield {"side": side}, answer
        for answer in _LOSSES:
            yield {"side": side, "method": "GET"}, answer
    for route in HUBSPOT_READS:
        for answer in _LOSSES:
            yield {"side": "hubspot", "route": route}, answer
    for method in ("PATCH", "PUT"):
        yield {"side": "hubspot", "method": method}, "apply_then_drop"
        yield {"side": "salesforce", "method": method}, "drop"
    for side in ("hubspot", "salesforce"):
        yield {"side": side, "method": "DELETE"}, "drop"
