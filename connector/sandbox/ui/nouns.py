"""What the pages of both CRMs are made of: lists, records, forms.

Enters: nothing. Leaves: frozen values, ready to be shown; every text in them is raw and escaped by the
templates. It reads no store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Widget = Literal["text", "area", "number", "date", "datetime", "check", "select", "several", "lookup"]
Prominence = Literal["key", "added", "rest", "stamps"]


PROMINENT: Mapping[str, Prominence] = {"key": "key", "added": "added", "stamps": "stamps"}
"""How much the groups of these keys matter; all others can wait."""


class RefusedError(Exception):
    """The CRM does not save this. `problems` are (field name or None for the whole record, its own words)."""

    def __init__(self, problems: Sequence[tuple[str | None, str]]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Words:
    """An object type: its name in addresses, and what one and several of its records are called."""

    type: str
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picklist. Choices with a `group` are shown under that heading."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A record that can be opened."""

    type: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of a record, to read. A blank has no text."""

    name: str
    label: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading. `editable`: some of them can be changed by a person."""

    key: str
    title: str
    fields: tuple[Shown, ...]
    prominence: Prominence = "rest"
    editable: bool = True

    @property
    def filled(self) -> int:
        """How many of the fields hold something."""
        return sum(bool(each.text) for each in self.fields)


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do next: a page to go to, with what its form starts with."""

    label: str
    path: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One record in a list: the first cell is the text of the link."""

    link: Link
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Related records. `more` says how many are not shown."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    more: int = 0
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a record: an activity (with a link) or a change. `at` sorts: ISO in UTC."""

    at: str
    when: str
    what: str
    detail: str = ""
    who: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What must be said of a record first: deleted, merged, converted."""

    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form. `value` is what stands in it, `before` what the record holds."""

    name: str
    label: str
    widget: Widget
    value: str = ""
    before: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    help: str = ""
    error: str = ""

    @property
    def chosen(self) -> frozenset[str]:
        """The values of a multi-select."""
        return frozenset(self.value.split(";")) - {""}


@dataclass(frozen=True, slots=True)
class InputGroup:
    """Inputs under one heading."""

    title: str
    inputs: tuple[Input, ...]
    prominence: Prominence = "rest"


@dataclass(frozen=True, slots=True)
class Form:
    """A form for one record; `id` None makes a new one.

    `narrowing`: an input decides what others can choose from. `about` is the record that a new one belongs
    to, as TYPE:ID.
    """

    words: Words
    id: str | None
    title: str
    groups: tuple[InputGroup, ...]
    narrowing: bool = False
    about: str = ""
    problems: tuple[str, ...] = ()
    note: str = ""

    def is_open(self, group: InputGroup) -> bool:
        """Whether a group is shown without a click."""
        wrong = any(each.error for each in group.inputs)
        return wrong or group.prominence != "rest" or len(self.groups) == 1


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a record page shows."""

    link: Link
    words: Words
    alive: bool
    groups: tuple[Group, ...]
    tables: tuple[Table, ...] = ()
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    flags: tuple[Shown, ...] = ()
    quick: Input | None = None
    actions: tuple[Action, ...] = ()
    editable: bool = True
    restorable: bool = False
    mergeable: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for. `sort` is a field name; `page` counts from 1."""

    search: str = ""
    sort: str = ""
    down: bool = False
    page: int = 1
    deleted: bool = False
    size: int = 25

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list. `columns` are (field name or blank, label); by a name it can be sorted."""

    words: Words
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    total: int
    asked: Asked = field(default_factory=Asked)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.asked.size))
