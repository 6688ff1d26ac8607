"""An installation as it stands at a customer's: a folder, a SQLite file, and `smarketing sync` as processes
that are killed, paused and started twice.

Enters: two simulated CRMs. Leaves: a desk to type commands at, and hands on the other end of the line that
stop a process at exactly one of its requests.
"""

import asyncio
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from desk import Desk
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typer.testing import CliRunner

from connector.cli import app as smarketing
from connector.sandbox.serve import start
from connector.sandbox.world import CrmName, World

MANY = 1_000_000
NEVER = PlainTextResponse("never sent", 503)
"""What stands in for an answer that nobody hears."""


@dataclass
class Hand:
    """Does something to a process when its n-th request (of those whose path has ``part`` in it, and of that
    ``method``) has arrived.

    SIGKILL, and the request is carried out, or not (``applied``); with ``later_s`` the process hears the
    answer and dies so many seconds later. ``pause``: SIGSTOP; the request waits until ``go_on``, before it is
    carried out or (``applied``) after.
    """

    at: int = 0
    part: str = ""
    pause: bool = False
    applied: bool = True
    later_s: float = 0.0
    method: str = ""
    pid: int = 0
    seen: int = 0
    took: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def before(self, side: CrmName, scope: Scope, app: ASGIApp) -> ASGIApp | None:  # noqa: ARG002
        if self.part not in scope["path"] or self.method not in ("", scope["method"]):
            return None
        self.seen += 1
        return self._around(app) if self.seen == self.at else None

    def _around(self, app: ASGIApp) -> ASGIApp:
        async def held(scope: Scope, receive: Receive, send: Send) -> None:
            whole = await _read(receive)  # a process that is stopped half-way through has sent nothing yet
            if not self.pause:
                self._strike()
                if self.applied:
                    await app(scope, whole, send)
                else:
                    await NEVER(scope, whole, send)
                return
            os.kill(self.pid, signal.SIGSTOP)
            self.took.set()
            if self.applied:
                await app(scope, whole, send)
            while not self.released.is_set():
                await asyncio.sleep(0.01)
            if not self.applied:
                await app(scope, whole, send)

        return held

    def _strike(self) -> None:
        timer = threading.Timer(self.later_s, _kill, [self.pid])
        timer.start()
        if not self.later_s:
            timer.join()

    def go_on(self) -> None:
        """What was on its way arrives now, and the process wakes up."""
        self.released.set()
        os.kill(self.pid, signal.SIGCONT)


async def _read(receive: Receive) -> Receive:
    """A request's body, to be read once more."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return again


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it was done before
        os.kill(pid, signal.SIGKILL)


@dataclass
class House(Desk):
    """A desk whose syncs are real processes. ``titles``: the last title that people gave each person."""

    titles: dict[str, str] = field(default_factory=dict)

    def sync_under(self, hand: Hand) -> subprocess.Popen[str]:
        """A sync that a hand waits for."""
        return self.under(hand, "sync", "--json")

    def under(self, hand: Hand, *words: str) -> subprocess.Popen[str]:
        """A command that a hand waits for."""
        process = self.start(*words)
        hand.pid = process.pid
        self.world.hooks.insert(0, hand.before)
        return process

    def let_go(self) -> None:
        """No hand waits any more."""
        self.world.hooks = [each for each in self.world.hooks if not isinstance(_owner(each), Hand)]

    # ------------------------------------------------------------ people

    def newcomer(self, name: str) -> None:
        """Marketing hands somebody over."""
        person = {"email": f"{name}@x.nl", "lastname": name, "lifecyclestage": "salesqualifiedlead"}
        self.world.hubspot.user_create("contacts", person)
        self.titles[name] = ""

    def in_hubspot(self, name: str, title: str) -> None:
        """Marketing edits somebody's title."""
        self.world.hubspot.user_edit("contacts", self.contact(name)["id"], {"jobtitle": title})

    def retitle(self, name: str, title: str) -> None:
        """People with an even number are marketing's to edit, the others sales'."""
        leads = self.leads(name)
        if int(name[1:]) % 2 == 0:
            self.in_hubspot(name, title)
        elif leads:
            self.world.salesforce.user_edit("Lead", leads[0]["Id"], {"Title": title})
        else:
            return
        self.titles[name] = title

    def contact(self, name: str) -> dict[str, Any]:
        (found,) = [c for c in self.people("hubspot") if c["properties"]["lastname"] == name]
        return found

    def leads(self, name: str) -> list[dict[str, Any]]:
        return [lead for lead in self.people("salesforce") if lead["LastName"] == name]

    # ------------------------------------------------------------ rest

    def rest(self) -> None:
        """Sync until a sync writes nothing; a full one writes nothing either, and nothing is open."""
        self.let_go()
        for _ in range(6):
            if self.ask("sync", code=None)["writes"] == 0:
                break
        quiet = self.ask("sync", "--full")
        assert (quiet["writes"], quiet["failed"]) == (0, 0)
        with self.store() as store:
            assert store.open_intents() == []
            assert store.verify_audit() == []

    def assert_nothing_lost_or_doubled(self) -> None:
        """Everybody is in Salesforce once, with the last title that somebody gave; on both sides."""
        contacts = {c["properties"]["lastname"]: c["properties"] for c in self.people("hubspot")}
        leads = self.people("salesforce")
        doubled = [name for name, n in Counter(lead["LastName"] for lead in leads).items() if n > 1]
        assert doubled == []
        found = {lead["LastName"]: lead["Title"] or "" for lead in leads}
        assert found == self.titles
        assert {name: contacts[name].get("jobtitle") or "" for name in self.titles} == self.titles
        links = {lead["LastName"]: lead["SMK_Link_Id__c"] for lead in leads}
        assert links == {name: contacts[name]["smk_link_id"] for name in self.titles}


def _owner(hook: object) -> object:
    return getattr(hook, "__self__", None)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Installed beside two empty CRMs; guards let everything through."""
    world = World(seed=7)
    with start(world) as running:
        ports = [url.rpartition(":")[2] for url in (running.hubspot_url, running.salesforce_url)]
        words = ["init", str(folder), "--sandbox", "--hubspot-port", ports[0], "--salesforce-port", ports[1]]
        made = CliRunner().invoke(smarketing, words)
        assert made.exit_code == 0, made.output
        home = House(folder, world, running)
        home.configure("creates = 200", f"creates = {MANY}")
        home.configure("overwrites = 200", f"overwrites = {MANY}")
        home.set_up()
        yield home
    world.close()


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The one JSON object of a process that has ended (at most 60 s)."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    found: dict[str, Any] = orjson.loads(out)
    return found
