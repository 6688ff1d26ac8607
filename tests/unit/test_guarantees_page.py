"""docs/guarantees.md names tests, stories and seeded bugs that are there, and leaves no seeded bug out."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text()
PROOF = ROOT / "tests" / "proof"
TOLD = "".join(path.read_text() for path in PROOF.glob("stories*.py"))
STORIES = set(re.findall(r"^def (\w+)\((?:people: People|team: Team)\) -> None", TOLD, re.MULTILINE))
BUGS = set(re.findall(r"^@bug\([^\n]*\)\ndef (\w+)\(", (PROOF / "bugs.py").read_text(), re.MULTILINE))
NAMED = set(re.findall(r"`(\w+)`", PAGE))


def test_every_test_file_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_seeded_bug_is_on_the_page() -> None:
    assert len(BUGS) >= 14
    assert sorted(BUGS - NAMED) == []


def test_stories_and_bugs_that_are_named_exist() -> None:
    plain = {name for name in NAMED if name.count("_") >= 1 and not name.startswith("test_")}
    text = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert sorted(name for name in plain - BUGS - STORIES if name not in text) == []
    assert STORIES & NAMED


def test_the_page_says_which_machine_hunts_which_bug() -> None:
    told = set(re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE, re.MULTILINE))
    assert told == set(re.findall(r'^    "(\w+)": "(\w+)",$', (PROOF / "hunts.py").read_text(), re.MULTILINE))
