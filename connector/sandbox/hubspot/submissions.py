"""Filled-in forms: the contact they belong to, and what HubSpot notes of them.

What enters: an address and what was written beside it. What leaves: a changed or new contact.
Needs a transaction. Source: HubSpot knowledge base, "Form submissions create or update contacts by email
address"; "Original traffic source". Assumption: a secondary address counts, and stays secondary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.sandbox.hubspot.sources import form
from connector.sandbox.hubspot.values import email, iso
from connector.sandbox.hubspot.writes import Writer


@dataclass(frozen=True, slots=True)
class Submission:
    """`source` is a traffic source such as PAID_SEARCH, `drill_down` what UTM parameters said of it."""

    form: str
    email: str
    values: Mapping[str, str] = field(default_factory=dict)
    source: str = "DIRECT_TRAFFIC"
    drill_down: tuple[str, str] = ("", "")
    first_stage: str = "lead"


def submit(writer: Writer, submission: Submission, now_ms: int) -> tuple[int, bool]:
    """The contact's id, and whether it is new. Raises ApiError for values that HubSpot refuses."""
    address = email(submission.email)
    holder = writer.records.holder("contacts", "email", address)
    row = None if holder is None else writer.records.get("contacts", holder)
    noted = _noted(submission, row.props if row else {}, now_ms)
    if row is None:
        return writer.create("contacts", {"email": address, **noted}, form(submission.form), now_ms).id, True
    writer.update(row, noted, form(submission.form), now_ms)
    return row.id, False


def _noted(submission: Submission, known: Mapping[str, str], now_ms: int) -> dict[str, str]:
    values = {
        **submission.values,
        "recent_conversion_event_name": submission.form,
        "recent_conversion_date": iso(now_ms),
        "num_conversion_events": str(int(float(known.get("num_conversion_events", "0"))) + 1),
        "hs_latest_source": submission.source,
    }
    if "first_conversion_date" not in known:
        values["first_conversion_event_name"] = submission.form
        values["first_conversion_date"] = values["recent_conversion_date"]
    if not known:
        first, second = submission.drill_down
        values |= {"hs_analytics_source": submission.source, "lifecyclestage": submission.first_stage}
        values |= {"hs_analytics_source_data_1": first, "hs_analytics_source_data_2": second}
    return {name: value for name, value in values.items() if value}
