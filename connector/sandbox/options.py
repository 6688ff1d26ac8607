"""What the simulated CRMs are told at their start.

Enters: nothing. Leaves: the options and their usual values. It imports no server.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What `smarketing sandbox` can be told; port 0 takes a free one.

    `state` is the folder that keeps the records between runs (None: memory). `index_lag_s` is how many
    seconds HubSpot's search is late; `edition` names the request limits that are enforced (None: none). `tls`
    is the folder for the certificates with which both speak https (None: http), under the names given here.
    With `live`, people keep working in both, `speed` times faster than real time.
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
    speed: float = 60.0
