"""Counts, guards and errors in words, and where lines end."""

import io
import sys

import pytest
from rich.console import Console

from connector.commands.output import Bars, Output, _bars
from connector.errors import ConfigError
from connector.report.words import class_words, counted, danger_words, is_danger, sentence


def test_one_is_one_and_many_are_many() -> None:
    assert counted(1, "record") == "1 record"
    assert counted(0, "problem") == "0 problems"
    assert counted(2000, "company") == "2,000 companies"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("create salesforce contact", "contacts to be created in Salesforce"),
        ("overwrite hubspot contact.phone", "values of phone to be replaced, HubSpot contacts"),
        ("blank hubspot company.city", "values of city to be emptied, HubSpot companies"),
        ("owner salesforce deal", "owners to be replaced, Salesforce deals"),
        ("something else entirely", "something else entirely"),
    ],
)
def test_guard_classes_are_told_in_words(label: str, said: str) -> None:
    assert class_words(label) == said
    assert not is_danger(label)


def test_each_danger_guard_says_what_it_saw_and_what_to_type() -> None:
    mapping = danger_words("mapping", "abc123")
    assert "changed since the last preview" in mapping
    assert "`smarketing plan`" in mapping
    small = danger_words("small hubspot company", "abc123")
    assert "HubSpot shows fewer than half of the companies known before" in small
    lost = danger_words("lost contact", "abc123")
    assert "half of the linked contacts have lost a record to deletion" in lost
    for words in (small, lost):
        assert "othing was written" in words
        assert words.endswith("smarketing approve abc123")
    schema = danger_words("schema salesforce Lead.Industry", "abc123")
    assert "Lead.Industry in Salesforce has changed since the last preview" in schema
    assert "`smarketing plan`" in schema
    names = ("mapping", "small hubspot company", "lost contact", "schema salesforce Lead.Industry")
    assert all(map(is_danger, names))


def test_a_fix_is_a_sentence_unless_it_is_a_command() -> None:
    assert sentence("free some space") == "Free some space"
    assert sentence("smarketing plan") == "smarketing plan"
    assert sentence("") == ""


def test_a_fix_of_several_commands_has_one_on_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output().error(ConfigError("decide", fix="type one of:\nsmarketing a\nsmarketing b"))
    assert capsys.readouterr().err.splitlines() == [
        "error: decide",
        "fix: Type one of:",
        "  smarketing a",
        "  smarketing b",
    ]


def test_in_a_pipe_nothing_is_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    sentence_of_many_words = "word " * 60 + "end"
    output.words(sentence_of_many_words)
    output.table(("a", "b"), [("x" * 90, "y" * 90)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == sentence_of_many_words
    assert any("x" * 90 in line and "y" * 90 in line for line in lines)


def test_on_a_terminal_paragraphs_are_wrapped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    Output().words("word " * 30)
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 40
    assert min(map(len, lines[:-1])) > 30


def test_a_bar_without_a_known_end_shows_a_count() -> None:
    screen = io.StringIO()
    with _bars(Console(file=screen, force_terminal=True, width=100)) as bars:
        steps = Bars(bars)
        steps.step("read hubspot contacts", 9, None)
        steps.step("write", 1200, 3000)
        bars.refresh()
    shown = screen.getvalue()
    assert "9/?" not in shown
    assert "1,200 of 3,000" in shown
