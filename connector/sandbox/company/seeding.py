"""Puts the invented firms, people and deals into both CRMs.

Enters: a world, a size, a seed. Leaves: loaded stores, and how many of what. Only what any CRM has is loaded:
none of the connector's own fields.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from connector.sandbox.company.chance import HISTORY_S, Chance, Row
from connector.sandbox.company.deals import deals, outcomes
from connector.sandbox.company.firms import firms
from connector.sandbox.company.into_hubspot import load_hubspot
from connector.sandbox.company.into_salesforce import load_salesforce
from connector.sandbox.company.loading import Company, load
from connector.sandbox.company.people import people
from connector.sandbox.company.person_rows import rows_of
from connector.sandbox.company.staff import STAFF
from connector.sandbox.world import World

Summary = dict[str, int]
"""How many of what."""


def seed(world: World, contacts: int, seed: int) -> Summary:
    """Fills both (empty) CRMs with a company of so many HubSpot contacts, and about 0.6 times as many people
    in Salesforce. With 0 there are only the colleagues (owners, users), as in CRMs that were just bought.

    The same seed and the same day at the clock's start give the same records.
    """
    with _nothing_thrown_away():
        chance = Chance(seed, _base(world.clock.start))
        company = _invent(chance, contacts)
        users, owners = _load_staff(world, chance.base)
        ids = load_salesforce(world, chance, company, users)
        load_hubspot(world, chance, company, owners, ids)
        world.mark_seeded(contacts, seed)
    return _summary(company)


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """No search for cycles among millions of new objects, in which there are none: a fifth of the time."""
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


def hire_if_empty(world: World) -> None:
    """Gives CRMs that nobody works in yet the company's people, as owners and users."""
    if not world.hubspot.schema.owners:
        _load_staff(world, _base(world.clock.start))


def _base(start: datetime) -> datetime:
    return start.replace(hour=0, minute=0, second=0, microsecond=0)


def _invent(chance: Chance, contacts: int) -> Company:
    found = firms(chance, contacts)
    persons = people(chance, found, contacts)
    sold = deals(chance, found, persons)
    best = outcomes(sold)
    rows = [
        rows_of(chance, person, found[person.firm], best.get(place)) for place, person in enumerate(persons)
    ]
    return Company(found, persons, rows, sold)


def _summary(company: Company) -> Summary:
    rows = company.rows
    return {
        "contacts": sum(each.hubspot is not None for each in rows),
        "companies": sum(firm.hubspot is not None for firm in company.firms),
        "deals": sum(deal.hubspot is not None for deal in company.deals),
        "Lead": sum(len(each.leads) for each in rows),
        "Contact": sum(len(each.contacts) for each in rows),
        "Account": sum(firm.salesforce is not None for firm in company.firms),
        "Opportunity": sum(deal.salesforce is not None for deal in company.deals),
        "people in both": sum(person.standing.in_both for person in company.persons),
    }


def _load_staff(world: World, base: datetime) -> tuple[list[str | None], list[str | None]]:
    """The colleagues' ids in Salesforce and in HubSpot; all joined on the first day of the history."""
    joined = base - timedelta(seconds=HISTORY_S)
    users: list[Row | None] = [
        {
            "FirstName": who.first_name,
            "LastName": who.last_name,
            "Email": who.email,
            "Username": who.email,
            "IsActive": who.salesforce,
            "_created": joined,
        }
        if who.salesforce is not None
        else None
        for who in STAFF
    ]
    owners = [
        {
            "email": who.email,
            "firstName": who.first_name,
            "lastName": who.last_name,
            "archived": not who.hubspot,
            "createdAt": f"{joined:%Y-%m-%dT%H:%M:%S}.000Z",
            "updatedAt": f"{joined:%Y-%m-%dT%H:%M:%S}.000Z",
        }
        for who in STAFF
    ]
    return load(world.salesforce, "User", users), [*world.hubspot.load_owners(owners)]
