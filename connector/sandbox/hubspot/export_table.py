"""The rows and cells of an export.

What enters: the body of an export request. What leaves: CSV text, or an `ApiError` 400.
Source: HubSpot developers, "Export CRM data" guide. Assumptions: datetimes are in the account's zone; the
header of the column with associated records; filters ask the search index, without its wall.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from connector.sandbox.hubspot.catalog import SINGULAR, TYPE_NAMES
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.edges import DEFAULT_TYPE
from connector.sandbox.hubspot.errors import invalid, malformed
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.search import find
from connector.sandbox.hubspot.search_query import parse
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import parse_moment

ALL, CHUNK = 10**9, 1_000


def csv_text(store: HubSpotStore, type_name: str, names: list[str], body: dict[str, Any]) -> str:
    """Labels, or internal names and values when they are asked for; unknown properties are left out."""
    options = body.get("exportInternalValuesOptions") or []
    if not isinstance(options, list):
        raise malformed("exportInternalValuesOptions must be a list")
    internal = {str(each) for each in options}
    known = [found for name in names if (found := store.schema.shown(type_name, name)) is not None]
    other = _other_type(type_name, body.get("associatedObjectType"))
    head = ["Record ID", *(each.name if "NAMES" in internal else each.label for each in known)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*head, f"Associated {SINGULAR[other].capitalize()} IDs"] if other else head)
    rows = _rows(store, type_name, body)
    while chunk := list(islice(rows, CHUNK)):
        edges = store.edges.of_many(type_name, [row.id for row in chunk], other) if other else {}
        for row in chunk:
            cells = [_shown(each, value_of(row, each.name), internal, store.limits.zone) for each in known]
            more = [";".join(str(each) for each in edges.get(row.id, {}))] if other else []
            writer.writerow([row.id, *cells, *more])
    return out.getvalue()


def _other_type(type_name: str, asked: Any) -> str | None:
    if not asked:
        return None
    other = TYPE_NAMES.get(str(asked).lower())
    if other is None or (type_name, other) not in DEFAULT_TYPE:
        raise invalid(f"Unable to infer object type from: {asked}", name="associatedObjectType")
    return other


def _rows(store: HubSpotStore, type_name: str, body: dict[str, Any]) -> Iterator[Row]:
    kind = body.get("exportType")
    if kind == "LIST":
        found = store.lists.get(str(body.get("listId")))
        if TYPE_NAMES[found["objectTypeId"]] != type_name:
            raise invalid("The list holds records of another type", name="listId")
        return _by_id(store, type_name, store.lists.members(found, store.now_ms()))
    if kind != "VIEW":
        raise invalid("exportType must be VIEW or LIST", name="exportType")
    if body.get("publicCrmSearchRequest"):
        return _by_id(store, type_name, _searched(store, type_name, body["publicCrmSearchRequest"]))
    return (row for row in store.records.every(type_name) if row.archived is None)


def _by_id(store: HubSpotStore, type_name: str, ids: Iterable[int]) -> Iterator[Row]:
    """Living rows in the order of their ids given."""
    waiting = iter(ids)
    while chunk := list(islice(waiting, CHUNK)):
        found = store.records.get_many(type_name, chunk)
        yield from (found[each] for each in chunk if each in found and found[each].archived is None)


def _searched(store: HubSpotStore, type_name: str, asked: Any) -> list[int]:
    """Ids of all that a search finds; the search's own limits hold for its filters."""
    if not isinstance(asked, dict):
        raise malformed("publicCrmSearchRequest must be an object")
    sorts = asked.get("sorts") or []
    if not isinstance(sorts, list) or not all(isinstance(each, dict) for each in sorts):
        raise malformed("sorts must be a list of objects")
    ways = {"ASC": "ASCENDING", "DES": "DESCENDING"}
    sorts = [{"direction": ways.get(str(each.get("order"))), **each} for each in sorts]
    query = parse(store.schema, type_name, b"", {**asked, "sorts": sorts, "limit": 1, "after": None})
    return find(store, type_name, replace(query, limit=ALL))[1]


def _shown(definition: Property, value: str | None, internal: set[str], zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if definition.type == "datetime":
        moment = datetime.fromtimestamp((parse_moment(value) or 0) / 1000, UTC)
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if definition.type == "enumeration" and "VALUES" not in internal:
        labels = {option.value: option.label for option in definition.options}
        return ";".join(labels.get(each, each) for each in value.split(";"))
    return value
