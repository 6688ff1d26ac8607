"""How often people do what, and when on a day they do it.

Enters: a world (for its size), a seed, a day. Leaves: what is planned for that day. The same seed, day and
size give the same plan, whatever happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from connector.sandbox.company.chance import Chance, chance_of
from connector.sandbox.hubspot.values import millis
from connector.sandbox.people import cleaning, deals, events, marketers, reps, rhythm, visitors
from connector.sandbox.people.acts import Deed, Planned
from connector.sandbox.world import World

SHARE = 0.03
"""Acts on a working day for each contact that HubSpot had in the morning …"""
FEWEST = 400
"""… or for so many: small firms aren't idle."""


@dataclass(frozen=True, slots=True)
class Habit:
    """`percent` of a working day's acts are of this kind; done by the public also at night and weekends."""

    deed: Deed
    percent: float
    public: bool = False

    @property
    def what(self) -> str:
        """The name of the act."""
        return self.deed.__name__


HABITS = (
    Habit(visitors.form_filled_by_newcomer, 14, public=True),
    Habit(visitors.form_filled_by_known_person, 10, public=True),
    Habit(visitors.unsubscribed, 1.5, public=True),
    Habit(marketers.contact_at_handover, 5),
    Habit(marketers.contact_moved_forward, 6),
    Habit(marketers.hubspot_edit, 9),
    Habit(marketers.same_field_on_both_sides, 4),
    Habit(marketers.different_fields_on_both_sides, 5),
    Habit(marketers.email_changed, 2),
    Habit(marketers.company_edited, 2),
    Habit(marketers.call_logged_in_hubspot, 3),
    Habit(marketers.deal_edited_in_hubspot, 1.5),
    Habit(reps.salesforce_edit, 9),
    Habit(reps.account_edited, 2),
    Habit(reps.lead_created, 4),
    Habit(reps.lead_entered_again, 1),
    Habit(reps.old_lead_converted, 3.5),
    Habit(reps.old_lead_rejected, 3),
    Habit(reps.call_logged, 7),
    Habit(reps.meeting_held, 3),
    Habit(reps.opted_out_in_salesforce, 1),
    Habit(deals.opportunity_created, 2),
    Habit(deals.opportunity_moved, 7),
    Habit(deals.amount_changed, 4),
    Habit(deals.deal_won, 2),
    Habit(deals.deal_lost, 2.5),
    Habit(deals.contact_role_added, 2.5),
    Habit(cleaning.contacts_merged, 1),
    Habit(cleaning.companies_merged, 0.5),
    Habit(cleaning.leads_merged, 1),
    Habit(cleaning.salesforce_contacts_merged, 0.5),
    Habit(cleaning.accounts_merged, 0.4),
    Habit(cleaning.hubspot_archived, 1),
    Habit(cleaning.salesforce_deleted, 1),
)


def entries(world: World, seed: int, day: date, rare: bool) -> list[Planned]:
    """All that is planned for that day, in no order."""
    volume = SHARE * max(FEWEST, _contacts(world, day))
    found = [each for habit in HABITS for each in _of(habit, seed, day, volume)]
    if rare and rhythm.OFFICE.works_on(day):
        found += [each for event in events.EVENTS.values() for each in _rare(event, seed, day)]
    return found


def _contacts(world: World, day: date) -> int:
    sql = "SELECT count(*) FROM records WHERE type = 'contacts' AND created < ?"
    return int(world.hubspot.db.scalar(sql, millis(rhythm.midnight(day))))


def _of(habit: Habit, seed: int, day: date, volume: float) -> Iterable[Planned]:
    expected = volume * habit.percent / 100
    if not rhythm.OFFICE.works_on(day):
        expected *= rhythm.WEEKEND if habit.public else 0
    moment = rhythm.public_moment if habit.public else rhythm.office_moment
    return _planned(habit.deed, seed, day, expected, moment)


def _rare(event: events.Event, seed: int, day: date) -> Iterable[Planned]:
    return _planned(event.deed, seed, day, event.per_day, rhythm.office_moment)


def _planned(
    deed: Deed, seed: int, day: date, expected: float, moment: Callable[[Chance, date], datetime]
) -> Iterable[Planned]:
    """As often as expected, broken numbers by chance, each at a moment of its own."""
    what = deed.__name__
    often = int(expected) + chance_of(seed, day, what).happens(expected % 1)
    for number in range(often):
        key = (day, what, number)
        yield Planned(moment(chance_of(seed, *key, "when"), day), what, deed, key)
