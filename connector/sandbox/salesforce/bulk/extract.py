"""`/jobs/query`: SOQL in, CSV out.

In: Calls. Out: JSON of jobs, CSV pages. Source: Bulk API 2.0 Developer Guide, "Bulk API 2.0 Query": no
compound fields, aggregates, OFFSET or subqueries; `Sforce-Locator` is the word null at the end.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Iterator

from starlette.responses import Response

from connector.sandbox.salesforce.bulk import requests
from connector.sandbox.salesforce.bulk.jobs import Job
from connector.sandbox.salesforce.bulk.table import DELIMITERS, LINE_ENDINGS, Line
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer, nothing
from connector.sandbox.salesforce.limits import QUERY_JOBS
from connector.sandbox.salesforce.queries import today
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.soql.compile import compile_query
from connector.sandbox.salesforce.soql.parse import parse
from connector.sandbox.salesforce.soql.plan import Branch, Compiled, Entry, Leaf
from connector.sandbox.salesforce.soql.tree import TypeOf

SINCE = 47  # the version in which query jobs came
PAGE = 50_000  # rows when the client names no number
Columns = list[tuple[str, Leaf]]


def create(call: Call) -> Response:
    """POST /jobs/query {"operation", "query"}. Assumption: how too many jobs are refused."""
    requests.check_version(call, SINCE)
    counted = call.store.limits.query_jobs
    if call.store.limits.edition is not None and counted.used() >= QUERY_JOBS:
        raise ApiError(400, "EXCEEDEDQUOTA", "ExceededQuota : QueryJobs Limit exceeded.")
    body = call.body()
    operation, query = body.get("operation"), body.get("query")
    if operation not in ("query", "queryAll") or not isinstance(query, str):
        raise ApiError(400, "INVALIDJOB", "InvalidJob : a query job needs an operation and a query")
    compiled = _compiled(call, query, operation == "queryAll")
    job = Job(
        call.store.jobs.next_id(),
        "query",
        operation,
        compiled.kind.name,
        call.store.user,
        call.version,
        call.store.clock.now(),
        call.store.clock.now(),
        state="UploadComplete",
        delimiter=requests.chosen(body, "columnDelimiter", DELIMITERS, "COMMA"),
        line_ending=requests.chosen(body, "lineEnding", LINE_ENDINGS, "LF"),
        query=query,
    )
    call.store.jobs.add(job)
    counted.add()
    return answer(job.summary())


def _compiled(call: Call, text: str, include_deleted: bool) -> Compiled:
    """Assumption: the wording of all refusals but that of compound fields."""
    try:
        tree = parse(text)
        compiled = compile_query(text, tree, call.view, today(call), include_deleted)
    except (RecursionError, OverflowError, UnicodeError) as error:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", f"Query is too complicated: {error}") from error
    wrong = None
    if compiled.mode != "rows":
        wrong = "Aggregate queries not supported in Bulk Query"
    elif compiled.children:
        wrong = "Nested queries not supported in Bulk Query"
    elif tree.offset is not None:
        wrong = "OFFSET not supported in Bulk Query"
    elif any(isinstance(item, TypeOf) for item in tree.select):
        wrong = "TYPEOF not supported in Bulk Query"
    elif any(leaf.shown == "address" for _, leaf in _columns(compiled.entries)):
        wrong = "Selecting compound data not supported in Bulk Query"
    if wrong is not None:
        raise ApiError(400, "API_ERROR", wrong)
    return compiled


def every(call: Call) -> Response:
    """GET /jobs/query"""
    listed = [job.summary() for job in call.store.jobs.of("query", call.store.clock.now())]
    return answer({"done": True, "records": listed, "nextRecordsUrl": None})


def show(call: Call) -> Response:
    """GET /jobs/query/ID; the job goes on a step each time."""
    job = requests.named(call, "query")
    shown = answer(job.info())
    if job.state == "UploadComplete":
        job.state = "InProgress"
    elif job.state == "InProgress":
        _run(call, job)
    return shown


def change(call: Call) -> Response:
    """PATCH /jobs/query/ID {"state": "Aborted"}"""
    job = requests.named(call, "query")
    requests.change_state(call, job)
    return answer(job.summary())


def delete(call: Call) -> Response:
    """DELETE /jobs/query/ID"""
    requests.remove(call, requests.named(call, "query"))
    return nothing()


def results(call: Call) -> Response:
    """GET /jobs/query/ID/results?maxRecords=&locator="""
    job = requests.named(call, "query")
    if job.state != "JobComplete":
        raise requests.wrong_state(f"Results of a Job in state {job.state} are not available")
    start = _start(call.query.get("locator"), len(job.lines))
    size = call.query.get("maxRecords", "")
    reached = start + (int(size) if size.isdecimal() and int(size) else PAGE)
    page = [line.cells for line in job.lines[start:reached]]
    locator = _locator(reached) if reached < len(job.lines) else "null"
    headers = {"Sforce-NumberOfRecords": str(len(page)), "Sforce-Locator": locator}
    return Response(job.csv([job.header, *page]), headers=headers, media_type="text/csv")


def _run(call: Call, job: Job) -> None:
    """What the query finds now; a query that no longer fits (a field was hidden) fails the job."""
    try:
        compiled = _compiled(call, job.query, job.operation == "queryAll")
        rows = call.store.db.run(compiled.sql, compiled.parameters).fetchall()
    except ApiError as error:
        job.fail(error.problems[0].message)
        return
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        job.fail(f"Query is too complicated: {error}")
        return
    columns = list(_columns(compiled.entries))
    job.header = tuple(name for name, _ in columns)
    job.lines = [Line(tuple(_cell(leaf, row[leaf.at]) for _, leaf in columns)) for row in rows]
    job.state, job.touched = "JobComplete", call.store.clock.now()


def _columns(entries: list[Entry], path: str = "") -> Iterator[tuple[str, Leaf]]:
    for entry in entries:
        if isinstance(entry, Branch):
            yield from _columns(entry.entries, f"{path}{entry.name}.")
        elif isinstance(entry, Leaf):
            yield path + entry.name, entry


def _cell(leaf: Leaf, value: Value) -> str:
    """Null is an empty cell; times end in Z."""
    if value is None:
        return ""
    if leaf.shown == "boolean":
        return "true" if value else "false"
    if leaf.shown == "text":
        return str(leaf.as_text(value))
    return str(value).replace("+0000", "Z") if leaf.type == "datetime" else str(value)


def _locator(reached: int) -> str:
    return base64.b64encode(str(reached).encode()).decode().rstrip("=")


def _start(locator: str | None, rows: int) -> int:
    """Assumption: the refusal of a locator that was never given out."""
    if not locator:
        return 0
    try:
        start = int(base64.b64decode(locator + "=" * (-len(locator) % 4), validate=True))
    except (binascii.Error, ValueError):
        start = -1
    if not 0 < start < rows:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return start
