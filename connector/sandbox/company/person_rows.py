"""A person as the two CRMs have written them down.

Enters: persons, their firms, and how far their deals are. Leaves: rows for HubSpot contacts, Leads and
Contacts. The two agree under the starter mapping, except for about one person in twenty.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from connector.sandbox.company.chance import Chance, Row, ascii_of, without_blanks
from connector.sandbox.company.firms import Firm
from connector.sandbox.company.people import Person, Standing
from connector.sandbox.company.products import CONVERSIONS, NO_PHONE, SOURCES, WORK_STATUSES
from connector.sandbox.company.staff import marketing_owner_of, owner_of

DIFFERENT = 0.05
EARLY_STAGES = ("subscriber", "lead", "lead", "marketingqualifiedlead")
READY_STAGES = ("salesqualifiedlead",) * 8 + ("opportunity", "customer")


@dataclass(frozen=True, slots=True)
class PersonRows:
    """The rows of one person. `leads` are beside a Contact or each other: the same person more than once."""

    hubspot: Row | None
    leads: tuple[Row, ...]
    contacts: tuple[Row, ...]
    converted: bool
    """Whether the first lead was converted into the first contact."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What both CRMs know of a person besides the names: phone spellings aside, equal on both sides."""

    phone: str | None
    mobile: str | None
    source: tuple[str, str]
    status: tuple[str, str]
    opted_out: bool
    owner: int


def rows_of(chance: Chance, person: Person, firm: Firm, deals: str | None) -> PersonRows:
    """The rows of `person`; `deals` is what came of their deals: "open", "won", "lost" or None."""
    facts = _facts(chance, person, firm)
    hubspot = _hubspot(chance, person, firm, facts, deals) if person.standing.in_hubspot else None
    if person.standing in (Standing.EARLY, Standing.READY):
        return PersonRows(hubspot, (), (), False)
    main = _salesforce(chance, person, firm, facts)
    if hubspot is not None and chance.happens(DIFFERENT):
        _disagree(chance, person, firm, hubspot, main)
    if person.standing.is_contact:
        return _contact_rows(chance, person, firm, facts, hubspot, main)
    twice = (_again(chance, main),) if chance.happens(0.02) else ()
    return PersonRows(
        hubspot, (_as_lead(main, firm, facts), *(_as_lead(row, firm, facts) for row in twice)), (), False
    )


def _contact_rows(
    chance: Chance, person: Person, firm: Firm, facts: _Facts, hubspot: Row | None, main: Row
) -> PersonRows:
    beside = chance.draw()
    contacts = (_as_contact(main),)
    if beside < 0.12:
        return PersonRows(hubspot, (_converted(chance, _as_lead(main, firm, facts)),), contacts, True)
    if beside < 0.15:
        return PersonRows(hubspot, (_as_lead(_again(chance, main), firm, facts),), contacts, False)
    if beside < 0.165 and person.email:
        return PersonRows(hubspot, (), (*contacts, _as_contact(_again(chance, main))), False)
    return PersonRows(hubspot, (), contacts, False)


def _facts(chance: Chance, person: Person, firm: Firm) -> _Facts:
    phone: str | None = firm.landline if person.landline else None
    if chance.happens(0.004):
        phone = NO_PHONE
    return _Facts(
        phone=phone,
        mobile=person.mobile or None,
        source=chance.one_of(SOURCES),
        status=chance.one_of(WORK_STATUSES),
        opted_out=chance.happens(0.04),
        owner=owner_of(chance),
    )


def _phones(chance: Chance, firm: Firm, facts: _Facts) -> tuple[str | None, str | None]:
    phone, mobile = facts.phone, facts.mobile
    if phone and phone != NO_PHONE:
        phone = chance.spelled(firm.place.landline, phone)
    return phone, chance.spelled(firm.place.mobile, mobile) if mobile else None


def _hubspot(chance: Chance, person: Person, firm: Firm, facts: _Facts, deals: str | None) -> Row:
    created, modified = chance.stamps()
    phone, mobile = _phones(chance, firm, facts)
    early = person.standing is Standing.EARLY
    stage = _stage(chance, person.standing, facts.status[0], deals)
    row = {
        "email": person.email,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "jobtitle": person.title,
        "phone": phone,
        "mobilephone": mobile,
        "address": firm.street,
        "city": firm.town[0],
        "zip": firm.town[1],
        "country": chance.one_of(firm.place.countries),
        "company": firm.name,
        "lifecyclestage": stage,
        "hs_lead_status": _lead_status(person.standing, facts, stage),
        "hs_analytics_source": facts.source[0],
        "hs_email_optout": "true" if facts.opted_out else None,
        "_owner": facts.owner if person.standing.in_both else marketing_owner_of(chance),
        "_created": created,
        "_modified": modified,
    }
    if chance.happens(0.35):
        row["recent_conversion_event_name"] = chance.one_of(CONVERSIONS)
        row["recent_conversion_date"] = f"{modified:%Y-%m-%dT%H:%M:%S}.000Z"
        row["hs_predictivecontactscore_v2"] = str(chance.below(101))
    if not person.standing.in_both:
        _leave_out(chance, row, early)
    _soil(chance, row)
    return without_blanks(row)


def _leave_out(chance: Chance, row: Row, early: bool) -> None:
    """What nobody typed in: HubSpot asks for an email address and little else."""
    if chance.happens(0.04 if early else 0.02):
        row["lastname"] = None
    if early and row["email"] and chance.happens(0.15):
        row["firstname"] = row["lastname"] = None
    if early and chance.happens(0.5):
        row.update({"address": None, "city": None, "zip": None, "phone": None})


def _soil(chance: Chance, row: Row) -> None:
    """Blanks that were pasted along, and letters typed on a Mac as two code points."""
    kind = chance.draw()
    if kind < 0.005 and row["jobtitle"]:
        row["jobtitle"] += "  "
    elif kind < 0.01 and row["lastname"]:
        row["lastname"] += " "
    elif kind < 0.06 and row["firstname"]:
        row["firstname"] = unicodedata.normalize("NFD", row["firstname"])


def _stage(chance: Chance, standing: Standing, status: str, deals: str | None) -> str:
    if standing is Standing.EARLY:
        return chance.one_of(EARLY_STAGES)
    if deals == "won":
        return "customer"
    if deals == "open":
        return "opportunity"
    if standing is Standing.READY:
        return chance.one_of(READY_STAGES)
    if standing is Standing.CONTACT:
        return chance.one_of(("salesqualifiedlead", "opportunity", "customer", "customer", "evangelist"))
    if status == "UNQUALIFIED":
        return chance.one_of(("lead", "marketingqualifiedlead"))
    if status in ("NEW", "OPEN"):
        return chance.one_of(("marketingqualifiedlead", "salesqualifiedlead", "salesqualifiedlead"))
    return "salesqualifiedlead"


def _lead_status(standing: Standing, facts: _Facts, stage: str) -> str | None:
    if standing is Standing.LEAD:
        return facts.status[0]
    if standing is Standing.READY:
        return "NEW"
    return "OPEN_DEAL" if stage == "opportunity" else None


def _salesforce(chance: Chance, person: Person, firm: Firm, facts: _Facts) -> Row:
    """What a Lead and a Contact have in common, the address still without its prefix."""
    created, modified = chance.stamps()
    phone, mobile = _phones(chance, firm, facts)
    return without_blanks(
        {
            "FirstName": person.first_name,
            "LastName": person.last_name,
            "Email": _typed(chance, person.email),
            "Title": person.title,
            "Phone": phone,
            "MobilePhone": mobile,
            "Street": firm.street,
            "City": firm.town[0],
            "PostalCode": firm.town[1],
            "Country": chance.one_of(firm.place.countries),
            "LeadSource": "Partner Referral" if chance.happens(0.1) else facts.source[1],
            "HasOptedOutOfEmail": facts.opted_out,
            "_owner": facts.owner,
            "_created": created,
            "_modified": modified,
        }
    )


def _typed(chance: Chance, email: str) -> str:
    """An address as people type it into Salesforce, which keeps the letters as they are."""
    form = chance.draw()
    if form < 0.75:
        return email
    return email.title() if form < 0.92 else email.upper()


def _again(chance: Chance, row: Row) -> Row:
    created, modified = chance.stamps()
    return row | {"_created": created, "_modified": modified}


def _converted(chance: Chance, lead: Row) -> Row:
    """The lead that the contact was once, last touched when it was converted."""
    converted = lead["_created"]
    created = converted - timedelta(days=1 + chance.below(90))
    return lead | {"Status": "Closed - Converted", "_created": created, "_modified": converted}


def _as_lead(row: Row, firm: Firm, facts: _Facts) -> Row:
    return row | {"Company": firm.name, "Status": facts.status[1]}


def _as_contact(row: Row) -> Row:
    prefixed = {"Street", "City", "PostalCode", "Country"}
    return {f"Mailing{name}" if name in prefixed else name: value for name, value in row.items()}


def _disagree(chance: Chance, person: Person, firm: Firm, hubspot: Row, salesforce: Row) -> None:
    """One thing that somebody has told only one of the two departments."""
    kind = chance.below(8)
    if kind == 0:
        salesforce["Phone"] = chance.spelled(firm.place.landline, chance.digits(firm.place.landline))
    elif kind == 1:
        salesforce["Title"] = chance.one_of(firm.place.jobs) + " a.i."
    elif kind == 2:
        salesforce["City"] = f"{firm.town[0]}-Noord"
    elif kind == 3:
        hubspot["lastname"] = ascii_of(person.last_name).capitalize() + "s"
    elif kind == 4:
        hubspot["jobtitle"] = "Interim " + (person.title or chance.one_of(firm.place.jobs))
    elif kind == 5:
        hubspot.pop("address", None)
    elif kind == 6:
        hubspot.pop("lastname", None)
    else:
        salesforce["FirstName"] = person.first_name[0] + "."
