"""A sales team at work on deals in both CRMs, and a witness who knows what they said.

Enters: an office in which companies, colleagues and three contacts are linked already. Leaves: changed deals,
their owners, companies and people, each told to the witness. Ids of either CRM are turned into names, so that
what stands on both sides can be compared; no code is shared with the product.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from office import Office
from premises import Ground, ground
from witness import Field, Said, carried, text, verdict

from connector.model import Kind, Side
from connector.sandbox.hubspot.errors import ApiError
from connector.sandbox.salesforce.errors import RecordError
from connector.sandbox.world import World

H, S = Side.HUBSPOT, Side.SALESFORCE
REFUSED = (ApiError, RecordError, LookupError, ValueError)
TYPE = {H: "deals", S: "Opportunity"}
COLLEAGUES = ("anna@x.nl", "bo@x.nl")
COMPANIES = ("Acme", "Brouwer")
PEOPLE = ("p0@x.nl", "p1@x.nl", "p2@x.nl")
STRANGER = "somebody whom the other CRM does not know"
PRIMARY = 5
"""HubSpot's type of association of a deal with its primary company."""


def number(value: Any) -> Any:
    return None if value in (None, "") else float(value)


def _field(name: str, hubspot: str, salesforce: str, **more: Any) -> Field:
    return Field(name, {"deals": hubspot, "Opportunity": salesforce}, **more)


PLAIN = {
    one.name: one
    for one in (
        _field("name", "dealname", "Name", clash=S),
        _field("amount", "amount", "Amount", clash=H, canon=number),
        _field("next_step", "hs_next_step", "NextStep"),
        _field("owner", "hubspot_owner_id", "OwnerId", clash=S, canon=lambda v: v),
        _field("company", "@company", "AccountId", clash=S, canon=lambda v: v),
    )
}
MEMBERS = tuple(_field(person, "@contacts", "@roles", clear=True, canon=lambda v: v) for person in PEOPLE)
FIELDS = {**PLAIN, **{one.name: one for one in MEMBERS}}


def furnish(world: World) -> None:
    """Two companies, two colleagues and three people, in both CRMs."""
    rows = [{"Username": who, "Email": who, "LastName": who, "IsActive": True} for who in COLLEAGUES]
    world.salesforce.load("User", rows)
    world.hubspot.load_owners([{"email": who, "firstName": who, "lastName": who} for who in COLLEAGUES])
    accounts = world.salesforce.load("Account", [{"Name": name} for name in COMPANIES])
    world.hubspot.load("companies", [{"name": name} for name in COMPANIES])
    world.hubspot.load("contacts", [{"email": who} for who in PEOPLE])
    contacts = [{"Email": who, "LastName": who, "AccountId": accounts[0]} for who in PEOPLE]
    world.salesforce.load("Contact", contacts)


def team_ground() -> Ground:
    """Both CRMs with all of that, synced once."""
    return ground(Path(__file__).parent / "mapping_deals", tuple(Kind), furnish)


@dataclass
class Deal:
    """One deal, as the world knows it."""

    name: str
    refs: dict[Side, str] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=lambda: {name: Said() for name in FIELDS})
    gone: set[Side] = field(default_factory=set)
    vague: bool = False


@dataclass
class Team:
    """All deals, and what people do with them."""

    office: Office
    deals: list[Deal] = field(default_factory=list)
    number: int = 0
    ids: dict[Side, dict[str, str]] = field(default_factory=dict)
    """Per side, what colleagues, companies and people are called there."""

    def __post_init__(self) -> None:
        hubspot, salesforce = self.office.world.hubspot, self.office.world.salesforce
        self.ids = {H: {}, S: {}}
        self.ids[H] |= {row["email"]: row["id"] for row in hubspot.all("owners")}
        self.ids[H] |= {row["properties"]["name"]: row["id"] for row in hubspot.all("companies")}
        self.ids[H] |= {row["properties"]["email"]: row["id"] for row in hubspot.all("contacts")}
        self.ids[S] |= {str(row["Email"]): str(row["Id"]) for row in salesforce.all("User")}
        self.ids[S] |= {str(row["Name"]): str(row["Id"]) for row in salesforce.all("Account")}
        self.ids[S] |= {str(row["Email"]): str(row["Id"]) for row in salesforce.all("Contact")}

    # ------------------------------------------------------------ acts

    def enter(self, side: Side, owner: str, company: str | None) -> Deal:
        """A new deal, entered by hand on one side."""
        self.number += 1
        deal = Deal(f"{self.number:04} canary deal")
        names = {"name": deal.name, "owner": owner, "company": company}
        store: Any = self.office.world.hubspot if side is H else self.office.world.salesforce
        with self.office.person():
            if side is H:
                values = {"dealname": deal.name, "hubspot_owner_id": self.ids[H][owner]}
                more = {"pipeline": "default", "dealstage": "appointmentscheduled", "closedate": "2027-03-01"}
                deal.refs[H] = store.user_create("deals", {**values, **more})
                if company:
                    store.associate("deals", deal.refs[H], "companies", self.ids[H][company], PRIMARY)
            else:
                values = {"Name": deal.name, "OwnerId": self.ids[S][owner]}
                values |= {"AccountId": self.ids[S][company]} if company else {}
                more = {"StageName": "Prospecting", "CloseDate": "2027-03-01"}
                deal.refs[S] = store.user_create("Opportunity", {**values, **more})
        for name, value in names.items():
            if value is not None:
                self._say(deal, side, name, value, dict.fromkeys(Side))
        self.deals.append(deal)
        return deal

    def edit(self, deal: Deal, side: Side, name: str, value: Any) -> None:
        """Somebody enters another text or number, owner or company; None clears it."""
        self.meet()
        before = self._standing(deal, name)
        if side not in deal.refs or deal.gone:
            return
        with contextlib.suppress(*REFUSED), self.office.person():
            self._write(deal, side, name, value)
            self._say(deal, side, name, value, before)

    def _write(self, deal: Deal, side: Side, name: str, value: Any) -> None:
        world, id = self.office.world, deal.refs[side]
        raw = self.ids[side].get(value, value) if name in ("owner", "company") else value
        if side is S:
            world.salesforce.user_edit("Opportunity", id, {FIELDS[name].columns["Opportunity"]: raw})
        elif name != "company":
            world.hubspot.user_edit("deals", id, {FIELDS[name].columns["deals"]: "" if raw is None else raw})
        else:
            for edge in self._truth(H, deal)["associations"].get("companies", ()):
                world.hubspot.dissociate("deals", id, "companies", edge["id"])
            if raw is not None:
                world.hubspot.associate("deals", id, "companies", raw, PRIMARY)

    def member(self, deal: Deal, side: Side, person: str, *, there: bool) -> None:
        """Somebody adds a person to a deal, or takes one off."""
        self.meet()
        before = self._standing(deal, person)
        if side not in deal.refs or deal.gone or bool(before[side]) is there:
            return
        world, id, other = self.office.world, deal.refs[side], self.ids[side][person]
        with contextlib.suppress(*REFUSED), self.office.person():
            if side is H:
                act = world.hubspot.associate if there else world.hubspot.dissociate
                act("deals", id, "contacts", other)
            elif there:
                world.salesforce.user_create(
                    "OpportunityContactRole", {"OpportunityId": id, "ContactId": other}
                )
            else:
                for role in self._roles(id, other):
                    world.salesforce.user_delete("OpportunityContactRole", role)
            self._say(deal, side, person, there or None, before)

    def delete(self, deal: Deal, side: Side) -> None:
        self.meet()
        if side not in deal.refs or deal.gone:
            return
        with contextlib.suppress(*REFUSED), self.office.person():
            if side is H:
                self.office.world.hubspot.user_archive("deals", deal.refs[H])
            else:
                self.office.world.salesforce.user_delete("Opportunity", deal.refs[S])
            deal.gone.add(side)

    def undelete(self, deal: Deal) -> None:
        for side in list(deal.gone):
            with contextlib.suppress(*REFUSED), self.office.person():
                if side is H:
                    self.office.world.hubspot.user_restore("deals", deal.refs[H])
                else:
                    self.office.world.salesforce.user_undelete("Opportunity", deal.refs[S])
                deal.gone.discard(side)

    def _say(self, deal: Deal, side: Side, name: str, value: Any, before: Mapping[Side, Any]) -> None:
        said, one = deal.said[name], FIELDS[name]
        said.count += 1
        theirs = said.open.get(side.other)
        if side.other in said.open and before[side] in carried(one, theirs, side.other, False):
            said.open.pop(side.other)
        said.newest[side] = said.open[side] = one.canon(value)
        said.log[side].add(one.canon(value))

    # ------------------------------------------------------------ seeing

    def meet(self) -> None:
        """Take note of what the connector made: a deal is known by the name it was given first, or by its
        partner's id."""
        for row in self.office.world.hubspot.all("deals", include_deleted=False):
            self._known(H, row["id"], row["properties"].get("smk_link_id"))
        for opportunity in self.office.world.salesforce.all("Opportunity", include_deleted=False):
            self._known(S, str(opportunity["Id"]), opportunity.get("SMK_Link_Id__c"))

    def _known(self, side: Side, id: str, link: str | None) -> None:
        if link is None or any(deal.refs.get(side) == id for deal in self.deals):
            return
        for deal in self.deals:
            if side not in deal.refs and self._link(side.other, deal) == link:
                deal.refs[side] = id

    def _link(self, side: Side, deal: Deal) -> str | None:
        if side not in deal.refs:
            return None
        found = self._truth(side, deal)
        return found["properties"].get("smk_link_id") if side is H else found.get("SMK_Link_Id__c")  # type: ignore[no-any-return]

    def _truth(self, side: Side, deal: Deal) -> Mapping[str, Any]:
        store: Any = self.office.world.hubspot if side is H else self.office.world.salesforce
        found: Mapping[str, Any] | None = store.get(TYPE[side], deal.refs[side])
        assert found is not None, f"{side} {deal.name} is nowhere"
        return found

    def _roles(self, deal: str, contact: str | None = None) -> list[str]:
        rows = self.office.world.salesforce.all("OpportunityContactRole", include_deleted=False)
        mine = [row for row in rows if row["OpportunityId"] == deal]
        return [str(r["Id"]) for r in mine if contact in (None, r["ContactId"])]

    def held(self, deal: Deal, side: Side, name: str) -> Any:
        """What really stands in a field on a side: in the words of people, not as an id."""
        truth, one = self._truth(side, deal), FIELDS[name]
        if name in PEOPLE:
            if side is S:
                return True if self._roles(deal.refs[S], self.ids[S][name]) else None
            edges = truth["associations"].get("contacts", ())
            return True if any(edge["id"] == self.ids[H][name] for edge in edges) else None
        if name == "company" and side is H:
            edges = truth["associations"].get("companies", ())
            raw = next((edge["id"] for edge in edges if PRIMARY in edge["typeIds"]), None)
        else:
            values = truth["properties"] if side is H else truth
            raw = values.get(one.columns[TYPE[side]])
        if name in ("owner", "company"):
            named = next((word for word, id in self.ids[side].items() if id == raw), STRANGER)
            return text(named) if raw else None
        return one.canon(raw)

    def _standing(self, deal: Deal, name: str) -> dict[Side, Any]:
        return {side: self.held(deal, side, name) if side in deal.refs else None for side in Side}

    def wrong(self, deal: Deal) -> list[str]:
        """What is not as people said it, on a pair at rest."""
        found = []
        for name, one in FIELDS.items():
            pair = self._standing(deal, name)
            said = deal.said[name]
            if name in PEOPLE:
                problem = _set_verdict(said, pair, lost=bool(self.office.lost))
            elif STRANGER in pair.values():
                problem = ""
            else:
                problem = verdict(one, deal, pair, False)  # type: ignore[arg-type]
            if problem:
                found.append(f"{deal.name}.{name}: {problem}: {pair} {said}")
        return found


def _set_verdict(said: Said, pair: Mapping[Side, Any], *, lost: bool) -> str:
    """A set is merged: who was added on one side is on both, who was taken off on one side is on neither.
    Where one side took somebody off whom the other had put on anew, either may stand.

    Not promised (``lost``): that somebody stays off whom our write had put on, if its answer was lost and a
    person was quicker than the next sync: nothing tells this from a write that never arrived.
    """
    if pair[H] != pair[S]:
        return "somebody is on the deal on one side only"
    if said.open and pair[H] not in said.open.values() and not (lost and pair[H]):
        return "what was said last does not stand"
    entered = said.log[H] | said.log[S]
    return "nobody put this person on the deal" if pair[H] and True not in entered else ""
