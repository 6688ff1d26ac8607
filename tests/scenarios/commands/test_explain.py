"""Why is this value what it is? Why is this person not synced?"""

from typing import Any

import pytest
from desk import Desk

ANNA = {
    "email": "anna@jansen.be",
    "firstname": "Anna",
    "lastname": "Jansen",
    "phone": "+32470000001",
    "company": "Jansen",
    "lifecyclestage": "salesqualifiedlead",
}


@pytest.fixture
def anna(empty_desk: Desk) -> tuple[Desk, str, str]:
    """Anna stands in HubSpot, was synced, and is a Lead: the desk, her HubSpot id, her Salesforce id."""
    contact = empty_desk.world.hubspot.user_create("contacts", ANNA)
    empty_desk.set_up("anna")
    assert empty_desk.world.hubspot.get("contacts", contact)["properties"]["email"] == ANNA["email"]
    (lead,) = empty_desk.people("salesforce")
    return empty_desk, contact, lead["Id"]


def field(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in told["fields"] if each["field"] == name]
    return dict(found)


def test_a_person_is_found_by_any_id(anna: tuple[Desk, str, str]) -> None:
    desk, contact, lead = anna
    link = desk.ask("explain", "contact", contact)["link"]
    for ident in (contact, lead, lead[:15], link, "anna@jansen.be", "Anna@Jansen.BE"):
        told = desk.ask("explain", "contact", ident)
        assert told["link"] == link, ident
        assert told["records"] == {
            "hubspot": {"type": "contacts", "id": contact},
            "salesforce": {"type": "Lead", "id": lead},
        }


def test_present_values_of_both_sides_with_the_rule_and_its_place(anna: tuple[Desk, str, str]) -> None:
    desk, contact, _ = anna
    email = field(desk.ask("explain", "contact", contact), "email")
    assert email["agree"] is True
    assert email["rule"] == "two_way"
    assert email["where"].startswith("contacts.yaml:")
    assert email["values"]["hubspot"] == {
        "column": "email",
        "read": True,
        "value": "anna@jansen.be",
        "by_run": None,
        "changed_at": None,
    }
    assert email["values"]["salesforce"]["column"] == "Email"


def test_the_loser_of_a_clash_is_told(anna: tuple[Desk, str, str]) -> None:
    desk, contact, lead = anna
    desk.ask("sync", code=None)
    desk.world.clock.advance(3600)
    desk.world.hubspot.user_edit("contacts", contact, {"phone": "+32470000002"})
    desk.world.salesforce.user_edit("Lead", lead, {"Phone": "+32470000003"})
    desk.ask("sync", code=None)
    told = desk.ask("explain", "contact", contact, "phone")
    phone = field(told, "phone")
    assert phone["values"]["hubspot"]["value"] == "+32470000003"
    newest = phone["written"][0]
    assert newest["clash"]
    assert newest["kept"]
    assert newest["replaced"] == "+32470000002"
    assert newest["side"] == "hubspot"
    words = desk.type("explain", "contact", contact, "phone").out
    assert "The value that lost: +32470000002" in words.replace("\n", " ")


def test_who_entered_a_value_and_when(anna: tuple[Desk, str, str]) -> None:
    """A run by its number, or somebody in that CRM, at the time that its history tells."""
    desk, contact, lead = anna
    desk.world.clock.advance(3600)
    desk.world.hubspot.user_edit("contacts", contact, {"phone": "+32470000002"})
    run = desk.ask("sync", code=None)["run"]
    values = field(desk.ask("explain", "contact", contact, "phone"), "phone")["values"]
    assert (values["hubspot"]["by_run"], values["salesforce"]["by_run"]) == (None, run)
    assert values["hubspot"]["changed_at"]
    words = " ".join(desk.type("explain", "contact", contact, "phone").out.split())
    assert f"by run {run}" in words
    assert "in HubSpot, 20" in words
    desk.world.salesforce.user_edit("Lead", lead, {"Phone": "+32470000003"})
    values = field(desk.ask("explain", "contact", contact, "phone"), "phone")["values"]
    assert values["salesforce"]["by_run"] is None


def test_a_write_names_its_rule_its_record_and_whether_there_was_anything_before(
    anna: tuple[Desk, str, str],
) -> None:
    desk, contact, lead = anna
    desk.world.clock.advance(3600)
    desk.world.hubspot.user_edit("contacts", contact, {"jobtitle": "CFO"})
    desk.ask("sync", code=None)
    words = " ".join(desk.type("explain", "contact", contact, "job_title").out.split())
    assert f"written to Salesforce Lead {lead}, because" in words
    assert "(two_way contacts.yaml:" in words
    assert "It was blank before." in words


def test_a_field_is_also_known_by_its_name_in_a_crm(anna: tuple[Desk, str, str]) -> None:
    desk, contact, _ = anna
    assert desk.ask("explain", "contact", contact, "Phone")["fields"][0]["field"] == "phone"
    found = desk.ask("explain", "contact", contact, "shoe_size", code=2)
    assert "phone" in found["error"]["fix"]


def test_somebody_before_the_hand_over_is_told_to_be_out_of_scope(empty_desk: Desk) -> None:
    early = empty_desk.world.hubspot.user_create("contacts", ANNA | {"lifecyclestage": "lead"})
    empty_desk.set_up()
    told = empty_desk.ask("explain", "contact", early)
    assert told["state"] == "single"
    assert told["reasons"] == ["not in scope: include.hubspot of contacts.yaml says stage >= stages.sql"]


def test_a_lead_that_only_salesforce_knows_is_told_that_nothing_is_created(empty_desk: Desk) -> None:
    lead = empty_desk.world.salesforce.user_create("Lead", {"LastName": "Alone", "Company": "X"})
    empty_desk.set_up()
    told = empty_desk.ask("explain", "contact", lead)
    assert told["reasons"] == [
        "no match in hubspot, and nothing is created there: create.hubspot of contacts.yaml says never"
    ]


def test_a_person_who_waits_for_a_decision_is_told_so(empty_desk: Desk) -> None:
    contact = empty_desk.world.hubspot.user_create("contacts", ANNA)
    for _ in range(2):
        lead = {"Email": ANNA["email"], "LastName": "Jansen", "Company": "Jansen"}
        empty_desk.world.salesforce.user_create("Lead", lead)
    empty_desk.set_up()
    (item,) = empty_desk.ask("review", "list", code=1)["items"]
    told = empty_desk.ask("explain", "contact", contact)
    assert any(f"waits for a person (review {item['id']})" in reason for reason in told["reasons"])


def test_a_person_held_by_a_guard_is_told_what_to_do(empty_desk: Desk) -> None:
    contact = empty_desk.world.hubspot.user_create("contacts", ANNA)
    empty_desk.configure("creates = 200", "creates = 0")
    empty_desk.set_up()
    told = empty_desk.ask("explain", "contact", contact)
    assert told["reasons"] == ["its creation in salesforce waits for approval: smarketing plan"]


@pytest.mark.parametrize(
    ("kind", "ident", "said"),
    [
        ("person", "1", "there is no kind person"),
        ("contact", "123456", "does not exist"),
        ("contact", "0065g00000AbCdE", "is a Opportunity, not a contact"),
        ("contact", "nobody@example.com", "no contact has this email address"),
        ("contact", "f" * 32, "there is no link"),
        ("contact", "?!", "is no id of a record"),
        ("deal", "a@b.nl", "a deal is not found by email"),
    ],
)
def test_a_wrong_id_is_told_in_words(empty_desk: Desk, kind: str, ident: str, said: str) -> None:
    empty_desk.ask("install", "--yes")
    assert said in empty_desk.ask("explain", kind, ident, code=2)["error"]["message"]


def test_how_somebody_came_to_their_stage(anna: tuple[Desk, str, str]) -> None:
    """A rep moved her on, then a workflow in HubSpot did: each stage with its times, who, how it is known."""
    desk, contact, lead = anna
    desk.world.salesforce.track_history("Lead", "SMK_Stage__c")
    users = [{"Username": "mia@x.example", "FirstName": "Mia", "LastName": "Berg", "Email": "mia@x.example"}]
    (mia,) = desk.world.salesforce.load("User", users)
    desk.world.clock.advance(3600)
    desk.world.salesforce.user_edit("Lead", lead, {"SMK_Stage__c": "opportunity"}, mia)
    desk.world.clock.advance(60)
    assert desk.type("sync").code == 0
    desk.world.clock.advance(3600)
    desk.world.hubspot.workflow_edit("contacts", contact, {"lifecyclestage": "customer"}, "Deal won")
    desk.world.clock.advance(60)
    assert desk.type("sync").code == 0
    told = field(desk.ask("explain", "contact", contact, "stage"), "stage")["history"]
    assert [(each["from"], each["stage"], each["side"], each["source"]) for each in told] == [
        (None, "sql", "hubspot", "hubspot_dates"),
        ("sql", "opportunity", "salesforce", "salesforce_history"),
        ("opportunity", "customer", "hubspot", "hubspot_history"),
    ]
    assert [each["by"] for each in told][1:] == [
        {"kind": "person", "id": mia, "name": "Mia Berg"},
        {"kind": "workflow", "id": "workflow:Deal won", "name": None},
    ]
    assert [each["left"] for each in told] == [told[1]["entered"], told[2]["entered"], None]
    shown = desk.type("explain", "contact", contact, "stage").out
    for words in ("Mia Berg", "workflow Deal won", "Salesforce's field history", "HubSpot's entry dates"):
        assert words in shown
    assert field(desk.ask("explain", "contact", contact, "email"), "email")["history"] == []


def test_a_move_that_was_put_back_says_that_the_pipeline_did_not_allow_it(
    anna: tuple[Desk, str, str],
) -> None:
    desk, contact, lead = anna
    desk.world.clock.advance(3600)
    desk.world.salesforce.user_edit("Lead", lead, {"SMK_Stage__c": "subscriber"})
    desk.ask("sync", code=None)
    words = " ".join(desk.type("explain", "contact", contact, "stage").out.split())
    assert f"written to Salesforce Lead {lead}, because the pipeline did not allow the move" in words
