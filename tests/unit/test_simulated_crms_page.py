"""The page of the simulated CRMs keeps its word: known sources, tests that exist, every switch explained."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from connector.sandbox.hubspot import settings as hubspot_settings
from connector.sandbox.salesforce import settings as salesforce_settings
from connector.sandbox.world import World

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "simulated-crms.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
TAGS = set("DSRCVKA–")
FOLDERS = {"HubSpot": "tests/contract/hubspot", "Salesforce": "tests/contract/salesforce"}


def chapters(page: str) -> Iterator[tuple[str, str]]:
    """(heading, text) of each part with rows of behavior."""
    for heading, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.M | re.S):
        if "| area | behavior | source | " in text:
            yield heading, text


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of behavior."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if line.startswith("| ") and len(cells) == 4 and cells[0] != "area":
            yield cells


def named(cell: str) -> Iterator[tuple[str, str]]:
    """(file, test) of each test in a cell; `::name` alone is another test of the file before it."""
    file = ""
    for found, test in re.findall(r"([\w./-]+\.(?:py|js))?(?:::(\w+))?", cell):
        file = found or file
        if found or test:
            yield file, test


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing(folder: str, cell: str) -> list[str]:
    """The tests of a cell that do not exist."""
    out = []
    for file, test in named(cell):
        path = ROOT / file if "/" in file else ROOT / folder / file
        if not path.is_file() or (test and test not in functions_in(path)):
            out.append(f"{file}::{test}")
    return out


@pytest.mark.parametrize(("heading", "text"), list(chapters(PAGE)), ids=[each for each, _ in chapters(PAGE)])
def test_every_behavior_has_a_source_and_a_test_that_exists(heading: str, text: str) -> None:
    found = list(rows(text))
    assert len(found) > 20
    folder = FOLDERS.get(heading.split(":")[0], "")
    wrong = {cells[1]: missing(folder, cells[3]) for cells in found if missing(folder, cells[3])}
    assert wrong == {}
    assert [cells[1] for cells in found if not list(named(cells[3]))] == []
    tags = {cells[1]: set(re.findall(r"\w+|–", re.sub(r"\([^)]*\)", "", cells[2]))) for cells in found}
    assert {behavior: each for behavior, each in tags.items() if not each or not each <= TAGS} == {}


def test_a_test_that_is_not_there_is_seen() -> None:
    assert missing("tests/unit", "test_simulated_crms_page.py::test_of_nothing") != []
    assert missing("tests/unit", "test_simulated_crms_page.py, ::missing") == []
    assert missing("tests/unit", "test_of_nothing.py") != []


def switches() -> Iterator[str]:
    world = World()
    yield from hubspot_settings.read(world.hubspot)
    yield from salesforce_settings.read(world.salesforce)
    world.close()


def test_the_guide_explains_every_switch() -> None:
    assert [name for name in switches() if f"`{name}`" not in GUIDE] == []
