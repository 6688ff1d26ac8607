"""Associating two records, and what HubSpot does by itself when it happens.

What enters: pairs of types, ids of records that live. What leaves: edges, events for webhooks, stages and
primary companies that follow. Needs a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from connector.sandbox.hubspot.catalog import CRM_OBJECTS, ENGAGEMENTS
from connector.sandbox.hubspot.edges import Edges, Pair
from connector.sandbox.hubspot.errors import too_many_associations
from connector.sandbox.hubspot.records import Records
from connector.sandbox.hubspot.sources import API, Source
from connector.sandbox.hubspot.webhooks import Webhooks
from connector.sandbox.hubspot.writes import Writer


class Links:
    """The associations of an account. `now_ms` tells the present."""

    def __init__(
        self, edges: Edges, records: Records, writer: Writer, webhooks: Webhooks, now_ms: Callable[[], int]
    ) -> None:
        self.edges, self.records, self.writer, self.webhooks = edges, records, writer, webhooks
        self._now_ms = now_ms

    def link(
        self,
        pair: Pair,
        from_id: int,
        to_id: int,
        type_ids: Iterable[int] = (),
        source: Source = API,
    ) -> list[int]:
        """Associates records that live and lets HubSpot's own automation follow."""
        fresh = to_id not in self.edges.of(pair[0], from_id, pair[1])
        if fresh:
            self._check_room(pair, from_id)
            self._check_room((pair[1], pair[0]), to_id)
        types = self.edges.link(pair, from_id, to_id, type_ids)
        self._linked(pair, from_id, to_id)
        if fresh:
            self.webhooks.tell_association(pair, from_id, to_id, types, source, removed=False)
        if fresh and (set(pair) & ENGAGEMENTS.keys()):
            for name, record_id in ((pair[0], from_id), (pair[1], to_id)):
                if name in CRM_OBJECTS:
                    self.writer.activity(name, record_id, self._now_ms())
            return types
        deal_id = from_id if pair[0] == "deals" else to_id if pair[1] == "deals" else None
        deal = self.records.get("deals", deal_id) if fresh and deal_id is not None else None
        if deal is not None:
            self.writer.deal_moved(deal, self._now_ms())
        return types

    def unlink(
        self, pair: Pair, from_id: int, to_id: int, type_ids: Iterable[int] | None, source: Source
    ) -> None:
        """Removes types from a pair, None all of them."""
        before = self.edges.of(pair[0], from_id, pair[1]).get(to_id, [])
        self.edges.unlink(pair, from_id, to_id, type_ids)
        self._linked(pair, from_id, to_id)
        if before and to_id not in self.edges.of(pair[0], from_id, pair[1]):
            self.webhooks.tell_association(pair, from_id, to_id, before, source, removed=True)

    def _check_room(self, pair: Pair, record_id: int) -> None:
        most = self.writer.switches.association_limits.get(pair)
        if most is not None and len(self.edges.of(pair[0], record_id, pair[1])) >= most:
            raise too_many_associations(pair, record_id, most)

    def _linked(self, pair: Pair, from_id: int, to_id: int) -> None:
        """Keeps the primary company of the contact concerned true."""
        if set(pair) == {"contacts", "companies"}:
            self.writer.primary_changed(from_id if pair[0] == "contacts" else to_id, self._now_ms())
