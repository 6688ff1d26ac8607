"""`/jobs/ingest`: creating a job, its data, its end, its results.

In: Calls. Out: JSON of jobs, CSV of results. A job goes on a step each time that somebody asks for it:
UploadComplete, InProgress (half of its rows), then its end. Source: Bulk API 2.0 Developer Guide, "Bulk API
2.0 Ingest".
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from connector.sandbox.salesforce.bulk import batches, requests
from connector.sandbox.salesforce.bulk.jobs import ENDED, Job, Outcome
from connector.sandbox.salesforce.bulk.load import load_lines, opened
from connector.sandbox.salesforce.bulk.table import DELIMITERS, LINE_ENDINGS
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer, nothing
from connector.sandbox.salesforce.records import no_external_id
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.versions import NEWEST, OLDEST

OPERATIONS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
SINCE = 41  # the version in which Bulk API 2.0 came
FAILED_ID_SINCE = 53  # the version from which failedResults name the record


def create(call: Call) -> Response:
    """POST /jobs/ingest. Assumption: the wording of refusals."""
    requests.check_version(call, SINCE)
    body = call.body()
    operation = body.get("operation")
    if (
        not isinstance(operation, str)
        or operation not in OPERATIONS
        or body.get("contentType", "CSV") != "CSV"
    ):
        raise ApiError(400, "INVALIDJOB", f"InvalidJob : operation {operation} is not supported")
    kind = call.view.find(str(body.get("object")))
    if kind is None:
        raise ApiError(400, "INVALIDJOB", f"InvalidJob : Unable to find object: {body.get('object')}")
    if operation == "hardDelete" and "BulkApiHardDelete" not in call.store.permissions:
        text = "hardDelete operation requires special user profile permission, please contact admin"
        raise ApiError(400, "FEATURENOTENABLED", f"FeatureNotEnabled : {text}")
    job = Job(
        call.store.jobs.next_id(),
        "ingest",
        operation,
        kind.name,
        call.store.user,
        call.version,
        call.store.clock.now(),
        call.store.clock.now(),
        delimiter=requests.chosen(body, "columnDelimiter", DELIMITERS, "COMMA"),
        line_ending=requests.chosen(body, "lineEnding", LINE_ENDINGS, "LF"),
        external_id=_external_id(call, body, kind.name) if operation == "upsert" else None,
        assignment_rule=_rule(body),
    )
    call.store.jobs.add(job)
    return answer(job.summary())


def first_generation(_store: SalesforceStore, request: Request, _raw: bytes) -> Response:
    """`/services/async/XX.0/job`: the first Bulk API, of which only the refusals are there.

    Source: Bulk API Developer Guide, "Errors". Assumption: in this org it is switched off.
    """
    version = request.path_params["version"]
    retired = not version.removesuffix(".0").isdecimal() or not OLDEST <= float(version) <= NEWEST
    code, text = (
        ("InvalidVersion", f"Unsupported API version: {version}")
        if retired
        else ("FeatureNotEnabled", "Async API not enabled")
    )
    return answer({"exceptionCode": code, "exceptionMessage": text}, 400)


def _rule(body: dict[str, object]) -> str | None:
    rule = body.get("assignmentRuleId")
    return rule if isinstance(rule, str) else None


def _external_id(call: Call, body: dict[str, object], type_name: str) -> str:
    name = body.get("externalIdFieldName")
    if not isinstance(name, str):
        text = "InvalidJob : External ID was blank for an upsert job"
        raise ApiError(400, "INVALIDJOB", text)
    field = call.kind(type_name).find(name)
    if field is None or not (field.external_id or field.id_lookup):
        raise no_external_id(name)
    return field.name


def every(call: Call) -> Response:
    """GET /jobs/ingest"""
    listed = [job.summary() for job in call.store.jobs.of("ingest", call.store.clock.now())]
    return answer({"done": True, "records": listed, "nextRecordsUrl": None})


def upload(call: Call) -> Response:
    """PUT /jobs/ingest/ID/batches: the whole CSV, once."""
    job = requests.named(call, "ingest")
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "text/csv":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type {kind} is not supported")
    if job.state != "Open":
        raise requests.wrong_state(f"Uploading data to a Job in state {job.state} not allowed")
    if job.raw is not None:
        text = (
            f"Found multiple contents for job: <{job.id[:15]}>, please 'Close' / 'Abort' / 'Delete' the "
            "current Job then create a new Job and make sure you only do 'PUT' once on a given Job."
        )
        raise ApiError(400, "CLIENTINPUTERROR", f"ClientInputError : {text}")
    if len(call.raw) > call.store.jobs.most_bytes:
        raise ApiError(413, "REQUEST_ENTITY_TOO_LARGE", "The uploaded data is larger than 100 MB")
    job.raw = call.raw
    return nothing(201)


def change(call: Call) -> Response:
    """PATCH /jobs/ingest/ID {"state": "UploadComplete" or "Aborted"}"""
    job = requests.named(call, "ingest")
    if call.body().get("state") != "UploadComplete":
        requests.change_state(call, job)
    elif job.state != "Open":
        raise requests.wrong_state(f"Closing already {job.state} Job not allowed")
    elif job.raw is None:
        raise requests.wrong_state("Closing a Job without data not allowed")
    else:
        job.state, job.touched = "UploadComplete", call.store.clock.now()
    return answer(job.summary())


def show(call: Call) -> Response:
    """GET /jobs/ingest/ID"""
    job = requests.named(call, "ingest")
    shown = answer(job.info())
    _go_on(call, job)
    return shown


def delete(call: Call) -> Response:
    """DELETE /jobs/ingest/ID"""
    requests.remove(call, requests.named(call, "ingest"))
    return nothing()


def _go_on(call: Call, job: Job) -> None:
    """The next step, after the present state has been told."""
    if job.state == "UploadComplete":
        opened(call, job)
        batches.count(call.store, job)
        if job.state != "Failed":
            job.state = "InProgress"
            load_lines(call, job, batches.reachable(call.store, len(job.lines) // 2))
    elif job.state == "InProgress":
        load_lines(call, job, batches.reachable(call.store, len(job.lines)))
        job.state = "JobComplete"
        batches.give_up(job)
    else:
        return
    job.touched = call.store.clock.now()


# results


def successful(call: Call) -> Response:
    """GET …/successfulResults. Assumption: rows come in another order (here: the reverse)."""
    job = _ended(call)
    done = [each for each in reversed(job.outcomes) if each.error is None]
    rows = [(each.record_id or "", str(each.created).lower(), *_cells(job, each)) for each in done]
    return _csv(job, ("sf__Id", "sf__Created"), rows)


def failed(call: Call) -> Response:
    """GET …/failedResults. Assumption: rows come in another order (here: the reverse)."""
    job = _ended(call)
    lost = [each for each in reversed(job.outcomes) if each.error is not None]
    if call.version < FAILED_ID_SINCE:
        return _csv(job, ("sf__Error",), [(each.error or "", *_cells(job, each)) for each in lost])
    rows = [(each.record_id or "", each.error or "", *_cells(job, each)) for each in lost]
    return _csv(job, ("sf__Id", "sf__Error"), rows)


def unprocessed(call: Call) -> Response:
    """GET …/unprocessedrecords: what a failed or aborted job did not come to."""
    job = _ended(call)
    if not job.header:
        opened(call, job)
    return _csv(job, (), [line.cells for line in job.lines[len(job.outcomes) :]])


def _ended(call: Call) -> Job:
    job = requests.named(call, "ingest")
    if job.state not in ENDED:
        raise requests.wrong_state(f"Results of a Job in state {job.state} are not available")
    return job


def _cells(job: Job, outcome: Outcome) -> tuple[str, ...]:
    """The original columns, as many as the header has."""
    cells = outcome.line.cells[: len(job.header)]
    return cells + ("",) * (len(job.header) - len(cells))


def _csv(job: Job, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Response:
    return Response(job.csv([(*columns, *job.header), *rows]), media_type="text/csv")
