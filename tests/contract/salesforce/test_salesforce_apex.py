"""Lead conversion by an Apex class of one's own: there only when somebody installed it."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_metadata import deploy, document, failures, manifest
from salesforce_org import Org, problem

PATH = "/services/apexrest/smarketing/convert"
ACTION = "/actions/custom/apex/SmarketingConvert"
LEAD = {"LastName": "Fay", "Company": "Fay BV"}
CLASS = """
@RestResource(urlMapping='/smarketing/convert')
global with sharing class SmarketingConvert {
    @HttpPost global static List<Result> convert() { return null; }
    @InvocableMethod(label='Convert leads') public static List<Result> act(List<Wish> wishes) { return null; }
}
"""
META = "<apiVersion>64.0</apiVersion><status>Active</status>"
OPENING = "<classAccesses><apexClass>SmarketingConvert</apexClass><enabled>true</enabled></classAccesses>"


def install(org: Org, source: str = CLASS, assigned: bool = True) -> None:
    """Deploys the class with a permission set that opens it, and assigns that."""
    files = {
        "package.xml": manifest({"ApexClass": ["SmarketingConvert"], "PermissionSet": ["convert"]}),
        "classes/SmarketingConvert.cls": source,
        "classes/SmarketingConvert.cls-meta.xml": document("ApexClass", META),
        "permissionsets/convert.permissionset": document("PermissionSet", OPENING + "<label>convert</label>"),
    }
    assert failures(deploy(org, files)) == []
    if assigned:
        found = org.query("SELECT Id FROM PermissionSet WHERE Name = 'convert'")["records"][0]["Id"]
        org.make("PermissionSetAssignment", {"PermissionSetId": found, "AssigneeId": org.store.user})


def convert(org: Org, *leads: dict[str, Any]) -> Any:
    """The results of one call, which must be answered."""
    body = {"leads": [{"convertedStatus": "Closed - Converted", **lead} for lead in leads]}
    answer = org.call("POST", PATH, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_without_the_class_there_is_nothing(org: Org) -> None:
    """As in any org: 404, with Salesforce's words."""
    answer = problem(org.call("POST", PATH, {"leads": []}))
    assert answer == (404, "NOT_FOUND", "Could not find a match for URL")
    assert problem(org.call("POST", ACTION, {"inputs": []}))[0] == 404
    assert org.call("GET", "/actions/custom/apex").json() == {"actions": []}


def test_an_installed_class_converts(org: Org) -> None:
    """Each lead has its own result, in order; the good ones are converted."""
    install(org)
    lead = org.make("Lead", LEAD)
    good, bad = convert(org, {"leadId": lead, "doNotCreateOpportunity": True}, {"leadId": "00Q000000000001"})
    assert (good["success"], good["leadId"], good["opportunityId"]) == (True, lead, None)
    assert org.show("Lead", lead)["ConvertedContactId"] == good["contactId"]
    assert bad["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    (again,) = convert(org, {"leadId": lead})
    assert again["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_the_class_has_to_be_opened(org: Org) -> None:
    """Without a permission set that names it the user is refused."""
    install(org, assigned=False)
    assert problem(org.call("POST", PATH, {"leads": []}))[:2] == (403, "FORBIDDEN")


def test_the_path_is_what_the_class_says(org: Org) -> None:
    """A class without the annotations serves nothing."""
    install(org, "global class SmarketingConvert {}")
    assert problem(org.call("POST", PATH, {"leads": []}))[0] == 404
    assert org.call("GET", "/actions/custom/apex").json() == {"actions": []}


def test_as_an_invocable_action(org: Org) -> None:
    """The same class called as an action, as flows do."""
    install(org)
    assert org.call("GET", "/actions/custom/apex").json()["actions"][0]["name"] == "SmarketingConvert"
    assert org.call("GET", ACTION).json()["type"] == "APEX"
    lead = org.make("Lead", LEAD)
    wish = {"leadId": lead, "convertedStatus": "Closed - Converted"}
    (told,) = org.call("POST", ACTION, {"inputs": [wish]}).json()
    assert (told["isSuccess"], told["outputValues"]["success"]) == (True, True)
    assert org.show("Lead", lead)["IsConverted"] is True


def test_a_switch_in_place_of_a_deploy(org: Org) -> None:
    """For tests that are not about installing."""
    org.switch(apex_convert=True)
    assert convert(org, {"leadId": org.make("Lead", LEAD)})[0]["success"] is True


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "JSON_PARSER_ERROR"),
        ({}, "JSON_PARSER_ERROR"),
        ({"leads": {}}, "JSON_PARSER_ERROR"),
        ({"leads": [1]}, "JSON_PARSER_ERROR"),
        ({"leads": [{"lead": "x"}]}, "JSON_PARSER_ERROR"),
        ({"leads": [{"leadId": "x"}] * 101}, "LIMIT_EXCEEDED"),
    ],
)
def test_bodies_that_are_refused(org: Org, body: Any, code: str) -> None:
    """Nothing is converted."""
    org.switch(apex_convert=True)
    assert problem(org.call("POST", PATH, body))[:2] == (400, code)
    assert problem(org.call("GET", PATH))[:2] == (405, "METHOD_NOT_ALLOWED")
    org.store.expire_tokens()
    assert problem(org.call("POST", PATH, body))[:2] == (401, "INVALID_SESSION_ID")
