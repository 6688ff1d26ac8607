"""By which mapping, and by which fields of the CRMs, the last runs went.

Enters: the state, the mapping, both schemas. Leaves: whether something is to be looked at again because they
are others now. Never: a decision about a record.
"""

from dataclasses import dataclass

from connector.live import Live
from connector.mapping.rules import Mapping as Rules
from connector.state.store import Store

FITTED = "fitted"
"""Name of the meta entry that tells by which mapping and which fields of the CRMs the last run went."""
APPLIED = "applied"
"""Name of the meta entry that tells by which mapping a run last looked at every record, and went to its
end."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The last complete runs beside the present."""

    store: Store
    rules: Rules
    live: Live

    def has_changed(self) -> bool:
        """Whether the mapping or the CRMs' fields are others than at the last run that went to its end: what
        is held or parked may be possible now."""
        return self.store.get_meta(FITTED) != self._fit()

    def is_unapplied(self) -> bool:
        """Whether records that nobody has touched were last looked at by another mapping. Not before every
        record was looked at once: the first run does that anyway."""
        return self.store.get_meta(APPLIED) not in (None, self.rules.digest)

    def ran(self) -> None:
        """A run went to its end."""
        self.store.set_meta(FITTED, self._fit())

    def applied(self) -> None:
        """A run that looked at every record has done all that it had to. To be noted before the cursors
        move: a run that dies in between reads everything again at worst."""
        self.store.set_meta(APPLIED, self.rules.digest)

    def _fit(self) -> str:
        return f"{self.rules.digest} {self.live.digest}"
