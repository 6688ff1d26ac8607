"""The simulated Salesforce as its people see it: lists, records, forms and what is done with them.

Enters: what the pages ask. Leaves: nouns, or records changed by the user who works. That user sees every
field, and meets the same validation rules and triggers as the API.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.schema import Field, ObjectType, Row
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.values import parse_value
from connector.sandbox.ui.desk import Desk, Typed
from connector.sandbox.ui.nouns import (
    PROMINENT,
    Asked,
    Choice,
    Form,
    InputGroup,
    Line,
    Link,
    Listing,
    Record,
    RefusedError,
    Words,
)
from connector.sandbox.ui.salesforce import converting, rows
from connector.sandbox.ui.salesforce.fields import GROUPS, Fields, label
from connector.sandbox.ui.salesforce.layout import COLUMNS, LISTED, MERGEABLE, SHOWN, TITLES
from connector.sandbox.ui.salesforce.record import RecordPages, words
from connector.sandbox.ui.salesforce.refusals import at_field, in_own_words


class SalesforceDesk(Desk):
    """One org."""

    name = "Salesforce"

    def __init__(self, store: SalesforceStore) -> None:
        self.store = store
        self.fields = Fields(store)
        self.records = RecordPages(store, self.fields)

    @property
    def zone(self) -> ZoneInfo:
        return self.fields.zone

    def objects(self) -> Sequence[Words]:
        return [words(self.store.kind(name)) for name in LISTED]

    def people(self) -> Sequence[Choice]:
        return self.fields.users()

    # lists

    def listing(self, type: str, asked: Asked) -> Listing:
        kind = self._kind(type)
        condition = rows.asked_for(kind, asked)
        total = rows.count(self.store, kind, condition)
        order = rows.ordered_by(kind, asked)
        found = rows.page(self.store, kind, condition, order, asked.size, asked.offset)
        names = (*COLUMNS.get(type, ()), "LastModifiedDate")
        fields = [each for each in (self.fields.find(kind, name) for name in names) if each]
        lines = tuple(
            Line(
                Link(type, str(row["Id"]), self.fields.title(kind, row)),
                tuple(self.fields.text(field, row[field.name]) for field in fields),
            )
            for row in found
        )
        name = TITLES.get(type, "LastName" if kind.find("LastName") else "Name")
        columns = ((name, "Name"), *((field.name, label(field)) for field in fields))
        return Listing(words(kind), columns, lines, total, asked)

    # one record

    def record(self, type: str, id: str) -> Record:
        kind = self._kind(type)
        return self.records.of(kind, self._row(kind, id))

    def _kind(self, type: str) -> ObjectType:
        if type not in SHOWN:
            raise LookupError(f"Salesforce has no {type} here.")
        return self.store.kind(type)

    def _row(self, kind: ObjectType, id: str) -> Row:
        row = self.store.get(kind.name, id)
        if row is None:
            raise LookupError(f"There is no {kind.label.lower()} {id}.")
        return row

    def form(
        self,
        type: str,
        id: str | None,
        typed: Typed,
        only: Collection[str] = (),
        group: str = "",
        about: str = "",
    ) -> Form:
        kind = self._kind(type)
        row = None if id is None else self._row(kind, id)
        by_group: dict[str, list[Field]] = {key: [] for key in GROUPS}
        for field in self.fields.visible(kind):
            key = self.fields.group_of(kind, field)
            allowed = field.create if row is None else field.update
            if allowed and (not only or field.name in only) and group in ("", key):
                by_group[key].append(field)
        groups = tuple(
            InputGroup(
                GROUPS[key],
                tuple(self.fields.input(kind, field, row, typed) for field in found),
                PROMINENT.get(key, "rest"),
            )
            for key, found in by_group.items()
            if found
        )
        title = f"New {kind.label.lower()}" if row is None else f"Edit {self.fields.title(kind, row)}"
        narrowing = any(each.name == "RecordTypeId" for group in groups for each in group.inputs)
        return Form(words(kind), id, title, groups, narrowing, about)

    def save(self, type: str, id: str | None, typed: Typed, by: str, about: str = "") -> str:  # noqa: ARG002
        kind = self._kind(type)
        values = self._given(kind, typed)
        with in_own_words():
            if id is None:
                return self.store.user_create(type, values, by)
            if values:
                self.store.user_edit(type, id, values, by)
            return id

    def _given(self, kind: ObjectType, typed: Typed) -> dict[str, object]:
        """What is written. Raises RefusedError with everything that cannot be read, each at its field."""
        values: dict[str, object] = {}
        problems: list[tuple[str | None, str]] = []
        for name, text in typed.items():
            field = self.fields.find(kind, name)
            if field is None:
                problems.append((name, f"No such column '{name}' on sobject of type {kind.name}"))
                continue
            try:
                values[field.name] = self.fields.given(field, text)
                parse_value(field, values[field.name])
            except ApiError as error:
                problems += at_field(field.name, error)
            except RefusedError as refusal:
                problems += refusal.problems
        if problems:
            raise RefusedError(problems)
        return values

    # what else is done with records

    def delete(self, type: str, id: str, by: str) -> None:
        with in_own_words():
            self.store.user_delete(type, str(self._row(self._kind(type), id)["Id"]), by)

    def restore(self, type: str, id: str, by: str) -> None:
        with in_own_words():
            self.store.user_undelete(type, str(self._row(self._kind(type), id)["Id"]), by)

    def mergeable(self, type: str) -> bool:
        return type in MERGEABLE

    def merge(self, type: str, id: str, other: str, by: str) -> str:
        kind = self._kind(type)
        with in_own_words():
            self.store.merge(type, id, [str(self._row(kind, other)["Id"])], by)
        return to_18(id) or id

    def conversion(self, type: str, id: str, typed: Typed) -> Form:
        return converting.form(self.store, self.fields, self._lead(type, id), typed)

    def convert(self, type: str, id: str, typed: Typed, by: str) -> str:
        lead = str(self._lead(type, id)["Id"])
        found = converting.answers(self.store, self.fields, typed)
        wanted = typed.get("opportunity") == "true"
        with in_own_words():
            made = self.store.convert(lead, found["contact"], found["account"], wanted, by)
        return f"Contact/{made['contact']}"

    def _lead(self, type: str, id: str) -> Row:
        if type != "Lead":
            raise LookupError("Only a lead can be converted.")
        return self._row(self._kind(type), id)
