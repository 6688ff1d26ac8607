"""Property definitions and groups."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.properties.exceptions import ApiException

from connector.sandbox.hubspot.definitions import FIELD_TYPES
from connector.sandbox.hubspot.store import HubSpotStore

CONTACTS = "/crm/v3/properties/contacts"
ALL_FIELD_TYPES = sorted(frozenset().union(*FIELD_TYPES.values()))


def definition(name: str = "smk_x", **more: Any) -> dict[str, Any]:
    """A body that creates a text property."""
    return {
        "name": name,
        "label": f"Label of {name}",
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "text",
        **more,
    }


NEEDED = {
    "contacts": """
        firstname lastname email phone mobilephone jobtitle company website address city zip state country
        lifecyclestage hs_lead_status hubspot_owner_id hs_analytics_source recent_conversion_event_name
        recent_conversion_date hs_predictivecontactscore_v2 hubspotscore hs_email_optout hs_additional_emails
        hs_object_id createdate lastmodifieddate hs_merged_object_ids hs_calculated_merged_vids
        salesforceleadid salesforcecontactid salesforceaccountid num_contacted_notes
    """,
    "companies": """
        name domain website phone address city zip state country industry numberofemployees annualrevenue
        lifecyclestage hubspot_owner_id salesforceaccountid hs_object_id createdate hs_lastmodifieddate
    """,
    "deals": """
        dealname amount closedate pipeline dealstage deal_currency_code hs_next_step closed_lost_reason
        hubspot_owner_id hs_is_closed hs_is_closed_won hs_salesforceopportunityid hs_object_id
        hs_lastmodifieddate
    """,
}


@pytest.mark.parametrize("object_type", NEEDED)
def test_a_fresh_account_has_the_usual_properties(client: HubSpot, object_type: str) -> None:
    names = {each.name for each in client.crm.properties.core_api.get_all(object_type).results}
    assert set(NEEDED[object_type].split()) <= names


@pytest.mark.parametrize(
    ("object_type", "name", "kind", "read_only", "calculated"),
    [
        ("contacts", "firstname", "string/text", False, False),
        ("contacts", "lifecyclestage", "enumeration/radio", False, False),
        ("contacts", "hs_email_optout", "bool/booleancheckbox", True, False),
        ("contacts", "hs_additional_emails", "enumeration/checkbox", True, False),
        ("contacts", "hubspotscore", "number/number", True, True),
        ("companies", "annualrevenue", "number/number", False, False),
        ("deals", "closedate", "datetime/date", False, False),
        ("deals", "hs_is_closed_won", "bool/booleancheckbox", True, True),
    ],
)
def test_what_a_definition_says(
    client: HubSpot, object_type: str, name: str, kind: str, read_only: bool, calculated: bool
) -> None:
    found = client.crm.properties.core_api.get_by_name(object_type, name)
    assert f"{found.type}/{found.field_type}" == kind
    assert (found.modification_metadata.read_only_value, found.calculated) == (read_only, calculated)
    assert found.hubspot_defined


def test_options_have_hubspots_internal_values(client: HubSpot) -> None:
    api = client.crm.properties.core_api
    stages = api.get_by_name("contacts", "lifecyclestage").options
    assert [each.value for each in sorted(stages, key=lambda each: each.display_order)] == [
        "subscriber",
        "lead",
        "marketingqualifiedlead",
        "salesqualifiedlead",
        "opportunity",
        "customer",
        "evangelist",
        "other",
    ]
    status = {each.value: each.label for each in api.get_by_name("contacts", "hs_lead_status").options}
    assert list(status.values()) == [
        "New",
        "Open",
        "In progress",
        "Open deal",
        "Unqualified",
        "Attempted to contact",
        "Connected",
        "Bad timing",
    ]
    assert list(status) == [label.upper().replace(" ", "_") for label in status.values()]
    assert "COMPUTER_SOFTWARE" in {each.value for each in api.get_by_name("companies", "industry").options}


@pytest.mark.parametrize(
    ("object_type", "name"),
    [("contacts", "hubspot_owner_id"), ("deals", "dealstage"), ("deals", "pipeline")],
)
def test_options_kept_elsewhere_are_not_listed(client: HubSpot, object_type: str, name: str) -> None:
    found = client.crm.properties.core_api.get_by_name(object_type, name)
    assert (found.external_options, found.options) == (True, [])


def test_a_property_can_be_made_read_changed_and_archived(client: HubSpot, store: HubSpotStore) -> None:
    api = client.crm.properties.core_api
    made = api.create("contacts", definition(description="Ours", hasUniqueValue=True))
    assert (made.name, made.has_unique_value, made.hubspot_defined) == ("smk_x", True, None)
    assert made.modification_metadata.to_dict() == {
        "archivable": True,
        "read_only_definition": False,
        "read_only_options": False,
        "read_only_value": False,
    }
    contact = store.user_create("contacts", {"lastname": "X", "smk_x": "1"})
    changed = api.update("contacts", "smk_x", {"label": "Other", "fieldType": "textarea"})
    assert (changed.label, changed.field_type) == ("Other", "textarea")
    api.archive("contacts", "smk_x")
    with pytest.raises(ApiException):
        api.get_by_name("contacts", "smk_x")
    read = client.crm.contacts.basic_api.get_by_id(contact, properties=["smk_x"])
    assert "smk_x" not in read.properties
    assert [each.name for each in api.get_all("contacts", archived=True).results] == ["smk_x"]


def test_a_name_in_use_is_409(http: Any) -> None:
    assert http("POST", CONTACTS, definition()).status == 201
    answer = http("POST", CONTACTS, definition(label="Again"))
    assert (answer.status, answer.body["status"]) == (409, "error")
    assert http("POST", CONTACTS, definition("email")).status == 409


@pytest.mark.parametrize("type_", sorted(FIELD_TYPES))
@pytest.mark.parametrize("field_type", ALL_FIELD_TYPES)
def test_type_and_field_type_must_go_together(http: Any, type_: str, field_type: str) -> None:
    options = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]
    body = definition(
        type=type_, fieldType=field_type, options=options if type_ in ("enumeration", "bool") else []
    )
    assert http("POST", CONTACTS, body).status == (201 if field_type in FIELD_TYPES[type_] else 400)


@pytest.mark.parametrize("missing", ["groupName", "name", "label", "type", "fieldType"])
def test_five_members_are_required(http: Any, missing: str) -> None:
    body = definition()
    del body[missing]
    answer = http("POST", CONTACTS, body)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "more",
    [
        {"name": "Upper"},
        {"name": "with space"},
        {"name": "1st"},
        {"groupName": "nowhere"},
        {"type": "colour"},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "A"}]},
        {"type": "enumeration", "fieldType": "select", "options": 5},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": x, "value": "1"} for x in "AB"]},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "A", "value": x} for x in "12"]},
        {"displayOrder": "first"},
    ],
)
def test_what_is_refused(http: Any, more: dict[str, Any]) -> None:
    assert http("POST", CONTACTS, definition(**more)).status == 400


def test_an_account_has_ten_unique_properties_an_object(http: Any) -> None:
    for n in range(10):
        assert http("POST", CONTACTS, definition(f"u{n}", label=f"U{n}", hasUniqueValue=True)).status == 201
    assert http("POST", CONTACTS, definition("u10", hasUniqueValue=True)).status == 400
    assert http("POST", CONTACTS, definition("u10")).status == 201
    other = definition("u10", hasUniqueValue=True, groupName="companyinformation")
    assert http("POST", "/crm/v3/properties/companies", other).status == 201


def test_uniqueness_cannot_be_added_later(http: Any) -> None:
    http("POST", CONTACTS, definition())
    changed = http("PATCH", f"{CONTACTS}/smk_x", {"hasUniqueValue": True})
    assert changed.body["hasUniqueValue"] is False


def test_hubspots_own_properties_stay_but_take_options(http: Any) -> None:
    assert http("DELETE", f"{CONTACTS}/email").status == 400
    assert http("PATCH", f"{CONTACTS}/email", {"label": "E-mail"}).status == 400
    options = [{"label": "Warm", "value": "WARM"}]
    assert http("PATCH", f"{CONTACTS}/hs_lead_status", {"options": options}).status == 200


def test_batches_of_definitions(client: HubSpot, http: Any) -> None:
    made = client.crm.properties.batch_api.create("contacts", {"inputs": [definition("a"), definition("b")]})
    assert [each.name for each in made.results] == ["a", "b"]
    mixed = http("POST", f"{CONTACTS}/batch/create", {"inputs": [definition("a"), definition("c")]})
    assert (mixed.status, [each["name"] for each in mixed.body["results"]]) == (207, ["c"])
    body = {"archived": False, "inputs": [{"name": "a"}, {"name": "zzz"}]}
    read = http("POST", f"{CONTACTS}/batch/read", body)
    assert (read.status, [each["name"] for each in read.body["results"]]) == (207, ["a"])
    client.crm.properties.batch_api.archive("contacts", {"inputs": [{"name": "a"}, {"name": "b"}]})
    assert http("GET", f"{CONTACTS}/a").status == 404
    assert http("GET", f"{CONTACTS}/c").status == 200


def test_groups(client: HubSpot, http: Any) -> None:
    api = client.crm.properties.groups_api
    assert api.create("contacts", {"name": "smarketing", "label": "Smarketing"}).label == "Smarketing"
    assert http("POST", f"{CONTACTS}/groups", {"name": "smarketing", "label": "Again"}).status == 409
    assert "smarketing" in {each.name for each in api.get_all("contacts").results}
    assert (
        api.update("contacts", "smarketing", {"label": "Sales and marketing"}).label == "Sales and marketing"
    )
    http("POST", CONTACTS, definition(groupName="smarketing"))
    assert http("DELETE", f"{CONTACTS}/groups/smarketing").status == 400
    http("DELETE", f"{CONTACTS}/smk_x")
    assert http("DELETE", f"{CONTACTS}/groups/smarketing").status == 204
    assert http("GET", f"{CONTACTS}/groups/smarketing").status == 404


def test_a_refused_batch_archive_leaves_all_definitions(http: Any) -> None:
    http("POST", CONTACTS, definition())
    body = {"inputs": [{"name": "smk_x"}, {"name": "email"}]}
    assert http("POST", f"{CONTACTS}/batch/archive", body).status == 400
    assert http("GET", f"{CONTACTS}/smk_x").status == 200
