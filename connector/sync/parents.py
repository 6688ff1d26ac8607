"""Parents: which other records a record refers to, and the links of those.

Enters: records with reference fields. Leaves: the context in which references are read. Never: a decision
about a field, or a write.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from connector.mapping.convert import Context
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Kind, Link, LinkState, Raw, Record, Ref, Side
from connector.state.store import Store
from connector.sync.pull import Puller
from connector.sync.settle import GONE


@dataclass(frozen=True, slots=True)
class Parents:
    """Finds the links that records of one kind refer to. ``ctx``: the context of the run; ``usable_links``:
    links made in this run that references may already use."""

    rules: Rules
    objects: ObjectMap
    ctx: Context
    puller: Puller
    store: Store
    usable_links: Mapping[Ref, str]

    def context(self, records: Mapping[str, Mapping[Side, Record]], after: Mapping[str, Link]) -> Context:
        """The run's context with the links that these records refer to."""
        parents = parents_of(self.rules, self.objects)
        if not parents:
            return self.ctx
        every = [record for sides in records.values() for record in sides.values()]
        refs = references(every, self.objects, parents)
        known = self.store.links_by_ref(refs)
        kinds = {kind: types for kind, types in parents.values()}
        links = {ref: link.id for ref, link in known.items() if usable(link, kinds[link.kind])}
        links.update((ref, self.usable_links[ref]) for ref in refs if ref in self.usable_links)
        dead = self._dead(_left_out(records, after, self.objects, parents, links))
        return replace(self.ctx, links={ref: id for ref, id in links.items() if id not in dead})

    def _dead(self, wanted: Mapping[str, set[Side]]) -> set[str]:
        """Of links that a record refers to on one side only, those whose record on the other side is not
        there: the reference went with it, nobody took it away. Only a record that can be read proves that it
        was."""
        links = self.store.links_by_id(wanted)
        refs = {ref: id for id, link in links.items() for side in wanted[id] if (ref := link.ref(side))}
        found = self.puller.present(refs, self.rules)
        return {id for ref, id in refs.items() if (r := found.get(ref)) is None or r.gone or r.ref != ref}


def parents_of(rules: Rules, objects: ObjectMap) -> dict[str, tuple[Kind, dict[Side, str]]]:
    """The reference fields of a kind: name -> kind pointed at, and its object type per side."""
    kinds = {"@company": Kind.COMPANY, "@contacts": Kind.CONTACT}
    found: dict[str, tuple[Kind, dict[Side, str]]] = {}
    for rule in objects.fields:
        columns = {c for types in rule.columns.values() for c in types.values()}
        for column in columns & kinds.keys():
            kind = kinds[column]
            if kind in rules.objects:
                found[rule.name] = (kind, {s: names[0] for s, names in rules.objects[kind].types.items()})
    return found


def references(
    records: Iterable[Record], objects: ObjectMap, parents: Mapping[str, tuple[Kind, Mapping[Side, str]]]
) -> set[Ref]:
    """All records that these point at. ``parents``: per reference field, the kind and per side the object
    type it points at."""
    refs: set[Ref] = set()
    for record in records:
        for name, (_, types) in parents.items():
            column = objects.field(name).column(record.ref.side, record.ref.type)
            value: Raw = record.values.get(column) if column else None
            ids = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
            refs.update(Ref(record.ref.side, types[record.ref.side], id) for id in ids)
    return refs


def usable(link: Link, types: Mapping[Side, str]) -> bool:
    """Whether a link can be the target of a reference on both sides: linked, and of the type that the field
    points at."""
    return (
        link.state is LinkState.LINKED
        and link.pending != GONE
        and all((ref := link.ref(side)) is not None and ref.type == types[side] for side in Side)
    )


def _left_out(
    records: Mapping[str, Mapping[Side, Record]],
    after: Mapping[str, Link],
    objects: ObjectMap,
    parents: Mapping[str, tuple[Kind, Mapping[Side, str]]],
    links: Mapping[Ref, str],
) -> dict[str, set[Side]]:
    """Links that one record of a pair refers to and the other one no longer does: per link, the sides that
    leave it out. At first contact nothing is left out."""
    found: dict[str, set[Side]] = {}
    for id, sides in records.items():
        for name in parents:
            if len(sides) < len(Side) or not all(name in after[id].bases.get(side, {}) for side in Side):
                continue
            named = {
                side: {links[ref] for ref in references([r], objects, {name: parents[name]}) if ref in links}
                for side, r in sides.items()
            }
            for side in Side:
                for other in named[side.other] - named[side]:
                    found.setdefault(other, set()).add(side)
    return found
