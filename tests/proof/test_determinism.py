"""16 determinism: the same work at the same moment gives the same plan and the same ledger, in whatever order
the CRMs list their records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import pytest
from office import Office, office
from people import People
from witness import Person

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.model import LINK_ID, PARTNER_ID, Action, Kind, Page, Ref, Side
from connector.run import plan
from connector.sync.guards import Limits

H, S = Side.HUBSPOT, Side.SALESFORCE
Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Chronicle:
    """What a day of work left: plans, guards' hashes, the audit and the ledger, what waits, and how often
    each CRM was asked what. Ids that chance gives are not in it: a link is called by its people."""

    plans: list[Any]
    ledger: list[Any]
    waits: list[Any]
    requests: dict[str, dict[str, int]]


def test_the_same_day_twice_leaves_the_same() -> None:
    assert lived() == calm_day()


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.proof) for n in range(2, 20))])
def test_the_order_of_the_crms_lists_changes_nothing(seed: int, monkeypatch: Patch) -> None:
    expected = calm_day()
    shuffle(monkeypatch, Random(seed))
    assert lived() == expected


@cache
def calm_day() -> Chronicle:
    return lived()


def shuffle(patch: Patch, chance: Random) -> None:
    """Both CRMs list what they are asked for in any order, in pages of any length."""
    for crm in (HubSpot, Salesforce):
        for name in ("changed", "scan"):
            patch.setattr(crm, name, _shuffled(getattr(crm, name), chance, whole=name == "changed"))
        patch.setattr(crm, "find", _turned(crm.find, chance))


def _shuffled(method: Callable[..., Iterator[Page]], chance: Random, *, whole: bool) -> Any:
    """``whole``: a page stays a page, since the first one holds the newest records and their number."""

    def pages(self: Crm, *args: Any) -> Iterator[Page]:
        found = list(method(self, *args))
        if not whole:
            records = [record for page in found for record in page.records]
            chance.shuffle(records)
            found = [Page(tuple(records[n : n + 2])) for n in range(0, len(records), 2)]
        for page in found:
            yield replace(page, records=tuple(chance.sample(page.records, len(page.records))))

    return pages


def _turned(method: Callable[..., Any], chance: Random) -> Any:
    def found(self: Crm, *args: Any) -> list[Any]:
        records = list(method(self, *args))
        return chance.sample(records, len(records))

    return found


# ---------------------------------------------------------------- a day


def lived() -> Chronicle:
    """A morning in which eight people become known, and an afternoon of edits, clashes and a guard."""
    with office() as made:
        people = People(made)
        everybody = [people.arrive(*sides, fields=3) for sides in ((H,), (S,), (H, S), (H,), (H, S), (S,))]
        people.twin(everybody[2])
        plans = [planned(people, full=True)]
        made.sync(full=True)
        people.meet()
        afternoon(people, everybody)
        plans.append(planned(people))
        made.sync()
        made.pass_time(4000)
        made.limits = Limits()
        plans.append(planned(people))
        made.sync(full=True)
        asked = {name: log.counts()["by_route"] for name, log in made.world.requests.items()}
        return Chronicle(plans, ledger(people), waits(people), asked)


def afternoon(people: People, everybody: list[Person]) -> None:
    for person in everybody:
        for side in Side:
            people.edit(person, side, "job_title")
            people.edit(person, side, "phone")
        people.edit(person, H, "city")
    people.delete(everybody[4], S)
    for _ in range(3):
        people.arrive(H, fields=1)
    people.office.limits = Limits(creates=4, overwrites=2)


def planned(people: People, *, full: bool = False) -> Any:
    """What a plan says, in its own order, and the hash by which a person would approve it."""
    report = plan(people.office.env(), full=full)
    name = _names(people)
    actions = sorted(_shown(action, name) for action in report.sample)
    return dict(report.planned), report.plan, report.stopped_by, report.review, report.held, actions


def _shown(action: Action, name: Callable[[Ref], str]) -> tuple[str, ...]:
    changes = [c for c in action.changes if c.field not in (LINK_ID, PARTNER_ID)]
    return (
        str(action.op),
        name(action.target),
        *(repr((c.field, c.before, c.after, c.why)) for c in changes),
    )


def ledger(people: People) -> list[Any]:
    """Every row of the audit and of the ledger."""
    store, name, rows = people.office.store, _names(people), []
    for page in store.iter_links(Kind.CONTACT):
        for link in page:
            audits = [row for row in store.audit_of(link.id) if row.field not in (LINK_ID, PARTNER_ID)]
            rows += [(r.run, r.op, name(r.target), r.field, r.why, r.rule, r.before, r.after) for r in audits]
            secrets = store.secrets_of(link.id)
            rows += [(s.run, s.role, name(s.target), s.field, s.value, s.expires_at) for s in secrets]
    return sorted(map(repr, rows))


def waits(people: People) -> list[Any]:
    """What a person or a later run must look at."""
    store, name = people.office.store, _names(people)
    reviews = [item.review for item in store.open_reviews()]
    asked = [(r.code, name(r.subject), r.field, sorted(map(name, r.candidates))) for r in reviews]
    return sorted(map(repr, [*asked, *((h.code, name(h.subject), h.field) for h in store.held_items())]))


def _names(people: People) -> Callable[[Ref], str]:
    """What a record is called: a person's last name as first entered, since a new record's id depends on
    when it was made."""
    made: Office = people.office

    def name(ref: Ref) -> str:
        if not ref.id:
            return f"{ref.side} {ref.type} anew"
        column, row = "", None
        if ref.side is H:
            row, column = made.world.hubspot.get(ref.type, ref.id), "lastname"
            row = row["properties"] if row else None
        else:
            row, column = made.world.salesforce.get(ref.type, ref.id), "LastName"
        assert row is not None
        return f"{ref.side} {ref.type} {row.get(column)}"

    return name
