"""Installing by metadata: one zip with fields, permissions, list views and reports."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from salesforce_metadata import (
    FIELD,
    KEY,
    SET,
    VIEW,
    begin,
    deploy,
    document,
    failures,
    fault,
    list_of,
    manifest,
    many,
    read,
    result,
    soap,
    status,
    whole_package,
    zipped,
)
from salesforce_org import Org


def described(org: Org, name: str, type: str = "Lead") -> dict[str, Any] | None:
    """The field as describe shows it, or None."""
    fields = org.call("GET", f"/sobjects/{type}/describe").json()["fields"]
    return next((field for field in fields if field["name"] == name), None)


def assign(org: Org, name: str = "smarketing") -> None:
    """Gives the integration user a permission set."""
    found = org.query(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")["records"][0]["Id"]
    org.make("PermissionSetAssignment", {"PermissionSetId": found, "AssigneeId": org.store.user})


def test_one_zip_installs_everything(org: Org) -> None:
    """Fields, a permission set, a list view and a report arrive together, and can be listed and read."""
    told = deploy(org, whole_package())
    assert (told["status"], told["success"], told["numberComponentsTotal"]) == ("Succeeded", "true", "6")
    assert told["numberComponentsDeployed"] == "6"
    made = {each["fullName"]: each for each in many(told["details"]["componentSuccesses"])}
    assert made["Lead.SMK_Stage__c"]["componentType"] == "CustomField"
    assert made["Lead.SMK_Stage__c"]["fileName"] == "objects/Lead.object"
    assert made["Lead.SMK_Stage__c"]["created"] == "true"
    assert made["package.xml"]["componentType"] == ""
    assert list_of(org, "CustomField") == ["Lead.SMK_Stage__c", "Lead.SMK_Link__c"]
    assert list_of(org, "ListView") == ["Lead.SMK_Late"]
    assert list_of(org, "ReportFolder") == ["smarketing"]
    assert list_of(org, "Report", "smarketing") == ["smarketing/Leads_by_stage"]
    assert read(org, "ListView", "Lead.SMK_Late")["columns"] == ["FULL_NAME", "LEAD.COMPANY", "SMK_Stage__c"]
    assert read(org, "Report", "smarketing/Leads_by_stage")["reportType"] == "LeadList"


def test_a_deployed_field_is_seen_only_through_an_assigned_set(org: Org) -> None:
    """Deploying grants nothing; the permission set does, once the user has it."""
    deploy(org, whole_package())
    assert described(org, "SMK_Stage__c") is None
    assign(org)
    assert described(org, "SMK_Stage__c") is not None
    assert described(org, "SMK_Link__c") is None, "the set does not name it"
    lead = org.make("Lead", {"LastName": "Fay", "Company": "X", "SMK_Stage__c": "sql"})
    assert org.show("Lead", lead, "SMK_Stage__c")["SMK_Stage__c"] == "sql"
    soql = "SELECT PermissionsEdit, PermissionsDelete FROM ObjectPermissions WHERE SobjectType = 'Lead'"
    rights = org.query(soql)["records"][0]
    assert (rights["PermissionsEdit"], rights["PermissionsDelete"]) == (True, False)


def test_a_deploy_goes_on_with_each_look(org: Org) -> None:
    """Pending, InProgress, Succeeded; nothing is in the org before the end."""
    id = begin(org, whole_package())
    looks = [status(org, id) for _ in range(4)]
    assert [each["status"] for each in looks] == ["Pending", "InProgress", "Succeeded", "Succeeded"]
    assert [each["done"] for each in looks] == ["false", "false", "true", "true"]
    assert looks[0]["id"] == id
    assert looks[2]["completedDate"] == "2026-11-02T09:00:00.000Z"


def test_without_details_there_are_no_messages(org: Org) -> None:
    """The numbers alone."""
    id = begin(org, whole_package())
    for _ in range(3):
        told = result(
            soap(org, f"<checkDeployStatus><asyncProcessId>{id}</asyncProcessId></checkDeployStatus>")
        )
    assert told["status"] == "Succeeded"
    assert "details" not in told


def test_a_check_changes_nothing(org: Org) -> None:
    """checkOnly tells what would happen; afterwards the org is as before, and the real deploy works."""
    told = deploy(org, whole_package(), checkOnly=True)
    assert (told["status"], told["checkOnly"], told["numberComponentErrors"]) == ("Succeeded", "true", "0")
    assert list_of(org, "CustomField") == list_of(org, "ListView") == list_of(org, "PermissionSet") == []
    assert org.query("SELECT COUNT() FROM PermissionSet WHERE Name = 'smarketing'")["totalSize"] == 0
    org.make("Lead", {"LastName": "Fay", "Company": "X"})
    assert deploy(org, whole_package())["status"] == "Succeeded"


def test_one_bad_component_undoes_all(org: Org) -> None:
    """rollbackOnError: the good ones are told as good, yet nothing stays."""
    files = whole_package()
    files["objects/Lead.object"] = document(
        "CustomObject", FIELD + KEY + VIEW.replace("LEAD.COMPANY", "Company")
    )
    told = deploy(org, files)
    assert (told["status"], told["success"], told["numberComponentErrors"]) == ("Failed", "false", "1")
    assert failures(told) == [("Lead.SMK_Late", "Could not resolve list view column: Company")]
    assert list_of(org, "CustomField") == list_of(org, "PermissionSet") == []


def test_a_failure_names_its_place(org: Org) -> None:
    """File, line, column, type: what a tool shows to the person who has to mend it."""
    files = whole_package()
    files["objects/Lead.object"] = document(
        "CustomObject", FIELD + KEY + VIEW.replace("LEAD.COMPANY", "Company")
    )
    failed = deploy(org, files)["details"]["componentFailures"]
    line = (
        files["objects/Lead.object"]
        .splitlines()
        .index("    <columns>FULL_NAME</columns><columns>Company</columns><columns>SMK_Stage__c</columns>")
    )
    assert failed["lineNumber"] == str(line + 1)
    assert failed["columnNumber"] == "33"
    assert (failed["componentType"], failed["fileName"]) == ("ListView", "objects/Lead.object")
    assert (failed["problemType"], failed["success"]) == ("Error", "false")


def test_as_much_as_goes(org: Org) -> None:
    """Without rollbackOnError the good components stay."""
    files = whole_package()
    files["permissionsets/smarketing.permissionset"] = document(
        "PermissionSet", SET.replace("Lead.SMK_Stage__c", "Lead.SMK_Nope__c")
    )
    told = deploy(org, files, rollbackOnError=False)
    assert told["status"] == "SucceededPartial"
    assert failures(told) == [("smarketing", "In field: field - no CustomField named Lead.SMK_Nope__c found")]
    assert list_of(org, "CustomField") == ["Lead.SMK_Stage__c", "Lead.SMK_Link__c"]
    assert list_of(org, "PermissionSet") == [], "the failed set left nothing behind"


def test_a_field_that_fails_halfway_is_not_there(org: Org) -> None:
    """Tasks keep no history: asking for it refuses the whole field, and it can be made again without."""
    field = "<fullName>SMK_A__c</fullName><label>A</label>{}<type>Date</type>"
    names = manifest({"CustomField": ["Task.SMK_A__c"]})
    for inner, end in (("<trackHistory>true</trackHistory>", "Failed"), ("", "Succeeded")):
        own = document("CustomObject", f"<fields>{field.format(inner)}</fields>")
        told = deploy(org, {"package.xml": names, "objects/Task.object": own}, rollbackOnError=False)
        assert told["status"] == end
        assert (list_of(org, "CustomField") == []) == (end == "Failed")


def test_production_takes_all_or_nothing(org: Org) -> None:
    """There rollbackOnError must be true."""
    organization = next(org.store.all("Organization"))
    org.store.db.update("Organization", str(organization["Id"]), {"IsSandbox": False})
    raw = base64.b64encode(zipped(whole_package())).decode()
    assert fault(soap(org, f"<deploy><ZipFile>{raw}</ZipFile></deploy>"))[0] == "sf:INVALID_OPERATION"
    assert deploy(org, whole_package())["status"] == "Succeeded"


def test_deploying_again_changes_what_is_there(org: Org) -> None:
    """A second version of the package: a new picklist value, a shorter permission set, a renamed view."""
    deploy(org, whole_package())
    assign(org)
    lead = org.make("Lead", {"LastName": "Fay", "Company": "X", "SMK_Stage__c": "mql"})
    files = whole_package()
    wider = FIELD.replace("sql</fullName>", "won</fullName>")
    files["objects/Lead.object"] = document(
        "CustomObject", wider + KEY + VIEW.replace("Late leads", "Waiting")
    )
    told = deploy(org, files)
    made = {each["fullName"]: each for each in many(told["details"]["componentSuccesses"])}
    assert (made["Lead.SMK_Stage__c"]["created"], made["Lead.SMK_Stage__c"]["changed"]) == ("false", "true")
    org.call("PATCH", f"/sobjects/Lead/{lead}", {"SMK_Stage__c": "won"})
    assert org.show("Lead", lead, "SMK_Stage__c")["SMK_Stage__c"] == "won"
    assert read(org, "ListView", "Lead.SMK_Late")["label"] == "Waiting"
    files["permissionsets/smarketing.permissionset"] = document("PermissionSet", "<label>empty</label>")
    deploy(org, files)
    assert described(org, "SMK_Stage__c") is None, "a set is replaced as a whole"


@pytest.mark.parametrize(
    ("members", "name", "problem"),
    [
        (
            {"CustomField": ["Lead.SMK_Stage__c", "Lead.SMK_Gone__c"]},
            "Lead.SMK_Gone__c",
            "An object 'Lead.SMK_Gone__c' of type CustomField was named in package.xml, "
            "but was not found in zipped directory",
        ),
        ({"CustomField": []}, "Lead.SMK_Stage__c", "Not in package.xml"),
        ({"Pipeline": ["X"]}, "Pipeline", "Unknown type name 'Pipeline' specified in package.xml"),
    ],
)
def test_package_xml_is_obeyed(org: Org, members: dict[str, list[str]], name: str, problem: str) -> None:
    """What it names must be there; what it does not name is refused."""
    files = {"package.xml": manifest(members), "objects/Lead.object": document("CustomObject", FIELD)}
    told = deploy(org, files)
    assert told["status"] == "Failed"
    assert (name, problem) in failures(told)
    assert list_of(org, "CustomField") == []


def test_options_that_forgive(org: Org) -> None:
    """allowMissingFiles and autoUpdatePackage: neither too much nor too little in the zip matters."""
    files = {
        "package.xml": manifest({"CustomField": ["Lead.SMK_Gone__c"]}),
        "objects/Lead.object": document("CustomObject", FIELD),
    }
    told = deploy(org, files, allowMissingFiles=True, autoUpdatePackage=True)
    assert told["status"] == "Succeeded"
    assert list_of(org, "CustomField") == ["Lead.SMK_Stage__c"]


def test_a_named_object_brings_its_children(org: Org) -> None:
    """CustomObject Lead in package.xml stands for all in its file."""
    files = {
        "package.xml": manifest({"CustomObject": ["Lead"]}),
        "objects/Lead.object": document("CustomObject", FIELD + VIEW),
    }
    assert deploy(org, files)["status"] == "Succeeded"
    assert list_of(org, "ListView") == ["Lead.SMK_Late"]
    assert "Lead" in list_of(org, "CustomObject")
    assert read(org, "CustomObject", "Lead")["fields"]["fullName"] == "SMK_Stage__c"


def test_where_package_xml_lies(org: Org) -> None:
    """At the top or in the only folder; without singlePackage every folder is a package of its own."""
    inside = {f"pkg/{path}": content for path, content in whole_package().items()}
    told = deploy(org, inside, checkOnly=True)
    assert told["status"] == "Succeeded"
    files = {each["fileName"] for each in many(told["details"]["componentSuccesses"])}
    assert "pkg/objects/Lead.object" in files
    told = deploy(org, whole_package(), singlePackage=False)
    assert ("package.xml", "No package.xml found") in failures(told)
    assert deploy(org, inside, singlePackage=False)["status"] == "Succeeded"


def test_taking_components_away(org: Org) -> None:
    """destructiveChanges.xml: fields go with values and permissions; what is not there is a warning."""
    deploy(org, whole_package())
    assign(org)
    gone = manifest(
        {"ListView": ["Lead.SMK_Late"], "CustomField": ["Lead.SMK_Stage__c", "Lead.SMK_Never__c"]}
    )
    files = {"package.xml": manifest({}), "destructiveChanges.xml": gone}
    told = deploy(org, files)
    assert told["status"] == "Failed"
    assert failures(told) == [("Lead.SMK_Never__c", "No CustomField named: Lead.SMK_Never__c found")]
    assert told["details"]["componentFailures"]["problemType"] == "Warning"
    assert described(org, "SMK_Stage__c") is not None
    told = deploy(org, files, ignoreWarnings=True)
    assert told["status"] == "Succeeded"
    assert list_of(org, "CustomField") == ["Lead.SMK_Link__c"]
    assert list_of(org, "ListView") == []
    assert org.query("SELECT COUNT() FROM FieldPermissions")["totalSize"] == 0


def test_a_deploy_can_be_canceled(org: Org) -> None:
    """A waiting one ends at once; one at work turns to Canceling first, and changes nothing."""
    id = begin(org, whole_package())
    assert result(soap(org, f"<cancelDeploy><String>{id}</String></cancelDeploy>"))["done"] == "true"
    assert status(org, id)["status"] == "Canceled"
    id = begin(org, whole_package())
    status(org, id)
    assert result(soap(org, f"<cancelDeploy><String>{id}</String></cancelDeploy>"))["done"] == "false"
    assert [status(org, id)["status"] for _ in range(2)] == ["Canceling", "Canceled"]
    assert list_of(org, "CustomField") == []
    assert fault(soap(org, f"<cancelDeploy><String>{id}</String></cancelDeploy>"))[0] == "sf:INVALID_ID_FIELD"


def test_layouts_and_dashboards(org: Org) -> None:
    """They are kept when all that they refer to is there."""
    files = whole_package()
    item = "<layoutItems><behavior>{}</behavior><field>{}</field></layoutItems>"
    items = "".join(
        item.format(*each)
        for each in (("Required", "LastName"), ("Required", "Company"), ("Required", "Status"))
    )
    files["layouts/Lead-SLA %28sales%29.layout"] = document(
        "Layout",
        "<layoutSections><label>SLA</label><layoutColumns>"
        + items
        + item.format("Edit", "SMK_Stage__c")
        + "</layoutColumns><style>OneColumn</style></layoutSections>",
    )
    files["dashboards/smarketing-meta.xml"] = document("DashboardFolder", "<name>smarketing</name>")
    shown = "<componentType>Bar</componentType><report>smarketing/Leads_by_stage</report>"
    part = f"<components>{shown}</components>"
    files["dashboards/smarketing/Both.dashboard"] = document(
        "Dashboard", f"<leftSection><columnSize>Wide</columnSize>{part}</leftSection><title>Both</title>"
    )
    files["package.xml"] = manifest(
        {
            "CustomObject": ["Lead"],
            "PermissionSet": ["*"],
            "Report": ["smarketing", "smarketing/Leads_by_stage"],
            "Layout": ["Lead-SLA (sales)"],
            "Dashboard": ["smarketing", "smarketing/Both"],
        }
    )
    assert failures(deploy(org, files)) == []
    assert list_of(org, "Layout") == ["Lead-SLA (sales)"]
    assert list_of(org, "Dashboard", "smarketing") == ["smarketing/Both"]


def test_history_is_switched_on_by_metadata(org: Org) -> None:
    """trackHistory in a deployed field, also a standard one."""
    standard = "<fields><fullName>Title</fullName><trackHistory>true</trackHistory></fields>"
    files = {
        "package.xml": manifest({"CustomField": ["Lead.Title"]}),
        "objects/Lead.object": document("CustomObject", standard),
    }
    assert failures(deploy(org, files)) == []
    lead = org.make("Lead", {"LastName": "Fay", "Company": "X", "Title": "CEO"})
    org.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CFO"})
    rows = org.query("SELECT Field, NewValue FROM LeadHistory ORDER BY Id")["records"]
    assert [(row["Field"], row["NewValue"]) for row in rows] == [("created", None), ("Title", "CFO")]


def test_retrieving_what_was_deployed(org: Org) -> None:
    """retrieve() gives files that can be deployed into another org."""
    deploy(org, whole_package())
    members = {"CustomField": ["Lead.SMK_Stage__c"], "ListView": ["Lead.SMK_Late"], "PermissionSet": ["*"]}
    members["Report"] = ["smarketing", "smarketing/Leads_by_stage", "smarketing/Nope"]
    types = manifest(members).partition(">\n")[2].partition(">")[2].removesuffix("</Package>")
    asked = (
        f"<apiVersion>64.0</apiVersion><singlePackage>true</singlePackage><unpackaged>{types}</unpackaged>"
    )
    id = result(soap(org, f"<retrieve><retrieveRequest>{asked}</retrieveRequest></retrieve>"))["id"]
    look = f"<checkRetrieveStatus><asyncProcessId>{id}</asyncProcessId></checkRetrieveStatus>"
    told = [result(soap(org, look)) for _ in range(3)]
    assert [each["status"] for each in told] == ["Pending", "InProgress", "Succeeded"]
    assert "smarketing/Nope" in told[2]["messages"]["problem"]
    raw = base64.b64decode(told[2]["zipFile"])
    org.store.reset()
    org.session.headers["Authorization"] = f"Bearer {org.store.new_token()}"
    body = f"<deploy><ZipFile>{base64.b64encode(raw).decode()}</ZipFile><DeployOptions><singlePackage>true"
    id = result(soap(org, f"{body}</singlePackage></DeployOptions></deploy>"))["id"]
    told = [status(org, id) for _ in range(3)]
    assert failures(told[2]) == []
    assert list_of(org, "Report", "smarketing") == ["smarketing/Leads_by_stage"]
