"""Merges, conversions, refusals and lost answers that once went wrong: each of these was seen to fail."""

from pathlib import Path

import pytest
import requests
from setting import Firm

from connector.errors import Stop
from connector.model import Kind, Link, Ref, Side
from connector.sandbox.salesforce.errors import ValidationRule
from connector.sync.guards import Limits


def pair(acme: Firm, name: str) -> tuple[str, str]:
    """A person in both CRMs; the HubSpot id and the lead's."""
    contact = acme.contact(email=f"{name}@x.nl", lastname=name.upper())
    acme.settle()
    return contact, acme.partner(contact).id


def codes(acme: Firm) -> list[str]:
    return sorted(item.review.code for item in acme.store.open_reviews())


def the_link(acme: Firm, contact: str) -> Link:
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return link


def test_after_a_merge_of_two_linked_people_the_leftover_harms_nobody(acme: Firm) -> None:
    """Sales merged two leads whose contacts marketing kept apart. The left-over contact is a question, and
    edits of it stop nothing."""
    first, lead = pair(acme, "a")
    second, other = pair(acme, "b")
    acme.world.salesforce.merge("Lead", lead, [other])
    acme.settle()
    assert codes(acme) == ["merged"]
    acme.in_hubspot(second, jobtitle="still edited")
    acme.in_hubspot(first, jobtitle="CFO")
    acme.settle()
    acme.sync(full=True)
    assert acme.salesforce(lead)["Title"] == "CFO"
    acme.world.hubspot.merge("contacts", first, second)
    acme.settle()
    assert "merged" not in codes(acme)
    assert acme.linked() == 1


def test_a_lead_converted_and_its_contact_merged_between_two_syncs_is_followed(acme: Firm) -> None:
    contact, lead = pair(acme, "a")
    made = acme.world.salesforce.convert(lead)["contact"]
    winner = acme.world.salesforce.user_create("Contact", {"LastName": "A", "Email": "w@x.nl"})
    acme.world.salesforce.merge("Contact", winner, [made])
    acme.settle()
    assert acme.partner(contact) == Ref(Side.SALESFORCE, "Contact", winner)


@pytest.mark.parametrize("edited", ["before the merge", "after the merge"])
@pytest.mark.parametrize("primary", ["the linked one", "the other one"])
def test_a_merge_in_hubspot_does_not_undo_an_edit_that_no_sync_has_seen(
    acme: Firm, edited: str, primary: str
) -> None:
    """Marketing merges somebody sales works on with a double, and corrects the city. HubSpot gives the
    survivor a new id; the correction reaches Salesforce, and what was filled from the double does, too."""
    linked = acme.contact(email="a@x.nl", lastname="A", city="Gent", country="Belgium")
    acme.settle()
    lead = acme.partner(linked).id
    double = acme.contact(email="a2@x.nl", lastname="A", jobtitle="CFO", lifecyclestage="subscriber")
    acme.settle()
    pair = (linked, double) if primary == "the linked one" else (double, linked)
    if edited == "before the merge":
        acme.in_hubspot(pair[0], city="Aalst")
        survivor = acme.world.hubspot.merge("contacts", *pair)
    else:
        survivor = acme.world.hubspot.merge("contacts", *pair)
        acme.in_hubspot(survivor, city="Aalst")
    acme.settle()
    assert survivor not in pair
    assert acme.partner(survivor).id == lead
    assert acme.hubspot(survivor)["city"] == acme.salesforce(lead)["City"] == "Aalst"
    assert acme.hubspot(survivor)["jobtitle"] == acme.salesforce(lead)["Title"] == "CFO"
    assert codes(acme) == []


def test_an_edit_in_salesforce_stands_when_its_partner_was_merged(acme: Firm) -> None:
    """The rep's number is newer than what the merged contact holds, which nobody has touched."""
    linked = acme.contact(email="a@x.nl", lastname="A", phone="+31201111111", city="Gent")
    acme.settle()
    lead = acme.partner(linked).id
    double = acme.contact(email="a2@x.nl", lastname="A", lifecyclestage="subscriber")
    acme.settle()
    survivor = acme.world.hubspot.merge("contacts", linked, double)
    acme.in_salesforce(lead, Phone="+31203333333", City="Aalst")
    acme.settle()
    assert acme.hubspot(survivor)["phone"] == acme.salesforce(lead)["Phone"] == "+31203333333"
    assert acme.hubspot(survivor)["city"] == acme.salesforce(lead)["City"] == "Aalst"


def test_what_both_changed_around_a_merge_is_a_question_where_the_mapping_names_no_winner(acme: Firm) -> None:
    linked, lead = pair(acme, "a")
    double = acme.contact(email="a2@x.nl", lastname="A", lifecyclestage="subscriber")
    acme.settle()
    survivor = acme.world.hubspot.merge("contacts", linked, double)
    acme.in_hubspot(survivor, email="h@x.nl")
    acme.in_salesforce(lead, Email="s@x.nl")
    acme.settle()
    (item,) = acme.store.open_reviews()
    assert (item.review.code, item.review.field, item.review.subject.id) == ("clash", "email", survivor)
    assert (acme.hubspot(survivor)["email"], acme.salesforce(lead)["Email"]) == ("h@x.nl", "s@x.nl")


def test_a_merge_in_salesforce_does_not_undo_an_edit_that_no_sync_has_seen(acme: Firm) -> None:
    """Sales merges a lead into a double of its own and corrects the city there."""
    contact = acme.contact(email="a@x.nl", lastname="A", city="Gent", phone="+31201111111")
    acme.settle()
    master = acme.lead(LastName="A", Email="a2@x.nl", City="Gent")
    acme.settle()
    acme.world.salesforce.merge("Lead", master, [acme.partner(contact).id])
    acme.in_salesforce(master, City="Aalst")
    acme.settle()
    assert acme.partner(contact).id == master
    assert acme.hubspot(contact)["city"] == acme.salesforce(master)["City"] == "Aalst"


def test_what_a_merge_left_blank_is_filled_from_the_partner(acme: Firm) -> None:
    """The double into which the lead was merged never had a phone number: nobody has cleared one."""
    contact = acme.contact(email="a@x.nl", lastname="A", phone="+31201111111")
    acme.settle()
    lead = acme.partner(contact).id
    master = acme.lead(LastName="A", Email="a2@x.nl")
    acme.settle()
    acme.world.salesforce.merge("Lead", master, [lead])
    acme.in_salesforce(master, Phone=None)
    acme.settle()
    assert acme.salesforce(master)["Phone"] == "+31201111111"


def test_a_conversion_does_not_undo_an_edit_that_was_on_its_way(acme: Firm) -> None:
    """Marketing corrected the title and sales converted the lead before the next sync: the correction wins
    over the lead's old title."""
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="old")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="CFO")
    made = acme.world.salesforce.convert(acme.partner(contact).id)["contact"]
    acme.settle()
    assert acme.salesforce(made, "Contact")["Title"] == acme.hubspot(contact)["jobtitle"] == "CFO"


def test_a_question_answers_itself_when_one_look_alike_goes_away(acme: Firm) -> None:
    """Two leads with one address; one of them gets its own. Nobody has to answer the question any more."""
    stays = acme.lead(LastName="A", Email="a@x.nl")
    leaves = acme.lead(LastName="A", Email="a@x.nl")
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    assert codes(acme) == ["ambiguous"]
    acme.in_salesforce(leaves, Email="own@x.nl")
    acme.settle()
    assert (acme.partner(contact).id, codes(acme)) == (stays, [])


def test_an_edit_of_something_else_does_not_close_an_open_clash(acme: Firm) -> None:
    contact, lead = pair(acme, "a")
    acme.in_hubspot(contact, email="h@x.nl")
    acme.in_salesforce(lead, Email="s@x.nl")
    acme.settle()
    acme.world.hubspot.system_edit("contacts", contact, {"num_contacted_notes": "3"})
    acme.settle()
    acme.in_hubspot(contact, city="Gent")
    acme.settle()
    assert codes(acme) == ["clash"]


def test_a_decision_that_a_guard_holds_is_kept_until_it_is_carried_out(acme: Firm) -> None:
    contact, lead = pair(acme, "a")
    acme.in_hubspot(contact, email="h@x.nl")
    acme.in_salesforce(lead, Email="s@x.nl")
    acme.settle()
    acme.limits = Limits(overwrites=0)
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, "salesforce", acme.now())
    report = acme.sync()
    assert report.stopped_by == ("overwrite hubspot contact.email",)
    acme.approve(report.plan)
    acme.settle()
    assert (acme.hubspot(contact)["email"], codes(acme)) == ("s@x.nl", [])


def test_what_a_guard_holds_is_named_by_every_run_until_it_is_approved(acme: Firm) -> None:
    """The first sync said it; the second must not look as if all were well."""
    acme.limits = Limits(creates=1)
    for n in range(3):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    first = acme.sync()
    again = acme.sync()
    assert (again.stopped_by, again.plan, again.held) == (first.stopped_by, first.plan, 3)
    assert acme.plan().planned["create salesforce contact"] == 3
    acme.approve(again.plan)
    done = acme.sync()
    assert (done.created, done.stopped_by, done.held) == (3, (), 0)


def test_a_guarded_create_that_turns_out_to_exist_is_linked_instead(acme: Firm) -> None:
    """While the new deals wait for approval, marketing enters one of them by hand."""
    acme.limits = Limits(creates=0)
    deal = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}
    opportunity = acme.world.salesforce.user_create("Opportunity", deal)
    acme.sync()
    acme.world.hubspot.user_create("deals", {"dealname": "Drukwerk", "closedate": "2027-03-01"})
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Opportunity", opportunity)
    assert link is not None
    assert len(link.refs) == 2
    assert sum(1 for _ in acme.world.hubspot.all("deals", include_deleted=False)) == 1


def test_a_lost_create_does_not_let_our_own_echo_win_over_a_newer_edit(acme: Firm) -> None:
    """Salesforce created the lead and the answer was lost; marketing corrects the title before the next
    run."""
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="old")
    rule = {
        "match": {"method": "POST", "path_prefix": "/services/data/v64.0/composite/sobjects"},
        "answer": "apply_then_drop",
    }
    requests.post(f"{acme.running.hubspot_url}/_sandbox/faults", json=rule, timeout=5).raise_for_status()
    acme.sync()
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == acme.salesforce(acme.partner(contact).id)["Title"] == "CFO"


def test_a_refused_create_is_not_tried_again_every_minute(acme: Firm) -> None:
    def never(type: str, before: object, after: dict[str, object]) -> dict[str, object]:
        if type == "Lead" and before is None:
            raise ValidationRule("no leads today", "LastName")
        return after

    acme.world.salesforce.on_write.append(never)  # type: ignore[arg-type]
    contact = acme.contact(email="a@x.nl", lastname="A")
    assert acme.sync().failed == 1
    for _ in range(3):
        assert acme.sync().failed == 0
    assert the_link(acme, contact).state == "single"
    acme.world.salesforce.on_write.clear()
    acme.pass_time(60)
    acme.settle()
    assert acme.partner(contact)


def test_a_company_is_found_by_its_domain_however_its_website_is_written(acme: Firm) -> None:
    """HubSpot strips a domain, Salesforce keeps the address of a page; also after the first day."""
    acme.settle()
    account = acme.world.salesforce.user_create(
        "Account", {"Name": "Voorbeeld", "Website": "https://www.voorbeeld.nl/"}
    )
    acme.settle()
    acme.world.hubspot.user_create("companies", {"name": "Voorbeeld BV", "domain": "voorbeeld.nl"})
    acme.settle()
    other = acme.world.hubspot.user_create("companies", {"name": "Eksempel", "domain": "eksempel.dk"})
    acme.settle()
    acme.world.salesforce.user_create("Account", {"Name": "Eksempel A/S", "Website": "http://eksempel.dk"})
    acme.settle()
    assert acme.linked(Kind.COMPANY) == 2
    assert acme.link(Side.SALESFORCE, "Account", account)
    assert acme.partner(other, "companies")


def test_a_contact_role_that_a_rep_takes_away_stays_away(acme: Firm) -> None:
    """Also while the deal still waits for another of its people to be linked."""
    deal = acme.world.salesforce.user_create(
        "Opportunity", {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}
    )
    roles = {}
    for name in ("known", "stranger"):
        person = acme.world.salesforce.user_create("Contact", {"LastName": name, "Email": f"{name}@x.nl"})
        roles[name] = acme.world.salesforce.user_create(
            "OpportunityContactRole", {"OpportunityId": deal, "ContactId": person}
        )
    acme.world.hubspot.user_create("contacts", {"email": "known@x.nl", "lastname": "known"})
    acme.settle()
    acme.world.salesforce.user_delete("OpportunityContactRole", roles["known"])
    acme.limits = Limits(unlinks=10)
    acme.settle()
    left = [r["Id"] for r in acme.live("OpportunityContactRole")]
    assert left == [roles["stranger"]]


def test_a_state_put_back_from_a_backup_stops_the_run_before_old_values_win(acme: Firm) -> None:
    """An admin restored last week's state: from its bases, last week's values would look agreed."""
    pair(acme, "a")
    mark = acme.folder / "key.seen"
    mark.write_text(str(int(mark.read_text()) + 1))
    with pytest.raises(Stop) as stopped:
        acme.sync()
    assert (stopped.value.reason, str(mark) in stopped.value.message) == ("state", True)
    assert "smarketing state rebuild" in stopped.value.fix


def test_a_lost_state_finds_its_pairs_by_the_link_ids_in_the_crms(acme: Firm) -> None:
    """The state is gone; both records still carry the link id, so nothing at all has to be written."""
    contact, lead = pair(acme, "a")
    before = the_link(acme, contact).id
    acme.forget_state()
    report = acme.plan()
    assert report.planned == {}
    acme.settle()
    assert (acme.partner(contact).id, the_link(acme, contact).id) == (lead, before)


def test_our_fields_taken_away_stop_the_run(acme: Firm) -> None:
    """Salesforce was refreshed, or somebody removed the permission set."""
    _, lead = pair(acme, "a")
    acme.world.salesforce.hide_field("Lead", "SMK_Link_Id__c")
    acme.in_salesforce(lead, Title="CFO")
    with pytest.raises(Stop) as stopped:
        acme.sync()
    assert stopped.value.reason == "install"


def test_an_edit_that_slips_in_beside_our_write_is_carried_over(acme: Firm) -> None:
    """Marketing edits the city in the moment in which we write the title: it reaches Salesforce all the
    same."""
    contact, lead = pair(acme, "a")
    acme.in_salesforce(lead, Title="CFO")
    hubspot = acme.crms[Side.HUBSPOT]
    plain = hubspot.write

    def write(type, writes, fields=()):  # type: ignore[no-untyped-def]
        if type == "contacts":
            acme.in_hubspot(contact, city="Gent")
        return plain(type, writes, fields)

    hubspot.write = write  # type: ignore[method-assign]
    acme.sync()
    hubspot.write = plain  # type: ignore[method-assign]
    acme.settle()
    assert (acme.salesforce(lead)["City"], acme.hubspot(contact)["jobtitle"]) == ("Gent", "CFO")


def test_a_person_without_a_partner_enters_a_stage_by_its_criterion_and_is_handed_over(
    acme: Firm, tmp_path: Path
) -> None:
    """Marketing's score makes a lead sales-qualified: HubSpot shows the stage, and Salesforce gets the lead;
    the backlog stays."""
    acme.mappings = acme.edited_mappings(
        tmp_path / "m",
        "pipeline.yaml",
        "- key: sql\n",
        "- key: sql\n    enter_when: 'job_title == \"CFO\"'\n",
    )
    acme.plan()
    old = acme.world.hubspot.user_create(
        "contacts", {"email": "old@x.nl", "lifecyclestage": "lead", "jobtitle": "CFO"}
    )
    new = acme.world.hubspot.user_create("contacts", {"email": "new@x.nl", "lifecyclestage": "lead"})
    acme.settle()
    acme.in_hubspot(new, jobtitle="CFO")
    acme.settle()
    acme.settle()
    assert acme.hubspot(new)["lifecyclestage"] == "salesqualifiedlead"
    assert acme.salesforce(acme.partner(new).id)["SMK_Stage__c"] == "sql"
    assert acme.hubspot(old)["lifecyclestage"] == "lead"


@pytest.mark.parametrize(("on_exit", "title"), [("keep", "CFO"), ("stop", None)])
def test_who_leaves_the_scope_is_kept_or_left_alone_as_the_mapping_says(
    acme: Firm, tmp_path: Path, on_exit: str, title: str | None
) -> None:
    acme.mappings = acme.edited_mappings(
        tmp_path / "m",
        "contacts.yaml",
        "  hubspot: 'stage >= stages.sql'\n  salesforce: 'true'\n  on_exit: keep",
        f"  hubspot: 'city == \"Gent\"'\n  salesforce: 'false'\n  on_exit: {on_exit}",
    )
    acme.plan()
    contact = acme.contact(email="a@x.nl", lastname="A", city="Gent")
    acme.settle()
    acme.in_hubspot(contact, city="Aarhus")
    acme.in_salesforce(acme.partner(contact).id, City="Aarhus")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.settle()
    assert acme.salesforce(acme.partner(contact).id)["Title"] == title


def test_the_newest_edit_wins_where_both_crms_keep_the_history_of_the_field(
    acme: Firm, tmp_path: Path
) -> None:
    """`clash: newest`: both teams changed the title; marketing's edit is half an hour younger."""
    rule = "{name: job_title, hubspot: jobtitle, salesforce: Title, rule: two_way, clash: "
    acme.mappings = acme.edited_mappings(
        tmp_path / "m", "contacts.yaml", f"{rule}salesforce}}", f"{rule}newest, first: salesforce}}"
    )
    acme.world.salesforce.track_history("Lead", "Title")
    acme.plan()
    contact, lead = pair(acme, "a")
    acme.in_salesforce(lead, Title="from sales")
    acme.pass_time(30)
    acme.in_hubspot(contact, jobtitle="from marketing")
    acme.settle()
    assert acme.salesforce(lead)["Title"] == acme.hubspot(contact)["jobtitle"] == "from marketing"
    assert codes(acme) == []
