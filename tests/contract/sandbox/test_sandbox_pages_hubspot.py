"""A marketer's day at the pages of the simulated HubSpot: by the rules for people, not for the API."""

import pytest
from sandbox_crms import Crms
from sandbox_pages import Person

from connector.sandbox.hubspot.store import HubSpotStore


@pytest.fixture
def marketer(crms: Crms) -> Person:
    return Person(crms.running.hubspot_url)


@pytest.fixture
def hubspot(crms: Crms) -> HubSpotStore:
    return crms.world.hubspot


def props(store: HubSpotStore, type: str, id: str) -> dict[str, str]:
    found: dict[str, str] = (store.get(type, id) or {})["properties"]
    return found


def id_of(path: str) -> str:
    """The id in the address of a record page."""
    return path.split("?")[0].rsplit("/", 1)[1]


def test_a_contact_is_entered_and_saved_as_the_person_who_works(
    marketer: Person, hubspot: HubSpotStore
) -> None:
    """Its source is CRM_UI with that person's user id, as in the property history of the API."""
    marketer.work_as("Bo Larsen")
    form = marketer.open("/contacts/new").form("email")
    page = marketer.send(form, email="Fenna@Uil.NL", firstname="Fenna", lifecyclestage="lead")
    assert page.status == 200
    assert "Created." in page.text
    contact = id_of(page.path)
    marketer.send(marketer.open(f"/contacts/{contact}/edit").form("jobtitle"), jobtitle="Directeur")
    assert props(hubspot, "contacts", contact)["email"] == "fenna@uil.nl"
    version = hubspot.history("contacts", contact, "jobtitle")[0]
    bo = next(each for each in hubspot.all("owners") if each["firstName"] == "Bo")
    assert (version["sourceType"], version["updatedByUserId"]) == ("CRM_UI", bo["userId"])
    assert "Job Title blank → Directeur" in marketer.open(f"/contacts/{contact}").text
    assert "Bo Larsen" in marketer.open(f"/contacts/{contact}").text


def test_a_person_may_take_a_lifecycle_stage_back(marketer: Person, hubspot: HubSpotStore) -> None:
    """The API would leave it silently as it is."""
    contact = hubspot.user_create("contacts", {"lastname": "Vos", "lifecyclestage": "customer"})
    page = marketer.send(marketer.open(f"/contacts/{contact}").form("lifecyclestage"), lifecyclestage="lead")
    assert "Saved." in page.text
    assert props(hubspot, "contacts", contact)["lifecyclestage"] == "lead"


def test_a_refused_save_says_why_at_the_field_and_keeps_what_was_typed(
    marketer: Person, hubspot: HubSpotStore
) -> None:
    contact = hubspot.user_create("contacts", {"lastname": "Vos", "email": "vos@vos.nl"})
    form = marketer.open(f"/contacts/{contact}/edit").form("email")
    page = marketer.send(form, email="no address", phone="0612345678")
    assert page.status == 400
    assert "HubSpot did not save this." in page.text
    assert "Email address no address is invalid (INVALID_EMAIL)" in page.text
    again = page.form("email")
    assert (again.holds("email"), again.holds("phone")) == ("no address", "0612345678")
    assert 'id="f-email-error">Email address no address is invalid' in page.html
    (email,) = [found for _, found in page.tags if found.get("name") == "f.email"]
    assert (email["aria-describedby"].strip(), email["aria-invalid"]) == ("f-email-error", "true")
    assert "phone" not in props(hubspot, "contacts", contact)
    page = marketer.send(again, email="vos@vossen.nl")
    assert "Saved." in page.text
    assert props(hubspot, "contacts", contact)["phone"] == "0612345678"


def test_an_address_that_somebody_else_has_is_refused_at_the_address(
    marketer: Person, hubspot: HubSpotStore
) -> None:
    other = hubspot.user_create("contacts", {"email": "vos@vos.nl"})
    page = marketer.send(marketer.open("/contacts/new").form("email"), email="vos@vos.nl")
    assert page.status == 400
    assert f"Email : Contact already exists. Existing ID: {other} (CONFLICT)" in page.text


def test_a_save_touches_only_what_was_changed(marketer: Person, hubspot: HubSpotStore) -> None:
    """Between opening the form and saving it, somebody else changes another property: both edits stay."""
    contact = hubspot.user_create(
        "contacts", {"lastname": "Vos", "message": "one\r\ntwo\n", "hs_buying_role": "CHAMPION;BLOCKER"}
    )
    before = hubspot.get("contacts", contact)
    form = marketer.open(f"/contacts/{contact}/edit").form("phone")
    assert marketer.send(form).status == 200
    assert hubspot.get("contacts", contact) == before
    hubspot.user_edit("contacts", contact, {"jobtitle": "Directeur"})
    marketer.send(form, phone="0612345678")
    after = props(hubspot, "contacts", contact)
    assert (after["jobtitle"], after["phone"], after["message"]) == (
        "Directeur",
        "0612345678",
        "one\r\ntwo\n",
    )


def test_several_choices_can_be_ticked_and_taken_away(marketer: Person, hubspot: HubSpotStore) -> None:
    contact = hubspot.user_create("contacts", {"lastname": "Vos"})
    edit = f"/contacts/{contact}/edit"
    marketer.send(
        marketer.open(edit).form("hs_buying_role"), hs_buying_role=["", "LEGAL_AND_COMPLIANCE", "BLOCKER"]
    )
    assert props(hubspot, "contacts", contact)["hs_buying_role"] == "BLOCKER;LEGAL_AND_COMPLIANCE"
    assert "Blocker, Legal & Compliance" in marketer.open(f"/contacts/{contact}").text
    marketer.send(marketer.open(edit).form("hs_buying_role"), hs_buying_role=[""])
    assert "hs_buying_role" not in props(hubspot, "contacts", contact)


def test_a_deal_is_made_for_a_contact_and_moved_to_won(marketer: Person, hubspot: HubSpotStore) -> None:
    """Times are typed as the account's clock shows them; a won deal makes the contact a customer."""
    contact = hubspot.user_create("contacts", {"lastname": "Vos", "lifecyclestage": "lead"})
    (new,) = marketer.open(f"/contacts/{contact}").links("/deals/new")
    form = marketer.open(new).form("dealname")
    assert "Closed Won" in form.offers("dealstage")
    page = marketer.send(
        form, dealname="Vos 2027", amount="1200.50", dealstage="contractsent", closedate="2027-01-31T12:00"
    )
    assert page.path.startswith(f"/_sandbox/ui/contacts/{contact}")
    deal = id_of(page.links("/deals/3")[0])
    assert props(hubspot, "deals", deal)["closedate"] == "2027-01-31T11:00:00.000Z"
    marketer.send(marketer.open(f"/deals/{deal}").form("dealstage"), dealstage="closedwon")
    assert props(hubspot, "deals", deal)["hs_is_closed_won"] == "true"
    assert props(hubspot, "contacts", contact)["lifecyclestage"] == "customer"


def test_a_number_that_is_none_is_refused_in_hubspots_words(marketer: Person) -> None:
    page = marketer.send(marketer.open("/deals/new").form("amount"), dealname="X", amount="a lot")
    assert page.status == 400
    assert "a lot was not a valid long. (INVALID_LONG)" in page.text
    assert page.form("amount").holds("amount") == "a lot"


def test_a_call_a_task_and_a_note_are_logged_at_a_contact(marketer: Person, hubspot: HubSpotStore) -> None:
    contact = hubspot.user_create("contacts", {"lastname": "Vos"})
    page = marketer.open(f"/contacts/{contact}")
    typed = {
        "calls": {"hs_call_title": "First call", "hs_call_body": "No answer"},
        "tasks": {"hs_task_subject": "Call again"},
        "notes": {"hs_note_body": "Likes <b>cats</b>"},
    }
    for type, values in typed.items():
        form = marketer.open(page.links(f"/{type}/new")[0]).form("hs_timestamp")
        assert marketer.send(form, **values).path.startswith(f"/_sandbox/ui/contacts/{contact}")  # type: ignore[arg-type]
    shown = marketer.open(f"/contacts/{contact}").text
    for said in ("First call", "No answer", "Call again", "Likes <b>cats</b>"):
        assert said in shown
    assert props(hubspot, "contacts", contact)["notes_last_updated"]


def test_a_deleted_contact_says_so_and_comes_back_with_its_company(
    marketer: Person, hubspot: HubSpotStore
) -> None:
    contact = hubspot.user_create("contacts", {"lastname": "Vos"})
    company = hubspot.user_create("companies", {"name": "Vos BV"})
    hubspot.associate("contacts", contact, "companies", company)
    marketer.send(marketer.open(f"/contacts/{contact}/delete").form("/delete"))
    page = marketer.open(f"/contacts/{contact}")
    assert "This record was deleted on 2026-11-23" in page.text
    assert not page.links("/edit")
    assert "Vos" in marketer.open("/contacts?deleted=1").text
    page = marketer.send(page.form("/restore"))
    assert "Restored from the recycle bin." in page.text
    assert "Vos BV" in page.text


def test_two_contacts_are_merged_and_the_old_ids_say_where_they_went(
    marketer: Person, hubspot: HubSpotStore
) -> None:
    stays = hubspot.user_create("contacts", {"lastname": "Vos", "email": "vos@vos.nl"})
    goes = hubspot.user_create("contacts", {"lastname": "Vosje", "email": "vosje@vos.nl"})
    page = marketer.open(f"/contacts/{stays}/merge?q=vosje")
    assert [tag for tag, found in page.tags if found.get("value") == goes]
    page = marketer.post(f"/contacts/{stays}/merge", {"other": [goes]})
    assert "Merged." in page.text
    survivor = id_of(page.path)
    assert f"Their ids: {stays};{goes}".replace(";", ", ") in page.text
    for old in (stays, goes):
        shown = marketer.open(f"/contacts/{old}")
        assert "This record was merged into another one" in shown.text
        assert shown.links(f"/contacts/{survivor}")
        assert marketer.post(f"/contacts/{old}/restore", {}).status in (400, 404)
    page = marketer.post(f"/contacts/{survivor}/merge", {"other": [survivor]})
    assert page.status == 400
    assert "A record cannot be merged with itself" in page.text


def test_a_company_is_associated_by_hand(marketer: Person, hubspot: HubSpotStore) -> None:
    contact = hubspot.user_create("contacts", {"lastname": "Vos"})
    company = hubspot.user_create("companies", {"name": "Vossenhol BV"})
    page = marketer.open(f"/contacts/{contact}/associate/companies?q=vossenhol")
    assert "Vossenhol BV" in page.text
    page = marketer.post(f"/contacts/{contact}/associate/companies", {"other": [company]})
    assert "Associated." in page.text
    assert "Primary" in page.text
    assert marketer.open(f"/contacts/{contact}/associate/tasks").status == 404
    assert marketer.post(f"/contacts/{contact}/associate/companies", {"other": ["1"]}).status == 404


def test_properties_that_were_added_stand_out_and_can_be_edited_by_themselves(
    crms: Crms, marketer: Person, hubspot: HubSpotStore
) -> None:
    """A flag that a connector added is seen at the name, and its group has a form of its own."""
    body = {
        "name": "smk_sla_status",
        "label": "SLA status",
        "type": "enumeration",
        "fieldType": "select",
        "groupName": "contactinformation",
        "options": [{"label": "At risk", "value": "at_risk"}, {"label": "Met", "value": "met"}],
    }
    assert crms.hubspot("POST", "/crm/v3/properties/contacts", body).status_code == 201
    contact = hubspot.user_create("contacts", {"lastname": "Vos", "smk_sla_status": "at_risk"})
    page = marketer.open(f"/contacts/{contact}")
    assert ("li", "flag warn") in [(tag, found.get("class", "")) for tag, found in page.tags]
    assert "Added properties" in page.text
    form = marketer.open(page.links("edit?group=added")[0]).form("smk_sla_status")
    assert not [name for name in form.fields if name in ("f.email", "f.lastname")]
    assert form.offers("smk_sla_status") == ["none", "At risk", "Met"]
    marketer.send(form, smk_sla_status="met")
    assert props(hubspot, "contacts", contact)["smk_sla_status"] == "met"
