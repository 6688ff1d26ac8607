"""Rows for a first filling of the org, made ready without the checks that single writes go through.

In: mappings of field names to plain values. Out: complete rows in stored form. It writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from connector.sandbox.salesforce import rules
from connector.sandbox.salesforce.derive import Known, complete
from connector.sandbox.salesforce.effects import account_of
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row
from connector.sandbox.salesforce.values import parse_row


def prepared(org: Org, kind: ObjectType, rows: Iterable[Mapping[str, object]]) -> Iterator[Row]:
    """Complete rows with ids, stamps, defaults and derived fields. Raises ApiError for unknown fields."""
    defaults = _defaults(org, kind)
    known = Known(org.stages(), lambda record: account_of(org, record))
    now = org.stamp()
    for given in rows:
        row = {**defaults, **parse_row(kind, _public(given)), **_old_addresses(kind, given)}
        row["Id"] = _given_id(given) or org.db.next_id(kind)
        _stamp(row, given, now)
        yield rules.fill(org, kind.name, complete(kind.name, row, None, given.keys(), known))


def _public(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if not name.startswith("_")}


def _old_addresses(kind: ObjectType, given: Mapping[str, object]) -> Row:
    """Email addresses as they stand in an old company, capitals included.

    Assumption: records from before Salesforce turned them into small letters keep what they had.
    """
    emails = {name: given.get(name) for name in kind.emails}
    return {name: value.strip() for name, value in emails.items() if isinstance(value, str) and value.strip()}


def _given_id(given: Mapping[str, object]) -> str | None:
    value = given.get("Id")
    return to_18(value) if isinstance(value, str) else None


def _stamp(row: Row, given: Mapping[str, object], now: str) -> None:
    """Stamps that the row brings along stay: an old company has an old history."""
    created, modified = given.get("_created"), given.get("_modified")
    first = stamp(created) if isinstance(created, datetime) else now
    last = stamp(modified) if isinstance(modified, datetime) else first
    for name, value in (("CreatedDate", first), ("LastModifiedDate", last), ("SystemModstamp", last)):
        if row.get(name) is None:
            row[name] = value


def _defaults(org: Org, kind: ObjectType) -> Row:
    people = {name: org.user for name in ("OwnerId", "CreatedById", "LastModifiedById")}
    return kind.defaults | {name: user for name, user in people.items() if name in kind.defaults}
