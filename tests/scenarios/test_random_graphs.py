"""Whatever belongs to whatever, and in whatever order it turns up: parents come first or the edge waits for
them, nothing is doubled, and nothing is left hanging.

Each seed is a small firm made by chance: companies, people and deals that one CRM or both know, some of them
twice over several syncs, tied together at random.
"""

import random
from dataclasses import dataclass, field

import pytest
from setting import Firm

from connector.model import CONTACTS_REF, Kind, Side
from connector.sync.guards import Limits

NAMES = ("anna", "bo", "carl", "dina", "eva", "fie")


@dataclass
class Graph:
    """What has been entered so far: Salesforce ids by name."""

    firm: Firm
    chance: random.Random
    accounts: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    deals: list[str] = field(default_factory=list)
    in_hubspot: set[str] = field(default_factory=set)

    def step(self) -> None:
        """Somebody enters something in one of the CRMs, or ties two records together."""
        acts = [
            self.account,
            self.company,
            self.rep,
            self.contact,
            self.contact,
            self.rep,
            self.deal,
            self.role,
        ]
        self.chance.choice(acts)()
        self.firm.pass_time(self.chance.choice((1, 3, 70)))

    def account(self) -> None:
        name = f"firm{self.chance.randrange(3)}"
        if name not in self.accounts:
            values = {"Name": name, "Website": f"{name}.nl"}
            self.accounts[name] = self.firm.world.salesforce.user_create("Account", values)

    def company(self) -> None:
        name = f"firm{self.chance.randrange(3)}"
        if name not in self.in_hubspot:
            self.in_hubspot.add(name)
            self.firm.world.hubspot.user_create("companies", {"name": name, "domain": f"{name}.nl"})

    def rep(self) -> None:
        name = self.chance.choice(NAMES)
        if name not in self.people:
            values = {"LastName": name, "Email": f"{name}@home.nl", "AccountId": self._account()}
            self.people[name] = self.firm.world.salesforce.user_create("Contact", values)
        elif self.accounts:  # a cleared account would stay in HubSpot: `blank: keep`
            account = self.chance.choice(sorted(self.accounts.values()))
            self.firm.in_salesforce(self.people[name], "Contact", AccountId=account)

    def contact(self) -> None:
        name = self.chance.choice(NAMES)
        if name not in self.in_hubspot:
            self.in_hubspot.add(name)
            self.firm.contact(email=f"{name}@home.nl", lastname=name, lifecyclestage="lead")

    def deal(self) -> None:
        values = {"Name": f"deal {self.chance.randrange(2)}", "StageName": "Prospecting"}
        values |= {"CloseDate": "2027-03-31", "AccountId": self._account()}
        self.deals.append(self.firm.world.salesforce.user_create("Opportunity", values))
        self.role()

    def role(self) -> None:
        if self.deals and self.people:
            role = {"OpportunityId": self.chance.choice(self.deals)}
            role["ContactId"] = self.people[self.chance.choice(sorted(self.people))]
            known = [(r["OpportunityId"], r["ContactId"]) for r in self.firm.live("OpportunityContactRole")]
            if (role["OpportunityId"], role["ContactId"]) not in known:
                self.firm.world.salesforce.user_create("OpportunityContactRole", role)

    def _account(self) -> str | None:
        return self.chance.choice([None, *sorted(self.accounts.values())])


@pytest.mark.parametrize("seed", range(6))
def test_no_record_is_an_orphan_and_none_is_doubled(acme: Firm, seed: int) -> None:
    acme.limits = Limits(unlinks=50)
    acme.world.hubspot.switches.auto_lifecycle = False
    graph = Graph(acme, random.Random(seed))
    for _ in range(4):
        for _ in range(8):
            graph.step()
        acme.sync()
    acme.pass_time(25 * 60)
    acme.settle()
    assert {held.code for held in acme.store.held_items()} <= {"unlinked"}  # a company that HubSpot lacks
    assert not acme.store.open_reviews()
    partners = {ref.id: other for kind in Kind for ref, other in pairs(acme, kind)}
    assert len(list(acme.world.hubspot.all("deals"))) == len(graph.deals) == acme.linked(Kind.DEAL)
    assert len(list(acme.world.hubspot.all("contacts"))) == len(graph.in_hubspot & {*NAMES})
    read = acme.crms[Side.HUBSPOT].read
    for row in [*acme.live("Opportunity"), *acme.live("Contact")]:
        if row["Id"] not in partners:
            continue
        type = "deals" if row["Id"] in graph.deals else "contacts"
        there = read(type, [partners[row["Id"]]], ["@company", CONTACTS_REF])[partners[row["Id"]]].values
        if row["AccountId"] is None or row["AccountId"] in partners:
            assert there["@company"] == partners.get(row["AccountId"]), f"company of {type} {row['Id']}"
        if type == "deals":
            roles = [
                r["ContactId"] for r in acme.live("OpportunityContactRole") if r["OpportunityId"] == row["Id"]
            ]
            assert there[CONTACTS_REF] == tuple(sorted(partners[id] for id in roles if id in partners))


def pairs(firm: Firm, kind: Kind) -> list[tuple[object, str]]:
    """Salesforce ref and HubSpot id of every linked pair."""
    links = [link for batch in firm.store.iter_links(kind) for link in batch if len(link.refs) == 2]
    return [(link.refs[Side.SALESFORCE], link.refs[Side.HUBSPOT].id) for link in links]
