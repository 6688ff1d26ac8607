"""Installing fields: the Tooling API makes them, permission sets make them visible."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import TEXT_KEY, Org, problem

TOOLING = "/tooling/sobjects/CustomField"
LEAD = {"LastName": "Fay", "Company": "Fay BV"}


def value_set(*values: str, restricted: bool = True) -> dict[str, object]:
    """A picklist's metadata."""
    listed = [{"fullName": value, "label": value.title(), "default": False} for value in values]
    return {"restricted": restricted, "valueSetDefinition": {"sorted": False, "value": listed}}


STAGE = {"label": "Stage", "type": "Picklist", "valueSet": value_set("mql", "sql")}


def described(org: Org, name: str, type: str = "Lead") -> dict[str, Any] | None:
    """The field as describe shows it, or None."""
    fields = org.call("GET", f"/sobjects/{type}/describe").json()["fields"]
    return next((field for field in fields if field["name"] == name), None)


def test_a_new_field_is_invisible_until_it_is_granted(org: Org) -> None:
    """Describe, SOQL and writes do not know it, even for the user who made it."""
    org.add_field("Lead.SMK_Stage__c", STAGE, grant=False)
    assert described(org, "SMK_Stage__c") is None
    assert org.query("SELECT SMK_Stage__c FROM Lead")[0]["errorCode"] == "INVALID_FIELD"
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "SMK_Stage__c": "mql"}))
    assert refused == (400, "INVALID_FIELD", "No such column 'SMK_Stage__c' on sobject of type Lead")
    org.grant("Lead.SMK_Stage__c")
    shown = described(org, "SMK_Stage__c")
    assert shown is not None
    assert (shown["createable"], shown["updateable"], shown["custom"]) == (True, True, True)
    lead = org.make("Lead", {**LEAD, "SMK_Stage__c": "mql"})
    assert org.query("SELECT Id FROM Lead WHERE SMK_Stage__c = 'mql'")["records"][0]["Id"] == lead


def test_read_without_edit(org: Org) -> None:
    """A field that may only be read refuses writes by name."""
    org.add_field("Lead.SMK_Stage__c", STAGE, grant=False)
    permission = org.grant("Lead.SMK_Stage__c", edit=False)
    shown = described(org, "SMK_Stage__c")
    assert shown is not None
    assert not shown["updateable"]
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "SMK_Stage__c": "mql"}))
    assert refused[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    org.call("PATCH", f"/sobjects/FieldPermissions/{permission}", {"PermissionsEdit": True})
    org.make("Lead", {**LEAD, "SMK_Stage__c": "mql"})
    org.call("DELETE", f"/sobjects/FieldPermissions/{permission}")
    assert described(org, "SMK_Stage__c") is None


def test_a_permission_set_counts_only_when_assigned(org: Org) -> None:
    """Fields granted by a set that nobody has stay invisible."""
    org.add_field("Lead.Link__c", TEXT_KEY, grant=False)
    parent = org.make("PermissionSet", {"Name": "other", "Label": "Other"})
    grant = {"ParentId": parent, "SobjectType": "Lead", "Field": "Lead.Link__c", "PermissionsRead": True}
    org.make("FieldPermissions", {**grant, "PermissionsEdit": True})
    assert described(org, "Link__c") is None
    org.make("PermissionSetAssignment", {"PermissionSetId": parent, "AssigneeId": org.store.user})
    assert described(org, "Link__c") is not None


def test_many_permissions_in_one_call(org: Org) -> None:
    """Field permissions are ordinary records: collections take 200 of them."""
    names = [f"Lead.SMK_F{i}__c" for i in range(5)]
    for name in names:
        org.add_field(name, {"label": "F", "type": "Date"}, grant=False)
    parent = org.make("PermissionSet", {"Name": "smarketing", "Label": "smarketing"})
    org.make("PermissionSetAssignment", {"PermissionSetId": parent, "AssigneeId": org.store.user})
    records = [
        {
            "attributes": {"type": "FieldPermissions"},
            "ParentId": parent,
            "SobjectType": "Lead",
            "Field": name,
            "PermissionsRead": True,
            "PermissionsEdit": True,
        }
        for name in [*names, "Lead.SMK_Nope__c", names[0]]
    ]
    results = org.call("POST", "/composite/sobjects", {"records": records}).json()
    assert [each["success"] for each in results] == [True] * 5 + [False, False]
    assert results[5]["errors"][0]["statusCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert results[6]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert all(described(org, name.split(".")[1]) for name in names)


@pytest.mark.parametrize(
    ("metadata", "type", "given", "kept"),
    [
        ({"type": "Text", "length": 10}, "string", " a ", "a"),
        ({"type": "TextArea"}, "textarea", "a\nb", "a\nb"),
        ({"type": "LongTextArea", "length": 1000, "visibleLines": 3}, "textarea", "a" * 900, "a" * 900),
        ({"type": "Number", "precision": 5, "scale": 1}, "double", 1.25, 1.3),
        ({"type": "Currency", "precision": 18, "scale": 2}, "currency", "9.99", 9.99),
        ({"type": "Percent", "precision": 3, "scale": 0}, "percent", 50, 50.0),
        ({"type": "Checkbox", "defaultValue": "false"}, "boolean", True, True),
        ({"type": "Date"}, "date", "2026-11-02", "2026-11-02"),
        ({"type": "DateTime"}, "datetime", "2026-11-02T10:00:00.750+01:00", "2026-11-02T09:00:00.000+0000"),
        ({"type": "DateTime"}, "datetime", "2026-11-02T09:00:00Z", "2026-11-02T09:00:00.000+0000"),
        ({"type": "Email"}, "email", "a@b.example", "a@b.example"),
        ({"type": "Url"}, "url", "b.example", "b.example"),
        ({"type": "Picklist", "valueSet": value_set("mql", "sql")}, "picklist", "SQL", "sql"),
        ({"type": "Picklist", "valueSet": value_set("mql", restricted=False)}, "picklist", "new", "new"),
        (
            {"type": "MultiselectPicklist", "visibleLines": 3, "valueSet": value_set("a", "b", "c")},
            "multipicklist",
            "c;a;c",
            "a;c",
        ),
    ],
    ids=lambda value: str(value.get("type")) if isinstance(value, dict) else None,
)
def test_field_types(org: Org, metadata: dict[str, object], type: str, given: object, kept: object) -> None:
    """Each type is described as such and stores its values in its own way."""
    org.add_field("Lead.SMK_X__c", {"label": "X", **metadata})
    shown = described(org, "SMK_X__c")
    assert shown is not None
    assert shown["type"] == type
    lead = org.make("Lead", {**LEAD, "SMK_X__c": given})
    assert org.show("Lead", lead, "SMK_X__c")["SMK_X__c"] == kept
    assert org.query("SELECT SMK_X__c FROM Lead")["records"][0]["SMK_X__c"] == kept


@pytest.mark.parametrize(
    ("full_name", "metadata", "code"),
    [
        ("Lead.SMK_X__c", {"label": "X", "type": "Blob"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"type": "Date"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"label": "X", "type": "Text"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"label": "X", "type": "Text", "length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"label": "X", "type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"label": "X", "type": "Number"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"label": "X", "type": "Picklist"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X__c", {"label": "X", "type": "LongTextArea", "length": 10}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.SMK_X", {"label": "X", "type": "Date"}, "INVALID_FULL_NAME"),
        ("Lead.1X__c", {"label": "X", "type": "Date"}, "INVALID_FULL_NAME"),
        ("Lead." + "x" * 41 + "__c", {"label": "X", "type": "Date"}, "INVALID_FULL_NAME"),
        ("Person.SMK_X__c", {"label": "X", "type": "Date"}, "INVALID_TYPE"),
    ],
)
def test_fields_that_cannot_be_made(org: Org, full_name: str, metadata: dict[str, object], code: str) -> None:
    """Nothing is added."""
    answer = org.call("POST", TOOLING, {"FullName": full_name, "Metadata": metadata})
    assert problem(answer)[:2] == (400, code)
    listed = org.call("GET", "/tooling/query", params={"q": "SELECT Id FROM CustomField"}).json()
    assert listed["totalSize"] == 0


def test_a_field_twice(org: Org) -> None:
    """The second is refused, in whatever case it is spelled."""
    org.add_field("Lead.SMK_Stage__c", STAGE)
    answer = org.call("POST", TOOLING, {"FullName": "Lead.smk_stage__c", "Metadata": STAGE})
    text = "There is already a field named smk_stage on Lead."
    assert problem(answer) == (400, "DUPLICATE_DEVELOPER_NAME", text)


def test_finding_changing_and_deleting_a_field(org: Org) -> None:
    """The Tooling API lists it, adds a value, and takes it away with all its values."""
    field = org.add_field("Lead.SMK_Stage__c", STAGE)
    soql = "SELECT Id, DeveloperName, TableEnumOrId FROM CustomField WHERE TableEnumOrId = 'Lead'"
    found = org.call("GET", "/tooling/query", params={"q": soql}).json()
    assert [(r["Id"], r["DeveloperName"]) for r in found["records"]] == [(field, "SMK_Stage")]
    assert org.call("GET", f"{TOOLING}/{field}").json()["Metadata"] == STAGE
    assert problem(org.call("POST", "/sobjects/Lead", {**LEAD, "SMK_Stage__c": "won"}))[0] == 400
    wider = {**STAGE, "valueSet": value_set("mql", "sql", "won")}
    assert org.call("PATCH", f"{TOOLING}/{field}", {"Metadata": wider}).status_code == 204
    org.make("Lead", {**LEAD, "SMK_Stage__c": "won"})
    assert org.call("DELETE", f"{TOOLING}/{field}").status_code == 204
    assert described(org, "SMK_Stage__c") is None
    assert org.query("SELECT COUNT() FROM FieldPermissions")["totalSize"] == 0
    org.add_field("Lead.SMK_Stage__c", STAGE)
    assert org.query("SELECT SMK_Stage__c FROM Lead")["records"][0]["SMK_Stage__c"] is None


def test_a_new_checkbox_is_off_on_old_records(org: Org) -> None:
    """Checkboxes are never blank."""
    lead = org.make("Lead", LEAD)
    org.add_field("Lead.SMK_Flag__c", {"label": "F", "type": "Checkbox", "defaultValue": False})
    assert org.show("Lead", lead, "SMK_Flag__c")["SMK_Flag__c"] is False


def test_an_external_id_that_minds_the_case(org: Org) -> None:
    """caseSensitive keys that differ in case are two keys."""
    org.add_field("Lead.Link__c", {**TEXT_KEY, "caseSensitive": True})
    first = org.make("Lead", {**LEAD, "Link__c": "k"})
    org.make("Lead", {**LEAD, "Link__c": "K"})
    assert [r["Id"] for r in org.query("SELECT Id FROM Lead WHERE Link__c = 'k'")["records"]] == [first]


def test_multi_select_picklists_are_searched_by_value(org: Org) -> None:
    """INCLUDES with a semicolon wants all of them; EXCLUDES finds blank ones too."""
    values = value_set("a", "b", "c")
    org.add_field(
        "Lead.Tags__c", {"label": "T", "type": "MultiselectPicklist", "visibleLines": 3, "valueSet": values}
    )
    for name, tags in (("L1", "a;b"), ("L2", "b;c"), ("L3", None)):
        org.make("Lead", {"LastName": name, "Company": "X", "Tags__c": tags})

    def found(condition: str) -> list[str]:
        soql = f"SELECT LastName FROM Lead WHERE Tags__c {condition} ORDER BY LastName"
        return [record["LastName"] for record in org.query(soql)["records"]]

    assert found("INCLUDES ('a')") == ["L1"]
    assert found("INCLUDES ('a;b', 'c')") == ["L1", "L2"]
    assert found("EXCLUDES ('a', 'c')") == ["L3"]
    assert found("= 'a;b'") == ["L1"]
    assert org.query("SELECT Id FROM Lead ORDER BY Tags__c")[0]["errorCode"] == "INVALID_FIELD"


def test_twenty_five_external_ids_per_object(org: Org) -> None:
    """The 26th is refused."""
    for number in range(25):
        org.add_field(f"Task.K{number}__c", TEXT_KEY, grant=False)
    answer = org.call("POST", TOOLING, {"FullName": "Task.K25__c", "Metadata": TEXT_KEY})
    assert problem(answer)[:2] == (400, "LIMIT_EXCEEDED")
