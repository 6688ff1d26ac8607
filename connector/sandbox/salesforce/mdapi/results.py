"""A deploy as the SOAP and the REST API show it.

In: a deploy. Out: a DeployResult as plain values. Stamps end with `Z` in SOAP and with `+0000` in REST.
Source: Metadata API Developer Guide, "DeployResult", "DeployMessage".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from connector.sandbox.salesforce.mdapi.deploys import Deploy
from connector.sandbox.salesforce.mdapi.engine import Message
from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soql.rows import Json

Spelled = Callable[[datetime], str]


def soap_stamp(moment: datetime) -> str:
    """As SOAP spells a time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def soap_text(stored: str) -> str:
    """A stored stamp as SOAP spells it."""
    return stored.replace("+0000", "Z")


def shown(org: Org, deploy: Deploy, details: bool, spelled: Spelled = stamp) -> Json:
    """The DeployResult. Without `details` there are no messages in it."""
    verdict, options = deploy.verdict, deploy.options
    total = 0 if verdict is None else len(verdict.components)
    failed = 0 if verdict is None else len(verdict.failures)
    name = user_name(org, deploy.user)
    result: Json = {
        "checkOnly": options.check_only,
        "completedDate": deploy.completed and spelled(deploy.completed),
        "createdBy": deploy.user,
        "createdByName": name,
        "createdDate": spelled(deploy.created),
        "details": _details(deploy, spelled) if details else None,
        "done": deploy.done,
        "errorMessage": deploy.error and deploy.error[1],
        "errorStatusCode": deploy.error and deploy.error[0],
        "id": deploy.id,
        "ignoreWarnings": options.ignore_warnings,
        "lastModifiedDate": spelled(deploy.touched),
        "numberComponentErrors": failed,
        "numberComponentsDeployed": total - failed,
        "numberComponentsTotal": total,
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "rollbackOnError": options.rollback_on_error,
        "runTestsEnabled": options.test_level not in ("", "NoTestRun"),
        "startDate": deploy.started and spelled(deploy.started),
        "status": deploy.status,
        "success": deploy.succeeded,
    }
    if deploy.status == "Canceled":
        result |= {"canceledBy": deploy.user, "canceledByName": name}
    return {key: value for key, value in result.items() if value is not None}


def user_name(org: Org, user: str) -> str:
    row = org.db.read(org.kind("User"), user)
    return str(row["Name"]) if row else ""


def _details(deploy: Deploy, spelled: Spelled) -> Json:
    at = spelled(deploy.completed or deploy.touched)
    messages = [(each.success, _message(each, at)) for each in deploy.messages]
    return {
        "componentFailures": [shown for good, shown in messages if not good],
        "componentSuccesses": [shown for good, shown in messages if good],
        "runTestResult": {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0},
    }


def _message(message: Message, at: str) -> Json:
    told: Json = {
        "changed": message.changed and message.success,
        "columnNumber": message.column,
        "componentType": message.type,
        "created": message.created,
        "createdDate": at,
        "deleted": message.deleted,
        "fileName": message.file,
        "fullName": message.full_name,
        "id": message.id or None,
        "lineNumber": message.line,
        "problem": message.problem or None,
        "problemType": None,
        "success": message.success,
    }
    if message.problem:
        told["problemType"] = "Warning" if message.warning else "Error"
    return {key: value for key, value in told.items() if value is not None}
