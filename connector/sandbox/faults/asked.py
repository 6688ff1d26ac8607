"""Which requests a rule is about: side, method, path, route, virtual time.

Enters: a request as its border sees it. Leaves: yes or no.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from connector.sandbox.hubspot.catalog import TYPE_NAMES

Side = Literal["hubspot", "salesforce"]

_PIECES = re.compile(r"(\{[^{}]*\}|\*\*|\*)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `template` is the route that it goes to, with {placeholders}; `now` is virtual."""

    side: Side
    method: str
    path: str
    template: str
    now: datetime


class Match(BaseModel):
    """Which requests a fault concerns; what is left out matches anything."""

    model_config = ConfigDict(extra="forbid")

    side: Side | None = Field(default=None, description='must be "hubspot" or "salesforce"')
    method: str | None = Field(default=None, description='must be a method such as "POST"')
    path_prefix: str = Field(
        default="/", description='must be the beginning of a path, such as "/crm/v3/objects/contacts"'
    )
    route: str | None = Field(
        default=None,
        pattern="^[/*]",
        description='must be a route such as "/crm/v3/objects/{object_type}/batch/update", or a pattern with '
        "* (within a part) and ** (any parts)",
    )
    after: AwareDatetime | None = Field(
        default=None, description='must be a time with its zone, such as "2026-11-23T09:00:00Z"'
    )
    before: AwareDatetime | None = Field(
        default=None, description='must be a time with its zone, such as "2026-11-23T17:00:00Z"'
    )

    def fits(self, asked: Asked) -> bool:
        """Whether this request is concerned. `after` belongs to the time meant, `before` does not."""
        return (
            self.side in (None, asked.side)
            and (self.method is None or self.method.upper() == asked.method)
            and asked.path.startswith(self.path_prefix)
            and (self.after is None or self.after <= asked.now)
            and (self.before is None or asked.now < self.before)
            and (self.route is None or _follows(self.route, asked))
        )


def _follows(route: str, asked: Asked) -> bool:
    """`{id}` stands for a value, not for a word of another route: `.../{id}` is not `.../search`."""
    found = _pattern(route).fullmatch(asked.path)
    if found is None:
        return False
    words = set(asked.template.split("/")) - TYPE_NAMES.keys()
    return words.isdisjoint(found.groups())


@lru_cache
def _pattern(route: str) -> re.Pattern[str]:
    return re.compile("".join(_as_pattern(piece) for piece in _PIECES.split(route)))


def _as_pattern(piece: str) -> str:
    if piece.startswith("{"):
        return "(.+)" if piece.endswith(":path}") else "([^/]+)"
    return {"*": "[^/]*", "**": ".*"}.get(piece, re.escape(piece))
