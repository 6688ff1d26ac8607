"""Packages for the Metadata API, and the calls that deploy them."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import requests
from salesforce_org import VERSION, Org

METADATA = "http://soap.sforce.com/2006/04/metadata"
PARTNER = "urn:partner.soap.sforce.com"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

FIELD = """
  <fields>
    <fullName>SMK_Stage__c</fullName><label>Stage</label><type>Picklist</type>
    <valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
      <value><fullName>mql</fullName><default>false</default><label>MQL</label></value>
      <value><fullName>sql</fullName><default>false</default><label>SQL</label></value>
    </valueSetDefinition></valueSet>
  </fields>"""
KEY = """
  <fields>
    <fullName>SMK_Link__c</fullName><caseSensitive>false</caseSensitive><externalId>true</externalId>
    <label>Link</label><length>40</length><type>Text</type><unique>true</unique>
  </fields>"""
VIEW = """
  <listViews>
    <fullName>SMK_Late</fullName>
    <columns>FULL_NAME</columns><columns>LEAD.COMPANY</columns><columns>SMK_Stage__c</columns>
    <filterScope>Everything</filterScope>
    <filters><field>SMK_Stage__c</field><operation>equals</operation><value>mql</value></filters>
    <label>Late leads</label>
  </listViews>"""
SET = """
  <fieldPermissions><editable>true</editable><field>Lead.SMK_Stage__c</field><readable>true</readable>
  </fieldPermissions>
  <label>smarketing</label>
  <objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete>
    <allowEdit>true</allowEdit><allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords>
    <object>Lead</object><viewAllRecords>false</viewAllRecords></objectPermissions>"""
REPORT = """
  <columns><field>LAST_NAME</field></columns><columns><field>Lead.SMK_Stage__c</field></columns>
  <format>Summary</format><groupingsDown><dateGranularity>None</dateGranularity>
  <field>LEAD_SOURCE</field><sortOrder>Asc</sortOrder></groupingsDown>
  <name>Leads by stage</name><reportType>LeadList</reportType><scope>org</scope>"""
FOLDER = "<name>smarketing</name><publicFolderAccess>ReadOnly</publicFolderAccess>"


def document(root: str, inner: str) -> str:
    """A metadata file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{METADATA}">{inner}</{root}>'


def manifest(members: Mapping[str, list[str]], version: str = VERSION) -> str:
    """A package.xml."""
    types = "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{type}</name></types>"
        for type, names in members.items()
    )
    return document("Package", f"{types}<version>{version}</version>")


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in files.items():
            made.writestr(path, content)
    return raw.getvalue()


def whole_package() -> dict[str, str]:
    """Fields, a list view, a permission set and a report in a folder."""
    return {
        "package.xml": manifest(
            {
                "CustomField": ["Lead.SMK_Stage__c", "Lead.SMK_Link__c"],
                "ListView": ["Lead.SMK_Late"],
                "PermissionSet": ["smarketing"],
                "Report": ["smarketing", "smarketing/Leads_by_stage"],
            }
        ),
        "objects/Lead.object": document("CustomObject", FIELD + KEY + VIEW),
        "permissionsets/smarketing.permissionset": document("PermissionSet", SET),
        "reports/smarketing-meta.xml": document("ReportFolder", FOLDER),
        "reports/smarketing/Leads_by_stage.report": document("Report", REPORT),
    }


def soap(
    org: Org,
    body: str,
    path: str = f"/services/Soap/m/{VERSION}",
    namespace: str = METADATA,
    session: str | None = None,
    header: str = "",
    **more: Any,
) -> requests.Response:
    """A raw SOAP call with the org's session."""
    token = org.session.headers["Authorization"].removeprefix("Bearer ") if session is None else session  # type: ignore[union-attr]
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}" xmlns:xsi="{XSI}">'
        f'<e:Header xmlns="{namespace}"><SessionHeader><sessionId>{token}</sessionId></SessionHeader>{header}'
        f'</e:Header><e:Body xmlns="{namespace}">{body}</e:Body></e:Envelope>'
    )
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    return requests.post(org.url + path, text.encode(), timeout=20, **{"headers": headers, **more})


def plain(element: ElementTree.Element) -> Any:
    """An element as text, or a dict whose repeated children are lists."""
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for each in element:
        name = each.tag.rpartition("}")[2]
        value = plain(each)
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = value
    return found


def result(answer: requests.Response) -> Any:
    """The `result` of an answer that must have gone well; None when it has none."""
    assert answer.status_code == 200, answer.text
    body = ElementTree.fromstring(answer.text).find(f"{{{ENVELOPE}}}Body")
    assert body is not None
    return (plain(body[0]) or {}).get("result")


def fault(answer: requests.Response) -> tuple[str, str]:
    """(faultcode, faultstring) of HTTP 500."""
    assert answer.status_code == 500, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    found = ElementTree.fromstring(answer.text).find(f".//{{{ENVELOPE}}}Fault")
    assert found is not None
    return str(found.findtext("faultcode")), str(found.findtext("faultstring"))


def many(value: Any) -> list[Any]:
    """What may be absent, one or a list, as a list."""
    return [] if value in (None, "") else value if isinstance(value, list) else [value]


def begin(org: Org, files: Mapping[str, str | bytes], **options: Any) -> str:
    """Starts a deploy; returns its id."""
    chosen = {"singlePackage": True, "rollbackOnError": True, **options}
    told = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in chosen.items())
    raw = base64.b64encode(zipped(files)).decode()
    body = f"<deploy><ZipFile>{raw}</ZipFile><DeployOptions>{told}</DeployOptions></deploy>"
    return str(result(soap(org, body))["id"])


def status(org: Org, id: str) -> Any:
    """One look at a deploy, with details."""
    body = f"<asyncProcessId>{id}</asyncProcessId><includeDetails>true</includeDetails>"
    return result(soap(org, f"<checkDeployStatus>{body}</checkDeployStatus>"))


def deploy(org: Org, files: Mapping[str, str | bytes], **options: Any) -> Any:
    """A deploy to its end."""
    id = begin(org, files, **options)
    for _ in range(5):
        told = status(org, id)
        if told["done"] == "true":
            return told
    raise AssertionError(f"the deploy does not end: {told}")


def failures(told: Any) -> list[tuple[str, str]]:
    """(full name, problem) of each component failure."""
    return [(each["fullName"], each["problem"]) for each in many(told["details"].get("componentFailures"))]


def list_of(org: Org, type: str, folder: str = "") -> list[str]:
    """The full names that listMetadata tells."""
    asked = f"<queries>{f'<folder>{folder}</folder>' if folder else ''}<type>{type}</type></queries>"
    body = f"<listMetadata>{asked}<asOfVersion>{VERSION}</asOfVersion></listMetadata>"
    return [each["fullName"] for each in many(result(soap(org, body)))]


def read(org: Org, type: str, name: str) -> Any:
    """The record that readMetadata tells; empty text when there is none."""
    body = f"<readMetadata><type>{type}</type><fullNames>{name}</fullNames></readMetadata>"
    return result(soap(org, body))["records"]
