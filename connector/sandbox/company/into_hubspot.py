"""Loads the seeded company into the simulated HubSpot.

Enters: the invented company, and its ids in Salesforce. Leaves: a loaded store. None of the connector's own
properties is set; the native integration has left its ids on some records.
"""

from __future__ import annotations

from collections.abc import Iterable

from connector.sandbox.company.chance import Chance, Row
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.loading import MISSING_EDGE, Company, Ids, SalesforceIds, load, owned
from connector.sandbox.world import World

FOOTPRINT = 0.3
"""The share of records in both on which the native integration has left the other CRM's id."""


def load_hubspot(world: World, chance: Chance, company: Company, owners: Ids, ids: SalesforceIds) -> None:
    """Loads companies, contacts, deals and associations; `owners` are the colleagues' ids."""
    store = world.hubspot
    companies = load(
        store,
        "companies",
        [
            _marked(chance, owned(firm.hubspot, "hubspot_owner_id", owners), "salesforceaccountid", account)
            for firm, account in zip(company.firms, ids.accounts, strict=True)
        ],
    )
    contacts = load(
        store, "contacts", [_contact(chance, company, ids, owners, n) for n in range(len(company.rows))]
    )
    sold = load(
        store,
        "deals",
        [_deal(deal, owners, ids.opportunities[place]) for place, deal in enumerate(company.deals)],
    )
    works_at = ((contacts[n], companies[person.firm]) for n, person in enumerate(company.persons))
    _associate(world, chance, "contacts", "companies", works_at)
    bought_by = (
        (sold[n], None if deal.firm is None else companies[deal.firm]) for n, deal in enumerate(company.deals)
    )
    _associate(world, chance, "deals", "companies", bought_by)
    parts = ((sold[n], contacts[person]) for n, deal in enumerate(company.deals) for person, _ in deal.parts)
    _associate(world, chance, "deals", "contacts", parts)


def _contact(chance: Chance, company: Company, ids: SalesforceIds, owners: Ids, place: int) -> Row | None:
    row = owned(company.rows[place].hubspot, "hubspot_owner_id", owners)
    if ids.contacts[place] is not None:
        return _marked(chance, row, "salesforcecontactid", ids.contacts[place])
    return _marked(chance, row, "salesforceleadid", ids.leads[place])


def _deal(deal: Deal, owners: Ids, opportunity: str | None) -> Row | None:
    row = owned(deal.hubspot, "hubspot_owner_id", owners)
    if row is not None and deal.footprint and opportunity is not None:
        row["hs_salesforceopportunityid"] = opportunity
    return row


def _marked(chance: Chance, row: Row | None, name: str, other_id: str | None) -> Row | None:
    """The row, in some cases with what the native integration left on it."""
    if row is not None and other_id is not None and chance.happens(FOOTPRINT):
        row[name] = other_id
    return row


def _associate(
    world: World, chance: Chance, source: str, target: str, pairs: Iterable[tuple[str | None, str | None]]
) -> None:
    known = [
        (one, other)
        for one, other in pairs
        if one is not None and other is not None and not chance.happens(MISSING_EDGE)
    ]
    world.hubspot.load_associations(source, target, known)
