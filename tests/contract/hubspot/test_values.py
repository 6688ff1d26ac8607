"""What HubSpot makes of a written value: kept, normalized, or refused with a code."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

OWN = (
    {"name": "a_date", "type": "date", "fieldType": "date"},
    {"name": "a_bool", "type": "bool", "fieldType": "booleancheckbox"},
    {"name": "a_number", "type": "number", "fieldType": "number"},
    {"name": "a_moment", "type": "datetime", "fieldType": "date"},
    {
        "name": "a_list",
        "type": "enumeration",
        "fieldType": "checkbox",
        "options": [{"label": each.upper(), "value": each} for each in ("red", "green", "blue")],
    },
)


@pytest.fixture
def contact(client: HubSpot, store: HubSpotStore) -> str:
    """A contact in an account with one custom property of each type."""
    for body in OWN:
        client.crm.properties.core_api.create(
            "contacts", {"groupName": "contactinformation", "label": body["name"], **body}
        )
    return store.user_create("contacts", {"lastname": "Jansen"})


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("a_number", "3039", "3039"),
        ("a_number", "1000.00", "1000"),
        ("a_number", "10.50", "10.5"),
        ("a_number", "-0.0", "0"),
        ("a_number", "1e3", "1000"),
        ("a_number", 12, "12"),
        ("a_number", " 7 ", "7"),
        ("a_date", "2020-02-29", "2020-02-29"),
        ("a_date", "1582934400000", "2020-02-29"),
        ("a_moment", "2026-03-29T02:30:00+02:00", "2026-03-29T00:30:00.000Z"),
        ("a_moment", "1582934400123", "2020-02-29T00:00:00.123Z"),
        ("a_moment", "2026-03-29", "2026-03-29T00:00:00.000Z"),
        ("a_bool", "true", "true"),
        ("a_bool", False, "false"),
        ("a_list", "blue;red", "red;blue"),
        ("a_list", "red;;red", "red"),
        ("hs_lead_status", "OPEN_DEAL", "OPEN_DEAL"),
        ("email", " Piet@Voorbeeld.NL ", "piet@voorbeeld.nl"),
        ("firstname", " Zoë  ", " Zoë  "),
        ("address", "Ærøvej 1\nÅrhus", "Ærøvej 1\nÅrhus"),
        ("message", "x" * 65_536, "x" * 65_536),
    ],
)
def test_what_is_kept(client: HubSpot, contact: str, name: str, written: Any, kept: str) -> None:
    changed = client.crm.contacts.basic_api.update(contact, {"properties": {name: written}})
    assert changed.properties[name] == kept
    assert client.crm.contacts.basic_api.get_by_id(contact, properties=[name]).properties[name] == kept


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("no_such", "x", "PROPERTY_DOESNT_EXIST"),
        ("Firstname", "x", "PROPERTY_DOESNT_EXIST"),
        ("a_number", "1,5", "INVALID_LONG"),
        ("a_number", "1.2.3", "INVALID_LONG"),
        ("a_number", "NaN", "INVALID_LONG"),
        ("a_date", "29-02-2020", "INVALID_DATE"),
        ("a_date", "2021-02-29", "INVALID_DATE"),
        ("a_date", "1582934400001", "INVALID_DATE"),
        ("a_moment", "yesterday", "INVALID_DATE"),
        ("a_bool", "yes", "INVALID_BOOLEAN"),
        ("a_list", "red;pink", "INVALID_OPTION"),
        ("hs_lead_status", "open_deal", "INVALID_OPTION"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("hubspot_owner_id", "77", "INVALID_OPTION"),
        ("email", "piet", "INVALID_EMAIL"),
        ("email", "piet@voorbeeld", "INVALID_EMAIL"),
        ("email", "piet@voorbeeld.nl.invalid", "INVALID_EMAIL"),
        ("email", "piet@@voorbeeld.nl", "INVALID_EMAIL"),
        ("email", "piët@voorbeeld.nl", "INVALID_EMAIL"),
        ("hs_email_optout", "true", "READ_ONLY_VALUE"),
        ("hs_object_id", "1", "READ_ONLY_VALUE"),
        ("hs_additional_emails", "a@b.nl", "READ_ONLY_VALUE"),
        ("lastmodifieddate", "1582934400001", "READ_ONLY_VALUE"),
        ("hs_v2_date_entered_lead", "1582934400001", "READ_ONLY_VALUE"),
        ("message", "x" * 65_537, "PROPERTY_VALUE_TOO_LONG"),
    ],
)
def test_what_is_refused(http: Any, contact: str, name: str, written: str, code: str) -> None:
    answer = http("PATCH", f"/crm/v3/objects/contacts/{contact}", {"properties": {name: written}})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert answer.message.startswith("Property values were not valid: [{")
    assert [(row["name"], row["error"], row["isValid"]) for row in answer.problems] == [(name, code, False)]
    assert answer.body["errors"][0]["code"] == code
    assert answer.body["errors"][0]["context"] == {"propertyName": [name]}


def test_the_words_of_the_common_refusals(http: Any, contact: str) -> None:
    body = {
        "properties": {"email": "piet", "missing": "x", "hs_lead_status": "WARM", "hs_email_optout": "true"}
    }
    answer = http("PATCH", f"/crm/v3/objects/contacts/{contact}", body)
    messages = {row["name"]: row["message"] for row in answer.problems}
    assert messages["email"] == "Email address piet is invalid"
    assert messages["missing"] == 'Property "missing" does not exist'
    assert messages["hs_lead_status"].startswith("WARM was not one of the allowed options: [NEW, OPEN, ")
    assert "read only" in messages["hs_email_optout"]
    assert all(row["localizedErrorMessage"] == row["message"] and row["portalId"] for row in answer.problems)


def test_one_invalid_value_keeps_the_whole_record_as_it_was(
    http: Any, contact: str, store: HubSpotStore
) -> None:
    before = store.get("contacts", contact)
    http("PATCH", f"/crm/v3/objects/contacts/{contact}", {"properties": {"city": "Gent", "a_number": "x"}})
    assert store.get("contacts", contact) == before


def test_a_leading_semicolon_adds_to_a_multiple_choice(client: HubSpot, contact: str) -> None:
    api = client.crm.contacts.basic_api
    api.update(contact, {"properties": {"a_list": "green"}})
    assert api.update(contact, {"properties": {"a_list": ";blue"}}).properties["a_list"] == "green;blue"
    assert api.update(contact, {"properties": {"a_list": "red"}}).properties["a_list"] == "red"


def test_only_active_owners_can_be_assigned_by_their_owner_id(
    http: Any, contact: str, store: HubSpotStore
) -> None:
    active, gone = store.load_owners([{"email": "a@firma.nl"}, {"email": "b@firma.nl", "archived": True}])
    path = f"/crm/v3/objects/contacts/{contact}"
    assert http("PATCH", path, {"properties": {"hubspot_owner_id": active}}).status == 200
    assert http("PATCH", path, {"properties": {"hubspot_owner_id": gone}}).status == 400
    user_id = str(store.schema.owners[active]["userId"])
    assert http("PATCH", path, {"properties": {"hubspot_owner_id": user_id}}).status == 400


def test_a_company_domain_is_kept_bare(client: HubSpot) -> None:
    company = client.crm.companies.basic_api.create(
        {"properties": {"domain": "https://www.Firma.BE/over-ons"}}
    )
    assert company.properties["domain"] == "firma.be"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"dealstage": "nowhere"}, "dealstage"),
        ({"pipeline": "nowhere"}, "pipeline"),
        ({"deal_currency_code": "eur"}, "deal_currency_code"),
    ],
)
def test_a_deal_stage_must_be_in_its_pipeline(http: Any, values: dict[str, str], name: str) -> None:
    answer = http("POST", "/crm/v3/objects/deals", {"properties": {"dealname": "X", **values}})
    assert answer.status == 400
    assert [(row["name"], row["error"]) for row in answer.problems] == [(name, "INVALID_OPTION")]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"properties": 5}', b'{"properties": {"city": {}}}', b"\xff"]
)
def test_a_malformed_body_is_a_400_and_never_a_traceback(http: Any, raw: bytes) -> None:
    answer = http("POST", "/crm/v3/objects/contacts", raw=raw)
    assert (answer.status, answer.body["status"]) == (400, "error")
