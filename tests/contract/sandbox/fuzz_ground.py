"""What the fuzz finds in the simulated CRMs: something of each kind that a route may ask for."""

import base64
import io
import zipfile
from typing import Any

import requests
from fuzz_examples import HUBSPOT, OBJECT, PACKAGE, SALESFORCE
from sandbox_crms import Crms

SF = "/services/data/v64.0"
THINGS: dict[str, tuple[str, str, Any]] = {
    "$LIST": ("hubspot", "/crm/v3/lists", {**HUBSPOT["lists"], "name": "Dynamic"}),
    "$MANUAL": ("hubspot", "/crm/v3/lists", {"name": "M", "objectTypeId": "0-1", "processingType": "MANUAL"}),
    "$PROPERTY": ("hubspot", "/crm/v3/properties/contacts", HUBSPOT["properties"]),
    "$EXPORT": (
        "hubspot",
        "/crm/v3/exports/export/async",
        {key: value for key, value in HUBSPOT["async"].items() if key != "publicCrmSearchRequest"},
    ),
    "$OPENJOB": ("salesforce", f"{SF}/jobs/ingest", {"object": "Lead", "operation": "insert"}),
    "$LOADEDJOB": ("salesforce", f"{SF}/jobs/ingest", {"object": "Lead", "operation": "insert"}),
    "$QUERYJOB": ("salesforce", f"{SF}/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}),
    "$FIELD": ("salesforce", f"{SF}/tooling/sobjects/CustomField", SALESFORCE["CustomField"]),
}
"""What is made first, each by a request whose answer says its id."""


def package() -> bytes:
    """A zip with one custom field, for the Metadata API."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as made:
        made.writestr("package.xml", PACKAGE)
        made.writestr("objects/Lead.object", OBJECT)
    return raw.getvalue()


def furnished(crms: Crms) -> dict[str, str]:
    """Makes something of each kind that a route may ask for, and says what words like `$LEAD` stand for."""
    contacts = [each["id"] for each in crms.world.hubspot.all("contacts")]
    company = next(crms.world.hubspot.all("companies"))["id"]
    lead, person = (str(next(crms.world.salesforce.all(name))["Id"]) for name in ("Lead", "Contact"))
    made = {name: _made(crms, *request) for name, request in THINGS.items()}
    loaded = f"{SF}/jobs/ingest/{made['$LOADEDJOB']}"
    session = {"Authorization": f"Bearer {(token := crms.world.salesforce.new_token())}"}
    content = {**session, "Content-Type": "text/csv"}
    requests.put(f"{crms.running.salesforce_url}{loaded}/batches", "LastName,Company\nA,C\n", headers=content)
    for body in ({"state": "UploadComplete"}, None, None):
        crms.salesforce("PATCH" if body else "GET", loaded, body)
    return {
        **dict(zip(("$CONTACT", "$CONTACT2", "$CONTACT3"), contacts, strict=False)),
        **{"$COMPANY": company, "$LEAD": lead, "$CONTACTSF": person, "$TOKEN": token, **made},
        **{"$ZIP": base64.b64encode(package()).decode(), "$DEPLOY": "0Af000000000001AAA"},
        **{"$RETRIEVE": "09S000000000001AAA"},
    }


def _made(crms: Crms, side: str, path: str, body: Any) -> str:
    answer = (crms.hubspot if side == "hubspot" else crms.salesforce)("POST", path, body)
    assert answer.ok, answer.text
    told = answer.json()
    return str(told.get("id") or told.get("list", {}).get("listId") or told.get("name"))
