"""Internal batches of a job: how many rows are one, what they count for, when a job gives up.

In: an org and a job. Out: counts, refusals. Source: Bulk API 2.0 Developer Guide, "How Requests Are
Processed": 10,000 rows a batch, 15,000 batches in 24 hours, ten retries; "Record Locking Cheat Sheet".
"""

from __future__ import annotations

from connector.sandbox.salesforce.bulk.jobs import Job
from connector.sandbox.salesforce.errors import RecordError, refuse
from connector.sandbox.salesforce.limits import BULK_BATCHES
from connector.sandbox.salesforce.locks import PARENTS
from connector.sandbox.salesforce.schema import Row, Value
from connector.sandbox.salesforce.store import SalesforceStore

RETRIES = 10
GAVE_UP = "InternalServerError : Retried more than ten times"


def count(store: SalesforceStore, job: Job) -> None:
    """Counts the batches of a job. Assumption: a job for which none are left fails, and its wording."""
    counted = store.limits.bulk_batches
    needed = -(-len(job.lines) // store.jobs.batch_rows)
    if store.limits.edition is not None and counted.used() + needed > BULK_BATCHES:
        job.fail("ExceededQuota : ApiBatchItems Limit exceeded.")
    else:
        counted.add(needed)


def reachable(store: SalesforceStore, wanted: int) -> int:
    """How many rows can be loaded before the job gives up."""
    return wanted if store.jobs.fails_at is None else min(wanted, store.jobs.fails_at)


def give_up(job: Job) -> None:
    """A job that did not come to its end failed after its retries. Assumption: the wording."""
    if len(job.outcomes) < len(job.lines):
        job.fail(GAVE_UP)
        job.retries = RETRIES


def fought_for(store: SalesforceStore, job: Job, place: int, row: Row) -> RecordError | None:
    """Why this row cannot be loaded at the same time as an earlier batch of its job, which has its parent.

    Assumption: with `contention` the later batch always loses.
    """
    if not store.jobs.contention:
        return None
    batch = place // store.jobs.batch_rows
    stored = store.get(job.type_name, str(row.get("Id"))) or {}
    for name in PARENTS.get(job.type_name, ()):
        parent: Value = row.get(name) or stored.get(name)
        if parent is not None and job.parents.setdefault(str(parent), batch) < batch:
            return refuse("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
    return None
