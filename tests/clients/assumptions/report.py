"""Which assumptions held: asked on a ground, shown as a table, written as JSON and Markdown.

What enters: a ground and assumptions. What leaves: a verdict for each. A probe that stumbles could not tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from assumptions.base import Assumption
from ground.base import Ground
from ground.traffic import OverBudgetError
from rich.console import Console
from rich.table import Table

HELD, NOT_HELD, UNSURE, NOT_PROBED = "held", "not held", "could not tell", "not probed"
COLORS = {HELD: "green", NOT_HELD: "red", UNSURE: "yellow", NOT_PROBED: "dim"}
MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One assumption and what came of it."""

    id: str
    crm: str
    assumption: str
    verdict: str
    observed: str


@dataclass(frozen=True, slots=True)
class Told:
    """All that a run has to tell."""

    accounts: list[str]
    requests: dict[str, int]
    tests: dict[str, str]
    removed: str
    assumptions: list[Row]


def judged(ground: Ground, table: Iterable[Assumption]) -> Iterator[Row]:
    """A verdict for each assumption, one after the other. Raises only when the budget is spent."""
    for each in table:
        yield Row(each.id, each.crm, each.text, *verdict(ground, each))


def verdict(ground: Ground, assumption: Assumption) -> tuple[str, str]:
    """(verdict, what was observed or why nothing was)."""
    if assumption.probe is None:
        return NOT_PROBED, assumption.why
    side = ground.hubspot if assumption.crm == "HubSpot" else ground.salesforce
    if side is None:
        return NOT_PROBED, f"no {assumption.crm} account was given"
    try:
        found = assumption.probe(ground)
    except OverBudgetError:
        raise
    except Exception as error:
        return UNSURE, f"{type(error).__name__}: {error}"[:MOST_WORDS]
    return {True: HELD, False: NOT_HELD, None: UNSURE}[found.held], found.observed[:MOST_WORDS]


def show(told: Told) -> None:
    """The table and the sums, for a person."""
    console = Console()
    table = Table("assumption", "verdict", "observed", title="Assumptions of the simulated CRMs")
    for row in told.assumptions:
        words = f"{row.id}\n[dim]{_plain(row.assumption)}[/dim]"
        table.add_row(words, f"[{COLORS[row.verdict]}]{row.verdict}[/]", _plain(row.observed))
    console.print(table)
    for line in _sums(told):
        console.print(line, markup=False)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _sums(told: Told) -> list[str]:
    verdicts = Counter(row.verdict for row in told.assumptions)
    tests = Counter(told.tests.values())
    return [
        "assumptions: " + ", ".join(f"{verdicts[each]} {each}" for each in COLORS),
        "contract tests: " + ", ".join(f"{tests[each]} {each}" for each in ("passed", "failed", "skipped")),
        "requests: " + ", ".join(f"{name} {count}" for name, count in told.requests.items()),
        f"removed: {told.removed}",
    ]


def write(told: Told, path: Path) -> None:
    """PATH.json for machines, PATH.md for people."""
    base = path.with_suffix("") if path.suffix in (".json", ".md") else path
    base.parent.mkdir(parents=True, exist_ok=True)
    base.with_name(base.name + ".json").write_bytes(orjson.dumps(asdict(told), option=orjson.OPT_INDENT_2))
    base.with_name(base.name + ".md").write_text(markdown(told), encoding="utf-8")


def markdown(told: Told) -> str:
    """The report as a page."""
    rows = [
        f"| `{row.id}` | {_cell(row.assumption)} | {row.verdict} | {_cell(row.observed)} |"
        for row in told.assumptions
    ]
    failed = [f"- {name}" for name, outcome in told.tests.items() if outcome == "failed"]
    parts = [
        "# Assumptions of the simulated CRMs, looked at on real accounts",
        "\n".join(f"- {line}" for line in [*told.accounts, *_sums(told)]),
        "\n".join(["| id | assumption | verdict | observed |", "|---|---|---|---|", *rows]),
        *(["## Contract tests that failed", "\n".join(failed)] if failed else []),
    ]
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
