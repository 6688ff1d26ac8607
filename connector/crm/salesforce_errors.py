"""Salesforce's refusals in our words.

Enters: status and parsed body of an error answer, or the errors of one record. Leaves: one of our errors,
or code, column names and a record id. Vendor messages quote people's values: they are taken apart here and
never passed on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.crm.retry import retry_after
from connector.crm.wire import VendorRefusal, refusal_text, safe_code, safe_fields
from connector.errors import Retry, SmarketingError, Stop, Unknown
from connector.salesforce_ids import id_or_none

WHO = "Salesforce"

BUSY_CODES = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "SERVER_UNAVAILABLE",
        "QUERY_TIMEOUT",
        "TXN_SECURITY_METERING_ERROR",
        "API_CURRENTLY_DISABLED",
    }
)
"""Codes of failures that pass by themselves and have changed nothing ("Status codes and error responses"
page)."""

_DENIED = ("INSUFFICIENT_ACCESS", "API_DISABLED", "FUNCTIONALITY_NOT_ENABLED", "OPERATION_NOT_ALLOWED")
_PERMANENT_401 = ("not valid for use with the REST API", "not attached to Agent")
_COLUMN = re.compile(r"No such column '([A-Za-z0-9_.]+)'")
_OBJECT = re.compile(r"sObject type '([A-Za-z0-9_]+)' is not supported")
_HOLDER = re.compile(r"record with id: ?([A-Za-z0-9]{15,18})\b")


@dataclass(frozen=True, slots=True)
class Explained:
    """What a refusal says: vendor code, column names, the id of a record that is in the way."""

    code: str
    fields: tuple[str, ...] = ()
    existing: str | None = None

    @property
    def text(self) -> str:
        return refusal_text(WHO, self.code, self.fields)


def explain(error: Any) -> Explained:
    """Read one error: whole-request errors call the code ``errorCode``, those of a record
    ``statusCode``."""
    if not isinstance(error, dict):
        return Explained("REFUSED")
    message = str(error.get("message") or "")
    code = safe_code(error.get("errorCode") or error.get("statusCode"))
    names = list(error.get("fields") or ()) or _COLUMN.findall(message)
    holder = _HOLDER.search(message) if code in ("DUPLICATE_VALUE", "DUPLICATES_DETECTED") else None
    return Explained(code, safe_fields(names), id_or_none(holder.group(1)) if holder else None)


def first(content: Any) -> dict[str, Any]:
    """The first error of a body: a list of objects, one object (OAuth), or text of a gateway."""
    if isinstance(content, list) and content and isinstance(content[0], dict):
        return content[0]
    return content if isinstance(content, dict) else {}


def is_expired(status: int, content: Any) -> bool:
    """Whether a new token may help."""
    message = str(first(content).get("message") or "")
    return status == 401 and not any(words in message for words in _PERMANENT_401)


def translate(status: int, headers: Mapping[str, str], content: Any, what: str) -> SmarketingError:
    """Our error for an error answer. ``what``: the kind of call (``query Lead``).

    Statuses and codes: "Status Codes and Error Responses" in the REST API guide.
    """
    error = first(content)
    told = explain(error)
    asked = retry_after(headers.get("retry-after"))
    if status == 401:
        return refused_token(what)
    if told.code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(str(error.get("message") or ""), what, asked)
    if told.code in BUSY_CODES and status < 500:
        return Retry(f"Salesforce is busy: {told.code} ({what})", after_s=asked)
    if status in (420, 429):
        return Retry(f"Salesforce asks for fewer requests ({what})", after_s=asked)
    if status >= 500 or status in (406, 408) or not error:
        return _failed(status, what, asked)
    if status == 403 or told.code.startswith(_DENIED):
        return _denied(told.code, what)
    if told.code == "INVALID_TYPE":
        return VendorRefusal(f"{told.text} ({what})", code=told.code, status=status, fields=_hidden(error))
    return VendorRefusal(told.text, code=told.code, status=status, detail=error, fields=told.fields)


def refused_token(what: str) -> Stop:
    """A 401 that a new token did not help against."""
    return Stop(
        f"Salesforce does not accept the login ({what})",
        fix="Check the external client app, its run-as user and that user's API access",
        reason="credentials",
    )


def _failed(status: int, what: str, asked: float | None) -> SmarketingError:
    if 300 < status < 400:
        return Stop(
            f"Salesforce answered with a redirect ({what})", fix="Check salesforce.url", reason="redirect"
        )
    return Unknown(f"Salesforce failed with status {status} ({what})", after_s=asked)


def _limit(message: str, what: str, asked: float | None) -> SmarketingError:
    if "concurrent" in message.lower():
        return Retry(f"Salesforce has too many long requests at once ({what})", after_s=asked)
    return Stop(
        "Salesforce's daily request allowance is used up",
        fix="It is a rolling 24 hours: wait, or buy more API calls; other integrations share it",
        reason="daily limit",
    )


def _denied(code: str, what: str) -> Stop:
    if code.startswith("API_DISABLED"):
        fix = "Turn on 'API Enabled' for the integration user; Professional edition needs the API add-on"
    else:
        fix = "Give the integration user this right in the permission set 'smarketing'"
    return Stop(f"Salesforce does not permit this user to {what} ({code})", fix=fix, reason="permission")


def _hidden(error: Mapping[str, Any]) -> tuple[str, ...]:
    return safe_fields(_OBJECT.findall(str(error.get("message") or "")))
