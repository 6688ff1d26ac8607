"""What an assumption and its probe are.

What enters: functions marked with `assumes`. What leaves: the table of all assumptions, by id. An
assumption is a sentence about a CRM that no public source settles; a probe does the thing on a ground and
looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ground.base import Ground

Crm = Literal["HubSpot", "Salesforce"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`held` None: could not tell. `observed`: what was seen, without people's values."""

    held: bool | None
    observed: str


Probe = Callable[[Ground], Finding]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One sentence, as it stands in docs/simulated-crms.md. Either a probe, or why there is none."""

    id: str
    crm: Crm
    text: str
    probe: Probe | None = None
    why: str = ""


TABLE: dict[str, Assumption] = {}
"""All assumptions in the order of the page."""


def assumes(id: str, text: str) -> Callable[[Probe], Probe]:
    """Marks a probe with its assumption."""

    def marked(probe: Probe) -> Probe:
        _add(Assumption(id, _crm(id), text, probe))
        return probe

    return marked


def unprobed(id: str, text: str, why: str) -> None:
    """An assumption that no request can settle."""
    _add(Assumption(id, _crm(id), text, None, why))


def _crm(id: str) -> Crm:
    return "HubSpot" if id.startswith("hs-") else "Salesforce"


def _add(assumption: Assumption) -> None:
    if assumption.id in TABLE:
        raise ValueError(f"two assumptions are called {assumption.id}")
    TABLE[assumption.id] = assumption
