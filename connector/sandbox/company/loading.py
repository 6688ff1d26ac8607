"""What loading into either CRM needs: the invented company, ids by place, owners, rows that may be missing.

Enters: rows with "_owner" as a place in the list of colleagues. Leaves: rows with ids. It invents nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connector.sandbox.company.chance import Row
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.firms import Firm
from connector.sandbox.company.people import Person
from connector.sandbox.company.person_rows import PersonRows

Ids = Sequence[str | None]
"""Ids by place in the company; None where this CRM has no such record."""

MISSING_EDGE = 0.02
"""The share of associations and contact roles that only one of the CRMs has."""


class Store(Protocol):
    """Either CRM's store, as far as loading needs it."""

    def load(self, type_name: str, rows: list[dict[str, Any]], /) -> list[str]:
        """Inserts rows in bulk; ids in the order of the rows."""


@dataclass(frozen=True, slots=True)
class Company:
    """The invented company; `rows` belong to `persons`, in the same order."""

    firms: Sequence[Firm]
    persons: Sequence[Person]
    rows: Sequence[PersonRows]
    deals: Sequence[Deal]


@dataclass(frozen=True, slots=True)
class SalesforceIds:
    """What Salesforce called the records; of a person's several, the first."""

    accounts: Ids
    contacts: Ids
    leads: Ids
    opportunities: Ids


def load(store: Store, type_name: str, rows: Sequence[Row | None]) -> list[str | None]:
    """Loads the rows there are; ids in the order of `rows`, None for None."""
    ids = iter(store.load(type_name, [row for row in rows if row is not None]))
    return [None if row is None else next(ids) for row in rows]


def owned(row: Row | None, name: str, ids: Ids) -> Row | None:
    """The same for a row that may be missing."""
    return None if row is None else reowned(row, name, ids)


def reowned(row: Row, name: str, ids: Ids) -> Row:
    """A copy with the owner's id in this CRM; without an owner who is not known here."""
    copy = {key: value for key, value in row.items() if key != "_owner"}
    place = row.get("_owner")
    if place is not None and ids[place] is not None:
        copy[name] = ids[place]
    return copy
