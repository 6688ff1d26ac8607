"""A spreadsheet that opens our CSV runs nothing that a stranger typed into a form."""

import csv
import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.errors import ConfigError
from connector.report.csvfile import FORMULA, inert, new_csv


@given(st.text())
@example('=HYPERLINK("http://x")')
@example("  =1+1")
@example("\uff1d1+1")
@example("\t=1")
def test_no_cell_begins_like_a_formula_and_nothing_is_lost(text: str) -> None:
    cell = inert(text)
    assert cell.lstrip()[:1] not in FORMULA
    assert cell in (text, f"'{text}")


def test_ordinary_text_stays_as_it_is() -> None:
    for text in ("", "de Vries", "020 123 45 67", "a=b", "2-3"):
        assert inert(text) == text


def test_a_file_comes_back_as_written_and_is_private(tmp_path: Path) -> None:
    rows = [["a,b", 'say "hi"'], ["line\nbreak", "\u00e9\u4e2d\U0001f600"]]
    with new_csv(tmp_path / "x.csv", ("one", "two")) as sheet:
        for row in rows:
            sheet.write(row)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["one", "two"], *rows]
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="exists already"), new_csv(tmp_path / "x.csv", ("one",)):
        pass


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"), new_csv(tmp_path / "nowhere" / "x.csv", ("one",)):
        pass
