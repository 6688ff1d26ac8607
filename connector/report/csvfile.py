"""CSV for spreadsheets: cells that do nothing.

Enters: texts. Leaves: rows in which no cell is a formula. A cell that a spreadsheet would run is told by its
first character (OWASP ASVS 5.0, 1.2.10: ``= + - @``, tab, carriage return, NUL); full-width forms of
these count too. Such a cell gets an apostrophe in front, which spreadsheets take for "this is text".
"""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from connector.errors import ConfigError

FORMULA = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    return f"'{text}" if {text[:1], text.lstrip()[:1]} & FORMULA else text


class Rows(Protocol):
    """Takes one row after another."""

    def write(self, row: Sequence[str]) -> None: ...


class _Sheet:
    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)

    def write(self, row: Sequence[str]) -> None:
        self._writer.writerow([inert(cell) for cell in row])


@contextmanager
def new_csv(path: Path, header: Sequence[str]) -> Iterator[Rows]:
    """A new file of mode 0600, in UTF-8 with a mark that Excel knows. ConfigError if it cannot be made or is
    there already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} exists already; nothing is overwritten", fix="name another file") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", fix="name another file") from None
    with open(descriptor, "w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        rows = _Sheet(file)
        rows.write(header)
        yield rows
