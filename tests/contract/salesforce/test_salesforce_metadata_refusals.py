"""Deploys that are refused: components and packages with one thing wrong."""

from __future__ import annotations

import base64

import pytest
from salesforce_metadata import (
    FIELD,
    KEY,
    REPORT,
    VIEW,
    deploy,
    document,
    failures,
    fault,
    list_of,
    manifest,
    result,
    soap,
    status,
)
from salesforce_org import Org

SEEN = "<filterScope>Everything</filterScope><label>A</label>"
LABEL = "<label>A</label>"


def opening(element: str, **values: str) -> str:
    """A permission set that opens one thing."""
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<{element}>{inner}</{element}>{LABEL}"


@pytest.mark.parametrize(
    ("full_name", "inner", "problem"),
    [
        ("Lead.A__c", "<label>A</label><type>Date</type><typo>1</typo>", "typo"),
        ("Lead.A__c", "<type>Date</type>", "label"),
        ("Lead.A__c", "<label>A</label><type>Blob</type>", "Blob"),
        ("Lead.A__c", "<formula>1</formula><label>A</label><type>Checkbox</type>", "Formula"),
        ("Lead.A__c", "<label>A</label><length>x</length><type>Text</type>", "xsd:int"),
        ("Lead.A", "<label>A</label><type>Date</type>", "must end with: __c"),
        ("Person.A__c", "<label>A</label><type>Date</type>", "Person"),
    ],
)
def test_fields_that_are_refused(org: Org, full_name: str, inner: str, problem: str) -> None:
    """Each with the one thing that is wrong, and nothing is kept."""
    refused(org, "CustomField", full_name, child("fields", full_name, inner), problem)


@pytest.mark.parametrize(
    ("full_name", "inner", "problem"),
    [
        ("Lead.A", "<filterScope>Everything</filterScope>", "label"),
        ("Lead.A", f"<filterScope>All</filterScope>{LABEL}", "enum 'FilterScope'"),
        ("Lead.A", f"<filterScope>Mine</filterScope>{LABEL}", "Invalid scope:Mine"),
        ("Lead.A", f"<columns>SMK_Stage__c</columns>{SEEN}", "SMK_Stage__c"),
        ("Lead.A", f"<filters><field>LEAD.CITY</field><operation>is</operation></filters>{SEEN}", "'is'"),
        ("Lead.A b", SEEN, "fullName"),
    ],
)
def test_list_views_that_are_refused(org: Org, full_name: str, inner: str, problem: str) -> None:
    """A label, a scope that exists, columns by their codes."""
    refused(org, "ListView", full_name, child("listViews", full_name, inner), problem)


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ("<description>d</description>", "label"),
        (
            opening("fieldPermissions", editable="true", field="Lead.LastName"),
            "required field: Lead.LastName",
        ),
        (opening("fieldPermissions", editable="true", field="Lead.SystemModstamp"), "not editable"),
        (opening("objectPermissions", allowEdit="true", object="Lead"), "depends on"),
        (opening("objectPermissions", allowRead="true", object="Person"), "Person"),
        (opening("classAccesses", apexClass="B", enabled="true"), "no ApexClass named B"),
    ],
)
def test_permission_sets_that_are_refused(org: Org, inner: str, problem: str) -> None:
    """They open only what is there and can be opened."""
    refused(
        org,
        "PermissionSet",
        "A",
        {"permissionsets/A.permissionset": document("PermissionSet", inner)},
        problem,
    )


@pytest.mark.parametrize(
    ("type", "path", "inner", "problem"),
    [
        ("Report", "reports/smk/A.report", REPORT, "Cannot find folder:smk"),
        ("Report", "reports/unfiled$public/A.report", REPORT, "Lead.SMK_Stage__c"),
        ("Report", "reports/unfiled$public/A.report", REPORT.replace("LeadList", "Leads"), "type: Leads"),
        ("Layout", "layouts/Lead-A.layout", "", "LastName"),
        ("Dashboard", "dashboards/smk/A.dashboard", "<title>A</title>", "folder:smk"),
        ("ApexClass", "classes/A.cls", "", "No metadata file"),
    ],
)
def test_documents_that_are_refused(org: Org, type: str, path: str, inner: str, problem: str) -> None:
    """Reports, layouts, dashboards and classes that lack what they stand on."""
    name = path.partition("/")[2].rpartition(".")[0]
    refused(org, type, name, {path: document(type, inner)}, problem)


def child(tag: str, full_name: str, inner: str) -> dict[str, str]:
    """The file of an object with one child."""
    object_name, _, name = full_name.partition(".")
    own = f"<{tag}><fullName>{name}</fullName>{inner}</{tag}>"
    return {f"objects/{object_name}.object": document("CustomObject", own)}


def refused(org: Org, type: str, name: str, files: dict[str, str], problem: str) -> None:
    """Deploys one component, which must fail for this reason and leave nothing."""
    told = deploy(org, {"package.xml": manifest({type: [name]}), **files})
    assert [each[0] for each in failures(told)] == [name]
    assert problem in failures(told)[0][1]
    assert list_of(org, type, name.partition("/")[0] if type in ("Report", "Dashboard") else "") == []


SET_PATH = "permissionsets/A.permissionset"
NAMES_SET = manifest({"PermissionSet": ["A"]})
NAMES_LEAD = manifest({"CustomObject": ["Lead"]})


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "No package.xml found"),
        ({"package.xml": "<Package"}, "Error parsing file"),
        ({"package.xml": '<!DOCTYPE a [<!ENTITY b "c">]><Package>&b;</Package>'}, "document type"),
        ({"package.xml": manifest({}, "99.0")}, "Invalid version specified: 99.0"),
        ({"package.xml": manifest({}), "flows/A.flow": "x"}, "Unknown folder"),
        ({"package.xml": NAMES_SET, SET_PATH: "x"}, "parsing"),
        ({"package.xml": NAMES_SET, SET_PATH: "<PermissionSet/>"}, "is not"),
        (
            {
                "package.xml": NAMES_LEAD,
                "objects/Lead.object": document("CustomObject", FIELD + VIEW + KEY),
            },
            "fields is duplicated",
        ),
    ],
)
def test_packages_that_are_broken(org: Org, files: dict[str, str], problem: str) -> None:
    """The deploy fails with a message, the server does not."""
    told = deploy(org, files)
    assert told["status"] == "Failed"
    assert problem in failures(told)[0][1]


def test_a_zip_that_is_none(org: Org) -> None:
    """The deploy ends with an error of its own; text that is not base64 is a fault at once."""
    raw = base64.b64encode(b"PK no zip").decode()
    id = result(soap(org, f"<deploy><ZipFile>{raw}</ZipFile></deploy>"))["id"]
    told = [status(org, id) for _ in range(3)][-1]
    assert (told["status"], told["errorStatusCode"]) == ("Failed", "UNKNOWN_EXCEPTION")
    assert fault(soap(org, "<deploy><ZipFile>!</ZipFile></deploy>"))[0] == "soapenv:Client"


def test_too_many_files(org: Org) -> None:
    """10,000 files are the limit."""
    files = {f"classes/A{number}.txt": "" for number in range(10_001)}
    told = deploy(org, files)
    assert (told["status"], told["errorStatusCode"]) == ("Failed", "LIMIT_EXCEEDED")
