"""The nouns of the Metadata API: components as they arrive and as they are stored, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.salesforce.soap.xml import Node

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


class MetadataProblem(Exception):  # noqa: N818  # what a client sent, not a fault of the program
    """One component is refused. `place` is the element to blame, if there is one."""

    def __init__(self, code: str, text: str, place: Node | None = None) -> None:
        super().__init__(text)
        self.code, self.text = code, text
        self.line = None if place is None else place.line
        self.column = None if place is None else place.column


@dataclass(frozen=True, slots=True)
class Component:
    """One component that somebody wants to be there. `version` is that of the API it is written for."""

    type: str
    full_name: str
    node: Node
    version: int
    file: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it."""

    id: str
    created: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """One component of the org. `body` is what `soap.xml.write` takes; stamps are Salesforce's."""

    type: str
    full_name: str
    id: str
    body: object
    created: str
    modified: str


def required(component: Component, *names: str) -> None:
    """Raises MetadataProblem for the first of these elements that is missing or empty."""
    for name in names:
        if not component.node.value(name):
            raise MetadataProblem(
                "REQUIRED_FIELD_MISSING", f"Required field is missing: {name}", component.node
            )


def one_of(node: Node, name: str, kind: str, allowed: frozenset[str]) -> None:
    """Raises MetadataProblem when the element is there with another value."""
    found = node.child(name)
    if found is not None and found.text.strip() not in allowed:
        text = f"'{found.text.strip()}' is not a valid value for the enum '{kind}'"
        raise MetadataProblem("INVALID_FIELD", text, found)


def not_found(field: str, type_name: str, full_name: str, place: Node | None = None) -> MetadataProblem:
    """A reference to something that is not there."""
    text = f"In field: {field} - no {type_name} named {full_name} found"
    return MetadataProblem("INVALID_CROSS_REFERENCE_KEY", text, place)
