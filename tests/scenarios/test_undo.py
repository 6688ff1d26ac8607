"""A run that should not have been: what it wrote is put back, and what people did since is left alone."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from setting import Firm, firm

from connector.errors import ConfigError
from connector.install.apply import apply as install
from connector.install.apply import plan_install
from connector.model import Delta, Kind, Op, Side, Write
from connector.report.undone import Undone
from connector.sync.guards import Limits
from connector.undo import Wanted, undo

TITLES = 50


def undone(acme: Firm, run: int, *, write: bool = True, **options: object) -> Undone:
    return undo(acme.env, Wanted(run, **options), write=write)  # type: ignore[arg-type]


def staff(acme: Firm, count: int = TITLES) -> dict[str, str]:
    """So many people in both CRMs, each with a job title: their leads by contact."""
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}", jobtitle=f"Title {n}") for n in range(count)]
    acme.settle()
    return {person: acme.partner(person).id for person in people}


def wrong_titles(acme: Firm, people: dict[str, str]) -> int:
    """Somebody overwrites all titles in HubSpot, and a sync carries that over: its number."""
    for person in people:
        acme.in_hubspot(person, jobtitle="Valued customer")
    report = acme.sync()
    assert report.updated == len(people)
    return report.run


def titles(acme: Firm, people: dict[str, str]) -> list[str]:
    return [str(acme.salesforce(lead)["Title"]) for lead in people.values()]


RIGHT = [f"Title {n}" for n in range(TITLES)]


def test_fifty_wrong_titles_are_put_back_and_stay_so(acme: Firm) -> None:
    """Dry first, then for real; the next syncs, the daily sweep too, leave it; a rep's edit flows again."""
    people = staff(acme)
    run = wrong_titles(acme, people)
    dry = undone(acme, run, write=False)
    assert titles(acme, people) == ["Valued customer"] * TITLES
    assert {name: len(ids) for name, ids in dry.fields.items()} == {
        (Side.SALESFORCE, Kind.CONTACT, "job_title"): TITLES
    }
    done = undone(acme, run)
    assert (done.report.updated, done.left, titles(acme, people)) == (TITLES, (), RIGHT)
    assert acme.sync().writes == 0
    assert acme.sync(full=True).writes == 0
    first, lead = next(iter(people.items()))
    link = acme.link(Side.HUBSPOT, "contacts", first)
    assert link is not None
    assert link.diverged["job_title"].startswith("an undo")
    acme.in_salesforce(lead, Title="CFO")
    acme.settle()
    assert acme.hubspot(first)["jobtitle"] == "CFO"
    assert acme.store.verify_audit() == []


def test_what_was_changed_since_is_left_alone_and_named(acme: Firm) -> None:
    people = staff(acme, 3)
    run = wrong_titles(acme, people)
    person, lead = next(iter(people.items()))
    acme.in_salesforce(lead, Title="CFO")
    done = undone(acme, run)
    assert titles(acme, people) == ["CFO", "Title 1", "Title 2"]
    assert [(one.reason, one.target.id, one.field) for one in done.left] == [("changed", lead, "job_title")]
    acme.settle()
    assert acme.hubspot(person)["jobtitle"] == "CFO"


def test_an_edit_that_waits_to_be_carried_over_is_not_swallowed(acme: Firm) -> None:
    """A marketer corrects a title in HubSpot; before the next sync, somebody undoes the last one."""
    people = staff(acme, 2)
    run = wrong_titles(acme, people)
    person, lead = next(iter(people.items()))
    acme.in_hubspot(person, jobtitle="Head of sales")
    undone(acme, run)
    assert titles(acme, people) == RIGHT[:2]
    acme.settle()
    assert titles(acme, people) == ["Head of sales", "Title 1"]
    assert acme.hubspot(person)["jobtitle"] == "Head of sales"
    assert acme.salesforce(lead)["Title"] == "Head of sales"


def test_an_undo_is_undone_like_any_run(acme: Firm) -> None:
    people = staff(acme, 3)
    run = wrong_titles(acme, people)
    back = undone(acme, run)
    again = undone(acme, back.report.run)
    assert again.report.updated == 3
    assert titles(acme, people) == ["Valued customer"] * 3
    assert acme.settle().writes == 0
    link = acme.link(Side.HUBSPOT, "contacts", next(iter(people)))
    assert link is not None
    assert "job_title" not in link.diverged, "the two agree again"


def test_a_guard_holds_an_undo_until_it_is_approved(acme: Firm) -> None:
    people = staff(acme, 5)
    run = wrong_titles(acme, people)
    acme.limits = Limits(overwrites=6)
    held = undone(acme, run)
    assert held.report.stopped_by == ("overwrite salesforce contact.job_title",)
    assert (held.report.writes, held.report.exit_code) == (0, 1)
    assert acme.sync().exit_code == 0, "what an undo holds is no matter of the sync"
    acme.approve(held.report.plan)
    assert undone(acme, run).report.updated == 5
    assert titles(acme, people) == RIGHT[:5]


def test_approving_an_undo_is_no_preview_of_the_mapping(acme: Firm) -> None:
    people = staff(acme, 2)
    run = wrong_titles(acme, people)
    plan = undone(acme, run, write=False).report.plan
    acme.store.set_meta("previewed", "an older one")
    acme.approve(undone(acme, run, write=False).report.plan)
    assert plan
    assert acme.store.get_meta("previewed") == "an older one"


def test_what_the_ledger_no_longer_keeps_is_named(acme: Firm) -> None:
    """A month later the old values are gone; what was blank before needs no old value."""
    people = staff(acme, 2)
    for n, person in enumerate(people):
        acme.in_hubspot(person, jobtitle="Valued customer", phone=f"+3120123456{n}")
    run = acme.sync().run
    acme.pass_time(31 * 24 * 60)
    done = undone(acme, run)
    assert {one.reason.value for one in done.left} == {"expired"}
    assert {one.field for one in done.left} == {"job_title"}
    assert [acme.salesforce(lead)["Phone"] for lead in people.values()] == [None, None]
    assert titles(acme, people) == ["Valued customer"] * 2
    acme.store.purge(acme.now())
    assert len(undone(acme, run, write=False).left) == 2


def test_only_a_record_a_field_or_a_side(acme: Firm) -> None:
    people = staff(acme, 2)
    for person in people:
        acme.in_hubspot(person, jobtitle="Valued customer", lastname="Nobody")
    run = acme.sync().run
    lead = people[next(iter(people))]
    dry = undone(acme, run, write=False, field="job_title")
    assert {name for _, _, name in dry.fields} == {"job_title"}
    assert undone(acme, run, write=False, side=Side.HUBSPOT).fields == {}
    link = acme.link(Side.SALESFORCE, "Lead", lead)
    assert link is not None
    undone(acme, run, only=link.refs[Side.HUBSPOT])
    assert titles(acme, people) == ["Title 0", "Valued customer"]


def test_records_that_a_run_created_are_left_unless_asked_for(acme: Firm) -> None:
    """A wrong scope made four leads. One has been worked on since; the others go to the recycle bin, once a
    person approved it, and are never created again."""
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}") for n in range(4)]
    report = acme.sync()
    leads = [acme.partner(person).id for person in people]
    acme.pass_time(60)
    acme.in_salesforce(leads[0], Description="called, wants an offer")
    left = undone(acme, report.run)
    assert {(one.reason.value, one.target.id) for one in left.left} == {("created", id) for id in leads}
    assert len(acme.live("Lead")) == 4
    held = undone(acme, report.run, creates=True)
    assert held.report.stopped_by == ("archive salesforce contact",)
    assert len(acme.live("Lead")) == 4
    acme.approve(held.report.plan)
    done = undone(acme, report.run, creates=True)
    assert done.report.archived == 3
    assert [(one.reason.value, one.target.id) for one in done.left] == [("changed", leads[0])]
    assert [lead["Id"] for lead in acme.live("Lead")] == [leads[0]]
    acme.settle()
    assert acme.sync(full=True).writes == 0
    assert len(acme.live("Lead")) == 1
    again = undone(acme, done.report.run)
    assert {one.reason.value for one in again.left} == {"archived"}


def test_an_account_is_not_taken_away_with_the_people_in_it(tmp_path: Path) -> None:
    """Salesforce would delete its contacts too; one without any goes."""
    with firm(tmp_path, installed=False) as acme:
        old = "create: {salesforce: never, hubspot: never}"
        new = "create: {salesforce: Account, hubspot: never}"
        acme.mappings = acme.edited_mappings(tmp_path / "mappings", "companies.yaml", old, new)
        install(plan_install(acme.crms, acme.env.rules.own_fields), acme.crms)
        acme.plan()
        names = ("acme", "empty")
        made = [acme.world.hubspot.user_create("companies", {"name": n, "domain": f"{n}.nl"}) for n in names]
        report = acme.sync()
        full, empty = (acme.partner(id, "companies").id for id in made)
        acme.world.salesforce.user_create("Contact", {"LastName": "Jansen", "AccountId": full})
        acme.limits = Limits(archives=10)
        done = undone(acme, report.run, creates=True)
        assert (done.report.archived, done.report.failed) == (1, 1)
        assert [row["Id"] for row in acme.live("Account")] == [full]
        assert [row["LastName"] for row in acme.live("Contact")] == ["Jansen"]
        (held,) = acme.store.held_items()
        assert "HAS_CHILDREN" in held.message
        assert acme.settle().writes == 0


def test_deals_that_a_run_created_in_hubspot_are_archived_there(acme: Firm) -> None:
    deal = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}
    opportunity = acme.world.salesforce.user_create("Opportunity", deal)
    report = acme.sync()
    acme.limits = Limits(archives=10)
    assert undone(acme, report.run, creates=True).report.archived == 1
    assert [row for row in acme.world.hubspot.all("deals") if not row.get("archived")] == []
    acme.in_salesforce(opportunity, "Opportunity", Amount=100)
    assert acme.settle().writes == 0


@dataclass
class Deal:
    """A deal in both CRMs, with the people who are on it by their first names."""

    acme: Firm
    hubspot: str
    salesforce: str
    people: dict[str, tuple[str, str]]

    def in_hubspot(self) -> list[str]:
        crm = self.acme.crms[Side.HUBSPOT]
        ids = crm.read("deals", [self.hubspot], ["@contacts"])[self.hubspot].values["@contacts"]
        assert isinstance(ids, tuple)
        return sorted(name for name, (contact, _) in self.people.items() if contact in ids)

    def in_salesforce(self) -> list[str]:
        on = {role["ContactId"] for role in self.acme.live("OpportunityContactRole")}
        return sorted(name for name, (_, contact) in self.people.items() if contact in on)

    def rep_adds(self, name: str) -> str:
        role = {"OpportunityId": self.salesforce, "ContactId": self.people[name][1]}
        return self.acme.world.salesforce.user_create("OpportunityContactRole", role)

    def marketer_adds(self, name: str) -> None:
        write = Write(
            "x", Op.UPDATE, "deals", self.hubspot, {"@contacts": Delta(frozenset([self.people[name][0]]))}
        )
        self.acme.crms[Side.HUBSPOT].write("deals", [write], ["@contacts"])

    def rep_removes(self, role: str) -> None:
        self.acme.world.salesforce.user_delete("OpportunityContactRole", role)

    def settle(self) -> None:
        """Until nothing moves any more, nor in a look at everything."""
        self.acme.settle()
        assert self.acme.sync(full=True).writes == 0


@pytest.fixture
def deal(acme: Firm) -> Deal:
    """A deal with nobody on it, and three people."""
    acme.limits = Limits(unlinks=10)
    world, people = acme.world.salesforce, {}
    for name in ("ida", "jan", "piet"):
        contact = world.user_create("Contact", {"LastName": name, "Email": f"{name}@x.nl"})
        people[name] = (acme.contact(email=f"{name}@x.nl", lastname=name), contact)
    values = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}
    opportunity = world.user_create("Opportunity", values)
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Opportunity", opportunity)
    assert link is not None
    return Deal(acme, link.refs[Side.HUBSPOT].id, opportunity, people)


def test_a_contact_that_a_run_put_on_a_deal_is_taken_off_and_stays_off(acme: Firm, deal: Deal) -> None:
    """The rep's contact role stays, too: what an undo takes away is nobody's removal."""
    acme.limits = Limits()
    deal.rep_adds("ida")
    run = acme.sync().run
    assert deal.in_hubspot() == ["ida"]
    assert undone(acme, run).report.stopped_by == ("unlink hubspot deal.contacts",)
    acme.limits = Limits(unlinks=10)
    assert undone(acme, run).report.updated == 1
    deal.settle()
    assert (deal.in_hubspot(), deal.in_salesforce()) == ([], ["ida"])
    deal.rep_adds("piet")
    deal.settle()
    assert (deal.in_hubspot(), deal.in_salesforce()) == (["piet"], ["ida", "piet"])
    deal.marketer_adds("ida")
    deal.settle()
    assert deal.in_hubspot() == deal.in_salesforce() == ["ida", "piet"]


def test_whom_others_put_on_a_deal_since_stays_there(acme: Firm, deal: Deal) -> None:
    """A run put Ida on it; a later one Piet, and a marketer Jan, whom no sync has seen: Ida is taken off."""
    role = deal.rep_adds("ida")
    run = acme.sync().run
    deal.rep_adds("piet")
    acme.settle()
    deal.marketer_adds("jan")
    assert undone(acme, run).left == ()
    assert deal.in_hubspot() == ["jan", "piet"]
    assert undone(acme, run).report.writes == 0, "done is done"
    deal.settle()
    assert (deal.in_hubspot(), deal.in_salesforce()) == (["jan", "piet"], ["ida", "jan", "piet"])
    deal.rep_removes(role)
    acme.settle()
    deal.rep_adds("ida")
    deal.settle()
    assert deal.in_hubspot() == deal.in_salesforce() == ["ida", "jan", "piet"], "an edit flows again"


def test_whom_a_run_took_off_a_deal_is_put_back_beside_the_others(acme: Firm, deal: Deal) -> None:
    roles = [deal.rep_adds(name) for name in ("ida", "jan")]
    acme.settle()
    deal.rep_removes(roles[0])
    run = acme.sync(full=True).run
    assert deal.in_hubspot() == ["jan"]
    deal.rep_adds("piet")
    acme.settle()
    assert undone(acme, run).report.updated == 1
    deal.settle()
    assert (deal.in_hubspot(), deal.in_salesforce()) == (["ida", "jan", "piet"], ["jan", "piet"])
    deal.rep_removes(roles[1])
    deal.settle()
    assert (deal.in_hubspot(), deal.in_salesforce()) == (["ida", "piet"], ["piet"])


def test_a_run_that_there_is_not_or_that_wrote_nothing(acme: Firm) -> None:
    with pytest.raises(ConfigError, match="there is no run 99"):
        undone(acme, 99)
    plan = acme.plan()
    with pytest.raises(ConfigError, match="nothing was written by the plan"):
        undone(acme, plan.run)
    with pytest.raises(ConfigError, match="no mapping has a field shoe_size"):
        undone(acme, acme.sync().run, field="shoe_size")


def test_an_undo_whose_answer_was_lost_is_finished_by_the_next_one(acme: Firm) -> None:
    """Salesforce put the titles back, the connection broke: the next undo finds them, and the audit too."""
    people = staff(acme, 3)
    run = wrong_titles(acme, people)
    place = {"method": "PATCH", "path_prefix": "/services/data/v64.0/composite/sobjects"}
    rule = {"match": place, "nth": 1, "times": 1, "answer": "apply_then_drop"}
    requests.post(f"{acme.running.hubspot_url}/_sandbox/faults", json=rule, timeout=5).raise_for_status()
    assert undone(acme, run).report.failed == 3
    assert titles(acme, people) == RIGHT[:3]
    assert undone(acme, run).report.writes == 0
    assert acme.settle().writes == 0
    assert titles(acme, people) == RIGHT[:3]
    link = acme.link(Side.HUBSPOT, "contacts", next(iter(people)))
    assert link is not None
    rows = [row for row in acme.store.audit_of(link.id, "job_title") if row.why == "undo"]
    assert len(rows) == 1
    assert acme.store.verify_audit() == []
