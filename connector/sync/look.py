"""Look: one kind of record, from what was touched to what is decided.

Enters: touched refs and the spool of one run. Leaves: a stream of decisions. It puts the pure stages (match,
reconcile, derive, plan) in their order and fetches what they need; it decides nothing itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from connector.crm.base import changed_at
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Decision, Kind, Link, Op, Ref, Side
from connector.state.rows import OpenReview
from connector.state.store import Store
from connector.sync.decide import Work
from connector.sync.doubt import Doubt, in_doubt
from connector.sync.facts import NO_FACTS, Source, gathered
from connector.sync.flips import LOOK_BACK, broken_fields, without_flapping
from connector.sync.match import Matches
from connector.sync.parents import Parents, usable
from connector.sync.partners import UNSETTLED, Partners
from connector.sync.plan import Planner
from connector.sync.pull import CHUNK, Puller
from connector.sync.stage import VERDICT

WAITING = 100_000
"""Links looked at again in one run though nothing changed; the others wait for the next one."""

UNANSWERED = ("unknown", "retry", "recovered")
"""Pending marks of links whose last write was not answered, before and after it was looked up."""

ANEW = ("new", "verdict", "recovered", "moved")
"""Pending marks of links that may just have got their partner: what refers to them is looked at again."""


@dataclass(slots=True)
class Looker:
    """Looks at one kind in one run. ``changed``: the mapping or the CRMs' fields did since the last run:
    whatever is held or parked may be possible now. ``usable_links``: links made in this run that references
    may already use. ``suspects``: links whose last write was not answered. ``first``: this kind was never
    looked at before. ``sources``: fetch what decisions need beside the records."""

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
    first: bool = False
    sources: Sequence[Source] = ()
    suspects: set[str] = field(default_factory=set)
    partners: Partners = field(init=False)
    doubts: Doubt = field(init=False)
    parents: Parents = field(init=False)

    def __post_init__(self) -> None:
        digest = self.planner.digest
        self.partners = Partners(self.objects, self.puller, self.store, digest, self.closing)
        self.doubts = Doubt(self.objects, self.store, self.doubt)
        self.parents = Parents(
            self.rules, self.objects, self.planner.ctx, self.puller, self.store, self.usable_links
        )

    @property
    def dropped(self) -> list[str]:
        """Ids of links that became part of another one."""
        return self.partners.dropped

    @property
    def moved(self) -> dict[str, str]:
        """Links that became part of another one -> that one."""
        return self.partners.moved

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

    def decisions(self, touched: Iterable[Ref], matches: Matches) -> Iterator[list[Decision]]:
        """Decide everything that was touched, in chunks."""
        refs = iter(touched)
        while chunk := list(islice(refs, CHUNK)):
            subjects = self.partners.links_of(chunk, matches)
            if subjects:
                yield self._decide(subjects, matches)

    # ------------------------------------------------------------ decide

    def _decide(self, links: Sequence[Link], matches: Matches) -> list[Decision]:
        links, records, after = self.partners.follow(links)
        links, records, after = self.doubts.adopted(self.partners.joined, links, records, after)
        doubted = self.doubts.doubted(links, records)
        after = {id: in_doubt(link) if id in doubted else link for id, link in after.items()}
        planner = replace(self.planner, ctx=self.parents.context(records, after))
        taken = self.partners.taken(links, records, after)
        reconsider = self.partners.reconsider
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
                self.every or self.closing or not reconsider.isdisjoint(link.refs.values()),
                link.id in doubted,
            )
            for link in links
        ]
        self.suspects.update(link.id for link in links if link.fails and link.pending in UNANSWERED)
        self._facts(work)
        self._field_times(work)
        made = self._with_parts([(one, done) for one in work if (done := one.decide()) is not None])
        self.moved.update((one.link.id, one.into.id) for one in work if one.into is not None)
        self.partners.dropped += [decision.link.id for decision in made if not decision.link.refs]
        made = self._calm([decision for decision in made if decision.link.refs])
        moved = {link.id for link in links if link.pending in ANEW or after[link.id].refs != link.refs}
        self._remember(made, moved)
        return made

    def _with_parts(self, decided: Sequence[tuple[Work, Decision]]) -> list[Decision]:
        """The decisions, those about deals with who has a part in them."""
        if self.objects.kind is not Kind.DEAL or self.rules.pipeline.from_deals is None:
            return [decision for _, decision in decided]
        known = self.store.parts_in([decision.link.id for _, decision in decided])
        return [
            replace(made, parts=one.parts(made, known.get(made.link.id, ()), first=self.first))
            for one, made in decided
        ]

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

    def _field_times(self, work: Sequence[Work]) -> None:
        """Ask the CRMs when clashing fields with ``clash: newest`` were changed, in one go."""
        wanted: dict[tuple[Side, str, str], list[str]] = {}
        for one in work:
            for name in one.needs_times():
                for side, record in one.records.items():
                    column = self.objects.field(name).column(side, record.ref.type)
                    if column:
                        wanted.setdefault((side, record.ref.type, column), []).append(record.ref.id)
        times = {
            place: changed_at(self.puller.crms[place[0]].versions(place[1], ids, place[2]))
            for place, ids in wanted.items()
        }
        for one in work:
            one.times = times

    def _facts(self, work: Sequence[Work]) -> None:
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
