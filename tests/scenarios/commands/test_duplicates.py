"""``duplicates``: who stands twice in one CRM."""

import csv
import io
from pathlib import Path

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from connector.report.csvfile import inert
from connector.report.duplicates import COLUMNS, csv_text


def lead(desk: Desk, email: str) -> str:
    return desk.world.salesforce.user_create("Lead", {"Email": email, "LastName": "X", "Company": "X"})


def test_records_of_one_crm_with_one_address_are_listed_and_no_others(
    empty_desk: Desk, tmp_path: Path
) -> None:
    """Two leads of one address, however it is spelled; not a lead beside its contact, not a role address, not
    the same person in both CRMs."""
    twins = sorted([lead(empty_desk, "jan@devries.nl"), lead(empty_desk, "JAN@devries.nl")])
    for email in ("info@x.nl", "info@x.nl", "piet@x.nl"):
        lead(empty_desk, email)
    empty_desk.world.salesforce.user_create("Contact", {"LastName": "X", "Email": "piet@x.nl"})
    empty_desk.world.hubspot.user_create("contacts", {"email": "jan@devries.nl"})
    empty_desk.ask("install", "--yes")
    file = tmp_path / "twins.csv"
    found = empty_desk.ask("duplicates", "--csv", str(file), code=1)
    assert found["groups"] == 1
    assert [row["id"] for row in found["records"]] == twins
    assert {(row["same"], row["crm"], row["linked"]) for row in found["records"]} == {
        ("email", "salesforce", "no")
    }
    assert list(csv.DictReader(file.open(newline=""))) == found["records"]
    assert "jan@" not in empty_desk.type("duplicates").out
    assert empty_desk.ask("duplicates", "--kind", "deal")["records"] == []


def test_a_file_that_cannot_be_written_is_told(empty_desk: Desk, tmp_path: Path) -> None:
    empty_desk.ask("install", "--yes")
    found = empty_desk.ask("duplicates", "--csv", str(tmp_path / "no" / "file.csv"), code=2)["error"]
    assert "cannot write" in found["message"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert inert(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_cell_comes_back_as_it_was_but_for_the_quote(text: str) -> None:
    row = dict.fromkeys(COLUMNS, text)
    (read,) = csv.DictReader(io.StringIO(csv_text([row]), newline=""))
    assert set(read.values()) == {inert(text)}
    assert inert(text) in (text, f"'{text}")
