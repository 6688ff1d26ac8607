"""Single things that marketers and reps do in their CRM on a working day.

Enters: a world, today's records, chance. Leaves: changed records, made as a person makes them. An act that
finds no record left to do it with answers False.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connector.sandbox.company.chance import Chance, ascii_of
from connector.sandbox.company.products import NEXT_STEPS, ROLES, STAGES, WON
from connector.sandbox.company.workplace import EARLY, Workplace
from connector.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Day:
    """A working day: `number` makes what is entered today different from what other days entered."""

    world: World
    chance: Chance
    place: Workplace
    number: int

    def in_hubspot(self, contact: str, values: Mapping[str, str]) -> bool:
        """A marketer edits a contact."""
        self.world.hubspot.user_edit("contacts", contact, values)
        return True

    def in_salesforce(self, type_name: str, record: str, values: Mapping[str, object]) -> bool:
        """A rep edits a record."""
        self.world.salesforce.user_edit(type_name, record, values, self.rep())
        return True

    def rep(self) -> str | None:
        """Somebody who is at work in Salesforce."""
        return self.chance.one_of(self.place.users) if self.place.users else None

    def phone(self) -> str:
        """A number nobody had before, as it would be dialed from anywhere."""
        numbering = self.chance.place().mobile
        return f"+{numbering.calling_code}{self.chance.digits(numbering)}"

    def title(self) -> str:
        """A job with a word that no seeded title has."""
        return f"Senior {self.chance.one_of(self.chance.place().jobs)}"

    def newcomer(self) -> tuple[str, str, str]:
        """First name, last name and email of somebody new."""
        place = self.chance.place()
        first, last = self.chance.one_of(place.first_names), self.chance.one_of(place.last_names)
        number = f"{self.number}{self.chance.below(10**6):06d}"
        return first, last, f"{ascii_of(first)}.{ascii_of(last)}@nieuw{number}.{place.top_level}"


def contact_at_handover(day: Day) -> bool:
    """A marketer enters somebody who is ready for sales."""
    first, last, email = day.newcomer()
    values = {
        "firstname": first,
        "lastname": last,
        "email": email,
        "jobtitle": day.title(),
        "phone": day.phone(),
    }
    day.world.hubspot.user_create("contacts", {**values, "lifecyclestage": "salesqualifiedlead"})
    return True


def contact_moved_forward(day: Day) -> bool:
    """A marketer moves somebody whom Salesforce does not know to a later stage."""
    if not day.place.early:
        return False
    contact = day.place.early.pop()
    stage = str((day.world.hubspot.get("contacts", contact) or {})["properties"]["lifecyclestage"])
    ahead = (*EARLY, "salesqualifiedlead")[EARLY.index(stage) + 1]
    return day.in_hubspot(contact, {"lifecyclestage": day.chance.one_of((ahead, "salesqualifiedlead"))})


def hubspot_edit(day: Day) -> bool:
    """A marketer corrects a phone number or a title of somebody in both CRMs."""
    known = day.place.known()
    if known is None:
        return False
    values = {"phone": day.phone()} if day.chance.happens(0.5) else {"jobtitle": day.title()}
    return day.in_hubspot(known.hubspot, values)


def salesforce_edit(day: Day) -> bool:
    """A rep corrects a phone number or a title of somebody in both CRMs."""
    known = day.place.known()
    if known is None:
        return False
    values: dict[str, object] = {"Phone": day.phone()} if day.chance.happens(0.5) else {"Title": day.title()}
    return day.in_salesforce(known.type, known.salesforce, values)


def same_field_on_both_sides(day: Day) -> bool:
    """Both departments get another phone number: a clash."""
    known = day.place.known()
    if known is None:
        return False
    day.in_hubspot(known.hubspot, {"phone": day.phone()})
    return day.in_salesforce(known.type, known.salesforce, {"Phone": day.phone()})


def different_fields_on_both_sides(day: Day) -> bool:
    """A marketer learns the title, a rep the mobile number, of one person."""
    known = day.place.known()
    if known is None:
        return False
    day.in_hubspot(known.hubspot, {"jobtitle": day.title()})
    return day.in_salesforce(known.type, known.salesforce, {"MobilePhone": day.phone()})


def lead_created(day: Day) -> bool:
    """A rep enters somebody who called."""
    first, last, email = day.newcomer()
    values = {"FirstName": first, "LastName": last, "Email": email, "Phone": day.phone()}
    firm = {"Company": f"{last} Handel", "Status": "Open - Not Contacted", "LeadSource": "Phone Inquiry"}
    day.world.salesforce.user_create("Lead", {**values, **firm}, day.rep())
    return True


def lead_converted(day: Day) -> bool:
    """A rep converts a lead into the account of that name, if there is one, mostly with an opportunity."""
    if not day.place.leads:
        return False
    lead = day.place.leads.pop().salesforce
    account = day.place.accounts.get(str((day.world.salesforce.get("Lead", lead) or {})["Company"]))
    deal = day.chance.happens(0.6)
    day.world.salesforce.convert(lead, account=account, opportunity=deal, user_id=day.rep())
    return True


def opportunity_moved(day: Day) -> bool:
    """A rep moves an open opportunity one stage on."""
    if not day.place.opportunities:
        return False
    row = day.place.opportunities.pop()
    names = [name for _, name in STAGES]
    open_ones = names[: names.index(WON)]
    at = open_ones.index(row["StageName"]) if row["StageName"] in open_ones else 0
    following = (*open_ones[1:], open_ones[-1])[at]
    values = {"StageName": following, "NextStep": day.chance.one_of(NEXT_STEPS) or "Bellen"}
    return day.in_salesforce("Opportunity", row["Id"], values)


def amount_changed(day: Day) -> bool:
    """A rep raises the amount of an open opportunity."""
    if not day.place.opportunities:
        return False
    row = day.place.opportunities.pop()
    amount = float(row["Amount"] or 0) + 250 * (1 + day.chance.below(40))
    return day.in_salesforce("Opportunity", row["Id"], {"Amount": amount})


def deal_won(day: Day) -> bool:
    """A rep wins an open opportunity."""
    if not day.place.opportunities:
        return False
    row = day.place.opportunities.pop()
    today = day.world.clock.now().date().isoformat()
    return day.in_salesforce("Opportunity", row["Id"], {"StageName": WON, "CloseDate": today})


def contact_role_added(day: Day) -> bool:
    """A rep gives a contact a part in an open opportunity."""
    if not day.place.candidates:
        return False
    opportunity, contact = day.place.candidates.pop()
    role = {"OpportunityId": opportunity, "ContactId": contact, "Role": day.chance.one_of(ROLES)}
    day.world.salesforce.user_create("OpportunityContactRole", role, day.rep())
    return True


def email_changed(day: Day) -> bool:
    """Somebody in both CRMs gets another address, which one department hears of."""
    known = day.place.known()
    if known is None:
        return False
    _, _, email = day.newcomer()
    if day.chance.happens(0.5):
        return day.in_hubspot(known.hubspot, {"email": email})
    return day.in_salesforce(known.type, known.salesforce, {"Email": email})


def hubspot_archived(day: Day) -> bool:
    """A marketer deletes a contact that both CRMs have."""
    known = day.place.known()
    if known is None:
        return False
    day.world.hubspot.user_archive("contacts", known.hubspot)
    return True


def salesforce_deleted(day: Day) -> bool:
    """A rep deletes a lead that both CRMs have."""
    if not day.place.leads:
        return False
    day.world.salesforce.user_delete("Lead", day.place.leads.pop().salesforce, day.rep())
    return True


def hubspot_merged(day: Day) -> bool:
    """A marketer merges an early contact into one that both CRMs have."""
    if not (day.place.contacts and day.place.early):
        return False
    day.world.hubspot.merge("contacts", day.place.contacts.pop().hubspot, day.place.early.pop())
    return True


ACTS: Mapping[Callable[[Day], bool], float] = {
    hubspot_merged: 0,
    hubspot_archived: 0,
    salesforce_deleted: 0,
    deal_won: 2,
    contact_role_added: 3,
    lead_converted: 6,
    same_field_on_both_sides: 5,
    different_fields_on_both_sides: 6,
    email_changed: 2,
    opportunity_moved: 9,
    amount_changed: 6,
    lead_created: 6,
    contact_at_handover: 9,
    contact_moved_forward: 14,
    hubspot_edit: 16,
    salesforce_edit: 16,
}
"""What is done on a day, in percent of all that is done; each at least once, the rarest first to choose."""
