"""Deals and opportunities, and who has a part in them.

Enters: chance, firms, persons. Leaves: deals with a row for either CRM. It never decides
what the people's stages are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connector.sandbox.company.chance import Chance, Row, without_blanks
from connector.sandbox.company.firms import Firm
from connector.sandbox.company.people import Person
from connector.sandbox.company.products import LOST, LOST_REASONS, NEXT_STEPS, PRODUCTS, ROLES, STAGES, WON
from connector.sandbox.company.staff import owner_of

PER_CONTACT = 0.125
IN_BOTH, HUBSPOT_ONLY = 0.82, 0.06
DIFFERENT = 0.05
WITHOUT_COMPANY = 0.05
FOOTPRINT = 0.4
"""The share of deals in both that the native integration has left the other CRM's id on."""
ACCOUNT_ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal and its rows. `firm` None: nobody filled in the company. `parts` are persons and their roles."""

    firm: int | None
    hubspot: Row | None
    salesforce: Row | None
    outcome: str
    parts: tuple[tuple[int, str], ...]
    footprint: bool


def deals(chance: Chance, firms: Sequence[Firm], persons: Sequence[Person]) -> list[Deal]:
    """One deal for about eight HubSpot contacts, at firms that Salesforce knows too."""
    staff = _contacts_by_firm(persons)
    both = [place for place, firm in enumerate(firms) if firm.hubspot and firm.salesforce and place in staff]
    contacts = sum(person.standing.in_hubspot for person in persons)
    count = round(contacts * PER_CONTACT) if both else 0
    return [_deal(chance, firms, staff, chance.one_of(both), number) for number in range(count)]


def outcomes(found: Sequence[Deal]) -> dict[int, str]:
    """For each person with a part in a deal, the best that came of it: won, else open, else lost."""
    rank = {"lost": 0, "open": 1, "won": 2}
    best: dict[int, str] = {}
    for deal in found:
        for person, _ in deal.parts:
            best[person] = max(best.get(person, "lost"), deal.outcome, key=rank.__getitem__)
    return best


def _contacts_by_firm(persons: Sequence[Person]) -> Mapping[int, list[int]]:
    staff: dict[int, list[int]] = defaultdict(list)
    for place, person in enumerate(persons):
        if person.standing.is_contact:
            staff[person.firm].append(place)
    return staff


@dataclass(frozen=True, slots=True)
class _Terms:
    """What both CRMs know of a deal."""

    name: str
    amount: float
    closes: date
    stage: int
    next_step: str
    lost_reason: str | None
    owner: int
    currency: str


def _deal(
    chance: Chance, firms: Sequence[Firm], staff: Mapping[int, list[int]], place: int, number: int
) -> Deal:
    terms = _terms(chance, firms[place], number)
    where = chance.draw()
    hubspot, salesforce = _hubspot(chance, terms), _salesforce(chance, terms)
    if where < IN_BOTH and chance.happens(DIFFERENT):
        _disagree(chance, salesforce)
    colleagues = staff[place]
    parts = chance.random.sample(colleagues, min(len(colleagues), 1 + chance.below(2)))
    return Deal(
        firm=None if chance.happens(WITHOUT_COMPANY) else place,
        hubspot=hubspot if where < IN_BOTH + HUBSPOT_ONLY else None,
        salesforce=salesforce if where < IN_BOTH or where >= IN_BOTH + HUBSPOT_ONLY else None,
        outcome={WON: "won", LOST: "lost"}.get(STAGES[terms.stage][1], "open"),
        parts=tuple((person, chance.one_of(ROLES)) for person in parts),
        footprint=chance.happens(FOOTPRINT),
    )


def _terms(chance: Chance, firm: Firm, number: int) -> _Terms:
    stage = chance.below(len(STAGES))
    name = STAGES[stage][1]
    closes = chance.base.date() + timedelta(days=_days_to_close(chance, name))
    return _Terms(
        name=f"{firm.name} - {chance.one_of(PRODUCTS)} {closes.year}-{number + 1:03d}",
        amount=500 * (1 + chance.below(400)) + (0.5 if chance.happens(0.1) else 0),
        closes=closes,
        stage=stage,
        next_step=chance.one_of(NEXT_STEPS),
        lost_reason=chance.one_of(LOST_REASONS) if name == LOST else None,
        owner=owner_of(chance),
        currency=firm.place.currency,
    )


def _days_to_close(chance: Chance, stage: str) -> int:
    return -1 - chance.below(700) if stage in (WON, LOST) else 3 + chance.below(200)


def _hubspot(chance: Chance, terms: _Terms) -> Row:
    created, modified = chance.stamps()
    return without_blanks(
        {
            "dealname": terms.name,
            "amount": str(terms.amount).removesuffix(".0"),
            "closedate": _instant(chance, terms.closes),
            "pipeline": "default",
            "dealstage": STAGES[terms.stage][0],
            "deal_currency_code": terms.currency,
            "hs_next_step": terms.next_step,
            "closed_lost_reason": terms.lost_reason,
            "_owner": terms.owner,
            "_created": created,
            "_modified": modified,
        }
    )


def _salesforce(chance: Chance, terms: _Terms) -> Row:
    created, modified = chance.stamps()
    return without_blanks(
        {
            "Name": terms.name,
            "Amount": terms.amount,
            "CloseDate": terms.closes.isoformat(),
            "StageName": STAGES[terms.stage][1],
            "NextStep": terms.next_step,
            "_owner": terms.owner,
            "_created": created,
            "_modified": modified,
        }
    )


def _instant(chance: Chance, day: date) -> str:
    """That day in the account's time zone: at its start, as a date picker sets it, or at some hour."""
    local = datetime.combine(day, time(0 if chance.happens(0.3) else 9 + chance.below(8)), ACCOUNT_ZONE)
    return f"{local.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%S}.000Z"


def _disagree(chance: Chance, salesforce: Row) -> None:
    kind = chance.below(3)
    if kind == 0:
        salesforce["Amount"] += 1500
    elif kind == 1:
        salesforce["CloseDate"] = (
            date.fromisoformat(salesforce["CloseDate"]) + timedelta(days=14)
        ).isoformat()
    else:
        salesforce["NextStep"] = "Herinnering gestuurd"
