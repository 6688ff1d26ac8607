"""The people the company deals with: who they are, and in which CRM as what.

Enters: chance and the firms. Leaves: persons. The rows of the two CRMs are made from them in `person_rows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from connector.sandbox.company.chance import Chance, ascii_of
from connector.sandbox.company.firms import Firm
from connector.sandbox.company.products import FORMULA_TITLE, LONG_TITLE, SHARED_MAILBOXES


class Standing(StrEnum):
    """Where a person is known, and as what."""

    EARLY = "in HubSpot alone, before the hand-over"
    READY = "in HubSpot alone, at the hand-over or later"
    LEAD = "in both, a Lead in Salesforce"
    CONTACT = "in both, a Contact in Salesforce"
    SALESFORCE_LEAD = "in Salesforce alone, a Lead"
    SALESFORCE_CONTACT = "in Salesforce alone, a Contact"

    @property
    def in_hubspot(self) -> bool:
        """Whether HubSpot has a contact."""
        return self in (Standing.EARLY, Standing.READY, Standing.LEAD, Standing.CONTACT)

    @property
    def in_both(self) -> bool:
        """Whether both CRMs have the person."""
        return self in (Standing.LEAD, Standing.CONTACT)

    @property
    def is_contact(self) -> bool:
        """Whether Salesforce has a Contact."""
        return self in (Standing.CONTACT, Standing.SALESFORCE_CONTACT)


HUBSPOT_SHARES = {Standing.EARLY: 500, Standing.READY: 65, Standing.LEAD: 260, Standing.CONTACT: 175}
"""Of 1,000 HubSpot contacts."""
SALESFORCE_ALONE = {Standing.SALESFORCE_LEAD: 0.08, Standing.SALESFORCE_CONTACT: 0.045}
"""For each HubSpot contact."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is true of a person, whatever the CRMs say; phone numbers are national digits."""

    standing: Standing
    firm: int
    first_name: str
    last_name: str
    email: str
    title: str
    mobile: str
    """Digits, or "" where unknown."""
    landline: bool
    """Whether the firm's number is known for the person."""


@dataclass(slots=True)
class _Mailboxes:
    """Which addresses are taken: HubSpot knows each only once."""

    taken: set[str] = field(default_factory=set)
    shared: list[tuple[int, str]] = field(default_factory=list)


def people(chance: Chance, firms: Sequence[Firm], contacts: int) -> list[Person]:
    """Persons such that HubSpot has exactly `contacts` of them, in the order in which they were met."""
    known = [place for place, firm in enumerate(firms) if firm.salesforce is not None] or [0]
    standings = chance.random.choices(list(HUBSPOT_SHARES), list(HUBSPOT_SHARES.values()), k=contacts)
    for standing, share in SALESFORCE_ALONE.items():
        standings += [standing] * round(share * contacts)
    mailboxes = _Mailboxes()
    return [_person(chance, standing, firms, known, mailboxes) for standing in standings]


def _person(
    chance: Chance, standing: Standing, firms: Sequence[Firm], known: Sequence[int], mailboxes: _Mailboxes
) -> Person:
    works_at = chance.one_of(known) if standing.is_contact else chance.below(len(firms))
    if not standing.in_hubspot and mailboxes.shared and chance.happens(0.08):
        works_at, email = chance.one_of(mailboxes.shared)
        if standing.is_contact and firms[works_at].salesforce is None:
            works_at = chance.one_of(known)
    else:
        email = ""
    firm = firms[works_at]
    place = firm.place
    first, last = chance.one_of(place.first_names), chance.one_of(place.last_names)
    return Person(
        standing=standing,
        firm=works_at,
        first_name=first,
        last_name=last,
        email=email or _email(chance, standing, works_at, firm, first, last, mailboxes),
        title=_title(chance, standing, place.jobs),
        mobile=chance.digits(place.mobile) if chance.happens(0.6) else "",
        landline=chance.happens(0.75),
    )


def _title(chance: Chance, standing: Standing, jobs: Sequence[str]) -> str:
    odd = chance.draw()
    if odd < 0.003:
        return FORMULA_TITLE
    if odd < 0.006 and not standing.in_both and standing.in_hubspot:
        return LONG_TITLE
    return chance.one_of(jobs) if odd < 0.9 else ""


def _email(
    chance: Chance,
    standing: Standing,
    works_at: int,
    firm: Firm,
    first: str,
    last: str,
    mailboxes: _Mailboxes,
) -> str:
    if not standing.in_both and chance.happens(0.02):
        return ""
    if standing is not Standing.EARLY and chance.happens(0.02):
        shared = f"{chance.one_of(SHARED_MAILBOXES)}@{firm.domain}"
        if shared not in mailboxes.taken:
            mailboxes.taken.add(shared)
            mailboxes.shared.append((works_at, shared))
            return shared
    local = _local_part(chance, ascii_of(first), ascii_of(last))
    email, number = f"{local}@{firm.domain}", 1
    while email in mailboxes.taken:
        number += 1
        email = f"{local}{number}@{firm.domain}"
    mailboxes.taken.add(email)
    return email


def _local_part(chance: Chance, first: str, last: str) -> str:
    form = chance.draw()
    if form < 0.6:
        return f"{first}.{last}"
    return f"{first[0]}.{last}" if form < 0.85 else first
