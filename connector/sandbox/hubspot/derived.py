"""Properties that HubSpot computes from others.

What enters: a row's properties after a change. What leaves: further changes. It never writes.
"""

from __future__ import annotations

import re
from decimal import Decimal

from connector.sandbox.hubspot.catalog import CREATED_PROPERTY, MODIFIED_PROPERTY
from connector.sandbox.hubspot.lifecycle import Changes, stage_dates
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.values import iso, plain

_SEARCHABLE = {
    "hs_searchable_calculated_phone_number": "phone",
    "hs_searchable_calculated_mobile_number": "mobilephone",
}


COMPUTED = frozenset({"hs_is_contact", "hs_is_unworked", "hs_pipeline", "hs_all_contact_vids", *_SEARCHABLE})
"""Properties that are not stored unless something was written to them."""


def consequences(schema: Schema, row: Row, changes: Changes, now_ms: int) -> Changes:
    """What a change brings along: email domain, owner date, stage dates, closed flags of a deal."""
    out: Changes = {}
    if "email" in changes and row.type == "contacts":
        address = changes["email"]
        out["hs_email_domain"] = address.rpartition("@")[2] if address else None
        out |= _swapped_emails(row, address)
    owner = changes.get("hubspot_owner_id")
    if owner and owner != row.props.get("hubspot_owner_id"):
        out["hubspot_owner_assigneddate"] = iso(now_ms)
    stage = "dealstage" if row.type == "deals" else "lifecyclestage"
    if stage in changes:
        dates = stage_dates(row.props, row.props.get(stage), changes[stage], now_ms)
        out |= {
            name: value for name, value in dates.items() if row.type != "deals" or name.startswith("hs_v2_")
        }
    if row.type == "deals":
        out |= _deal_figures(schema, row.props | {key: value or "" for key, value in changes.items()})
    if "hs_task_status" in changes and changes["hs_task_status"] != row.props.get("hs_task_status"):
        done = changes["hs_task_status"] == "COMPLETED"
        out |= {
            "hs_task_is_completed": "1" if done else "0",
            "hs_task_completion_date": iso(now_ms) if done else None,
        }
    return out


def _swapped_emails(row: Row, address: str | None) -> Changes:
    """A secondary address that becomes the primary one changes places with it (assumption)."""
    others = [each for each in row.props.get("hs_additional_emails", "").split(";") if each]
    if address not in others:
        return {}
    old = row.props.get("email")
    kept = [each for each in others if each != address] + ([old] if old else [])
    return {"hs_additional_emails": ";".join(kept) or None}


def _deal_figures(schema: Schema, props: dict[str, str]) -> Changes:
    found = schema.stage(props.get("dealstage", ""))
    metadata = found[1]["metadata"] if found else {"isClosed": "false", "probability": "0.0"}
    chance, closed = Decimal(metadata["probability"]), metadata["isClosed"] == "true"
    amount = Decimal(props.get("amount") or 0)
    return {
        "hs_is_closed": "true" if closed else "false",
        "hs_is_closed_won": "true" if closed and chance == 1 else "false",
        "hs_is_closed_lost": "true" if closed and chance == 0 else "false",
        "hs_deal_stage_probability": plain(chance),
        "hs_closed_amount": plain(amount if closed and chance == 1 else Decimal(0)),
        "hs_projected_amount": plain(amount * chance),
        "amount_in_home_currency": props.get("amount") or None,
    }


def value_of(row: Row, name: str) -> str | None:
    """The value of any property of a row, those kept in columns included."""
    found = row.props.get(name)
    if found is not None:
        return found
    if name == "hs_object_id":
        return str(row.id)
    if name == CREATED_PROPERTY[row.type]:
        return iso(row.created)
    if name == MODIFIED_PROPERTY[row.type]:
        return iso(row.modified)
    return _computed(row, name)


def _computed(row: Row, name: str) -> str | None:
    if row.type == "contacts":
        if name in ("hs_is_contact", "hs_is_unworked"):
            return "true"
        if name == "hs_pipeline":
            return "contacts-lifecycle-pipeline"
        if name == "hs_all_contact_vids":
            return str(row.id)
    source = _SEARCHABLE.get(name)
    return searchable_phone(row.props.get(source, "")) if source else None


def searchable_phone(text: str) -> str | None:
    """Area code and local number only. Source: HubSpot developers, "Search the CRM", phone numbers."""
    if not text:
        return None
    if text.strip().startswith("+"):
        import phonenumbers  # loaded with the first such number

        try:
            return str(phonenumbers.parse(text).national_number)
        except phonenumbers.NumberParseException:
            pass
    return re.sub(r"\D", "", text).lstrip("0") or None
