"""Who changed what in Salesforce, and when: field history, and the last modifier of a record.

Enters: ids and columns. Leaves: values with their times, and what was last changed in our name. Field
history exists only where an admin turned it on for the field ("Field History Tracking" in Salesforce Help);
the last modifier always.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from connector.crm import soql
from connector.crm.base import Version
from connector.crm.salesforce_query import NoSuchObject, Reader
from connector.crm.salesforce_wire import SalesforceWire
from connector.crm.soql import Query
from connector.crm.wire import VendorRefusal
from connector.errors import Stop
from connector.salesforce_ids import id_or_none

MODIFIER = "LastModifiedById"
T = TypeVar("T")
_HISTORY = {"Opportunity": "OpportunityFieldHistory"}

_Entry = tuple[str, str, datetime, str | None]
"""Record, what the history calls the column, when, and by whom."""

_Values = tuple[str, datetime, str, Version]
"""Record, when, the history's own row, and what the column became."""


class History:
    """Reads the history for the adapter."""

    def __init__(self, wire: SalesforceWire, reader: Reader) -> None:
        self._wire = wire
        self._reader = reader

    def versions(self, type: str, ids: Sequence[str], column: str) -> dict[str, tuple[Version, ...]]:
        """What a column was, by the id asked for, oldest first. Stamps have whole seconds; ids of rows are
        given in order."""
        us = self._wire.token().user
        found: dict[str, list[_Values]] = {}
        more = ("OldValue", "NewValue")
        for entry in self._rows(type, ids, [column], more, lambda row, parent: _values(row, parent, us)):
            found.setdefault(entry[0], []).append(entry)
        told = {id: tuple(v for *_, v in sorted(rows, key=itemgetter(1, 2))) for id, rows in found.items()}
        return {asked: told[full] for asked in ids if (full := id_or_none(asked)) in told}

    def untracked(self, type: str, columns: Sequence[str]) -> frozenset[str] | None:
        """Those columns of which no history is kept; None where this user may not know. One request (Tooling
        API Reference, "FieldDefinition")."""
        named = soql.within("QualifiedApiName", soql.literals(list(columns)))
        where = f"EntityDefinition.QualifiedApiName = {soql.text(type)} AND {named}"
        query = f"SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition WHERE {where}"
        kind = f"field definitions {type}"
        try:
            return self._wire.call(kind, "GET", "tooling/query/", params={"q": query}, expect=_untracked)
        except VendorRefusal:
            return None
        except Stop as stop:
            if stop.reason != "permission":
                raise
            return None

    def ours(
        self, type: str, until: Mapping[str, datetime], columns: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        """Columns whose last change was made in our name, and no later than ``until``, by the id asked for.

        If nobody has saved a record after us, all of them; else those of which the history says so.
        """
        us = self._wire.token().user
        asked = {full: id for id in until if (full := id_or_none(id))}
        if us is None or not asked:
            return {}
        mine: dict[str, frozenset[str]] = {}
        for page in self._reader.retrieve(type, list(asked), ("Id", MODIFIER, "LastModifiedDate"), _saved):
            mine.update(
                (asked[id], frozenset(columns))
                for id, saved in page
                if saved and saved[0] == us and saved[1] <= until[asked[id]]
            )
        rest = [id for full, id in asked.items() if id not in mine]
        return mine | self._by_history(type, {id: until[id] for id in rest}, columns, us)

    def _by_history(
        self, type: str, until: Mapping[str, datetime], columns: Sequence[str], us: str
    ) -> dict[str, frozenset[str]]:
        latest: dict[tuple[str, str], tuple[datetime, str | None]] = {}
        for id, name, moment, who in self._entries(type, list(until), columns):
            known = latest.get((id, name))
            if known is None or moment >= known[0]:
                latest[id, name] = (moment, who)
        found: dict[str, frozenset[str]] = {}
        for id, limit in until.items():
            last = {c: latest.get((str(id_or_none(id)), name)) for c in columns for name in _names(c)}
            found[id] = frozenset(c for c, e in last.items() if e and e[1] == us and e[0] <= limit)
        return found

    def _entries(self, type: str, ids: Sequence[str], columns: Sequence[str]) -> Iterator[_Entry]:
        return self._rows(type, ids, columns, ("Field",), _entry)

    def _rows(
        self,
        type: str,
        ids: Sequence[str],
        columns: Sequence[str],
        more: Sequence[str],
        make: Callable[[Mapping[str, Any], str], T],
    ) -> Iterator[T]:
        """Rows of the history of these columns; ``more``: what is asked for beside who and when."""
        parent = f"{type}Id"
        names = dict.fromkeys(name for column in columns for name in _names(column))
        where = soql.within("Field", soql.literals(list(names)))
        asked = ("Id", parent, "CreatedDate", "CreatedById", *more)
        query = Query(_HISTORY.get(type, f"{type}History"), asked, where)
        known = soql.ids([id for id in dict.fromkeys(ids) if id_or_none(id)])
        try:
            for page in self._reader.among(query, parent, known, lambda row: make(row, parent)):
                yield from page
        except NoSuchObject:
            return


def _names(column: str) -> list[str]:
    """What the history may call a column: lookups stand there without their ``Id`` (``Owner``)."""
    return list(dict.fromkeys([soql.name(column), column.removesuffix("Id")]))


def _untracked(data: Mapping[str, Any]) -> frozenset[str]:
    rows = data["records"]
    return frozenset(str(row["QualifiedApiName"]) for row in rows if not row["IsFieldHistoryTracked"])


def _saved(row: Mapping[str, Any]) -> tuple[str | None, datetime]:
    return row.get(MODIFIER), datetime.fromisoformat(row["LastModifiedDate"])


def _entry(row: Mapping[str, Any], parent: str) -> _Entry:
    return row[parent], row["Field"], datetime.fromisoformat(row["CreatedDate"]), row.get("CreatedById")


def _values(row: Mapping[str, Any], parent: str, us: str | None) -> _Values:
    at, by = datetime.fromisoformat(row["CreatedDate"]), str(row["CreatedById"])
    kind = "connector" if by == us else "person"
    return row[parent], at, row["Id"], Version(at, row["NewValue"], kind, by, row["OldValue"])
