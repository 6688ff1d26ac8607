"""simple-salesforce and installing: packages that are deployed, fields by name, by the Tooling API."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from ground.base import Ground
from ground.fields import make_field
from ground.salesforce import SalesforceGround
from ground.tag import MARK, Tag
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


def document(root: str, inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>'


def zipped(files: Mapping[str, str]) -> io.BytesIO:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as made:
        for path, text in files.items():
            made.writestr(path, text)
    raw.seek(0)
    return raw


def manifest(**members: str) -> str:
    types = "".join(
        f"<types><members>{name}</members><name>{kind}</name></types>" for kind, name in members.items()
    )
    return document("Package", f"{types}<version>64.0</version>")


class Package:
    """A field of Lead, and the permission set that opens it."""

    def __init__(self, tag: Tag) -> None:
        self.field = f"{MARK}_{tag.name().split('_', 1)[1]}__c"
        self.label = tag.text()
        self.set = self.label.replace(" ", "_")
        kind = "<type>Text</type><length>20</length>"
        field = f"<fields><fullName>{self.field}</fullName><label>Link</label>{kind}</fields>"
        opened = f"<editable>true</editable><field>Lead.{self.field}</field><readable>true</readable>"
        permissions = f"<fieldPermissions>{opened}</fieldPermissions><label>{self.label}</label>"
        self.files = {
            "package.xml": manifest(CustomField=f"Lead.{self.field}", PermissionSet=self.set),
            "objects/Lead.object": document("CustomObject", field),
            f"permissionsets/{self.set}.permissionset": document("PermissionSet", permissions),
        }


def deployed(ground: Ground, salesforce: SalesforceGround, files: Mapping[str, str], **options: Any) -> Any:
    """A deploy to its end, as checkDeployStatus tells it."""
    installer = salesforce.client(salesforce.api.session_id)
    sent = installer.deploy(zipped(files), sandbox=True, rollbackOnError=True, **options)
    return ground.eventually(
        lambda: installer.checkDeployStatus(sent["asyncId"]),
        lambda told: told["state"] in ("Succeeded", "Failed", "SucceededPartial", "Canceled"),
    )


def fields_of_lead(salesforce: SalesforceGround) -> set[str]:
    return {each["name"] for each in salesforce.api.Lead.describe()["fields"]}


def test_one_package_installs_a_field_and_the_permission_to_see_it(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    """The field is there for nobody until the permission set is assigned."""
    package, api = Package(tag), salesforce.api
    told = deployed(ground, salesforce, package.files)
    assert (told["state"], told["deployment_detail"]["errors"]) == ("Succeeded", [])
    (found,) = api.query(f"SELECT Id FROM PermissionSet WHERE Name = '{package.set}'")["records"]
    user = api.oauth2("userinfo")["user_id"]
    api.PermissionSetAssignment.create({"PermissionSetId": found["Id"], "AssigneeId": user})
    assert package.field in ground.eventually(
        lambda: fields_of_lead(salesforce), lambda names: package.field in names
    )
    lead = {"LastName": tag.text(), "Company": "Zonen", package.field: "k1"}
    assert api.Lead.get(api.Lead.create(lead)["id"])[package.field] == "k1"


def test_a_package_is_only_checked(ground: Ground, salesforce: SalesforceGround, tag: Tag) -> None:
    package = Package(tag)
    told = deployed(ground, salesforce, package.files, checkOnly=True)
    assert told["state"] == "Succeeded"
    soql = f"SELECT Id FROM PermissionSet WHERE Name = '{package.set}'"
    assert salesforce.api.query(soql)["totalSize"] == 0


def test_a_package_with_a_mistake_changes_nothing(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    """The permission set opens a field that the package does not bring."""
    package = Package(tag)
    files = {**package.files, "package.xml": manifest(PermissionSet=package.set)}
    del files["objects/Lead.object"]
    told = deployed(ground, salesforce, files)
    assert told["state"] == "Failed"
    assert package.field in str(told["deployment_detail"]["errors"])
    soql = f"SELECT Id FROM PermissionSet WHERE Name = '{package.set}'"
    assert salesforce.api.query(soql)["totalSize"] == 0


def test_a_field_is_made_read_changed_and_deleted_by_name(salesforce: SalesforceGround, tag: Tag) -> None:
    """The client's own types, through zeep, whose session has to be told to be careful."""
    api, name = salesforce.api.mdapi, f"Lead.{MARK}_{tag.name().split('_', 1)[1]}__c"
    api._client.transport.session = salesforce.session
    fields = api.CustomField
    fields.create([fields(fullName=name, label="Link", type="Text", length=20)])
    found = fields.read(name)
    assert (found.label, found.type, int(found.length)) == ("Link", "Text", 20)
    found.label = "Key"
    fields.update(found)
    assert fields.read(name).label == "Key"
    fields.delete([name])
    assert getattr(fields.read(name), "fullName", None) is None


@pytest.mark.simulated_only("shows a mistake of the client, not of the CRM")
@pytest.mark.without_faults("counts on the very next answer")
def test_after_a_deploy_the_client_calls_its_json_xml(salesforce: SalesforceGround, tag: Tag) -> None:
    """It keeps the headers of its SOAP call: who installs and then writes needs two clients."""
    installer, package = salesforce.client(salesforce.api.session_id), Package(tag)
    installer.deploy(zipped(package.files), sandbox=True, checkOnly=True)
    with pytest.raises(SalesforceGeneralError) as refused:
        installer.toolingexecute("sobjects/CustomField", method="POST", data={})
    assert refused.value.status == 415


def test_a_field_that_the_tooling_api_made_is_there(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    name = make_field(ground, salesforce, "Lead", {"type": "Text", "length": 20})
    lead = salesforce.api.Lead.create({"LastName": tag.text(), "Company": "x", name: "k1"})["id"]
    assert salesforce.api.Lead.get(lead)[name] == "k1"


def test_a_field_of_no_type_is_refused(salesforce: SalesforceGround, tag: Tag) -> None:
    name = f"Lead.{MARK}_{tag.name().split('_', 1)[1]}__c"
    body = {"FullName": name, "Metadata": {"label": "x", "type": "Unicorn"}}
    with pytest.raises(SalesforceMalformedRequest):
        salesforce.api.toolingexecute("sobjects/CustomField", method="POST", data=body)


@pytest.mark.simulated_only("needs an Apex class of ours in the org")
def test_a_lead_is_converted_by_an_apex_class(ground: Ground, salesforce: SalesforceGround, tag: Tag) -> None:
    """`apexecute` reaches what an admin installed; without it there is nothing at that address."""
    api, asked = salesforce.api, {"convertedStatus": "Closed - Converted", "doNotCreateOpportunity": True}
    lead = api.Lead.create({"LastName": tag.text(), "Company": "Zonen"})["id"]
    body = {"leads": [{**asked, "leadId": lead}]}
    with pytest.raises(SalesforceResourceNotFound):
        api.apexecute("smarketing/convert", method="POST", data=body)
    assert ground.simulated is not None
    ground.simulated.control("salesforce", "POST", "/settings", {"apex_convert": True})
    try:
        (result,) = api.apexecute("smarketing/convert", method="POST", data=body)
    finally:
        ground.simulated.control("salesforce", "POST", "/settings", {"apex_convert": False})
    assert result["success"] is True
    assert api.Lead.get(lead)["ConvertedContactId"] == result["contactId"]
