"""Picklists as screens need them: by record type, with what statuses and stages mean."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import Org, problem

MASTER = "012000000000000AAA"


def values(org: Org, type: str, field: str, record_type: str = MASTER) -> Any:
    """The body of one picklist."""
    answer = org.call("GET", f"/ui-api/object-info/{type}/picklist-values/{record_type}/{field}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_picklist_with_its_meaning(org: Org) -> None:
    """Values, labels, the default; which lead status converts, which stage is won."""
    found = values(org, "Lead", "Status")
    assert found["defaultValue"]["value"] == "Open - Not Contacted"
    assert found["url"].endswith(f"/ui-api/object-info/Lead/picklist-values/{MASTER}/Status")
    by_value = {each["value"]: each["attributes"] for each in found["values"]}
    assert by_value["Closed - Converted"] == {"converted": True, "picklistAttributesValueType": "LeadStatus"}
    stages = {each["value"]: each["attributes"] for each in values(org, "Opportunity", "StageName")["values"]}
    assert (stages["Closed Won"]["won"], stages["Closed Lost"]["won"]) == (True, False)
    assert values(org, "Lead", "LeadSource")["values"][0]["attributes"] is None


def test_record_types_narrow_a_picklist(org: Org) -> None:
    """What the record type lacks is not offered; the master has everything."""
    business = org.store.add_record_type("Lead", "Business", {"LeadSource": ["Web"]})
    assert [each["value"] for each in values(org, "Lead", "LeadSource", business)["values"]] == ["Web"]
    assert len(values(org, "Lead", "LeadSource")["values"]) > 1
    info = org.call("GET", "/ui-api/object-info/Lead").json()
    assert info["defaultRecordTypeId"] == business
    assert info["recordTypeInfos"][MASTER]["master"] is True
    everything = org.call("GET", f"/ui-api/object-info/Lead/picklist-values/{business}").json()
    assert [v["value"] for v in everything["picklistFieldValues"]["LeadSource"]["values"]] == ["Web"]
    assert everything["picklistFieldValues"]["Rating"]["values"]


def test_a_dependent_picklist(org: Org) -> None:
    """validFor holds the numbers of the controlling values."""
    listed = [{"fullName": value, "label": value, "default": False} for value in ("budget", "timing")]
    depends = {
        "controllingField": "Rating",
        "valueSetDefinition": {"sorted": False, "value": listed},
        "valueSettings": [{"controllingFieldValue": ["Hot", "Cold"], "valueName": "budget"}],
    }
    org.add_field("Lead.Reason__c", {"label": "Reason", "type": "Picklist", "valueSet": depends})
    found = values(org, "Lead", "Reason__c")
    valid = {each["value"]: each["validFor"] for each in found["values"]}
    numbers = found["controllerValues"]
    assert valid == {"budget": [numbers["Hot"], numbers["Cold"]], "timing": []}
    info = org.call("GET", "/ui-api/object-info/Lead").json()
    assert info["fields"]["Reason__c"]["controllerName"] == "Rating"


def test_hidden_fields_are_not_shown(org: Org) -> None:
    """Field-level security holds here as everywhere; inactive values are not offered."""
    listed = [{"fullName": "a", "label": "A"}, {"fullName": "b", "label": "B", "isActive": False}]
    value_set = {"valueSetDefinition": {"sorted": False, "value": listed}}
    metadata = {"label": "Reason", "type": "Picklist", "valueSet": value_set}
    org.add_field("Lead.Reason__c", metadata, grant=False)
    info = org.call("GET", "/ui-api/object-info/Lead").json()
    assert "Reason__c" not in info["fields"]
    org.grant("Lead.Reason__c", edit=False)
    info = org.call("GET", "/ui-api/object-info/Lead").json()
    assert info["fields"]["Reason__c"]["dataType"] == "Picklist"
    assert info["fields"]["Reason__c"]["updateable"] is False
    assert [each["value"] for each in values(org, "Lead", "Reason__c")["values"]] == ["a"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Task", 400, "INVALID_TYPE"),
        ("PermissionSet", 400, "INVALID_TYPE"),
        (f"Person/picklist-values/{MASTER}", 400, "INVALID_TYPE"),
        (f"Lead/picklist-values/{MASTER}/Company", 400, "INVALID_FIELD"),
        ("Lead/picklist-values/012000000000001/Status", 404, "NOT_FOUND"),
        ("Lead/picklist-values/x", 404, "NOT_FOUND"),
    ],
)
def test_what_there_is_not(org: Org, path: str, status: int, code: str) -> None:
    """Objects that screens of this kind do not have, fields that are no picklists, unknown record types."""
    assert problem(org.call("GET", f"/ui-api/object-info/{path}"))[:2] == (status, code)
