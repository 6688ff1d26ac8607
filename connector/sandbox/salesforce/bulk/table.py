"""CSV as Bulk API 2.0 reads and writes it.

In: text, delimiter and line ending of a job. Out: lines of cells, each with what is wrong with it; or text.
Source: Bulk API 2.0 Developer Guide, "Prepare CSV Files": a space next to a quote spoils its row, values are
not trimmed, quotes are doubled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it came."""

    cells: tuple[str, ...]
    broken: bool = False  # quotes that stand where none may stand


def read(text: str, delimiter: str) -> Iterator[Line]:
    """The lines of a CSV text, blank ones left out."""
    mark = re.escape(delimiter)
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"\r\n{mark}]*))({mark}|\r?\n|\Z)')
    at, begun = 0, 0
    cells: list[str] = []
    while at < len(text) or cells:
        found = cell.match(text, at)
        if found is None:
            at = text.find("\n", at) + 1 or len(text)
            yield Line(tuple(text[begun:at].strip("\r\n").split(delimiter)), broken=True)
            cells, begun = [], at
            continue
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end()
        if found[3] != delimiter:
            if cells != [""]:
                yield Line(tuple(cells))
            cells, begun = [], at


def write(rows: Iterable[Sequence[str]], delimiter: str, line_ending: str) -> str:
    """Every cell quoted, as Salesforce writes them."""
    quoted = (delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return "".join(row + line_ending for row in quoted)
