"""Account: what one cycle decided, counted while it goes by, for the guards and for the report.

Enters: decisions; in the end what was done of them. Leaves: a ``Report``. Counters and digests stay in
memory, never records.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from connector.model import Action, Decision, Kind, LinkState, Ref
from connector.report.runs import Report
from connector.state.store import Store
from connector.sync import guards
from connector.sync.apply import Tally as Done
from connector.sync.settle import GONE

HELD_PLAN = "held_plan"
"""Name of the meta entry that holds what guards hold at present, and the hash that lets it through."""
SAMPLE = 1000


@dataclass(slots=True)
class Account:
    """``kind`` of run; ``limit``: how many actions a dry run shows, None for all of them. ``lost``: records
    that are gone. Of a dry run also what it would ask and hold: ``asked``, ``held``, and of which links
    (``looked``)."""

    kind: str
    limit: int | None = SAMPLE
    tally: guards.Tally = field(default_factory=guards.Tally)
    lost: Counter[Kind] = field(default_factory=Counter)
    sample: list[Action] = field(default_factory=list)
    asked: set[tuple[str, Ref, str]] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)
    held: int = 0

    def take(self, decisions: Iterable[Decision], owner_fields: frozenset[str]) -> None:
        """Count what the guards look at."""
        for decision in decisions:
            if decision.link.pending == GONE:
                self.lost[decision.link.kind] += 1
            for action in decision.actions:
                self.tally.add(action, owner_fields)
                if self.limit is None or len(self.sample) < self.limit:
                    self.sample.append(action)
            if self.kind == "plan":
                self.asked.update((r.code, r.subject, r.field) for r in decision.reviews)
                self.held += len(decision.held)
                self.looked.add(decision.link.id)

    def report(
        self,
        store: Store,
        number: int,
        *,
        danger: tuple[str, ...],
        held: Mapping[str, int],
        plan: str | None,
        unusual: Mapping[str, int],
        done: Done | None,
        interrupted: bool,
    ) -> Report:
        """What run ``number`` did, or would do. ``danger``, ``held``: the guards that stop it, or parts of
        it; ``plan``: the hash that lets that through; ``done``: what was written, if anything."""
        links: Counter[LinkState] = Counter()
        for (_, state), n in store.count_links().items():
            links[state] += n
        stopped = (*danger, *sorted(held))
        if self.kind == "sync":
            stopped, plan, unusual = _still_held(store, stopped, plan, unusual)
        review, rows = self._open_items(store)
        guarded = store.count_guarded()
        return Report(
            run=number,
            kind=self.kind,
            created=done.created if done else 0,
            updated=done.updated if done else 0,
            review=review,
            held=rows + guarded,
            stopped_by=stopped,
            danger=bool(danger),
            plan=plan,
            planned=dict(self.tally.planned),
            sample=tuple(self.sample) if self.kind == "plan" else (),
            linked=links[LinkState.LINKED],
            single=links[LinkState.SINGLE],
            failed=done.failed if done else 0,
            unusual=unusual,
            interrupted=interrupted,
        )

    def _open_items(self, store: Store) -> tuple[int, int]:
        """Review items and held rows that are open now; in a dry run those that would be."""
        if self.kind != "plan":
            return sum(store.count_reviews().values()), sum(store.count_held().values())
        before = {
            (item.review.code, item.review.subject, item.review.field)
            for item in store.open_reviews()
            if item.review.link not in self.looked
        }
        rows = sum(item.link not in self.looked for item in store.held_items())
        return len(before | self.asked), rows + self.held


def _still_held(
    store: Store, stopped: tuple[str, ...], plan: str | None, unusual: Mapping[str, int]
) -> tuple[tuple[str, ...], str | None, Mapping[str, int]]:
    """What guards hold is named by every run until it is approved or moot, though it is looked at again only
    now and then."""
    if stopped:
        kept = {"plan": plan, "stopped_by": stopped, "unusual": unusual}
        store.set_meta(HELD_PLAN, orjson.dumps(kept).decode())
        return stopped, plan, unusual
    told = orjson.loads(store.get_meta(HELD_PLAN) or "{}")
    if not told or not store.count_guarded():
        return (), plan, {}
    return tuple(told["stopped_by"]), told["plan"], told.get("unusual", {})
