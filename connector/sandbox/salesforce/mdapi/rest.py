"""`/metadata/deployRequest`: the same deploys over REST.

In: Calls, the first with a multipart body (JSON and zip). Out: JSON. Source: Metadata API Developer Guide,
"Deploying and Retrieving Metadata with the REST API".
"""

from __future__ import annotations

from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple

import orjson
from starlette.responses import Response

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.mdapi import requests
from connector.sandbox.salesforce.mdapi.deploys import Deploy
from connector.sandbox.salesforce.mdapi.engine import Options
from connector.sandbox.salesforce.mdapi.results import shown
from connector.sandbox.salesforce.soql.rows import Json


class Part(NamedTuple):
    """One part of a multipart body."""

    type: str
    content: bytes


def create(call: Call) -> Response:
    """POST /metadata/deployRequest: one part of JSON with deployOptions, one with the zip."""
    parts = _parts(call)
    told = next((each.content for each in parts if each.type == "application/json"), None)
    zipped = next((each.content for each in parts if each.type != "application/json"), None)
    if told is None or zipped is None:
        text = "The request needs a part with deployOptions as JSON and a part with the zip file"
        raise ApiError(400, "MISSING_ARGUMENT", text)
    made = requests.begun(call.store, zipped, _options(told))
    return answer(_shown(call, made, details=False), 201)


def status(call: Call) -> Response:
    """GET /metadata/deployRequest/ID?includeDetails="""
    found = requests.named(call.store, call.parts["id"])
    told = answer(_shown(call, found, call.query.get("includeDetails", "").lower() == "true"))
    found.go_on(call.store)
    return told


def change(call: Call) -> Response:
    """PATCH /metadata/deployRequest/ID {"deployResult": {"status": "Canceling"}}"""
    result = call.body().get("deployResult")
    if not isinstance(result, dict) or result.get("status") != "Canceling":
        raise ApiError(400, "INVALID_FIELD", "A deploy can only be set to Canceling", ["status"])
    return answer(_shown(call, requests.cancel(call.store, call.parts["id"]), details=False), 202)


def _shown(call: Call, deploy: Deploy, details: bool) -> Json:
    options = deploy.options
    return {
        "id": deploy.id,
        "url": f"{call.base}/metadata/deployRequest/{deploy.id}",
        "validatedDeployRequestId": None,
        "deployOptions": {
            "allowMissingFiles": options.allow_missing_files,
            "autoUpdatePackage": options.auto_update_package,
            "checkOnly": options.check_only,
            "ignoreWarnings": options.ignore_warnings,
            "performRetrieve": options.perform_retrieve,
            "purgeOnDelete": options.purge_on_delete,
            "rollbackOnError": options.rollback_on_error,
            "runTests": list(options.run_tests) or None,
            "singlePackage": options.single_package,
            "testLevel": options.test_level or None,
        },
        "deployResult": shown(call.store, deploy, details),
    }


def _options(told: bytes) -> Options:
    try:
        body = orjson.loads(told)
    except orjson.JSONDecodeError as error:
        text = f"{error.msg} at [line:{error.lineno}, column:{error.colno}]"
        raise ApiError(400, "JSON_PARSER_ERROR", text) from error
    chosen = body.get("deployOptions") if isinstance(body, dict) else None
    if not isinstance(chosen, dict):
        raise ApiError(400, "MISSING_ARGUMENT", "deployOptions are missing", ["deployOptions"])
    tests = chosen.get("runTests")
    named = [str(each) for each in tests] if isinstance(tests, list) else []
    return requests.options(lambda name: chosen.get(name) is True, str(chosen.get("testLevel") or ""), named)


def _parts(call: Call) -> list[Part]:
    """The parts of the body (RFC 2046): what stands between lines of `--boundary`."""
    declared = Message()
    declared["content-type"] = call.headers.get("content-type", "")
    boundary = declared.get_param("boundary")
    if declared.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content type must be multipart/form-data")
    between = (b"\r\n" + call.raw).split(b"\r\n--" + boundary.encode())
    return [_part(each) for each in between[1:] if not each.startswith(b"--")]


def _part(raw: bytes) -> Part:
    head, _, content = raw.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    return Part(BytesHeaderParser().parsebytes(head).get_content_type(), content)
