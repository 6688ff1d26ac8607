"""Parity says what the CRMs say, whatever the connector believes; and why they differ, where something
explains it."""

from dataclasses import replace

from setting import Firm

from connector.connect import look
from connector.model import Kind, Link, Side
from connector.report.parity import Difference, Parity, compare
from connector.state.rows import Settlement


def pair(acme: Firm, name: str, **values: str) -> tuple[str, str]:
    contact = acme.contact(email=f"{name}@x.nl", lastname=name.upper(), **values)
    acme.settle()
    return contact, acme.partner(contact).id


def asked(acme: Firm, only: Kind | None = None) -> tuple[Parity, list[Difference]]:
    """Parity, and all that it was told of."""
    listed: list[Difference] = []
    return compare(acme.env, look(acme.env).ctx, only=only, watch=listed.append), listed


def bare(acme: Firm) -> list[tuple[str, str]]:
    return [(each.field, each.why) for each in asked(acme)[0].items]


def link_of(acme: Firm, contact: str) -> Link:
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return link


def store(acme: Firm, *links: Link) -> None:
    """Somebody, or a bug of ours, writes into the state."""
    acme.store.acquire("a bug", 60, acme.now())
    acme.store.settle(Settlement(links=links), acme.now())
    acme.store.release()


def test_a_state_that_believes_all_is_well_hides_nothing(acme: Firm) -> None:
    """Sales' new title never reached HubSpot: a bug moved the base as if it had. No sync finds it; parity
    does, without a reason."""
    contact, lead = pair(acme, "a", jobtitle="Inkoper")
    acme.in_salesforce(lead, Title="CFO")
    acme.pass_time(1)
    acme.plan()
    link = link_of(acme, contact)
    digest = acme.key.hash
    bases = {
        Side.HUBSPOT: {**link.bases[Side.HUBSPOT], "job_title": digest("Inkoper")},
        Side.SALESFORCE: {**link.bases[Side.SALESFORCE], "job_title": digest("CFO")},
    }
    store(acme, replace(link, bases=bases))
    acme.pass_time(60)
    for _ in range(2):
        acme.sync(full=True)
    assert acme.hubspot(contact)["jobtitle"] == "Inkoper", "no sync sees it"
    assert bare(acme) == [("job_title", "the two values differ")]


def test_links_that_were_swapped_in_the_state_swap_nobody_in_parity(acme: Firm) -> None:
    """Who is whose partner is read from the records."""
    first, _ = pair(acme, "a", jobtitle="one")
    second, _ = pair(acme, "b", jobtitle="two")
    one, two = link_of(acme, first), link_of(acme, second)
    store(
        acme,
        replace(one, refs={**one.refs, Side.SALESFORCE: two.refs[Side.SALESFORCE]}),
        replace(two, refs={**two.refs, Side.SALESFORCE: one.refs[Side.SALESFORCE]}),
    )
    found, listed = asked(acme)
    assert (found.linked, found.differences) == (2, 0)
    assert not [each for each in listed if each.field == "job_title"]


def test_a_mark_in_the_state_gives_a_reason_and_hides_nothing(acme: Firm) -> None:
    """Even a difference with a reason is named, with both records."""
    contact, lead = pair(acme, "a", jobtitle="Inkoper")
    link = link_of(acme, contact)
    acme.in_salesforce(lead, Title="CFO")
    store(acme, replace(link, diverged={"job_title": "undone"}))
    found, listed = asked(acme)
    assert found.differences == 0
    (named,) = [each for each in listed if each.field == "job_title"]
    assert (named.reason, {ref.id for ref in named.refs}) == ("meant to differ", {contact, lead})
    assert named.values == {Side.HUBSPOT: "Inkoper", Side.SALESFORCE: "CFO"}


def test_an_edit_that_no_sync_has_seen_yet_is_lag_until_the_next_one(acme: Firm) -> None:
    contact, lead = pair(acme, "a", jobtitle="Inkoper")
    acme.pass_time(60)
    acme.sync()
    acme.pass_time(5)
    acme.in_salesforce(lead, Title="CFO")
    found, listed = asked(acme)
    assert found.differences == 0
    assert "lag: edited since the last sync" in {each.reason for each in listed}
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == "CFO"
    assert not [each for each in asked(acme)[1] if each.field == "job_title"]


def test_link_ids_that_lead_nowhere_and_records_that_name_a_stranger_are_found(acme: Firm) -> None:
    """Somebody cleaned up by hand: a lead has lost its link id, another names a strange contact."""
    first, lead = pair(acme, "a")
    second, other = pair(acme, "b")
    acme.in_salesforce(lead, SMK_Link_Id__c=None)
    column = next(name for name in acme.salesforce(other) if name.startswith("SMK_") and "HubSpot" in name)
    acme.in_salesforce(other, **{column: first})
    found, listed = asked(acme)
    whole = {(each.why, tuple(sorted(ref.id for ref in each.refs))) for each in listed if not each.field}
    assert ("its link id is carried by no record of the other CRM", (first,)) in whole
    named = ("names another partner than the record with its link id", tuple(sorted((second, other))))
    assert named in whole
    assert found.linked == 1


def test_one_kind_can_be_asked_for_and_its_references_are_still_understood(acme: Firm) -> None:
    account = acme.world.salesforce.user_create("Account", {"Name": "Acme", "Website": "acme.nl"})
    acme.world.salesforce.user_create(
        "Contact", {"LastName": "A", "Email": "a@acme.nl", "AccountId": account}
    )
    acme.contact(email="a@acme.nl", lastname="A")
    acme.settle()
    found, listed = asked(acme, Kind.CONTACT)
    assert dict(found.pairs) == {Kind.CONTACT: 1}
    assert found.differences == 0, listed
    assert {each.kind for each in listed} <= {Kind.CONTACT}
