"""What a command says: words, tables and progress for people; one JSON object for machines.

Enters: texts, tables, an answer. Leaves: stdout and stderr. With ``--json`` stdout holds exactly one object
and everything else goes to stderr. It never decides anything.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from connector.errors import ConfigError, SmarketingError, code_of
from connector.report.words import sentence

WIDTH = 100
PIPED = 10_000
"""Columns where nobody looks: files and other programs get every line whole."""
PLAIN_EVERY_S = 5.0
"""Without a terminal, a long stage reports at most this often."""


class Output:
    """Where one command writes. ``json``: for machines."""

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.out = _console(stderr=json)
        self.err = _console(stderr=True)

    def words(self, text: str = "", *, style: str = "") -> None:
        """A sentence or paragraph for people, wrapped to the width; one that is indented stays so."""
        indent = " " * (len(text) - len(text.lstrip()))
        lines = wrap(text.strip(), self.out.width, initial_indent=indent, subsequent_indent=indent)
        for each in lines or [""]:
            self.line(each, style=style)

    def line(self, text: str, *, style: str = "") -> None:
        """A line that is to be copied or searched: never wrapped."""
        self.out.print(Text(text), style=style or None, soft_wrap=True)

    def heading(self, text: str) -> None:
        """Begins a part, with an empty line before it."""
        self.out.print()
        self.out.print(Text(text), style="bold")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
        """A table; columns whose cells are all whole numbers are set right."""
        self.out.print(
            Padding(_table(columns, [list(row) for row in rows], title), (0, 0, 0, 2), expand=False)
        )

    def answer(self, value: Mapping[str, Any]) -> None:
        """The one object on stdout; nothing without ``--json``."""
        if self.json:
            sys.stdout.write(dumps(value) + "\n")
            sys.stdout.flush()

    @contextmanager
    def progress(self) -> Iterator["Steps"]:
        """Progress of long work, on stderr: bars on a terminal, else a plain line now and then."""
        if self.err.is_terminal and not self.json:
            with _bars(self.err) as bars:
                yield Bars(bars)
        else:
            yield Lines(self.err)

    def warning(self, text: str) -> None:
        """Something beside the point that went wrong."""
        self.err.print(f"[bold yellow]warning:[/] {escape(text)}", soft_wrap=True)

    def error(self, error: SmarketingError) -> None:
        """What went wrong, its problems, and the fix."""
        problems = error.problems if isinstance(error, ConfigError) else ()
        fix = sentence(error.fix)
        if self.json:
            found = {"code": code_of(error), "message": error.message, "fix": fix, "problems": list(problems)}
            sys.stdout.write(dumps({"error": found}) + "\n")
            sys.stdout.flush()
        self.err.print(f"[bold red]error:[/] {escape(error.message)}", soft_wrap=True)
        for problem in problems:
            self.err.print(Text(f"  {problem}"), soft_wrap=True)
        if fix:
            self._fix(fix.splitlines())

    def _fix(self, lines: Sequence[str]) -> None:
        """Several lines are commands to choose from, each on a line of its own."""
        self.err.print(f"[bold]fix:[/] {escape(lines[0])}", soft_wrap=True)
        for line in lines[1:]:
            self.err.print(Text(f"  {line}"), soft_wrap=True)


def dumps(value: Mapping[str, Any]) -> str:
    """One line of JSON; times in ISO 8601 with their zone."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else PIPED
    return console


def _table(columns: Sequence[str], rows: list[list[object]], title: str) -> Table:
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(columns):
        cells = [row[number] for row in rows]
        right = bool(cells) and all(isinstance(cell, int) and not isinstance(cell, bool) for cell in cells)
        table.add_column(
            Text(name), justify="right" if right else "left", header_style="dim", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _bars(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _Counts())
    return Progress(*columns, console=console, transient=True)


class _Counts(ProgressColumn):
    """``9 of 20``; only ``9`` while nobody knows of how many."""

    def render(self, task: Task) -> Text:
        done = f"{int(task.completed):,}"
        return Text(
            done if task.total is None else f"{done} of {int(task.total):,}", style="progress.download"
        )


class Steps:
    """What a run tells about its progress (``connector.run.Progress``)."""

    def step(self, stage: str, done: int, total: int | None) -> None:
        """``done`` of ``total`` (None: not known) of a stage such as ``read hubspot contacts``."""
        raise NotImplementedError


class Bars(Steps):
    """One bar per stage, gone when the work is done."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def step(self, stage: str, done: int, total: int | None) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


class Lines(Steps):
    """A line when a stage begins to take long, and one more every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = time.monotonic()

    def step(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._said >= PLAIN_EVERY_S:
            self._said = now
            self._console.print(Text(f"{stage}: {done:,}" + (f" of {total:,}" if total else "")))
