"""XML in and out, safely.

In: bytes from outside. Out: Nodes that know their line; and plain values as XML text. It reads no document
type, no entity of its own and nothing from elsewhere, and it refuses what is nested too deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

XSI = "http://www.w3.org/2001/XMLSchema-instance"
DEEPEST = 64
NIL: Mapping[str, object] = {"@xsi:nil": "true"}
_GAP = "\x1f"  # between a namespace and a name; no URI holds it
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlProblem(Exception):  # noqa: N818  # what a client sent, not a fault of the program
    """These bytes are no XML that is read here. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line, self.column = line, column


@dataclass(slots=True)
class Node:
    """One element: its own text without that of its children, and where it began."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Node | None:
        """The first child of this name, whatever its namespace."""
        return next((each for each in self.children if each.name == name), None)

    def every(self, name: str) -> Iterator[Node]:
        """All children of this name."""
        return (each for each in self.children if each.name == name)

    def value(self, name: str) -> str:
        """The trimmed text of the first child of this name; empty when there is none."""
        found = self.child(name)
        return "" if found is None else found.text.strip()

    def values(self, name: str) -> list[str]:
        return [each.text.strip() for each in self.every(name)]

    def flag(self, name: str) -> bool:
        """Whether the child of this name says true, in any case: clients in use write `True`."""
        return self.value(name).lower() in ("true", "1")

    @property
    def declared_type(self) -> str:
        """The local name in xsi:type; empty without one."""
        return self.attributes.get(f"{XSI}{_GAP}type", "").rpartition(":")[2]

    @property
    def is_nil(self) -> bool:
        return self.attributes.get(f"{XSI}{_GAP}nil") in ("true", "1")

    def without(self, *names: str) -> list[Node]:
        """The children of other names."""
        return [each for each in self.children if each.name not in names]


NOTHING = Node("", "", {}, 0, 0)
"""An element without anything in it, for one that was not sent."""


def read(raw: bytes) -> Node:
    """The root of a document. Raises XmlProblem."""
    building = _Building()
    parser = building.parser
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise XmlProblem(expat.ErrorString(error.code), error.lineno, error.offset + 1) from error
    except (LookupError, ValueError) as error:
        raise XmlProblem("unknown encoding", 1, 1) from error
    return building.root


class _Building:
    """Collects what the parser meets."""

    root: Node

    def __init__(self) -> None:
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self.parser = expat.ParserCreate(namespace_separator=_GAP)
        self.parser.buffer_text = True
        self.parser.buffer_size = 1_048_576
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _doctype(self, *_declared: object) -> None:
        raise self._problem("a document type is not allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise self._problem("elements are nested too deep")
        namespace, _, local = name.rpartition(_GAP)
        node = Node(local, namespace, attributes, self.parser.CurrentLineNumber, self._column())
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._texts.append([])

    def _end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def _characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def _column(self) -> int:
        return self.parser.CurrentColumnNumber + 1

    def _problem(self, message: str) -> XmlProblem:
        return XmlProblem(message, self.parser.CurrentLineNumber, self._column())


def write(name: str, value: object) -> str:
    """A value as an element: mappings have children (keys with @ are attributes), sequences repeat it.

    Nothing is written for None.
    """
    if value is None:
        return ""
    if isinstance(value, Node):
        return write_node(value, name)
    if isinstance(value, Mapping):
        marks = "".join(
            f" {key[1:]}={quoteattr(_plain(v))}" for key, v in value.items() if key.startswith("@")
        )
        inner = "".join(write(key, v) for key, v in value.items() if not key.startswith("@"))
        return f"<{name}{marks}>{inner}</{name}>" if inner else f"<{name}{marks}/>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(write(name, each) for each in value)
    return f"<{name}>{escape(_plain(value))}</{name}>"


def write_node(node: Node, name: str | None = None) -> str:
    """An element as it was read, without namespaces and attributes."""
    tag = name or node.name
    if node.children:
        return f"<{tag}>{''.join(write_node(each) for each in node.children)}</{tag}>"
    return f"<{tag}>{escape(_plain(node.text))}</{tag}>"


def _plain(value: object) -> str:
    """Text that XML can hold: other characters are left out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("", str(value))
