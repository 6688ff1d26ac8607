"""Every word that a mapping file may say, seen in both CRMs: an ops person edits a line, people work, the
connector runs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from setting import MAPPINGS, Firm, firm

from connector.connect import look
from connector.model import Kind, Ref, Side
from connector.report.parity import compare

Edit = tuple[str, str, str]
FirmWith = Callable[..., Firm]

JAN = {"email": "jan@voorbeeld.nl", "lastname": "de Vries"}


@pytest.fixture
def firm_with(tmp_path: Path) -> Iterator[FirmWith]:
    """A firm that runs the starter mapping with some lines changed: (file, what stands there, what to put
    there)."""
    with ExitStack() as stack:

        def make(*edits: Edit) -> Firm:
            folder = tmp_path / "mappings"
            shutil.copytree(MAPPINGS, folder)
            for name, old, new in edits:
                text = (folder / name).read_text(encoding="utf-8")
                assert text.count(old) == 1, (name, old)
                (folder / name).write_text(text.replace(old, new), encoding="utf-8")
            made = stack.enter_context(firm(tmp_path))
            made.run_on(folder)
            return made

        yield make


def job_title(words: str) -> Edit:
    """The line of the job title, with other words behind its two columns."""
    line = "{name: job_title, hubspot: jobtitle, salesforce: Title, "
    return "contacts.yaml", f"{line}rule: two_way, clash: salesforce}}", f"{line}{words}}}"


def one_more(line: str) -> Edit:
    """One more field of people."""
    first = "fields:\n  - {name: email,"
    return "contacts.yaml", first, first.replace("  - {name: email,", f"  - {line}\n  - {{name: email,")


class Titled:
    """One linked person whose job title both CRMs hold; ``hubspot`` and ``salesforce`` are what stands there
    now."""

    def __init__(self, acme: Firm, title: str = "Inkoper") -> None:
        self.acme = acme
        self.contact = acme.contact(**JAN, jobtitle=title)
        acme.settle()
        self.lead = acme.partner(self.contact).id

    def edit(self, side: Side, title: str) -> None:
        """Somebody changes it by hand, on one side."""
        if side is Side.HUBSPOT:
            self.acme.in_hubspot(self.contact, jobtitle=title)
        else:
            self.acme.in_salesforce(self.lead, Title=title or None)
        self.acme.pass_time(1)

    def on(self, side: Side) -> str | None:
        if side is Side.HUBSPOT:
            return self.acme.hubspot(self.contact).get("jobtitle")
        title: str | None = self.acme.salesforce(self.lead)["Title"]
        return title

    @property
    def both(self) -> tuple[str | None, str | None]:
        return self.on(Side.HUBSPOT), self.on(Side.SALESFORCE)


both_ways = pytest.mark.parametrize("side", list(Side))


# ---------------------------------------------------------------- who may write what


@both_ways
def test_two_way_carries_edits_and_gives_a_clash_to_whom_the_mapping_names(
    firm_with: FirmWith, side: Side
) -> None:
    acme = firm_with(job_title(f"rule: two_way, clash: {side}"))
    jan = Titled(acme)
    for editor in Side:
        jan.edit(editor, f"as {editor} says")
        acme.settle()
        assert jan.both == (f"as {editor} says",) * 2
    for editor in Side:
        jan.edit(editor, f"both, {editor}")
    acme.settle()
    assert jan.both == (f"both, {side}",) * 2


@both_ways
def test_a_preferred_side_wins_a_clash_and_nothing_else(firm_with: FirmWith, side: Side) -> None:
    """The other CRM's lone edit is carried over as well: `prefer` is not `owns`."""
    acme = firm_with(job_title(f"rule: prefer_{side}"))
    jan = Titled(acme)
    jan.edit(side.other, "Directeur")
    acme.settle()
    assert jan.both == ("Directeur", "Directeur")
    jan.edit(side, "the preferred")
    jan.edit(side.other, "the other")
    acme.settle()
    assert jan.both == ("the preferred", "the preferred")


@both_ways
def test_an_owned_field_is_put_back_where_somebody_else_edits_it(firm_with: FirmWith, side: Side) -> None:
    acme = firm_with(job_title(f"rule: {side}_owns"))
    contact = acme.contact(**JAN)
    acme.settle()
    jan = Titled.__new__(Titled)
    jan.acme, jan.contact, jan.lead = acme, contact, acme.partner(contact).id
    jan.edit(side.other, "nobody asked")
    acme.settle()
    assert (jan.on(side), jan.on(side.other)) == (None, "nobody asked"), "a blank owner writes nothing"
    jan.edit(side, "Directeur")
    acme.settle()
    assert jan.both == ("Directeur", "Directeur")
    jan.edit(side.other, "nobody asked")
    assert acme.sync().writes == 1
    assert jan.both == ("Directeur", "Directeur")
    jan.edit(side, "from the owner")
    jan.edit(side.other, "at the same time")
    acme.settle()
    assert jan.both == ("from the owner", "from the owner")


@both_ways
def test_a_fill_rule_fills_a_blank_once_and_never_writes_the_source(firm_with: FirmWith, side: Side) -> None:
    acme = firm_with(job_title(f"rule: fill_{side}"))
    jan = Titled(acme, title="")
    jan.edit(side.other, "the first title")
    acme.settle()
    assert jan.both == ("the first title", "the first title")
    jan.edit(side.other, "the second title")
    jan.acme.settle()
    assert (jan.on(side), jan.on(side.other)) == ("the first title", "the second title")
    jan.edit(side, "by hand")
    acme.settle()
    assert (jan.on(side), jan.on(side.other)) == ("by hand", "the second title")


def test_the_stricter_answer_reaches_both_crms_and_cannot_be_taken_back_on_one(firm_with: FirmWith) -> None:
    """`strictest`: who said "do not call" in either CRM is not called; unticking it in one is undone."""
    acme = firm_with(
        one_more(
            "{name: no_calls, hubspot: smk_no_calls, salesforce: DoNotCall, "
            "convert: boolean, rule: strictest}"
        )
    )
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}") for n in range(2)]
    acme.settle()
    leads = [acme.partner(person).id for person in people]
    acme.in_hubspot(people[0], smk_no_calls="true")
    acme.in_salesforce(leads[1], DoNotCall=True)
    acme.settle()
    acme.in_hubspot(people[0], smk_no_calls="false")
    acme.in_salesforce(leads[1], DoNotCall=False)
    acme.pass_time(1)
    acme.settle()
    assert [acme.hubspot(person)["smk_no_calls"] for person in people] == ["true", "true"]
    assert [acme.salesforce(lead)["DoNotCall"] for lead in leads] == [True, True]


def test_an_opt_out_goes_one_way_where_the_mapping_says_so(firm_with: FirmWith) -> None:
    """`strictest, write: salesforce`: HubSpot's communication preferences are nobody's to touch."""
    line = "convert: boolean, rule: strictest"
    acme = firm_with(("contacts.yaml", f"{line}}}", f"{line}, write: salesforce}}"))
    jan, piet = acme.contact(**JAN), acme.contact(email="piet@voorbeeld.nl", lastname="Piet")
    acme.settle()
    acme.world.hubspot.system_edit("contacts", jan, {"hs_email_optout": "true"})
    acme.in_salesforce(acme.partner(piet).id, HasOptedOutOfEmail=True)
    assert acme.settle().held == 0, "nobody even tries"
    assert acme.salesforce(acme.partner(jan).id)["HasOptedOutOfEmail"] is True
    assert acme.hubspot(piet).get("hs_email_optout") != "true"


# ---------------------------------------------------------------- a cleared value


@both_ways
def test_a_cleared_value_stays_on_the_other_side_unless_the_mapping_says_otherwise(
    firm_with: FirmWith, side: Side
) -> None:
    acme = firm_with()
    jan = Titled(acme)
    jan.edit(side, "")
    acme.settle()
    assert (jan.on(side), jan.on(side.other)) == (None, "Inkoper")
    assert acme.store.open_reviews() == []


@both_ways
def test_blank_clear_clears_the_other_side_too(firm_with: FirmWith, side: Side) -> None:
    acme = firm_with(job_title("rule: two_way, clash: salesforce, blank: clear"))
    jan = Titled(acme)
    jan.edit(side, "")
    acme.settle()
    assert jan.both == (None, None)


@both_ways
def test_blank_clear_still_loses_against_an_edit(firm_with: FirmWith, side: Side) -> None:
    """One cleared, the other corrected: the correction is somebody's work."""
    acme = firm_with(job_title(f"rule: two_way, clash: {side}, blank: clear"))
    jan = Titled(acme)
    jan.edit(side, "")
    jan.edit(side.other, "Directeur")
    acme.settle()
    assert jan.both == ("Directeur", "Directeur")


@pytest.mark.parametrize(("choice", "left"), [("hubspot", None), ("salesforce", "Inkoper")])
def test_blank_review_asks_a_person_who_clears_or_puts_back(
    firm_with: FirmWith, choice: str, left: str | None
) -> None:
    acme = firm_with(job_title("rule: two_way, clash: salesforce, blank: review"))
    jan = Titled(acme)
    jan.edit(Side.HUBSPOT, "")
    acme.settle()
    assert jan.both == (None, "Inkoper"), "nobody has decided yet"
    (item,) = acme.store.open_reviews()
    assert (item.review.code, item.review.field) == ("cleared", "job_title")
    acme.store.resolve_review(item.id, choice, acme.now())
    acme.settle()
    assert jan.both == (left, left)
    assert acme.store.open_reviews() == []


def test_the_newest_cannot_be_told_without_field_history_so_a_person_decides(firm_with: FirmWith) -> None:
    """`clash: newest`, but this Salesforce keeps no history of titles; a record's stamp would be a guess."""
    acme = firm_with(job_title("rule: two_way, clash: newest"))
    jan = Titled(acme)
    jan.edit(Side.HUBSPOT, "earlier")
    acme.pass_time(30)
    jan.edit(Side.SALESFORCE, "later")
    acme.settle()
    assert jan.both == ("earlier", "later")
    (item,) = acme.store.open_reviews()
    assert (item.review.code, item.review.field) == ("clash", "job_title")


# ---------------------------------------------------------------- values without a counterpart


def country(words: str) -> Edit:
    return "contacts.yaml", "convert: country, rule: two_way", f"convert: country, {words}rule: two_way"


def test_a_country_that_is_none_waits_and_everything_else_goes_on(firm_with: FirmWith) -> None:
    """`unmapped: hold` is the default: the field is listed and left alone until somebody corrects it."""
    acme = firm_with(country("unmapped: hold, "))
    contact = acme.contact(**JAN, country="Atlantis", city="Poseidonia")
    report = acme.settle()
    lead = acme.partner(contact).id
    assert (acme.salesforce(lead)["Country"], acme.salesforce(lead)["City"]) == (None, "Poseidonia")
    assert (report.held, report.exit_code) == (1, 1)
    acme.in_hubspot(contact, country="Griekenland")
    assert acme.settle().held == 0
    assert acme.salesforce(lead)["Country"] == "Greece"


def test_unmapped_pass_hands_the_text_on_as_it_is(firm_with: FirmWith) -> None:
    acme = firm_with(country("unmapped: pass, "))
    contact = acme.contact(**JAN, country="Atlantis")
    assert acme.settle().held == 0
    lead = acme.partner(contact).id
    assert acme.salesforce(lead)["Country"] == "Atlantis"
    acme.in_salesforce(lead, Country="Lemuria")
    acme.settle()
    assert acme.hubspot(contact)["country"] == "Lemuria"
    acme.in_hubspot(contact, country="Holland")
    acme.settle()
    assert acme.salesforce(lead)["Country"] == "Netherlands"


def test_unmapped_default_stands_for_whatever_is_unknown(firm_with: FirmWith) -> None:
    acme = firm_with(country("unmapped: default, default: {salesforce: Belgium}, "))
    unknown = acme.contact(**JAN, country="Atlantis")
    known = acme.contact(email="ida@firma.dk", lastname="Jensen", country="Danmark")
    assert acme.settle().held == 0
    assert acme.salesforce(acme.partner(unknown).id)["Country"] == "Belgium"
    assert acme.salesforce(acme.partner(known).id)["Country"] == "Denmark"
    assert acme.hubspot(unknown)["country"] == "Atlantis", "the default stands for it, it does not replace it"


def test_a_value_map_reads_every_listed_value_and_writes_the_first(firm_with: FirmWith) -> None:
    """How warm somebody is: marketing knows two words for what sales calls hot."""
    acme = firm_with(
        one_more(
            "{name: warmth, hubspot: smk_warmth, salesforce: {Lead: Rating}, rule: two_way, "
            "clash: salesforce, convert: {values: {Hot: [burning, hot], Warm: lukewarm, Cold: cold}}}"
        )
    )
    contact = acme.contact(**JAN, smk_warmth="hot")
    acme.settle()
    lead = acme.partner(contact).id
    assert acme.salesforce(lead)["Rating"] == "Hot"
    acme.in_hubspot(contact, smk_warmth="burning")
    acme.pass_time(1)
    assert acme.sync().writes == 0, "it means the same"
    acme.in_salesforce(lead, Rating="Cold")
    acme.settle()
    assert acme.hubspot(contact)["smk_warmth"] == "cold"
    acme.in_salesforce(lead, Rating="Hot")
    acme.settle()
    assert acme.hubspot(contact)["smk_warmth"] == "burning"
    acme.in_salesforce(lead, Rating="Tepid")
    assert acme.settle().held == 1
    assert acme.hubspot(contact)["smk_warmth"] == "burning"


def test_several_choices_are_compared_as_a_set(firm_with: FirmWith) -> None:
    """Both CRMs join them with semicolons, each in its own order; the order is nobody's edit."""
    acme = firm_with(
        one_more(
            "{name: role, hubspot: hs_buying_role, salesforce: SMK_Role__c, rule: two_way, "
            "clash: salesforce, convert: {multi: {values: {Champion: CHAMPION, Uses it: END_USER, "
            "Decides: [DECISION_MAKER, BUDGET_HOLDER]}}}}"
        )
    )
    contact = acme.contact(**JAN, hs_buying_role="CHAMPION;BUDGET_HOLDER")
    acme.settle()
    lead = acme.partner(contact).id
    assert set(acme.salesforce(lead)["SMK_Role__c"].split(";")) == {"Champion", "Decides"}
    assert set(acme.hubspot(contact)["hs_buying_role"].split(";")) == {"CHAMPION", "BUDGET_HOLDER"}
    acme.in_salesforce(lead, SMK_Role__c="Decides;Champion")
    acme.pass_time(1)
    assert acme.sync().writes == 0
    acme.in_salesforce(lead, SMK_Role__c="Uses it;Decides")
    acme.settle()
    assert set(acme.hubspot(contact)["hs_buying_role"].split(";")) == {"END_USER", "DECISION_MAKER"}
    acme.in_hubspot(contact, hs_buying_role="END_USER;OTHER")
    assert acme.settle().held == 1, "one of them has no counterpart"
    assert set(acme.salesforce(lead)["SMK_Role__c"].split(";")) == {"Uses it", "Decides"}


# ---------------------------------------------------------------- days and points in time


CLOSING = "convert: {date: {with_time: hubspot}}, rule: salesforce_owns"


def opportunity(acme: Firm) -> tuple[str, str]:
    """A deal that both CRMs have, closing on 1 March 2027: its ids in HubSpot and Salesforce."""
    values = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}
    deal = acme.world.salesforce.user_create("Opportunity", values)
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Opportunity", deal)
    assert link is not None
    return link.refs[Side.HUBSPOT].id, deal


def test_a_closing_day_is_noon_in_hubspot_and_an_hour_is_no_other_day(firm_with: FirmWith) -> None:
    """The HubSpot account is in Amsterdam: 22:30 UTC in winter is still that day there, 23:30 is the next."""
    acme = firm_with()
    mine, theirs = opportunity(acme)
    assert acme.crms[Side.HUBSPOT].identity().zone == "Europe/Amsterdam"
    assert acme.hubspot(mine, "deals")["closedate"] == "2027-03-01T11:00:00.000Z"
    acme.in_hubspot(mine, "deals", closedate="2027-03-01T22:30:00Z")
    acme.pass_time(1)
    assert acme.sync().writes == 0
    acme.in_hubspot(mine, "deals", closedate="2027-03-01T23:30:00Z")
    acme.settle()
    assert acme.hubspot(mine, "deals")["closedate"] == "2027-03-01T11:00:00.000Z", "Salesforce owns it"
    assert acme.salesforce(theirs, "Opportunity")["CloseDate"] == "2027-03-01"


def test_a_closing_time_becomes_the_day_that_it_is_in_the_accounts_zone(firm_with: FirmWith) -> None:
    """In summer Amsterdam is two hours ahead: half past ten in the evening UTC is after midnight there."""
    two_way = CLOSING.replace("rule: salesforce_owns", "rule: two_way, clash: salesforce, lossy: ok")
    acme = firm_with(("deals.yaml", CLOSING, two_way))
    mine, theirs = opportunity(acme)
    acme.in_hubspot(mine, "deals", closedate="2027-06-30T22:30:00Z")
    acme.settle()
    assert acme.salesforce(theirs, "Opportunity")["CloseDate"] == "2027-07-01"
    assert acme.hubspot(mine, "deals")["closedate"] == "2027-06-30T22:30:00.000Z", "the time of day is kept"
    acme.in_salesforce(theirs, "Opportunity", CloseDate="2027-07-02")
    acme.settle()
    assert acme.hubspot(mine, "deals")["closedate"] == "2027-07-02T10:00:00.000Z"


def test_a_point_in_time_is_the_same_moment_in_both(firm_with: FirmWith) -> None:
    acme = firm_with()
    contact = acme.contact(**JAN)
    acme.settle()
    filled_in = {
        "recent_conversion_date": "2026-03-29T00:30:00.250Z",
        "recent_conversion_event_name": "Webinar",
    }
    acme.world.hubspot.system_edit("contacts", contact, filled_in)
    acme.settle()
    lead = acme.salesforce(acme.partner(contact).id)
    assert str(lead["SMK_Last_Conversion_At__c"]).startswith("2026-03-29T00:30:00")
    assert lead["SMK_Last_Conversion__c"] == "Webinar"


# ---------------------------------------------------------------- who is created


def test_people_can_become_contacts_in_salesforce_instead_of_leads(firm_with: FirmWith) -> None:
    """`create: {salesforce: Contact}`: their columns are those of a Contact."""
    acme = firm_with(("contacts.yaml", "  salesforce: Lead\n", "  salesforce: Contact\n"))
    contact = acme.contact(**JAN, city="Gent", country="België")
    acme.settle()
    partner = acme.partner(contact)
    made = acme.salesforce(partner.id, "Contact")
    assert partner.type == "Contact"
    assert acme.live("Lead") == []
    wanted = ("de Vries", "jan@voorbeeld.nl", "Gent", "Belgium", "sql")
    columns = ("LastName", "Email", "MailingCity", "MailingCountry", "SMK_Stage__c")
    assert tuple(made[column] for column in columns) == wanted
    acme.in_salesforce(partner.id, "Contact", MailingCity="Brugge")
    acme.settle()
    assert acme.hubspot(contact)["city"] == "Brugge"


def test_people_born_in_salesforce_appear_in_hubspot_once_the_mapping_says_so(firm_with: FirmWith) -> None:
    """`create: {hubspot: contacts}`; somebody HubSpot knows already is linked instead."""
    acme = firm_with(("contacts.yaml", "  hubspot: never", "  hubspot: contacts"))
    known = acme.world.hubspot.user_create("contacts", {"email": "ida@firma.dk", "lastname": "Jensen"})
    ida = acme.lead(LastName="Jensen", Email="ida@firma.dk")
    jan = acme.lead(
        LastName="de Vries", Email="Jan@Voorbeeld.nl", Phone="020 123 4567", City="Gent", SMK_Stage__c="sql"
    )
    piet = acme.world.salesforce.user_create("Contact", {"LastName": "Piet", "Email": "piet@voorbeeld.nl"})
    acme.settle()
    assert acme.partner(known).id == ida
    made: dict[str, dict[str, str]] = {
        row["properties"]["email"]: row["properties"]
        for row in acme.world.hubspot.all("contacts", include_deleted=False)
    }
    assert made.keys() == {"ida@firma.dk", "jan@voorbeeld.nl", "piet@voorbeeld.nl"}
    new = made["jan@voorbeeld.nl"]
    assert (new["lastname"], new["city"], new["lifecyclestage"]) == ("de Vries", "Gent", "salesqualifiedlead")
    assert new["smk_salesforce_id"] == jan
    assert acme.link(Side.SALESFORCE, "Contact", piet) is not None
    assert acme.linked(Kind.CONTACT) == 3
    acme.in_salesforce(jan, City="Brugge")
    acme.settle()
    assert len(list(acme.world.hubspot.all("contacts"))) == 3


# ---------------------------------------------------------------- moves between stages


@both_ways
def test_next_only_puts_a_jump_back_and_lets_a_step_through(firm_with: FirmWith, side: Side) -> None:
    acme = firm_with(("pipeline.yaml", "forward: any", "forward: next_only"))
    contact = acme.contact(**JAN)
    acme.settle()
    lead = acme.partner(contact).id

    def move(stage: str) -> None:
        if side is Side.HUBSPOT:
            acme.in_hubspot(contact, lifecyclestage=stage)
        else:
            acme.in_salesforce(lead, SMK_Stage__c=stage)
        acme.pass_time(1)
        acme.settle()

    def stages() -> tuple[str, str]:
        return acme.hubspot(contact)["lifecyclestage"], acme.salesforce(lead)["SMK_Stage__c"]

    move("customer")
    assert stages() == ("salesqualifiedlead", "sql")
    move("opportunity")
    assert stages() == ("opportunity", "opportunity")
    move("customer")
    assert stages() == ("customer", "customer")


# ---------------------------------------------------------------- owners


@pytest.fixture
def staffed(firm_with: FirmWith) -> tuple[Firm, dict[str, str], dict[str, str]]:
    """A firm where Anna and Bo work in both CRMs and Lars in Salesforce only: ids by name, per CRM."""
    acme = firm_with()
    names = ("anna", "bo", "lars")
    owners = [{"email": f"{name}@acme.example", "firstName": name} for name in names[:2]]
    in_hubspot = dict(zip(names, acme.world.hubspot.load_owners(owners), strict=False))
    users = [
        {
            "Username": f"{name}@acme.example",
            "LastName": name,
            "Name": name,
            # a Salesforce sandbox appends this to everybody's address
            "Email": f"{name.title()}@acme.example.invalid",
            "Alias": name,
            "IsActive": True,
            "ProfileId": acme.world.salesforce.profile,
        }
        for name in names
    ]
    in_salesforce = dict(zip(names, acme.world.salesforce.load("User", users), strict=True))
    acme.pass_time(90)
    return acme, in_hubspot, in_salesforce


def test_the_owner_in_hubspot_is_whoever_has_the_same_address_in_salesforce(
    staffed: tuple[Firm, dict[str, str], dict[str, str]],
) -> None:
    acme, owners, users = staffed
    contact = acme.contact(**JAN)
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_salesforce(lead, OwnerId=users["anna"])
    acme.settle()
    assert acme.hubspot(contact)["hubspot_owner_id"] == owners["anna"]
    acme.in_hubspot(contact, hubspot_owner_id=owners["bo"])
    acme.settle()
    assert acme.hubspot(contact)["hubspot_owner_id"] == owners["anna"], "sales decides who works a person"
    assert acme.salesforce(lead)["OwnerId"] == users["anna"]
    acme.in_salesforce(lead, OwnerId=users["lars"])
    report = acme.settle()
    assert acme.hubspot(contact)["hubspot_owner_id"] == owners["anna"], "HubSpot knows no Lars"
    assert report.held == 0
    acme.in_salesforce(lead, OwnerId=users["bo"])
    acme.settle()
    assert acme.hubspot(contact)["hubspot_owner_id"] == owners["bo"]


def test_a_new_lead_is_worked_by_whom_the_contact_has_in_hubspot(
    staffed: tuple[Firm, dict[str, str], dict[str, str]],
) -> None:
    """Anna's contact stays Anna's, though Salesforce has an assignment rule; what is nobody's is assigned.
    From then on Salesforce decides."""
    acme, owners, users = staffed
    acme.world.salesforce.assignment_owner = users["lars"]
    annas = acme.contact(**JAN, hubspot_owner_id=owners["anna"])
    nobodys = acme.contact(email="piet@voorbeeld.nl", lastname="Piet")
    acme.settle()
    leads = [acme.salesforce(acme.partner(contact).id) for contact in (annas, nobodys)]
    assert [lead["OwnerId"] for lead in leads] == [users["anna"], users["lars"]]
    acme.in_hubspot(annas, hubspot_owner_id=owners["bo"])
    acme.pass_time(1)
    acme.settle()
    assert acme.hubspot(annas)["hubspot_owner_id"] == owners["anna"], "put back"
    acme.in_hubspot(annas, hubspot_owner_id="")
    acme.settle()
    assert acme.hubspot(annas)["hubspot_owner_id"] == owners["anna"], "never nobody's by accident"


def test_who_has_another_address_in_each_crm_is_named_in_a_file_of_its_own(
    staffed: tuple[Firm, dict[str, str], dict[str, str]],
) -> None:
    """Lars is lars@acme in Salesforce, and bo@acme in HubSpot, where he took over Bo's seat: the line counts
    before equal addresses, both ways, and Salesforce's Bo is nobody in HubSpot any more."""
    acme, owners, users = staffed
    line = "same: [{hubspot: Bo@acme.example, salesforce: lars@acme.example}]\n"
    (acme.mappings / "owners.yaml").write_text(line)
    acme.plan()
    his = acme.contact(**JAN, hubspot_owner_id=owners["bo"])
    acme.settle()
    lead = acme.partner(his).id
    assert acme.salesforce(lead)["OwnerId"] == users["lars"]
    acme.in_salesforce(lead, OwnerId=users["anna"])
    acme.settle()
    acme.in_salesforce(lead, OwnerId=users["lars"])
    acme.settle()
    assert acme.hubspot(his)["hubspot_owner_id"] == owners["bo"]
    acme.in_salesforce(lead, OwnerId=users["anna"])
    acme.settle()
    acme.in_salesforce(lead, OwnerId=users["bo"])
    acme.settle()
    assert acme.hubspot(his)["hubspot_owner_id"] == owners["anna"], "not Lars by his address"


def test_one_run_reads_everything_it_writes_in_the_words_of_the_mapping(firm_with: FirmWith) -> None:
    """The plan names the line that decides, so that an ops person finds it."""
    acme = firm_with(job_title("rule: hubspot_owns"))
    jan = Titled(acme)
    jan.edit(Side.SALESFORCE, "nobody asked")
    (action,) = acme.plan().sample
    (change,) = action.changes
    assert action.target == Ref(Side.SALESFORCE, "Lead", jan.lead)
    assert (change.field, change.before, change.after) == ("job_title", "nobody asked", "Inkoper")
    assert change.why == "put back"
    rule, _, place = change.rule.partition(" ")
    file, _, line = place.partition(":")
    written = (acme.mappings / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert rule == "hubspot_owns"
    assert "job_title" in written


def test_what_stands_in_for_a_last_name_stays_meant_when_the_address_it_was_made_of_changes(
    acme: Firm,
) -> None:
    """Salesforce wants a last name, and only an address is known: its first part stands in. Another address
    later does not make a riddle of it; a real name ends it on both sides."""
    contact = acme.contact(email="anna@voorbeeld.nl")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, email="bea@elders.nl")
    acme.settle()
    assert acme.salesforce(lead)["LastName"] == "anna"
    assert compare(acme.env, look(acme.env).ctx).items == ()
    acme.in_salesforce(lead, LastName="Jensen")
    acme.settle()
    assert acme.hubspot(contact)["lastname"] == "Jensen"
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    assert "last_name" not in link.diverged
