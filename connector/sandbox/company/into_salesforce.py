"""Loads the seeded company into the simulated Salesforce.

Enters: the invented company. Leaves: the ids that Salesforce gave. None of the connector's own fields is set.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.sandbox.company.chance import Chance, Row
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.loading import MISSING_EDGE, Company, Ids, SalesforceIds, load, reowned
from connector.sandbox.world import World


def load_salesforce(world: World, chance: Chance, company: Company, users: Ids) -> SalesforceIds:
    """Loads accounts, contacts, leads, opportunities and roles; `users` are the colleagues' ids."""
    store = world.salesforce
    accounts = load(store, "Account", [_entered(firm.salesforce, users) for firm in company.firms])
    contacts = _load_contacts(world, company, users, accounts)
    leads = _load_leads(world, company, users, accounts, contacts)
    rows = [_opportunity(deal, users, accounts) for deal in company.deals]
    opportunities = load(store, "Opportunity", rows)
    _load_roles(world, chance, company.deals, users, opportunities, contacts)
    return SalesforceIds(accounts, contacts, leads, opportunities)


def _entered(row: Row | None, users: Ids) -> Row | None:
    return None if row is None else _entered_by(row, users)


def _entered_by(row: Row, users: Ids) -> Row:
    """The row with its owner, who also entered it: the integration user's own would look like an echo."""
    owned = reowned(row, "OwnerId", users)
    return owned | {"CreatedById": owned["OwnerId"], "LastModifiedById": owned["OwnerId"]}


def _load_contacts(world: World, company: Company, users: Ids, accounts: Ids) -> list[str | None]:
    rows: list[Row] = []
    first: list[int | None] = []
    for person, each in zip(company.persons, company.rows, strict=True):
        first.append(len(rows) if each.contacts else None)
        for row in each.contacts:
            rows.append(_entered_by(row, users) | {"AccountId": accounts[person.firm]})
    loaded = world.salesforce.load("Contact", rows)
    return [None if place is None else loaded[place] for place in first]


def _load_leads(
    world: World,
    company: Company,
    users: Ids,
    accounts: Ids,
    contacts: Ids,
) -> list[str | None]:
    rows: list[Row] = []
    first: list[int | None] = []
    for place, (person, each) in enumerate(zip(company.persons, company.rows, strict=True)):
        first.append(len(rows) if each.leads else None)
        for row in each.leads:
            lead = _entered_by(row, users)
            if each.converted:
                lead |= _conversion(lead, accounts[person.firm], contacts[place])
            rows.append(lead)
    loaded = world.salesforce.load("Lead", rows)
    return [None if place is None else loaded[place] for place in first]


def _conversion(lead: Row, account: str | None, contact: str | None) -> Row:
    return {
        "IsConverted": True,
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedDate": lead["_modified"].date().isoformat(),
    }


def _opportunity(deal: Deal, users: Ids, accounts: Ids) -> Row | None:
    row = _entered(deal.salesforce, users)
    if row is not None and deal.firm is not None:
        row["AccountId"] = accounts[deal.firm]
    return row


def _load_roles(
    world: World,
    chance: Chance,
    found: Sequence[Deal],
    users: Ids,
    opportunities: Ids,
    contacts: Ids,
) -> None:
    rows: list[Row] = []
    for deal, opportunity in zip(found, opportunities, strict=True):
        if deal.salesforce is None:
            continue
        by = users[deal.salesforce["_owner"]]
        entered = {"CreatedById": by, "LastModifiedById": by, "_created": deal.salesforce["_created"]}
        for number, (person, role) in enumerate(deal.parts):
            if contacts[person] is not None and not chance.happens(MISSING_EDGE):
                part = {"OpportunityId": opportunity, "ContactId": contacts[person], "Role": role}
                rows.append({**part, "IsPrimary": number == 0, **entered})
    world.salesforce.load("OpportunityContactRole", rows)
