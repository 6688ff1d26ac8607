"""HubSpot's refusals in our words.

Enters: status, headers and body of an error answer, or one entry of the ``errors`` list of a 207. Leaves:
one of our errors, or code, field names and a record id. Vendor messages quote people's values: they are
taken apart here and never passed on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.crm.base import ASSOCIATION_LIMIT
from connector.crm.retry import retry_after
from connector.crm.wire import VendorRefusal, json_or_none, refusal_text, safe_code, safe_fields
from connector.errors import Retry, SmarketingError, Stop, Unknown

WHO = "HubSpot"

_EXISTING_ID = re.compile(r"Existing ID: (\d{1,20})")
_HOLDER_ID = re.compile(r"(\d{1,20}) already has that value")
_NO_ROOM = re.compile(r"associations?[._]LIMIT_EXCEEDED", re.IGNORECASE)
_LOCK_S = 2.0  # "Handling errors" page: a 423 lock lasts two seconds
_MOVE_S = 3600.0
_BURST_S = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}
_TOKEN_FIX = "Put a valid service key or private app token into the configured secret"


@dataclass(frozen=True, slots=True)
class Explained:
    """What a refusal says: vendor code, property names, the id of a record that is in the way."""

    code: str
    fields: tuple[str, ...] = ()
    existing: str | None = None

    @property
    def text(self) -> str:
        return refusal_text(WHO, self.code, self.fields)


def explain(error: Any) -> Explained:
    """Read an error envelope, or one entry of a 207.

    The property names stand in ``errors[].context.propertyName`` or in a JSON list inside the message; the
    id of the record that already has an email only in the message ("Handling errors" page and public issue
    threads).
    """
    if not isinstance(error, dict):
        return Explained("REFUSED")
    message = str(error.get("message") or "")
    details = [d for d in error.get("errors") or () if isinstance(d, dict)]
    inner = _inside(message)
    codes = [d.get("code") for d in details] + [d.get("error") for d in inner]
    code = next((safe_code(c) for c in codes if c), safe_code(error.get("category"), "REFUSED"))
    names = [n for d in details for n in _names(d.get("context"))] + [d.get("name") for d in inner]
    found = _EXISTING_ID.search(message) or _HOLDER_ID.search(message)
    if found:
        code = "CONFLICT"
    if _NO_ROOM.search(f"{error.get('subCategory')} {code}"):
        code = ASSOCIATION_LIMIT
    return Explained(code, safe_fields(names), found.group(1) if found else None)


def _inside(message: str) -> list[dict[str, Any]]:
    start = message.find("[{")
    rows = json_or_none(message[start:]) if start >= 0 else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _names(context: Any) -> list[Any]:
    names = context.get("propertyName") if isinstance(context, dict) else None
    return names if isinstance(names, list) else []


def translate(
    status: int, headers: Mapping[str, str], body: bytes | str | None, what: str
) -> SmarketingError:
    """Our error for an error answer. ``what``: the kind of call (``list contacts``).

    Statuses and bodies: HubSpot's "Handling errors" and "Usage guidelines" pages.
    """
    error = json_or_none(body)
    if _is_another(status, error, body):
        return Stop(
            f"this address does not answer like HubSpot ({what}, status {status})",
            fix="Check hubspot.url in config.toml",
            reason="address",
        )
    if status == 401:
        return Stop(f"HubSpot refused the token ({what})", fix=_TOKEN_FIX, reason="credentials")
    if status == 403:
        return _forbidden(error, what)
    if 300 <= status < 400:
        return Stop(f"HubSpot answered with a redirect ({what})", fix="Check hubspot.url", reason="redirect")
    if status in (423, 429, 477):
        return _later(status, error, retry_after(headers.get("retry-after")), what)
    if status >= 500 or status == 408:
        return Unknown(f"HubSpot failed with status {status} ({what})", after_s=_asked(headers))
    told = explain(error)
    return VendorRefusal(told.text, code=told.code, fields=told.fields, status=status, detail=error)


def _is_another(status: int, error: Any, body: bytes | str | None) -> bool:
    """Whether somebody else answers: HubSpot's errors are JSON objects, Salesforce's are lists of them, and a
    web server that knows no such path answers 404 in HTML. An empty body tells nothing."""
    if isinstance(error, list):
        return 400 <= status < 500
    return status == 404 and bool(body) and not isinstance(error, dict)


def _asked(headers: Mapping[str, str]) -> float | None:
    return retry_after(headers.get("retry-after"))


def _later(status: int, error: Any, asked: float | None, what: str) -> SmarketingError:
    if status == 423:
        return Retry(f"HubSpot has locked the records for a moment ({what})", after_s=asked or _LOCK_S)
    if status == 477:
        moving = "HubSpot is moving this account to another data center"
        return Retry(f"{moving} ({what})", after_s=asked or _MOVE_S, fix="Wait; it may take a day")
    policy, message = "", ""
    if isinstance(error, dict):
        policy, message = str(error.get("policyName") or ""), str(error.get("message") or "").lower()
    if policy == "DAILY" or "daily limit" in message:
        return Stop(
            "HubSpot's daily request allowance is used up",
            fix="It starts anew at midnight in the account's time zone; other private apps share it",
            reason="daily limit",
        )
    if not policy and "secondly" in message:
        policy = "TEN_SECONDLY_ROLLING" if "ten_secondly" in message else "SECONDLY"
    wait = asked if asked is not None else _BURST_S.get(policy)
    return Retry(f"HubSpot asks for fewer requests a second ({what})", after_s=wait)


def _forbidden(error: Any, what: str) -> Stop:
    scopes = ", ".join(_scopes(error))
    if scopes:
        return Stop(
            f"HubSpot: the token lacks the scope {scopes} ({what})",
            fix=f"Add the scope {scopes} to the service key or private app",
            reason="permission",
        )
    return Stop(
        f"HubSpot does not permit this token to {what}",
        fix="Compare the token's scopes with those that the documentation lists",
        reason="permission",
    )


def _scopes(error: Any) -> list[str]:
    details = error.get("errors") if isinstance(error, dict) else None
    contexts = [d.get("context") for d in details or () if isinstance(d, dict)]
    contexts.append(error.get("context") if isinstance(error, dict) else None)
    found: list[str] = []
    for context in contexts:
        for key in ("requiredGranularScopes", "requiredScopes"):
            names = context.get(key) if isinstance(context, dict) else None
            found += [n for n in names or () if isinstance(n, str) and re.fullmatch(r"[a-z0-9_.\-]{1,80}", n)]
    return list(dict.fromkeys(found))
