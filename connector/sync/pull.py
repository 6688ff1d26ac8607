"""Pull: find out what changed and read it.

Enters: two CRMs, cursors, the spool. Leaves: records in the spool and the refs that were touched. Never: a
decision about any field.

An index only says which records to look at; values come from the record itself, by id. Rows that were seen
with the same stamp cost nothing more than their place on the page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from connector.crm.base import Crm
from connector.errors import Stop
from connector.mapping.convert import Context
from connector.mapping.objects import ID_PREFIXES
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import How, Kind, Link, LinkState, Page, Record, Ref, Side
from connector.state.key import Key
from connector.state.spool import Spool
from connector.state.store import Store
from connector.sync.match import (
    FIRST_MATCH_KEY,
    PARTNER_KEY,
    MatchKeyValue,
    as_id,
    converted_into,
    further_addresses,
    is_email_key,
    is_live,
    keys_of,
    partner_key,
)
from connector.sync.progress import Progress

SECONDARY_KEY, SHARED_KEY = 50, 100
"""Added to the number of a key that is a person's further address, and of one that is a role address."""

CHUNK = 500
READ = 1000
"""Records read together after a partial pull: ten batches of HubSpot, one of Salesforce."""

HOPS = 5
"""How many merges and conversions in a row are followed."""


@dataclass(slots=True)
class Puller:
    """Reads for one run. ``columns``: per (side, type), the raw fields to read that this user can see."""

    crms: Mapping[Side, Crm]
    store: Store
    spool: Spool
    key: Key
    ctx: Context
    columns: Mapping[tuple[Side, str], tuple[str, ...]]
    progress: Progress
    row: Callable[[Record], bytes]
    gone: set[Ref] = field(default_factory=set)
    absorbed: dict[Ref, list[Ref]] = field(default_factory=dict)
    """Records that swallowed others (merge, conversion): survivor -> the records it replaced."""

    # ------------------------------------------------------------ what to look at

    def everything(self, objects: ObjectMap) -> dict[tuple[Side, Kind], int]:
        """Read every live record of a kind from both sides into the spool; how many there are."""
        counts: dict[tuple[Side, Kind], int] = {}
        for side, types in objects.types.items():
            done = 0
            for type in types:
                for page in self.crms[side].scan(type, self.columns[side, type]):
                    self._keep(page.records, objects)
                    done += sum(is_live(r) for r in page.records)
                    self.progress.step(f"read {side} {type}", done, None)
            counts[side, objects.kind] = done
        return counts

    def changes(
        self, objects: ObjectMap, since: Mapping[tuple[Side, str], datetime], *, thorough: bool
    ) -> list[Ref]:
        """Refs of records that changed since the cursors, exact ones in the spool; rows seen before are left
        out.

        Where a CRM tells the total with its newest rows, and we know as many records of that time and all of
        these rows, the rest is not asked for: it could only hold an edit that the index showed late.
        ``thorough`` asks in any case.
        """
        touched: dict[Ref, None] = {}
        for side, types in objects.types.items():
            for type in types:
                for page in self.crms[side].changed(type, since[side, type], self.columns[side, type]):
                    fresh = self._unseen(side, type, page)
                    if page.exact:
                        self._keep(fresh, objects)
                    touched.update((record.ref, None) for record in fresh)
                    self.progress.step(f"read {side} {type}", len(touched), None)
                    if not fresh and not thorough and page.total == self._known(side, type, since):
                        break
        return list(touched)

    def _known(self, side: Side, type: str, since: Mapping[tuple[Side, str], datetime]) -> int:
        return self.store.count_stamped(side, type, since[side, type])

    def _unseen(self, side: Side, type: str, page: Page) -> list[Record]:
        """Rows that are not as we know them. An exact row is compared by its hash, since stamps of one second
        may hide an edit; of an index row only the stamp may be trusted (HubSpot's have milliseconds)."""
        if not page.exact:
            stamps = self.store.stamps(side, type, [r.ref.id for r in page.records])
            return [r for r in page.records if r.gone or stamps.get(r.ref.id) != r.stamp]
        links = self.store.links_by_ref(record.ref for record in page.records)
        return [r for r in page.records if r.gone or not self._is_known(r, links.get(r.ref))]

    def _is_known(self, record: Record, link: Link | None) -> bool:
        if link is None:
            return False
        if record.ref in link.aliases and record.ref not in link.refs.values():
            return True
        live = link.state is not LinkState.TOMBSTONE
        return live and link.rows.get(record.ref.side) == self.row(record)

    def _keep(self, records: Iterable[Record], objects: ObjectMap) -> None:
        records = list(records)
        for record in records:
            self._note_evidence(record)
            if record.gone is None and objects.link_column[record.ref.side] not in record.values:
                raise _not_installed(objects.link_column[record.ref.side], record.ref.type)
        self.spool.put_records(records, objects.kind)
        self.spool.put_keys(
            (objects.kind, r.ref.side, r.ref.type, r.ref.id, number, hashed)
            for r in records
            if is_live(r)
            for number, hashed in self._hashed_keys(r, objects)
        )

    def _note_evidence(self, record: Record) -> None:
        ref = record.ref
        if record.gone is not None:
            self.gone.add(ref)
            into = converted_into(record.gone)
            if into is not None and ref not in self.absorbed.setdefault(into, []):
                self.absorbed[into].append(ref)
        for old in record.absorbed:
            before = Ref(ref.side, ref.type, old)
            if before not in self.absorbed.setdefault(ref, []):
                self.absorbed[ref].append(before)

    def _hashed_keys(self, record: Record, objects: ObjectMap) -> Iterator[tuple[int, bytes]]:
        for key in keys_of(record, objects, self.ctx):
            yield key.number + SHARED_KEY * key.shared + SECONDARY_KEY * key.secondary, self._hash(key)

    def _hash(self, key: MatchKeyValue) -> bytes:
        return self.key.hash(key.text, "key", str(key.number))

    def touch(self, objects: ObjectMap, refs: Iterable[Ref]) -> list[Ref]:
        """After a partial read: read the records that were touched and their partners, and find look-alikes
        of those without a partner. Leaves the refs as they are now (a merged record by its survivor)."""
        found: dict[Ref, None] = {}
        source = iter(dict.fromkeys(refs))
        while chunk := list(islice(source, READ)):
            links = self.store.links_by_ref(chunk)
            partners = [ref for link in links.values() for ref in link.refs.values()]
            records = self.read([*chunk, *partners], objects)
            survivors = [new for new, _ in self._successors(records, objects).values()]
            mine = [records[ref] for ref in dict.fromkeys([*chunk, *survivors]) if ref in records]
            found.update((record.ref, None) for record in mine)
            found.update((ref, None) for ref in chunk if ref not in records)
            known = self.store.links_by_ref(record.ref for record in mine)
            self._lookalikes(objects, [r for r in mine if is_live(r) and _is_alone(r, known.get(r.ref))])
        return list(found)

    def _lookalikes(self, objects: ObjectMap, records: list[Record]) -> None:
        """Find records on both sides that share a key with these, and those that these name by their id, and
        put them into the spool."""
        self._named(objects, records)
        for place, match in enumerate(objects.match):
            rule = objects.field(match.fields[0])
            wanted: dict[str, None] = {}
            for record in records:
                column = rule.column(record.ref.side, record.ref.type)
                raw = record.values.get(column) if column else None
                keys = {k.number for k in keys_of(record, objects, self.ctx)}
                if isinstance(raw, str) and FIRST_MATCH_KEY + place in keys:
                    wanted.update(dict.fromkeys(spellings(rule.convert.name, raw)))
                if is_email_key(match, objects):
                    wanted.update(dict.fromkeys(further_addresses(record, objects, self.ctx)))
            if not wanted:
                continue
            for side, types in objects.types.items():
                for type in types:
                    column = rule.column(side, type)
                    if column:
                        found = self.crms[side].find(type, column, list(wanted), self.columns[side, type])
                        self._keep(found, objects)

    def _named(self, objects: ObjectMap, records: list[Record]) -> None:
        """Read the records that these name by their id. Who names one that was merged or converted names what
        it became."""
        names = {record.ref: named_by(record, objects) for record in records}
        found = self.read((ref for refs in names.values() for ref in refs), objects)
        moved = self._successors(found, objects)
        self.spool.put_keys(
            (objects.kind, ref.side, ref.type, ref.id, PARTNER_KEY, self._hash(partner_key(moved[name][0])))
            for ref, named in names.items()
            for name in named
            if name in moved
        )

    # ------------------------------------------------------------ the records themselves

    def read(self, refs: Iterable[Ref], objects: ObjectMap) -> dict[Ref, Record]:
        """Present records by the ref asked for, from the spool or else from the CRM. Missing: not found,
        which proves nothing."""
        refs = list(dict.fromkeys(refs))
        found = dict(self.spool.get_records(refs))
        missing: dict[tuple[Side, str], list[str]] = {}
        for ref in refs:
            if ref not in found:
                missing.setdefault((ref.side, ref.type), []).append(ref.id)
        for (side, type), ids in missing.items():
            records = self.crms[side].read(type, ids, self.columns[side, type])
            self._keep(records.values(), objects)
            found.update((Ref(side, type, asked), record) for asked, record in records.items())
        return found

    def present(self, refs: Iterable[Ref], rules: Rules) -> dict[Ref, Record]:
        """Records of any kind, only to see whether they are there: as this run has read them, else as the CRM
        says now."""
        refs = list(refs)
        found = dict(self.spool.get_records(refs))
        missing: dict[tuple[Side, str], list[str]] = {}
        for ref in refs:
            if ref not in found:
                missing.setdefault((ref.side, ref.type), []).append(ref.id)
        own = {type: o.link_column for o in rules.objects.values() for side in Side for type in o.types[side]}
        for (side, type), ids in missing.items():
            read = self.crms[side].read(type, ids, (own[type][side],))
            found.update((Ref(side, type, asked), record) for asked, record in read.items())
        return found

    def _successors(self, found: dict[Ref, Record], objects: ObjectMap) -> dict[Ref, tuple[Ref, How]]:
        """Where records that were merged or converted live on, over several hops. ``found`` gains the
        survivors."""
        moved: dict[Ref, tuple[Ref, How]] = {}
        fresh = dict(found)
        for _ in range(HOPS):
            steps: dict[Ref, tuple[Ref, How]] = {}
            for asked, record in fresh.items():
                into = converted_into(record.gone)
                if into is not None and record.gone is not None:
                    steps[asked] = (into, record.gone.how)
                elif record.ref != asked:
                    steps[asked] = (record.ref, How.MERGED)
            if not steps:
                break
            for start, (end, how) in list(moved.items()):
                if end in steps:
                    moved[start] = (steps[end][0], How.MERGED if How.MERGED in (how, steps[end][1]) else how)
            moved.update(steps)
            fresh = self.read({end for end, _ in steps.values()} - found.keys(), objects)
            found.update(fresh)
        return moved

    def follow(
        self, links: Iterable[Link], objects: ObjectMap
    ) -> tuple[dict[str, dict[Side, Record]], dict[str, Link]]:
        """Records of each link, by link id and side, and the links with refs moved along merges and
        conversions.

        A gone record without a successor is given as it is (``gone`` set). A side that could not be read is
        missing.
        """
        links = list(links)
        found = self.read((ref for link in links for ref in link.refs.values()), objects)
        moved = self._successors(found, objects)
        records: dict[str, dict[Side, Record]] = {}
        after: dict[str, Link] = {}
        for link in links:
            for side, ref in link.refs.items():
                if ref in moved:
                    new, how = moved[ref]
                    link = repoint(link, side, new)
                    if how is How.MERGED and new in found:
                        link = without_blanks(link, found[new], objects)
            after[link.id] = link
            records[link.id] = {side: found[ref] for side, ref in link.refs.items() if ref in found}
        return records, after


def repoint(link: Link, side: Side, new: Ref) -> Link:
    """The link with one record replaced by its successor, who inherits what was agreed: an edit that has not
    been carried over yet still counts as one, and so does what people chose when they merged two records."""
    rows = {s: r for s, r in link.rows.items() if s is not side}
    return replace(link, refs={**link.refs, side: new}, rows=rows, pending=link.pending or "moved")


def without_blanks(link: Link, survivor: Record, objects: ObjectMap) -> Link:
    """The link without the survivor's bases of fields that the merge left blank: there the other record had
    nothing, and nobody has cleared anything. They are filled as at first contact."""
    ref = survivor.ref
    columns = {rule.name: rule.column(ref.side, ref.type) for rule in objects.fields}
    blank = {name for name, column in columns.items() if column and survivor.values.get(column, "") is None}
    base = {name: mark for name, mark in link.bases.get(ref.side, {}).items() if name not in blank}
    return replace(link, bases={**link.bases, ref.side: base})


def _is_alone(record: Record, link: Link | None) -> bool:
    return link is None or (link.state is not LinkState.LINKED and record.ref in link.refs.values())


def named_by(record: Record, objects: ObjectMap) -> list[Ref]:
    """Records of the other CRM whose ids this one holds, left by us or by HubSpot's own integration. In
    Salesforce an id tells the object."""
    side = record.ref.side.other
    found: list[Ref] = []
    for column in objects.partner_columns[record.ref.side]:
        raw = record.values.get(column)
        id = as_id(raw, side) if isinstance(raw, str) else ""
        type = ID_PREFIXES.get(id[:3], "") if side is Side.SALESFORCE else objects.types[side][0]
        if id and type in objects.types[side]:
            found.append(Ref(side, type, id))
    return found


def spellings(converter: str, raw: str) -> list[str]:
    """The texts under which a CRM may hold the same value, for a search by text. A domain may stand as an
    address of a page."""
    if converter != "domain":
        return [raw]
    bare = raw.strip().lower().split("://")[-1].removeprefix("www.").partition("/")[0]
    heads = ("", "www.", "http://", "http://www.", "https://", "https://www.")
    return [f"{head}{bare}{tail}" for head in heads for tail in ("", "/")]


def _not_installed(column: str, type: str) -> Stop:
    return Stop(
        f"our own field {column} cannot be read on {type} any more",
        fix="run `smarketing install`; if the fields are there, give this user access to them",
        reason="install",
    )
