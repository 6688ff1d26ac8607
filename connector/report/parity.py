"""Parity: are the two CRMs aligned, and where they are not, does something explain it?

Enters: both CRMs, read afresh and in full, and the mapping. Leaves: counts, and every difference with what
explains it. The state is asked only afterwards, for explanations: it can neither hide a difference nor make
one up. Never: writes. What was read waits in an encrypted working file, so memory does not grow with it.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Protocol

from connector.crm.base import Crm
from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Kind, Record, Ref, Side
from connector.report.differences import (
    Code,
    Finding,
    Row,
    Unread,
    compare_group,
    compare_single,
    in_scope,
    link_of,
    row_of,
)
from connector.report.excuses import Excuses, Explanations
from connector.state.key import Key
from connector.state.spool import Spool
from connector.sync.parents import parents_of, references
from connector.sync.progress import Progress, Silent

LISTED = 10_000
"""Differences without a reason that are kept in memory; the counts have them all."""
CHUNK = 500
BY_LINK, ALONE = 0, 1


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs. ``refs``: one record or the two of a pair. ``field``: shared name, "" for a
    whole record. ``why``: plain words, without values. ``reason``: what explains it, "" for nothing.
    ``values``: the shared values by side, as text."""

    kind: Kind
    refs: tuple[Ref, ...]
    field: str
    why: str
    reason: str = ""
    values: Mapping[Side, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parity:
    """``linked``: pairs. ``unlinked``: records in scope without a partner, explained or not. ``differences``:
    how many findings nothing explains; ``items`` are these (the first 10,000). ``explained``: how many
    findings each explanation covers. ``pairs``: by kind. ``fields``: by kind and field ("" for whole
    records), how many findings are without a reason and how many have one."""

    linked: int
    unlinked: int
    differences: int
    explained: Mapping[str, int]
    items: tuple[Difference, ...]
    pairs: Mapping[Kind, int] = field(default_factory=dict)
    fields: Mapping[tuple[Kind, str], tuple[int, int]] = field(default_factory=dict)


class Readable(Protocol):
    """What comparing needs of an environment."""

    @property
    def crms(self) -> Mapping[Side, Crm]: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def store(self) -> Explanations: ...

    @property
    def key(self) -> Key: ...

    @property
    def spool_dir(self) -> Path: ...


Watch = Callable[[Difference], None]


def compare(
    env: Readable,
    ctx: Context,
    *,
    only: Kind | None = None,
    watch: Watch = lambda _: None,
    progress: Progress | None = None,
) -> Parity:
    """Read both CRMs and compare. One request per page of each object type and side.

    ``ctx``: zones, owners and region as a sync uses them; its links are not used: which records are paired is
    read from the records. ``only``: one kind (what it refers to is read, too). ``watch``: is told every
    difference, explained or not. Raises Retry or Stop as the adapters do.
    """
    tally = Tally(watch)
    with Spool(env.spool_dir) as spool:
        comparer = _Comparer(env, spool, replace(ctx, links={}), tally, progress or Silent())
        for kind in Kind:
            if kind in env.rules.objects:
                comparer.look_at(env.rules.objects[kind], judged=only in (None, kind))
            if kind is only:
                break
    return tally.parity()


@dataclass(slots=True)
class Tally:
    """Counts what was found."""

    watch: Watch = lambda _: None
    unlinked: int = 0
    pairs: Counter[Kind] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    fields: dict[tuple[Kind, str], tuple[int, int]] = field(default_factory=dict)
    items: list[Difference] = field(default_factory=list)

    def add(self, found: Difference) -> None:
        """One difference, with or without a reason."""
        bare, explained = self.fields.get((found.kind, found.field), (0, 0))
        if found.reason:
            self.explained[found.reason] += 1
            explained += 1
        else:
            bare += 1
            if len(self.items) < LISTED:
                self.items.append(found)
        self.fields[found.kind, found.field] = (bare, explained)
        self.watch(found)

    def parity(self) -> Parity:
        bare = sum(one for one, _ in self.fields.values())
        return Parity(
            sum(self.pairs.values()),
            self.unlinked,
            bare,
            dict(self.explained),
            tuple(self.items),
            dict(self.pairs),
            dict(self.fields),
        )


@dataclass(slots=True)
class _Comparer:
    """One comparison at work. What a field refers to counts when both CRMs hold its link id."""

    env: Readable
    spool: Spool
    ctx: Context
    tally: Tally
    progress: Progress
    excuses: Excuses | None = None

    def look_at(self, objects: ObjectMap, *, judged: bool) -> None:
        """Read one kind from both CRMs; ``judged``: and compare it, else others only refer to it."""
        for side in Side:
            self._read(objects, side)
        if not judged:
            return
        groups = self.spool.groups(objects.kind, BY_LINK)
        done = 0
        while chunk := list(islice(groups, CHUNK)):
            self._judge_groups(objects, [refs for _, refs in chunk])
            done += len(chunk)
            self.progress.step(f"compare {objects.kind}", done, None)
        alone = (ref for _, refs in self.spool.groups(objects.kind, ALONE) for ref in refs)
        while some := list(islice(alone, CHUNK)):
            self._judge_alone(objects, some)

    def _read(self, objects: ObjectMap, side: Side) -> None:
        """Every live record of one kind on one side. Fields that this user may not see are not asked for."""
        crm, done = self.env.crms[side], 0
        for type in objects.types[side]:
            seen = crm.schema(type).fields
            columns = [name for name in objects.columns(side, type) if name.startswith("@") or name in seen]
            for page in crm.scan(type, columns):
                live = [record for record in page.records if record.gone is None]
                self.spool.put_records(live, objects.kind)
                self.spool.put_keys(
                    (objects.kind, side, type, record.ref.id, *_key(record, objects)) for record in live
                )
                done += len(live)
                self.progress.step(f"read {side} {objects.kind}", done, None)

    def _judge_groups(self, objects: ObjectMap, groups: Sequence[Sequence[Ref]]) -> None:
        records = self.spool.get_records(ref for refs in groups for ref in refs)
        rows, ctx = self._rows(objects, records)
        found: list[Finding] = []
        for refs in groups:
            sides = {side: [rows[ref] for ref in refs if ref.side is side] for side in Side}
            pair, findings = compare_group(objects, sides, ctx)
            self.tally.pairs[objects.kind] += bool(pair)
            lost = [rows[each.refs[0]] for each in findings if each.code is Code.DANGLING]
            self.tally.unlinked += sum(in_scope(objects, row) is True for row in lost)
            found += findings
        self._explain(objects, found, records, rows)

    def _judge_alone(self, objects: ObjectMap, refs: Sequence[Ref]) -> None:
        records = self.spool.get_records(refs)
        rows, _ = self._rows(objects, records)
        found = [each for row in rows.values() if (each := compare_single(objects, row)) is not None]
        self.tally.unlinked += len(found)
        self._explain(objects, found, records, rows)

    def _rows(self, objects: ObjectMap, records: Mapping[Ref, Record]) -> tuple[dict[Ref, Row], Context]:
        """The records converted; those that they refer to count when they are paired themselves."""
        parents = parents_of(self.env.rules, objects)
        named = self.spool.get_records(references(records.values(), objects, parents))
        links: dict[Ref, str] = {}
        for kind, types in {kind: types for kind, types in parents.values()}.items():
            its = {
                ref: link
                for ref, record in named.items()
                if ref.type == types[ref.side] and (link := link_of(record, self.env.rules.objects[kind]))
            }
            paired = self.spool.on_both_sides(kind, BY_LINK, map(_digest, its.values()))
            links.update((ref, link) for ref, link in its.items() if _digest(link) in paired)
        ctx = replace(self.ctx, links=links)
        local = local_contexts(ctx, objects)
        return {ref: row_of(record, objects, local(record)) for ref, record in records.items()}, ctx

    def _explain(
        self,
        objects: ObjectMap,
        findings: Sequence[Finding],
        records: Mapping[Ref, Record],
        rows: Mapping[Ref, Row],
    ) -> None:
        """Only now is the state asked."""
        if not findings:
            return
        if self.excuses is None:
            self.excuses = Excuses(self.env.store, self.env.key.hash)
        reasons = self.excuses.reasons(findings, objects, records)
        for each, reason in zip(findings, reasons, strict=True):
            values = {ref.side: text(rows[ref], each.field) for ref in each.refs if each.field}
            self.tally.add(Difference(each.kind, each.refs, each.field, each.code.value, reason, values))


def text(row: Row, name: str) -> str:
    """A shared value as text; "" for a blank one and one that could not be read."""
    cell = row.cells.get(name)
    if cell is None or isinstance(cell, Unread):
        return ""
    return "; ".join(sorted(cell)) if isinstance(cell, frozenset) else str(cell)


def _key(record: Record, objects: ObjectMap) -> tuple[int, bytes]:
    """Records with a link id meet those that carry the same one; the others stand alone."""
    link = link_of(record, objects)
    return (BY_LINK, _digest(link)) if link else (ALONE, _digest(str(record.ref)))


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
