"""The simulated HubSpot as its people see it: lists, records, forms and what is done with them.

Enters: what the pages ask. Leaves: nouns, or changed records with the source CRM_UI. A person's rules hold: a
lifecycle stage may go back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from connector.sandbox.hubspot.catalog import CRM_OBJECTS, MODIFIED_PROPERTY, OBJECT_TYPES, SINGULAR
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.ui.desk import Desk, Typed
from connector.sandbox.ui.hubspot import rows
from connector.sandbox.ui.hubspot.fields import Fields, link, owner_name
from connector.sandbox.ui.hubspot.layout import COLUMNS, NOTES, SORTED_BY_NAME
from connector.sandbox.ui.hubspot.record import RecordPages, group_of, group_titles
from connector.sandbox.ui.hubspot.refusals import in_own_words
from connector.sandbox.ui.nouns import (
    PROMINENT,
    Asked,
    Choice,
    Form,
    InputGroup,
    Line,
    Listing,
    Record,
    Words,
)

WORDS = {name: Words(name, one.capitalize(), name.capitalize()) for name, one in SINGULAR.items()}
LISTED = ("contacts", "companies", "deals", "tasks")
NOBODY = Choice("9001", "Somebody in HubSpot")
"""Who works in an account without owners."""


class HubSpotDesk(Desk):
    """One account."""

    name = "HubSpot"

    def __init__(self, store: HubSpotStore) -> None:
        self.store = store
        self.fields = Fields(store)
        self.records = RecordPages(store, self.fields, WORDS)

    @property
    def zone(self) -> ZoneInfo:
        return self.fields.zone

    def objects(self) -> Sequence[Words]:
        return [WORDS[name] for name in LISTED]

    def people(self) -> Sequence[Choice]:
        owners = [each for each in self.store.schema.owners.values() if not each["archived"]]
        return [Choice(str(each["userId"]), owner_name(each)) for each in owners] or [NOBODY]

    # lists

    def listing(self, type: str, asked: Asked) -> Listing:
        words = _words(type)
        columns = [each for each in (self.fields.find(type, name) for name in self._columns(type)) if each]
        total, found = rows.found(self.store, type, asked)
        lines = tuple(
            Line(link(row), tuple(self.fields.cell(row, each.name) for each in columns)) for row in found
        )
        shown = ((SORTED_BY_NAME.get(type, ""), "Name"), *((each.name, each.label) for each in columns))
        return Listing(words, shown, lines, total, asked)

    @staticmethod
    def _columns(type: str) -> tuple[str, ...]:
        return (*COLUMNS.get(type, ()), MODIFIED_PROPERTY[type])

    # one record

    def record(self, type: str, id: str) -> Record:
        return self.records.of(self._row(type, id))

    def _row(self, type: str, id: str) -> Row:
        words = _words(type)
        number = int(id) if id.isascii() and id.isdigit() and len(id) < 18 else 0
        row = self.store.records.get(type, number)
        if row is None:
            raise LookupError(f"There is no {words.one.lower()} {id}.")
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
        words = _words(type)
        row = None if id is None else self._row(type, id)
        titles = group_titles(self.store, type)
        by_group: dict[str, list[Property]] = {}
        for each in self.fields.definitions(type):
            key = group_of(type, each)
            if each.writable and (not only or each.name in only) and group in ("", key):
                by_group.setdefault(key, []).append(each)
        groups = tuple(
            InputGroup(
                titles[key],
                tuple(self.fields.input(type, each, row, typed.get(each.name)) for each in by_group[key]),
                PROMINENT.get(key, "rest"),
            )
            for key in sorted(by_group, key=list(titles).index)
        )
        title = f"New {words.one.lower()}" if row is None else f"Edit {link(row).text}"
        return Form(words, id, title, groups, about=about, note=NOTES.get(type, "") if row is None else "")

    def save(self, type: str, id: str | None, typed: Typed, by: str, about: str = "") -> str:
        _words(type)
        values = {
            name: self.fields.stored(self.fields.find(type, name), text) for name, text in typed.items()
        }
        with in_own_words(), self.store.db.transaction():
            if id is not None:
                self.store.user_edit(type, self._row(type, id).id, values, int(by)) if values else None
                return id
            made = self.store.user_create(type, values, int(by))
            if about:
                other_type, _, other = about.partition(":")
                self.store.associate(type, made, _words(other_type).type, other)
            return made

    # what else is done with records

    def delete(self, type: str, id: str, by: str) -> None:  # noqa: ARG002
        with in_own_words():
            self.store.user_archive(type, self._row(type, id).id)

    def restore(self, type: str, id: str, by: str) -> None:  # noqa: ARG002
        with in_own_words():
            self.store.user_restore(type, self._row(type, id).id)

    def mergeable(self, type: str) -> bool:
        return type in CRM_OBJECTS

    def merge(self, type: str, id: str, other: str, by: str) -> str:  # noqa: ARG002
        with in_own_words():
            return self.store.merge(type, self._row(type, id).id, self._row(type, other).id)

    def associable(self, type: str) -> Sequence[Words]:
        return [WORDS[other] for other in CRM_OBJECTS if other != type] if type in CRM_OBJECTS else []

    def associate(self, type: str, id: str, other_type: str, other: str) -> None:
        with in_own_words():
            self.store.associate(type, self._row(type, id).id, other_type, self._row(other_type, other).id)


def _words(type: str) -> Words:
    if type not in OBJECT_TYPES:
        raise LookupError(f"HubSpot has no {type} here.")
    return WORDS[type]
