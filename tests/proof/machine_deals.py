"""A state machine of deals: owners, companies and people, edited on both sides while runs fail.

Each machine of ``machines.py`` knows people only. Here everything that one record says of another is moved
about: references that must wait for their target, sets that are merged, owners.
"""

from collections import Counter
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from invariants import come_to_rest, links, nothing_more, secrecy
from lives import FAILS, LOST, PAUSES, REFUSAL, SIDES, STEP
from office import Office, office
from team import COLLEAGUES, COMPANIES, PEOPLE, TYPE, Deal, Team, team_ground

from connector.model import Side
from connector.sync.guards import Limits

H, S = Side.HUBSPOT, Side.SALESFORCE
WHO = st.integers(0, 3)
PERSON = st.sampled_from(PEOPLE)
OWNERS = st.sampled_from(COLLEAGUES)
FIRMS = st.sampled_from(COMPANIES)
PLACES = {
    H: ("/crm/*/objects/deals/batch/*", "/crm/objects/*/deals/batch/*", "/crm/*/associations/**"),
    S: ("/services/data/*/composite/sobjects",),
}
QUIET = 40
"""Requests that a run of three kinds of records may send when there is nothing to do."""


class Deals(RuleBasedStateMachine):
    """Deals live in both CRMs; two are there to begin with."""

    overlap_s: ClassVar[float] = 900
    index_lag_s: ClassVar[float] = 0

    def __init__(self) -> None:
        super().__init__()
        self._open = office(self.overlap_s, self.index_lag_s, team_ground())
        self.office: Office = self._open.__enter__()
        self.office.limits = Limits(unlinks=1000, blankings=1000)
        self.team = Team(self.office)

    @initialize(side=SIDES, owner=OWNERS)
    def begin(self, side: Side, owner: str) -> None:
        self.team.enter(side, owner, COMPANIES[0])
        self.team.enter(side.other, owner, None)
        self.sync()

    def teardown(self) -> None:
        try:
            settled(self.team)
        finally:
            self._open.__exit__(None, None, None)

    def which(self, n: int) -> Deal:
        return self.team.deals[n % len(self.team.deals)]

    def sync(self) -> None:
        self.office.try_sync()
        self.team.meet()

    # ------------------------------------------------------------ people

    @rule(side=SIDES, owner=OWNERS, company=st.none() | FIRMS)
    def another_deal(self, side: Side, owner: str, company: str | None) -> None:
        if len(self.team.deals) < 4:
            self.team.enter(side, owner, company)

    @rule(n=WHO, side=SIDES, name=st.sampled_from(["name", "amount", "next_step"]))
    def edit(self, n: int, side: Side, name: str) -> None:
        self.team.number += 1
        value: Any = self.team.number if name == "amount" else f"{self.team.number:04} canary {name}"
        self.team.edit(self.which(n), side, name, value)

    @rule(n=WHO, side=SIDES, owner=OWNERS)
    def hand_over(self, n: int, side: Side, owner: str) -> None:
        self.team.edit(self.which(n), side, "owner", owner)

    @rule(n=WHO, side=SIDES, company=FIRMS)
    def another_company(self, n: int, side: Side, company: str) -> None:
        self.team.edit(self.which(n), side, "company", company)

    @rule(n=WHO, side=SIDES, person=PERSON, there=st.booleans())
    def member(self, n: int, side: Side, person: str, there: bool) -> None:
        self.team.member(self.which(n), side, person, there=there)

    @rule(n=WHO, one=PERSON, other=PERSON)
    def both_add_somebody(self, n: int, one: str, other: str) -> None:
        """Each team puts its own person on the deal: both are on it in the end."""
        self.team.member(self.which(n), H, one, there=True)
        self.team.member(self.which(n), S, other, there=True)

    @rule(n=WHO, side=SIDES)
    def delete(self, n: int, side: Side) -> None:
        if len(self.team.deals) > 1:
            self.team.delete(self.which(n), side)

    @rule(n=WHO)
    def undelete(self, n: int) -> None:
        self.team.undelete(self.which(n))

    # ------------------------------------------------------------ runs

    @rule(seconds=PAUSES)
    def sleep(self, seconds: float) -> None:
        self.office.pass_time(seconds)

    @rule()
    def sync_calmly(self) -> None:
        self.sync()

    @rule()
    def look_at_everything(self) -> None:
        """The daily sweep: it meets what no CRM lists as a change, such as somebody taken off a deal."""
        self.office.try_sync(full=True)
        self.team.meet()

    def faulty(self, answer: object, routes: tuple[str | None, ...], side: Side, **more: Any) -> None:
        for route in routes:
            where = {"side": str(side)} | ({"route": route} if route else {})
            self.office.fault(answer, **where, **more)
        self.sync()
        self.office.calm()

    @rule(side=SIDES, answer=st.sampled_from(LOST), n=WHO, person=PERSON)
    def lost_answer(self, side: Side, answer: object, n: int, person: str) -> None:
        self.team.member(self.which(n), side.other, person, there=True)
        self.faulty(answer, PLACES[side], side)

    @rule(n=WHO, side=SIDES, one=PERSON, other=PERSON, answer=st.sampled_from([*LOST, "drop"]))
    def one_half_of_a_merge_fails(self, n: int, side: Side, one: str, other: str, answer: object) -> None:
        """Each team adds somebody, and one CRM is out of order when it is to get the other one's."""
        self.both_add_somebody(n, one, other)
        self.faulty(answer, PLACES[side], side)

    @rule(side=SIDES, answer=st.sampled_from(FAILS), nth=st.integers(1, 12), times=st.sampled_from([1, 9]))
    def failing(self, side: Side, answer: object, nth: int, times: int) -> None:
        self.faulty(answer, (None,), side, nth=nth, times=times)

    @rule(n=WHO, owner=OWNERS, row=st.integers(0, 1))
    def some_rows_fail(self, n: int, owner: str, row: int) -> None:
        for place in range(2):
            self.team.edit(self.which(n + place), H, "owner", owner)
        self.faulty({"fail_rows": [row], "error": REFUSAL}, PLACES[S], S)

    @rule(n=WHO, place=st.sampled_from([("Opportunity", "NextStep"), ("deals", "amount")]))
    def field_vanishes(self, n: int, place: tuple[str, str]) -> None:
        """Somebody takes a permission away, and gives it back a while later: nothing is blanked."""
        type, name = place
        self.team.edit(self.which(n), H, "next_step", f"{self.team.number:04} canary unseen")
        self.office.fault({"hide_field": {"type": type, "field": name}})
        for seconds in (1.0, 4000.0):
            self.sync()
            self.office.pass_time(seconds)
        self.office.calm()

    @rule(step=STEP, n=WHO, side=SIDES, person=PERSON)
    def killed(self, step: int, n: int, side: Side, person: str) -> None:
        self.team.member(self.which(n), side, person, there=True)
        self.office.die_at(step)
        self.team.meet()

    @rule(step=STEP, n=WHO, side=SIDES, person=PERSON, there=st.booleans())
    def member_meanwhile(self, step: int, n: int, side: Side, person: str, there: bool) -> None:
        deal = self.which(n)
        self.team.edit(deal, side.other, "next_step", f"{self.team.number:04} canary meanwhile")
        self.office.meanwhile(step, lambda: self.team.member(deal, side, person, there=there))
        self.team.meet()


def settled(team: Team) -> None:
    """Come to rest, and check what must hold of deals (the numbers are those of ``invariants.py``)."""
    come_to_rest(team.office, sweep=True)
    team.meet()
    for deal in team.deals:
        alive = {side for side in deal.refs if team.office.held((TYPE[side], deal.refs[side])) is not None}
        assert alive == set(deal.refs) - deal.gone, f"10 deletion safety: {deal.name} is gone"
        if deal.gone:
            continue
        assert len(deal.refs) == len(Side), f"7 conservation: {deal.name} has no partner"
        wrong = team.wrong(deal)
        assert not wrong, f"1-4: {wrong}"
    conserved(team)
    links(team.office)
    assert team.office.store.verify_audit() == [], "13 audit: the chain is broken"
    secrecy(team.office)
    nothing_more(team.office, vague=False, quiet=QUIET)


def conserved(team: Team) -> None:
    """7: each deal is there once on each side, and nobody has made another one."""
    for side in Side:
        store: Any = team.office.world.hubspot if side is H else team.office.world.salesforce
        ids = [row["id"] if side is H else row["Id"] for row in store.all(TYPE[side], include_deleted=False)]
        known = Counter(deal.refs[side] for deal in team.deals if side in deal.refs and side not in deal.gone)
        assert Counter(ids) == known, f"7 conservation: {side} has {len(ids)} deals, people know {len(known)}"
