"""The rows of an uploaded file.

What enters: bytes and the plan of the file. What leaves: numbered rows as texts with the columns that are
used, or a `FileError`. It never looks at records.
Assumption: a mapped column that the file lacks fails the whole import; other columns are ignored.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from connector.sandbox.hubspot.imports.request import Column, FilePlan

csv.field_size_limit(10_000_000)


class FileError(Exception):
    """A file that cannot be imported at all. `type` is the import's error type."""

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(message)
        self.type, self.message = type_, message


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` with their places; `rows` as (line, cells); `width` is how many cells a row must have."""

    columns: tuple[tuple[int, Column], ...]
    rows: list[tuple[int, list[str]]]
    width: int


def read(plan: FilePlan, content: bytes | None) -> Table:
    """Raises FileError."""
    if content is None:
        raise FileError("FILE_NOT_FOUND", f"The file {plan.name} was not sent")
    lines = _lines(plan.name, content)
    if not lines:
        raise FileError("INVALID_FILE_TYPE", f"The file {plan.name} is empty")
    first = lines[0][1]
    places = _by_name(plan, first) if plan.has_header else list(range(len(plan.columns)))
    if max(places) >= len(first):
        raise FileError("INVALID_COLUMN_CONFIGURATION", f"{plan.name} has {len(first)} columns only")
    columns = tuple(zip(places, plan.columns, strict=True))
    return Table(columns, lines[1:] if plan.has_header else lines, len(first))


def _lines(name: str, content: bytes) -> list[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
        return [(number, cells) for number, cells in enumerate(csv.reader(io.StringIO(text)), 1) if cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileError("INVALID_FILE_TYPE", f"The file {name} is no CSV in UTF-8: {error}") from None


def _by_name(plan: FilePlan, header: list[str]) -> list[int]:
    names = [each.strip() for each in header]
    lost = [column.name for column in plan.columns if column.name.strip() not in names]
    if lost:
        raise FileError("INVALID_COLUMN_CONFIGURATION", f"{plan.name} has no column {', '.join(lost)}")
    return [names.index(column.name.strip()) for column in plan.columns]
