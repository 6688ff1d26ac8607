"""Single components by name, and the clients that nobody here wrote: simple-salesforce and its zeep."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from salesforce_metadata import fault, many, read, result, soap, whole_package, zipped
from salesforce_org import VERSION, Org
from simple_salesforce import Salesforce

STAGE = {
    "fullName": "Lead.SMK_Stage__c",
    "label": "Stage",
    "type": "Picklist",
    "valueSet": {
        "restricted": True,
        "valueSetDefinition": {
            "sorted": False,
            "value": [{"fullName": "mql", "default": True, "label": "MQL"}],
        },
    },
}


@pytest.fixture
def client(org: Org, sf: Salesforce) -> Salesforce:
    """simple-salesforce, told where the Metadata API is."""
    sf.metadata_url = f"{org.url}/services/Soap/m/{VERSION}/"
    return sf


def test_deploy_by_simple_salesforce(org: Org, client: Salesforce) -> None:
    """deploy and checkDeployStatus, as its documentation shows them."""
    sent = client.deploy(io.BytesIO(zipped(whole_package())), sandbox=True, rollbackOnError=True)
    assert sent["state"] == "Queued"
    states = [client.checkDeployStatus(sent["asyncId"])["state"] for _ in range(3)]
    assert states == ["Pending", "InProgress", "Succeeded"]
    told = client.checkDeployStatus(sent["asyncId"])
    assert told["deployment_detail"] == {
        "total_count": "6",
        "failed_count": "0",
        "deployed_count": "6",
        "errors": [],
    }
    assert org.query("SELECT COUNT() FROM PermissionSet WHERE Name = 'smarketing'")["totalSize"] == 1


def test_a_failed_deploy_by_simple_salesforce(client: Salesforce) -> None:
    """Its errors carry type, file and message; the test level is sent along."""
    files = whole_package()
    del files["reports/smarketing-meta.xml"]
    sent = client.deploy(
        io.BytesIO(zipped(files)), sandbox=False, checkOnly=True, testLevel="NoTestRun", purgeOnDelete=True
    )
    told = [client.checkDeployStatus(sent["asyncId"]) for _ in range(3)][-1]
    assert told["state"] == "Failed"
    assert told["deployment_detail"]["errors"] == [
        {
            "type": None,
            "file": "package.xml",
            "status": "Error",
            "message": "An object 'smarketing' of type Report was named in package.xml, "
            "but was not found in zipped directory",
        },
        {
            "type": "Report",
            "file": "reports/smarketing/Leads_by_stage.report",
            "status": "Error",
            "message": "Cannot find folder:smarketing",
        },
    ]


def test_a_field_through_zeep(org: Org, client: Salesforce) -> None:
    """create, read, update, upsert, rename, delete: the client's own types, checked by its own WSDL."""
    fields = client.mdapi.CustomField
    fields.create([fields(**STAGE)])
    found = fields.read("Lead.SMK_Stage__c")
    assert (found.label, found.type, found.valueSet.restricted) == ("Stage", "Picklist", True)
    assert found.valueSet.valueSetDefinition.value[0].fullName == "mql"
    with pytest.raises(Exception, match="There is already a field named SMK_Stage on Lead"):
        fields.create([fields(**STAGE)])
    found.label = "Pipeline stage"
    fields.update(found)
    assert fields.read("Lead.SMK_Stage__c").label == "Pipeline stage"
    fields.upsert([fields(fullName="Lead.SMK_Key__c", label="Key", type="Text", length=20)])
    fields.rename("Lead.SMK_Stage__c", "Lead.SMK_Phase__c")
    assert [each.label for each in fields.read(["Lead.SMK_Phase__c", "Lead.SMK_Key__c"])] == [
        "Pipeline stage",
        "Key",
    ]
    fields.delete(["Lead.SMK_Key__c", "Lead.SMK_Phase__c"])
    assert fields.read("Lead.SMK_Key__c").fullName is None
    with pytest.raises(Exception, match="INVALID_CROSS_REFERENCE_KEY"):
        fields.delete("Lead.SMK_Key__c")
    listed = org.call("GET", "/tooling/query", params={"q": "SELECT Id FROM CustomField"}).json()
    assert listed["totalSize"] == 0


def test_a_permission_set_through_zeep(org: Org, client: Salesforce) -> None:
    """What it opens is open for who has it; values survive a renamed field."""
    fields, sets = client.mdapi.CustomField, client.mdapi.PermissionSet
    fields.create([fields(**STAGE)])
    opened = [{"field": "Lead.SMK_Stage__c", "editable": True, "readable": True}]
    sets.create([sets(fullName="smarketing", label="smarketing", fieldPermissions=opened)])
    made = org.query("SELECT Id FROM PermissionSet WHERE Name = 'smarketing'")["records"][0]["Id"]
    org.make("PermissionSetAssignment", {"PermissionSetId": made, "AssigneeId": org.store.user})
    lead = org.make("Lead", {"LastName": "Fay", "Company": "X"})
    assert org.show("Lead", lead, "SMK_Stage__c")["SMK_Stage__c"] == "mql"
    fields.rename("Lead.SMK_Stage__c", "Lead.SMK_Phase__c")
    assert org.show("Lead", lead, "SMK_Phase__c")["SMK_Phase__c"] == "mql"
    found = sets.read("smarketing")
    assert [(each.field, each.editable) for each in found.fieldPermissions] == [("Lead.SMK_Phase__c", True)]
    sets.delete("smarketing")
    answer = org.call("GET", f"/sobjects/Lead/{lead}", params={"fields": "SMK_Phase__c"})
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"


def test_describe_and_list_through_zeep(client: Salesforce) -> None:
    """Which types there are, which components."""
    told = client.mdapi.describe_metadata()
    assert {each.xmlName for each in told.metadataObjects} >= {"CustomObject", "PermissionSet", "Report"}
    query = client.mdapi.ListMetadataQuery(type="CustomObject")
    assert {each.fullName for each in client.mdapi.list_metadata([query])} >= {"Lead", "Contact"}


def metadata(type: str, full_name: str, inner: str = "") -> str:
    """One component as createMetadata takes it."""
    return f'<metadata xsi:type="{type}"><fullName>{full_name}</fullName>{inner}</metadata>'


def verdicts(answer: Any) -> list[tuple[str, str]]:
    """(full name, code or nothing) of each result."""
    return [
        (each["fullName"], (each.get("errors") or {"statusCode": ""})["statusCode"]) for each in many(answer)
    ]


def test_each_component_has_its_own_verdict(org: Org) -> None:
    """One bad field of three: the others stay, unless all or none was asked for."""
    field = "<label>L</label><type>Date</type>"
    body = (
        "<createMetadata>"
        + metadata("CustomField", "Lead.A__c", field)
        + metadata("CustomField", "Lead.B__c", "<type>Date</type>")
        + metadata("CustomField", "Lead.C__c", field)
        + "</createMetadata>"
    )
    strict = "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>"
    assert verdicts(result(soap(org, body, header=strict))) == [
        ("Lead.A__c", "ALL_OR_NONE_OPERATION_ROLLED_BACK"),
        ("Lead.B__c", "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.C__c", "ALL_OR_NONE_OPERATION_ROLLED_BACK"),
    ]
    assert read(org, "CustomField", "Lead.A__c") == ""
    assert verdicts(result(soap(org, body))) == [
        ("Lead.A__c", ""),
        ("Lead.B__c", "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.C__c", ""),
    ]
    assert read(org, "CustomField", "lead.c__c")["label"] == "L"


def test_upsert_tells_what_is_new(org: Org) -> None:
    """created is true the first time only; updating what is not there fails."""
    folder = metadata("ReportFolder", "smk", "<name>smk</name>")
    first = result(soap(org, f"<upsertMetadata>{folder}</upsertMetadata>"))
    again = result(soap(org, f"<upsertMetadata>{folder}</upsertMetadata>"))
    assert (first["created"], again["created"]) == ("true", "false")
    other = metadata("ReportFolder", "other", "<name>x</name>")
    assert verdicts(result(soap(org, f"<updateMetadata>{other}</updateMetadata>"))) == [
        ("other", "INVALID_CROSS_REFERENCE_KEY")
    ]
    renamed = "<type>ReportFolder</type><oldFullName>smk</oldFullName><newFullName>leads</newFullName>"
    assert result(soap(org, f"<renameMetadata>{renamed}</renameMetadata>"))["success"] == "true"
    assert read(org, "ReportFolder", "leads")["name"] == "smk"


def test_what_spoils_a_whole_call(org: Org) -> None:
    """Unknown types, two types at once, more than ten components, more than three queries."""
    folder, field = metadata("ReportFolder", "a"), metadata("CustomField", "Lead.A__c")
    look = "<checkDeployStatus><asyncProcessId>0Af</asyncProcessId></checkDeployStatus>"
    for body, code in (
        ("<readMetadata><type>Pipeline</type><fullNames>x</fullNames></readMetadata>", "sf:INVALID_TYPE"),
        (f"<createMetadata>{folder}{field}</createMetadata>", "sf:INVALID_TYPE"),
        (f"<createMetadata>{folder * 11}</createMetadata>", "sf:LIMIT_EXCEEDED"),
        (f"<listMetadata>{'<queries><type>Layout</type></queries>' * 4}</listMetadata>", "sf:LIMIT_EXCEEDED"),
        ("<listMetadata><queries><type>Report</type></queries></listMetadata>", "sf:MISSING_ARGUMENT"),
        (look, "sf:INVALID_CROSS_REFERENCE_KEY"),
    ):
        assert fault(soap(org, body))[0] == code


def test_a_folder_with_reports_stays(org: Org) -> None:
    """And a standard object cannot be deleted."""
    folder = metadata("ReportFolder", "smk", "<name>smk</name>")
    report = "<format>Tabular</format><name>A</name><reportType>LeadList</reportType>"
    result(soap(org, f"<createMetadata>{folder}</createMetadata>"))
    result(soap(org, f"<createMetadata>{metadata('Report', 'smk/A', report)}</createMetadata>"))

    def deleted(type: str, name: str) -> str:
        body = f"<deleteMetadata><type>{type}</type><fullNames>{name}</fullNames></deleteMetadata>"
        return verdicts(result(soap(org, body)))[0][1]

    assert deleted("ReportFolder", "smk") == "DEPENDENCY_EXISTS"
    assert deleted("Report", "smk/A") == deleted("ReportFolder", "smk") == ""
    assert deleted("CustomObject", "Lead") == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_deploys_over_rest(org: Org) -> None:
    """multipart with JSON and zip; the same states, options and messages."""
    options = {"deployOptions": {"singlePackage": True, "rollbackOnError": True, "testLevel": "NoTestRun"}}
    parts = {
        "json": (None, json.dumps(options), "application/json"),
        "file": ("deploy.zip", zipped(whole_package()), "application/zip"),
    }
    made = org.call("POST", "/metadata/deployRequest", files=parts)
    assert made.status_code == 201
    assert made.json()["deployOptions"]["rollbackOnError"] is True
    assert made.json()["deployResult"]["status"] == "Pending"
    path = f"/metadata/deployRequest/{made.json()['id']}"
    told = [org.call("GET", path, params={"includeDetails": "true"}).json() for _ in range(3)][-1][
        "deployResult"
    ]
    assert (told["status"], told["numberComponentsTotal"]) == ("Succeeded", 6)
    names = {each["fullName"] for each in told["details"]["componentSuccesses"]}
    assert names >= {"Lead.SMK_Stage__c", "smarketing", "smarketing/Leads_by_stage"}
    assert told["completedDate"] == "2026-11-02T09:00:00.000+0000"
    late = org.call("PATCH", path, {"deployResult": {"status": "Canceling"}})
    assert (late.status_code, late.json()[0]["errorCode"]) == (400, "INVALID_ID_FIELD")
    other = org.call("POST", "/metadata/deployRequest", files=parts).json()["id"]
    canceled = org.call(
        "PATCH", f"/metadata/deployRequest/{other}", {"deployResult": {"status": "Canceling"}}
    )
    assert (canceled.status_code, canceled.json()["deployResult"]["status"]) == (202, "Canceled")


def test_rest_deploys_that_are_refused(org: Org) -> None:
    """Bodies without the parts, unknown ids, unknown test levels."""
    zip_part = ("deploy.zip", b"x", "application/zip")

    def code(**more: Any) -> tuple[int, str]:
        answer = org.call("POST", "/metadata/deployRequest", **more)
        return answer.status_code, answer.json()[0]["errorCode"]

    def told(text: str) -> dict[str, Any]:
        return {"files": {"json": (None, text, "application/json"), "file": zip_part}}

    assert code(json={}) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert code(files={"file": zip_part}) == (400, "MISSING_ARGUMENT")
    assert code(**told("{")) == (400, "JSON_PARSER_ERROR")
    assert code(**told("[]")) == (400, "MISSING_ARGUMENT")
    assert code(**told('{"deployOptions": {"testLevel": "All"}}')) == (400, "INVALID_FIELD")
    answer = org.call("GET", "/metadata/deployRequest/0Af000000000001")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "INVALID_CROSS_REFERENCE_KEY")
