"""Why an admin dares to switch it on: what stops, what waits for a word, and what a person decides."""

import shutil
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
from setting import MAPPINGS, Firm

from connector.errors import Retry, Stop
from connector.model import Kind, Ref, Side
from connector.state.store import open_store
from connector.sync.guards import Limits


def test_a_changed_mapping_stops_before_the_first_write_until_somebody_has_seen_a_plan(
    acme: Firm, tmp_path: Path
) -> None:
    """An ops person edits contacts.yaml; the next scheduled sync must not act on it unseen."""
    acme.contact(email="a@x.nl", lastname="A")
    acme.mappings = tmp_path / "mappings"
    shutil.copytree(MAPPINGS, acme.mappings)
    contacts = acme.mappings / "contacts.yaml"
    contacts.write_text(
        contacts.read_text().replace("clash: salesforce, fallback", "clash: hubspot, fallback")
    )
    report = acme.sync()
    assert (report.danger, report.stopped_by, report.writes, report.exit_code) == (True, ("mapping",), 0, 3)
    assert acme.live("Lead") == []
    acme.plan()
    assert acme.sync().created == 1


def test_approving_the_plan_of_a_stopped_sync_is_a_preview_too(acme: Firm) -> None:
    acme.contact(email="a@x.nl", lastname="A")
    acme.store.set_meta("previewed", "something else")
    stopped = acme.sync()
    assert stopped.plan
    acme.approve(stopped.plan)
    assert acme.sync().created == 1


def test_another_org_behind_the_same_address_gets_no_write(acme: Firm) -> None:
    """Somebody refreshed the sandbox, or pointed the settings at production."""
    acme.contact(email="a@x.nl", lastname="A")
    acme.sync()
    acme.contact(email="b@x.nl", lastname="B")
    acme.world.salesforce.become_another_org()
    with pytest.raises(Stop) as stopped:
        acme.sync()
    assert stopped.value.reason == "identity"
    assert len(acme.live("Lead")) == 1


def test_a_side_that_shows_hardly_anything_any_more_stops_a_full_sync(acme: Firm) -> None:
    """A sharing rule hid the leads: that is no mass deletion."""
    for n in range(12):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.settle()
    for lead in acme.live("Lead"):
        acme.world.salesforce.user_delete("Lead", lead["Id"])
    acme.contact(email="new@x.nl", lastname="New")
    report = acme.sync(full=True)
    assert (report.danger, report.stopped_by) == (True, ("small salesforce contact", "lost contact"))


def test_a_mass_deletion_stops_an_ordinary_sync_too_until_somebody_says_it_was_meant(acme: Firm) -> None:
    """Twelve of twelve leads are in the bin. Unlinking them waits for a person; nobody is created again."""
    for n in range(12):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.settle()
    for lead in acme.live("Lead"):
        acme.world.salesforce.user_delete("Lead", lead["Id"])
    report = acme.sync()
    assert (report.danger, report.stopped_by, acme.linked()) == (True, ("lost contact",), 12)
    acme.approve(report.plan)
    acme.settle()
    acme.pass_time(15)
    acme.settle()
    assert (acme.linked(), acme.live("Lead")) == (0, [])


def test_too_many_creates_wait_for_approval_and_everything_else_goes_on(acme: Firm) -> None:
    """An import put 5 people at the hand-over where 3 are allowed; a corrected phone number is not held up by
    it."""
    old = acme.contact(email="old@x.nl", lastname="Old", phone="+31201111111")
    acme.settle()
    acme.limits = Limits(creates=3)
    for n in range(5):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.in_hubspot(old, phone="+31202222222")
    report = acme.sync()
    assert (report.stopped_by, report.danger, report.created) == (("create salesforce contact",), False, 0)
    assert acme.salesforce(acme.partner(old).id)["Phone"] == "+31202222222"
    acme.approve(report.plan)
    assert acme.sync().created == 5


def test_an_approval_does_not_cover_what_came_later(acme: Firm) -> None:
    acme.limits = Limits(creates=3)
    for n in range(5):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.approve(acme.sync().plan)
    for n in range(5, 10):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    report = acme.sync()
    assert (report.created, report.stopped_by) == (5, ("create salesforce contact",))
    assert len(acme.live("Lead")) == 5


def test_a_plan_writes_nothing_and_names_what_a_sync_would_write(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    before = dict(acme.hubspot(contact))
    plan = acme.plan()
    assert plan.planned == {"create salesforce contact": 1, "update hubspot contact": 1}
    assert (acme.live("Lead"), dict(acme.hubspot(contact))) == ([], before)
    assert acme.store.count_links() == {}
    report = acme.sync()
    assert report.planned == plan.planned | {
        "update hubspot contact": report.planned["update hubspot contact"]
    }


def open_item(acme: Firm) -> tuple[int, str]:
    (item,) = acme.store.open_reviews()
    return item.id, item.review.code


def test_a_person_decides_a_clash(acme: Firm) -> None:
    """`email` is never decided by a rule; the choice is carried out by the next sync, once."""
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, email="h@x.nl")
    acme.in_salesforce(lead, Email="s@x.nl")
    acme.settle()
    assert (acme.hubspot(contact)["email"], acme.salesforce(lead)["Email"]) == ("h@x.nl", "s@x.nl")
    number, code = open_item(acme)
    assert code == "clash"
    acme.store.resolve_review(number, "salesforce", acme.now())
    acme.settle()
    assert acme.hubspot(contact)["email"] == "s@x.nl"
    assert acme.store.open_reviews() == []


def test_a_clash_that_ends_by_itself_closes_its_review_item(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, email="h@x.nl")
    acme.in_salesforce(lead, Email="s@x.nl")
    acme.settle()
    acme.in_salesforce(lead, Email="h@x.nl")
    acme.settle()
    assert acme.store.open_reviews() == []


def test_a_person_says_which_of_two_leads_is_meant(acme: Firm) -> None:
    """Two leads with one address: nobody guesses. The chosen one is linked, the other is left as it is."""
    first = acme.lead(LastName="A", Email="a@x.nl")
    second = acme.lead(LastName="A", Email="a@x.nl")
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    number, code = open_item(acme)
    assert code == "ambiguous"
    acme.store.resolve_review(number, f"link:Lead:{second}", acme.now())
    acme.settle()
    assert acme.partner(contact) == Ref(Side.SALESFORCE, "Lead", second)
    assert acme.salesforce(first)["SMK_Link_Id__c"] is None
    assert len(acme.live("Lead")) == 2


def test_a_person_keeps_two_look_alikes_apart(acme: Firm) -> None:
    """info@ is a mailbox of several people: the newcomer gets a lead of their own when a person says so."""
    acme.lead(LastName="Reception", Email="info@x.nl")
    contact = acme.contact(email="info@x.nl", lastname="New")
    acme.settle()
    number, code = open_item(acme)
    assert code == "shared_address"
    acme.store.resolve_review(number, "apart", acme.now())
    acme.settle()
    assert acme.salesforce(acme.partner(contact).id)["LastName"] == "New"
    assert len(acme.live("Lead")) == 2


def test_one_record_can_be_synced_on_its_own(acme: Firm) -> None:
    one, other = (acme.contact(email=f"{n}@x.nl", lastname=n) for n in "ab")
    acme.sync(only=Ref(Side.HUBSPOT, "contacts", one))
    assert [lead["Email"] for lead in acme.live("Lead")] == ["a@x.nl"]
    acme.settle()
    assert acme.linked(Kind.CONTACT) == 2
    assert acme.partner(other)


def test_ctrl_c_ends_after_the_running_batch_and_the_next_run_goes_on(acme: Firm) -> None:
    for n in range(5):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.crms[Side.SALESFORCE].batch = 2
    asked: list[None] = []

    def after_three_questions() -> bool:
        asked.append(None)
        return len(asked) > 3

    report = acme.sync(stop=after_three_questions)
    assert report.interrupted
    assert report.exit_code == 1
    acme.settle()
    assert sorted(lead["LastName"] for lead in acme.live("Lead")) == [f"P{n}" for n in range(5)]


def test_a_second_run_at_the_same_time_is_turned_away(acme: Firm) -> None:
    with open_store(f"sqlite:///{acme.folder / 'state.db'}", acme.key) as other:
        other.acquire("somebody else", 120, acme.now())
        with pytest.raises(Retry):
            acme.sync()


def test_two_crms_whose_clocks_are_far_apart_are_not_synced(acme: Firm) -> None:
    """A proxy gives HubSpot's answers with yesterday's date: approvals and waits would end when they should
    not. Nothing is written; when the clocks agree again, work goes on."""
    acme.contact(email="a@x.nl", lastname="A")
    account = requests.get(
        f"{acme.running.hubspot_url}/account-info/v3/details",
        headers={"Authorization": "Bearer sandbox"},
        timeout=5,
    )
    late = format_datetime(acme.now() - timedelta(days=1), usegmt=True)
    answer = {"status": 200, "body": account.json(), "headers": {"Date": late}}
    acme.world.faults.add({"match": {"path_prefix": "/account-info"}, "times": 1, "answer": answer})
    with pytest.raises(Stop, match="1,440 minutes apart") as stopped:
        acme.sync()
    assert (stopped.value.reason, stopped.value.exit_code, acme.live("Lead")) == ("clock", 3, [])
    assert acme.sync().created == 1
