"""What an installer asks the Tooling API before and after it changes an org."""

from __future__ import annotations

from typing import Any

from salesforce_metadata import deploy, document, manifest
from salesforce_org import TEXT_KEY, Org, problem


def tooling(org: Org, soql: str) -> Any:
    """The JSON of a Tooling query, whatever its status."""
    return org.query(soql, "/tooling/query")


def rows(org: Org, soql: str) -> list[dict[str, Any]]:
    """Its records without attributes."""
    found = tooling(org, soql)
    assert isinstance(found, dict), found
    return [{k: v for k, v in each.items() if k != "attributes"} for each in found["records"]]


def test_fields_that_nobody_may_see_yet(org: Org) -> None:
    """FieldDefinition knows a field before field-level security opens it; describe does not."""
    org.add_field("Lead.Link__c", TEXT_KEY, grant=False)
    soql = (
        "SELECT QualifiedApiName, DataType, Length FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = 'Lead' AND QualifiedApiName LIKE '%__c'"
    )
    assert rows(org, soql) == [
        {
            "QualifiedApiName": "Link__c",
            "DataType": "Text(40) (External ID) (Unique Case Insensitive)",
            "Length": 40,
        }
    ]
    fields = org.call("GET", "/sobjects/Lead/describe").json()["fields"]
    assert "Link__c" not in {field["name"] for field in fields}


def test_field_definitions_need_a_filter(org: Org) -> None:
    """All fields of all objects are more than Salesforce gives."""
    refused = tooling(org, "SELECT QualifiedApiName FROM FieldDefinition")[0]
    assert refused["errorCode"] == "MALFORMED_QUERY"
    assert refused["message"].startswith("FieldDefinition: a filter on a reified column is required")
    found = rows(org, "SELECT DurableId FROM FieldDefinition WHERE DurableId = 'Lead.Email'")
    assert found == [{"DurableId": "Lead.Email"}]


def test_objects(org: Org) -> None:
    """Which there are, and which take fields."""
    soql = "SELECT QualifiedApiName, KeyPrefix FROM EntityDefinition WHERE IsCustomizable = true"
    found = {each["QualifiedApiName"]: each["KeyPrefix"] for each in rows(org, soql)}
    assert (found["Lead"], found["Contact"]) == ("00Q", "003")
    assert "LeadStatus" not in found
    assert tooling(org, soql)["entityTypeName"] == "EntityDefinition"


def test_validation_rules(org: Org) -> None:
    """Those that count, and those that were deployed and are only kept."""
    org.switch(validation_rules=[{"type": "Lead", "message": "No", "when": {"City": "Nowhere"}}])
    rule = (
        "<validationRules><fullName>SMK_Own</fullName><active>false</active>"
        "<errorConditionFormula>true</errorConditionFormula><errorMessage>Own</errorMessage></validationRules>"
    )
    names = manifest({"ValidationRule": ["Contact.SMK_Own"]})
    deploy(org, {"package.xml": names, "objects/Contact.object": document("CustomObject", rule)})
    soql = "SELECT ErrorMessage, Active, EntityDefinition.DeveloperName FROM ValidationRule"
    found = {each["ErrorMessage"]: each for each in rows(org, soql)}
    assert (found["No"]["Active"], found["Own"]["Active"]) == (True, False)
    assert found["Own"]["EntityDefinition"]["DeveloperName"] == "Contact"


def test_classes(org: Org) -> None:
    """A deployed class is listed."""
    meta = document("ApexClass", "<apiVersion>64.0</apiVersion><status>Active</status>")
    names = manifest({"ApexClass": ["Hello"]})
    files = {"package.xml": names, "classes/Hello.cls": "class Hello {}", "classes/Hello.cls-meta.xml": meta}
    deploy(org, files)
    assert rows(org, "SELECT Name, ApiVersion FROM ApexClass") == [{"Name": "Hello", "ApiVersion": 64.0}]


def test_describe(org: Org) -> None:
    """The Tooling API describes its own types."""
    listed = org.call("GET", "/tooling/sobjects").json()["sobjects"]
    assert {each["name"] for each in listed} >= {"CustomField", "FieldDefinition", "ValidationRule"}
    shown = org.call("GET", "/tooling/sobjects/FieldDefinition/describe").json()
    assert {each["name"] for each in shown["fields"]} >= {"QualifiedApiName", "EntityDefinitionId"}
    assert problem(org.call("GET", "/tooling/sobjects/Lead/describe"))[0] == 404
    assert problem(org.call("GET", "/sobjects/FieldDefinition/describe"))[0] == 404
