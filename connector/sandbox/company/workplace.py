"""What the people at work see in the morning: records they may do something with today.

Enters: a world. Leaves: pools from which each record is taken once, so that no two acts of a day meet by
accident. It only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connector.sandbox.company.chance import Chance
from connector.sandbox.company.staff import OWN_DOMAIN
from connector.sandbox.world import World

EARLY = ("subscriber", "lead", "marketingqualifiedlead")


@dataclass(frozen=True, slots=True)
class Known:
    """A person whom both CRMs know by one email address."""

    hubspot: str
    type: str
    """Lead or Contact."""
    salesforce: str
    email: str


@dataclass(slots=True)
class Workplace:
    """Today's records: HubSpot contacts in early stages, people in both, and what Salesforce has open."""

    contacts_in_hubspot: int
    early: list[str]
    leads: list[Known]
    contacts: list[Known]
    opportunities: list[dict[str, Any]]
    users: list[str]
    accounts: dict[str, str]
    """Account ids by name."""
    candidates: list[tuple[str, str]]
    """Open opportunities, each with a contact of its account who has no part in it yet; by ids."""

    def known(self) -> Known | None:
        """Somebody in both whom nobody has touched today, of the kind there are more of."""
        pool = self.leads if len(self.leads) >= len(self.contacts) else self.contacts
        return pool.pop() if pool else None


def workplace(world: World, chance: Chance) -> Workplace:
    """The pools of a day, in an order that depends only on the chance and the records."""
    hubspot = list(_hubspot_people(world))
    by_email = {email: record_id for record_id, email, _ in hubspot if email}
    leads, contacts = list(_known(world, "Lead", by_email)), list(_known(world, "Contact", by_email))
    in_both = {known.hubspot for known in (*leads, *contacts)}
    place = Workplace(
        contacts_in_hubspot=len(hubspot),
        early=[each for each, _, stage in hubspot if stage in EARLY and each not in in_both],
        leads=_without(leads, contacts),
        contacts=contacts,
        opportunities=[row for row in _living(world, "Opportunity") if not row["IsClosed"]],
        users=[
            str(row["Id"])
            for row in _living(world, "User")
            if row["IsActive"] and str(row["Email"]).endswith("@" + OWN_DOMAIN)
        ],
        accounts={str(row["Name"]): str(row["Id"]) for row in _living(world, "Account")},
        candidates=list(_candidates(world)),
    )
    for pool in (place.early, place.leads, place.contacts, place.opportunities, place.candidates):
        chance.random.shuffle(pool)
    return place


def _hubspot_people(world: World) -> Iterator[tuple[str, str | None, str | None]]:
    for row in world.hubspot.records.every("contacts"):
        if row.archived is None:
            yield str(row.id), row.props.get("email"), row.props.get("lifecyclestage")


def _living(world: World, type_name: str) -> Iterator[dict[str, Any]]:
    for row in world.salesforce.all(type_name, include_deleted=False):
        yield dict(row)


def _known(world: World, type_name: str, by_email: dict[str, str]) -> Iterator[Known]:
    for row in _living(world, type_name):
        email = str(row["Email"] or "").lower()
        if email in by_email and not row.get("IsConverted"):
            yield Known(by_email[email], type_name, str(row["Id"]), email)


def _without(leads: list[Known], contacts: list[Known]) -> list[Known]:
    """Leads of people who aren't contacts too: those would be touched twice."""
    taken = {known.hubspot for known in contacts}
    kept: dict[str, Known] = {}
    for known in leads:
        if known.hubspot not in taken:
            kept.setdefault(known.hubspot, known)
    return list(kept.values())


def _candidates(world: World) -> Iterator[tuple[str, str]]:
    colleagues: dict[str, list[str]] = {}
    for row in _living(world, "Contact"):
        colleagues.setdefault(str(row["AccountId"]), []).append(str(row["Id"]))
    taken = {(row["OpportunityId"], row["ContactId"]) for row in _living(world, "OpportunityContactRole")}
    for row in _living(world, "Opportunity"):
        if not row["IsClosed"]:
            free = (
                each for each in colleagues.get(str(row["AccountId"]), ()) if (row["Id"], each) not in taken
            )
            yield from ((str(row["Id"]), each) for each in islice(free, 1))
