"""Installing in Salesforce, and tokens, where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from assumptions.acts import Force, UnsureError, equal, problem, refused_with
from assumptions.base import Finding, assumes
from ground.base import Ground
from ground.tag import MARK

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
DEPLOYS = "/metadata/deployRequest"


def zipped(files: Mapping[str, str]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as made:
        for path, text in files.items():
            made.writestr(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')
    return raw.getvalue()


def manifest(kind: str, *names: str) -> str:
    members = "".join(f"<members>{name}</members>" for name in names)
    types = f"<types>{members}<name>{kind}</name></types><version>64.0</version>"
    return f'<Package xmlns="{NAMESPACE}">{types}</Package>'


class Deploy:
    """A package sent through the REST resource; `result` is what became of it."""

    def __init__(self, ground: Ground, package: bytes, **options: Any) -> None:
        self.force = Force(ground)
        chosen = {"singlePackage": True, "checkOnly": True, "rollbackOnError": True, **options}
        parts = {
            "json": (None, json.dumps({"deployOptions": chosen}), "application/json"),
            "file": ("deploy.zip", package, "application/zip"),
        }
        self.sent = self.force.call("POST", DEPLOYS, files=parts)
        self.result: dict[str, Any] = {}
        if self.sent.status_code == 201:
            path = f"{DEPLOYS}/{self.sent.json()['id']}?includeDetails=true"
            look = lambda: self.force.must("GET", path)["deployResult"]  # noqa: E731
            self.result = ground.eventually(look, lambda told: told["done"])


def field(name: str, kind: str = "<type>Text</type><length>20</length>") -> str:
    return f"<fields><fullName>{name}</fullName><label>x</label>{kind}</fields>"


@assumes("sf-deploy-partial", "A deploy that succeeds in part is a success")
def deploy_partial(ground: Ground) -> Finding:
    good, bad = (f"{MARK}_{ground.tag.name().split('_', 1)[1]}__c" for _ in range(2))
    fields = field(good) + field(bad, "<type>Unicorn</type>")
    files = {
        "package.xml": manifest("CustomField", f"Lead.{good}", f"Lead.{bad}"),
        "objects/Lead.object": f'<CustomObject xmlns="{NAMESPACE}">{fields}</CustomObject>',
    }
    found = Deploy(ground, zipped(files), checkOnly=False, rollbackOnError=False).result
    if found.get("status") != "SucceededPartial":
        raise UnsureError(f"the deploy is {found.get('status')}")
    return equal(found["success"], True)


@assumes("sf-deploy-unknown-elements", "Elements that a deployed field does not know are refused")
def deploy_unknown_elements(ground: Ground) -> Finding:
    name = f"{MARK}_{ground.tag.name().split('_', 1)[1]}__c"
    odd = field(name, "<length>20</length><type>Text</type><unicorn>true</unicorn>")
    files = {
        "package.xml": manifest("CustomField", f"Lead.{name}"),
        "objects/Lead.object": f'<CustomObject xmlns="{NAMESPACE}">{odd}</CustomObject>',
    }
    return equal(Deploy(ground, zipped(files)).result.get("status"), "Failed")


@assumes("sf-deploy-zip", "A zip that cannot be read: UNKNOWN_EXCEPTION, and the wording")
def deploy_zip(ground: Ground) -> Finding:
    deploy = Deploy(ground, b"this is no zip")
    if deploy.sent.status_code == 201:
        told = f"{deploy.result.get('errorStatusCode')}: {deploy.result.get('errorMessage')}"
        return equal(told, "UNKNOWN_EXCEPTION: The zip file cannot be read")
    return Finding(False, problem(deploy.sent))


@assumes("sf-deploy-unknown", "A deploy that is not there: 404 INVALID_CROSS_REFERENCE_KEY")
def deploy_unknown(ground: Ground) -> Finding:
    answer = Force(ground).call("GET", f"{DEPLOYS}/0Af000000000000AAA")
    return refused_with(answer, 404, "INVALID_CROSS_REFERENCE_KEY")


@assumes("sf-list-view-columns", "The codes by which list views name their columns")
def list_view_columns(ground: Ground) -> Finding:
    codes = ("FULL_NAME", "LEAD.COMPANY", "LEAD.STATUS", "LEAD.EMAIL", "LEAD.PHONE", "CORE.USERS.ALIAS")
    name = ground.tag.name().replace(MARK.lower(), MARK)
    columns = "".join(f"<columns>{code}</columns>" for code in codes)
    view = f"<listViews><fullName>{name}</fullName>{columns}<filterScope>Everything</filterScope>"
    inner = f"{view}<label>x</label></listViews>"
    files = {
        "package.xml": manifest("ListView", f"Lead.{name}"),
        "objects/Lead.object": f'<CustomObject xmlns="{NAMESPACE}">{inner}</CustomObject>',
    }
    found = Deploy(ground, zipped(files)).result
    wrong = [each["problem"] for each in (found.get("details") or {}).get("componentFailures") or []]
    return Finding(found.get("status") == "Succeeded", f"{found.get('status')} {wrong}")


@assumes(
    "sf-revoke-codes",
    "Revoking an unknown token is `invalid_token`, no token at all `unsupported_token_type`",
)
def revoke_codes(ground: Ground) -> Finding:
    force, found = Force(ground), []
    for form in ({"token": "00D!unknown"}, {"x": "y"}):
        answer = force.call("POST", "/services/oauth2/revoke", data=form)
        found.append((answer.status_code, answer.text.partition("error=")[2].partition("&")[0]))
    return equal(found, [(400, "invalid_token"), (400, "unsupported_token_type")])
