"""What the one suite for both adapters needs of each side: names of objects and columns, and people at
work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.retry import Policy
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.model import Delta, Op, Raw, Record, Side, Write
from connector.sandbox.serve import Running
from connector.sandbox.world import World

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Kit:
    """One side. Columns are the CRM's own names for what the field name says."""

    crm: Crm
    world: World
    url: str
    person: str
    company: str
    deal: str
    last: str
    first: str
    email: str
    phone: str
    company_name: str
    deal_name: str
    stage: str
    closes: str
    link_id: str
    new_deal: Mapping[str, Raw]
    reconnect: Callable[..., Crm]
    waits: list[float] = field(default_factory=list)

    @property
    def side(self) -> Side:
        return self.crm.side

    @property
    def store(self) -> Any:
        return self.world.hubspot if self.side is Side.HUBSPOT else self.world.salesforce

    # ------------------------------------------------------------ people at work

    def load(self, type: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Records that were there before anything began."""
        return list(self.store.load(type, rows))

    def people(self, *names: str, **more: Any) -> list[str]:
        """Persons with these last names."""
        return self.load(self.person, [{self.last: name, **more} for name in names])

    def companies(self, *names: str) -> list[str]:
        return self.load(self.company, [{self.company_name: name} for name in names])

    def deals(self, *names: str) -> list[str]:
        return self.load(self.deal, [{self.deal_name: name, **self.new_deal} for name in names])

    def edit(self, type: str, id: str, **values: Any) -> None:
        """A person changes a record by hand."""
        self.store.user_edit(type, id, values)

    def remove(self, type: str, id: str) -> None:
        """A person deletes a record: it lands in the recycle bin."""
        (self.store.user_archive if self.side is Side.HUBSPOT else self.store.user_delete)(type, id)

    def merge(self, type: str, winner: str, loser: str) -> str:
        """A person merges two records; returns the survivor's id."""
        if self.side is Side.HUBSPOT:
            return str(self.store.merge(type, winner, loser))
        self.store.merge(type, winner, [loser])
        return winner

    def survivor(self, record: Record) -> str:
        """Where a record that was asked for by an old id lives on."""
        into = record.gone.into if record.gone else None
        return into.id if into else record.ref.id

    def stored(self, type: str) -> list[dict[str, Any]]:
        """The truth: live rows of a type by column."""
        rows = self.store.all(type, include_deleted=False)
        return [row["properties"] if self.side is Side.HUBSPOT else dict(row) for row in rows]

    # ------------------------------------------------------------ the adapter's view

    def create(self, key: str, type: str, **values: Raw | Delta) -> Write:
        return Write(key, Op.CREATE, type, None, values)

    def update(self, key: str, type: str, id: str, values: Mapping[str, Raw | Delta]) -> Write:
        return Write(key, Op.UPDATE, type, id, dict(values))

    def scan(self, type: str, *fields: str) -> dict[str, Record]:
        return {r.ref.id: r for page in self.crm.scan(type, fields) for r in page.records}

    def changed(self, type: str, since: datetime, *fields: str) -> dict[str, Record]:
        return {r.ref.id: r for page in self.crm.changed(type, since, fields) for r in page.records}

    def one(self, type: str, id: str, *fields: str) -> Record:
        return self.crm.read(type, [id], fields)[id]

    # ------------------------------------------------------------ what the CRM saw

    def requests(self) -> int:
        """Requests that reached the CRM, without logins."""
        log = self.world.requests[self.side.value]
        return int(log.total) - sum(n for route, n in log.by_route.items() if "oauth2" in route)

    def forget_requests(self) -> None:
        self.world.requests[self.side.value].reset()

    def fault(self, answer: Any, method: str | None = None, path: str = "/", **when: Any) -> None:
        """The CRM misbehaves. ``answer``: see the sandbox's faults; ``when``: nth, times."""
        match: dict[str, Any] = {"side": self.side.value, "path_prefix": path}
        if method:
            match["method"] = method
        self.world.faults.add({"match": match, "answer": answer, **when})

    @property
    def write_path(self) -> str:
        return "/crm/objects/" if self.side is Side.HUBSPOT else "/services/data/v64.0/composite/"


def hubspot_kit(world: World, running: Running) -> Kit:
    waits: list[float] = []

    def connect(url: str = running.hubspot_url, token: Any = "sandbox", **more: Any) -> HubSpot:
        return HubSpot(token, url, sleep=waits.append, **{"timeout": (2, 5), **more})

    return Kit(
        crm=connect(),
        world=world,
        url=running.hubspot_url,
        person="contacts",
        company="companies",
        deal="deals",
        last="lastname",
        first="firstname",
        email="email",
        phone="phone",
        company_name="name",
        deal_name="dealname",
        stage="dealstage",
        closes="closedate",
        link_id="smk_link_id",
        new_deal={"dealstage": "qualifiedtobuy", "pipeline": "default"},
        reconnect=connect,
        waits=waits,
    )


def salesforce_kit(world: World, running: Running) -> Kit:
    waits: list[float] = []
    login = Login(running.salesforce_url, "sandbox", "sandbox")

    def connect(url: str = running.salesforce_url, token: Any = "sandbox", **more: Any) -> Salesforce:
        own = replace(login, url=url, client_secret=token)
        return Salesforce(own, sleep=waits.append, **{"timeout": (2, 5), **more})

    return Kit(
        crm=connect(),
        world=world,
        url=running.salesforce_url,
        person="Contact",
        company="Account",
        deal="Opportunity",
        last="LastName",
        first="FirstName",
        email="Email",
        phone="Phone",
        company_name="Name",
        deal_name="Name",
        stage="StageName",
        closes="CloseDate",
        link_id="SMK_Link_Id__c",
        new_deal={"StageName": "Prospecting", "CloseDate": "2026-12-31"},
        reconnect=connect,
        waits=waits,
    )


QUICK = Policy(attempts=2)
