"""Change Data Capture: what happened to records, as events with a header.

In: an org and its change log. Out: events in the order of commits, in their JSON form. Off unless types are
chosen; kept for three days. Source: Change Data Capture Developer Guide, "Change Event Message Structure",
"Change Event Header Fields", "Gap Event", "Overflow Event". Assumption: one event for one record, and none
for a change of nothing but system fields. How events travel (Pub/Sub API) is not simulated.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import orjson

from connector.sandbox.salesforce.moments import exact, read_stamp
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row
from connector.sandbox.salesforce.soql.rows import Json

KEPT = timedelta(hours=72)
MOST_TYPES = 5  # without an add-on
TYPES = frozenset(
    {"Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole", "Task", "Event", "User"}
    | {"Campaign", "CampaignMember"}
)
SILENT = frozenset({"Id", "IsDeleted", "SystemModstamp", "LastActivityDate"})
NAME_PARTS = ("Salutation", "FirstName", "LastName")
OVERFLOW_ID = "000000000000000AAA"


def choose(org: Org, types: Iterable[str]) -> None:
    """Events are made of these types from now on, and of no others."""
    wanted = set(types)
    for name in TYPES:
        (org.db.changes.watch if name in wanted else org.db.changes.unwatch)(name)


def chosen(org: Org) -> list[str]:
    """The types that events are made of."""
    return sorted(name for name in TYPES if org.db.changes.watched(name))


def overflow(org: Org, type_name: str) -> None:
    """Too much happened at once: one event says so instead of many."""
    now = org.db.changes.now
    sql = "INSERT INTO _change (tx, at, origin, gap, type, id) VALUES (?, ?, '', 1, ?, ?)"
    org.db.run(sql, (now.transaction, exact(org.clock.now()), org.kind(type_name).name, OVERFLOW_ID))


def events(org: Org, after: int = 0) -> list[Json]:
    """The events that are kept, behind this replay id. Raises ValueError when that one is no longer there."""
    oldest = exact(org.clock.now() - KEPT)
    if (
        after
        and not org.db.run("SELECT 1 FROM _change WHERE seq = ? AND at >= ?", (after, oldest)).fetchone()
    ):
        raise ValueError(f"the replay id {after} is not there, or no longer")
    sql = "SELECT seq, tx, at, origin, gap, type, id, old, new FROM _change WHERE at >= ? ORDER BY seq"
    return [event for event in _all(org, org.db.run(sql, (oldest,)).fetchall()) if _replay_id(event) > after]


def _replay_id(event: Json) -> int:
    place = event["event"]
    assert isinstance(place, dict)
    return int(place["replayId"])


def _all(
    org: Org, logged: list[tuple[int, int, str, str, int, str, str, str | None, str | None]]
) -> Iterator[Json]:
    numbers: dict[int, int] = {}
    for seq, tx, at, origin, gap, type_name, record_id, old, new in logged:
        kind = org.view.find(type_name) or org.kind(type_name)
        before, row = (None if side is None else _read(kind, side) for side in (old, new))
        change = "GAP_OVERFLOW" if old is new is None else _change_type(before, row)
        fields = _told(kind, change, before, row)
        if change is None or (change == "UPDATE" and not fields):
            continue
        numbers[tx] = numbers.get(tx, 0) + 1
        header = {
            "entityName": type_name,
            "recordIds": [record_id],
            "changeType": f"GAP_{change}" if gap and not change.startswith("GAP") else change,
            "changeOrigin": origin,
            "transactionKey": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{org.id} {tx}")),
            "sequenceNumber": numbers[tx],
            "commitTimestamp": int(_moment(at).timestamp() * 1000),
            "commitNumber": seq,
            "commitUser": (row or before or {}).get("LastModifiedById"),
            **_bitmaps(kind, change, [] if gap else fields, row),
        }
        payload = {"ChangeEventHeader": header, **({} if gap else _nested(kind, fields, row))}
        yield {"payload": payload, "event": {"replayId": seq}}


def _moment(at: str) -> datetime:
    return read_stamp(at)


def _read(kind: ObjectType, side: str) -> Row:
    """One side of a change: nulls are left out by the log, booleans are numbers there."""
    found: Row = orjson.loads(side)
    return {name: bool(value) if name in kind.booleans else value for name, value in found.items()}


def _change_type(before: Row | None, row: Row | None) -> str | None:
    """None for what is no event: a record that leaves the recycle bin for good."""
    if before is None:
        return "CREATE"
    if row is None:
        return None if before.get("IsDeleted") else "DELETE"
    if before.get("IsDeleted") == row.get("IsDeleted"):
        return None if row.get("IsDeleted") else "UPDATE"
    return "DELETE" if row.get("IsDeleted") else "UNDELETE"


def _told(kind: ObjectType, change: str | None, before: Row | None, row: Row | None) -> list[str]:
    """The fields that an event carries: what changed, or all that hold something."""
    if change in (None, "DELETE", "GAP_OVERFLOW") or row is None:
        return []
    old = before if change == "UPDATE" and before is not None else {}
    names = [f.name for f in kind.stored if f.name not in SILENT and old.get(f.name) != row.get(f.name)]
    return [] if set(names) <= {"LastModifiedDate", "LastModifiedById"} and change == "UPDATE" else names


def _path(kind: ObjectType, name: str) -> str:
    """Parts of names and addresses stand within their compound."""
    if name in NAME_PARTS and kind.find("LastName"):
        return f"Name.{name}"
    compound = next((f for f in kind.fields if f.is_compound and name in f.parts), None)
    return name if compound is None else f"{compound.name}.{name.removeprefix(str(compound.prefix))}"


def _nested(kind: ObjectType, fields: list[str], row: Row | None) -> Json:
    shown: Json = {}
    for name in fields:
        compound, dot, part = _path(kind, name).partition(".")
        value = (row or {}).get(name)
        if dot:
            inside = shown.setdefault(compound, {})
            assert isinstance(inside, dict)
            inside[part] = value
        elif not (name == "Name" and kind.find("LastName")):
            shown[name] = value
    return shown


def _bitmaps(kind: ObjectType, change: str, fields: list[str], row: Row | None) -> dict[str, list[str]]:
    """changedFields and nulledFields are of updates; diffFields are of texts too long for a whole event."""
    updated = [] if change != "UPDATE" else [n for n in fields if not (n == "Name" and kind.find("LastName"))]
    nulled = [_path(kind, name) for name in updated if (row or {}).get(name) is None]
    return {
        "nulledFields": nulled,
        "diffFields": [],
        "changedFields": [_path(kind, name) for name in updated],
    }
