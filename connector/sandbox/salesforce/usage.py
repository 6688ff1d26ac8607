"""`/limits`: what the org may use, and what is left of it.

In: Calls. Out: JSON with the member names of REST API Developer Guide, "Limits". What nothing here uses is
shown untouched.
"""

from __future__ import annotations

from starlette.responses import Response

from connector.sandbox.salesforce import storage
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.limits import APP_NAME, BULK_BATCHES, QUERY_JOBS, Limits
from connector.sandbox.salesforce.soql.rows import Json

UNTOUCHED = {
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyDeliveredPlatformEvents": 10_000,
    "DailyGenericStreamingApiEvents": 10_000,
    "DailyStandardVolumePlatformEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 100_000,
    "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyPublishedPlatformEvents": 50_000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1_000,
    "MassEmail": 5_000,
    "SingleEmail": 5_000,
    "StreamingApiConcurrentClients": 20,
}


def limits(call: Call) -> Response:
    """GET /limits. Needs "View Setup and Configuration". Assumption: the refusal without it."""
    if "ViewSetup" not in call.store.permissions:
        text = "You do not have the level of access necessary to perform the operation you requested."
        raise ApiError(403, "INSUFFICIENT_ACCESS", text)
    counts = call.store.limits
    shown = {name: _left(most, 0) for name, most in UNTOUCHED.items()}
    shown["DailyApiRequests"] = _requests(counts)
    shown["DailyBulkApiBatches"] = _left(BULK_BATCHES, counts.bulk_batches.used())
    shown["DailyBulkV2QueryJobs"] = _left(QUERY_JOBS, counts.query_jobs.used())
    shown["DataStorageMB"] = _left(call.store.storage_mb or storage.USUAL_MB, storage.used_mb(call.store))
    return answer(dict(sorted(shown.items())))


def _requests(counts: Limits) -> Json:
    """All requests, and below the app's name those that it has of its own."""
    shown = _left(counts.daily, counts.told())
    if counts.app_allowance is not None:
        shown[APP_NAME] = _left(counts.app_allowance, counts.own.used(counts.lag))
    return shown


def _left(most: int, used: int) -> Json:
    return {"Max": most, "Remaining": max(most - used, 0)}
