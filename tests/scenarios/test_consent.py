"""Whoever does not want to be mailed is not mailed, in whatever order people and the connector work."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from setting import Firm, firm

from connector.model import Op, Side, Why
from connector.sync.guards import Limits
from connector.undo import Wanted, undo

JAN = "jan@voorbeeld.nl"

ALL_BUT_PREFERENCES = [
    "oauth",
    "crm.objects.owners.read",
    *(f"crm.schemas.{each}.read" for each in ("contacts", "companies", "deals")),
    *(
        f"crm.objects.{each}.{way}"
        for each in ("contacts", "companies", "deals")
        for way in ("read", "write")
    ),
]


@pytest.fixture
def both_ways(tmp_path: Path) -> Iterator[Firm]:
    """A firm whose leads that reps enter become contacts in HubSpot."""
    with firm(tmp_path) as made:
        folder = tmp_path / "mappings"
        made.run_on(
            made.edited_mappings(folder, "contacts.yaml", "  hubspot: never\n", "  hubspot: contacts\n")
        )
        yield made


def is_out(acme: Firm, contact: str) -> bool:
    return acme.hubspot(contact).get("hs_email_optout") == "true"


def ticked(acme: Firm, contact: str) -> bool:
    ref = acme.partner(contact)
    return acme.salesforce(ref.id, ref.type)["HasOptedOutOfEmail"] is True


def tick(acme: Firm, contact: str, *, out: bool) -> None:
    ref = acme.partner(contact)
    acme.in_salesforce(ref.id, ref.type, HasOptedOutOfEmail=out)
    acme.pass_time(1)


def in_hubspot_himself(acme: Firm, contact: str, *, out: bool) -> None:
    """Jan's own word, on HubSpot's page."""
    acme.world.hubspot.system_edit("contacts", contact, {"hs_email_optout": "true" if out else "false"})
    acme.pass_time(1)


def jan(acme: Firm, **values: str) -> str:
    contact = acme.contact(email=JAN, lastname="de Vries", **values)
    acme.settle()
    return contact


def test_a_tick_in_salesforce_reaches_hubspot_and_cannot_be_taken_back_there(acme: Firm) -> None:
    contact = jan(acme)
    tick(acme, contact, out=True)
    acme.settle()
    assert is_out(acme, contact)
    tick(acme, contact, out=False)
    acme.settle()
    assert (is_out(acme, contact), ticked(acme, contact)) == (True, True)


def test_a_lead_that_said_no_is_opted_out_before_hubspot_gets_the_contact(both_ways: Firm) -> None:
    """Not for a second is there a contact that may be mailed: while HubSpot does not take the opt-out, there
    is none."""
    acme = both_ways
    lead = acme.lead(Email=JAN, LastName="de Vries", HasOptedOutOfEmail=True)
    acme.world.hubspot.switches.scopes = ALL_BUT_PREFERENCES
    acme.sync()
    assert list(acme.crms[Side.HUBSPOT].find("contacts", "email", [JAN], ())) == []
    acme.world.hubspot.switches.scopes = None
    acme.pass_time(60)
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Lead", lead)
    assert link is not None
    assert is_out(acme, link.refs[Side.HUBSPOT].id)


def test_who_never_said_no_is_created_as_ever(both_ways: Firm) -> None:
    lead = both_ways.lead(Email=JAN, LastName="de Vries")
    nobody = both_ways.lead(LastName="zonder adres", HasOptedOutOfEmail=True)
    both_ways.settle()
    for id in (lead, nobody):
        link = both_ways.link(Side.SALESFORCE, "Lead", id)
        assert link is not None
        assert not is_out(both_ways, link.refs[Side.HUBSPOT].id)


def test_whatever_the_order_he_is_not_mailed(acme: Firm) -> None:
    """A no on either side, and everything that may happen around it, in each order."""
    steps = {
        "ticks": lambda who: tick(acme, who, out=True),
        "unticks": lambda who: tick(acme, who, out=False),
        "moves": lambda who: acme.in_salesforce(acme.partner(who).id, Email=f"{who}@elders.nl"),
        "syncs": lambda _: acme.sync(),
    }
    orders = [order for order in permutations(steps) if order.index("ticks") < order.index("syncs")]
    orders = [
        order
        for order in orders
        if not (order.index("ticks") < order.index("unticks") < order.index("syncs"))
    ]
    people = {order: acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}") for n, order in enumerate(orders)}
    acme.settle()
    for order, contact in people.items():
        for step in order:
            steps[step](contact)
    acme.settle()
    acme.settle()
    left = [
        order for order, contact in people.items() if not (is_out(acme, contact) and ticked(acme, contact))
    ]
    assert left == []


def test_a_new_address_is_opted_out_like_the_old_one_and_is_no_opt_in(acme: Firm) -> None:
    contact = jan(acme)
    tick(acme, contact, out=True)
    acme.settle()
    acme.in_salesforce(acme.partner(contact).id, Email="jan@elders.nl")
    acme.sync()
    assert acme.hubspot(contact)["email"] == "jan@elders.nl"
    versions = acme.crms[Side.HUBSPOT].versions("contacts", [contact], "hs_email_optout")[contact]
    assert versions[-1].value == "true"
    assert [v.value for v in versions if v.value != "true"] in ([], [None]), "opted out with the address"
    acme.in_hubspot(contact, email="jan@hier.nl")
    acme.pass_time(1)
    assert not is_out(acme, contact), "HubSpot ties it to the address"
    acme.settle()
    assert (is_out(acme, contact), ticked(acme, contact)) == (True, True)


def test_who_opts_in_again_in_hubspot_is_unticked_in_salesforce_and_the_audit_says_why(acme: Firm) -> None:
    contact = jan(acme)
    in_hubspot_himself(acme, contact, out=True)
    acme.settle()
    assert ticked(acme, contact)
    in_hubspot_himself(acme, contact, out=False)
    report = acme.sync()
    assert report.writes == 1
    acme.settle()
    assert (is_out(acme, contact), ticked(acme, contact)) == (False, False)
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    audit = [row for row in acme.store.audit_of(link.id) if row.field == "opted_out"]
    assert [row.why for row in sorted(audit, key=lambda row: row.run)] == [Why.EDIT, Why.OPT_IN]
    tick(acme, contact, out=True)
    acme.settle()
    assert is_out(acme, contact), "and out again"


def test_a_new_no_in_salesforce_beats_the_opt_in_in_hubspot(acme: Firm) -> None:
    """He subscribed again, told his rep to stop, and all of that since the last sync."""
    contact = jan(acme)
    in_hubspot_himself(acme, contact, out=True)
    in_hubspot_himself(acme, contact, out=False)
    tick(acme, contact, out=True)
    acme.settle()
    assert (is_out(acme, contact), ticked(acme, contact)) == (True, True)


def test_a_no_that_hubspot_could_not_take_is_not_forgotten_when_the_box_is_unticked(acme: Firm) -> None:
    contact = jan(acme)
    tick(acme, contact, out=True)
    acme.world.hubspot.switches.scopes = ALL_BUT_PREFERENCES
    acme.sync()
    assert not is_out(acme, contact)
    assert [item.refusal for item in acme.store.held_items()] == ["MISSING_SCOPES"]
    tick(acme, contact, out=False)
    acme.world.hubspot.switches.scopes = None
    acme.pass_time(60)
    acme.settle()
    assert (is_out(acme, contact), ticked(acme, contact)) == (True, True)


def test_a_mass_opt_out_waits_for_a_person_and_can_be_taken_back_until_then(acme: Firm) -> None:
    """Somebody ticks the box for a whole list by mistake."""
    acme.limits = Limits(opt_outs=2)
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}") for n in range(3)]
    acme.settle()
    for contact in people:
        tick(acme, contact, out=True)
    report = acme.sync()
    assert report.stopped_by == ("optout hubspot contact",)
    for contact in people[1:]:
        tick(acme, contact, out=False)
    acme.pass_time(61)
    acme.settle()
    assert [is_out(acme, contact) for contact in people] == [True, False, False]
    assert [ticked(acme, contact) for contact in people] == [True, False, False]


def test_undo_leaves_a_no_alone_and_says_so(acme: Firm) -> None:
    contact = jan(acme)
    acme.in_hubspot(contact, jobtitle="Inkoper")
    in_hubspot_himself(acme, contact, out=True)
    run = acme.sync().run
    done = undo(acme.env, Wanted(run), write=True)
    assert [(left.reason, left.field) for left in done.left] == [("consent", "opted_out")]
    assert ticked(acme, contact)
    assert acme.salesforce(acme.partner(contact).id)["Title"] is None, "the rest is put back"
    assert done.report.planned[f"{Op.UPDATE} salesforce contact"] == 1
