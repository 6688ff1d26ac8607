"""Who writes to a record: the API, a person, an automation, HubSpot itself.

What enters: nothing, or a user id. What leaves: frozen values that land in a property's history.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Who writes. `forward_only` is the API's rule for lifecycle stages; people in the UI may go back.

    `sets_read_only` is for HubSpot itself: scores, conversions, opt-outs. `obeys_rules` is for API
    versions that enforce what admins require. `id` of an integration is the app whose token it used.
    """

    type: str = "INTEGRATION"
    id: str = "sandbox"
    user_id: int | None = None
    forward_only: bool = True
    sets_read_only: bool = False
    obeys_rules: bool = False


API = Source()
AUTOMATION = Source("AUTOMATION_PLATFORM", "lifecycle-stage-sync")
SYSTEM = Source("CALCULATED", "system", forward_only=False, sets_read_only=True)


def person(user_id: int = 9001) -> Source:
    """A human in the user interface."""
    return Source("CRM_UI", f"userId:{user_id}", user_id, forward_only=False)


def workflow(name: str) -> Source:
    """A workflow that somebody has built: it moves stages forward only, like the API."""
    return Source("AUTOMATION_PLATFORM", f"workflow:{name}")


def form(name: str) -> Source:
    """A form that was filled in; what HubSpot notes of it itself goes along."""
    return Source("FORM", f"form:{name}", sets_read_only=True)
