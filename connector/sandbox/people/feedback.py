"""What a rep tells marketing about a lead, in the fields that the org has for it.

Enters: an org and a verdict. Leaves: values for fields that exist; nothing where there are none. Fields are
known by the ends of their names (Verdict__c, Verdict_Reason__c, …), whatever prefix an admin chose, and a
choice is found by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.schema import Field
from connector.sandbox.salesforce.store import SalesforceStore

ACCEPTED, REJECTED = "accepted", "rejected"


def verdict(
    store: SalesforceStore, type_name: str, word: str, at: datetime, reason: tuple[str, str] | None = None
) -> dict[str, object]:
    """A verdict ("accepted", "rejected") with a reason and a comment, as far as the org takes it."""
    told: dict[str, object] = dict(_told(store, type_name, "Verdict", word))
    if not told:
        return {}
    told |= dict(_told(store, type_name, "Verdict_At", stamp(at)))
    if reason is not None:
        told |= dict(_told(store, type_name, "Verdict_Reason", reason[0]))
        told |= dict(_told(store, type_name, "Verdict_Comment", reason[1]))
    return told


def set_back(store: SalesforceStore, type_name: str, stage: str) -> dict[str, object]:
    """The shared stage (such as "mql") in the org's own stage field, if there is one."""
    return dict(_told(store, type_name, "Stage", stage))


def lost_reason(store: SalesforceStore, text: str) -> dict[str, object]:
    """Why an opportunity was lost."""
    return dict(_told(store, "Opportunity", "Lost_Reason", text))


def _told(store: SalesforceStore, type_name: str, ending: str, text: str) -> Iterator[tuple[str, object]]:
    for field in store.catalog.custom_fields(type_name):
        if re.fullmatch(rf"[A-Za-z0-9]+_{ending}__c", field.name):
            value = _choice(field, text) if field.choices else text
            if value is not None:
                yield field.name, value


def _choice(field: Field, text: str) -> str | None:
    wanted = _folded(text)
    live = [choice for choice in field.choices if choice.active]
    for choice in live:
        if wanted in (_folded(choice.value), _folded(choice.label)):
            return choice.value
    return next((choice.value for choice in live if wanted in _folded(choice.value + choice.label)), None)


def _folded(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())
