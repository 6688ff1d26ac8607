"""A HubSpot record's page: its properties by group, its associations, what happened to it.

Enters: a stored row. Leaves: a Record. It only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from connector.sandbox.hubspot.catalog import CREATED_PROPERTY, CRM_OBJECTS, ENGAGEMENTS, MODIFIED_PROPERTY
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso
from connector.sandbox.ui import moments
from connector.sandbox.ui.hubspot.fields import Fields, is_added, link
from connector.sandbox.ui.hubspot.history import events
from connector.sandbox.ui.hubspot.layout import KEY, QUICK, RELATED
from connector.sandbox.ui.nouns import PROMINENT, Action, Group, Line, Notice, Record, Shown, Table, Words

MOST_RELATED = 20
STAMPS = ("hs_object_id", "hs_merged_object_ids", "hs_all_contact_vids", "hs_calculated_merged_vids")


@dataclass(frozen=True, slots=True)
class RecordPages:
    """Makes the pages of records."""

    store: HubSpotStore
    fields: Fields
    words: dict[str, Words]

    def of(self, row: Row) -> Record:
        """The page of one record, deleted and merged ones included."""
        alive = row.archived is None
        quick = self.fields.find(row.type, QUICK.get(row.type, ""))
        return Record(
            link=link(row),
            words=self.words[row.type],
            alive=alive,
            groups=tuple(self._groups(row)),
            tables=tuple(self._tables(row)) if alive else (),
            events=tuple(events(self.store, self.fields, row)),
            notices=tuple(self._notices(row)),
            flags=tuple(self._flags(row)),
            quick=self.fields.input(row.type, quick, row, None) if quick and alive else None,
            actions=tuple(self._actions(row)) if alive else (),
            editable=alive,
            restorable=not alive and row.merged_into is None,
            mergeable=row.type in CRM_OBJECTS,
        )

    def _notices(self, row: Row) -> Iterator[Notice]:
        if row.merged_into is not None:
            survivor = self.store.records.get(row.type, row.merged_into)
            yield Notice("This record was merged into another one:", (link(survivor),) if survivor else ())
        elif row.archived is not None:
            when = moments.shown(iso(row.archived), self.fields.zone)
            yield Notice(f"This record was deleted on {when}. It is in the recycle bin.")
        merged = [each for each in row.props.get("hs_merged_object_ids", "").split(";") if each]
        if merged and row.archived is None:
            yield Notice(f"Other records were merged into this one. Their ids: {', '.join(merged)}.")

    # properties

    def _groups(self, row: Row) -> Iterator[Group]:
        stamps = (*STAMPS, CREATED_PROPERTY[row.type], MODIFIED_PROPERTY[row.type])
        by_group: dict[str, list[Property]] = {}
        for each in self.fields.definitions(row.type):
            by_group.setdefault(group_of(row.type, each, stamps), []).append(each)
        titles = group_titles(self.store, row.type)
        for key in sorted(by_group, key=list(titles).index):
            shown = tuple(self.fields.shown(row, each) for each in by_group[key])
            if key == "stamps":
                yield Group(key, titles[key], (*shown, *self._origin(row)), "stamps", editable=False)
            else:
                yield Group(
                    key,
                    titles[key],
                    shown,
                    PROMINENT.get(key, "rest"),
                    any(each.writable for each in by_group[key]),
                )

    def _origin(self, row: Row) -> Iterator[Shown]:
        yield Shown("", "Created by source", row.origin)
        if row.archived is not None:
            yield Shown("", "Deleted at", moments.shown(iso(row.archived), self.fields.zone))

    def _flags(self, row: Row) -> Iterator[Shown]:
        """Choices that were added to the CRM are what a rep must see at once."""
        for each in self.fields.definitions(row.type):
            if is_added(each) and each.type in ("enumeration", "bool") and row.props.get(each.name):
                yield self.fields.shown(row, each)

    # other records

    def _tables(self, row: Row) -> Iterator[Table]:
        for other in CRM_OBJECTS:
            if other != row.type:
                yield self._table(row, other)

    def _table(self, row: Row, other: str) -> Table:
        found = self.store.edges.of(row.type, row.id, other)
        rows = self.store.records.get_many(other, islice(found, MOST_RELATED))
        columns = [each for each in (self.fields.find(other, name) for name in RELATED[other]) if each]
        lines = tuple(
            Line(
                link(each),
                (
                    *(self.fields.cell(each, column.name) for column in columns),
                    self._labels(row, each, found),
                ),
            )
            for each in rows.values()
        )
        words = self.words[other]
        about = (("about", f"{row.type}:{row.id}"),)
        actions = [Action(f"New {words.one.lower()}", f"{other}/new", about)]
        if row.type in CRM_OBJECTS:
            actions.append(Action("Associate", f"{row.type}/{row.id}/associate/{other}"))
        labels = (*(column.label for column in columns), "Association")
        return Table(words.many, labels, lines, len(found) - len(lines), tuple(actions))

    def _labels(self, row: Row, other: Row, found: dict[int, list[int]]) -> str:
        specs = self.store.edges.specs((row.type, other.type), found[other.id])
        return ", ".join(str(each["label"]) for each in specs if each["label"])

    # what can be done

    def _actions(self, row: Row) -> Iterator[Action]:
        if row.type not in CRM_OBJECTS:
            return
        about = ("about", f"{row.type}:{row.id}")
        now = ("hs_timestamp", moments.for_input(iso(self.store.now_ms()), self.fields.zone))
        call = (("hs_call_direction", "OUTBOUND"), ("hs_call_status", "COMPLETED"))
        task = (("hs_task_status", "NOT_STARTED"), ("hs_task_priority", "NONE"), ("hs_task_type", "TODO"))
        yield Action("Log a call", "calls/new", (about, now, *call))
        yield Action("New task", "tasks/new", (about, now, *task))
        yield Action("Add a note", "notes/new", (about, now))
        yield Action("Log a meeting", "meetings/new", (about, now, ("hs_meeting_outcome", "COMPLETED")))


def group_of(type: str, definition: Property, stamps: tuple[str, ...] = STAMPS) -> str:
    """The heading under which a property stands."""
    if is_added(definition):
        return "added"
    if definition.name in KEY.get(type, ()):
        return "key"
    return "stamps" if definition.name in stamps else definition.group


def group_titles(store: HubSpotStore, type: str) -> dict[str, str]:
    """Headings in the order in which they are shown."""
    own = sorted(store.schema.groups[type].values(), key=lambda each: each.display_order)
    return {
        "key": "Key properties" if type not in ENGAGEMENTS else "Activity",
        "added": "Added properties",
        **{each.name: each.label for each in own},
        "stamps": "Record",
    }
