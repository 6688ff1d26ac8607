"""What a client may ask for when it deploys, checked.

In: options as text by name, the zip. Out: a deploy that waits. Raises ApiError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.mdapi.deploys import Deploy
from connector.sandbox.salesforce.mdapi.engine import Options
from connector.sandbox.salesforce.store import SalesforceStore

TEST_LEVELS = frozenset({"", "NoTestRun", "RunSpecifiedTests", "RunLocalTests", "RunAllTestsInOrg"})


def options(flag: Callable[[str], bool], test_level: str, run_tests: Sequence[str]) -> Options:
    """The options, of which `flag` tells each by name. Raises ApiError for an unknown test level."""
    if test_level not in TEST_LEVELS:
        text = f"'{test_level}' is not a valid value for the enum 'TestLevel'"
        raise ApiError(400, "INVALID_FIELD", text)
    return Options(
        check_only=flag("checkOnly"),
        rollback_on_error=flag("rollbackOnError"),
        single_package=flag("singlePackage"),
        ignore_warnings=flag("ignoreWarnings"),
        allow_missing_files=flag("allowMissingFiles"),
        auto_update_package=flag("autoUpdatePackage"),
        purge_on_delete=flag("purgeOnDelete"),
        perform_retrieve=flag("performRetrieve"),
        test_level=test_level,
        run_tests=tuple(run_tests),
    )


def begun(store: SalesforceStore, raw: bytes, chosen: Options) -> Deploy:
    """A new deploy, in production all or nothing. Assumption: the code and words of the refusal."""
    production = not any(row["IsSandbox"] for row in store.all("Organization"))
    if production and (not chosen.rollback_on_error or chosen.allow_missing_files):
        text = "rollbackOnError must be true and allowMissingFiles false in a production org"
        raise ApiError(400, "INVALID_OPERATION", text)
    return store.deploys.add(raw, chosen, store.user, store.clock.now())


def named(store: SalesforceStore, id: str) -> Deploy:
    """The deploy of this id. Assumption: the words for one that is not there."""
    found = store.deploys.get(id, store.clock.now())
    if found is None:
        raise ApiError(404, "INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {id}")
    return found


def cancel(store: SalesforceStore, id: str) -> Deploy:
    """Stops a deploy that has not ended; one that is at work first turns to Canceling."""
    found = named(store, id)
    if found.done:
        raise ApiError(400, "INVALID_ID_FIELD", "Deployment already completed")
    if found.status == "Pending":
        found.status, found.completed = "Canceled", store.clock.now()
    else:
        found.status = "Canceling"
    found.touched = store.clock.now()
    return found
