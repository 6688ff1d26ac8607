"""What the pages need to know of a CRM: what the desks of both are.

Enters: object types, ids, typed texts, who works. Leaves: the nouns. Every write is made as a person makes
it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from connector.sandbox.ui.nouns import Asked, Choice, Form, Listing, Record, Words

Typed = Mapping[str, str]
"""What stands in the inputs of a form, by field name; several values are joined by semicolons."""


class Desk(ABC):
    """One CRM as its people see it. Methods raise LookupError for what does not exist, and RefusedError with
    the CRM's own words for what it does not do. What one CRM has no such thing as is not implemented here."""

    name: str

    @property
    @abstractmethod
    def zone(self) -> ZoneInfo:
        """The time zone in which people read times."""

    @abstractmethod
    def objects(self) -> Sequence[Words]:
        """The object types that have a list."""

    @abstractmethod
    def people(self) -> Sequence[Choice]:
        """Who can be worked as; the first is who works unless somebody is chosen."""

    @abstractmethod
    def listing(self, type: str, asked: Asked) -> Listing:
        """One page of a list."""

    @abstractmethod
    def record(self, type: str, id: str) -> Record:
        """The page of a record, deleted ones included."""

    @abstractmethod
    def form(
        self,
        type: str,
        id: str | None,
        typed: Typed,
        only: Collection[str] = (),
        group: str = "",
        about: str = "",
    ) -> Form:
        """A form that starts with what is typed; `only` these fields, or those of a group (blank: all)."""

    @abstractmethod
    def save(self, type: str, id: str | None, typed: Typed, by: str, about: str = "") -> str:
        """Makes a record or changes one; returns its id."""

    @abstractmethod
    def delete(self, type: str, id: str, by: str) -> None:
        """Puts a record into the recycle bin."""

    @abstractmethod
    def restore(self, type: str, id: str, by: str) -> None:
        """Takes a record out of the recycle bin."""

    @abstractmethod
    def merge(self, type: str, id: str, other: str, by: str) -> str:
        """Merges the other record into this one; returns the id of what remains."""

    @abstractmethod
    def mergeable(self, type: str) -> bool:
        """Whether records of this type can be merged."""

    def associable(self, type: str) -> Sequence[Words]:
        """Types whose records can be associated with one of this type by hand."""
        raise NotImplementedError

    def associate(self, type: str, id: str, other_type: str, other: str) -> None:
        """Associates two records."""
        raise NotImplementedError

    def conversion(self, type: str, id: str, typed: Typed) -> Form:
        """The form that converts a lead."""
        raise NotImplementedError

    def convert(self, type: str, id: str, typed: Typed, by: str) -> str:
        """Converts a lead; returns the address of what became of it, as TYPE/ID."""
        raise NotImplementedError
