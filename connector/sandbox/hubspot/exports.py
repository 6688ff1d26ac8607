"""Routes of the exports API: a task, and later a file that can be fetched for five minutes.

What enters: a `Call`. What leaves: the task, its status, CSV text.
Source: HubSpot developers, "Export CRM data" guide. Assumptions: the rows are those of the moment of the
request; an export takes two seconds; what an expired address answers.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

from starlette.requests import Request
from starlette.responses import Response

from connector.sandbox.hubspot.calls import Call, Endpoint, Reply
from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.errors import invalid, malformed, not_found
from connector.sandbox.hubspot.export_table import csv_text
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

WORK_MS, VALID_MS = 2_000, 300_000
FILES = "/exports/files/{task_id}"
_SECRET = uuid.uuid4().bytes


def start(call: Call) -> Reply:
    """POST export/async {exportType, format, objectType, objectProperties}: 202 with the task's id."""
    body, store = call.body(), call.store
    type_name = TYPE_NAMES.get(str(body.get("objectType")).lower())
    names = body.get("objectProperties")
    if type_name is None or not isinstance(names, list) or not isinstance(body.get("exportName"), str):
        raise malformed("exportName, objectType and objectProperties are required")
    if body.get("format") != "CSV":
        raise invalid(f"format {body.get('format')} is not simulated: only CSV is", name="format")
    text = csv_text(store, type_name, [str(each) for each in names], body)
    task_id = str(store.records.next_id("export"))
    with store.db.transaction():
        store.db.put("export", task_id, {"requested": store.tick_ms(), "text": text})
    links = {"status": f"{call.base}{call.url_path}/tasks/{task_id}/status"}
    return Reply(202, {"id": task_id, "links": links})


def status(call: Call) -> Reply:
    """GET tasks/{id}/status: PROCESSING, then COMPLETE with an address that is good for five minutes."""
    task_id, now = call.path["task_id"], call.store.now_ms()
    task = call.store.db.take("export", task_id)
    if task is None:
        raise not_found(f"Export task {task_id} does not exist")
    done = task["requested"] + WORK_MS
    body = {
        "status": "PROCESSING",
        "requestedAt": iso(task["requested"]),
        "startedAt": iso(task["requested"]),
    }
    body["completedAt"] = iso(min(now, done))
    if now >= done:
        until = str(now + VALID_MS)
        path = FILES.replace("{task_id}", task_id)
        address = f"{call.base}{path}?until={until}&signature={_signature(task_id, until)}"
        body |= {"status": "COMPLETE", "result": address}
    return Reply(200, body)


def _signature(task_id: str, until: str) -> str:
    return hmac.new(_SECRET, f"{task_id}:{until}".encode(), hashlib.sha256).hexdigest()


def file_endpoint(store: HubSpotStore) -> Endpoint:
    """Serves the file: no token is needed, the address itself is the key. 403 when it is wrong or too old."""

    async def answer(request: Request) -> Response:
        task_id, until = request.path_params["task_id"], request.query_params.get("until", "")
        signature = request.query_params.get("signature", "").encode()
        if not hmac.compare_digest(_signature(task_id, until).encode(), signature):
            return Response("SignatureDoesNotMatch", 403)
        task = store.db.take("export", task_id)
        if task is None or store.now_ms() > int(until):
            return Response("Request has expired", 403)
        headers = {"Content-Disposition": f'attachment; filename="export-{task_id}.csv"'}
        return Response(task["text"], media_type="text/csv", headers=headers)

    return answer
