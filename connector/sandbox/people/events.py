"""What happens only every few weeks, and what a scenario may let happen at will.

Enters: the name of an event and its options. Leaves: a plan of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from inspect import signature

from connector.sandbox.people import admins, handovers, imports
from connector.sandbox.people.acts import Done, Planned

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Event:
    """`per_day`: how often on a working day, on average."""

    deed: Callable[..., Done | None]
    per_day: float

    @property
    def options(self) -> Mapping[str, object]:
        """Names and defaults of what may be said about it."""
        return {
            name: each.default for name, each in signature(self.deed).parameters.items() if name != "scene"
        }


_ALL = (
    Event(admins.hubspot_label_renamed, 0.08),
    Event(admins.salesforce_label_renamed, 0.08),
    Event(admins.hubspot_option_added, 0.03),
    Event(admins.hubspot_option_renamed, 0.04),
    Event(admins.salesforce_value_added, 0.04),
    Event(admins.salesforce_value_renamed, 0.02),
    Event(admins.salesforce_value_retired, 0.03),
    Event(admins.hubspot_stage_added, 0.02),
    Event(admins.salesforce_stage_added, 0.02),
    Event(handovers.colleague_left, 0.03),
    Event(handovers.colleague_joined, 0.03),
    Event(handovers.bulk_owner_change, 0.03),
    Event(imports.csv_import, 0.05),
    Event(imports.bulk_load, 0.03),
)
EVENTS: Mapping[str, Event] = {event.deed.__name__: event for event in _ALL}


def planned(what: str, now: datetime, options: Mapping[str, object]) -> Planned:
    """The event, to be done at `now` (aware). Raises LookupError, or ValueError for its options."""
    event = EVENTS.get(what)
    if event is None:
        raise LookupError(f"no event {what!r}; there are {', '.join(EVENTS)}")
    unknown = options.keys() - event.options.keys()
    if unknown:
        raise ValueError(f"{what} takes {', '.join(event.options) or 'no options'}, not {', '.join(unknown)}")
    for name, value in options.items():
        _check(name, value, event.options[name])
    key = (what, now.replace(microsecond=0).isoformat())
    return Planned(now, what, partial(event.deed, **options), key)


def _check(name: str, value: object, default: object) -> None:
    """Words where the default is one, else numbers. Raises ValueError."""
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ValueError(f"{name} must be a text")
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise ValueError(f"{name} must be a whole number from 0 to {MOST}")
