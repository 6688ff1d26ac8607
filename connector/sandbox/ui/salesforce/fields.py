"""Salesforce's fields as a person reads and edits them.

Enters: field descriptions, stored values. Leaves: inputs and shown values. It writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connector.sandbox.salesforce import record_types
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.ui import moments
from connector.sandbox.ui.nouns import Choice, Input, Link, RefusedError, Shown, Widget
from connector.sandbox.ui.salesforce import rows
from connector.sandbox.ui.salesforce.layout import KEY, SHOWN, STAMPS, TITLES

_ID_AT_END = re.compile(r"\[(\w{15}|\w{18})\]\s*$")
_NOT_FOR_PEOPLE = ("Latitude", "Longitude", "GeocodeAccuracy", "Jigsaw", "IsUnreadByOwner")
GROUPS = {
    "key": "Key fields",
    "added": "Added fields",
    "address": "Address",
    "more": "More",
    "stamps": "Record",
}
"""Headings in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an org, with its users and the records that lookups name."""

    store: SalesforceStore

    @property
    def zone(self) -> ZoneInfo:
        """The org's own time zone."""
        row = self.store.db.read(self.store.kind("Organization"), self.store.id)
        return ZoneInfo(str(row["TimeZoneSidKey"]) if row and row["TimeZoneSidKey"] else "UTC")

    def visible(self, kind: ObjectType) -> list[Field]:
        """What a person sees of a type: all that the org has switched on, those that matter first.

        Compounds are shown as their parts, added choices before added texts.
        """
        order = {name: place for place, name in enumerate(("RecordTypeId", *KEY.get(kind.name, ())))}
        shown = [
            field
            for field in kind.stored
            if self._is_on(kind, field) and not field.name.endswith(_NOT_FOR_PEOPLE)
        ]
        return sorted(
            shown,
            key=lambda field: (order.get(field.name, len(order)), field.custom and not field.choices),
        )

    def _is_on(self, kind: ObjectType, field: Field) -> bool:
        feature, catalog = field.feature, self.store.catalog
        return feature is None or catalog.has(feature) or catalog.has(f"{feature} {kind.name}")

    def find(self, kind: ObjectType, name: str) -> Field | None:
        """The field of this name, if the org has switched it on."""
        field = kind.find(name) if name else None
        return field if field is not None and self._is_on(kind, field) else None

    def group_of(self, kind: ObjectType, field: Field) -> str:
        """The heading under which a field stands."""
        if field.custom:
            return "added"
        if field.name in KEY.get(kind.name, ()) or field.name == "RecordTypeId":
            return "key"
        if field.name in STAMPS:
            return "stamps"
        is_part = any(field.name in each.parts for each in kind.fields if each.is_compound)
        return "address" if is_part else "more"

    # reading

    def link(self, record_id: Value) -> Link | None:
        """The record of an id, by name; None for no id and for one that names nothing."""
        kind = self.store.catalog.everything.by_prefix(record_id) if isinstance(record_id, str) else None
        row = self.store.db.read(kind, str(record_id)) if kind else None
        if kind is None or row is None:
            return None
        return Link(kind.name if kind.name in SHOWN else "", str(row["Id"]), self.title(kind, row))

    def title(self, kind: ObjectType, row: Row) -> str:
        """What a record is called."""
        return str(row.get(TITLES.get(kind.name, "Name")) or f"{kind.label} {row['Id']}")[:80]

    def text(self, field: Field, value: Value) -> str:
        """A stored value in words."""
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if field.type == "datetime":
            return moments.shown(str(value), self.zone)
        if field.type == "reference":
            link = self.link(value)
            return link.text if link else str(value)
        labels = {choice.value: choice.label for choice in field.choices}
        if field.type == "multipicklist":
            return ", ".join(labels.get(part, part) for part in str(value).split(";"))
        return labels.get(str(value), plain(value))

    def shown(self, field: Field, row: Row) -> Shown:
        """One field of a record, with a link where it names another one that has a page."""
        value = row[field.name]
        link = self.link(value) if field.type == "reference" else None
        return Shown(field.name, label(field), self.text(field, value), link if link and link.type else None)

    def cell(self, kind: ObjectType, row: Row, name: str) -> str:
        """The text of a column; nothing for a field that the org lacks."""
        field = self.find(kind, name)
        return "" if field is None else self.text(field, row[field.name])

    # editing

    def input(self, kind: ObjectType, field: Field, row: Row | None, typed: Mapping[str, str]) -> Input:
        """An input with what the record holds, or with what somebody typed."""
        before = "" if row is None else self._typed(field, row[field.name])
        start = before if row is not None else self._typed(field, self._default(kind, field))
        value = typed.get(field.name, start)
        if field.type == "reference" and to_18(value) and value != before:
            value = self._typed(field, to_18(value))
        choices = tuple(self._choices(kind, field, row, typed, value))
        is_box = field.type == "boolean"
        widget: Widget = (
            "select" if choices and field.type == "reference" else _WIDGETS.get(field.type, "text")
        )
        required = field.required or (field.name == "OwnerId" and row is not None)
        return Input(
            field.name,
            label(field),
            widget,
            value or ("false" if is_box else ""),
            before or ("false" if is_box else ""),
            choices,
            required and not is_box,
            field.help_text or _hint(field, row, widget),
        )

    def _default(self, kind: ObjectType, field: Field) -> Value:
        """What a new record starts with."""
        if field.name == "RecordTypeId":
            return record_types.default(self.store, kind)
        return field.default or next((choice.value for choice in field.choices if choice.default), None)

    def _typed(self, field: Field, value: Value) -> str:
        """A stored value as it stands in an input."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if field.type == "datetime":
            return moments.for_input(str(value), self.zone)
        if field.type == "reference" and field.name not in ("OwnerId", "RecordTypeId"):
            link = self.link(value)
            return f"{link.text} [{link.id}]" if link else str(value)
        return plain(value)

    def _record_type(self, kind: ObjectType, row: Row | None, typed: Mapping[str, str]) -> str:
        held = record_types.default(self.store, kind) if row is None else row.get("RecordTypeId")
        return typed.get("RecordTypeId") or str(held)

    def _values(self, field: Field, record_type: str) -> list[Choice]:
        """The active values of a picklist, only those of the record type where it is narrowed."""
        left = record_types.narrowed(self.store).get(record_type, {}).get(field.name)
        shown = [each for each in field.choices if each.active and (left is None or each.value in left)]
        return [Choice(each.value, each.label) for each in shown]

    def _choices(
        self, kind: ObjectType, field: Field, row: Row | None, typed: Mapping[str, str], value: str
    ) -> Iterator[Choice]:
        """The values to choose from, and the present one if it is no longer among them."""
        found: list[Choice] = []
        if field.name == "OwnerId":
            found = [*self.users(), *self._queues(kind)]
        elif field.name == "RecordTypeId":
            found = self._record_types(kind)
        elif field.type in ("picklist", "multipicklist"):
            found = self._values(field, self._record_type(kind, row, typed))
        yield from found
        known = {each.value for each in found}
        for part in (value.split(";") if field.type == "multipicklist" else [value]) if found else ():
            if part and part not in known:
                link = self.link(part) if field.type == "reference" else None
                yield Choice(part, link.text if link else part)

    def users(self) -> list[Choice]:
        """Active users, people before the integration user."""
        found = self.store.db.find(self.store.kind("User"), '"IsActive" = 1')
        ordered = sorted(found, key=lambda row: row["Id"] == self.store.user)
        return [Choice(str(row["Id"]), str(row["Name"])) for row in ordered]

    def _queues(self, kind: ObjectType) -> list[Choice]:
        field = kind.find("OwnerId")
        if field is None or "Group" not in field.refers_to:
            return []
        of = self.store.db.find(self.store.kind("QueueSobject"), '"SobjectType" = ?', kind.name)
        links = (self.link(row["QueueId"]) for row in of)
        return [Choice(link.id, link.text, "Queues") for link in links if link]

    def _record_types(self, kind: ObjectType) -> list[Choice]:
        found = self.store.db.find(
            self.store.kind("RecordType"), '"SobjectType" = ? AND "IsActive" = 1', kind.name
        )
        return [Choice(str(row["Id"]), str(row["Name"])) for row in found]

    # saving

    def given(self, field: Field, text: str) -> str:
        """What is handed to Salesforce for a typed text. Raises RefusedError for unknown names."""
        if field.type == "datetime" and text:
            return moments.from_input(text, self.zone)
        if field.type == "reference" and text.strip():
            return self._named(field, text.strip())
        return text

    def _named(self, field: Field, text: str) -> str:
        at_end = _ID_AT_END.search(text)
        found = to_18(at_end[1] if at_end else text)
        if found:
            return found
        kinds = [self.store.kind(name) for name in field.refers_to]
        candidates = rows.named(self.store, kinds, text)
        if len(candidates) != 1:
            how_many = "Several records are" if candidates else "No record is"
            raise RefusedError([(field.name, f"{how_many} called “{text}”: give the id.")])
        return str(candidates[0]["Id"])


def label(field: Field) -> str:
    """A lookup is called after what it names."""
    return field.label.removesuffix(" ID") if field.type == "reference" else field.label


def plain(value: Value) -> str:
    """Numbers without a needless fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _hint(field: Field, row: Row | None, widget: Widget) -> str:
    if field.name == "OwnerId" and row is None:
        return "Blank: whoever saves."
    return "Name or id" if widget == "lookup" else ""


_WIDGETS: dict[str, Widget] = {
    "textarea": "area",
    "picklist": "select",
    "multipicklist": "several",
    "boolean": "check",
    "date": "date",
    "datetime": "datetime",
    "int": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "reference": "lookup",
}
