"""Look: one kind of record, from what was touched to what is decided.

Enters: touched refs and the spool of one run. Leaves: a stream of decisions. It puts the pure stages (match,
reconcile, derive, plan)
in their order and fetches what they need; it decides nothing itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from uuid import uuid4

from connector.mapping.convert import Context
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import (
    Decision,
    Kind,
    Link,
    LinkState,
    Record,
    Ref,
    Side,
)
from connector.state.store import Store
from connector.sync.decide import Work
from connector.sync.match import (
    FIRST_MATCH_KEY,
    LINK_KEY,
    Candidate,
    Match,
    Matches,
    Unclear,
    resolve,
)
from connector.sync.plan import Planner
from connector.sync.pull import CHUNK, SHARED_KEY, Puller, references, usable

ANEW = ("new", "verdict", "recovered")
"""Pending marks of links that may just have got their partner: what refers to them is looked at again."""


@dataclass(slots=True)
class Looker:
    """Looks at one kind in one run. ``usable_links``: links made in this run that references may already
    use."""

    rules: Rules
    objects: ObjectMap
    planner: Planner
    puller: Puller
    store: Store
    now: datetime
    approved: bool
    usable_links: dict[Ref, str]
    linked: set[Kind]
    every: bool = False
    dropped: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    paired: set[Ref] = field(default_factory=set)
    claimed: dict[Ref, str] = field(default_factory=dict)

    # ------------------------------------------------------------ match

    def match(self) -> Matches:
        """Judge all groups of look-alikes in the spool, strongest evidence first."""
        found = Matches()
        last = FIRST_MATCH_KEY + len(self.objects.match)
        numbers = [*range(LINK_KEY, last), *range(SHARED_KEY + FIRST_MATCH_KEY, SHARED_KEY + last)]
        for number in numbers:
            groups = (
                refs for _, refs in self.puller.spool.groups(self.objects.kind, number) if len(refs) > 1
            )
            while chunk := list(islice(groups, CHUNK)):
                links = self.store.links_by_ref(ref for refs in chunk for ref in refs)
                for refs in chunk:
                    self._judge(refs, links, found, shared=number >= SHARED_KEY)
        return found

    def _judge(self, refs: Sequence[Ref], links: Mapping[Ref, Link], found: Matches, *, shared: bool) -> None:
        group = [
            Candidate(ref, _partner(ref, links, found), shared) for ref in refs if ref not in found.aliases
        ]
        if any(c.ref in found.unclear for c in group):
            group_unclear = Unclear("ambiguous", tuple(sorted(c.ref for c in group)))
            found.unclear.update(
                (c.ref, group_unclear) for c in group if c.link is None and c.ref not in found.unclear
            )
            return
        verdict = resolve(group, self.objects.types)
        if isinstance(verdict, Match):
            found.of.update((ref, verdict) for ref in verdict.refs.values())
            found.aliases.update(verdict.aliases)
        elif isinstance(verdict, Unclear):
            free = [c.ref for c in group if c.link is None]
            found.unclear.update((ref, verdict) for ref in free)

    # ------------------------------------------------------------ subjects

    def decisions(
        self, touched: Iterable[Ref], matches: Matches, *, waiting: bool = True
    ) -> Iterator[list[Decision]]:
        """Decide everything that was touched, and with ``waiting`` what waits from earlier runs, in
        chunks."""
        refs = iter(touched)
        while chunk := list(islice(refs, CHUNK)):
            subjects = self._subjects(chunk, matches)
            if subjects:
                yield self._decide(subjects, matches)
        if not waiting:
            return
        early = (["guard"] if self.approved else []) + (["waiting"] if self.linked else [])
        for chunk_links in _chunks(self.store.pending(self.objects.kind, self.now, 100_000, early)):
            fresh = [link for link in chunk_links if link.id not in self.seen]
            self.seen.update(link.id for link in fresh)
            if fresh:
                yield self._decide(fresh, matches)

    def _subjects(self, refs: Sequence[Ref], matches: Matches) -> list[Link]:
        """Links of these refs, each once in the run: known ones, new pairs, records new to us."""
        partners = [r for ref in refs if (m := matches.of.get(ref)) for r in m.refs.values()]
        absorbed = [old for ref in refs for old in self.puller.absorbed.get(ref, ())]
        known = self.store.links_by_ref([*refs, *partners, *absorbed])
        subjects: list[Link] = []
        for ref in refs:
            for link in self._links_of(ref, known, matches):
                if link.id not in self.seen:
                    self.seen.add(link.id)
                    subjects.append(link)
        return subjects

    def _links_of(self, ref: Ref, known: Mapping[Ref, Link], matches: Matches) -> list[Link]:
        link = known.get(ref)
        free = link is None or link.state is LinkState.SINGLE
        inherited = [known[old] for old in self.puller.absorbed.get(ref, ()) if old in known]
        if free and inherited:  # a merge or conversion made this record: its predecessors' links move to it
            self.dropped += [link.id] if link is not None and link not in inherited else []
            return inherited
        match = matches.of.get(ref)
        if free and match is not None:
            first = match.refs[Side.HUBSPOT]
            if first in self.paired:
                return []
            self.paired.add(first)
            return [self._pair_link(match, known)]
        if link is None:
            skip = ref in matches.aliases or ref in self.puller.gone
            return [] if skip else [Link(uuid4().hex, self.objects.kind, {ref.side: ref})]
        return [] if ref not in link.refs.values() and ref in link.aliases else [*inherited, link]

    def _pair_link(self, match: Match, known: Mapping[Ref, Link]) -> Link:
        """A link for two records that were matched; what was known of either alone becomes one."""
        singles = [link for ref in match.refs.values() if (link := known.get(ref)) is not None]
        self.dropped += [link.id for link in singles[1:]]
        id = singles[0].id if singles else uuid4().hex
        return Link(
            id, self.objects.kind, dict(match.refs), LinkState.LINKED, aliases=match.aliases, pending="new"
        )

    # ------------------------------------------------------------ decide

    def _decide(self, links: Sequence[Link], matches: Matches) -> list[Decision]:
        records, after = self.puller.follow(links, self.objects)
        ctx = self._context(records)
        planner = replace(self.planner, ctx=ctx)
        taken = self._taken(links, after)
        work = [
            Work(
                self.rules,
                self.objects,
                planner,
                after[link.id],
                records[link.id],
                matches,
                taken,
                self.every,
            )
            for link in links
        ]
        self._field_times(work)
        made = [decision for one in work if (decision := one.decide()) is not None]
        moved = {link.id for link in links if link.pending in ANEW or after[link.id].refs != link.refs}
        self._remember(made, moved)
        return made

    def _context(self, records: Mapping[str, Mapping[Side, Record]]) -> Context:
        """The run's context with the links that these records refer to."""
        parents = parents_of(self.rules, self.objects)
        if not parents:
            return self.planner.ctx
        every = [record for sides in records.values() for record in sides.values()]
        refs = references(every, self.objects, parents)
        known = self.store.links_by_ref(refs)
        kinds = {kind: types for kind, types in parents.values()}
        links = {ref: link.id for ref, link in known.items() if usable(link, kinds[link.kind])}
        links.update((ref, self.usable_links[ref]) for ref in refs if ref in self.usable_links)
        return replace(self.planner.ctx, links=links)

    def _taken(self, links: Iterable[Link], after: Mapping[str, Link]) -> dict[Ref, str]:
        """Which live link holds the survivor of a merge or conversion: the first that reached it, one with a
        partner before one without."""
        moved = [
            (ref, link.id)
            for link in sorted(links, key=lambda link: link.state is not LinkState.LINKED)
            for side, ref in after[link.id].refs.items()
            if ref != link.refs[side]
        ]
        held = self.store.links_by_ref(ref for ref, _ in moved)
        for ref, link_id in moved:
            holder = held.get(ref)
            if holder is not None and holder.state is LinkState.LINKED:
                self.claimed.setdefault(ref, holder.id)
            self.claimed.setdefault(ref, link_id)
        return {ref: self.claimed[ref] for ref, _ in moved}

    def _field_times(self, work: Sequence["Work"]) -> None:
        """Ask the CRMs when clashing fields with ``clash: newest`` were changed, in one go."""
        wanted: dict[tuple[Side, str, str], list[str]] = {}
        for one in work:
            for name in one.needs_times():
                for side, record in one.records.items():
                    column = self.objects.field(name).column(side, record.ref.type)
                    if column:
                        wanted.setdefault((side, record.ref.type, column), []).append(record.ref.id)
        times = {
            place: self.puller.crms[place[0]].field_times(place[1], ids, place[2])
            for place, ids in wanted.items()
        }
        for one in work:
            one.times = times

    def _remember(self, decisions: Iterable[Decision], anew: set[str]) -> None:
        """New links that later kinds may refer to in this same run. ``anew``: ids of links that were made or
        moved just now."""
        types = {side: names[0] for side, names in self.objects.types.items()}
        for decision in decisions:
            if usable(decision.link, types):
                if decision.link.id in anew:
                    self.linked.add(self.objects.kind)
                self.usable_links.update((ref, decision.link.id) for ref in decision.link.refs.values())


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


def _partner(ref: Ref, links: Mapping[Ref, Link], found: Matches) -> str | None:
    """The link that a record already has a partner (or a tombstone) in."""
    if ref in found.of:
        return "matched"
    link = links.get(ref)
    return link.id if link is not None and link.state is not LinkState.SINGLE else None


def _chunks(links: Sequence[Link]) -> Iterator[Sequence[Link]]:
    for start in range(0, len(links), CHUNK):
        yield links[start : start + CHUNK]
