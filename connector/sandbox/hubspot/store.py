"""The simulated HubSpot without HTTP: one account's records, definitions and people.

What enters: calls of the HTTP layer, of the seeded company, of simulated people at work. What leaves: rows.
It never speaks HTTP and never sleeps: time is the clock's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.edges import Edges
from connector.sandbox.hubspot.errors import ApiError, not_found
from connector.sandbox.hubspot.imports.jobs import Imports
from connector.sandbox.hubspot.limits import Limits, ReadsTime
from connector.sandbox.hubspot.linking import Links
from connector.sandbox.hubspot.list_store import Lists
from connector.sandbox.hubspot.loading import Loader
from connector.sandbox.hubspot.merging import merge
from connector.sandbox.hubspot.people import PeopleAtWork
from connector.sandbox.hubspot.records import Records, Row, version_json
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.sources import Source, person
from connector.sandbox.hubspot.switches import Switches
from connector.sandbox.hubspot.tokens import TOKEN, Tokens
from connector.sandbox.hubspot.values import iso, millis
from connector.sandbox.hubspot.webhooks import Webhooks
from connector.sandbox.hubspot.writes import Writer

BIN_MS = 90 * 86_400_000


class HubSpotStore(PeopleAtWork):
    """One HubSpot account. Its settings may be changed at any time: `switches`, and

    - `index_lag_s`: seconds by which search is late;
    - `edition` (None): the edition whose request limits are enforced, such as "professional".
    """

    def __init__(
        self, path: str, clock: ReadsTime, index_lag_s: float = 0.0, edition: str | None = None
    ) -> None:
        self.clock = clock
        self.switches = Switches()
        self.limits = Limits(clock, self.switches, edition)
        self._lag_s = index_lag_s
        self.db = Database(str(path))
        self.schema = Schema(self.db)
        self.edges = Edges(self.db)
        self.records = Records(
            self.db, lambda: int(self._lag_s * 1000), lambda: int(self.switches.index_jitter_s * 1000)
        )
        self.webhooks = Webhooks(self.db, clock)
        self.writer = Writer(self.schema, self.records, self.edges, self.webhooks, self.switches)
        self.links = Links(self.edges, self.records, self.writer, self.webhooks, self.now_ms)
        self.lists = Lists(self.schema, self.records, self.edges)
        self.imports = Imports(self.db, self.writer, self.lists, self.links.link)
        self._loader = Loader(self.schema, self.records, self.edges)
        self.tokens = Tokens(self.db, self.switches)
        self.counted: tuple[tuple[Any, ...], int] = ((), 0)
        """The last count of search: what was asked for, and how many there were."""
        if not self.db.scalar("SELECT count(*) FROM indexed") or not index_lag_s:
            self.records.rebuild_index()

    def close(self) -> None:
        """Ends the webhooks and closes the database."""
        self.webhooks.close()
        self.db.close()

    def reset(self) -> None:
        """An empty account with HubSpot's own properties; settings start afresh, not the lag."""
        self.webhooks.configure(None)
        with self.db.lock:
            self.db.clear()
            self.records.forget_ids()
            self.schema.reload()
            self.imports.refresh()
            self.switches.reset()
            self.tokens.private = {TOKEN}
            self.limits.reset()

    def become(self, other: HubSpotStore) -> None:
        """Holds what another account holds, and nothing else. Settings stay."""
        with self.db.lock:
            self.db.become(other.db)
            self.records.forget_ids()
            self.schema.reload()
            self.imports.refresh()
            self.records.rebuild_index()

    @property
    def index_lag_s(self) -> float:
        """Seconds of virtual time by which search is late."""
        return self._lag_s

    @index_lag_s.setter
    def index_lag_s(self, seconds: float) -> None:
        with self.db.lock:
            was, self._lag_s = self._lag_s, seconds
            if bool(was) != bool(seconds):
                self.records.rebuild_index()

    @property
    def edition(self) -> str | None:
        """The edition whose request limits are enforced, or None. Setting another word raises ValueError."""
        return self.limits.edition

    @edition.setter
    def edition(self, name: str | None) -> None:
        self.limits.edition = name

    def revoke(self, token: str) -> None:
        """Makes a private app's token invalid from now on."""
        self.tokens.private.discard(token)

    def allow(self, token: str) -> None:
        """Makes a token valid, as that of another private app."""
        self.tokens.private.add(token)

    def now_ms(self) -> int:
        """The present in epoch milliseconds."""
        return millis(self.clock.now())

    def tick_ms(self) -> int:
        """The present for a write, in epoch milliseconds."""
        self.clock.tick()
        return self.now_ms()

    def catch_up(self) -> None:
        """Does what became due since somebody last looked: rows of imports."""
        with self.db.lock:
            self.imports.catch_up(self.now_ms())

    def bin_start_ms(self) -> int:
        """What was archived before this moment can neither be seen nor restored."""
        return self.now_ms() - BIN_MS

    def in_bin(self, row: Row) -> bool:
        """Whether a record is archived, by itself and not by a merge, and not for 90 days yet."""
        return row.archived is not None and row.archived >= self.bin_start_ms() and row.merged_into is None

    # Ground truth

    def get(self, object_type: str, record_id: str | int) -> dict[str, Any] | None:
        """Everything about one record (archived ones too); an id that was merged gives the survivor."""
        self.catch_up()
        name = TYPE_NAMES[object_type]
        row = self.records.get(name, self.records.survivor(name, int(record_id)))
        return None if row is None else self.truth(row)

    def all(self, object_type: str, include_deleted: bool = True) -> Iterator[dict[str, Any]]:
        """All records of a type with all they hold, or all "owners". Raises KeyError for other types."""
        if object_type == "owners":
            yield from list(self.schema.owners.values())
            return
        self.catch_up()
        for row in self.records.every(TYPE_NAMES[object_type]):
            if include_deleted or row.archived is None:
                yield self.truth(row)

    def truth(self, row: Row) -> dict[str, Any]:
        """A record with all its values and associations: {id, properties, associations, createdAt, ...}."""
        others: dict[str, dict[int, list[int]]] = {}
        for edge in self.edges.all_of(row.type, row.id):
            others.setdefault(edge.to_type, {}).setdefault(edge.to_id, []).append(edge.type_id)
        out: dict[str, Any] = {
            "id": str(row.id),
            "properties": {**row.props, "hs_object_id": str(row.id)},
            "createdAt": iso(row.created),
            "updatedAt": iso(row.modified),
            "archived": row.archived is not None,
            "associations": {
                name: [{"id": str(to_id), "typeIds": types} for to_id, types in found.items()]
                for name, found in others.items()
            },
        }
        if row.archived is not None:
            out["archivedAt"] = iso(row.archived)
        if row.merged_into is not None:
            out["mergedInto"] = str(row.merged_into)
        return out

    def history(self, object_type: str, record_id: str | int, name: str) -> list[dict[str, Any]]:
        """Versions of one property, newest first, as propertiesWithHistory shows them."""
        row = self.live(object_type, record_id)
        return self.versions(row, [name])[name]

    # Bulk loading

    def load(self, object_type: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Inserts many records in one transaction, unchecked; returns their ids in order.

        A row holds texts by property name and may hold aware datetimes under "_created" and "_modified"
        and a true "_archived". Emails and domains are normalized; of two equal emails the first keeps its
        own and the second loses it, since HubSpot could not hold both.
        """
        with self.db.transaction():
            return self._loader.records_of(TYPE_NAMES[object_type], rows, self.now_ms())

    def load_associations(
        self, from_type: str, to_type: str, pairs: Iterable[tuple[str | int, str | int]]
    ) -> None:
        """Associates many records at once; the first company of each contact or deal becomes its primary."""
        links = [(int(from_id), int(to_id)) for from_id, to_id in pairs]
        with self.db.transaction():
            self._loader.associations((TYPE_NAMES[from_type], TYPE_NAMES[to_type]), links)

    def load_owners(self, owners: Iterable[Mapping[str, Any]]) -> list[str]:
        """Adds owners: email, firstName, lastName, archived?, id?, userId?, type?. Returns their ids."""
        with self.db.transaction():
            return [self._loader.owner(owner, iso(self.now_ms())) for owner in owners]

    def merge(
        self, object_type: str, primary_id: str | int, loser_id: str | int, source: Source | None = None
    ) -> str:
        """Merges the second record into the first; returns the id of the survivor (a new one).

        Without a `source` a person does it.
        """
        with self.db.transaction():
            primary, loser = self.live(object_type, primary_id), self.live(object_type, loser_id)
            survivor = merge(self.writer, primary, loser, self.tick_ms(), source or person())
        return str(survivor.id)

    def associate(
        self,
        from_type: str,
        from_id: str | int,
        to_type: str,
        to_id: str | int,
        type_id: int | None = None,
    ) -> list[int]:
        """Associates two records, unlabeled or with a type; returns the pair's types. Raises ApiError 404."""
        source, target = TYPE_NAMES[from_type], TYPE_NAMES[to_type]
        with self.db.transaction():
            first, second = self.live(source, from_id), self.live(target, to_id)
            types = [] if type_id is None else [type_id]
            return self.links.link((source, target), first.id, second.id, types, person())

    def dissociate(self, from_type: str, from_id: str | int, to_type: str, to_id: str | int) -> None:
        """Removes the whole association of two records."""
        pair = (TYPE_NAMES[from_type], TYPE_NAMES[to_type])
        with self.db.transaction():
            self.links.unlink(pair, int(from_id), int(to_id), None, person())

    # Finding

    def live(self, object_type: str, record_id: str | int, follow: bool = True) -> Row:
        """A living row by id, through aliases unless `follow` is false. Raises ApiError 404."""
        name = TYPE_NAMES[object_type]
        text = str(record_id)
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
        row = self.records.get(name, self.records.survivor(name, number) if follow else number)
        if row is None or row.archived is not None:
            raise not_found()
        return row

    def versions(self, row: Row, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Versions of properties, newest first; unknown properties are left out."""
        stored = self.records.versions(row)
        out = {}
        for name in names:
            if self.schema.find(row.type, name) is None:
                continue
            value = value_of(row, name)
            first = [] if value is None else [[row.created, value, row.origin, "", None]]
            out[name] = [version_json(each) for each in reversed(stored.get(name, first))]
        return out


__all__ = ["ApiError", "HubSpotStore", "ReadsTime"]
