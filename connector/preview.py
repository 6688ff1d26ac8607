"""What a person has previewed: the mapping files, and the CRMs' fields as they were then.

Enters: the state, the mapping, both schemas. Leaves: whether they are as they were at the last preview.
Never: a decision about a record.
"""

from dataclasses import dataclass

import orjson

from connector.live import Live
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind
from connector.state.store import Store
from connector.sync.drift import Seen, drifted, mapped_fields

PREVIEWED = "previewed"
"""Name of the meta entry that holds the digest of the mapping a person has seen a plan of."""
FIELDS = "previewed_fields"
"""Name of the meta entry that holds the mapped fields as they were then."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The last preview beside the present."""

    store: Store
    rules: Rules
    live: Live

    def is_of_this_mapping(self) -> bool:
        return self.store.get_meta(PREVIEWED) == self.rules.digest

    def is_current(self) -> bool:
        """Whether mapping and fields are as they were seen."""
        return self.is_of_this_mapping() and not self.drift()

    def drift(self) -> dict[str, frozenset[tuple[Kind, str]]]:
        """Fields that have changed since in a way that may change what is written, with their names in the
        mapping. What no preview has noted yet has not changed."""
        before = self._before()
        if before is None:
            return {}
        now = mapped_fields(self.rules, self.live.schemas)
        return {n: now[n][1] for n in drifted(before, {name: seen for name, (seen, _) in now.items()})}

    def seen(self) -> None:
        """A person has seen a plan by this mapping, of these fields."""
        self.store.set_meta(PREVIEWED, self.rules.digest)
        self.note_fields()

    def note_fields(self, but: frozenset[str] = frozenset()) -> None:
        """The fields as they are now count as seen, ``but`` for these. A field that is not shown any more
        stays as it was: it may come back."""
        before = self._before() or {}
        now = {n: seen for n, (seen, _) in mapped_fields(self.rules, self.live.schemas).items()}
        fresh = {**before, **{n: seen for n, seen in now.items() if n not in but}}
        if fresh != before:
            self.store.set_meta(FIELDS, orjson.dumps(fresh).decode())

    def _before(self) -> dict[str, Seen] | None:
        text = self.store.get_meta(FIELDS)
        return None if text is None else {n: (t, w, tuple(o)) for n, (t, w, o) in orjson.loads(text).items()}
