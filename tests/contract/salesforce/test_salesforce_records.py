"""Single records: what is stored when they are written, and what is refused."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

import pytest
from salesforce_org import TEXT_KEY, Org, problem

LEAD = {"LastName": "Fay", "Company": "Fay BV"}
DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
BASE: dict[str, dict[str, object]] = {
    "Lead": dict(LEAD),
    "Contact": {"LastName": "Fay"},
    "Account": {"Name": "Acme"},
    "Opportunity": dict(DEAL),
    "User": {},
}


def test_a_new_lead(org: Org) -> None:
    """Defaults, owner, full name and stamps are filled by Salesforce."""
    lead = org.make("Lead", {**LEAD, "FirstName": "Ada"})
    shown = org.show("Lead", lead)
    assert len(lead) == 18
    assert lead.startswith("00Q")
    assert shown["Name"] == "Ada Fay"
    assert shown["Status"] == "Open - Not Contacted"
    assert shown["OwnerId"] == org.store.user == shown["CreatedById"] == shown["LastModifiedById"]
    assert shown["IsConverted"] is False
    assert shown["CreatedDate"] == shown["SystemModstamp"] == "2026-11-02T09:00:00.000+0000"
    assert shown["Address"] is None


@pytest.mark.parametrize(
    ("type", "field", "given", "kept"),
    [
        ("Lead", "FirstName", "  Ada  ", "Ada"),
        ("Lead", "FirstName", "", None),
        ("Lead", "FirstName", "   ", None),
        ("Lead", "FirstName", None, None),
        ("Lead", "Title", 42, "42"),
        ("Lead", "Street", "Kade 1\r\n2801 Gouda\n", "Kade 1\r\n2801 Gouda"),
        ("Lead", "City", "København", "København"),
        ("Lead", "Email", "Ada@Fay.Example", "ada@fay.example"),
        ("Lead", "Phone", "0182 123456", "0182 123456"),
        ("Lead", "Website", "fay.example", "fay.example"),
        ("Lead", "LeadSource", "Never heard of", "Never heard of"),
        ("Lead", "LeadSource", "wEB", "Web"),
        ("Lead", "NumberOfEmployees", "12", 12),
        ("Lead", "NumberOfEmployees", 12.0, 12),
        ("Lead", "NumberOfEmployees", "", None),
        ("Lead", "AnnualRevenue", 1234.5, 1235.0),
        ("Lead", "DoNotCall", "true", True),
        ("Opportunity", "Amount", 10.005, 10.01),
        ("Opportunity", "Amount", "10.5", 10.5),
        ("Contact", "Birthdate", "1980-02-29", "1980-02-29"),
    ],
)
def test_values_are_stored_as_salesforce_stores_them(
    org: Org, type: str, field: str, given: object, kept: object
) -> None:
    """Trimmed, blank as null, numbers rounded, emails in small letters, picklist values as defined."""
    record = org.make(type, {**BASE[type], field: given})
    assert org.show(type, record, field)[field] == kept


REFUSED: list[tuple[str, dict[str, object], int, str, str]] = [
    ("Lead", {"LastName": None}, 400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
    ("Lead", {"LastName": " ", "Company": ""}, 400, "REQUIRED_FIELD_MISSING", "[LastName, Company]"),
    ("Account", {"Name": None}, 400, "REQUIRED_FIELD_MISSING", "[Name]"),
    (
        "Opportunity",
        {"StageName": None, "CloseDate": None},
        400,
        "REQUIRED_FIELD_MISSING",
        "[StageName, CloseDate]",
    ),
    ("Lead", {"FirstName": "x" * 41}, 400, "STRING_TOO_LONG", "First Name: data value too large: xx"),
    ("Lead", {"LastName": "x" * 81}, 400, "STRING_TOO_LONG", "(max length=80)"),
    ("Opportunity", {"Name": "x" * 121}, 400, "STRING_TOO_LONG", "(max length=120)"),
    (
        "Lead",
        {"Email": "not an address"},
        400,
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: not an",
    ),
    ("Lead", {"Email": "a@b"}, 400, "INVALID_EMAIL_ADDRESS", "a@b"),
    ("Lead", {"Foo": 1}, 400, "INVALID_FIELD", "No such column 'Foo' on sobject of type Lead"),
    ("Lead", {"Foo__c": 1}, 400, "INVALID_FIELD", "No such column 'Foo__c' on sobject of type Lead"),
    (
        "Lead",
        {"Name": "A B"},
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: Name.",
    ),
    ("Lead", {"IsConverted": True}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "IsConverted"),
    ("Lead", {"ConvertedContactId": None, "Name": "x"}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Id, Name."),
    (
        "Lead",
        {"SystemModstamp": "2026-01-01T00:00:00Z"},
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "SystemModstamp",
    ),
    ("Opportunity", {"IsWon": True}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "IsWon"),
    (
        "Opportunity",
        {"ForecastCategoryName": "Hope"},
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "bad value for restricted picklist field: Hope",
    ),
    ("Lead", {"NumberOfEmployees": 123456789}, 400, "NUMBER_OUTSIDE_VALID_RANGE", "outside of valid range"),
    ("Opportunity", {"Amount": 1e17}, 400, "NUMBER_OUTSIDE_VALID_RANGE", "outside of valid range"),
    ("Lead", {"NumberOfEmployees": 10**40}, 400, "NUMBER_OUTSIDE_VALID_RANGE", "outside of valid range"),
    (
        "Lead",
        {"NumberOfEmployees": "many"},
        400,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of int from VALUE_STRING value many",
    ),
    ("Lead", {"NumberOfEmployees": 1.5}, 400, "JSON_PARSER_ERROR", "VALUE_NUMBER_FLOAT value 1.5"),
    ("Opportunity", {"Amount": "1.000,50"}, 400, "JSON_PARSER_ERROR", "instance of double"),
    ("Opportunity", {"Amount": True}, 400, "JSON_PARSER_ERROR", "VALUE_TRUE"),
    (
        "Opportunity",
        {"CloseDate": "31-12-2026"},
        400,
        "JSON_PARSER_ERROR",
        "instance of date from VALUE_STRING",
    ),
    (
        "Opportunity",
        {"CloseDate": "2026-11-30T00:00:00Z"},
        400,
        "JSON_PARSER_ERROR",
        "instance of date from VALUE_STRING",
    ),
    ("Opportunity", {"CloseDate": "2026-02-30"}, 400, "JSON_PARSER_ERROR", "instance of date"),
    ("Opportunity", {"CloseDate": "0001-01-01"}, 400, "JSON_PARSER_ERROR", "instance of date"),
    (
        "Lead",
        {"DoNotCall": "yes"},
        400,
        "JSON_PARSER_ERROR",
        "instance of boolean from VALUE_STRING value yes",
    ),
    ("Lead", {"DoNotCall": None}, 400, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Do Not Call"),
    ("Lead", {"LastName": ["a"]}, 400, "JSON_PARSER_ERROR", "START_ARRAY"),
    ("Lead", {"LastName": {"a": 1}}, 400, "JSON_PARSER_ERROR", "START_OBJECT"),
    ("Lead", {"LastName": True}, 400, "JSON_PARSER_ERROR", "VALUE_TRUE"),
    ("Contact", {"AccountId": "abc"}, 400, "MALFORMED_ID", "Account ID: id value of incorrect type: abc"),
    (
        "Contact",
        {"AccountId": "00Q000000000000"},
        400,
        "FIELD_INTEGRITY_EXCEPTION",
        "id value of incorrect type",
    ),
    (
        "Contact",
        {"AccountId": "001000000000000AAA"},
        400,
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "insufficient access rights on cross-reference id: 001000000000000",
    ),
    (
        "Opportunity",
        {"Pricebook2Id": "01s000000000000AAA"},
        400,
        "FIELD_INTEGRITY_EXCEPTION",
        "Price Book ID",
    ),
]


@pytest.mark.parametrize(
    ("type", "values", "status", "code", "text"), REFUSED, ids=[str(r[1])[:70] for r in REFUSED]
)
def test_what_is_refused(
    org: Org, type: str, values: dict[str, object], status: int, code: str, text: str
) -> None:
    """Code and text of the refusal; nothing is stored."""
    found = problem(org.call("POST", f"/sobjects/{type}", {**BASE[type], **values}))
    assert found[:2] == (status, code)
    assert text in found[2]
    assert org.query(f"SELECT COUNT() FROM {type}")["totalSize"] == 0


def test_several_faults_of_one_record_come_together(org: Org) -> None:
    """Values too long and addresses that are none are reported in one answer."""
    body = org.call("POST", "/sobjects/Lead", {**LEAD, "Email": "x", "Title": "y" * 200}).json()
    assert {each["errorCode"] for each in body} == {"INVALID_EMAIL_ADDRESS", "STRING_TOO_LONG"}
    assert {each["fields"][0] for each in body} == {"Email", "Title"}


def test_an_update(org: Org) -> None:
    """204 without a body; only what was sent changes; stamps move."""
    lead = org.make("Lead", {**LEAD, "Phone": "1"})
    org.clock.advance(60)
    answer = org.call("PATCH", f"/sobjects/Lead/{lead[:15]}", {"FirstName": "Ada", "phone": ""})
    assert (answer.status_code, answer.content) == (204, b"")
    shown = org.show("Lead", lead, "Name", "Phone", "LastModifiedDate", "CreatedDate")
    assert shown["Name"] == "Ada Fay"
    assert shown["Phone"] is None
    assert shown["LastModifiedDate"] == "2026-11-02T09:01:00.000+0000"
    assert shown["CreatedDate"] == "2026-11-02T09:00:00.000+0000"


def test_an_update_that_changes_nothing_still_moves_the_stamp(org: Org) -> None:
    """So a sync that writes equal values sees its own echo."""
    lead = org.make("Lead", LEAD)
    org.clock.advance(60)
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"LastName": "Fay"}).status_code == 204
    assert org.show("Lead", lead, "SystemModstamp")["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"LastName": ""}, "REQUIRED_FIELD_MISSING"),
        ({"OwnerId": None}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Id": "00Q000000000000EAA"}, "INVALID_FIELD"),
        ({"Company": "x" * 256}, "STRING_TOO_LONG"),
        ({"CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_updates_that_are_refused(org: Org, values: dict[str, object], code: str) -> None:
    """A refused update leaves the record as it was."""
    lead = org.make("Lead", LEAD)
    before = org.show("Lead", lead)
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", values))[:2] == (400, code)
    assert org.show("Lead", lead) == before


def test_an_inactive_owner(org: Org) -> None:
    """Nobody can be given to a user who has left; records that such a user owns can still be edited."""
    ivo = org.store.load("User", [{"Username": "ivo@x.example", "LastName": "Ivo", "IsActive": False}])[0]
    lead = org.make("Lead", LEAD)
    refused = problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"OwnerId": ivo}))
    assert refused == (400, "INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{ivo}]")
    old = org.store.load("Lead", [{**LEAD, "OwnerId": ivo}])[0]
    assert org.call("PATCH", f"/sobjects/Lead/{old}", {"OwnerId": ivo, "City": "Gent"}).status_code == 204


def test_deleting(org: Org) -> None:
    """204, then 404 ENTITY_IS_DELETED for whoever comes back."""
    lead = org.make("Lead", LEAD)
    assert org.call("DELETE", f"/sobjects/Lead/{lead}").status_code == 204
    expected = (404, "ENTITY_IS_DELETED", "entity is deleted")
    for method, body in (("GET", None), ("PATCH", {"City": "x"}), ("DELETE", None)):
        assert problem(org.call(method, f"/sobjects/Lead/{lead}", body)) == expected


def test_deleting_an_account_takes_its_people_and_deals_along(org: Org) -> None:
    """Contacts, opportunities and their roles go to the recycle bin with it."""
    account = org.make("Account", {"Name": "Acme"})
    contact = org.make("Contact", {"LastName": "Fay", "AccountId": account})
    deal = org.make("Opportunity", {**DEAL, "AccountId": account})
    org.make("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact})
    org.call("DELETE", f"/sobjects/Account/{account}")
    for type in ("Contact", "Opportunity", "OpportunityContactRole"):
        assert org.query(f"SELECT Id FROM {type}")["totalSize"] == 0
        assert org.query(f"SELECT Id FROM {type} WHERE IsDeleted = true", "/queryAll")["totalSize"] == 1


def test_only_if_nobody_changed_it_since(org: Org) -> None:
    """If-Unmodified-Since is honored, to the second, in changes of single records, not in deletes."""
    lead = org.make("Lead", LEAD)
    seen = {"If-Unmodified-Since": format_datetime(org.clock.now(), usegmt=True)}
    org.clock.advance(5)
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"}, headers=seen).status_code == 204
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gouda"}, headers=seen).status_code == 412
    assert org.show("Lead", lead, "City")["City"] == "Gent"
    nonsense = {"If-Unmodified-Since": "yesterday"}
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gouda"}, headers=nonsense).status_code == 400
    assert org.call("DELETE", f"/sobjects/Lead/{lead}", headers=seen).status_code == 204


def test_only_if_it_changed_since(org: Org) -> None:
    """If-Modified-Since: 304 without a body until somebody changes the record."""
    lead = org.make("Lead", LEAD)
    seen = {"If-Modified-Since": format_datetime(org.clock.now(), usegmt=True)}
    answer = org.call("GET", f"/sobjects/Lead/{lead}", headers=seen)
    assert (answer.status_code, answer.content) == (304, b"")
    org.clock.advance(5)
    org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})
    assert org.call("GET", f"/sobjects/Lead/{lead}", headers=seen).status_code == 200


def test_accounts_have_entity_tags(org: Org) -> None:
    """If-None-Match and If-Match go by the tag of a state; other types have none."""
    account = org.make("Account", {"Name": "Acme"})
    path = f"/sobjects/Account/{account}"
    tag = org.call("GET", path).headers["ETag"]
    assert org.call("GET", path, headers={"If-None-Match": tag}).status_code == 304
    org.clock.advance(5)
    assert org.call("PATCH", path, {"Site": "x"}, headers={"If-Match": tag}).status_code == 204
    assert org.call("GET", path, headers={"If-None-Match": tag}).status_code == 200
    stale = org.call("PATCH", path, {"Site": "y"}, headers={"If-Match": tag})
    assert problem(stale)[:2] == (412, "PRECONDITION_FAILED")
    assert org.call("GET", path, headers={"If-Match": tag}).status_code == 412
    assert org.call("PATCH", path, {"Site": "y"}, headers={"If-Match": "*"}).status_code == 204
    lead = org.make("Lead", LEAD)
    assert "ETag" not in org.call("GET", f"/sobjects/Lead/{lead}").headers


def test_upsert_by_external_id(org: Org) -> None:
    """201 creates, 200 updates and says so; before version 46 an update is a bare 204."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    path = "/sobjects/Lead/Link__c/k%2F1"
    made = org.call("PATCH", path, LEAD)
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = org.call("PATCH", path, {"City": "Gent"})
    assert (again.status_code, again.json()) == (
        200,
        {"id": made.json()["id"], "success": True, "errors": [], "created": False},
    )
    old = org.call("PATCH", path, {"City": "Gouda"}, version="45.0")
    assert (old.status_code, old.content) == (204, b"")
    assert org.call("GET", path).json()["City"] == "Gouda"
    assert org.show("Lead", made.json()["id"], "Link__c")["Link__c"] == "k/1"


def test_upsert_by_a_field_that_is_no_key(org: Org) -> None:
    """404, with the name of the field."""
    found = problem(org.call("PATCH", "/sobjects/Lead/Namez/x", LEAD))
    assert found == (
        404,
        "NOT_FOUND",
        "Provided external ID field does not exist or is not accessible: Namez",
    )


def test_upsert_that_finds_two_answers_300_with_their_urls(org: Org) -> None:
    """An external id that is not unique is ambiguous."""
    org.add_field("Lead.Key__c", {**TEXT_KEY, "unique": False})
    ids = [org.make("Lead", {**LEAD, "Key__c": "k"}) for _ in range(2)]
    answer = org.call("PATCH", "/sobjects/Lead/Key__c/k", {"City": "Gent"})
    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v64.0/sobjects/Lead/{each}" for each in ids]
    for method in ("GET", "DELETE"):
        assert org.call(method, "/sobjects/Lead/Key__c/k").status_code == 300
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 2


def test_one_person_many_times(org: Org) -> None:
    """An email address is not unique: not among leads, not among contacts, not between both."""
    person = {"LastName": "Fay", "Email": "fay@fay.example"}
    for _ in range(2):
        org.make("Lead", {**person, "Company": "X"})
        org.make("Contact", person)
    for type in ("Lead", "Contact"):
        assert org.query(f"SELECT COUNT() FROM {type} WHERE Email = 'FAY@fay.example'")["totalSize"] == 2


def test_the_key_of_an_upsert_stands_in_the_url_alone(org: Org) -> None:
    """A key in the body too is refused."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    assert (
        problem(org.call("PATCH", "/sobjects/Lead/Link__c/k", {**LEAD, "Link__c": "k"}))[1] == "INVALID_FIELD"
    )


def test_a_unique_value_twice(org: Org) -> None:
    """The refusal names the other record by its 15-character id; case does not make a difference."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    first = org.make("Lead", {**LEAD, "Link__c": "Key-1"})
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "Link__c": "key-1"}))
    text = f"duplicate value found: Link__c duplicates value on record with id: {first[:15]}"
    assert refused == (400, "DUPLICATE_VALUE", text)
    org.call("DELETE", f"/sobjects/Lead/{first}")
    org.make("Lead", {**LEAD, "Link__c": "key-1"})


def test_references_by_external_id(org: Org) -> None:
    """A parent may be named by its key; one that names nothing is refused."""
    org.add_field("Account.Link__c", TEXT_KEY)
    account = org.make("Account", {"Name": "Acme", "Link__c": "a1"})
    contact = org.make("Contact", {"LastName": "Fay", "Account": {"Link__c": "a1"}})
    assert org.show("Contact", contact, "AccountId")["AccountId"] == account
    refused = problem(org.call("POST", "/sobjects/Contact", {"LastName": "x", "Account": {"Link__c": "a2"}}))
    assert refused[1] == "INVALID_FIELD"
    assert "Foreign key external ID: a2 not found for field Link__c in entity Account" in refused[2]


def test_fields_of_a_record(org: Org) -> None:
    """`fields` chooses; an unknown one is refused; all of them come without it."""
    lead = org.make("Lead", LEAD)
    assert set(org.show("Lead", lead, "company", "Name")) == {"Id", "Company", "Name"}
    assert problem(org.call("GET", f"/sobjects/Lead/{lead}?fields=Nope"))[:2] == (400, "INVALID_FIELD")
    assert "Address" in org.show("Lead", lead)


def test_a_stage_drives_the_rest_of_a_deal(org: Org) -> None:
    """Probability, closed, won and forecast follow the stage; a given probability stays."""
    deal = org.make("Opportunity", {**DEAL, "Amount": 200})
    names = ("Probability", "IsClosed", "IsWon", "ForecastCategoryName", "ExpectedRevenue", "FiscalQuarter")
    assert list(org.show("Opportunity", deal, *names).values())[:6] == [
        10.0,
        False,
        False,
        "Pipeline",
        20.0,
        4,
    ]
    org.call("PATCH", f"/sobjects/Opportunity/{deal}", {"StageName": "Closed Won"})
    assert list(org.show("Opportunity", deal, *names).values())[:5] == [100.0, True, True, "Closed", 200.0]
    org.call("PATCH", f"/sobjects/Opportunity/{deal}", {"StageName": "Qualification", "Probability": 33})
    assert list(org.show("Opportunity", deal, *names).values())[:5] == [33.0, False, False, "Pipeline", 66.0]
    org.call("PATCH", f"/sobjects/Opportunity/{deal}", {"NextStep": "call"})
    assert org.show("Opportunity", deal, "Probability")["Probability"] == 33.0


def test_one_primary_contact_per_deal(org: Org) -> None:
    """The one set last wins; a contact given at creation is the first."""
    first, second = (org.make("Contact", {"LastName": name}) for name in ("Fay", "Gus"))
    deal = org.make("Opportunity", {**DEAL, "ContactId": first})
    org.make("OpportunityContactRole", {"OpportunityId": deal, "ContactId": second, "IsPrimary": True})
    found = org.query("SELECT ContactId, IsPrimary FROM OpportunityContactRole ORDER BY IsPrimary")["records"]
    assert [(row["ContactId"], row["IsPrimary"]) for row in found] == [(first, False), (second, True)]


def test_a_finished_task_moves_the_persons_stamp(org: Org) -> None:
    """LastActivityDate is written by the system: SystemModstamp moves, LastModifiedDate does not."""
    lead = org.make("Lead", LEAD)
    org.clock.advance(60)
    org.make("Task", {"WhoId": lead, "Subject": "Call", "Status": "Completed", "ActivityDate": "2026-11-02"})
    shown = org.show("Lead", lead, "LastActivityDate", "SystemModstamp", "LastModifiedDate")
    assert shown["LastActivityDate"] == "2026-11-02"
    assert shown["SystemModstamp"] > shown["LastModifiedDate"]


def test_setup_objects_are_read_only(org: Org) -> None:
    """Stages are configured by people, not written through the API."""
    assert problem(org.call("POST", "/sobjects/OpportunityStage", {"MasterLabel": "x"}))[0] == 400


def test_fields_written_as_they_are_spelled_by_others(org: Org) -> None:
    """Field names in any case are understood and answered in the proper one."""
    lead: Any = org.make("Lead", {"lastname": "Fay", "COMPANY": "Fay BV"})
    assert org.show("Lead", lead, "LASTNAME") == {"LastName": "Fay", "Id": lead}
