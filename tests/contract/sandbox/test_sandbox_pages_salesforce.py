"""A rep's day at the pages of the simulated Salesforce: as a chosen user, with Salesforce's own refusals."""

import pytest
from sandbox_crms import Crms
from sandbox_pages import Person

from connector.sandbox.salesforce.errors import ValidationRule
from connector.sandbox.salesforce.schema import Row
from connector.sandbox.salesforce.store import SalesforceStore


@pytest.fixture
def rep(crms: Crms) -> Person:
    return Person(crms.running.salesforce_url)


@pytest.fixture
def org(crms: Crms) -> SalesforceStore:
    return crms.world.salesforce


def row(org: SalesforceStore, type: str, id: str) -> Row:
    found = org.get(type, id)
    assert found is not None
    return found


def lead(org: SalesforceStore, **values: object) -> str:
    return org.user_create("Lead", {"LastName": "Vos", "Company": "Vos BV", **values})


def user(org: SalesforceStore, name: str) -> object:
    return next(each["Id"] for each in org.all("User") if each["Name"] == name)


def id_of(path: str) -> str:
    """The id in the address of a record page."""
    return path.split("?")[0].rsplit("/", 1)[1]


def test_what_a_rep_saves_is_saved_as_that_rep(rep: Person, org: SalesforceStore) -> None:
    vos = lead(org)
    rep.work_as("Emma Whitfield")
    page = rep.send(rep.open(f"/Lead/{vos}/edit").form("Title"), Title="Directeur", AnnualRevenue="1250000")
    assert "Saved." in page.text
    saved = row(org, "Lead", vos)
    assert (saved["Title"], saved["AnnualRevenue"]) == ("Directeur", 1_250_000)
    assert saved["LastModifiedById"] == user(org, "Emma Whitfield")
    assert "Emma Whitfield" in page.text


def test_a_lead_is_entered_and_belongs_to_who_entered_it(rep: Person, org: SalesforceStore) -> None:
    rep.work_as("Bo Larsen")
    form = rep.open("/Lead/new").form("LastName")
    assert form.holds("Status") == "Open - Not Contacted"
    page = rep.send(form, LastName="Uil", Company="Uil BV", HasOptedOutOfEmail=True)
    made = row(org, "Lead", id_of(page.path))
    assert (made["OwnerId"], made["CreatedById"]) == (user(org, "Bo Larsen"),) * 2
    assert made["HasOptedOutOfEmail"] is True
    rep.send(rep.open(f"/Lead/{made['Id']}/edit").form("LastName"), HasOptedOutOfEmail=False)
    assert row(org, "Lead", str(made["Id"]))["HasOptedOutOfEmail"] is False


def test_a_refused_save_says_why_at_each_field_and_keeps_what_was_typed(
    rep: Person, org: SalesforceStore
) -> None:
    page = rep.send(
        rep.open("/Lead/new").form("LastName"), FirstName="Fenna", Email="x", AnnualRevenue="much"
    )
    assert page.status == 400
    assert "Cannot deserialize instance of double" in page.text
    page = rep.send(page.form("LastName"), AnnualRevenue="")
    assert "Required fields are missing: [LastName, Company] (REQUIRED_FIELD_MISSING)" in page.text
    invalid = [found["id"] for _, found in page.tags if found.get("aria-invalid") == "true"]
    assert invalid == ["f-LastName", "f-Company"]
    page = rep.send(page.form("LastName"), LastName="Uil", Company="Uil BV")
    assert "Email: invalid email address: x (INVALID_EMAIL_ADDRESS)" in page.text
    assert page.form("LastName").holds("FirstName") == "Fenna"
    page = rep.send(page.form("LastName"), Email="fenna@uil.nl")
    assert "Created." in page.text
    assert row(org, "Lead", id_of(page.path))["FirstName"] == "Fenna"


def test_a_validation_rule_of_the_admins_speaks_at_its_field(rep: Person, org: SalesforceStore) -> None:
    def needs_a_source(type: str, _before: Row | None, after: Row) -> Row:
        if type == "Lead" and after["Status"] == "Closed - Not Converted" and not after["LeadSource"]:
            raise ValidationRule("Say where the lead came from.", "LeadSource")
        return after

    vos = lead(org)
    org.on_write.append(needs_a_source)
    page = rep.send(rep.open(f"/Lead/{vos}/edit").form("LeadSource"), Status="Closed - Not Converted")
    assert page.status == 400
    assert "Lead Source : Say where the lead came from. (FIELD_CUSTOM_VALIDATION_EXCEPTION)" in page.text
    assert page.form("LeadSource").holds("Status") == "Closed - Not Converted"
    page = rep.send(rep.open(f"/Lead/{vos}").form("Status"), Status="Closed - Not Converted")
    assert "LeadSource: Say where the lead came from." in page.text


def test_a_save_touches_only_what_was_changed(rep: Person, org: SalesforceStore) -> None:
    """A sync that writes another field between opening and saving is not undone."""
    vos = lead(org, Description="one\r\ntwo", Street="A 1\nB 2")
    before = row(org, "Lead", vos)
    form = rep.open(f"/Lead/{vos}/edit").form("Title")
    assert rep.send(form).status == 200
    assert row(org, "Lead", vos) == before
    org.user_edit("Lead", vos, {"Phone": "0612345678"})
    rep.send(form, Title="Directeur")
    after = row(org, "Lead", vos)
    assert (after["Phone"], after["Title"], after["Street"]) == ("0612345678", "Directeur", "A 1\nB 2")


def test_a_lead_is_converted_into_the_account_of_its_name(rep: Person, org: SalesforceStore) -> None:
    account = org.user_create("Account", {"Name": "Vos BV"})
    vos = lead(org, Email="vos@vos.nl")
    rep.work_as("Bo Larsen")
    form = rep.open(f"/Lead/{vos}/convert").form("account")
    assert form.holds("account") == f"Vos BV [{account}]"
    page = rep.send(form, opportunity=False)
    assert "Converted." in page.text
    converted = row(org, "Lead", vos)
    assert (converted["IsConverted"], converted["ConvertedAccountId"]) == (True, account)
    assert converted["ConvertedOpportunityId"] is None
    assert converted["LastModifiedById"] == user(org, "Bo Larsen")
    assert id_of(page.path) == converted["ConvertedContactId"]
    page = rep.open(f"/Lead/{vos}")
    assert "This lead was converted on 2026-11-23. It became:" in page.text
    assert page.links(f"/Account/{account}")
    assert not page.links("/edit")
    page = rep.send(form)
    assert page.status == 400
    assert "already converted" in page.text


def test_a_lookup_that_names_nothing_or_too_much_is_refused_at_its_field(
    rep: Person, org: SalesforceStore
) -> None:
    twins = [org.user_create("Account", {"Name": "Twin"}) for _ in range(2)]
    form = rep.open("/Contact/new").form("AccountId")
    page = rep.send(form, LastName="Uil", AccountId="Nobody & Sons")
    assert "No record is called “Nobody & Sons”: give the id." in page.text
    page = rep.send(page.form("AccountId"), AccountId="Twin")
    assert "Several records are called “Twin”: give the id." in page.text
    page = rep.send(page.form("AccountId"), AccountId=twins[1][:15])
    assert "Created." in page.text
    assert row(org, "Contact", id_of(page.path))["AccountId"] == twins[1]
    page = rep.send(rep.open(f"{page.path.split('?')[0]}/edit").form("AccountId"), AccountId="")
    assert row(org, "Contact", id_of(page.path))["AccountId"] is None


def test_an_opportunity_is_moved_and_its_contact_gets_a_part(rep: Person, org: SalesforceStore) -> None:
    account = org.user_create("Account", {"Name": "Vos BV"})
    contact = org.user_create("Contact", {"LastName": "Uil", "AccountId": account})
    deal = {"Name": "Vos 2027", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2027-01-31"}
    opportunity = org.user_create("Opportunity", deal)
    page = rep.send(rep.open(f"/Opportunity/{opportunity}").form("StageName"), StageName="Closed Won")
    assert row(org, "Opportunity", opportunity)["IsWon"] is True
    form = rep.open(page.links("OpportunityContactRole/new")[0]).form("ContactId")
    page = rep.send(form, ContactId=contact, Role="Decision Maker", IsPrimary=True)
    assert page.path.startswith(f"/_sandbox/ui/Opportunity/{opportunity}")
    assert "Decision Maker" in page.text
    shown = rep.open(f"/Account/{account}").text
    assert "Vos 2027" in shown
    assert "Uil" in shown


def test_a_call_is_logged_at_a_lead(rep: Person, org: SalesforceStore) -> None:
    """The task is finished, so the lead's last activity moves."""
    vos = lead(org)
    form = rep.open(rep.open(f"/Lead/{vos}").links("TaskSubtype=Call")[0]).form("Subject")
    assert form.holds("WhoId").endswith(f"[{vos}]")
    page = rep.send(form, Subject="First call", Description="No budget this year")
    assert page.path.startswith(f"/_sandbox/ui/Lead/{vos}")
    assert "First call" in page.text
    assert "No budget this year" in page.text
    assert row(org, "Lead", vos)["LastActivityDate"] == "2026-11-23"


def test_the_history_of_tracked_fields_is_told_with_names(rep: Person, org: SalesforceStore) -> None:
    org.track_history("Lead", "Status", "OwnerId")
    vos = lead(org)
    rep.work_as("Emma Whitfield")
    form = rep.open(f"/Lead/{vos}/edit").form("Status")
    rep.send(form, Status="Working - Contacted", OwnerId=str(user(org, "Dirk Verbeke")))
    text = rep.open(f"/Lead/{vos}").text
    assert "Emma Whitfield Status Open - Not Contacted → Working - Contacted" in text
    assert "→ Dirk Verbeke" in text


def test_two_leads_are_merged_deleted_and_restored(rep: Person, org: SalesforceStore) -> None:
    stays, goes = lead(org), lead(org, LastName="Vosje")
    page = rep.post(f"/Lead/{stays}/merge", {"other": [goes]})
    assert "Merged." in page.text
    page = rep.open(f"/Lead/{goes}")
    assert "This record was merged into another one" in page.text
    assert page.links(f"/Lead/{stays}")
    assert rep.post(f"/Lead/{stays}/merge", {"other": [stays]}).status == 400
    page = rep.send(rep.open(f"/Lead/{stays}/delete").form("/delete"))
    assert "This record was deleted." in page.text
    assert row(org, "Lead", stays)["IsDeleted"] is True
    page = rep.send(page.form("/restore"))
    assert "Restored from the recycle bin." in page.text
    assert row(org, "Lead", stays)["IsDeleted"] is False


def test_a_record_type_decides_what_can_be_chosen(rep: Person, org: SalesforceStore) -> None:
    """Choosing another record type shows its choices and keeps what was typed; nothing is saved yet."""
    retail = org.add_record_type("Opportunity", "Retail", {"LeadSource": ["Web"]})
    trade = org.add_record_type("Opportunity", "Trade", {"StageName": ["Prospecting", "Closed Won"]})
    form = rep.open("/Opportunity/new").form("StageName")
    assert form.holds("RecordTypeId") == retail
    assert form.offers("LeadSource") == ["none", "Web"]
    assert "Closed Lost" in form.offers("StageName")
    form.fields["f.RecordTypeId"], form.fields["f.Name"] = [trade], ["Vos 2027"]
    page = rep.post(form.action, {**form.fields, "narrow": ["1"]})
    again = page.form("StageName")
    assert again.offers("StageName") == ["choose", "Prospecting", "Closed Won"]
    assert again.holds("Name") == "Vos 2027"
    page = rep.send(again, StageName="Prospecting", CloseDate="2027-01-31")
    assert row(org, "Opportunity", id_of(page.path))["RecordTypeId"] == trade


def test_a_campaign_shows_its_members(rep: Person, org: SalesforceStore) -> None:
    vos = lead(org)
    campaign = org.user_create("Campaign", {"Name": "Webinar"})
    form = rep.open(rep.open(f"/Campaign/{campaign}").links("CampaignMember/new")[0]).form("LeadId")
    page = rep.send(form, LeadId=vos, Status="Responded")
    assert page.path.startswith(f"/_sandbox/ui/Campaign/{campaign}")
    assert "Responded" in page.text
    assert "Webinar" in rep.open(f"/Lead/{vos}").text
    assert rep.send(form, LeadId=vos).status == 400


def test_a_queue_can_own_a_lead(rep: Person, org: SalesforceStore) -> None:
    queue = org.add_queue("Inbound", "Lead")
    vos = lead(org)
    form = rep.open(f"/Lead/{vos}/edit").form("OwnerId")
    assert "Inbound" in form.offers("OwnerId")
    rep.send(form, OwnerId=queue)
    assert row(org, "Lead", vos)["OwnerId"] == queue
