"""What happens in a simulated company, as data: what is planned, the moment it is done, what was done.

Enters: nothing. Leaves: frozen values. An act names records by kind and id, never what people wrote in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.sandbox.company.chance import Chance
from connector.sandbox.world import World

SHOWN = 3
"""So many records of an act are named in its line."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody did. `at` is aware, in UTC; `records` are texts such as "Lead 00Q…"."""

    at: datetime
    who: str
    what: str
    records: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As the control interface shows it."""
        return {
            "at": self.at.isoformat(),
            "who": self.who,
            "what": self.what,
            "records": list(self.records),
        }

    def named(self) -> str:
        """The first of its records, and how many more there are."""
        more = len(self.records) - SHOWN
        return ", ".join(self.records[:SHOWN]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Scene:
    """The moment at which somebody does something; `at` is aware. `chance` belongs to this act alone."""

    world: World
    seed: int
    at: datetime
    chance: Chance


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: by whom, which records, and what follows from it by itself."""

    who: str
    records: tuple[str, ...]
    then: tuple[Planned, ...] = ()


Deed = Callable[[Scene], Done | None]
"""Does one thing. None: there was nothing to do it with. May raise what the CRM refuses it with."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that will be done at `at`. `key` and the seed decide every draw of it."""

    at: datetime
    what: str
    deed: Deed
    key: tuple[object, ...]
