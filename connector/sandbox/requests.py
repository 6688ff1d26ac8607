"""How many requests each simulated CRM was asked, by route.

Enters: one count per request. Leaves: totals. It never sees bodies or values of path parameters, and never
counts the control interface.
"""

from dataclasses import dataclass, field
from typing import TypedDict


class RequestCounts(TypedDict):
    """What `GET /_sandbox/requests` answers; routes look like `GET /crm/v3/objects/contacts/{id}`."""

    total: int
    by_route: dict[str, int]


@dataclass(slots=True)
class RequestLog:
    """Counts of requests by route, in the order in which the routes were first asked."""

    by_route: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All requests since the start or the last reset."""
        return sum(self.by_route.values())

    def count(self, route: str) -> None:
        """Adds one request to `route` ("METHOD /path/with/{placeholders}")."""
        self.by_route[route] = self.by_route.get(route, 0) + 1

    def counts(self) -> RequestCounts:
        """The figures as a JSON-ready dict."""
        return {"total": self.total, "by_route": dict(self.by_route)}

    def reset(self) -> None:
        """Starts counting from zero."""
        self.by_route.clear()
