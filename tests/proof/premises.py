"""The two simulated CRMs of a process, and its steps: every request and every commit of the connector.

Enters: nothing. Leaves: servers that live as long as the process, and that can be put back to the moment
after the first sync; and a hook at each step, where a process may die or somebody may do something."""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.environment import Environment
from connector.install.apply import apply as install
from connector.install.apply import plan_install
from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Side
from connector.run import plan, sync
from connector.sandbox.clock import Clock
from connector.sandbox.serve import Running, start
from connector.sandbox.world import World
from connector.state.key import Key
from connector.state.store import open_store

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
MAPPING = Path(__file__).parent / "mapping"
WRITES = ("create ", "update ", "batch create", "batch update", "delete ")


class Killed(BaseException):
    """The process dies here: nothing of ours catches it, and nothing more is written."""


@dataclass
class Steps:
    """Every request and every commit of the connector, counted. At a step of choice something happens: the
    process dies, or somebody edits."""

    left: int = 0
    act: Callable[[], object] | None = None
    reads: bool = False
    before: str = ""
    after: str = ""
    dead: bool = False

    def arm(
        self, at: int, act: Callable[[], object], *, reads: bool = False, before: str = "", after: str = ""
    ) -> None:
        """``act`` at the ``at``-th step from now. ``before``: only steps of this kind count; ``after``: only
        those after a step of that kind; ``reads``: if that step would write, then at the next that does
        not."""
        self.left, self.act, self.reads, self.before, self.after = at, act, reads, before, after
        self.dead = False

    def disarm(self) -> None:
        self.act, self.dead = None, False

    def tick(self, kind: str) -> None:
        if self.dead:
            raise Killed
        if self.act is None:
            return
        if self.after:
            self.after = "" if self.after in kind else self.after
            return
        self.left -= kind.startswith(self.before)
        writes = kind == "commit" or kind.startswith(WRITES)
        if self.left <= 0 and kind.startswith(self.before) and not (self.reads and writes):
            act, self.act = self.act, None
            act()

    def die(self) -> None:
        self.dead = True
        raise Killed


class Counted(Counter[str]):
    """An adapter counts its requests here before it sends them."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.steps = steps

    def __setitem__(self, kind: str, n: int) -> None:
        super().__setitem__(kind, n)
        self.steps.tick(kind)


STEPS = Steps()
sa.event.listen(sa.Engine, "commit", lambda _connection: STEPS.tick("commit"))


@dataclass
class Ground:
    """The servers, and how everything was right after the installation."""

    world: World
    running: Running
    rules: Rules
    folder: Path
    key: Key
    copies: tuple[sqlite3.Connection, ...] = ()
    begin: datetime = START

    def adapters(self) -> dict[Side, Crm]:
        urls = self.running
        login = Login(urls.salesforce_url, "sandbox", "sandbox")
        made: dict[Side, Crm] = {
            Side.HUBSPOT: HubSpot("sandbox", base_url=urls.hubspot_url, sleep=lambda _: None),
            Side.SALESFORCE: Salesforce(login, sleep=lambda _: None),
        }
        for crm in made.values():
            crm.usage.by_kind = Counted(STEPS)
        return made

    def restore(self) -> None:
        """Both CRMs as just after the first sync, of nobody."""
        world = self.world
        world.reset()
        world.hubspot.index_lag_s = 0.0
        world.clock.set(self.begin)
        for store, copy in zip((world.hubspot, world.salesforce), self.copies, strict=True):
            copy.backup(store.db._connection)
        world.hubspot.schema.reload()
        world.hubspot.records.forget_ids()
        world.salesforce.db._numbers.clear()
        world.salesforce.catalog.reload()


def furnish_people(world: World) -> None:
    """A rep, and nobody else yet."""
    world.salesforce.load("User", [{"Username": "rep@x.nl", "LastName": "Rep", "IsActive": True}])
    for type in ("Lead", "Contact"):  # who set a title is known, also when somebody saves the record later
        world.salesforce.track_history(type, "Title")


@cache
def ground(
    mapping: Path = MAPPING,
    kinds: tuple[Kind, ...] = (Kind.CONTACT,),
    furnish: Callable[[World], object] = furnish_people,
) -> Ground:
    """The one pair of servers of this process for a mapping; the end of the process ends it. ``furnish``:
    what both CRMs hold before the first sync."""
    world = World(None, 1, 0.0, Clock(START, frozen=True))
    rules = load_or_raise(mapping)
    rules = replace(rules, objects={kind: rules.objects[kind] for kind in kinds})
    folder = Path(tempfile.mkdtemp(prefix="proof-"))
    made = Ground(world, start(world), rules, folder, Key.create(folder / "key"))
    crms = made.adapters()
    install(plan_install(crms, rules.own_fields), crms)
    furnish(world)
    with open_store(f"sqlite:///{folder / 'state.db'}", made.key) as store:
        env = Environment(rules, crms, store, made.key, folder, mark=folder / "key.seen")
        plan(env)
        sync(env)
    copies = []
    for copied in (world.hubspot, world.salesforce):
        copies.append(sqlite3.connect(":memory:", check_same_thread=False))
        copied.db._connection.backup(copies[-1])
    made.copies = tuple(copies)
    made.begin = world.clock.advance(1)
    return made
