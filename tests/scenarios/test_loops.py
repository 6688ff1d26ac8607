"""Automations of both CRMs that change what the connector writes: how often does it answer?"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from setting import Firm

from connector.errors import ConfigError
from connector.model import Side
from connector.sandbox.salesforce.automation import CHANGES, Automation
from connector.sync.guards import Limits


def written(acme: Firm, contact: str, field: str) -> Counter[Side]:
    """How often a field of this person was written, per side."""
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return Counter(row.target.side for row in acme.store.audit_of(link.id, field))


def person(acme: Firm) -> str:
    """A person in both CRMs."""
    made = acme.contact(email="anna@x.nl", lastname="Berg", jobtitle="Manager")
    acme.settle()
    return made


def test_whatever_flows_make_of_a_value_one_edit_is_one_write(acme: Firm) -> None:
    """Flows in Salesforce upper-case, cut, reverse … the title at every save, each of its own person."""
    people = {how: acme.contact(email=f"p{n}@x.nl", lastname=how) for n, how in enumerate(CHANGES)}
    acme.settle()
    flows = [Automation("Lead", when={"LastName": (how,)}, change={"Title": how}) for how in CHANGES]
    acme.world.salesforce.automations.extend(flows)
    for id in people.values():
        acme.in_hubspot(id, jobtitle="Head of Sales and 2 more")
    later(acme, runs=3)
    assert {how: written(acme, id, "job_title") for how, id in people.items()} == {
        how: Counter({Side.SALESFORCE: 1}) for how in people
    }
    assert acme.hubspot(people["reverse"])["jobtitle"] == "Head of Sales and 2 more"
    for id in people.values():
        acme.in_salesforce(acme.partner(id).id, Title="Director of all 4 regions")
    later(acme, runs=3)
    assert {how: written(acme, id, "job_title") for how, id in people.items()} == {
        how: Counter({Side.SALESFORCE: 1, Side.HUBSPOT: 1}) for how in people
    }


def later(acme: Firm, runs: int) -> None:
    """Sweeps, which compare everybody anew."""
    for _ in range(runs):
        acme.sync(full=True)
        acme.pass_time(15)


def duel(acme: Firm, contact: str, lead: str) -> Callable[[], None]:
    """A workflow in HubSpot and a flow in Salesforce that disagree; both run some minutes after a change."""

    def automations() -> None:
        acme.pass_time(10)
        if acme.salesforce(lead)["Title"] == "Director":
            acme.in_salesforce(lead, Title="Manager")
        if acme.hubspot(contact)["jobtitle"] == "Manager":
            acme.in_hubspot(contact, jobtitle="Director")
        acme.pass_time(5)

    return automations


def flapping(acme: Firm) -> tuple[str, str]:
    """A person whose title went back and forth until it was left alone."""
    acme.limits = Limits(flips=2)
    anna = person(acme)
    lead = acme.partner(anna).id
    automations = duel(acme, anna, lead)
    acme.in_hubspot(anna, jobtitle="Director")
    for _ in range(9):
        acme.sync()
        automations()
    assert [i.review.code for i in acme.store.open_reviews()] == ["flapping"]
    return anna, lead


def test_two_automations_that_undo_each_other_are_left_alone_and_a_person_is_asked(acme: Firm) -> None:
    anna, lead = flapping(acme)
    writes = written(acme, anna, "job_title")
    assert max(writes.values()) <= acme.limits.flips + 2  # the create, the first edit, and the flips
    (item,) = acme.store.open_reviews()
    assert (item.review.code, item.review.field) == ("flapping", "job_title")
    acme.in_hubspot(anna, mobilephone="+31 6 1234 5678")
    report = acme.sync()  # the rest of the record goes on
    assert acme.salesforce(lead)["MobilePhone"]
    assert report.exit_code == 1


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_a_person_chooses_a_value_and_it_is_written_at_once(acme: Firm, side: str) -> None:
    anna, lead = flapping(acme)
    values = {"hubspot": acme.hubspot(anna)["jobtitle"], "salesforce": acme.salesforce(lead)["Title"]}
    assert values["hubspot"] != values["salesforce"]
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, side, acme.now())
    acme.settle()
    assert acme.hubspot(anna)["jobtitle"] == acme.salesforce(lead)["Title"] == values[side]
    assert acme.store.open_reviews() == []


def test_with_the_cause_mended_a_retry_lets_it_go_on(acme: Firm) -> None:
    anna, lead = flapping(acme)
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, "retry", acme.now())
    acme.in_hubspot(anna, jobtitle="Chief")
    acme.settle()
    assert acme.salesforce(lead)["Title"] in ("Chief", "Manager")
    assert acme.hubspot(anna)["jobtitle"] == acme.salesforce(lead)["Title"]
    assert acme.store.open_reviews() == []


def test_after_a_quiet_day_it_goes_on_by_itself(acme: Firm) -> None:
    anna, lead = flapping(acme)
    for _ in range(3):
        acme.pass_time(6 * 60)
        acme.sync()
        assert acme.hubspot(anna)["jobtitle"] != acme.salesforce(lead)["Title"]
    acme.pass_time(8 * 60)
    acme.settle()
    assert acme.hubspot(anna)["jobtitle"] == acme.salesforce(lead)["Title"]
    assert acme.store.open_reviews() == []


def test_a_flow_that_keeps_emptying_our_own_field_is_not_answered_for_ever(acme: Firm) -> None:
    """Our link id is emptied by somebody's flow again and again."""
    acme.limits = Limits(flips=2)
    anna = person(acme)
    lead = acme.partner(anna).id
    for _ in range(7):
        acme.pass_time(15)
        acme.in_salesforce(lead, SMK_Link_Id__c=None)
        acme.sync()
    assert written(acme, anna, "link_id")[Side.SALESFORCE] <= acme.limits.flips + 2
    assert [h.code for h in acme.store.held_items()] == ["flapping"]


@pytest.mark.parametrize(
    ("column", "target", "why"),
    [
        ("salesforce: Title,", "salesforce: {Lead: Name},", "Lead.Name cannot be written"),
        ("hubspot: jobtitle,", "hubspot: hs_email_domain,", "contacts.hs_email_domain"),
        ("hubspot: jobtitle,", "hubspot: createdate,", "contacts.createdate"),
    ],
)
def test_a_target_that_the_crm_computes_itself_is_refused_before_anything_is_written(
    acme: Firm, tmp_path: Path, column: str, target: str, why: str
) -> None:
    """Writing it would be refused, or it would change back at once, for ever."""
    acme.contact(email="anna@x.nl", lastname="Berg", jobtitle="Manager")
    acme.mappings = acme.edited_mappings(tmp_path / "mappings", "contacts.yaml", column, target)
    with pytest.raises(ConfigError) as refused:
        acme.sync()
    assert [p for p in refused.value.problems if why in p and "read-only-field" in p]
    assert acme.live("Lead") == []


def test_the_same_meaning_in_other_letters_is_no_difference(acme: Firm) -> None:
    """A person and a lead that hold the same, each in its CRM's way, meet: nothing is overwritten."""
    anna = acme.contact(
        email="Anna@X.nl", lastname="Berg", phone="020 123 45 67", country="Netherlands", jobtitle="Manager"
    )
    lead = acme.lead(
        Email="anna@x.nl",
        LastName="Berg",
        Company="Berg",
        Phone="+31201234567",
        Country="NL",
        Title="Manager ",
    )
    acme.settle()
    link = acme.link(Side.HUBSPOT, "contacts", anna)
    assert link is not None
    assert acme.partner(anna).id == lead
    changed = {row.field for row in acme.store.audit_of(link.id)}
    assert changed.isdisjoint({"email", "last_name", "phone", "country", "job_title"})
