"""HubSpot's error envelope.

What enters: the reason of a refusal. What leaves: an `ApiError` that the HTTP layer turns into a body.
Never a traceback, and never a field that HubSpot does not send.
Source: HubSpot developers, "Handling errors" and the error samples in the public client issue trackers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

PORTAL_ID = 147000001


@dataclass(frozen=True, slots=True)
class Problem:
    """One invalid property value. `code` is HubSpot's `error` word, such as INVALID_OPTION."""

    name: str
    code: str
    message: str

    def as_row(self) -> dict[str, Any]:
        """The element of the JSON array that HubSpot hides inside the message text."""
        return {
            "isValid": False,
            "message": self.message,
            "error": self.code,
            "name": self.name,
            "localizedErrorMessage": self.message,
            "portalId": PORTAL_ID,
        }

    def as_detail(self) -> dict[str, Any]:
        """The element of the envelope's `errors` list."""
        return {"message": self.message, "code": self.code, "context": {"propertyName": [self.name]}}


class ApiError(Exception):
    """A refusal with HubSpot's status and words. `context` lands in the envelope's `context`."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: Sequence[dict[str, Any]] = (),
        context: dict[str, list[str]] | None = None,
        sub_category: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.errors = tuple(errors)
        self.context = context or {}
        self.sub_category = sub_category

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The envelope of a whole answer."""
        out: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        if self.errors:
            out["errors"] = list(self.errors)
        if self.context:
            out["context"] = self.context
        out["category"] = self.category
        if self.sub_category:
            out["subCategory"] = self.sub_category
        return out

    def as_row_error(self, context: dict[str, list[str]]) -> dict[str, Any]:
        """The element of `errors` in a 207 answer."""
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": {**self.context, **context},
        }


def invalid_values(problems: Iterable[Problem]) -> ApiError:
    """400 for property values: the machine-readable part is a JSON array inside the message."""
    rows = list(problems)
    array = orjson.dumps([row.as_row() for row in rows]).decode()
    message = f"Property values were not valid: {array}"
    return ApiError(400, "VALIDATION_ERROR", message, errors=[row.as_detail() for row in rows])


def invalid(message: str, *, name: str | None = None) -> ApiError:
    """400 for a request whose form is wrong."""
    errors = [] if name is None else [{"message": message, "in": name}]
    return ApiError(400, "VALIDATION_ERROR", message, errors=errors)


def required(singular: str, names: Sequence[str]) -> ApiError:
    """400 for a new record without what its type needs.

    Source: issue threads of HubSpot's client libraries.
    """
    message = f"Error creating {singular.upper()}. Some required properties were not set."
    return ApiError(400, "VALIDATION_ERROR", message, context={"properties": list(names)})


def too_many_associations(pair: tuple[str, str], record_id: int, most: int) -> ApiError:
    """400 for one association more than a record may have. Assumption: status and wording."""
    text = f"{pair[0]} record {record_id} has reached the limit of {most} associations to {pair[1]}"
    return ApiError(400, "VALIDATION_ERROR", text, sub_category="crm.associations.LIMIT_EXCEEDED")


def malformed(detail: str) -> ApiError:
    """400 for a body that is not the JSON expected. Assumption: the wording after the colon."""
    return invalid(f"Invalid input JSON on line 1, column 1: {detail}")


def check_depth(body: Any) -> None:
    """Raises ApiError 400 for JSON nested too deep to be kept and said again. Assumption: how deep."""
    try:
        orjson.dumps([[[[[[[[body]]]]]]]])
    except TypeError as error:
        raise malformed(str(error)) from None


def not_found(message: str = "resource not found") -> ApiError:
    """404 by id (v3 wording)."""
    return ApiError(404, "OBJECT_NOT_FOUND", message)


def contact_exists(record_id: int) -> ApiError:
    """409 for an email that another contact has, also as a secondary one: the id is in the message only."""
    return ApiError(409, "CONFLICT", f"Contact already exists. Existing ID: {record_id}")


def value_taken(type_id: str, name: str, value: str, own_id: int | None, holder: int) -> ApiError:
    """A second record with the value of a unique property. Assumption: 400 with this code and wording."""
    own = str(own_id) if own_id is not None else "new object"
    where = f"portalId={PORTAL_ID}, objectTypeId={type_id}, propertyName={name}, value={value}"
    text = f"Cannot set PropertyValueCoordinates{{{where}}} on {own}. {holder} already has that value."
    return invalid_values([Problem(name, "CONFLICTING_UNIQUE_VALUE", text)])


def unauthorized() -> ApiError:
    """401 for a missing or unknown token."""
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can "
        "find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return ApiError(401, "INVALID_AUTHENTICATION", message)


def existing_id(message: str) -> str | None:
    """The record id in a 409 message, or None."""
    found = re.search(r"Existing ID: (\d+)", message)
    return found.group(1) if found else None
