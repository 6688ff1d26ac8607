"""A person at a terminal: a folder made by ``smarketing init``, beside two simulated CRMs on ports of this
machine."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from connector.cli import app
from connector.sandbox.serve import Running
from connector.sandbox.world import CrmName, World
from connector.state.key import Key
from connector.state.store import Store, open_store

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "docs" / "json"


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self.out
        found: dict[str, Any] = orjson.loads(lines[0])
        return found


@dataclass
class Desk:
    """Types commands in a folder."""

    folder: Path
    world: World
    running: Running
    fresh: tuple[int, int] = (0, 0)
    """How much had been written in both CRMs when the desk was made."""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def type(self, *words: str) -> Said:
        """One command, with this folder's config."""
        result = CliRunner().invoke(app, [*words, "--debug", "--config", str(self.config)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        if "Traceback" in result.stderr:
            pytest.fail(result.stderr)
        return Said(result.exit_code, result.stdout, result.stderr)

    def ask(self, *words: str, code: int | None = 0) -> dict[str, Any]:
        """One command with ``--json``: its object, which is as published."""
        said = self.type(*words, "--json")
        if code is not None:
            assert said.code == code, said.err
        grouped = words[0] in ("review", "window", "alerts", "state", "pipeline")
        name = "-".join(words[:2]) if grouped else words[0]
        check(said.json, "error" if "error" in said.json else name)
        return said.json

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """One command as a process of its own."""
        code = "from connector.cli import main; main()"
        command = [sys.executable, "-c", code, *words, "--config", str(self.config)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=env, **{**pipes, **options})

    def caught_writing(self, *words: str, delay_s: float) -> subprocess.Popen[str]:
        """A command as a process, caught in its first batch of writes to Salesforce, which takes so long."""
        composite = {"side": "salesforce", "path_prefix": "/services/data/v64.0/composite/"}
        self.world.faults.add({"match": composite, "answer": {"delay_ms": delay_s * 1000}})
        self.world.requests["salesforce"].reset()
        process = self.start(*words, "--json")
        self.wait_for_request("salesforce", "composite")
        return process

    @staticmethod
    def parse(line: str) -> dict[str, Any]:
        """One line of JSON."""
        found: dict[str, Any] = orjson.loads(line)
        return found

    def configure(self, old: str, new: str) -> None:
        """Edits config.toml."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def set_up(self, people: str | None = None) -> None:
        """Installed, and synced once: both CRMs are aligned. Where nobody has touched anything yet, what that
        gave another desk of the same company is copied. ``people``: the name for what was done to an empty
        company before, always the same."""
        key = self._untouched() if people is None else people
        if key in _ALIGNED:
            _ALIGNED[key].put_into(self)
            return
        self.ask("install", "--yes")
        self.ask("plan", code=None)
        self.ask("sync", code=None)
        if key is not None:
            _ALIGNED[key] = Aligned.of(self)

    def _untouched(self) -> str | None:
        """What tells one kind of fresh desk from another; None where somebody has been at work."""
        if written(self.world) != self.fresh or (self.folder / ".state").exists():
            return None
        files = [self.config, *sorted((self.folder / "mappings").glob("*.yaml"))]
        text = b"".join(file.read_bytes() for file in files).decode()
        people = sum(1 for _ in self.world.hubspot.all("contacts"))
        return f"{people} {re.sub(r':[0-9]+', '', text)}"

    def hubspot(self, method: str, path: str, body: dict[str, Any]) -> None:
        """One call to HubSpot, as its admin would make it."""
        url = self.running.hubspot_url + path
        answer = requests.request(
            method, url, json=body, headers={"Authorization": "Bearer sandbox"}, timeout=10
        )
        assert answer.ok, answer.text

    def store(self) -> Store:
        """The state, as a second process would open it."""
        path = self.folder / ".state" / "state.db"
        return open_store(f"sqlite:///{path}", Key.load(self.folder / "smarketing.key"))

    def wait_for_request(self, crm: CrmName, part: str) -> None:
        """Waits (at most 30 s) until a CRM was asked something whose route has ``part`` in it."""
        end = time.monotonic() + 30
        while not any(part in route for route in self.world.requests[crm].counts()["by_route"]):
            assert time.monotonic() < end, f"nobody asked {crm} for {part}"
            time.sleep(0.01)

    def people(self, crm: str) -> list[dict[str, Any]]:
        """Everything that a CRM holds of people, as ground truth."""
        if crm == "hubspot":
            return list(self.world.hubspot.all("contacts"))
        rows = [*self.world.salesforce.all("Lead"), *self.world.salesforce.all("Contact")]
        return [dict(row) for row in rows]


@dataclass(frozen=True)
class Aligned:
    """What a first sync leaves: both CRMs, and our files but for the config, which holds the ports."""

    world: World
    files: Path

    @classmethod
    def of(cls, desk: Desk) -> Aligned:
        world = World(seed=desk.world.seed)
        world.become(desk.world)
        files = Path(tempfile.mkdtemp(prefix="desk-"))
        atexit.register(shutil.rmtree, files, ignore_errors=True)
        shutil.copytree(desk.folder, files, dirs_exist_ok=True, ignore=shutil.ignore_patterns("config.toml"))
        return cls(world, files)

    def put_into(self, desk: Desk) -> None:
        contacts = desk.world.contacts
        desk.world.become(self.world)
        desk.world.contacts = contacts
        shutil.copytree(self.files, desk.folder, dirs_exist_ok=True)


_ALIGNED: dict[str | None, Aligned] = {}


def written(world: World) -> tuple[int, int]:
    """How many rows were ever written in each CRM."""
    (rows,) = world.salesforce.db.run("SELECT total_changes()").fetchone()
    return world.hubspot.db.changes(), int(rows)


def check(found: dict[str, Any], name: str) -> None:
    """The object has the published shape, and no key that isn't published."""
    schema = orjson.loads((SCHEMAS / f"{name}.schema.json").read_bytes())
    Draft202012Validator(schema).validate(found)
    assert set(found) <= set(schema["properties"]), set(found) - set(schema["properties"])
