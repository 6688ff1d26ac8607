"""Doubt: pairs of which the state may have forgotten something.

Enters: links with their records. Leaves: links under the id that their records carry, and those whose last
look counts for nothing. Never: a decision about a field, or a write to a CRM.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from connector.mapping.rules import ObjectMap
from connector.model import Link, LinkState, Record, Side
from connector.state.rows import Settlement
from connector.state.spool import Spool
from connector.state.store import Store
from connector.sync.plan import AGAIN, UNLINKED
from connector.sync.stage import VERDICT

LINK_ID_FORM = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Compares what the state knows of one kind with the link ids that records carry. ``rebuild``: the state
    is made anew, and everything is in doubt."""

    objects: ObjectMap
    store: Store
    rebuild: bool

    def adopted(
        self,
        joined: Set[str],
        links: Sequence[Link],
        records: Mapping[str, dict[Side, Record]],
        after: Mapping[str, Link],
    ) -> tuple[list[Link], dict[str, dict[Side, Record]], dict[str, Link]]:
        """A new pair whose records both carry the same link id of ours keeps it: the state was lost, the pair
        was not."""
        ids: dict[str, str] = {}
        for link in links:
            said = {r.values.get(self.objects.link_column[side]) for side, r in records[link.id].items()}
            (one, *more) = said or {None}
            known = isinstance(one, str) and LINK_ID_FORM.fullmatch(one)
            if link.pending == "new" and not link.armed and len(records[link.id]) == 2 and known and not more:
                ids[link.id] = str(one)
        taken = self.store.links_by_id(ids.values())
        ids = {old: new for old, new in ids.items() if new not in taken and old not in joined}
        return (
            [replace(link, id=ids.get(link.id, link.id)) for link in links],
            {ids.get(id, id): record for id, record in records.items()},
            {ids.get(id, id): replace(link, id=ids.get(id, id)) for id, link in after.items()},
        )

    def doubted(self, links: Sequence[Link], records: Mapping[str, Mapping[Side, Record]]) -> frozenset[str]:
        """Links of which more may have been known once: in a rebuild all of them, and always those that are
        new to the state although their records carry a link id of ours."""
        if self.rebuild:
            return frozenset(link.id for link in links)
        fresh = {link.id: link for link in links if not link.rows and link.pending in ("", "new")}
        said = {id: self._said(link, records) for id, link in fresh.items()}
        known = self.store.links_by_id({*fresh, *(one for ids in said.values() for one in ids)}).keys()
        return frozenset(
            id
            for id, link in fresh.items()
            if said[id] and known.isdisjoint(said[id]) and (link.pending or id not in known)
        )

    def _said(self, link: Link, records: Mapping[str, Mapping[Side, Record]]) -> set[str]:
        """The link ids that a link's records carry."""
        said = (r.values.get(self.objects.link_column[side]) for side, r in records[link.id].items())
        return {id for id in said if isinstance(id, str) and LINK_ID_FORM.fullmatch(id)}

    def drop_contradicted(self, spool: Spool, now: datetime) -> None:
        """Forget links of which a record says that it belongs to another one: the record is younger than the
        state. Only in a rebuild, before anything is matched."""
        for batch in self.store.iter_links(self.objects.kind):
            refs = [ref for link in batch for ref in link.refs.values()]
            found = spool.get_records(refs)
            records = {
                link.id: {side: found[ref] for side, ref in link.refs.items() if ref in found}
                for link in batch
            }
            wrong = [
                link.id
                for link in batch
                if self._said(link, records) - {link.id, link.diverged.get(UNLINKED, "")}
            ]
            self.store.settle(Settlement(drop_links=tuple(wrong)), now)


def in_doubt(link: Link) -> Link:
    """A link whose last look counts for nothing: what a criterion or a person said before it is not
    repeated."""
    marks = {name: why for name, why in link.diverged.items() if not why.startswith(VERDICT)}
    if link.state is LinkState.SINGLE:
        marks[AGAIN] = "may have had a partner before"
    return replace(link, rows={}, stamps={}, armed=frozenset(), diverged=marks)
