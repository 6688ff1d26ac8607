"""Salesforce's errors as data: per record, and for a whole request.

In: codes and texts. Out: the JSON that Salesforce answers. Source of the shapes: Salesforce REST API
Developer Guide, "Status Codes and Error Responses"; whole-request errors are arrays with `errorCode`, the
results of sObject Collections carry `statusCode` instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NOT_FOUND_TEXT = "The requested resource does not exist"
GONE_CODES = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about one record or request."""

    code: str
    message: str
    fields: tuple[str, ...] = field(default=())
    more: Mapping[str, object] = field(default_factory=dict)  # told of a request, not within a collection

    def in_request(self) -> dict[str, object]:
        """As an element of a whole-request error array."""
        body: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            body["fields"] = list(self.fields)
        return {**body, **self.more}

    def in_record(self) -> dict[str, object]:
        """As an element of `errors` in a collection result."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


class ApiError(Exception):
    """The whole request fails with this HTTP status and this array of problems."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.problems = [Problem(code, message, tuple(fields))]


class RecordError(Exception):
    """One record is refused; alone it fails the request, in a collection only its own row."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.code}: {p.message}" for p in problems))
        self.problems = list(problems)

    @property
    def status(self) -> int:
        """The HTTP status when the record stood alone in its request."""
        return 404 if self.problems[0].code in GONE_CODES else 400


def refuse(code: str, message: str, *fields: str) -> RecordError:
    """A RecordError with a single problem."""
    return RecordError([Problem(code, message, fields)])


def no_such_resource(message: str = NOT_FOUND_TEXT) -> ApiError:
    """404 NOT_FOUND."""
    return ApiError(404, "NOT_FOUND", message)


class ValidationRule(Exception):  # noqa: N818  # it is what an admin set up, not a fault of the program
    """Raised by a hook in `SalesforceStore.on_write`: an admin's validation rule refuses the record."""

    def __init__(self, message: str, *fields: str) -> None:
        super().__init__(message)
        self.problem = Problem("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields)
