"""Routes of the imports API.

What enters: a `Call`. What leaves: the import as HubSpot shows it, and its errors.
Source: HubSpot developers, "Imports" guide and reference. Assumption: what extraContext and the ids hold.
"""

from __future__ import annotations

from typing import Any

import orjson

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import OBJECT_TYPES, SINGULAR
from connector.sandbox.hubspot.errors import invalid
from connector.sandbox.hubspot.forms import multipart
from connector.sandbox.hubspot.imports.jobs import BEGIN_MS, Job
from connector.sandbox.hubspot.values import iso

PAGE, MOST = 10, 100


def start(call: Call) -> Reply:
    """POST multipart {files, importRequest}: 200 with the import, which is at work from now on."""
    form, store = multipart(call.content_type, call.raw), call.store
    with store.db.transaction():
        job = store.imports.start(form.texts.get("importRequest"), form.files, store.tick_ms())
    return Reply(200, _json(job, store.now_ms()))


def get(call: Call) -> Reply:
    """GET by id."""
    return Reply(200, _json(call.store.imports.get(call.path["import_id"]), call.store.now_ms()))


def get_all(call: Call) -> Reply:
    """GET: newest first; ?limit, ?after."""
    jobs, now = call.store.imports.all(), call.store.now_ms()
    page, paging = _page(call, jobs)
    return Reply(200, {"results": [_json(each, now) for each in page], **paging})


def cancel(call: Call) -> Reply:
    """POST cancel: 200; what is written stays."""
    store = call.store
    with store.db.transaction():
        job = store.imports.cancel(call.path["import_id"], store.tick_ms())
    started, now = iso(job["started"] or job["created"]), iso(store.now_ms())
    return Reply(200, {"status": "COMPLETE", "startedAt": started, "completedAt": now})


def errors(call: Call) -> Reply:
    """GET errors: ?limit, ?after, ?includeErrorMessage, ?includeRowData."""
    job = call.store.imports.get(call.path["import_id"])
    rows, paging = _page(call, list(enumerate(call.store.imports.failures(job), 1)))
    message, data = call.flag("includeErrorMessage"), call.flag("includeRowData")
    return Reply(
        200, {"results": [_error(job, number, row, message, data) for number, row in rows], **paging}
    )


def _page(call: Call, rows: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    limit, after = call.number("limit", PAGE, MOST), call.first("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 12):
        raise invalid(f"after is not a valid offset: {after}", name="after")
    end = int(after) + limit
    return rows[int(after) : end], call.paging(str(end)) if end < len(rows) else {}


def _json(job: Job, now_ms: int) -> dict[str, Any]:
    begun = job["state"] == "STARTED" and now_ms >= job["started"] + BEGIN_MS
    return {
        "id": job["id"],
        "importName": job["name"],
        "state": "PROCESSING" if begun else job["state"],
        "createdAt": iso(job["created"]),
        "updatedAt": iso(job["updated"]),
        "importSource": "API",
        "optOutImport": False,
        "mappedObjectTypeIds": job["types"],
        "importRequestJson": orjson.loads(job["request"]),
        "metadata": {"counters": job["counters"], "fileIds": job["files"], "objectLists": job["lists"]},
    }


def _error(job: Job, number: int, row: dict[str, Any], message: bool, data: bool) -> dict[str, Any]:
    """Assumption: without includeRowData the row is empty."""
    out: dict[str, Any] = {
        "id": f"{job['id']}{number:06d}",
        "createdAt": job["updated"],
        "errorType": row["type"],
        "objectType": SINGULAR[row["object_type"]].upper(),
        "objectTypeId": OBJECT_TYPES[row["object_type"]],
        "sourceData": {
            "fileId": int(job["files"][row["file"]]),
            "lineNumber": row["line"],
            "rowData": row["cells"] if data else [],
            "containsEncryptedProperties": False,
        },
    }
    if row["column"] is not None:
        out |= {
            "knownColumnNumber": row["column"],
            "invalidValue": row["cell"],
            "invalidValueToDisplay": row["cell"],
        }
    return out | ({"errorMessage": row["message"]} if message else {})
