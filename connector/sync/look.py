"""Look: one kind of record, from what was touched to what is decided.

Enters: touched refs and the spool of one run. Leaves: a stream of decisions. It puts the pure stages (match,
reconcile, derive, plan) in their order and fetches what they need; it decides nothing itself.
"""

import re
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
    Op,
    Record,
    Ref,
    Side,
)
from connector.state.rows import OpenReview, Settlement
from connector.state.store import Store
from connector.sync.decide import VERDICT, Work
from connector.sync.facts import NO_FACTS, Source, gathered
from connector.sync.flips import LOOK_BACK, broken_fields, without_flapping
from connector.sync.match import (
    FIRST_MATCH_KEY,
    LINK_KEY,
    MESSAGES,
    Candidate,
    Match,
    Matches,
    Unclear,
    resolve,
)
from connector.sync.plan import AGAIN, UNLINKED, Planner
from connector.sync.pull import CHUNK, SHARED_KEY, Puller, references, usable
from connector.sync.settle import APART

WAITING = 100_000
"""Links looked at again in one run though nothing changed; the others wait for the next one."""

LINK_ID_FORM = re.compile("[0-9a-f]{32}")

UNSETTLED = ("unknown", "retry", "refused")
"""Pending marks of links whose last write did not succeed: a closing look leaves them to the next run."""

UNANSWERED = ("unknown", "retry", "recovered")
"""Pending marks of links whose last write was not answered, before and after it was looked up."""

ANEW = ("new", "verdict", "recovered")
"""Pending marks of links that may just have got their partner: what refers to them is looked at again."""


@dataclass(slots=True)
class Looker:
    """Looks at one kind in one run. ``changed``: the mapping or the CRMs' fields did since the last run:
    whatever is held or parked may be possible now. ``usable_links``: links made in this run that references
    may already use. ``suspects``: links whose last write was not answered. ``sources``: fetch what
    decisions need beside the records. ``moved``: links that became part of another one -> that one."""

    rules: Rules
    objects: ObjectMap
    planner: Planner
    puller: Puller
    store: Store
    now: datetime
    approved: bool
    changed: bool
    usable_links: dict[Ref, str]
    linked: set[Kind]
    every: bool = False
    closing: bool = False
    flips: int = 0
    doubt: bool = False
    sources: Sequence[Source] = ()
    moved: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    paired: set[Ref] = field(default_factory=set)
    claimed: dict[Ref, Link] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    reconsider: set[Ref] = field(default_factory=set)
    suspects: set[str] = field(default_factory=set)
    named_alone: set[Ref] = field(default_factory=set)

    # ------------------------------------------------------------ match

    def match(self) -> Matches:
        """Judge all groups of look-alikes in the spool, strongest evidence first."""
        found = Matches()
        last = FIRST_MATCH_KEY + len(self.objects.match)
        numbers = [*range(LINK_KEY, last), *range(SHARED_KEY + FIRST_MATCH_KEY, SHARED_KEY + last)]
        for number in numbers:
            groups = self._alike(number)
            while chunk := list(islice(groups, CHUNK)):
                links = self.store.links_by_ref(ref for refs in chunk for ref in refs)
                for refs in chunk:
                    weak = self.objects.kind is Kind.DEAL and number >= FIRST_MATCH_KEY
                    self._judge(refs, links, found, shared=number >= SHARED_KEY, distinct=weak)
        return found

    def _alike(self, number: int) -> Iterator[list[Ref]]:
        """Groups of records that share a key. Who carries a link id that nobody else does is remembered."""
        for _, refs in self.puller.spool.groups(self.objects.kind, number):
            if len(refs) > 1:
                yield refs
            elif number == LINK_KEY:
                self.named_alone.update(refs)

    def _were_two(self, match: Match, links: Mapping[Ref, Link]) -> bool:
        """Whether each of two records carries a link id of its own, and the state cannot tell why: they were
        taken apart, or each lost its partner, before the state was made anew."""
        return self.named_alone.issuperset(match.refs.values()) and all(
            link is None or AGAIN in link.diverged for link in map(links.get, match.refs.values())
        )

    def _judge(
        self,
        refs: Sequence[Ref],
        links: Mapping[Ref, Link],
        found: Matches,
        *,
        shared: bool,
        distinct: bool,
    ) -> None:
        group = [
            Candidate(ref, _partner(ref, links, found), shared, _is_lost(links.get(ref)))
            for ref in refs
            if ref not in found.aliases
        ]
        if any(c.ref in found.unclear for c in group):
            group_unclear = Unclear("ambiguous", tuple(sorted(c.ref for c in group)))
            found.unclear.update(
                (c.ref, group_unclear) for c in group if c.link is None and c.ref not in found.unclear
            )
            return
        verdict = resolve(group, self.objects.types, distinct=distinct)
        if isinstance(verdict, Match) and self._were_two(verdict, links):
            verdict = Unclear("known_apart", tuple(sorted(verdict.refs.values())))
        if isinstance(verdict, Match):
            found.of.update((ref, verdict) for ref in verdict.refs.values())
            found.aliases.update(verdict.aliases)
        elif isinstance(verdict, Unclear):
            free = [c.ref for c in group if c.link is None]
            found.unclear.update((ref, verdict) for ref in free)

    # ------------------------------------------------------------ subjects

    def waiting(self) -> list[Ref]:
        """Records that must be looked at though nothing changed: what waits from earlier runs."""
        early = (["guard"] if self.approved else []) + (["waiting"] if self.linked else [])
        early += [*UNSETTLED, "held"] if self.changed else []
        links = self.store.pending(self.objects.kind, self.now, WAITING, early)
        left = [item.review.subject for item in self._left_over()] if self.every else []
        return [*(ref for link in links for ref in link.refs.values()), *left]

    def _left_over(self) -> list[OpenReview]:
        """Questions about records whose partner was deleted: they may be gone as well by now, of which no CRM
        need tell."""
        return [i for i in self.store.open_reviews(self.objects.kind) if i.review.code == "deleted"]

    def disputed(self, touched: Iterable[Ref]) -> list[Ref]:
        """All parties of open questions of who is who, where one of them was touched: the question may have
        answered itself."""
        fresh = set(touched)
        parties: dict[Ref, None] = {}
        for item in self.store.open_reviews(self.objects.kind):
            if item.review.code in MESSAGES and fresh.intersection(
                (item.review.subject, *item.review.candidates)
            ):
                self.reconsider.add(item.review.subject)
                parties.update(dict.fromkeys((item.review.subject, *item.review.candidates)))
        return list(parties)

    def disputed_all(self) -> None:
        """After a full read every open question of who is who is asked again."""
        for item in self.store.open_reviews(self.objects.kind):
            if item.review.code in MESSAGES:
                self.reconsider.add(item.review.subject)

    def decisions(self, touched: Iterable[Ref], matches: Matches) -> Iterator[list[Decision]]:
        """Decide everything that was touched, in chunks."""
        refs = iter(touched)
        while chunk := list(islice(refs, CHUNK)):
            subjects = self._subjects(chunk, matches)
            if subjects:
                yield self._decide(subjects, matches)

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
        free = link is None or _is_free(link)
        inherited = [known[old] for old in self.puller.absorbed.get(ref, ()) if old in known]
        if self.closing and (link is None or link.state is not LinkState.LINKED or link.pending in UNSETTLED):
            return []  # nothing was matched in a closing look: who has no partner waits for the next run
        if free and inherited:  # a merge or conversion made this record: its predecessors' links move to it
            if link is not None and link not in inherited:
                self._drop(link, inherited[0].id)
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
        for link in singles[1:]:
            self._drop(link, singles[0].id)
        first = singles[0] if singles else Link(uuid4().hex, self.objects.kind, {})
        self.joined.update(link.id for link in singles)
        return Link(
            first.id,
            self.objects.kind,
            dict(match.refs),
            LinkState.LINKED,
            aliases=match.aliases,
            armed=first.armed,
            pending="new",
        )

    def _drop(self, link: Link, into: str) -> None:
        """Forget a link that became part of another one; nothing else is decided about it in this run."""
        self.dropped.append(link.id)
        self.moved[link.id] = into
        self.seen.add(link.id)

    # ------------------------------------------------------------ decide

    def _decide(self, links: Sequence[Link], matches: Matches) -> list[Decision]:
        records, after = self.puller.follow(links, self.objects)
        links, records, after = self._adopted(links, records, after)
        doubted = self._doubted(links, records)
        after = {id: self._in_doubt(link) if id in doubted else link for id, link in after.items()}
        ctx = self._context(records, after)
        planner = replace(self.planner, ctx=ctx)
        taken = self._taken(links, records, after)
        work = [
            Work(
                self.rules,
                self.objects,
                planner,
                after[link.id],
                records[link.id],
                matches,
                taken,
                self.now,
                self.every or self.closing or not self.reconsider.isdisjoint(link.refs.values()),
                link.id in doubted,
            )
            for link in links
        ]
        self.suspects.update(link.id for link in links if link.fails and link.pending in UNANSWERED)
        self._field_times(work)
        self._facts(work)
        made = [decision for one in work if (decision := one.decide()) is not None]
        self.moved.update((one.link.id, one.into.id) for one in work if one.into is not None)
        self.dropped += [decision.link.id for decision in made if not decision.link.refs]
        made = self._calm([decision for decision in made if decision.link.refs])
        moved = {link.id for link in links if link.pending in ANEW or after[link.id].refs != link.refs}
        self._remember(made, moved)
        return made

    def _calm(self, decisions: list[Decision]) -> list[Decision]:
        """Leave out fields that went back and forth too often."""
        links = {d.link.id: d.link for d in decisions if any(a.op is Op.UPDATE for a in d.actions)}
        if not self.flips or not links:
            return decisions
        written = self.store.written_since(list(links), self.now - LOOK_BACK)
        fields: dict[str, set[str]] = {}
        for link, name in broken_fields(written, links.values(), self.now, self.flips):
            fields.setdefault(link, set()).add(name)
        return [
            without_flapping(d, frozenset(fields[d.link.id]), VERDICT) if d.link.id in fields else d
            for d in decisions
        ]

    def _adopted(
        self,
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
        ids = {old: new for old, new in ids.items() if new not in taken and old not in self.joined}
        return (
            [replace(link, id=ids.get(link.id, link.id)) for link in links],
            {ids.get(id, id): record for id, record in records.items()},
            {ids.get(id, id): replace(link, id=ids.get(id, id)) for id, link in after.items()},
        )

    def _doubted(self, links: Sequence[Link], records: Mapping[str, Mapping[Side, Record]]) -> frozenset[str]:
        """Links of which more may have been known once: in a rebuild all of them, and always those that are
        new to the state although their records carry a link id of ours."""
        if self.doubt:
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

    def _in_doubt(self, link: Link) -> Link:
        """A link whose last look counts for nothing: what a criterion or a person said before it is not
        repeated."""
        marks = {name: why for name, why in link.diverged.items() if not why.startswith(VERDICT)}
        if link.state is LinkState.SINGLE:
            marks[AGAIN] = "may have had a partner before"
        return replace(link, rows={}, stamps={}, armed=frozenset(), diverged=marks)

    def drop_contradicted(self) -> None:
        """Forget links of which a record says that it belongs to another one: the record is younger than the
        state. Only in a rebuild, before anything is matched."""
        for batch in self.store.iter_links(self.objects.kind):
            refs = [ref for link in batch for ref in link.refs.values()]
            found = self.puller.spool.get_records(refs)
            records = {
                link.id: {side: found[ref] for side, ref in link.refs.items() if ref in found}
                for link in batch
            }
            wrong = [
                link.id
                for link in batch
                if self._said(link, records) - {link.id, link.diverged.get(UNLINKED, "")}
            ]
            self.store.settle(Settlement(drop_links=tuple(wrong)), self.now)

    def _context(self, records: Mapping[str, Mapping[Side, Record]], after: Mapping[str, Link]) -> Context:
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
        dead = self._dead(_left_out(records, after, self.objects, parents, links))
        return replace(self.planner.ctx, links={ref: id for ref, id in links.items() if id not in dead})

    def _dead(self, wanted: Mapping[str, set[Side]]) -> set[str]:
        """Of links that a record refers to on one side only, those whose record on the other side is not
        there: the reference went with it, nobody took it away. Only a record that can be read proves that it
        was."""
        links = self.store.links_by_id(wanted)
        refs = {ref: id for id, link in links.items() for side in wanted[id] if (ref := link.ref(side))}
        found = self.puller.present(refs, self.rules)
        return {id for ref, id in refs.items() if (r := found.get(ref)) is None or r.gone or r.ref != ref}

    def _taken(
        self,
        links: Iterable[Link],
        records: Mapping[str, Mapping[Side, Record]],
        after: Mapping[str, Link],
    ) -> dict[Ref, Link]:
        """Which live link holds a record that another link also names: the survivor of a merge or conversion
        belongs to a link with a partner before one without, to that whose record it resembles most before the
        others, and then to the first one that reached it; a tombstone gives way to any."""
        named = [
            (ref, after[link.id])
            for link in sorted(links, key=lambda link: (_claim(link), self._misfits(link, records[link.id])))
            for side, ref in after[link.id].refs.items()
            if ref != link.refs[side] or link.state is LinkState.TOMBSTONE
        ]
        held = self.store.links_by_ref(ref for ref, _ in named)
        for ref, link in named:
            holder = held.get(ref)
            if holder is not None and holder.state is LinkState.LINKED:
                self.claimed.setdefault(ref, holder)
            elif holder is not None and _gives_way(holder, link):
                self._drop(holder, link.id)  # it was known without a partner; now it is part of this pair
            if link.state is not LinkState.TOMBSTONE:
                self.claimed.setdefault(ref, link)
        return {ref: self.claimed[ref] for ref, _ in named if ref in self.claimed}

    def _misfits(self, link: Link, records: Mapping[Side, Record]) -> int:
        """In how many fields the successors of a link's records are not as the link knew its records."""
        return sum(
            self.planner.digest(record.values[column]) != base
            for side, record in records.items()
            if record.ref != link.refs[side]
            for rule in self.objects.fields
            if (column := rule.column(side, record.ref.type) or "") in record.values
            and (base := link.bases.get(side, {}).get(rule.name)) is not None
        )

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

    def _facts(self, work: Sequence["Work"]) -> None:
        """What the sources know of the links that are compared, in one go."""
        asked = [one for one in work if one.needs_facts()] if self.sources else []
        found = gathered(self.sources, [w.link for w in asked], {w.link.id: w.records for w in asked})
        for one in asked:
            one.facts = found.get(one.link.id, NO_FACTS)

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


def _partner(ref: Ref, links: Mapping[Ref, Link], found: Matches) -> str | None:
    """The link that a record already has a partner (or a tombstone) in."""
    if ref in found.of:
        return "matched"
    link = links.get(ref)
    return None if link is None or _is_free(link) else link.id


def _is_free(link: Link) -> bool:
    """Whether a record may be matched: it never had a partner, though it may have come back from the bin."""
    revived = link.state is LinkState.TOMBSTONE and len(link.refs) == 1 and APART not in link.diverged
    return link.state is LinkState.SINGLE or revived


def _is_lost(link: Link | None) -> bool:
    return link is not None and link.state is LinkState.TOMBSTONE and not _is_free(link)


def _gives_way(holder: Link, link: Link) -> bool:
    return holder.state is LinkState.SINGLE and holder.id != link.id and link.state is not LinkState.TOMBSTONE


def _claim(link: Link) -> int:
    return (LinkState.LINKED, LinkState.SINGLE, LinkState.TOMBSTONE).index(link.state)
