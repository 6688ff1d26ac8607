"""The borders of the house: which part of the code may import what, read from the sources themselves.

The reason: whoever reads the rules of a merge must be sure that nothing there asks a clock, a file or a
server, and whoever replaces a CRM or a database must find everything in one folder.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# ---------------------------------------------------------------- the rules

PURE = (
    *("connector.model", "connector.schema", "connector.errors", "connector.domain", "connector.mapping"),
    "connector.sync",
    *("connector.report.differences", "connector.salesforce_ids"),
)
"""Same input, same output: no clock, no file, no network, no chance. Of ours they import only each other."""

READS_AND_WRITES = (
    *("connector.mapping.load", "connector.mapping.source"),
    *("connector.sync.pull", "connector.sync.apply"),
    *("connector.sync.look", "connector.sync.recover", "connector.sync.untold"),
    *("connector.sync.partners", "connector.sync.parents", "connector.sync.doubt"),
)
"""What the pure parts leave to others: reading the text of mapping files; reading and writing records; and
those that fetch what the stages need and call them in their order."""

PLAIN_DATA = ("connector.crm.base", "connector.state.rows")
"""Only nouns and what a CRM promises; as pure as what imports them."""

HTTP = ("hubspot", "simple_salesforce", "requests", "requests_toolbelt", "urllib3", "httpx", "http.client")
CALLS_OUT = ("connector.sandbox.hubspot.webhooks", "connector.alerts.webhook")
"""The simulated HubSpot calls a subscriber's address, an alert that of a chat; that is no call to a CRM."""

SQL = ("sqlalchemy", "alembic", "sqlite3", "psycopg")
FRAMEWORKS = (
    "apscheduler",
    "jinja2",
    "keyring",
    "rich",
    "starlette",
    "structlog",
    "tenacity",
    "typer",
    "uvicorn",
)
SYSTEM = (
    *("asyncio", "concurrent", "fcntl", "getpass", "glob", "http", "io", "logging", "multiprocessing", "os"),
    *("pathlib", "queue", "random", "secrets", "select", "shutil", "signal", "socket", "ssl", "subprocess"),
    *("sys", "tempfile", "threading", "time", "urllib", "uuid"),
)
CALLS = ("open", "print", "input", "breakpoint", "datetime.now", "datetime.utcnow", "date.today")
"""Built-ins that reach outside without an import."""

STARTS = ("connector.cli", "connector.commands", "connector.demo", "connector.web")
ENTRY_ONLY = ("jobs", "connector.sandbox", *STARTS)
"""What starts things. Nothing that does the work knows of it; the entry points know each other."""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that a module uses: an imported name, or a call of a built-in (``call`` is then True)."""

    module: str
    line: int
    name: str
    call: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.line} uses {self.name}"


def under(name: str, roots: tuple[str, ...]) -> bool:
    """Is the name one of the roots, or does it lie within one?"""
    return any(name == root or name.startswith(root + ".") for root in roots)


def is_pure(module: str) -> bool:
    return under(module, PURE) and not under(module, READS_AND_WRITES)


def verdict(use: Use) -> str | None:
    """Which border the use breaks, in words; None when it breaks none."""
    if use.call:
        return f"{use}: a pure part may not" if is_pure(use.module) else None
    if is_pure(use.module):
        return _pure_verdict(use)
    if under(use.name, HTTP) and not under(use.module, ("connector.crm", *CALLS_OUT)):
        return f"{use}: only connector.crm speaks HTTP to CRMs"
    if under(use.name, SQL) and not under(use.module, ("connector.state", "connector.sandbox")):
        return f"{use}: only connector.state speaks SQL"
    if under(use.name, ENTRY_ONLY) and not under(use.module, ENTRY_ONLY):
        return f"{use}: only entry points may"
    if under(use.module, ("connector.sandbox",)) and _knows_the_product(use.name):
        return f"{use}: the simulated CRMs know nothing of the connector"
    return None


def _pure_verdict(use: Use) -> str | None:
    if under(use.name, SYSTEM + HTTP + SQL + FRAMEWORKS):
        return f"{use}: a pure part may not"
    ours = under(use.name, ("connector", "jobs")) and use.name != "connector"
    if ours and not (is_pure(use.name) or under(use.name, PLAIN_DATA)):
        return f"{use}: a pure part knows only pure parts"
    return None


def _knows_the_product(name: str) -> bool:
    """Servers that borrowed from the client would agree with its mistakes."""
    rooms = ("crm", "install", "mapping", "run", "state", "sync")
    return under(name, tuple(f"connector.{room}" for room in rooms))


# ---------------------------------------------------------------- reading the sources


def modules() -> dict[str, str]:
    """All our modules: dotted name -> source text."""
    found = {}
    for top in ("connector", "jobs"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path.read_text(encoding="utf-8")
    return found


def uses(module: str, text: str, known: frozenset[str] = frozenset()) -> Iterator[Use]:
    """What the module imports, anywhere in its text, and which of the outward built-ins it calls.

    ``known``: names of our modules, so that ``from connector import run`` counts as ``connector.run``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Use(module, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            yield from _imported_from(module, node, known)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
            yield Use(module, node.lineno, ast.unparse(node.func) + "()", call=True)


def _imported_from(module: str, node: ast.ImportFrom, known: frozenset[str]) -> Iterator[Use]:
    base = node.module or ""
    if node.level:
        parents = module.split(".")[: -node.level]
        base = ".".join([*parents, base] if base else parents)
    deeper = [f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}" in known]
    for name in [*deeper, *([base] if len(deeper) < len(node.names) else [])]:
        yield Use(module, node.lineno, name)


def broken(sources: dict[str, str]) -> list[str]:
    """Every broken border, in words."""
    known = frozenset(sources)
    found = (verdict(use) for module, text in sources.items() for use in uses(module, text, known))
    return [each for each in found if each]


# ---------------------------------------------------------------- the tests


def test_the_house_keeps_its_borders() -> None:
    """No module of the product crosses a border."""
    assert broken(modules()) == []


def test_every_room_is_looked_at() -> None:
    """The reading finds the real modules: a test that looks at nothing would always pass."""
    found = modules()

    assert {"connector.model", "connector.mapping.rules", "connector.crm.base", "jobs"} <= set(found)
    assert any(use.name == "dataclasses" for use in uses("connector.model", found["connector.model"]))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("connector.mapping.rules", "import os"),
        ("connector.mapping.rules", "from pathlib import Path"),
        ("connector.mapping.rules", "text = open('contacts.yaml').read()"),
        ("connector.domain.sla", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
        ("connector.domain.sla", "import time"),
        ("connector.sync.match", "def f():\n    import sqlite3"),
        ("connector.sync.match", "from connector.state.store import Store"),
        ("connector.sync.match", "from connector import run"),
        ("connector.sync.match", "from . import pull"),
        ("connector.sync.plan", "from connector.crm.hubspot import HubSpot"),
        ("connector.sync.reconcile", "from .pull import read"),
        ("connector.model", "import orjson, requests.adapters"),
        ("connector.report.parity", "import requests"),
        ("connector.report.differences", "from connector.state.store import Store"),
        ("connector.run", "from hubspot import HubSpot"),
        ("connector.install.apply", "import urllib3.util"),
        ("connector.run", "import sqlalchemy as sa"),
        ("connector.crm.hubspot", "import sqlite3"),
        ("connector.run", "from connector.sandbox import serve"),
        ("connector.run", "from connector import sandbox"),
        ("connector.sync.apply", "import jobs.schedule"),
        ("connector.crm.retry", "from connector.cli import main"),
        ("connector.sandbox.hubspot.app", "from connector.crm.base import NewField"),
    ],
)
def test_a_crossed_border_is_seen(module: str, text: str) -> None:
    """Each border is seen to fail: one line that crosses it is reported with its place."""
    others = dict.fromkeys(("connector.run", "connector.sandbox", "connector.sync.pull"), "")

    found = broken({**others, module: text})

    assert len(found) == 1
    assert found[0].startswith(f"{module}:")


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (
            "connector.sync.match",
            "from connector.model import Side\nfrom connector.mapping import rules",
        ),
        (
            "connector.sync.plan",
            "from connector.crm.base import NewField\nfrom connector.state.rows import Audit",
        ),
        ("connector.sync.apply", "import time\nfrom connector.crm.base import Crm"),
        ("connector.mapping.load", "from pathlib import Path"),
        ("connector.crm.hubspot", "import requests\nfrom hubspot import HubSpot"),
        ("connector.state.store", "import sqlalchemy\nimport sqlite3"),
        ("connector.sandbox.store", "import sqlite3"),
        ("connector.commands.demo", "from connector.sandbox import serve\nfrom jobs import schedule"),
        ("jobs.sync", "from connector import run"),
    ],
)
def test_what_is_allowed_is_left_alone(module: str, text: str) -> None:
    """The borders forbid no more than they say."""
    assert broken({module: text}) == []
