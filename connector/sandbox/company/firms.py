"""The firms that the seeded company sells to: HubSpot companies and Salesforce accounts.

Enters: chance and how many. Leaves: firms, each with its row for either CRM (or none there).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from connector.sandbox.company.chance import Chance, Row, ascii_of, without_blanks
from connector.sandbox.company.places import Place
from connector.sandbox.company.products import INDUSTRIES
from connector.sandbox.company.staff import owner_of

PER_CONTACT = 0.29
"""Firms for each contact of HubSpot; of these …"""
IN_BOTH, HUBSPOT_ONLY = 0.84, 0.10
"""… these shares stand in both CRMs and in HubSpot alone; the rest are accounts alone."""
DIFFERENT = 0.05
DUPLICATE_DOMAIN = 0.015


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm and its rows, whose "_owner" is a place in the list of colleagues."""

    place: Place
    name: str
    domain: str
    town: tuple[str, str]
    street: str
    landline: str
    hubspot: Row | None = None
    salesforce: Row | None = None


def firms(chance: Chance, contacts: int) -> list[Firm]:
    """The firms for so many contacts, some of them twice in one CRM under one domain."""
    taken: dict[str, int] = {}
    found = [_firm(chance, taken) for _ in range(max(1, round(contacts * PER_CONTACT)) if contacts else 0)]
    return found + [_duplicate(chance, firm) for firm in found if chance.happens(DUPLICATE_DOMAIN)]


def _firm(chance: Chance, taken: dict[str, int]) -> Firm:
    place = chance.place()
    name = chance.one_of(place.firms).format(name=_capital(chance.one_of(place.last_names)))
    if chance.happens(0.5):
        name = f"{name} {chance.one_of(place.towns)[0]}"
    slug = ascii_of(name)[:40].strip("-")
    taken[slug] = taken.get(slug, 0) + 1
    if taken[slug] > 1:
        name, slug = f"{name} {taken[slug]}", f"{slug}{taken[slug]}"
    street = place.street_form.format(street=chance.one_of(place.streets), number=1 + chance.below(250))
    where = chance.draw()
    firm = Firm(
        place,
        name,
        f"{slug}.{place.top_level}",
        chance.one_of(place.towns),
        street,
        chance.digits(place.landline),
    )
    return _with_rows(
        chance, firm, where < IN_BOTH + HUBSPOT_ONLY, where < IN_BOTH or where >= IN_BOTH + HUBSPOT_ONLY
    )


def _capital(name: str) -> str:
    return name[0].upper() + name[1:] if name[0].isalpha() else name


def _with_rows(chance: Chance, firm: Firm, in_hubspot: bool, in_salesforce: bool) -> Firm:
    industry = chance.one_of(INDUSTRIES)
    employees = int(2 ** (1 + chance.draw() * 11))
    revenue = employees * (60 + chance.below(90)) * 1000
    owner = owner_of(chance)
    hubspot = _hubspot_row(chance, firm) if in_hubspot else None
    salesforce = _salesforce_row(chance, firm) if in_salesforce else None
    if hubspot is not None:
        hubspot |= {
            "industry": industry[0],
            "numberofemployees": str(employees),
            "annualrevenue": str(revenue),
            "_owner": owner,
        }
    if salesforce is not None:
        salesforce |= {
            "Industry": industry[1],
            "NumberOfEmployees": employees,
            "AnnualRevenue": revenue,
            "_owner": owner,
        }
    if hubspot is not None and salesforce is not None and chance.happens(DIFFERENT):
        _disagree(chance, firm, hubspot)
    return replace(firm, hubspot=hubspot, salesforce=salesforce)


def _hubspot_row(chance: Chance, firm: Firm) -> Row:
    created, modified = chance.stamps()
    return without_blanks(
        {
            "name": firm.name,
            "domain": firm.domain,
            "phone": chance.spelled(firm.place.landline, firm.landline),
            "address": firm.street,
            "city": firm.town[0],
            "zip": firm.town[1],
            "country": chance.one_of(firm.place.countries),
            "lifecyclestage": "lead",
            "_created": created,
            "_modified": modified,
        }
    )


def _salesforce_row(chance: Chance, firm: Firm) -> Row:
    created, modified = chance.stamps()
    return {
        "Name": firm.name,
        "Website": chance.one_of(("{}", "www.{}", "https://www.{}", "http://{}/")).format(firm.domain),
        "Phone": chance.spelled(firm.place.landline, firm.landline),
        "BillingStreet": firm.street,
        "BillingCity": firm.town[0],
        "BillingPostalCode": firm.town[1],
        "BillingCountry": chance.one_of(firm.place.countries),
        "_created": created,
        "_modified": modified,
    }


def _disagree(chance: Chance, firm: Firm, hubspot: Row) -> None:
    kind = chance.one_of(("phone", "city", "name", "numberofemployees", "address"))
    if kind == "phone":
        hubspot["phone"] = chance.spelled(firm.place.landline, chance.digits(firm.place.landline))
    elif kind == "city":
        hubspot["city"] = f"{hubspot['city']} (HQ)"
    elif kind == "name":
        hubspot["name"] = f"{hubspot['name']} Holding"
    elif kind == "numberofemployees":
        hubspot["numberofemployees"] = str(int(hubspot["numberofemployees"]) + 7)
    else:
        del hubspot["address"]


def _duplicate(chance: Chance, firm: Firm) -> Firm:
    """The same firm again, entered by somebody who didn't look: in one CRM, under the same domain."""
    again = replace(firm, name=f"{firm.name} (oud)")
    in_hubspot = chance.happens(0.6)
    return _with_rows(chance, again, in_hubspot, not in_hubspot)
