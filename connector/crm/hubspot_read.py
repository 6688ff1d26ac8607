"""Reading HubSpot records: list, search and batch read.

Enters: object names, ids, values, property names. Leaves: records as they are now, or, from search, ids and
stamps that say where to look. It reads no associations. Source: HubSpot's "CRM objects" and "Search the
CRM" pages.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from connector.crm.base import Version
from connector.crm.hubspot_history import versions
from connector.crm.hubspot_records import MERGED_IDS, after, modified_property, records, results
from connector.crm.hubspot_wire import HubSpotWire
from connector.crm.wire import VendorRefusal, chunked
from connector.errors import Stop
from connector.model import Record

T = TypeVar("T")

LIST_PAGE = 100
SEARCH_PAGE = 200
READ_BATCH = 100
HISTORY_BATCH = 50
URL_ROOM = 6000
SEARCH_BODY = 2900
"""Characters of a search body; HubSpot refuses more than 3,000."""

_SEARCH_FRAME = 450
_SEARCH_VALUES = 100

Filter = Mapping[str, Any]


class Reader:
    """The reading calls. A refusal of a whole call is nobody's record: it becomes a Stop."""

    def __init__(self, wire: HubSpotWire) -> None:
        self._wire = wire

    def ask(
        self, kind: str, method: Callable[..., Any], *args: Any, expect: Callable[[Any], T], **kw: Any
    ) -> T:
        """Any call of the client that reads."""
        try:
            return self._wire.call(kind, method, *args, expect=expect, **kw)
        except VendorRefusal as refusal:
            raise stop(refusal, kind) from refusal

    # ------------------------------------------------------------ list

    def live(self, type: str, own: Sequence[str]) -> Iterator[list[Record]]:
        """All live records by id, 100 a page, from the primary store.

        With more property names than a URL holds, the values come by batch read.
        """
        fits = sum(map(len, own)) + 12 * len(own) < URL_ROOM
        properties = [*own, MERGED_IDS] if fits else [MERGED_IDS]
        cursor: str | None = None
        while True:
            page, cursor = self._list_page(type, own, properties, cursor)
            yield page if fits else self.batch(type, [record.ref.id for record in page], own)
            if cursor is None:
                return

    def _list_page(
        self, type: str, own: Sequence[str], properties: Sequence[str], cursor: str | None
    ) -> tuple[list[Record], str | None]:
        return self.ask(
            f"list {type}",
            self._wire.sdk.crm.objects.basic_api.get_page,
            type,
            limit=LIST_PAGE,
            properties=properties,
            expect=lambda data: (records(type, results(data), own), after(data)),
            **({"after": cursor} if cursor else {}),
        )

    # ------------------------------------------------------------ search

    def since(self, type: str, moment: datetime) -> Iterator[list[Record]]:
        """Ids and stamps of what changed at or after ``moment``, as the index knows it."""
        return self.search(type, _changed_since(type, moment), [modified_property(type)])

    def newest(self, type: str, moment: datetime) -> tuple[list[Record], int]:
        """The 200 newest of what changed at or after ``moment``, and how many there are in all."""
        name = modified_property(type)
        body = {
            "filterGroups": [{"filters": [_changed_since(type, moment)]}],
            "sorts": [{"propertyName": name, "direction": "DESCENDING"}],
            "properties": [name, MERGED_IDS],
            "limit": SEARCH_PAGE,
        }
        return self.ask(
            f"search {type}",
            self._wire.sdk.crm.objects.search_api.do_search,
            type,
            body,
            expect=lambda data: (records(type, results(data), ()), int(data["total"])),
        )

    def search(self, type: str, condition: Filter, properties: Sequence[str]) -> Iterator[list[Record]]:
        """All records that match, by id. Only ids and stamps may be used.

        Each page asks anew for ids above the last one: offset paging ends at 10,000 rows and skips rows
        when records change meanwhile.
        """
        last = "0"
        while True:
            body = _search_body(condition, last, properties)
            rows, more = self.ask(
                f"search {type}",
                self._wire.sdk.crm.objects.search_api.do_search,
                type,
                body,
                expect=lambda data: (records(type, results(data), ()), after(data)),
            )
            if rows:
                rows.sort(key=_number)
                yield rows
                last = rows[-1].ref.id
            if more is None or not rows:
                return

    # ------------------------------------------------------------ batch read

    def by_asked(
        self, type: str, asked: Sequence[str], own: Sequence[str], *, archived: bool = False
    ) -> dict[str, Record]:
        """Records by the id asked for: an id that was merged gives the survivor, which names it as
        absorbed."""
        found: dict[str, Record] = {}
        for part in chunked(asked, READ_BATCH):
            answered = self.batch(type, part, own, archived=archived)
            now = {record.ref.id: record for record in answered}
            former = {old: record for record in answered for old in record.absorbed}
            for id in part:
                record = now.get(id) or former.get(id)
                if record is not None:
                    found[id] = record
        return found

    def batch(
        self,
        type: str,
        ids: Sequence[str],
        own: Sequence[str],
        *,
        archived: bool = False,
        id_property: str | None = None,
    ) -> list[Record]:
        """At most 100 records by id or by a unique property. What is missing is left out by HubSpot."""
        body: dict[str, Any] = {
            "properties": [*own, MERGED_IDS],
            "propertiesWithHistory": [],
            "inputs": [{"id": id} for id in ids],
        }
        if id_property:
            body["idProperty"] = id_property
        return self.ask(
            f"batch read {type}",
            self._wire.sdk.crm.objects.batch_api.read,
            type,
            body,
            expect=lambda data: records(type, results(data), own),
            **({"archived": True} if archived else {}),
        )

    def versions(self, type: str, ids: Sequence[str], column: str) -> dict[str, tuple[Version, ...]]:
        """What a property was, oldest first, 50 ids a request."""
        found: dict[str, tuple[Version, ...]] = {}
        for part in chunked(ids, HISTORY_BATCH):
            body = {
                "properties": ["hs_object_id"],
                "propertiesWithHistory": [column],
                "inputs": [{"id": id} for id in part],
            }
            found |= self.ask(
                f"property history {type}",
                self._wire.sdk.crm.objects.batch_api.read,
                type,
                body,
                expect=lambda data: versions(results(data), column),
            )
        return found


def stop(refusal: VendorRefusal, kind: str) -> Stop:
    """A refusal that concerns no single record: a person must look."""
    return Stop(
        f"{refusal.message} ({kind}, status {refusal.status})",
        fix="Check the property names in the mapping files with: smarketing check --live",
        reason="refused",
    )


def fitting(keys: Sequence[str], column: str) -> Iterator[list[str]]:
    """Values in groups whose search body stays below HubSpot's limit; one that never fits is left out."""
    room = SEARCH_BODY - _SEARCH_FRAME - len(column)
    part: list[str] = []
    size = 0
    for key in keys:
        cost = len(json.dumps(key)) + 2  # as the client writes it, all but ASCII escaped
        if cost > room:
            continue
        if part and (size + cost > room or len(part) == _SEARCH_VALUES):
            yield part
            part, size = [], 0
        part.append(key)
        size += cost
    if part:
        yield part


def _changed_since(type: str, moment: datetime) -> Filter:
    stamp = str(int(moment.timestamp() * 1000))
    return {"propertyName": modified_property(type), "operator": "GTE", "value": stamp}


def _search_body(condition: Filter, last: str, properties: Sequence[str]) -> dict[str, Any]:
    above = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
    return {
        "filterGroups": [{"filters": [condition, above]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": [*properties, MERGED_IDS],
        "limit": SEARCH_PAGE,
    }


def _number(record: Record) -> int:
    return int(record.ref.id)
