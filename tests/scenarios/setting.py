"""A small firm with a HubSpot and a Salesforce, and the connector beside them, for scenario tests.

Everything is real but the two CRMs, which are the simulated ones over HTTP. People's edits go through the
stores' own ``user_`` methods; what a test says of the outcome is read from the CRMs' ground truth.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import psycopg

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.environment import Environment
from connector.install.apply import apply as install
from connector.install.apply import plan_install
from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Link, LinkState, Ref, Side
from connector.report.runs import Report
from connector.run import approve, plan, rebuild, sync
from connector.sandbox.clock import Clock
from connector.sandbox.company import seed
from connector.sandbox.serve import Running, start
from connector.sandbox.world import World
from connector.state.key import Key
from connector.state.store import Store, open_store
from connector.sync.guards import Limits

FILES = ("key", "key.seen", "state.db")
MAPPINGS = Path(__file__).parents[2] / "mappings"


@dataclass
class Firm:
    """Both CRMs, the connector, and words for what people do. ``state``: the URL of its
    state, if that is no file in the folder."""

    folder: Path
    world: World
    running: Running
    crms: dict[Side, Crm]
    store: Store
    key: Key
    mappings: Path = MAPPINGS
    limits: Limits = field(default_factory=Limits)
    state: str = ""

    @property
    def url(self) -> str:
        return self.state or f"sqlite:///{self.folder / 'state.db'}"

    @property
    def env(self) -> Environment:
        return Environment(
            rules_of(self.mappings),
            self.crms,
            self.store,
            self.key,
            self.folder,
            limits=self.limits,
            mark=self.folder / "key.seen",
        )

    def install(self) -> None:
        """Our fields in both CRMs, and a preview of the mapping."""
        install(plan_install(self.crms, self.env.rules.own_fields), self.crms)
        self.plan()

    def run_on(self, mappings: Path) -> None:
        """Other mapping files from now on, previewed; our fields anew only where those have others."""
        before, self.mappings = self.env.rules.own_fields, mappings
        if self.env.rules.own_fields == before:
            self.plan()
        else:
            self.install()

    # ------------------------------------------------------------ people

    def contact(self, **values: str) -> str:
        """A marketer enters a contact in HubSpot."""
        return self.world.hubspot.user_create("contacts", {"lifecyclestage": "salesqualifiedlead", **values})

    def in_hubspot(self, id: str, type: str = "contacts", **values: str) -> None:
        self.world.hubspot.user_edit(type, id, values)

    def lead(self, **values: object) -> str:
        """A rep enters a lead in Salesforce."""
        return self.world.salesforce.user_create("Lead", {"LastName": "X", "Company": "X", **values})

    def in_salesforce(self, id: str, type: str = "Lead", **values: object) -> None:
        self.world.salesforce.user_edit(type, id, values)

    def pairs(self, *names: str) -> tuple[list[str], list[str]]:
        """People in both CRMs, linked, each with an address of their name: the HubSpot ids and the leads'."""
        contacts = [self.contact(email=f"{name}@x.nl", lastname=name.upper()) for name in names]
        self.settle()
        return contacts, [self.partner(contact).id for contact in contacts]

    def pass_time(self, minutes: float) -> None:
        self.world.clock.advance(minutes * 60)

    # ------------------------------------------------------------ the connector

    def sync(self, **options: Any) -> Report:
        """One run; what it wrote is counted from zero."""
        for crm in self.crms.values():
            crm.usage.by_kind.clear()
        return sync(self.env, **options)

    def plan(self) -> Report:
        return plan(self.env)

    def rebuild(self) -> Report:
        return rebuild(self.env)

    def approve(self, hash: str | None) -> None:
        assert hash is not None
        approve(self.env, hash, self.now())

    def settle(self, runs: int = 6) -> Report:
        """Sync until a run writes nothing."""
        for _ in range(runs):
            report = self.sync()
            if report.writes == 0:
                return report
        raise AssertionError(f"still writing after {runs} runs: {report.planned}")

    def now(self) -> datetime:
        return max(crm.identity().now for crm in self.crms.values())

    def forget_state(self) -> None:
        """The state and the mark beside the key are lost; the key is not."""
        self.store.close()
        if self.store.path is None:
            with psycopg.connect(self.url, autocommit=True) as admin:
                (schema,) = admin.execute("select current_schema()").fetchone() or ("",)
                admin.execute(f"drop schema {schema} cascade; create schema {schema}")
        for file in self.folder.glob("state.db*"):
            file.unlink()
        (self.folder / "key.seen").unlink(missing_ok=True)
        self.store = open_store(self.url, self.key)

    def edited_mappings(self, folder: Path, file: str, old: str, new: str) -> Path:
        """A copy of the starter mapping with one place changed."""
        shutil.copytree(MAPPINGS, folder)
        text = (folder / file).read_text()
        assert old in text, f"{file} has changed"
        (folder / file).write_text(text.replace(old, new, 1))
        return folder

    # ------------------------------------------------------------ the truth

    def hubspot(self, id: str, type: str = "contacts") -> Mapping[str, Any]:
        """The stored properties of a HubSpot record."""
        found = self.world.hubspot.get(type, id)
        assert found is not None
        return found["properties"]  # type: ignore[no-any-return]

    def salesforce(self, id: str, type: str = "Lead") -> Mapping[str, Any]:
        found = self.world.salesforce.get(type, id)
        assert found is not None
        return found

    def live(self, type: str) -> list[Mapping[str, Any]]:
        """All live Salesforce records of a type."""
        return list(self.world.salesforce.all(type, include_deleted=False))

    def link(self, side: Side, type: str, id: str) -> Link | None:
        ref = Ref(side, type, id)
        return self.store.links_by_ref([ref]).get(ref)

    def partner(self, hubspot_id: str, type: str = "contacts") -> Ref:
        """The Salesforce record that a HubSpot record is linked with."""
        link = self.link(Side.HUBSPOT, type, hubspot_id)
        assert link is not None, "not known"
        ref = link.ref(Side.SALESFORCE)
        assert ref is not None, f"no partner: {link.state}, {link.pending}"
        return ref

    def linked(self, kind: Kind = Kind.CONTACT) -> int:
        return self.store.count_links().get((kind, LinkState.LINKED), 0)


def rules_of(folder: Path) -> Rules:
    """The mapping files of a folder, read anew when one of them has changed."""
    return _read(folder, tuple(file.read_bytes() for file in sorted(folder.glob("*.yaml"))))


@lru_cache(maxsize=8)
def _read(folder: Path, texts: tuple[bytes, ...]) -> Rules:  # noqa: ARG001 - the texts tell readings apart
    return load_or_raise(folder)


@dataclass(frozen=True)
class Installed:
    """A firm right after the installation and the first preview, to be copied: both CRMs and our files."""

    world: World
    files: Mapping[str, bytes]

    def put_into(self, world: World, folder: Path) -> None:
        world.become(self.world)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)


@cache
def _installed() -> Installed:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with firm(folder, installed=False) as made:
            made.install()
            copied = World()
            copied.become(made.world)
        return Installed(copied, {file: (folder / file).read_bytes() for file in FILES})


@contextmanager
def firm(
    folder: Path,
    *,
    index_lag_s: float = 0.0,
    installed: bool = True,
    contacts: int = 0,
    start_of: datetime | None = None,
    edition: str | None = None,
    state: str = "",
) -> Iterator[Firm]:
    """An empty firm (or one that has so many contacts), our fields installed, the starter mapping previewed.
    Its clock starts at the present or where told. With an edition, its limits are enforced, and time passes
    only while an adapter waits. ``state``: a URL, else a file in the folder."""
    clock = Clock(start_of, frozen=edition is not None)
    world = World(None, 1, index_lag_s, clock, edition)
    wait: Callable[[float], object] = clock.advance if edition else lambda _: None
    if contacts:
        seed(world, contacts, 1)
    with start(world) as running:
        crms: dict[Side, Crm] = {
            Side.HUBSPOT: HubSpot(
                "sandbox", base_url=running.hubspot_url, sleep=wait, clock=lambda: clock.now().timestamp()
            ),
            Side.SALESFORCE: Salesforce(Login(running.salesforce_url, "sandbox", "sandbox"), sleep=wait),
        }
        fresh = installed and not contacts and not state
        if fresh:
            _installed().put_into(world, folder)
        key = Key.load(folder / "key") if fresh else Key.create(folder / "key")
        store = open_store(state or f"sqlite:///{folder / 'state.db'}", key)
        made = Firm(folder, world, running, crms, store, key, state=state)
        try:
            if installed and not fresh:
                made.install()
            yield made
        finally:
            made.store.close()
        for crm in crms.values():
            crm.close()
    world.close()


HOUR = timedelta(hours=1)
