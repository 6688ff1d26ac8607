"""Everything a run needs, opened: both CRMs, the state, the key, the mapping, the limits. Plain data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from connector.crm.base import Crm
from connector.mapping.rules import Mapping as Rules
from connector.model import Side
from connector.state.key import Key
from connector.state.store import Store
from connector.sync.guards import Limits


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything a run needs, opened. ``overlap``: how far each pull reaches back behind the last one;
    ``associations``: how often one looks for associations of which no CRM tells; ``keep``: how long old
    values stay in the ledger; ``host``: who holds the lease, for the message to a second run."""

    rules: Rules
    crms: Mapping[Side, Crm]
    store: Store
    key: Key
    spool_dir: Path
    limits: Limits = field(default_factory=Limits)
    overlap: timedelta = timedelta(minutes=15)
    associations: timedelta = timedelta(hours=1)
    keep: timedelta = timedelta(days=30)
    region: str = "NL"
    mark: Path | None = None
    host: str = field(default_factory=lambda: f"pid {os.getpid()}")
