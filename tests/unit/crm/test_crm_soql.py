"""No value is ever syntax, no id is ever anything but an id, and queries fit into URLs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.crm import soql
from connector.crm.soql import Query
from connector.salesforce_ids import id_or_none, to_18

KNOWN_IDS = ["a0D30000001n7PiEAI", "001R00000064wdtIAA"]


@pytest.mark.parametrize("full", KNOWN_IDS)
def test_the_last_three_characters_follow_from_the_first_fifteen(full: str) -> None:
    assert to_18(full[:15]) == full
    assert to_18(full) == full


@pytest.mark.parametrize(
    "text",
    ["", "1", "001R00000064wd", "001R00000064wdtAAA", "001R00000064wd'", "001R00000064wdt IAA", "x" * 19],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Salesforce id"):
        to_18(text)
    assert id_or_none(text) is None


def tokens(query: str) -> list[str]:
    """An independent reading of SOQL: a quote opens a literal, a backslash protects the next character."""
    found, inside, current, escaped = [], False, "", False
    for letter in query:
        if inside and escaped:
            current, escaped = current + letter, False
        elif inside and letter == "\\":
            current, escaped = current + letter, True
        elif letter == "'":
            if inside:
                found.append(current)
                current = ""
            inside = not inside
        elif inside:
            current += letter
    assert not inside, "a literal is left open"
    return found


@given(st.text())
def test_any_text_is_exactly_one_literal(value: str) -> None:
    try:
        literal = soql.text(value)
    except ValueError:
        assert re.search("[\x00-\x1f\ud800-\udfff]", value)
        return
    assert len(tokens(f"Name = {literal} AND Id != null")) == 1
    plain = re.sub(
        r"\\(.)", lambda m: {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}.get(m[1], m[1]), literal
    )
    assert plain[1:-1] == value


@given(st.text(max_size=30))
def test_only_plain_names_become_columns(name: str) -> None:
    if soql.is_name(name):
        assert re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII)
    else:
        with pytest.raises(ValueError, match="not a Salesforce name"):
            Query("Lead", (name,)).render((name,))


def test_moments_are_in_utc_and_cut_to_the_second() -> None:
    copenhagen = timezone(timedelta(hours=1))
    assert soql.moment(datetime(2026, 11, 23, 9, 0, 0, 999_000, copenhagen)) == "2026-11-23T08:00:00Z"


@given(st.lists(st.text(max_size=200), max_size=300))
def test_every_value_that_can_exist_is_asked_for_once_within_the_room_of_a_url(values: list[str]) -> None:
    literals = soql.literals(values)
    query = Query("Lead", ("Id", "SystemModstamp"))
    taken = soql.url_bytes(query.render(query.columns)) + 50
    groups = list(soql.fitting(literals, taken))
    assert [literal for group in groups for literal in group] == literals
    for group in groups:
        whole = Query("Lead", query.columns, soql.within("Email", group)).render(query.columns)
        assert len(quote_plus(whole)) < soql.URL_ROOM


def test_a_value_that_no_url_can_hold_is_left_out() -> None:
    assert list(soql.fitting([soql.text("x" * 20_000), "'y'"], 300)) == [["'y'"]]


def test_a_query_can_be_taken_up_after_any_row() -> None:
    query = Query("Lead", ("Id",), "IsConverted = false")
    stamp = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert query.render(("Id",), query.beyond(KNOWN_IDS[0], stamp)) == (
        f"SELECT Id FROM Lead WHERE (IsConverted = false) AND (Id > '{KNOWN_IDS[0]}') ORDER BY Id"
    )
    by_stamp = Query("Lead", ("Id",), by_stamp=True)
    at, id = "2026-11-23T09:00:00Z", KNOWN_IDS[0]
    expected = f"SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > '{id}')"
    assert by_stamp.beyond(id, stamp) == expected
