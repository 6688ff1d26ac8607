"""Both simulated CRMs and the connector beside them, for thousands of short lives in one process.

Everything is real: HTTP, both adapters, SQLite. The servers live as long as the process; each ``office``
finds both CRMs as they were just after ``smarketing install``, with the clock at the same moment, and a state
of its own that was synced once, when there was nobody."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from premises import STEPS, Ground, Killed, ground

from connector.crm.base import Crm
from connector.environment import Environment
from connector.errors import SmarketingError
from connector.model import Side
from connector.report.runs import Report
from connector.run import sync
from connector.sandbox.salesforce.errors import ValidationRule
from connector.sandbox.world import World
from connector.state.store import Store, open_store
from connector.sync.guards import Limits

MEMORY = next((disk for disk in ("/dev/shm",) if os.access(disk, os.W_OK)), None)
"""Where there is a disk in memory, states are written to it: they wait for the disk after each step."""

SHORT = 8
"""How many characters of a title the simulated flow leaves."""


@dataclass
class Office:
    """One life of both CRMs and the connector, in words."""

    ground: Ground
    folder: Path
    crms: dict[Side, Crm]
    store: Store
    overlap: timedelta
    limits: Limits = field(default_factory=Limits)
    shortens: bool = False
    poison: set[str] = field(default_factory=set)
    by_hand: bool = False
    running: bool = False
    api_writes: Counter[tuple[Side, str, str]] = field(default_factory=Counter)
    created: list[tuple[str, str]] = field(default_factory=list)
    """Records that the connector made in Salesforce: type and email."""
    lost: int = 0
    """Runs that did not hear, or did not live to hear, what became of their writes."""
    removed: set[tuple[str, str]] = field(default_factory=set)
    """Records that people deleted, merged away or converted."""

    @property
    def world(self) -> World:
        return self.ground.world

    def env(self, store: Store | None = None, crms: Mapping[Side, Crm] | None = None) -> Environment:
        """What one process has in hands."""
        return Environment(
            self.ground.rules,
            crms or self.crms,
            store or self.store,
            self.ground.key,
            self.folder,
            limits=self.limits,
            mark=self.folder / "key.seen",
            overlap=self.overlap,
        )

    # ------------------------------------------------------------ the connector

    def sync(self, **options: Any) -> Report:
        """One run to its end; its requests are counted from zero."""
        for crm in self.crms.values():
            crm.usage.by_kind.clear()
        self.running = True
        try:
            return sync(self.env(), **options)
        finally:
            self.running = False

    def try_sync(self, **options: Any) -> Report | None:
        """One run that may fail in a way that is ours to explain."""
        try:
            return self.sync(**options)
        except SmarketingError:
            return None
        finally:
            STEPS.disarm()

    def after_write(self, side: Side, act: Callable[[], object]) -> Report | None:
        """One run during which somebody does something between its first write to a side and the reading
        back."""
        STEPS.arm(1, act, before="batch read" if side is Side.HUBSPOT else "retrieve", after="update")
        return self.try_sync()

    def die_after_write(self, side: Side) -> bool:
        """One run that is killed after its first write to a side, before it hears of it."""
        return self.die_at(1, before="batch read" if side is Side.HUBSPOT else "retrieve", after="update")

    def die_at(self, step: int, **more: str) -> bool:
        """One run that is killed at a step, and the next process started; whether it got that far."""
        STEPS.arm(step, STEPS.die, **more)
        try:
            self.sync()
        except Killed:
            self.restart()
            self.lost += 1
            return True
        except SmarketingError:
            pass
        finally:
            STEPS.disarm()
        return False

    def overtaken_at(self, pause: int) -> Report | None:
        """One run hangs between two batches for longer than its lease lasts; another takes over and ends;
        then the first one wakes up. ``pause``: 1 when all is decided, 2 before the first batch, and so on.
        Gives the report of the one that took over."""
        reports: list[Report] = []
        asked = iter(range(1, 1_000))

        def hang() -> bool:
            if next(asked) == pause:
                self.lost += 1
                self.world.clock.advance(180)
                with open_store(self.url, self.ground.key) as store, contextlib.suppress(SmarketingError):
                    reports.append(sync(self.env(store, self.ground.adapters())))
            return False

        self.try_sync(stop=hang)
        return reports[0] if reports else None

    def meanwhile(self, step: int, act: Callable[[], object]) -> Report | None:
        """One run during which somebody does something, at a request that only reads."""
        STEPS.arm(step, act, reads=True)
        return self.try_sync()

    def before_write(self, side: Side, act: Callable[[], object]) -> Report | None:
        """One run during which somebody does something right before the target of a write is read again: that
        is the second time that the run reads it."""
        STEPS.arm(2, act, before="batch read contacts" if side is Side.HUBSPOT else "retrieve")
        return self.try_sync()

    def restart(self) -> None:
        """A new process after a death: what the operating system frees is free, nothing else."""
        STEPS.disarm()
        self.store.close()
        self.store = open_store(self.url, self.ground.key)
        self.crms = self.ground.adapters()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'state.db'}"

    def back_up(self) -> None:
        """A copy of the state, as a nightly job makes it."""
        live, copy = (sqlite3.connect(self.folder / name) for name in ("state.db", "copy.db"))
        with contextlib.closing(live), contextlib.closing(copy):
            live.backup(copy)

    def swap_state(self) -> None:
        """The state and its copy change places: an old one is put back, or the latest one again."""
        self.store.close()
        for end in ("-wal", "-shm"):
            (self.folder / f"state.db{end}").unlink(missing_ok=True)
        spare = self.folder / "spare.db"
        (self.folder / "state.db").rename(spare)
        (self.folder / "copy.db").rename(self.folder / "state.db")
        spare.rename(self.folder / "copy.db")
        self.store = open_store(self.url, self.ground.key)

    # ------------------------------------------------------------ the truth

    def held(self, ref: tuple[str, str]) -> Mapping[str, Any] | None:
        """What a CRM really holds of a record (type and id); None when it is gone."""
        type, id = ref
        if type in ("contacts", "companies", "deals"):
            found = self.world.hubspot.get(type, id)
            gone = found is None or found["archived"] or found["id"] != id
            return None if found is None or gone else found["properties"]
        row = self.world.salesforce.get(type, id)
        return None if row is None or row["IsDeleted"] or row.get("IsConverted") else row

    # ------------------------------------------------------------ trouble

    def fault(self, answer: object, **rule: Any) -> None:
        """The simulated CRMs misbehave on some of the next requests (docs/sandbox.md, faults)."""
        self.lost += 1
        match = {k: rule.pop(k) for k in ("side", "method", "path_prefix", "route") if k in rule}
        self.world.faults.add({"match": match, "answer": answer, **rule})

    def calm(self) -> None:
        self.world.faults.clear()

    def pass_time(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    # ------------------------------------------------------------ the flow in Salesforce

    def on_write(self, type: str, before: Mapping[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
        """A validation rule, a flow that shortens titles, and a count of what the API wrote."""
        if type not in ("Lead", "Contact"):
            return after
        if not self.by_hand and after.get("Email") in self.poison:
            raise ValidationRule("not this one", "Email")
        title = after.get("Title")
        if self.shortens and title and len(title) > SHORT:
            after = {**after, "Title": title[:SHORT]}
        if not self.by_hand:
            if before is None:
                self.created.append((type, str(after.get("Email"))))
            for name in after.keys() if before is not None else ():
                if before is not None and before.get(name) != after[name]:
                    self.api_writes[Side.SALESFORCE, str(after["Id"]), name] += 1
        return after

    @contextlib.contextmanager
    def person(self) -> Iterator[None]:
        """What a person does in here, not the API."""
        self.by_hand = True
        try:
            yield
        finally:
            self.by_hand = False


@contextlib.contextmanager
def office(overlap_s: float = 900, index_lag_s: float = 0.0, base: Ground | None = None) -> Iterator[Office]:
    """Both CRMs as just after the first sync, and a connector with the state of that moment. ``base``: which
    CRMs; those for people unless told otherwise."""
    base = base or ground()
    base.restore()
    base.world.hubspot.index_lag_s = index_lag_s
    folder = Path(tempfile.mkdtemp(prefix="office-", dir=MEMORY))
    for name in ("state.db", "key.seen"):
        shutil.copy(base.folder / name, folder / name)
    store = open_store(f"sqlite:///{folder / 'state.db'}", base.key)
    made = Office(base, folder, base.adapters(), store, timedelta(seconds=overlap_s))
    base.world.salesforce.on_write.append(made.on_write)
    try:
        yield made
    finally:
        STEPS.disarm()
        made.store.close()
        for crm in made.crms.values():
            crm.close()
        shutil.rmtree(folder)
