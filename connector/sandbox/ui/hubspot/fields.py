"""HubSpot's properties as a person reads and edits them.

Enters: definitions, stored texts. Leaves: inputs and shown values. It writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connector.sandbox.hubspot.catalog import ENGAGEMENTS
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.ui import moments
from connector.sandbox.ui.hubspot.layout import KEY, REQUIRED, SECOND_TITLES, TITLES
from connector.sandbox.ui.nouns import Choice, Input, Link, Shown, Widget

YES_NO = (Choice("true", "Yes"), Choice("false", "No"))


def is_added(definition: Property) -> bool:
    """Whether an admin or a connector made this property."""
    return not definition.hubspot_defined


def title(row: Row) -> str:
    """What a record is called where it is linked to."""
    words = " ".join(row.props.get(name, "") for name in TITLES.get(row.type, ())).strip()
    words = words or row.props.get(SECOND_TITLES.get(row.type, ""), "")
    return words.split("\n")[0][:80] or f"Record {row.id}"


def link(row: Row) -> Link:
    return Link(row.type, str(row.id), title(row))


@dataclass(frozen=True, slots=True)
class Fields:
    """The properties of an account, with its pipelines and owners."""

    store: HubSpotStore

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return self.store.limits.zone

    def definitions(self, type: str) -> list[Property]:
        """All properties that are shown: those that matter first, added choices before added texts."""
        found = self.store.schema.properties[type].values()
        order = {name: place for place, name in enumerate(KEY.get(type, ()))}
        living = [each for each in found if not each.archived_at and not each.hidden]
        return sorted(living, key=lambda each: (order.get(each.name, len(order)), _late(each)))

    def find(self, type: str, name: str) -> Property | None:
        return self.store.schema.find(type, name)

    # reading

    def shown(self, row: Row, definition: Property) -> Shown:
        """One value in words, with a link where it names a record."""
        text = self.text(row.type, definition, value_of(row, definition.name))
        return Shown(definition.name, definition.label, text, self._link(definition, row))

    def text(self, type: str, definition: Property, value: str | None) -> str:
        """A stored value in words; an unknown option stands for itself."""
        if not value:
            return ""
        if definition.type == "datetime":
            return moments.shown(value, self.zone)
        labels = {each.value: each.label for each in self.choices(type, definition, value)}
        if definition.multiple:
            return ", ".join(labels.get(part, part) for part in value.split(";"))
        return labels.get(value, value)

    def cell(self, row: Row, name: str) -> str:
        """The text of a column; nothing for a property that the account lacks."""
        definition = self.find(row.type, name)
        return "" if definition is None else self.text(row.type, definition, value_of(row, name))

    def _link(self, definition: Property, row: Row) -> Link | None:
        if definition.name != "associatedcompanyid" or not row.props.get(definition.name):
            return None
        company = self.store.records.get("companies", int(row.props[definition.name]))
        return None if company is None else link(company)

    # choices

    def choices(self, type: str, definition: Property, current: str | None = None) -> tuple[Choice, ...]:
        """The values that a person can choose, and the present one if it is no longer among them."""
        if definition.name == "hubspot_owner_id":
            return self._owners(current)
        if type == "deals" and definition.name in ("pipeline", "dealstage"):
            return self._pipelines() if definition.name == "pipeline" else self._stages()
        if definition.type == "bool":
            return YES_NO
        options = sorted(definition.options, key=lambda each: each.display_order)
        have = set((current or "").split(";"))
        shown = [Choice(each.value, each.label) for each in options if not each.hidden or each.value in have]
        return tuple(shown)

    def _owners(self, current: str | None) -> tuple[Choice, ...]:
        return tuple(
            Choice(key, owner_name(owner) + (" (left)" if owner["archived"] else ""))
            for key, owner in self.store.schema.owners.items()
            if not owner["archived"] or key == current
        )

    def _pipelines(self) -> tuple[Choice, ...]:
        return tuple(Choice(key, each["label"]) for key, each in self.store.schema.pipelines["deals"].items())

    def _stages(self) -> tuple[Choice, ...]:
        pipelines = self.store.schema.pipelines["deals"].values()
        several = len(pipelines) > 1
        return tuple(
            Choice(stage["id"], stage["label"], pipeline["label"] if several else "")
            for pipeline in pipelines
            for stage in sorted(pipeline["stages"], key=lambda each: each["displayOrder"])
        )

    # editing

    def input(self, type: str, definition: Property, row: Row | None, typed: str | None) -> Input:
        """An input with what the record holds, or with what somebody typed."""
        stored = (value_of(row, definition.name) if row else None) or ""
        before = moments.for_input(stored, self.zone) if definition.type == "datetime" else stored
        value = before if typed is None else typed
        choices = (
            ()
            if definition.type in ("string", "number", "date", "datetime")
            else self.choices(type, definition, stored)
        )
        known = {each.value for each in choices}
        widget = _widget(definition)
        if widget in ("select", "several"):
            parts = value.split(";") if widget == "several" else [value]
            choices += tuple(Choice(part, part) for part in parts if part and part not in known)
        required = definition.name in REQUIRED.get(type, ("hs_timestamp",) if type in ENGAGEMENTS else ())
        return Input(
            definition.name,
            definition.label,
            widget,
            value,
            before,
            choices,
            required,
            definition.description,
        )

    def stored(self, definition: Property | None, text: str) -> str:
        """What is handed to HubSpot for a typed text."""
        is_moment = definition is not None and definition.type == "datetime"
        return moments.from_input(text, self.zone) if is_moment and text else text


def _late(definition: Property) -> bool:
    return is_added(definition) and definition.type not in ("enumeration", "bool")


def owner_name(owner: dict[str, object]) -> str:
    """An owner by name, else by address."""
    return f"{owner['firstName']} {owner['lastName']}".strip() or str(owner["email"])


def _widget(definition: Property) -> Widget:
    if definition.multiple:
        return "several"
    if definition.type in ("enumeration", "bool"):
        return "select"
    if definition.field_type in ("textarea", "html"):
        return "area"
    return _BY_TYPE.get(definition.type, "text")


_BY_TYPE: dict[str, Widget] = {"number": "number", "date": "date", "datetime": "datetime"}
