"""Bulk loading of the seeded company.

What enters: rows of texts, pairs of ids, owners. What leaves: ids. It validates nothing and opens no
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.sandbox.hubspot.derived import consequences
from connector.sandbox.hubspot.edges import Edges, Pair
from connector.sandbox.hubspot.records import Records, Row
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.values import domain_of, iso, millis

_PRIMARY = """
UPDATE {0} SET props = json_set(props, '$.associatedcompanyid', CAST(e.to_id AS TEXT)) FROM edges e
WHERE {0}.type = 'contacts' AND e.from_type = 'contacts' AND e.to_type = 'companies'
AND e.type_id = 1 AND e.from_id = {0}.id
"""
RawRow = Mapping[str, Any]


class Loader:
    """Fills an account quickly."""

    def __init__(self, schema: Schema, records: Records, edges: Edges) -> None:
        self.schema, self.records, self.edges, self.db = schema, records, edges, records.db

    def records_of(self, object_type: str, rows: Sequence[RawRow], now_ms: int) -> list[str]:
        """Inserts records of one type; ids in the order of the rows."""
        if not rows:
            return []
        ids = self.records.reserve(object_type, len(rows))
        loaded = [self._row(object_type, each, raw, now_ms) for each, raw in zip(ids, rows, strict=True)]
        names = [*self.schema.unique_names(object_type), *(["email"] if object_type == "contacts" else [])]
        for name in names:
            self._hold(object_type, name, loaded)
        self.records.load(loaded)
        gone = [row for row in loaded if row.props.get("hs_email_optout") == "true" and "email" in row.props]
        for row in gone:
            self.db.put("optout", row.props["email"], iso(row.modified))
        return [str(each) for each in ids]

    def _row(self, object_type: str, record_id: int, raw: RawRow, now_ms: int) -> Row:
        props = {key: str(value) for key, value in raw.items() if key[0] != "_" and value not in (None, "")}
        created = millis(raw["_created"]) if "_created" in raw else now_ms
        modified = millis(raw["_modified"]) if "_modified" in raw else created
        archived = modified if raw.get("_archived") else None
        row = Row(object_type, record_id, props, created, modified, archived, origin="IMPORT")
        _normalize(row)
        if object_type == "deals":
            props.setdefault("pipeline", "default")
            extra = consequences(self.schema, row, {}, now_ms)
            props |= {key: value for key, value in extra.items() if value is not None}
        return row

    def _hold(self, object_type: str, name: str, rows: list[Row]) -> None:
        """Notes who has a unique value; a value that another record has is dropped."""
        sql = "SELECT value FROM uniques WHERE type = ? AND name = ?"
        taken = {value for (value,) in self.db.rows(sql, object_type, name)}
        params = []
        for row in rows:
            value = row.props.get(name)
            if value is None or row.archived is not None:
                continue
            if value in taken:
                del row.props[name]
            else:
                taken.add(value)
                params.append((object_type, name, value, row.id))
        self.db.run_many("INSERT INTO uniques VALUES (?, ?, ?, ?)", params)

    def associations(self, pair: Pair, links: Sequence[tuple[int, int]]) -> None:
        """Associates many records; contacts then know their primary company."""
        self.edges.load(pair, links)
        if set(pair) == {"contacts", "companies"}:
            for table in ("records", "indexed"):
                self.db.run(_PRIMARY.format(table))

    def owner(self, given: RawRow, now: str) -> str:
        """Adds one owner; returns the id."""
        owner_id = str(given.get("id") or self.records.next_id("owner") + 600_000_000)
        self.schema.put_owner(_owner(owner_id, given, now))
        return owner_id


def _normalize(row: Row) -> None:
    if row.type == "contacts" and "email" in row.props:
        row.props["email"] = row.props["email"].strip().lower()
        row.props["hs_email_domain"] = row.props["email"].rpartition("@")[2]
    if row.type == "companies" and "domain" in row.props:
        row.props["domain"] = domain_of(row.props["domain"])
    stage = row.props.get("dealstage" if row.type == "deals" else "lifecyclestage")
    if stage:
        row.props.setdefault(f"hs_v2_date_entered_{stage}", iso(row.created))


def _owner(owner_id: str, given: Mapping[str, Any], now: str) -> dict[str, Any]:
    archived = bool(given.get("archived", False))
    user_id = int(given.get("userId") or int(owner_id) % 100_000_000)
    return {
        "id": owner_id,
        "email": given.get("email"),
        "type": given.get("type", "PERSON"),
        "firstName": given.get("firstName", ""),
        "lastName": given.get("lastName", ""),
        "userId": None if archived else user_id,
        "userIdIncludingInactive": user_id,
        "createdAt": given.get("createdAt", now),
        "updatedAt": given.get("updatedAt", now),
        "archived": archived,
        "teams": list(given.get("teams", ())),
    }
