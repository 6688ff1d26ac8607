"""Every broken mapping under tests/mappings/err says exactly what its expected.out says.

A case holds the files that are broken; the others are those of tests/mappings/ok/minimal. To accept new words
after an intended change: ``ACCEPT=1 pytest tests/unit/mapping/test_broken_files.py`` and read the difference.
"""

import os
from pathlib import Path

import pytest

from connector.mapping.load import load, parse_text

ROOT = Path(__file__).parents[2] / "mappings"
CASES = sorted(path.name for path in (ROOT / "err").iterdir())
GOOD = sorted(path.name for path in (ROOT / "ok").iterdir())
STARTER = Path(__file__).parents[3] / "mappings"


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_file_is_told_line_by_line_with_the_fix(case: str) -> None:
    files = texts(ROOT / "ok" / "minimal") | texts(ROOT / "err" / case)
    mapping, problems = parse_text(files)
    said = "".join(f"{problem}\n" for problem in problems)
    expected = ROOT / "err" / case / "expected.out"
    if os.environ.get("ACCEPT"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert (mapping is None) == any("warning:" not in line for line in said.splitlines())


@pytest.mark.parametrize("name", GOOD)
def test_a_right_mapping_has_no_problems(name: str) -> None:
    mapping, problems = load(ROOT / "ok" / name)
    assert [str(problem) for problem in problems] == []
    assert mapping is not None


def test_the_starter_mapping_has_no_problems() -> None:
    mapping, problems = load(STARTER)
    assert [str(problem) for problem in problems] == []
    assert mapping is not None


def test_every_broken_case_reports_at_least_one_problem() -> None:
    empty = [case for case in CASES if not (ROOT / "err" / case / "expected.out").read_text(encoding="utf-8")]
    assert empty == []
