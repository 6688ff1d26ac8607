"""What the simulated CRMs are told at their start.

Enters: nothing. Leaves: the options and their usual values. It imports no server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USUAL_SPEED = 60.0


class CannotStart(Exception):  # noqa: N818  # what is told
    """Why the simulated CRMs cannot be served, in words; `option` is what to change, such as "--state"."""

    def __init__(self, reason: str, option: str) -> None:
        super().__init__(f"cannot start the simulated CRMs: {reason}")
        self.option = option


@contextmanager
def because_of(option: str) -> Iterator[None]:
    """What goes wrong in it is due to this option. Raises CannotStart."""
    try:
        yield
    except (OSError, sqlite3.Error, ValueError) as error:
        raise CannotStart(_plain(error), option) from error


def _plain(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


@dataclass(frozen=True, slots=True)
class Options:
    """What `smarketing sandbox` can be told; port 0 takes a free one.

    `state` is the folder that keeps the records between runs (None: memory). `index_lag_s` is how many
    seconds HubSpot's search is late; `edition` names the request limits that are enforced (None: none). `tls`
    is the folder for the certificates with which both speak https (None: http), under the names given here.
    With `live`, people keep working in both, `speed` times faster than real time (None: as usual).
    """

    hubspot_port: int = 8801
    salesforce_port: int = 8802
    contacts: int = 2000
    seed: int = 1
    state: Path | None = None
    index_lag_s: float = 0.0
    edition: str | None = None
    tls: Path | None = None
    hubspot_host: str = "localhost"
    salesforce_host: str = "localhost"
    live: bool = False
    speed: float | None = None
