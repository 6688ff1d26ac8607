"""Untold: changed associations that a CRM reports to nobody.

Enters: linked records, what the state remembers of their associations. Leaves: refs of records whose
associations are not as they were when both sides last agreed. Never: a decision about any of them.

HubSpot moves a record's stamp by its properties, not reliably by its associations; so these are read on their
own, a thousand records a request, as often as the setting says (``[sync] associations_every``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.crm.base import Crm
from connector.mapping.rules import FieldRule, ObjectMap
from connector.mapping.rules import Mapping as Rules
from connector.model import CONTACTS_REF, Kind, Link, LinkState, Raw, Ref, Side
from connector.state.store import Store
from connector.sync.outcome import Digest
from connector.sync.parents import parents_of, usable
from connector.sync.sets import as_left

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Untold:
    """Looks for changed associations of one kind. ``step``: called with how many records were looked at."""

    crms: Mapping[Side, Crm]
    store: Store
    rules: Rules
    objects: ObjectMap
    digest: Digest
    step: Callable[[int], None]

    def refs(self) -> Iterator[Ref]:
        """Linked records one of whose associations differs from what was agreed on. One that nothing was
        agreed on yet is left to the look at its record."""
        done = 0
        for links in self.store.iter_links(self.objects.kind, [LinkState.LINKED], BATCH):
            for side, crm in self.crms.items():
                for rule in self._rules(side, crm):
                    yield from self._changed(links, side, crm, rule)
            done += len(links)
            self.step(done)

    def _rules(self, side: Side, crm: Crm) -> list[FieldRule]:
        """The fields that hold associations of which this CRM does not tell."""
        untold = {(type, column) for type in self.objects.types[side] for column in crm.untold.get(type, ())}
        return [rule for rule in self.objects.fields if untold & set(rule.columns.get(side, {}).items())]

    def _changed(self, links: Sequence[Link], side: Side, crm: Crm, rule: FieldRule) -> Iterator[Ref]:
        kept = {ref: link for link in links if (ref := self._compared(link, side, rule)) is not None}
        for type in {ref.type for ref in kept}:
            column = rule.columns[side][type]
            mine = [ref for ref in kept if ref.type == type]
            read = crm.references(type, [ref.id for ref in mine], column)
            members = self._members(rule, side, read)
            for ref in mine:
                if ref.id not in read:
                    continue
                base = kept[ref].bases[side]
                if column == CONTACTS_REF:
                    same = as_left(base, rule.name, members[ref.id], self.digest)
                else:
                    same = base[rule.name] == self.digest(read[ref.id])
                if not same:
                    yield ref

    def _compared(self, link: Link, side: Side, rule: FieldRule) -> Ref | None:
        """The record of a pair that has this field on both sides, and a base of it."""
        ref, other = link.ref(side), link.ref(side.other)
        if ref is None or other is None or rule.name not in link.bases.get(side, {}):
            return None
        both = rule.column(side, ref.type) and rule.column(side.other, other.type)
        return ref if both else None

    def _members(self, rule: FieldRule, side: Side, read: Mapping[str, Raw]) -> dict[str, frozenset[str]]:
        """Per record the links of what it points at, as far as these are linked."""
        kind, types = parents_of(self.rules, self.objects).get(rule.name, (Kind.CONTACT, {}))
        pointed = {id: value for id, value in read.items() if isinstance(value, tuple)}
        refs = {id: [Ref(side, types[side], each) for each in value] for id, value in pointed.items()}
        known = self.store.links_by_ref({ref for mine in refs.values() for ref in mine})
        fit = {ref: link.id for ref, link in known.items() if link.kind is kind and usable(link, types)}
        return {id: frozenset(fit[ref] for ref in refs.get(id, ()) if ref in fit) for id in read}
