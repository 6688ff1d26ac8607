"""Partners: which link a record belongs to, and who gets a record that two links lay claim to.

Enters: the look-alikes in the spool of one run, refs that were touched, the links of the state. Leaves:
matches, and the links to decide about. Never: a decision about a field, or a write.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import uuid4

from connector.mapping.rules import ObjectMap
from connector.model import Kind, Link, LinkState, Record, Ref, Side
from connector.state.store import Store
from connector.sync.claims import Claim, share_out
from connector.sync.match import (
    FIRST_MATCH_KEY,
    LINK_KEY,
    MATCHED,
    MESSAGES,
    PARTNER_KEY,
    Candidate,
    Joins,
    Match,
    Matches,
    Unclear,
    resolve,
)
from connector.sync.outcome import Digest
from connector.sync.plan import AGAIN
from connector.sync.pull import CHUNK, SECONDARY_KEY, SHARED_KEY, Puller
from connector.sync.settle import APART

UNSETTLED = ("unknown", "retry", "refused")
"""Pending marks of links whose last write did not succeed: a closing look leaves them to the next run."""


@dataclass(slots=True)
class Partners:
    """Finds the links of one kind in one run. ``closing``: in a closing look nothing is matched.

    ``dropped``: ids of links that became part of another one; ``moved``: of which one. ``seen``: ids of
    links that are decided about; ``joined``: of those that are matched anew. ``paired``: HubSpot records that
    have found their match. ``claimed``: records that more than one link named, and who got them.
    ``reconsider``: subjects of open questions that are asked anew. ``named_alone``: records with a link id
    of ours that no other one carries.
    """

    objects: ObjectMap
    puller: Puller
    store: Store
    digest: Digest
    closing: bool = False
    moved: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    paired: set[Ref] = field(default_factory=set)
    claimed: dict[Ref, Link] = field(default_factory=dict)
    reconsider: set[Ref] = field(default_factory=set)
    named_alone: set[Ref] = field(default_factory=set)

    # ------------------------------------------------------------ match

    def match(self) -> Matches:
        """Judge all groups of look-alikes in the spool, strongest evidence first."""
        found = Matches()
        for number, beside in self._numbers():
            groups = self._alike(number, beside)
            while chunk := list(islice(groups, CHUNK)):
                links = self.store.links_by_ref(ref for refs in chunk for ref in refs)
                for refs in chunk:
                    weak = self.objects.kind is Kind.DEAL and number >= FIRST_MATCH_KEY
                    self._judge(refs, links, found, shared=number >= SHARED_KEY, distinct=weak)
        return found

    def _numbers(self) -> Iterator[tuple[int, int | None]]:
        """The numbers of the keys in the order of evidence; of a further address with that of a first one."""
        yield from ((LINK_KEY, None), (PARTNER_KEY, None))
        for start in (FIRST_MATCH_KEY, SHARED_KEY + FIRST_MATCH_KEY):
            for number in range(start, start + len(self.objects.match)):
                yield number, None
                yield number + SECONDARY_KEY, number

    def _alike(self, number: int, beside: int | None) -> Iterator[list[Ref]]:
        """Groups of records that share a key. Who carries a link id that nobody else does is remembered."""
        for _, refs in self.puller.spool.groups(self.objects.kind, number, beside):
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
        elif isinstance(verdict, Joins):
            self._note_joins(verdict, found)
        elif isinstance(verdict, Unclear):
            free = [c.ref for c in group if c.link is None]
            found.unclear.update((ref, verdict) for ref in free)

    def _note_joins(self, joins: Joins, found: Matches) -> None:
        """The first, strongest evidence about a pair stands; more aliases are added to it."""
        known = found.joins.get(joins.link)
        if known is not None:
            joins = replace(known, aliases=tuple({*known.aliases, *joins.aliases}))
        found.joins[joins.link] = joins
        found.aliases.update(joins.aliases)
        members = joins.aliases if joins.to is None else (*joins.aliases, joins.to)
        found.joined.update(dict.fromkeys(members, joins))

    # ------------------------------------------------------------ open questions

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

    # ------------------------------------------------------------ links

    def links_of(self, refs: Sequence[Ref], matches: Matches) -> list[Link]:
        """Links of these refs, each once in the run: known ones, new pairs, records new to us."""
        partners = [r for ref in refs if (m := matches.of.get(ref)) for r in m.refs.values()]
        absorbed = [old for ref in refs for old in self.puller.absorbed.get(ref, ())]
        known = self.store.links_by_ref([*refs, *partners, *absorbed])
        pairs = self.store.links_by_id(j.link for ref in refs if (j := matches.joined.get(ref)))
        subjects: list[Link] = []
        for ref in refs:
            joins = matches.joined.get(ref)
            pair = None if self.closing or joins is None else pairs.get(joins.link)
            for each in [pair] if pair else self._links_of_one(ref, known, matches):
                link = self._with_joins(each, matches)
                if link.id not in self.seen:
                    self.seen.add(link.id)
                    subjects.append(link)
        return subjects

    def _links_of_one(self, ref: Ref, known: Mapping[Ref, Link], matches: Matches) -> list[Link]:
        link = known.get(ref)
        free = link is None or _is_free(link)
        before = self.puller.absorbed.get(ref, ())
        inherited = [known[old] for old in before if old in known and old in known[old].refs.values()]
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

    def _with_joins(self, link: Link, matches: Matches) -> Link:
        """A pair with the records that turned up beside it. One that takes the place of another meets the
        partner as at first contact."""
        joins = matches.joins.get(link.id)
        if joins is None or self.closing or link.id in self.seen or link.state is not LinkState.LINKED:
            return link
        members = joins.aliases if joins.to is None else (*joins.aliases, joins.to)
        for alone in self.store.links_by_ref(members).values():
            if alone.id != link.id:
                self._drop(alone, link.id)
        aliases = dict.fromkeys((*link.aliases, *joins.aliases))
        link = replace(link, aliases=tuple(aliases), pending=link.pending or "moved")
        return link if joins.to is None else with_better(link, joins.to)

    def _drop(self, link: Link, into: str) -> None:
        """Forget a link that became part of another one; nothing else is decided about it in this run."""
        self.dropped.append(link.id)
        self.moved[link.id] = into
        self.seen.add(link.id)

    # ------------------------------------------------------------ merges and conversions

    def follow(
        self, links: Iterable[Link]
    ) -> tuple[list[Link], dict[str, dict[Side, Record]], dict[str, Link]]:
        """The links with all others that reach the same records through merges and conversions, so that they
        are judged together; by link id their records and how they stand now, as ``Puller.follow`` gives
        them."""
        found: list[Link] = []
        records: dict[str, dict[Side, Record]] = {}
        after: dict[str, Link] = {}
        fresh = list(links)
        while fresh:
            found += fresh
            read, moved = self.puller.follow(fresh, self.objects)
            records |= read
            after |= moved
            fresh = self._rivals(fresh, moved)
            self.seen.update(link.id for link in fresh)
        return found, records, after

    def _rivals(self, links: Iterable[Link], after: Mapping[str, Link]) -> list[Link]:
        """Links that nobody has looked at in this run, of the records that these were moved to and of those
        that were merged into them."""
        reached = _moved_to(links, after)
        reached |= {old for ref in reached for old in self.puller.absorbed.get(ref, ())}
        rivals = {link.id: link for link in self.store.links_by_ref(reached).values()}
        return [link for id, link in rivals.items() if id not in self.seen]

    def taken(
        self,
        links: Sequence[Link],
        records: Mapping[str, Mapping[Side, Record]],
        after: Mapping[str, Link],
    ) -> dict[Ref, Link]:
        """Which link holds a record that several name. What was given away earlier in this run stays so."""
        mine = {link.id for link in links}
        by_ref = {ref: link.id for link in links for ref in after[link.id].refs.values()}
        for ref, holder in self.store.links_by_ref(_moved_to(links, after)).items():
            if holder.id in mine or holder.id in self.dropped:
                continue
            if holder.state is LinkState.LINKED:
                self.claimed.setdefault(ref, holder)
            elif holder.state is LinkState.SINGLE:
                self._drop(holder, by_ref[ref])  # it had no partner; now it is part of one of these
        claims = [self._claim(link, after[link.id], records[link.id]) for link in links]
        return share_out(claims, self.claimed)

    def _claim(self, link: Link, after: Link, records: Mapping[Side, Record]) -> Claim:
        there = {record.ref for record in records.values() if record.gone is None}
        return Claim(link, after, there.issuperset(after.refs.values()), self._misfits(link, records))

    def _misfits(self, link: Link, records: Mapping[Side, Record]) -> int:
        """In how many fields the successors of a link's records are not as the link knew its records."""
        return sum(
            self.digest(record.values[column]) != base
            for side, record in records.items()
            if record.ref != link.refs[side]
            for rule in self.objects.fields
            if (column := rule.column(side, record.ref.type) or "") in record.values
            and (base := link.bases.get(side, {}).get(rule.name)) is not None
        )


def _moved_to(links: Iterable[Link], after: Mapping[str, Link]) -> set[Ref]:
    """Records that links came to by a merge or conversion, and those that a tombstone has left."""
    return {
        ref
        for link in links
        for side, ref in after[link.id].refs.items()
        if ref != link.refs[side] or link.state is LinkState.TOMBSTONE
    }


def with_better(link: Link, ref: Ref) -> Link:
    """The link with a record that counts more in the place of its own one, which becomes an alias."""
    side = ref.side
    aliases = (*(alias for alias in link.aliases if alias != ref), link.refs[side])
    bases = {s: base for s, base in link.bases.items() if s is not side}
    rows = {s: row for s, row in link.rows.items() if s is not side}
    stamps = {s: stamp for s, stamp in link.stamps.items() if s is not side}
    refs = {**link.refs, side: ref}
    return replace(link, refs=refs, aliases=aliases, bases=bases, rows=rows, stamps=stamps)


def _partner(ref: Ref, links: Mapping[Ref, Link], found: Matches) -> str | None:
    """The link that a record already has a partner (or a tombstone) in."""
    if ref in found.of:
        return MATCHED
    link = links.get(ref)
    return None if link is None or _is_free(link) else link.id


def _is_free(link: Link) -> bool:
    """Whether a record may be matched: it never had a partner, though it may have come back from the bin."""
    revived = link.state is LinkState.TOMBSTONE and len(link.refs) == 1 and APART not in link.diverged
    return link.state is LinkState.SINGLE or revived


def _is_lost(link: Link | None) -> bool:
    return link is not None and link.state is LinkState.TOMBSTONE and not _is_free(link)
