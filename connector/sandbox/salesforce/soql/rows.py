"""Result rows to the JSON that Salesforce answers.

In: SQL rows and the plan of a Compiled query. Out: dicts with `attributes`, fields and nested parents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import orjson

from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.soql.plan import Alternatives, Branch, Compiled, Entry, Leaf

Json = dict[str, object]
Raw = Sequence[Value]
URL_NAMES = {"00Q": "Lead", "003": "Contact", "001": "Account", "005": "User", "006": "Opportunity"} | {
    "00G": "Group",
    "701": "Campaign",
}


def record_shaper(compiled: Compiled, base: str) -> Callable[[Iterable[Raw]], list[Json]]:
    """A function from SQL rows to records; `base` is the path up to the version (`/services/data/v64.0`)."""
    type_name = compiled.kind.name
    tooling = "/tooling" if compiled.kind.tooling else ""
    prefix = f"{base}{tooling}/sobjects/{type_name}/"
    leaves = [entry for entry in compiled.entries if isinstance(entry, Leaf) and entry.shown == "plain"]
    if len(leaves) == len(compiled.entries):
        pairs = [(leaf.name, leaf.at) for leaf in leaves]

        def flat(rows: Iterable[Raw]) -> list[Json]:
            return [
                {
                    "attributes": {"type": type_name, "url": prefix + str(row[1])},
                    **{name: row[at] for name, at in pairs},
                }
                for row in rows
            ]

        return flat
    return lambda rows: [
        _filled({"attributes": {"type": type_name, "url": prefix + str(row[1])}}, compiled.entries, row, base)
        for row in rows
    ]


def aggregate_rows(compiled: Compiled, rows: Iterable[Raw]) -> list[Json]:
    """Rows of a query with aggregates."""
    return [_filled({"attributes": {"type": "AggregateResult"}}, compiled.entries, row, "") for row in rows]


def _filled(record: Json, entries: list[Entry], row: Raw, base: str) -> Json:
    for entry in entries:
        if isinstance(entry, Branch):
            record[entry.name] = _parent(entry, row, base)
        elif isinstance(entry, Alternatives):
            record[entry.name] = _alternative(entry, row, base)
        elif entry.shown == "plain":
            record[entry.name] = row[entry.at]
        else:
            record[entry.name] = _shown(entry, row)
    return record


def _parent(branch: Branch, row: Raw, base: str) -> Json | None:
    parent_id = row[branch.id_at]
    if not isinstance(parent_id, str):
        return None
    type_name = (
        URL_NAMES.get(parent_id[:3], branch.type_name) if branch.type_name == "Name" else branch.type_name
    )
    attributes = {"type": branch.type_name, "url": f"{base}/sobjects/{type_name}/{parent_id}"}
    return _filled({"attributes": attributes}, branch.entries, row, base)


def _alternative(entry: Alternatives, row: Raw, base: str) -> Json | None:
    """The parent with the fields for its type; null when nothing is said for that."""
    parent_id = row[entry.id_at]
    if not isinstance(parent_id, str):
        return None
    chosen = entry.of_type.get(URL_NAMES[parent_id[:3]], entry.otherwise)
    return None if chosen is None else _parent(chosen, row, base)


def _shown(leaf: Leaf, row: Raw) -> object:
    value = row[leaf.at]
    if leaf.shown == "address":
        return address(row[leaf.at : leaf.at + 8])
    if leaf.shown == "text":
        return leaf.as_text(value)
    if leaf.shown == "any":
        return any_type(value)
    return None if value is None else bool(value)


def any_type(stored: Value) -> object:
    """A value of any type, which is stored as JSON."""
    return orjson.loads(stored) if isinstance(stored, str) else None


def address(parts: Raw) -> Json | None:
    """The compound of street, city, state, postal code, country, latitude, longitude and accuracy."""
    if all(part is None for part in parts):
        return None
    street, city, state, postal_code, country, latitude, longitude, accuracy = parts
    return {
        "city": city,
        "country": country,
        "geocodeAccuracy": accuracy,
        "latitude": latitude,
        "longitude": longitude,
        "postalCode": postal_code,
        "state": state,
        "street": street,
    }
