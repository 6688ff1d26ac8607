"""The company's own people: owners in HubSpot, users in Salesforce.

Enters: chance. Leaves: who is known where, and who owns a record. The tenth has left in HubSpot, the eleventh
in Salesforce, and the twelfth was never there.
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.company.chance import Chance

OWN_DOMAIN = "noordlicht-systemen.nl"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A marketer or rep; `hubspot` and `salesforce`: whether active there; None without a seat."""

    first_name: str
    last_name: str
    hubspot: bool | None = True
    salesforce: bool | None = True

    @property
    def email(self) -> str:
        """The same address in both CRMs."""
        return f"{self.first_name}.{self.last_name.replace(' ', '')}@{OWN_DOMAIN}".lower()


STAFF: tuple[Colleague, ...] = (
    Colleague("Anna", "de Wit"),
    Colleague("Bo", "Larsen"),
    Colleague("Carlijn", "Smeets"),
    Colleague("Dirk", "Verbeke"),
    Colleague("Emma", "Whitfield"),
    Colleague("Frits", "Holt"),
    Colleague("Gitte", "Madsen"),
    Colleague("Hugo", "van Loon"),
    Colleague("Ida", "Winther"),
    Colleague("Jef", "Aerts", hubspot=False),
    Colleague("Karin", "Blom", salesforce=False),
    Colleague("Lars", "Dam", salesforce=None),
)

AT_WORK = 9
"""So many of them, the first, are active in both CRMs."""


def owner_of(chance: Chance) -> int:
    """The owner of a record that stands in both CRMs: seldom somebody who has left."""
    if chance.happens(0.04):
        return AT_WORK + chance.below(2)
    return chance.below(AT_WORK)


def marketing_owner_of(chance: Chance) -> int | None:
    """The owner of a contact that only HubSpot has: mostly nobody, now and then not a user of Salesforce."""
    if chance.happens(0.7):
        return None
    return len(STAFF) - 1 if chance.happens(0.1) else owner_of(chance)
