"""What admins set up: validation rules, flows and triggers, duplicate rules, record types, assignment."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from salesforce_org import Org, problem
from simple_salesforce import Salesforce, exceptions
from test_salesforce_bulk_load import errors, load

LEAD = {"LastName": "Fay", "Company": "Fay BV", "Email": "fay@fay.example"}
DUPLICATE = "You're creating a duplicate record. We recommend you use an existing record instead."


def codes(answer: requests.Response) -> list[tuple[str, str]]:
    """(code, text) of every error in an answer of status 400."""
    assert answer.status_code == 400, answer.text
    return [(each["errorCode"], each["message"]) for each in answer.json()]


# validation rules


def test_several_rules_speak_in_one_answer(org: Org, sf: Salesforce) -> None:
    """Every rule that is broken says so, in the admin's words, with its field where it has one."""
    org.switch(
        validation_rules=[
            {"type": "Lead", "message": "Tell us the city", "when": {"City": None}, "field": "City"},
            {"type": "Lead", "message": "Nothing from fairs", "when": {"LeadSource": ["Fair", "Other"]}},
            {"type": "Contact", "message": "Not for leads"},
        ]
    )
    refused = org.call("POST", "/sobjects/Lead", {**LEAD, "LeadSource": "other"})
    assert refused.json() == [
        {
            "message": "Tell us the city",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["City"],
        },
        {"message": "Nothing from fairs", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION"},
    ]
    with pytest.raises(exceptions.SalesforceMalformedRequest, match="Tell us the city"):
        sf.Lead.create(LEAD)
    org.make("Lead", {**LEAD, "City": "Gent"})


def test_a_rule_holds_for_a_change_of_any_field(org: Org) -> None:
    """An old record that breaks a new rule cannot be changed at all until it is put right."""
    lead = org.make("Lead", LEAD)
    org.switch(validation_rules=[{"type": "Lead", "message": "City!", "when": {"City": None}}])
    assert codes(org.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"})) == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "City!")
    ]
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"}).status_code == 204
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"}).status_code == 204


def test_rules_hold_record_by_record(org: Org) -> None:
    """In collections and in bulk jobs the others go through."""
    org.switch(validation_rules=[{"type": "Lead", "message": "City!", "when": {"City": None}}])
    records = [{"attributes": {"type": "Lead"}, **LEAD, "City": city} for city in ("Gent", None)]
    results = org.call("POST", "/composite/sobjects", {"records": records}).json()
    assert [each["success"] for each in results] == [True, False]
    job = load(org, "LastName,Company,City\nA,X,Gent\nB,X,\n", type="Lead")
    assert errors(org, job) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION:City!: --"]


# flows and triggers


@pytest.mark.parametrize(
    ("how", "kept"),
    [("upper", "GOUDA WEST"), ("title", "Gouda West"), ("reverse", "tseW aduoG"), ("first 10", "Gouda West")],
)
def test_a_flow_rewrites_what_was_written(org: Org, how: str, kept: str) -> None:
    """The same write stores another value than the one sent; the answer does not tell."""
    org.switch(automations=[{"type": "Lead", "change": {"City": how}, "set": {"Rating": "Hot"}}])
    answer = org.call("POST", "/sobjects/Lead", {**LEAD, "City": "Gouda West"})
    assert set(answer.json()) == {"id", "success", "errors"}
    shown = org.show("Lead", answer.json()["id"], "City", "Rating", "LastModifiedById")
    assert (shown["City"], shown["Rating"]) == (kept, "Hot")
    assert shown["LastModifiedById"] == org.store.user


def test_a_flow_may_run_at_changes_only_or_under_a_condition(org: Org) -> None:
    org.switch(
        automations=[
            {
                "type": "Lead",
                "on": "update",
                "when": {"Rating": "hot"},
                "set": {"Status": "Working - Contacted"},
            }
        ]
    )
    lead = org.make("Lead", {**LEAD, "Rating": "Hot"})
    assert org.show("Lead", lead, "Status")["Status"] == "Open - Not Contacted"
    org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})
    assert org.show("Lead", lead, "Status")["Status"] == "Working - Contacted"


def test_validation_rules_see_what_flows_made(org: Org) -> None:
    org.switch(
        automations=[{"type": "Lead", "set": {"City": "Gent"}}],
        validation_rules=[{"type": "Lead", "message": "City!", "when": {"City": None}}],
    )
    org.make("Lead", LEAD)


def test_a_trigger_fails(org: Org) -> None:
    """Its exception comes out, lines and all; the record is not stored."""
    org.switch(
        automations=[{"type": "Lead", "error": "System.NullPointerException: Attempt to de-reference"}]
    )
    text = "LeadTrigger: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to"
    ((code, message),) = codes(org.call("POST", "/sobjects/Lead", LEAD))
    assert code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert message.startswith(text)
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


# duplicate rules


def test_an_alert_lets_those_save_who_say_so(org: Org) -> None:
    """From v52 on the header helps; before that, nothing does. The matches are not told."""
    org.make("Lead", LEAD)
    org.switch(duplicate_rules=[{"type": "Lead"}])
    refused = org.call("POST", "/sobjects/Lead", LEAD)
    assert refused.json() == [{"message": DUPLICATE, "errorCode": "DUPLICATES_DETECTED"}]
    anyway = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
    assert (
        problem(org.call("POST", "/sobjects/Lead", LEAD, "51.0", headers=anyway))[1] == "DUPLICATES_DETECTED"
    )
    assert org.call("POST", "/sobjects/Lead", LEAD, "52.0", headers=anyway).status_code == 201
    assert org.call("POST", "/sobjects/Lead", {**LEAD, "Email": None}).status_code == 201


def test_a_rule_that_blocks_lets_nobody(org: Org) -> None:
    org.make("Lead", LEAD)
    org.switch(duplicate_rules=[{"type": "Lead", "action": "block", "message": "Use one of these records?"}])
    anyway = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    expected = (400, "DUPLICATES_DETECTED", "Use one of these records?")
    assert problem(org.call("POST", "/sobjects/Lead", LEAD, headers=anyway)) == expected


@pytest.mark.parametrize(("version", "key"), [("51.0", "duplicateResut"), ("64.0", "duplicateResult")])
def test_matches_are_told_where_a_rule_says_so(org: Org, version: str, key: str) -> None:
    """Ids, and with includeRecordDetails the fields that this user sees; older versions misspell the key."""
    contact = org.make("Contact", {"LastName": "Fay", "Email": "fay@fay.example", "Title": "CEO"})
    org.store.hide_field("Contact", "Title")
    org.switch(duplicate_rules=[{"type": "Lead", "against": ["Lead", "Contact"], "show_matches": True}])
    details = {"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true"}
    (error,) = org.call("POST", "/sobjects/Lead", LEAD, version, headers=details).json()
    result = error[key]
    assert (result["allowSave"], result["duplicateRuleEntityType"]) == (True, "Lead")
    (match,) = result["matchResults"]
    assert (match["entityType"], match["size"], match["success"]) == ("Contact", 1, True)
    record = match["matchRecords"][0]["record"]
    assert record["Id"] == contact
    assert ("LastName" in record) == (version == "64.0")
    assert "Title" not in record


def test_a_match_that_nobody_sees(org: Org) -> None:
    """It counts, unless the request wants the rule to see only what its user sees."""
    lead = org.make("Lead", LEAD)
    org.switch(hidden_rows=[lead], duplicate_rules=[{"type": "Lead"}])
    assert problem(org.call("POST", "/sobjects/Lead", LEAD))[1] == "DUPLICATES_DETECTED"
    own = {"Sforce-Duplicate-Rule-Header": "runAsCurrentUser=true"}
    assert org.call("POST", "/sobjects/Lead", LEAD, headers=own).status_code == 201


def test_a_change_into_a_duplicate(org: Org) -> None:
    """Only a write of the fields that are compared is looked at."""
    org.make("Lead", LEAD)
    other = org.make("Lead", {**LEAD, "Email": "gus@gus.example"})
    org.switch(duplicate_rules=[{"type": "Lead"}])
    assert org.call("PATCH", f"/sobjects/Lead/{other}", {"City": "Gent"}).status_code == 204
    refused = org.call("PATCH", f"/sobjects/Lead/{other}", {"Email": LEAD["Email"]})
    assert problem(refused)[1] == "DUPLICATES_DETECTED"


def test_duplicates_in_collections_and_jobs(org: Org) -> None:
    """One verdict each; a bulk job has no header that could help."""
    org.make("Lead", LEAD)
    org.switch(duplicate_rules=[{"type": "Lead", "show_matches": True}])
    body = {"records": [{"attributes": {"type": "Lead"}, **LEAD}]}
    (result,) = org.call("POST", "/composite/sobjects", body).json()
    assert result["errors"] == [{"statusCode": "DUPLICATES_DETECTED", "message": DUPLICATE, "fields": []}]
    anyway = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    (saved,) = org.call("POST", "/composite/sobjects", body, headers=anyway).json()
    assert saved["success"]
    job = load(org, "LastName,Company,Email\nFay,X,fay@fay.example\n", type="Lead")
    assert errors(org, job) == [f"DUPLICATES_DETECTED:{DUPLICATE}: --"]


# record types and picklists


def test_a_picklist_may_be_cut_down_by_record_type(org: Org) -> None:
    """A restricted picklist takes only what the record's type has; another one takes anything."""
    org.switch(
        restricted_picklists={"Lead.LeadSource": ["Web", "Fair", "Other"]},
        record_types={
            "Lead": [
                {"name": "Direct", "picklists": {"LeadSource": ["Web"], "Rating": ["Hot"]}},
                {"name": "Partner", "picklists": {"LeadSource": ["Fair"]}},
            ]
        },
    )
    infos = org.call("GET", "/sobjects/Lead/describe").json()["recordTypeInfos"]
    ids = {info["name"]: info["recordTypeId"] for info in infos}
    assert [info["defaultRecordTypeMapping"] for info in infos] == [True, False, False]
    lead = org.make("Lead", {**LEAD, "LeadSource": "Web", "Rating": "Cold"})
    assert org.show("Lead", lead, "RecordTypeId")["RecordTypeId"] == ids["Direct"]
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "LeadSource": "Fair"}))
    assert refused[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert refused[2] == "Lead Source: bad value for restricted picklist field: Fair"
    change = {"RecordTypeId": ids["Partner"], "LeadSource": "Fair"}
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", change).status_code == 204
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"LeadSource": "Web"}))[0] == 400


def test_a_record_type_of_another_object(org: Org) -> None:
    made = org.store.add_record_type("Contact", "Supplier")
    org.store.add_record_type("Lead", "Direct")
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "RecordTypeId": made}))
    text = f"Record Type ID: this ID value isn't valid for the user: {made}"
    assert refused == (400, "INVALID_CROSS_REFERENCE_KEY", text)


# what Salesforce changes by itself


def test_a_renamed_picklist_value_moves_stamps_only(org: Org) -> None:
    """Every record with it changes, by nobody: SystemModstamp moves, LastModifiedDate stays."""
    lead = org.make("Lead", {**LEAD, "LeadSource": "Web"})
    org.clock.advance(60)
    assert org.store.rename_choice("Lead", "LeadSource", "Web", "Website") == 1
    shown = org.show("Lead", lead, "LeadSource", "SystemModstamp", "LastModifiedDate")
    assert shown["LeadSource"] == "Website"
    assert shown["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"
    assert shown["LastModifiedDate"] == "2026-11-02T09:00:00.000+0000"


def test_a_bounced_email_moves_stamps_only(org: Org) -> None:
    contact = org.make("Contact", {"LastName": "Fay", "Email": "fay@fay.example"})
    org.clock.advance(60)
    org.store.bounce("Contact", contact)
    shown = org.show("Contact", contact)
    assert (shown["IsEmailBounced"], shown["EmailBouncedReason"]) == (True, "550 no such user")
    assert shown["SystemModstamp"] > shown["LastModifiedDate"]


# the owner


def test_assignment_rules_give_new_leads_away_unless_told_not_to(org: Org) -> None:
    """A header that is left out means TRUE; the rule wins over an owner that was written."""
    rep = org.store.load("User", [{"Username": "sam@x.example", "LastName": "Sam"}])[0]
    org.switch(assignment_owner=rep)
    for given in ({}, {"OwnerId": org.store.user}):
        lead = org.make("Lead", {**LEAD, **given})
        assert org.show("Lead", lead, "OwnerId")["OwnerId"] == rep
    off = {"Sforce-Auto-Assign": "FALSE"}
    kept = org.call("POST", "/sobjects/Lead", LEAD, headers=off).json()["id"]
    assert org.show("Lead", kept, "OwnerId")["OwnerId"] == org.store.user
    org.call("PATCH", f"/sobjects/Lead/{kept}", {"City": "Gent"}, headers=off)
    assert org.show("Lead", kept, "OwnerId")["OwnerId"] == org.store.user
    org.call("PATCH", f"/sobjects/Lead/{kept}", {"City": "Gouda"})
    assert org.show("Lead", kept, "OwnerId")["OwnerId"] == rep


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation_rules": [{"type": "Lead"}]},
        {"validation_rules": [{"type": "Nope", "message": "x"}]},
        {"automations": [{"type": "Lead", "change": {"City": "louder"}}]},
        {"automations": [{"type": "Lead", "set": {"Nope": 1}}]},
        {"duplicate_rules": [{"type": "Lead", "action": "maybe"}]},
        {"duplicate_rules": [{"type": "Lead", "against": ["Opportunity"]}]},
        {"record_types": {"Task": [{"name": "x"}]}},
        {"restricted_picklists": {"Lead.Nope": None}},
        {"hidden_fields": ["Lead"]},
        {"locks": {"rubbish": 3}},
        {"hidden_rows": "all"},
    ],
)
def test_rules_that_mean_nothing_here_are_refused(org: Org, wrong: dict[str, Any]) -> None:
    """400, with the place; of several switches none is set."""
    before = requests.get(f"{org.url}/_sandbox/settings", timeout=20).json()
    answer = requests.post(f"{org.url}/_sandbox/settings", json={"bin_days": 3, **wrong}, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert requests.get(f"{org.url}/_sandbox/settings", timeout=20).json() == before


def test_hidden_fields_by_switch(org: Org) -> None:
    """A field vanishes from describe, answers and queries, and comes back."""
    lead = org.make("Lead", LEAD)
    assert org.switch(hidden_fields=["Lead.Company", "Lead.Rating"])["hidden_fields"] == [
        "Lead.Company",
        "Lead.Rating",
    ]
    assert "Company" not in org.show("Lead", lead)
    assert org.query("SELECT Company FROM Lead")[0]["errorCode"] == "INVALID_FIELD"
    org.switch(hidden_fields=[])
    assert org.show("Lead", lead)["Company"] == "Fay BV"
