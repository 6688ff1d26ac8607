"""Faults that reach into a CRM: rows that fail, writes that are seen late, fields and tokens that go.

Enters: JSON, checked here. Leaves: the CRM's own answer, given under orders.
"""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from connector.sandbox.faults.firing import Answer, Firing
from connector.sandbox.faults.vendor import ANSWERS
from connector.sandbox.orders import SCOPE_KEY, Orders, Refusal, orders_of

USUAL_REFUSAL = {
    "hubspot": Refusal("VALIDATION_ERROR", "The object could not be written"),
    "salesforce": Refusal("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
}


class RowError(BaseModel):
    """The vendor's error of one row. With `fields`, HubSpot tells it as an invalid value of those."""

    model_config = ConfigDict(extra="forbid")

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()


class FailRows(Answer):
    """Some rows of a batch fail and are not applied; the others are, if the CRM lets rows fail alone."""

    fail_rows: list[Annotated[int, Field(ge=0)]] | Annotated[float, Field(gt=0, le=1)] = Field(
        description="must be a list of rows, from 0, or the share of them that fails, above 0, up to 1"
    )
    error: RowError | None = Field(
        default=None, description='must be {"code": text, "message": text, "fields": [names]}'
    )

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:
        """The CRM's own answer to the batch of which these rows fail."""
        own = None if self.error is None else Refusal(**self.error.model_dump())
        refusal = own or USUAL_REFUSAL[firing.asked.side]

        def refused(row: int) -> Refusal | None:
            return refusal if self._fails(row, firing) else None

        return _under(app, refusal=refused)

    def _fails(self, row: int, firing: Firing) -> bool:
        if isinstance(self.fail_rows, list):
            return row in self.fail_rows
        return firing.chance("row", row).random() < self.fail_rows


class LateCommit(Answer):
    """What the request writes is seen later. Salesforce: the transaction commits then, with the stamps of
    now. HubSpot: search finds it then."""

    late_commit_s: float = Field(gt=0, le=864_000, description="must be seconds of virtual time, above 0")

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:  # noqa: ARG002
        """The CRM's own answer, at once."""
        return _under(app, late_s=self.late_commit_s)


class FieldName(BaseModel):
    """A field of Salesforce, or a property of HubSpot."""

    model_config = ConfigDict(extra="forbid")

    type: str
    field: str


class HideField(Answer):
    """From this request on, until the rule is taken back, the API's user does not see a field. The request
    itself goes its way; what is hidden is kept by `book.Faults`."""

    hide_field: FieldName = Field(description='must be {"type": "Lead", "field": "Rating"}')

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:  # noqa: ARG002
        """The CRM's own answer, without the field."""
        return app


def expired(firing: Firing, app: ASGIApp) -> ASGIApp:
    """The request's token is no longer accepted. Salesforce's is gone for good: its client gets a new one."""
    if firing.asked.side == "hubspot":
        return ANSWERS["expired_authentication"].response(firing)

    async def expiring(scope: Scope, receive: Receive, send: Send) -> None:
        token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
        firing.crms.salesforce.forget_token(token.strip())
        await _under(app, no_session=True)(scope, receive, send)

    return expiring


def _under(app: ASGIApp, **changes: object) -> ASGIApp:
    async def ordered(scope: Scope, receive: Receive, send: Send) -> None:
        orders: Orders = replace(orders_of(scope), **changes)  # type: ignore[arg-type]
        await app({**scope, SCOPE_KEY: orders}, receive, send)

    return ordered
