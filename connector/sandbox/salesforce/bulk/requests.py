"""What the requests about both kinds of jobs have in common: finding, aborting, removing one.

In: Calls. Out: jobs, or the refusal that the guide names.
"""

from __future__ import annotations

from connector.sandbox.salesforce.bulk.jobs import ENDED, Job, Way
from connector.sandbox.salesforce.errors import ApiError, no_such_resource
from connector.sandbox.salesforce.http import Call
from connector.sandbox.salesforce.ids import to_18


def named(call: Call, way: Way) -> Job:
    """The job of the path; 404 when there is none, or none of this way."""
    wanted = to_18(call.parts["job"])
    found = next((j for j in call.store.jobs.of(way, call.store.clock.now()) if j.id == wanted), None)
    if found is None:
        raise no_such_resource()
    return found


def check_version(call: Call, since: int) -> None:
    """Older versions have no such resource."""
    if call.version < since:
        raise no_such_resource()


def wrong_state(text: str) -> ApiError:
    """Assumption: the wording; the code is that of the guide's examples."""
    return ApiError(400, "INVALIDJOBSTATE", text)


def chosen(body: dict[str, object], name: str, allowed: dict[str, str], default: str) -> str:
    """A delimiter or line ending by name. Assumption: the refusal of others."""
    value = body.get(name) or default
    if not isinstance(value, str) or value not in allowed:
        raise ApiError(400, "INVALIDJOB", f"InvalidJob : {name} {value} is not supported")
    return value


def change_state(call: Call, job: Job) -> None:
    """PATCH {"state": "Aborted"}. What was done before stays done."""
    if call.body().get("state") != "Aborted":
        raise ApiError(400, "INVALIDJOB", "InvalidJob : the state can be UploadComplete or Aborted")
    if job.state in ENDED:
        raise wrong_state(f"Aborting already {job.state} Job not allowed")
    job.state, job.touched = "Aborted", call.store.clock.now()


def remove(call: Call, job: Job) -> None:
    """DELETE: only jobs at which nobody works."""
    if job.state in ("Open", "InProgress"):
        raise wrong_state(f"Deleting {job.state} Job not allowed")
    call.store.jobs.drop(job)
