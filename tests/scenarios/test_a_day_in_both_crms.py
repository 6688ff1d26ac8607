"""What marketers and reps do in their CRMs, and what they find in the other one afterwards."""

import requests
from hubspot import HubSpot as OfficialHubSpot
from setting import Firm
from simple_salesforce import Salesforce as SimpleSalesforce

from connector.model import Kind, Side
from connector.state.rows import Role


def simple_salesforce(acme: Firm) -> SimpleSalesforce:
    """Somebody else's client, logged in to the simulated Salesforce over plain http."""
    url = acme.running.salesforce_url
    body = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    token = requests.post(f"{url}/services/oauth2/token", data=body, timeout=5).json()["access_token"]

    class PlainHttp(requests.adapters.HTTPAdapter):
        def send(self, request, *args, **kwargs):  # type: ignore[no-untyped-def]
            request.url = request.url.replace("https://127.0.0.1", "http://127.0.0.1")
            return super().send(request, *args, **kwargs)

    session = requests.Session()
    session.mount("https://127.0.0.1", PlainHttp())
    return SimpleSalesforce(instance_url=url, session_id=token, version="64.0", session=session)


def test_a_contact_at_the_hand_over_becomes_a_lead_and_a_reps_edit_comes_back(acme: Firm) -> None:
    """Made with the official HubSpot client, edited with simple-salesforce: neither has heard of the
    connector."""
    client = OfficialHubSpot(access_token="sandbox", host=acme.running.hubspot_url)
    made = client.crm.contacts.basic_api.create(
        {
            "properties": {
                "email": "jan@voorbeeld.nl",
                "firstname": "Jan",
                "lastname": "de Vries",
                "phone": "020 123 4567",
                "company": "Voorbeeld BV",
                "lifecyclestage": "salesqualifiedlead",
            }
        }
    )
    report = acme.sync()
    assert report.created == 1
    lead = acme.partner(made.id)
    values = acme.salesforce(lead.id)
    assert (values["LastName"], values["Email"], values["Company"]) == (
        "de Vries",
        "jan@voorbeeld.nl",
        "Voorbeeld BV",
    )
    assert values["SMK_Stage__c"] == "sql"

    simple_salesforce(acme).Lead.update(lead.id, {"Title": "Hoofd inkoop"})
    acme.settle()
    assert acme.hubspot(made.id)["jobtitle"] == "Hoofd inkoop"


def test_edits_of_different_fields_on_both_sides_both_survive(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper", city="Gent")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.in_salesforce(lead, City="Aarhus")
    acme.settle()
    assert (acme.salesforce(lead)["Title"], acme.hubspot(contact)["city"]) == ("CFO", "Aarhus")


def test_a_clash_follows_the_rule_and_the_loser_stays_findable(acme: Firm) -> None:
    """Both changed the job title; `clash: salesforce` decides, and HubSpot's value is in the encrypted
    ledger."""
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, jobtitle="from marketing")
    acme.in_salesforce(lead, Title="from sales")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == acme.salesforce(lead)["Title"] == "from sales"
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    lost = [s for s in acme.store.secrets_of(link.id, "job_title") if s.role is Role.LOST]
    assert [s.value for s in lost] == ["from marketing"]


def test_a_sync_with_nothing_to_do_writes_nothing_and_asks_once_per_object_and_side(acme: Firm) -> None:
    """Three objects in HubSpot, four and the contact roles in Salesforce, and who each account is."""
    for n in range(30):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.settle()
    acme.pass_time(30)
    acme.sync()
    report = acme.sync()
    assert report.writes == 0
    assert sum(report.requests[Side.HUBSPOT].values()) <= 4
    assert sum(report.requests[Side.SALESFORCE].values()) <= 6


def test_a_changed_email_keeps_the_pair(acme: Firm) -> None:
    """The address is how they were matched, not who they are."""
    contact = acme.contact(email="old@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, email="new@x.nl")
    acme.settle()
    assert acme.salesforce(lead)["Email"] == "new@x.nl"
    assert len(acme.live("Lead")) == 1


def test_a_person_who_is_in_both_already_is_linked_not_doubled(acme: Firm) -> None:
    lead = acme.lead(LastName="Jensen", Email="Ida@Firma.dk", Company="Firma")
    contact = acme.contact(email="ida@firma.dk", lastname="Jensen")
    acme.settle()
    assert acme.partner(contact).id == lead
    assert len(acme.live("Lead")) == 1
    assert acme.salesforce(lead)["SMK_Link_Id__c"] == acme.hubspot(contact)["smk_link_id"]


def test_a_converted_lead_is_followed_to_its_contact(acme: Firm) -> None:
    """Sales converts the lead: same person, new Salesforce record, no second pair."""
    contact = acme.contact(email="a@x.nl", lastname="A", company="X", phone="020 123 4567")
    acme.settle()
    lead = acme.partner(contact).id
    made = acme.world.salesforce.convert(lead)
    acme.settle()
    partner = acme.partner(contact)
    assert (partner.type, partner.id) == (
        "Contact",
        made["contact"] if "contact" in made else made["contactId"],
    )
    acme.in_hubspot(contact, phone="+31207654321")
    acme.settle()
    assert acme.salesforce(partner.id, "Contact")["Phone"] == "+31207654321"
    assert acme.linked() == 1


def test_a_merge_in_hubspot_keeps_the_survivor_with_the_salesforce_record(acme: Firm) -> None:
    """HubSpot gives the survivor a new id: the pair moves with it, and nobody is created or deleted."""
    first = acme.contact(email="a@x.nl", lastname="A")
    second = acme.world.hubspot.user_create("contacts", {"email": "b@x.nl", "lastname": "B"})
    acme.settle()
    lead = acme.partner(first).id
    survivor = acme.world.hubspot.merge("contacts", first, second)
    acme.settle()
    assert acme.partner(survivor).id == lead
    assert len(acme.live("Lead")) == 1
    acme.in_salesforce(lead, Title="CFO")
    acme.settle()
    assert acme.hubspot(survivor)["jobtitle"] == "CFO"


def test_a_merge_into_somebody_without_a_partner_keeps_the_partner(acme: Firm) -> None:
    """The loser of the merge was the one linked with Salesforce: its lead belongs to the survivor now, and
    gets what whoever merged them chose to keep."""
    stranger = acme.world.hubspot.user_create("contacts", {"email": "b@x.nl", "lastname": "B"})
    linked = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(linked).id
    survivor = acme.world.hubspot.merge("contacts", stranger, linked)
    acme.settle()
    assert acme.partner(survivor).id == lead
    assert (acme.salesforce(lead)["LastName"], acme.salesforce(lead)["Email"]) == ("B", "b@x.nl")
    assert acme.store.open_reviews() == []


def test_a_deleted_record_is_neither_deleted_over_there_nor_created_again(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(contact).id
    acme.world.salesforce.user_delete("Lead", lead)
    acme.settle()
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.settle()
    assert acme.live("Lead") == []
    assert acme.hubspot(contact)["lastname"] == "A"


def test_an_undeleted_record_finds_its_partner_again(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(contact).id
    acme.world.salesforce.user_delete("Lead", lead)
    acme.settle()
    acme.world.salesforce.user_undelete("Lead", lead)
    acme.in_salesforce(lead, Title="CFO")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == "CFO"
    assert acme.linked() == 1


def test_a_rep_who_sets_a_person_back_is_followed_by_hubspot(acme: Firm) -> None:
    """HubSpot ignores a plain backward move; cleared first and then set, it arrives."""
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    assert acme.hubspot(contact)["lifecyclestage"] == "marketingqualifiedlead"


def test_deals_come_to_hubspot_with_their_company_and_contacts(acme: Firm) -> None:
    account = acme.world.salesforce.user_create(
        "Account", {"Name": "Voorbeeld BV", "Website": "www.voorbeeld.nl"}
    )
    company = acme.world.hubspot.user_create("companies", {"name": "Voorbeeld BV", "domain": "voorbeeld.nl"})
    person = acme.world.salesforce.user_create(
        "Contact", {"LastName": "Jensen", "Email": "ida@voorbeeld.nl", "AccountId": account}
    )
    contact = acme.world.hubspot.user_create("contacts", {"email": "ida@voorbeeld.nl", "lastname": "Jensen"})
    deal = acme.world.salesforce.user_create(
        "Opportunity",
        {
            "Name": "Drukwerk",
            "StageName": "Prospecting",
            "CloseDate": "2027-03-01",
            "AccountId": account,
            "Amount": 1200,
        },
    )
    acme.world.salesforce.user_create("OpportunityContactRole", {"OpportunityId": deal, "ContactId": person})
    acme.settle()
    assert acme.linked(Kind.COMPANY) == acme.linked(Kind.CONTACT) == acme.linked(Kind.DEAL) == 1
    link = acme.link(Side.SALESFORCE, "Opportunity", deal)
    assert link is not None
    made = link.refs[Side.HUBSPOT].id
    read = acme.crms[Side.HUBSPOT].read(
        "deals", [made], ["dealname", "dealstage", "amount", "@company", "@contacts"]
    )
    assert read[made].values == {
        "dealname": "Drukwerk",
        "dealstage": "appointmentscheduled",
        "amount": "1200",
        "@company": company,
        "@contacts": (contact,),
    }


def test_a_deals_contact_that_is_linked_later_joins_the_deal_then(acme: Firm) -> None:
    """The contact role names somebody whom HubSpot does not know yet; when marketing enters that person, the
    deal gets its contact although nobody has touched the deal."""
    person = acme.world.salesforce.user_create("Contact", {"LastName": "Jensen", "Email": "ida@voorbeeld.nl"})
    deal = acme.world.salesforce.user_create(
        "Opportunity", {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}
    )
    acme.world.salesforce.user_create("OpportunityContactRole", {"OpportunityId": deal, "ContactId": person})
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Opportunity", deal)
    assert link is not None
    made = link.refs[Side.HUBSPOT].id
    hubspot = acme.crms[Side.HUBSPOT]
    assert hubspot.read("deals", [made], ["@contacts"])[made].values["@contacts"] == ()
    acme.pass_time(60)
    acme.settle()
    contact = acme.world.hubspot.user_create("contacts", {"email": "ida@voorbeeld.nl", "lastname": "Jensen"})
    acme.settle()
    assert hubspot.read("deals", [made], ["@contacts"])[made].values["@contacts"] == (contact,)
