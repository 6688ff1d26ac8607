"""The syntax tree of a SOQL statement. Positions are offsets into the text, for error messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LiteralKind = Literal["string", "number", "boolean", "null", "date", "datetime", "word"]


@dataclass(frozen=True, slots=True)
class Path:
    """A field, possibly through relationships: `Account.Owner.Email`."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field, in capitals: COUNT, CALENDAR_YEAR, TOLABEL …"""

    function: str
    argument: Path
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class CountAll:
    """`COUNT()`."""

    at: int


@dataclass(frozen=True, slots=True)
class FieldsOf:
    """`FIELDS(ALL)`, `FIELDS(STANDARD)`, `FIELDS(CUSTOM)`."""

    which: str
    at: int


@dataclass(frozen=True, slots=True)
class TypeOf:
    """`TYPEOF Who WHEN Contact THEN Email ELSE Name END`; `otherwise` None: there is no ELSE."""

    relationship: Path
    whens: tuple[tuple[Path, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...] | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; `word` is a date literal such as TODAY, with its number if it has one."""

    kind: LiteralKind
    text: str
    at: int
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Path | Call
    operator: str
    right: Constant


@dataclass(frozen=True, slots=True)
class Membership:
    """IN and NOT IN, of literals or of a semi-join."""

    left: Path | Call
    negated: bool
    right: tuple[Constant, ...] | Query


@dataclass(frozen=True, slots=True)
class Containment:
    """INCLUDES and EXCLUDES of multi-select picklists."""

    left: Path | Call
    negated: bool
    right: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by AND or OR."""

    operator: Literal["AND", "OR"]
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    item: Condition


Condition = Comparison | Membership | Containment | Group | Negation


@dataclass(frozen=True, slots=True)
class Sort:
    key: Path | Call
    descending: bool
    nulls_last: bool | None


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT."""

    select: tuple[Path | Call | CountAll | FieldsOf | TypeOf | Query, ...]
    source: Path
    alias: str | None
    where: Condition | None = None
    group: tuple[Path | Call, ...] = ()
    having: Condition | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int | None = None
