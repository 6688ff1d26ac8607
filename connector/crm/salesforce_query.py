"""Reading Salesforce: queries page by page, and retrieval by id.

Enters: a ``Query`` or ids. Leaves: rows. A column that this user may not see is left out and remembered; a
result whose locator was lost is taken up after the last row. It never infers the end from a short page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from connector.crm import soql
from connector.crm.salesforce_records import CORE
from connector.crm.salesforce_wire import SalesforceWire
from connector.crm.soql import Query
from connector.crm.wire import VendorRefusal, chunked
from connector.errors import Stop

T = TypeVar("T")
Row = Mapping[str, Any]
Make = Callable[[Row], T]

RETRIEVE_BATCH = 2000
_EPOCH = "1970-01-01T00:00:00.000+0000"


class Reader:
    """Queries and retrieval with one memory of hidden columns."""

    def __init__(self, wire: SalesforceWire) -> None:
        self._wire = wire
        self._hidden: dict[str, set[str]] = {}

    def pages(self, query: Query, make: Make[T]) -> Iterator[list[T]]:
        """All rows of a query, page by page as Salesforce cuts them (2,000 at most). ``make`` turns one row
        into one T."""
        beyond = ""
        while True:
            try:
                for rows, after in self._cursor(query, make, beyond):
                    beyond = after
                    yield rows
                return
            except _LocatorLostError:
                continue

    def rows(self, query: Query, make: Make[T]) -> Iterator[T]:
        """All rows of a query, one by one."""
        for page in self.pages(query, make):
            yield from page

    def among(self, query: Query, column: str, literals: Sequence[str], make: Make[T]) -> Iterator[list[T]]:
        """Rows of ``query`` whose column is one of the literals, in as many queries as URLs need."""
        bare = soql.url_bytes(query.render(query.columns)) + len(column) + 40
        for group in soql.fitting(literals, bare):
            inside = soql.within(column, group)
            where = f"{query.where} AND {inside}" if query.where else inside
            part = Query(query.type, query.columns, where, query.by_stamp, query.deleted)
            yield from self.pages(part, make)

    def retrieve(
        self, type: str, ids: Sequence[str], columns: Sequence[str], make: Make[T]
    ) -> Iterator[list[tuple[str, T | None]]]:
        """Rows by id, 2,000 a request; None where Salesforce gives nothing (unknown, deleted, not
        shared)."""
        for part in chunked(ids, RETRIEVE_BATCH):
            yield self._visible(type, columns, partial(self._retrieve, type, part, make))

    def forget(self, type: str) -> None:
        """Try hidden columns again: fields or permissions were added."""
        self._hidden.pop(type, None)

    # ------------------------------------------------------------ inner

    def _cursor(self, query: Query, make: Make[T], beyond: str) -> Iterator[tuple[list[T], str]]:
        """Pages of one server-side result, each with the condition to go on after it."""
        rows, more, last = self._visible(
            query.type, query.columns, lambda shown: self._first(query, make, query.render(shown, beyond))
        )
        while True:
            if last:
                beyond = query.beyond(last[0], datetime.fromisoformat(last[1]))
            if rows or more is None:
                yield rows, beyond
            if more is None:
                return
            rows, more, last = self._next(query, make, more)

    def _first(self, query: Query, make: Make[T], text: str) -> "_Cut[T]":
        path = "queryAll/" if query.deleted else "query/"
        return self._wire.call(
            f"query {query.type}", "GET", path, params={"q": text}, expect=lambda data: _cut(data, make)
        )

    def _next(self, query: Query, make: Make[T], path: str) -> "_Cut[T]":
        try:
            return self._wire.call(f"query {query.type}", "GET", path, expect=lambda data: _cut(data, make))
        except VendorRefusal as refusal:
            if refusal.code == "INVALID_QUERY_LOCATOR":
                raise _LocatorLostError from None
            raise stop(refusal, f"query {query.type}") from refusal

    def _retrieve(
        self, type: str, ids: Sequence[str], make: Make[T], columns: Sequence[str]
    ) -> list[tuple[str, T | None]]:
        body = {"ids": list(ids), "fields": list(columns)}

        def expect(data: Any) -> list[tuple[str, T | None]]:
            rows = [None if row is None else make(row) for row in _list(data)]
            return list(zip(ids, rows, strict=True))

        path = f"composite/sobjects/{soql.name(type)}"
        return self._wire.call(f"retrieve {type}", "POST", path, body=body, expect=expect)

    def _visible(self, type: str, columns: Sequence[str], attempt: Callable[[Sequence[str]], T]) -> T:
        """Try with all columns not known to be hidden; drop exactly the one that is refused, and try
        again."""
        hidden = self._hidden.setdefault(type, set())
        while True:
            shown = [name for name in columns if name not in hidden]
            try:
                return attempt(shown)
            except VendorRefusal as refusal:
                names = {name.lower() for name in refusal.fields}
                refused = [n for n in shown if n.lower() in names and n not in CORE]
                if refusal.code != "INVALID_FIELD" or not refused:
                    raise stop(refusal, f"read {type}") from refusal
                hidden.update(refused)


class _LocatorLostError(Exception):
    """Salesforce forgot the result that was being paged through."""


_Cut = tuple[list[T], str | None, tuple[str, str] | None]
"""Rows, the path of the next page, and id and stamp of the last row."""


def _cut(data: Any, make: Make[T]) -> _Cut[T]:
    """One page; raises where the envelope is not complete, so that a broken page is never an empty one."""
    rows = _list(data["records"])
    done = data["done"]
    if not isinstance(done, bool):
        raise TypeError("done is not a boolean")
    more = None if done else data["nextRecordsUrl"]
    if more is not None and not more.startswith("/services/data/"):
        raise ValueError("the next page is elsewhere")
    last = (rows[-1]["Id"], rows[-1].get("SystemModstamp") or _EPOCH) if rows else None
    return [make(row) for row in rows], more, last


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise TypeError("not a list")
    return data


class NoSuchObject(Stop):
    """The object does not exist in this org, or this user may not see it."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"Salesforce does not show this user the object it was asked for ({kind})",
            fix="Give the integration user read access to the object in its permission set",
            reason="permission",
        )


def stop(refusal: VendorRefusal, kind: str) -> Stop:
    """A refusal that concerns no single record: a person must look."""
    if refusal.code == "INVALID_TYPE":
        return NoSuchObject(kind)
    return Stop(
        f"{refusal.message} ({kind}, status {refusal.status})",
        fix="Check the column names in the mapping files with: smarketing check --live",
        reason="refused",
    )
