"""Lead conversion by an Apex class of one's own, over Apex REST and as an invocable action.

In: Calls. Out: what such a class would answer. No Apex runs here: a class named `SmarketingConvert` that
an admin has deployed (or `store.apex_convert`) stands for one that reads up to 100 LeadConverts and answers
each. Without it the paths do not exist, as in any org. Source: Apex Developer Guide, "Apex REST Methods",
"InvocableMethod Annotation"; Actions Developer Guide, "Apex Actions".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from connector.sandbox.salesforce import conversion
from connector.sandbox.salesforce.errors import ApiError, RecordError, no_such_resource
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.mdapi import shelf
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soap.xml import Node
from connector.sandbox.salesforce.soql.rows import Json

CLASS, URL = "SmarketingConvert", "smarketing/convert"
MOST = 100  # leads of one Database.convertLead
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_MAPPING = re.compile(r"@RestResource\s*\(\s*urlMapping\s*=\s*'/([^'*]+?)/?\*?'\s*\)", re.IGNORECASE)
_INVOCABLE = re.compile(r"@InvocableMethod\b", re.IGNORECASE)


def serve(call: Call) -> Response:
    """Any method on /services/apexrest/…; the class knows POST with `{"leads": [LeadConvert, …]}`."""
    if call.parts["path"].strip("/").lower() != _mapped(call.store):
        raise no_such_resource("Could not find a match for URL")
    _check_access(call)
    if call.method != "POST":
        text = f"HTTP Method '{call.method}' not allowed. Allowed are POST"
        raise ApiError(405, "METHOD_NOT_ALLOWED", text)
    leads = _listed(call, "leads")
    return answer([_converted(call, each) for each in leads])


def listed(call: Call) -> Response:
    """GET /actions/custom/apex"""
    url = f"{call.base}/actions/custom/apex/{CLASS}"
    actions = [{"label": "Convert leads", "name": CLASS, "type": "APEX", "url": url}]
    return answer({"actions": actions if _is_invocable(call.store) else []})


def described(call: Call) -> Response:
    """GET /actions/custom/apex/NAME"""
    _check_action(call)
    inputs = [{"name": name, "required": name == "leadId"} for name in sorted(conversion.MEMBERS)]
    return answer({"name": CLASS, "label": "Convert leads", "type": "APEX", "inputs": inputs})


def invoke(call: Call) -> Response:
    """POST /actions/custom/apex/NAME {"inputs": [LeadConvert, …]}"""
    _check_action(call)
    inputs = _listed(call, "inputs")
    return answer(
        [
            {
                "actionName": CLASS,
                "errors": None,
                "isSuccess": True,
                "outputValues": _converted(call, each),
                "version": 1,
            }
            for each in inputs
        ]
    )


# the class


def _source(org: Org) -> str | None:
    """The text of the deployed class."""
    stored = shelf.get(org, "ApexClass", CLASS)
    body: Mapping[str, Sequence[Node]] = stored.body if stored and isinstance(stored.body, dict) else {}
    content = body.get("content")
    return base64.b64decode(content[0].text).decode("utf-8", "replace") if content else None


def _mapped(org: Org) -> str | None:
    """The path that the class says it serves, in small letters."""
    if org.apex_convert:
        return URL
    found = _MAPPING.search(_source(org) or "")
    return None if found is None else found[1].lower()


def _is_invocable(org: Org) -> bool:
    return org.apex_convert or _INVOCABLE.search(_source(org) or "") is not None


def _check_action(call: Call) -> None:
    if call.parts["name"].lower() != CLASS.lower() or not _is_invocable(call.store):
        raise no_such_resource()
    _check_access(call)


def _check_access(call: Call) -> None:
    """A deployed class is open to those whose permission sets name it. Assumption: no profile does."""
    if not call.store.apex_convert and CLASS.lower() not in _opened(call.store):
        text = f"You do not have access to the Apex class named: {CLASS}"
        raise ApiError(403, "FORBIDDEN", text)


def _opened(org: Org) -> set[str]:
    """The classes that the running user's permission sets open, in small letters."""
    sql = (
        'SELECT p."Name" FROM "PermissionSet" p JOIN "PermissionSetAssignment" a '
        'ON a."PermissionSetId" = p."Id" WHERE a."AssigneeId" = ?'
    )
    opened = set()
    for (name,) in org.db.run(sql, (org.user,)).fetchall():
        stored = shelf.get(org, "PermissionSet", str(name))
        body: Mapping[str, Sequence[Node]] = stored.body if stored and isinstance(stored.body, dict) else {}
        opened |= {
            each.value("apexClass").lower() for each in body.get("classAccesses", ()) if each.flag("enabled")
        }
    return opened


# what it does


def _listed(call: Call, name: str) -> list[Mapping[str, object]]:
    """The conversions asked for. The class refuses what Apex would not convert at once, and misspellings."""
    found = call.body().get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ApiError(400, "JSON_PARSER_ERROR", f"An array is expected in {name} at [line:1, column:1]")
    if len(found) > MOST:
        raise ApiError(400, "LIMIT_EXCEEDED", f"No more than {MOST} leads in one call, not {len(found)}")
    unknown = sorted({key for each in found for key in each} - conversion.MEMBERS)
    if unknown:
        raise ApiError(400, "JSON_PARSER_ERROR", f"No such member of LeadConvert: {', '.join(unknown)}")
    return found


def _converted(call: Call, asked: Mapping[str, object]) -> Json:
    """What became of one lead; the others do not suffer."""

    def value(name: str) -> str:
        return str(asked.get(name) or "")

    wanted = conversion.wanted_of(value, lambda name: asked.get(name) is True)
    blank: Json = {"leadId": wanted.lead, "accountId": None, "contactId": None, "opportunityId": None}
    try:
        with call.store.db.transaction():
            conversion.check(call.store, call.writing, wanted)
            made = conversion.convert(call.store, call.writing, wanted)
    except RecordError as error:
        return {**blank, "success": False, "errors": [each.in_record() for each in error.problems]}
    ids = {f"{name}Id": made[name] for name in ("lead", "account", "contact", "opportunity")}
    return {**ids, "success": True, "errors": []}
