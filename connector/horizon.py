"""Horizon: from which moment on each pull asks for changes.

Enters: cursors in the state, the overlap. Leaves: a moment per object and side, by that CRM's own clock.
Never: a look at a record.

A cursor stands an overlap before the start of the last complete run: rows that a CRM shows late (an index
that lags, a transaction that commits late) are met by the next pull. Where a CRM tells its newest rows and
their number, most pulls stop there; at least once in each overlap everything is listed, reaching back to the
last time that was done, so that a late row cannot hide among known ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.live import Live
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Side
from connector.state.rows import Settlement
from connector.state.store import Store

THOROUGH = "thorough_at"
"""Name of the meta entry that holds when everything in the overlap was listed last."""
ASSOCIATIONS = "associations_at"
"""Name of the meta entry that holds when associations were looked at last."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The cursors of one state."""

    store: Store
    overlap: timedelta

    def since(self, objects: ObjectMap, *, thorough: bool) -> dict[tuple[Side, str], datetime] | None:
        """Per (side, type), from when to ask for changes; None when not all of them were ever read in
        full."""
        places = [(side, type) for side, types in objects.types.items() for type in types]
        known = {place: at for place in places if (at := self.store.get_cursor(*place)) is not None}
        if len(known) < len(places):
            return None
        last = self._last() if thorough else None
        return known if last is None else {place: min(at, last - self.overlap) for place, at in known.items()}

    def is_due(self, now: datetime) -> bool:
        """Whether this pull must list everything in the overlap."""
        last = self._last()
        return last is None or now - last >= self.overlap

    def associations_due(self, now: datetime, every: timedelta) -> bool:
        """Whether this pull must look for associations of which no CRM tells."""
        text = self.store.get_meta(ASSOCIATIONS)
        return text is None or now - datetime.fromisoformat(text) >= every

    def move(self, rules: Rules, live: Live, run: int, *, thorough: bool, associations: bool = False) -> None:
        """Last of all in a complete run. Cursors never move backward."""
        cursors = {
            (side, type): live.identities[side].now - self.overlap
            for objects in rules.objects.values()
            for side, types in objects.types.items()
            for type in types
        }
        self.store.settle(Settlement(run=run, cursors=cursors), live.now)
        if thorough:
            self.store.set_meta(THOROUGH, live.now.isoformat())
        if associations:
            self.store.set_meta(ASSOCIATIONS, live.now.isoformat())

    def _last(self) -> datetime | None:
        text = self.store.get_meta(THOROUGH)
        return datetime.fromisoformat(text) if text else None
