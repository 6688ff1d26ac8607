"""Building SOQL so that no value is ever syntax, and Salesforce ids. Pure.

Enters: object and column names, values, ids. Leaves: query texts that fit into a URL. Anything that cannot
be written safely is refused. Source: "SOQL and SOSL Reference", quoted string escape sequences; "ID field
type".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote_plus

from connector.salesforce_ids import to_18

URL_ROOM = 12_000
"""Bytes of URL that a query may take; Salesforce refuses around 16,000 with all headers."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPED = re.compile("[\\\\'\n\r\t\b\f]")
_IMPOSSIBLE = re.compile("[\x00-\x07\x0b\x0e-\x1f\ud800-\udfff]")


def name(text: str) -> str:
    """An object or column name, checked. Raises ValueError."""
    if not _NAME.fullmatch(text):
        raise ValueError("not a Salesforce name")
    return text


def is_name(text: str) -> bool:
    """Whether a text may stand for an object or column."""
    return _NAME.fullmatch(text) is not None


def text(value: str) -> str:
    """A string literal. Raises ValueError for characters that no Salesforce text can hold."""
    if _IMPOSSIBLE.search(value):
        raise ValueError("characters that Salesforce cannot hold")
    return "'" + _ESCAPED.sub(lambda found: _ESCAPES[found[0]], value) + "'"


def moment(value: datetime) -> str:
    """A datetime literal of an aware datetime, cut to the second (stamps have no finer grain)."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def within(column: str, literals: Sequence[str]) -> str:
    """``column IN (...)`` of ready literals."""
    return f"{name(column)} IN ({','.join(literals)})"


def ids(values: Sequence[str]) -> list[str]:
    """Literals of record ids. Raises ValueError for what is no id."""
    return [f"'{to_18(value)}'" for value in values]


def literals(values: Sequence[str]) -> list[str]:
    """Literals of texts, without repeats and without those that no record can hold."""
    return [text(v) for v in dict.fromkeys(values) if v and not _IMPOSSIBLE.search(v)]


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT in an order that can be taken up again after any row.

    ``by_stamp``: ordered by SystemModstamp and Id, otherwise by Id. ``deleted``: deleted rows too.
    """

    type: str
    columns: tuple[str, ...]
    where: str = ""
    by_stamp: bool = False
    deleted: bool = False

    def render(self, columns: Sequence[str], beyond: str = "") -> str:
        """The query text with only some of its columns, going on ``beyond`` a row."""
        conditions = " AND ".join(f"({each})" for each in (self.where, beyond) if each)
        order = "SystemModstamp, Id" if self.by_stamp else "Id"
        select = ", ".join(name(column) for column in columns)
        where = f" WHERE {conditions}" if conditions else ""
        return f"SELECT {select} FROM {name(self.type)}{where} ORDER BY {order}"

    def beyond(self, id: str, stamp: datetime) -> str:
        """The condition for rows that come after this one."""
        after = f"Id > '{to_18(id)}'"
        if not self.by_stamp:
            return after
        at = moment(stamp)
        return f"SystemModstamp > {at} OR (SystemModstamp = {at} AND {after})"


def fitting(literals: Sequence[str], taken: int) -> Iterator[list[str]]:
    """Literals in groups that fit into a URL of which ``taken`` bytes are used. One that never fits is left
    out."""
    room = URL_ROOM - taken
    group: list[str] = []
    size = 0
    for literal in literals:
        cost = len(quote_plus(literal)) + 3
        if cost > room:
            continue
        if size + cost > room:
            yield group
            group, size = [], 0
        group.append(literal)
        size += cost
    if group:
        yield group


def url_bytes(query: str) -> int:
    """How much of a URL a query takes, with room for host and path."""
    return len(quote_plus(query)) + 200
