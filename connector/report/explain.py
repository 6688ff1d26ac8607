"""Why a record, or one value of it, is as it is.

Enters: a record, both CRMs read now, the state with its history. Leaves: an Explanation, ready to be shown
or given to machines. It writes nothing. Old values come from the encrypted ledger and are there only as
long as it keeps them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.crm.base import Crm, changed_at
from connector.domain.pipeline import STAGE
from connector.errors import ConfigError
from connector.live import Live
from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import FieldRule, ObjectMap
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Link, Raw, Record, Ref, Side, StageMove, Why
from connector.report.differences import (
    Code,
    Row,
    allowed_by_rule,
    compare_cells,
    row_of,
    stands_in,
    unknown_owner,
)
from connector.report.journey import Passage, passages
from connector.report.reasons import notes_of, reasons_of
from connector.state.rows import Audit
from connector.state.store import Store
from connector.sync.outcome import Digest
from connector.sync.parents import parents_of, references, usable

HISTORY = 200
UNCOMPARED = (Code.NOT_READ, Code.UNREADABLE)
BLANK_IS_FALSE = "false and blank are the same under strictest"


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one record now. ``read``: False where the CRM did not give it; ``value`` then means
    nothing. ``by_run``: the run that wrote this very value, None when somebody in that CRM entered it.
    ``changed_at``: when it was last changed, by the CRM's own history, where there is one and it was
    asked."""

    column: str
    value: Raw
    read: bool
    by_run: int | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """One write of the connector. ``after``: keyed hash of what was written. ``replaced``: the value that
    stood there, when ``kept`` (the ledger forgets in time; a blank needs no ledger). ``clash``: both sides
    had changed, and the rule decided against the replaced value."""

    run: int
    at: datetime
    target: Ref
    why: Why
    rule: str
    after: bytes = b""
    replaced: Raw = None
    kept: bool = False

    @property
    def clash(self) -> bool:
        return self.why is Why.CLASH


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One shared field. ``rule``: its name; ``where``: file and line. ``agree``: whether both sides mean
    the same, None when that cannot be said. ``waits``: why it is left alone, in plain words. ``reason``: why
    the values on both sides may look different, or cannot be compared. ``written``: newest first.
    ``history``: of a person's stage, each stage that they were in, oldest first."""

    name: str
    rule: str
    where: str
    cells: Mapping[Side, Cell]
    agree: bool | None
    reason: str
    waits: tuple[str, ...]
    written: tuple[Written, ...]
    history: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """``refs``: the record on each side; ``gone``: what became of a record that is no longer live;
    ``reasons``: why it has no partner or waits, in plain words, none when all is well."""

    kind: Kind
    subject: Ref
    link: str | None
    state: str
    refs: Mapping[Side, Ref]
    aliases: tuple[Ref, ...]
    gone: tuple[str, ...]
    reasons: tuple[str, ...]
    fields: tuple[FieldStory, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What explaining reads. ``live``: what both CRMs say of themselves now."""

    mapping: Rules
    crms: Mapping[Side, Crm]
    store: Store
    live: Live
    digest: Digest


def explain(sources: Sources, kind: Kind, subject: Ref, field: str | None = None) -> Explanation:
    """Explains a record, or one field of it (its shared name or a CRM's own). One read per side; of one field
    the CRMs' history too.

    Raises ConfigError for a field that the mapping doesn't have, and when no CRM knows the record.
    """
    objects = sources.mapping.objects[kind]
    rules = _rules(objects, field)
    link = sources.store.links_by_ref([subject]).get(subject)
    refs = dict(link.refs) if link is not None else {subject.side: subject}
    records = {side: found for side, ref in refs.items() if (found := _read(sources, objects, ref))}
    ctx = _context(sources, objects, records)
    if not records and link is None:
        raise ConfigError(
            f"{subject} does not exist", fix="Check the id; an archived record has none to show."
        )
    stories = tuple(_stories(sources, ctx, objects, link, rules, records))
    return Explanation(
        kind=kind,
        subject=subject,
        link=link.id if link is not None else None,
        state=link.state.value if link is not None else "unknown",
        refs=refs,
        aliases=link.aliases if link is not None else (),
        gone=tuple(_gone(refs, records)),
        reasons=tuple(reasons_of(sources.store, ctx, objects, subject, link, records)),
        fields=stories if field is None else tuple(_in_full(sources, story, link, refs) for story in stories),
    )


def _in_full(sources: Sources, story: FieldStory, link: Link | None, refs: Mapping[Side, Ref]) -> FieldStory:
    """The story of the one field that was asked for."""
    story = _with_times(sources, story, refs)
    if story.name != STAGE or link is None or link.kind is not Kind.CONTACT:
        return story
    moves = sources.store.stage_moves([link.id]).get(link.id, [])
    return replace(story, history=passages(moves, _names(sources, moves)))


def _names(sources: Sources, moves: Iterable[StageMove]) -> dict[tuple[Side, str], str]:
    """The names of people who moved somebody, as Salesforce gives them now. HubSpot tells the ids of its
    owners, not of its users."""
    people = {m.by_id for m in moves if m.by_kind == "person" and m.side is Side.SALESFORCE}
    if not people:
        return {}
    owners = sources.crms[Side.SALESFORCE].owners()
    return {(Side.SALESFORCE, owner.id): owner.name for owner in owners if owner.id in people}


def _rules(objects: ObjectMap, field: str | None) -> Sequence[FieldRule]:
    if field is None:
        return objects.fields
    wanted = field.casefold()
    found = [
        rule
        for rule in objects.fields
        if wanted in {rule.name.casefold(), *map(str.casefold, _columns(rule))}
    ]
    if not found:
        fix = "Fields are: " + ", ".join(rule.name for rule in objects.fields)
        raise ConfigError(f"the mapping of {objects.kind} has no field {field}", fix=fix)
    return found


def _columns(rule: FieldRule) -> Iterable[str]:
    return (column for types in rule.columns.values() for column in types.values())


def _read(sources: Sources, objects: ObjectMap, ref: Ref) -> Record | None:
    columns = sources.live.columns(objects)[ref.side, ref.type]
    return sources.crms[ref.side].read(ref.type, [ref.id], columns).get(ref.id)


def _context(sources: Sources, objects: ObjectMap, records: Mapping[Side, Record]) -> Context:
    """As a sync has it: with the links of the records that these refer to."""
    parents = parents_of(sources.mapping, objects)
    refs = references(records.values(), objects, parents)
    types = {kind: types for kind, types in parents.values()}
    links = sources.store.links_by_ref(refs)
    usable_links = {ref: link.id for ref, link in links.items() if usable(link, types[link.kind])}
    return replace(sources.live.ctx, links=usable_links)


def _gone(refs: Mapping[Side, Ref], records: Mapping[Side, Record]) -> Iterable[str]:
    for side, ref in refs.items():
        record = records.get(side)
        if record is None:
            yield f"{ref} was not found"
        elif record.gone is not None:
            into = f" into {record.gone.into}" if record.gone.into else ""
            yield f"{ref} was {record.gone.how}{into}"
        elif record.ref != ref:
            yield f"{ref} was merged into {record.ref}"


# ---------------------------------------------------------------- fields


def _stories(
    sources: Sources,
    ctx: Context,
    objects: ObjectMap,
    link: Link | None,
    rules: Sequence[FieldRule],
    records: Mapping[Side, Record],
) -> Iterable[FieldStory]:
    notes = notes_of(sources.store, link)
    history = _history(sources, link)
    local = local_contexts(ctx, objects)
    rows = {side: row_of(record, objects, local(record)) for side, record in records.items()}
    for rule in rules:
        told = history.get(rule.name, [])
        cells = {
            side: _with_run(cell, record, told, sources.digest)
            for side, record in records.items()
            if (cell := _cell(rule, record))
        }
        if not cells:
            continue
        waits = list(notes.get(rule.name, ()))
        if link is not None and rule.name in link.diverged:
            waits.append(f"meant to differ: {link.diverged[rule.name]}")
        agree, reason = _compared(rule, rows, ctx)
        yield FieldStory(
            name=rule.name,
            rule=rule.rule.value,
            where=str(rule.where),
            cells=cells,
            agree=agree,
            reason=reason,
            waits=tuple(waits),
            written=tuple(told),
        )


def _cell(rule: FieldRule, record: Record) -> Cell | None:
    column = rule.column(record.ref.side, record.ref.type)
    if column is None:
        return None
    return Cell(column, record.values.get(column), column in record.values)


def _with_run(cell: Cell, record: Record, told: Iterable[Written], digest: Digest) -> Cell:
    """The cell with the run that wrote the value that stands there, if the last one that wrote to this record
    did."""
    last = next((each for each in told if each.target == record.ref), None)
    ours = cell.read and last is not None and last.after == digest(cell.value)
    return replace(cell, by_run=last.run if ours and last is not None else None)


def _with_times(sources: Sources, story: FieldStory, refs: Mapping[Side, Ref]) -> FieldStory:
    """The story with the time of the last change on each side. One request per side at most."""
    cells = {}
    for side, cell in story.cells.items():
        ref, column = refs[side], cell.column
        known = {} if column.startswith("@") else sources.crms[side].versions(ref.type, [ref.id], column)
        cells[side] = replace(cell, changed_at=changed_at(known).get(ref.id))
    return replace(story, cells=cells)


def _compared(rule: FieldRule, rows: Mapping[Side, Row], ctx: Context) -> tuple[bool | None, str]:
    """Whether both sides mean the same, and why they may look different. (None, "") where one of them has no
    such field."""
    if len(rows) < len(Side) or any(rule.name not in row.cells for row in rows.values()):
        return None, ""
    cells = {side: row.cells[rule.name] for side, row in rows.items()}
    code = compare_cells(rule, cells)
    if code is None:
        looks_different = cells[Side.HUBSPOT] != cells[Side.SALESFORCE]
        return True, BLANK_IS_FALSE if looks_different else ""
    allowed = allowed_by_rule(rule, cells) or stands_in(rule, rows) or unknown_owner(rule, rows, ctx)
    if code in UNCOMPARED:
        return None, allowed or code.value
    return False, allowed


def _history(sources: Sources, link: Link | None) -> dict[str, list[Written]]:
    """What the connector wrote to a link's records, by shared name, newest first."""
    if link is None:
        return {}
    secrets = sources.store.secrets_of(link.id)
    kept = {(s.run, s.field, s.target.side, sources.digest(s.value)): s.value for s in secrets}
    found: dict[str, list[Written]] = {}
    for audit in sources.store.audit_of(link.id, limit=HISTORY):
        place = (audit.run, audit.field, audit.target.side, audit.before)
        known = place in kept or audit.before == sources.digest(None)
        found.setdefault(audit.field, []).append(written(audit, kept.get(place), kept=known))
    return found


def written(audit: Audit, replaced: Raw, *, kept: bool) -> Written:
    """One write with the value that it replaced, if that is still known."""
    return Written(
        run=audit.run,
        at=audit.at,
        target=audit.target,
        why=audit.why,
        rule=audit.rule,
        after=audit.after,
        replaced=replaced,
        kept=kept,
    )
