"""YAML text -> a tree whose every key and value knows its line and column, all scalars still text.

Enters: the text of a file. Leaves: a tree and problems. Never: tags, anchors, aliases, duplicate keys,
typed scalars; nothing in the text can name a Python type or make the tree larger than the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from connector.mapping.problem import Problem
from connector.mapping.rules import Where

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. ``empty``: nothing was written at all (``name:``), not even quotes. ``inset``: characters
    between its place and its first letter (1 for a quote), None where the text runs over several lines."""

    text: str
    where: Where
    empty: bool = False
    inset: int | None = 0


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Table:
    """A block of keys, in the order written."""

    entries: tuple[tuple[Scalar, Node], ...]
    where: Where


Node: TypeAlias = Scalar | Items | Table
Path: TypeAlias = tuple[str | int, ...]


def plain(node: Node) -> Any:
    """The tree as dicts, lists, texts and None (nothing written), for checking its shape."""
    if isinstance(node, Table):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return None if node.empty else node.text


def step(node: Node, part: str | int) -> tuple[Node, Where] | None:
    """One step down: the child, and where its key (or the item) stands. None if there is no such child."""
    if isinstance(node, Table):
        for key, value in node.entries:
            if key.text == part:
                return value, key.where
    if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
        return node.items[part], node.items[part].where
    return None


def at(node: Node, path: Path) -> Node | None:
    """The node at the path, or None."""
    for part in path:
        found = step(node, part)
        if found is None:
            return None
        node = found[0]
    return node


def place(node: Node, path: Path, *, key: bool = False) -> Where:
    """Where the value at the path stands (``key``: its key), or the nearest thing above it that exists."""
    where = node.where
    for part in path:
        found = step(node, part)
        if found is None:
            return where
        node, key_where = found
        where = key_where if key else node.where
    return where


class _Reader:
    """Builds the tree from the parser's events and collects what is refused on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))

    def root(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.refuse(event, 'a second document starts here ("---"); keep one per file', "syntax")
                    return None
            elif isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent):
                root = self.node(event, 1)
        return root

    def where(self, event: Any) -> Where:
        return Where(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def refuse(self, event: Any, message: str, rule: str) -> None:
        self.problems.append(Problem(self.where(event), message, rule))

    def node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _TooDeepError(self.where(event))
        if isinstance(event, AliasEvent):
            self.refuse(event, f'"*{event.anchor}" repeats another place; write the value out', "alias")
            return Scalar("", self.where(event))
        self.check_extras(event)
        if isinstance(event, MappingStartEvent):
            return self.table(event, depth)
        if isinstance(event, SequenceStartEvent):
            return self.items(event, depth)
        empty = event.value == "" and not event.style
        one_line = event.start_mark.line == event.end_mark.line
        return Scalar(event.value, self.where(event), empty, len(event.style or "") if one_line else None)

    def check_extras(self, event: Any) -> None:
        if event.anchor:
            self.refuse(event, f'"&{event.anchor}" names this place for repetition; leave it out', "alias")
        if event.ctag:
            name = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.refuse(event, f'the tag "{name}" is not allowed; leave it out', "tag")

    def items(self, start: Any, depth: int) -> Items:
        found: list[Node] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            found.append(self.node(event, depth + 1))
        return Items(tuple(found), self.where(start))

    def table(self, start: Any, depth: int) -> Table:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.problems.append(Problem(key.where, "a key must be a plain word", "syntax"))
            elif key.text in entries:
                first = entries[key.text][0].where.line
                message = f'"{key.text}" stands here a second time; the first is in line {first}. Keep one'
                self.problems.append(Problem(key.where, message, "duplicate-key"))
            else:
                entries[key.text] = (key, value)
        return Table(tuple(entries.values()), self.where(start))


class _TooDeepError(Exception):
    def __init__(self, where: Where) -> None:
        super().__init__()
        self.where = where


def read(file: str, text: str) -> tuple[Node | None, list[Problem]]:
    """The tree of one file, and what is wrong with its YAML. A syntax error ends reading at its place;
    other problems are collected. None where nothing can be made of the text."""
    root, problems = _read(file, text)
    return root, list(problems)


@lru_cache(maxsize=16)  # the scheduler reads the same files before each run
def _read(file: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    start = Where(file, 1, 1)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return None, (Problem(start, "the file is larger than 1 MiB; mapping files are small", "size"),)
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        message = "the file holds a NUL character; save it as plain text"
        return None, (Problem(Where(file, line, 1), message, "syntax"),)
    reader = _Reader(file, text)
    try:
        root = reader.root()
    except _TooDeepError as deep:
        message = f"nested deeper than {MAX_DEPTH} levels"
        return None, (*reader.problems, Problem(deep.where, message, "depth"))
    except YAMLError as error:
        return None, (*reader.problems, _syntax_problem(file, error))
    if root is None and not reader.problems:
        return None, (Problem(start, "the file is empty", "syntax"),)
    return root, tuple(reader.problems)


PLAIN_WORDS = (
    (
        "mapping values are not allowed",
        'a ":" stands where none may be; check the indentation, and put text that holds ": " in quotes',
    ),
    ("'\\t'", "a tab; indent with spaces"),
    ("cannot start any token", "a text may not begin with this character; put it in quotes"),
    ("unexpected end of stream", "a quote is opened and never closed"),
    ("expected ',' or", "a bracket is opened and not closed, or a comma is missing"),
    ("expected <block end>", "this line does not fit those above it: check its indentation"),
    ("could not find expected ':'", 'a ":" is missing after this key'),
    ("special characters are not allowed", "a control character; save the file as plain text"),
)


def _syntax_problem(file: str, error: YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) if isinstance(error, MarkedYAMLError) else None
    where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file, 1, 1)
    said = str(getattr(error, "problem", None) or error).splitlines()[0]
    words = next((plain for sign, plain in PLAIN_WORDS if sign in said), said)
    opened = getattr(error, "context_mark", None)
    if mark and opened and opened.line < mark.line and "bracket" in words:
        words += f" (it is opened in line {opened.line + 1})"
    return Problem(where, f"not readable as YAML: {words}", "syntax")
