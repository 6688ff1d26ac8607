"""A Salesforce record's page: its fields by group, related records, what happened to it.

Enters: a stored row. Leaves: a Record. It only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connector.sandbox.salesforce.schema import Field, ObjectType, Row
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.ui.nouns import (
    PROMINENT,
    Action,
    Group,
    Line,
    Link,
    Notice,
    Record,
    Shown,
    Table,
    Words,
)
from connector.sandbox.ui.salesforce import rows
from connector.sandbox.ui.salesforce.fields import GROUPS, Fields, label
from connector.sandbox.ui.salesforce.history import events
from connector.sandbox.ui.salesforce.layout import MERGEABLE, QUICK, RELATED

MOST_RELATED = 20
PEOPLE = ("Lead", "Contact")


@dataclass(frozen=True, slots=True)
class RecordPages:
    """Makes the pages of records."""

    store: SalesforceStore
    fields: Fields

    def of(self, kind: ObjectType, row: Row) -> Record:
        """The page of one record, deleted and merged ones included."""
        alive = not row.get("IsDeleted")
        converted = bool(row.get("IsConverted"))
        quick = self.fields.find(kind, QUICK.get(kind.name, ""))
        return Record(
            link=Link(kind.name, str(row["Id"]), self.fields.title(kind, row)),
            words=words(kind),
            alive=alive,
            groups=tuple(self._groups(kind, row)),
            tables=tuple(self._tables(kind, row)) if alive else (),
            events=tuple(events(self.store, self.fields, kind, row)),
            notices=tuple(self._notices(row)),
            flags=tuple(self._flags(kind, row)),
            quick=self.fields.input(kind, quick, row, {}) if quick and alive and not converted else None,
            actions=tuple(self._actions(kind, row)) if alive else (),
            editable=alive and not converted,
            restorable=not alive,
            mergeable=kind.name in MERGEABLE,
        )

    def _notices(self, row: Row) -> Iterator[Notice]:
        if row.get("IsDeleted"):
            master = self.fields.link(row.get("MasterRecordId"))
            if master is not None:
                yield Notice("This record was merged into another one:", (master,))
            else:
                yield Notice("This record was deleted. It is in the recycle bin.")
        if row.get("IsConverted"):
            names = ("ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId")
            found = tuple(link for link in (self.fields.link(row.get(name)) for name in names) if link)
            yield Notice(f"This lead was converted on {row['ConvertedDate']}. It became:", found)

    # fields

    def _groups(self, kind: ObjectType, row: Row) -> Iterator[Group]:
        by_group: dict[str, list[Field]] = {key: [] for key in GROUPS}
        for field in self.fields.visible(kind):
            by_group[self.fields.group_of(kind, field)].append(field)
        for key, found in by_group.items():
            shown = tuple(self.fields.shown(field, row) for field in found)
            if key == "stamps":
                short = Shown("", "Id of 15 characters", str(row["Id"])[:15])
                yield Group(key, GROUPS[key], (*shown, short), "stamps", editable=False)
            elif shown:
                yield Group(
                    key, GROUPS[key], shown, PROMINENT.get(key, "rest"), any(field.update for field in found)
                )

    def _flags(self, kind: ObjectType, row: Row) -> Iterator[Shown]:
        """Choices that were added to the CRM are what a rep must see at once."""
        for field in self.fields.visible(kind):
            if field.custom and field.type in ("picklist", "boolean") and row[field.name]:
                yield self.fields.shown(field, row)

    # other records

    def _tables(self, kind: ObjectType, row: Row) -> Iterator[Table]:
        for child, reference, names in RELATED.get(kind.name, ()):
            parent = Link(kind.name, str(row["Id"]), "")
            yield self._table(self.store.kind(child), reference, names, parent)

    def _table(self, child: ObjectType, reference: str, names: tuple[str, ...], parent: Link) -> Table:
        condition: rows.Condition = (f'"{reference}" = ? AND "IsDeleted" = 0', [parent.id])
        found = rows.page(self.store, child, condition, "_n DESC", MOST_RELATED)
        fields = [each for each in (self.fields.find(child, name) for name in names) if each]
        lines = tuple(
            Line(
                Link(child.name, str(each["Id"]), self.fields.title(child, each)),
                tuple(self.fields.text(field, each[field.name]) for field in fields),
            )
            for each in found
        )
        more = rows.count(self.store, child, condition) - len(found)
        query = ((reference, parent.id), ("about", f"{parent.type}:{parent.id}"))
        new = Action(f"New {child.label.lower()}", f"{child.name}/new", query)
        return Table(child.plural, tuple(label(field) for field in fields), lines, more, (new,))

    # what can be done

    def _actions(self, kind: ObjectType, row: Row) -> Iterator[Action]:
        if kind.name == "Lead" and not row["IsConverted"]:
            yield Action("Convert", f"Lead/{row['Id']}/convert")
        if kind.name not in (*PEOPLE, "Account", "Opportunity", "Campaign") or row.get("IsConverted"):
            return
        reference = ("WhoId" if kind.name in PEOPLE else "WhatId", str(row["Id"]))
        today = self.store.clock.now().astimezone(self.fields.zone)
        day, hour = today.date().isoformat(), today.strftime("%Y-%m-%dT%H:00")
        call = (
            ("Subject", "Call"),
            ("Status", "Completed"),
            ("TaskSubtype", "Call"),
            ("CallType", "Outbound"),
        )
        back = ("about", f"{kind.name}:{row['Id']}")
        yield Action("Log a call", "Task/new", (reference, back, *call, ("ActivityDate", day)))
        yield Action("New task", "Task/new", (reference, back, ("ActivityDate", day)))
        meeting = (("Subject", "Meeting"), ("StartDateTime", hour), ("DurationInMinutes", "60"))
        yield Action("New event", "Event/new", (reference, back, *meeting))


def words(kind: ObjectType) -> Words:
    """What the records of a type are called."""
    return Words(kind.name, kind.label, kind.plural)
