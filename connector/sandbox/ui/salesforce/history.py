"""What happened to a Salesforce record: tasks and events, and the history of tracked fields.

Enters: a stored row. Leaves: events, the newest first. It only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import orjson

from connector.sandbox.salesforce.schema import ObjectType, Row, Value
from connector.sandbox.salesforce.standard.history import HISTORY_OF
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.ui import moments
from connector.sandbox.ui.nouns import Event, Link
from connector.sandbox.ui.salesforce import rows
from connector.sandbox.ui.salesforce.fields import Fields, label, plain

MOST = 60
_ACTIVITIES = (("Task", "ActivityDate"), ("Event", "StartDateTime"))


def events(store: SalesforceStore, fields: Fields, kind: ObjectType, row: Row) -> list[Event]:
    """Activities and changes, newest first."""
    created = _stamp_event(fields, row["CreatedDate"], "Created", "", row["CreatedById"])
    found = chain(_activities(store, fields, row), _changes(store, fields, kind, row), [created])
    return sorted(found, key=lambda each: each.at, reverse=True)[:MOST]


def _activities(store: SalesforceStore, fields: Fields, row: Row) -> Iterator[Event]:
    condition: rows.Condition = (
        '("WhoId" = ? OR "WhatId" = ? OR "AccountId" = ?) AND "IsDeleted" = 0',
        [row["Id"]] * 3,
    )
    for name, dated in _ACTIVITIES:
        kind = store.kind(name)
        for each in rows.page(store, kind, condition, "_n DESC", MOST):
            at = str(each[dated] or each["CreatedDate"])
            what = "Call" if each.get("TaskSubtype") == "Call" else kind.label
            state = f"{each['Status']}. " if each.get("Status") else ""
            detail = f"{state}{each['Description'] or ''}".strip()[:300]
            link = Link(name, str(each["Id"]), fields.title(kind, each))
            who = fields.link(each["OwnerId"])
            # a day without an hour belongs to the moment at which the task was entered, if it was that day
            same_day = str(each["CreatedDate"]).startswith(at)
            sort = moments.sortable(str(each["CreatedDate"]) if same_day else at)
            yield Event(sort, moments.shown(at, fields.zone), what, detail, who.text if who else "", link)


def _changes(store: SalesforceStore, fields: Fields, kind: ObjectType, row: Row) -> Iterator[Event]:
    """Rows of the history object; of the two rows of a lookup the one with names."""
    if kind.name not in HISTORY_OF:
        return
    history = store.kind(HISTORY_OF[kind.name])
    for each in rows.page(store, history, (f'"{kind.name}Id" = ?', [row["Id"]]), "_n DESC", MOST):
        old, new = _value(each["OldValue"]), _value(each["NewValue"])
        if each["Field"] == "created" or any(fields.link(value) for value in (old, new)):
            continue
        field = kind.find(str(each["Field"])) or kind.find(f"{each['Field']}Id")
        what = label(field) if field else str(each["Field"])
        detail = f"{_text(old)} → {_text(new)}" if (old, new) != (None, None) else "changed"
        yield _stamp_event(fields, each["CreatedDate"], what, detail, each["CreatedById"])


def _stamp_event(fields: Fields, at: Value, what: str, detail: str, user: Value) -> Event:
    who = fields.link(user)
    return Event(
        moments.sortable(str(at)), moments.shown(str(at), fields.zone), what, detail, who.text if who else ""
    )


def _value(stored: Value) -> Value:
    value: Value = orjson.loads(stored) if isinstance(stored, str) else None
    return value


def _text(value: Value) -> str:
    return "blank" if value is None else plain(value)
