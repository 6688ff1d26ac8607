"""What one row of an imported file does to the records.

What enters: a row as texts. What leaves: created, changed and associated records, counts, errors. A cell that
cannot be understood is left out; a row whose record cannot be told or written is left out as a whole.
Contacts are recognized by email, companies by domain, as imports do and the API does not.
Needs a transaction. Assumptions: which errors cost the cell and which the row; of two rows for one record the
later one counts; stages only move forward, as through the API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.edges import DEFAULT_TYPE, Pair
from connector.sandbox.hubspot.errors import ApiError
from connector.sandbox.hubspot.imports.cells import CellError, value_of_cell
from connector.sandbox.hubspot.imports.request import NEEDED, Column, Plan
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.sources import Source
from connector.sandbox.hubspot.writes import Writer

Link = Callable[[Pair, int, int, Iterable[int], Source], Any]
_NATURAL_KEYS = {"contacts": "email", "companies": "domain"}
_ROW_ERRORS = ("INVALID_EMAIL", "INVALID_DOMAIN")
"""Without its key a record cannot be told: these cost the row."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One error of an import. `line` counts from 1, the header included; `cell` is the text it is about;
    `file` is the place of its file among those of the import, from 0."""

    type: str
    message: str
    object_type: str
    line: int
    column: int | None = None
    cell: str | None = None
    file: int = 0


class RowError(Exception):
    """The record of this row is not written."""

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(message)
        self.type, self.message = type_, message


class RowImporter:
    """Writes rows as one import. `written` are the ids by type; `counts` are HubSpot's counters; `file` is
    the place of the file whose rows are being taken."""

    def __init__(self, writer: Writer, link: Link, plan: Plan, source: Source, now_ms: int) -> None:
        self.writer, self.link, self.plan, self.source, self.now_ms = writer, link, plan, source, now_ms
        self.counts: Counter[str] = Counter()
        self.written: dict[str, list[int]] = {}
        self.failures: list[Failure] = []
        self.file = 0

    def fail(
        self,
        type_: str,
        message: str,
        object_type: str,
        line: int,
        column: int | None = None,
        cell: str | None = None,
    ) -> None:
        """Notes an error of a row, or of one cell of it."""
        self.failures.append(Failure(type_, message, object_type, line, column, cell, self.file))

    def take(self, line: int, columns: Iterable[tuple[int, Column]], cells: list[str]) -> None:
        """One row: a record of each type that has columns, associated with each other."""
        by_type: dict[str, list[tuple[int, Column]]] = {}
        for place, column in columns:
            by_type.setdefault(column.object_type, []).append((place, column))
        rows = [self._record(line, each, own, cells) for each, own in by_type.items()]
        present = [row for row in rows if row is not None]
        for first, second in zip(present, present[1:], strict=False):
            if (first.type, second.type) in DEFAULT_TYPE:
                self._associate(line, first, second)

    def _associate(self, line: int, first: Row, second: Row) -> None:
        """A record with as many associations as it may have takes no more; both are written all the same."""
        try:
            with self.writer.records.db.savepoint():
                self.link((first.type, second.type), first.id, second.id, (), self.source)
        except ApiError as error:
            self.fail("ASSOCIATION_LIMIT_EXCEEDED", error.message, first.type, line)
        else:
            self.counts["ASSOCIATIONS_CREATED"] += 1

    def _record(
        self, line: int, object_type: str, columns: list[tuple[int, Column]], cells: list[str]
    ) -> Row | None:
        filled = [(place, column) for place, column in columns if cells[place].strip()]
        if not filled:
            return None
        try:
            with self.writer.records.db.savepoint():
                values = self._values(line, filled, cells)
                row = self._write(object_type, filled, cells, values)
        except RowError as error:
            self.fail(error.type, error.message, object_type, line)
            return None
        self.counts["PROPERTY_VALUES_EMITTED"] += len(values)
        self.written.setdefault(object_type, []).append(row.id)
        return row

    def _values(self, line: int, filled: list[tuple[int, Column]], cells: list[str]) -> dict[str, str]:
        """What can be understood; a blank cell changes nothing."""
        out: dict[str, str] = {}
        for place, column in filled:
            definition = self._definition(column)
            if definition is None:
                continue
            try:
                owners = self.writer.schema.owners
                out[column.property] = value_of_cell(definition, cells[place], self.plan.date_order, owners)
            except CellError as error:
                if error.type in _ROW_ERRORS:
                    raise RowError(error.type, error.message) from None
                where = (column.object_type, line, place + 1, cells[place])
                self.fail(error.type, error.message, *where)
        return out

    def _definition(self, column: Column) -> Property | None:
        """None for what says which record, and for what cannot be written (told once for the whole file)."""
        found = self.writer.schema.find(column.object_type, column.property)
        return found if found is not None and found.writable else None

    def _write(
        self, object_type: str, filled: list[tuple[int, Column]], cells: list[str], values: dict[str, str]
    ) -> Row:
        """Raises RowError."""
        found = self._find(object_type, filled, cells, values)
        operation = self.plan.operations.get(object_type, "UPSERT")
        if found is not None and operation == "CREATE":
            raise RowError("CREATE_ONLY_IMPORT", "The record exists, and this import only creates")
        if found is None and operation == "UPDATE":
            raise RowError("UPDATE_ONLY_IMPORT", "There is no such record, and this import only updates")
        if found is None and not values.keys() & {*NEEDED[object_type]}:
            raise RowError("MISSING_REQUIRED_PROPERTY", "A new record lacks what its type needs")
        if self.writer.records.holder("contacts", "blocked email", values.get("email", "")) is not None:
            raise RowError("GDPR_BLACKLISTED_EMAIL", "The address was deleted for privacy reasons")
        try:
            return self._create(object_type, values) if found is None else self._update(found, values)
        except ApiError as error:
            raise RowError(_error_type(error), error.message) from None

    def _create(self, object_type: str, values: dict[str, str]) -> Row:
        row = self.writer.create(object_type, values, self.source, self.now_ms)
        self.counts["CREATED_OBJECTS"] += 1
        return row

    def _update(self, row: Row, values: dict[str, str]) -> Row:
        self.writer.update(row, values, self.source, self.now_ms)
        self.counts["UPDATED_OBJECTS"] += 1
        return row

    def _find(
        self, object_type: str, filled: list[tuple[int, Column]], cells: list[str], values: Mapping[str, str]
    ) -> Row | None:
        """By record id, else by the column that is named as the key, else by email or domain."""
        for place, column in filled:
            if column.kind == "HUBSPOT_OBJECT_ID":
                return self._by_id(object_type, cells[place].strip())
        keys = [column.property for _, column in filled if column.kind == "HUBSPOT_ALTERNATE_ID"]
        name = keys[0] if keys else _NATURAL_KEYS.get(object_type, "")
        if keys and name not in (
            _NATURAL_KEYS.get(object_type),
            *self.writer.schema.unique_names(object_type),
        ):
            raise RowError("INVALID_ALTERNATE_ID", f"{name} does not identify records")
        value = values.get(name)
        if not value:
            return None
        if (object_type, name) == ("companies", "domain"):
            return self._by_domain(value)
        holder = self.writer.records.holder(object_type, name, value)
        return None if holder is None else self.writer.records.get(object_type, holder)

    def _by_id(self, object_type: str, text: str) -> Row:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
        records = self.writer.records
        row = records.get(object_type, records.survivor(object_type, number))
        if row is None or row.archived is not None:
            raise RowError("INVALID_OBJECT_ID", f"There is no record {text}")
        return row

    def _by_domain(self, domain: str) -> Row | None:
        ids = self.writer.records.with_domain(domain)
        if len(ids) > 1:
            raise RowError("MULTIPLE_COMPANIES_WITH_THIS_DOMAIN", f"{len(ids)} companies have {domain}")
        return self.writer.records.get("companies", ids[0]) if ids else None


def _error_type(error: ApiError) -> str:
    taken = error.status == 409 or "CONFLICTING_UNIQUE_VALUE" in error.message
    return "DUPLICATE_UNIQUE_PROPERTY_VALUE" if taken else "FAILED_VALIDATION"
