"""Seeded bugs: each takes one guarantee out of the product, to see that the proof notices.

Enters: pytest's monkeypatch. Leaves: the running product with one real function or method changed, until the
test ends. Nothing of this is ever part of the product.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from connector.crm import hubspot_write, salesforce_write
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_write import Collections
from connector.crm.soql import Query
from connector.cycle import Cycle
from connector.errors import SmarketingError
from connector.horizon import Horizon
from connector.mapping.rules import FieldRule, Rule
from connector.model import LINK_ID, PARTNER_ID, Delta, Link, Op, Page, Record, Result, Side, Verdict, Write
from connector.state.database import Database
from connector.state.rows import Intent, Settlement
from connector.state.store import Store
from connector.sync import apply, decide, guards, reconcile, recover, settle
from connector.sync.apply import Applier
from connector.sync.decide import Work
from connector.sync.gate import Task
from connector.sync.gone import Missing
from connector.sync.settle import Attempt, Outcome, Settler

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Bug:
    """One bug: what it breaks, and how it is switched in."""

    breaks: str
    switch_in: Callable[[Patch], None]


BUGS: dict[str, Bug] = {}


def bug(breaks: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def note(switch_in: Callable[[Patch], None]) -> Callable[[Patch], None]:
        BUGS[switch_in.__name__] = Bug(breaks, switch_in)
        return switch_in

    return note


# ---------------------------------------------------------------- cursors


@bug("a run that failed moves its cursors all the same")
def cursor_after_an_error(patch: Patch) -> None:
    go = Cycle.go

    def careless(self: Cycle) -> Any:
        try:
            return go(self)
        except SmarketingError:
            self.horizon.move(self.env.rules, self.live, self.number, thorough=True)
            raise

    patch.setattr(Cycle, "go", careless)


@bug("a pull asks only for what is newer than the last one: no overlap")
def strict_cursor(patch: Patch) -> None:
    since, move = Horizon.since, Horizon.move

    def exactly(self: Horizon, objects: Any, *, thorough: bool) -> Any:
        del thorough
        return since(self, objects, thorough=False)

    def all_the_way(self: Horizon, *args: Any, **more: Any) -> None:
        move(replace(self, overlap=timedelta(0)), *args, **more)

    patch.setattr(Horizon, "since", exactly)
    patch.setattr(Horizon, "move", all_the_way)


@bug("a row that failed leaves no mark: the cursor passes it")
def cursor_past_a_failed_row(patch: Patch) -> None:
    outcome = Settler.outcome

    def forgetful(self: Settler, attempt: Attempt, result: Result) -> Outcome:
        made = outcome(self, attempt, result)
        return made if result.verdict is Verdict.DONE else replace(made, link=replace(made.link, pending=""))

    patch.setattr(Settler, "outcome", forgetful)


# ---------------------------------------------------------------- bases


@bug("the base is committed before the write")
def base_before_the_write(patch: Patch) -> None:
    batch = Applier._batch

    def hasty(
        self: Applier,
        side: Side,
        type: str,
        tasks: list[Task],
        fresh: Mapping[str, Record],
        links: dict[str, Link],
    ) -> None:
        for task in tasks:
            links[task.action.link] = _as_planned(self, task, links[task.action.link])
        self.store.settle(Settlement(links=tuple(links[t.action.link] for t in tasks)), self.clock())
        batch(self, side, type, tasks, fresh, links)

    patch.setattr(Applier, "_batch", hasty)


def _as_planned(applier: Applier, task: Task, link: Link) -> Link:
    bases = {side: dict(link.bases.get(side, {})) for side in Side}
    for change in task.action.changes if task.action.op is Op.UPDATE else ():
        if change.field not in (LINK_ID, PARTNER_ID) and not isinstance(change.after, Delta):
            bases[task.action.side][change.field] = applier.key.hash(change.after)
            bases[task.action.side.other][change.field] = applier.key.hash(change.given)
    return replace(link, bases=bases)


@bug("the base follows the plan also where the CRM refused the write")
def base_from_the_plan(patch: Patch) -> None:
    outcome = Settler.outcome

    def trusting(self: Settler, attempt: Attempt, result: Result) -> Outcome:
        made = outcome(self, attempt, result)
        if result.verdict is Verdict.DONE or attempt.action.op is Op.CREATE:
            return made
        planned = self._bases(attempt, Result(result.key, Verdict.DONE))
        return replace(made, link=replace(made.link, bases=planned.bases))

    patch.setattr(Settler, "outcome", trusting)


@bug("what a flow made of a write whose answer was lost counts as somebody's edit")
def flows_of_lost_answers_are_edits(patch: Patch) -> None:
    patch.setattr(recover, "_ours", lambda *_: {})


@bug("what a flow made of our write counts as somebody's edit where somebody saves the record right after")
def flows_beside_a_save_are_edits(patch: Patch) -> None:
    patch.setattr(salesforce_write.SalesforceWriter, "_still_ours", lambda *_: {})


@bug("what was written is not read back: a value that the CRM changed counts as somebody's edit")
def no_read_back(patch: Patch) -> None:
    bases = Settler._bases

    def blind(self: Settler, attempt: Attempt, result: Result) -> Link:
        return bases(self, attempt, replace(result, values={}))

    patch.setattr(Settler, "_bases", blind)


@bug("one base for both sides: what the CRM made of a value goes round and round")
def one_base_for_both_sides(patch: Patch) -> None:
    bases = Settler._bases

    def shared(self: Settler, attempt: Attempt, result: Result) -> Link:
        link = bases(self, attempt, result)
        mine = link.bases[attempt.action.side]
        fields = {change.field for change in attempt.action.changes} & mine.keys()
        other = {**link.bases[attempt.action.side.other], **{name: mine[name] for name in fields}}
        return replace(link, bases={**link.bases, attempt.action.side.other: other})

    patch.setattr(Settler, "_bases", shared)


@bug("the people of a deal have their base before the second side has got them")
def set_base_too_early(patch: Patch) -> None:
    patch.setattr(settle, "is_last", lambda _pending, _side: True)


@bug("the people of a deal are written whole: who was added on the other side meanwhile is taken off")
def sets_written_whole(patch: Patch) -> None:
    merge = reconcile.merge_sets

    def copied(rule: FieldRule, *rest: Any) -> reconcile.Outcome:
        return merge(replace(rule, rule=Rule.SALESFORCE_OWNS), *rest)

    patch.setattr(reconcile, "merge_sets", copied)


# ---------------------------------------------------------------- writes


@bug("the target is not looked at again right before the write")
def no_freshness_check(patch: Patch) -> None:
    patch.setattr(apply, "_as_seen", lambda _change, _fresh: True)


@bug("whatever is read back after a write counts as what we wrote")
def others_edits_read_back(patch: Patch) -> None:
    patch.setattr(salesforce_write, "_is_ours", lambda _row, _us: True)


@bug("updates are not announced: after a crash our own write looks like somebody's edit")
def no_intents_for_updates(patch: Patch) -> None:
    begin = Store.begin

    def creates_only(self: Store, run: int, announced: Sequence[Intent], *rest: Any) -> None:
        begin(self, run, [intent for intent in announced if intent.op is Op.CREATE], *rest)

    patch.setattr(Store, "begin", creates_only)


@bug("a create whose answer was lost is sent again, without an id of ours by which it would be known")
def blind_create(patch: Patch) -> None:
    create = Collections.create

    def twice(self: Collections, type: str, writes: Sequence[Write], results: dict[str, Result]) -> None:
        bare = [replace(w, values={k: v for k, v in w.values.items() if not _is_id(k)}) for w in writes]
        create(self, type, bare, results)
        lost = [w for w in bare if results[w.key].verdict is Verdict.UNKNOWN]
        create(self, type, lost, results)

    patch.setattr(Collections, "create", twice)


def _is_id(column: str) -> bool:
    return column in ("SMK_Link_Id__c", "SMK_HubSpot_Id__c")


@bug("the rows of HubSpot's answer are taken in the order in which they were sent")
def order_trusted(patch: Patch) -> None:
    match = hubspot_write._match

    def by_place(writes: Sequence[Write], data: Any) -> list[Result]:
        if len(data["results"]) != len(writes):
            return match(writes, data)
        return [hubspot_write._result(w, row) for w, row in zip(writes, data["results"], strict=True)]

    patch.setattr(hubspot_write, "_match", by_place)
    patch.setattr(Settler, "_elsewhere", Settler._done)  # would notice that another record answered


@bug("a run that lost its lease goes on writing")
def fencing_off(patch: Patch) -> None:
    patch.setattr(Database, "_check_fence", lambda _self, _connection: None)


# ---------------------------------------------------------------- what is seen, what is held


@bug("each record is judged alone: no plan is ever too large")
def guard_per_record(patch: Patch) -> None:
    fresh = guards.Tally.fresh

    def alone(self: guards.Tally, approved: frozenset[bytes]) -> dict[str, int]:
        return {label: min(n, 1) for label, n in fresh(self, approved).items()}

    patch.setattr(guards.Tally, "fresh", alone)


@bug("a record that does not answer counts as deleted")
def delete_from_absence(patch: Patch) -> None:
    def gone(self: Missing) -> Any:
        left = replace(self.link, state=decide.LinkState.TOMBSTONE, pending="", retry_at=None)
        return decide.Decision(left)

    patch.setattr(Missing, "unreadable", gone)


@bug("a field that could not be read counts as blank")
def absent_is_blank(patch: Patch) -> None:
    outcomes = Work.outcomes

    def filled(self: Work) -> Any:
        for side, record in self.records.items():
            blank: dict[str, Any] = dict.fromkeys(self.objects.columns(side, record.ref.type))
            whole = replace(record, values={**blank, **record.values})
            self.records = {**self.records, side: whole}
        return outcomes(self)

    patch.setattr(Work, "outcomes", filled)


@bug("whatever the integration user did last counts as our own echo")
def own_users_edits_ignored(patch: Patch) -> None:
    changed = Salesforce.changed

    def without_ours(self: Salesforce, type: str, since: Any, fields: Sequence[str]) -> Iterator[Page]:
        me = self.identity().user
        query = Query(type, ("Id",), f"LastModifiedById = '{me}'")
        ours = set(self._reader.rows(query, lambda row: str(row["Id"])))
        for page in changed(self, type, since, fields):
            yield replace(page, records=tuple(r for r in page.records if r.ref.id not in ours))

    patch.setattr(Salesforce, "changed", without_ours)
