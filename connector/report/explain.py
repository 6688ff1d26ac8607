"""Why a record, or one value of it, is as it is.

Enters: a record, both CRMs read now, the state with its history. Leaves: an Explanation, ready to be shown
or given to machines. It writes nothing. Old values come from the encrypted ledger and are there only as
long as it keeps them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.crm.base import Crm
from connector.errors import ConfigError
from connector.live import Live
from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import FieldRule, ObjectMap
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Link, LinkState, Raw, Record, Ref, Side, Why
from connector.report.differences import (
    Code,
    Row,
    allowed_by_rule,
    compare_cells,
    row_of,
    stands_in,
    unknown_owner,
)
from connector.state.rows import Audit
from connector.state.store import Store
from connector.sync.derive import shared_values
from connector.sync.look import parents_of
from connector.sync.pull import references, usable
from connector.sync.reconcile import Digest

HISTORY = 200
NEXT = "in scope; the next sync looks at it"
UNCOMPARED = (Code.NOT_READ, Code.UNREADABLE)
BLANK_IS_FALSE = "false and blank are the same under strictest"


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one record now. ``read``: False where the CRM did not give it; ``value`` then means
    nothing."""

    column: str
    value: Raw
    read: bool


@dataclass(frozen=True, slots=True)
class Written:
    """One write of the connector. ``replaced``: the value that stood there, when ``kept`` (the ledger
    forgets in time; a blank needs no ledger). ``clash``: both sides had changed, and the rule decided against
    the replaced value."""

    run: int
    at: datetime
    target: Ref
    why: Why
    rule: str
    replaced: Raw = None
    kept: bool = False

    @property
    def clash(self) -> bool:
        return self.why is Why.CLASH


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One shared field. ``rule``: its name; ``where``: file and line. ``agree``: whether both sides mean
    the same, None when that cannot be said. ``waits``: why it is left alone, in plain words. ``reason``: why
    the values on both sides may look different, or cannot be compared. ``written``: newest first."""

    name: str
    rule: str
    where: str
    cells: Mapping[Side, Cell]
    agree: bool | None
    reason: str
    waits: tuple[str, ...]
    written: tuple[Written, ...]


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
    """Explains a record, or one field of it (its shared name or a CRM's own). One read per side.

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
    return Explanation(
        kind=kind,
        subject=subject,
        link=link.id if link is not None else None,
        state=link.state.value if link is not None else "unknown",
        refs=refs,
        aliases=link.aliases if link is not None else (),
        gone=tuple(_gone(refs, records)),
        reasons=tuple(_reasons(sources.store, ctx, objects, subject, link, records)),
        fields=tuple(_stories(sources, ctx, objects, link, rules, records)),
    )


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
    notes = _notes(sources.store, link)
    history = _history(sources, link)
    local = local_contexts(ctx, objects)
    rows = {side: row_of(record, objects, local(record)) for side, record in records.items()}
    for rule in rules:
        cells = {side: cell for side, record in records.items() if (cell := _cell(rule, record))}
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
            written=tuple(history.get(rule.name, ())),
        )


def _cell(rule: FieldRule, record: Record) -> Cell | None:
    column = rule.column(record.ref.side, record.ref.type)
    if column is None:
        return None
    return Cell(column, record.values.get(column), column in record.values)


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


def _notes(store: Store, link: Link | None) -> dict[str, list[str]]:
    """Why fields of a link are left alone, by shared name ("" for the whole record)."""
    if link is None:
        return {}
    found: dict[str, list[str]] = {}
    for held in store.held_items(link.id):
        found.setdefault(held.field, []).append(f"held until its cause is gone ({held.code}): {held.message}")
    for item in store.open_reviews(link.kind):
        if item.review.link == link.id:
            text = f"waits for a person (review {item.id}): {item.review.message}"
            found.setdefault(item.review.field, []).append(text)
    return found


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
        replaced=replaced,
        kept=kept,
    )


# ---------------------------------------------------------------- why it is not synced


def _reasons(
    store: Store,
    ctx: Context,
    objects: ObjectMap,
    subject: Ref,
    link: Link | None,
    records: Mapping[Side, Record],
) -> Iterable[str]:
    waiting = [*_notes(store, link).get("", ()), *_reviews_about(store, objects.kind, subject, link)]
    yield from waiting
    if link is not None and subject in link.aliases:
        yield f"another record of the same {objects.kind} is the one that is synced"
    if link is not None and link.state is LinkState.LINKED:
        if _held_back(link):
            yield "changes wait for approval: smarketing plan"
        return
    if link is not None and link.state is LinkState.TOMBSTONE:
        yield "it was linked; its partner is gone, and it is never created again"
        return
    record = records.get(subject.side)
    if record is not None:
        yield from (r for r in _scope(ctx, objects, record, link) if r != NEXT or not waiting)


def _held_back(link: Link) -> bool:
    """Whether a guard holds part of it; other writes may be on their way (``write:hubspot>guard``)."""
    return link.pending.rpartition(">")[2] == "guard"


def _reviews_about(store: Store, kind: Kind, subject: Ref, link: Link | None) -> Iterable[str]:
    for item in store.open_reviews(kind):
        known = link is not None and item.review.link == link.id
        if not known and not item.review.field and subject in (item.review.subject, *item.review.candidates):
            yield f"waits for a person (review {item.id}): {item.review.message}"


def _scope(ctx: Context, objects: ObjectMap, record: Record, link: Link | None) -> Iterable[str]:
    """Why a record without a partner has none."""
    side = record.ref.side
    criterion = objects.include[side]
    holds = criterion.holds(shared_values(record, objects, local_contexts(ctx, objects)(record)))
    place = f"include.{side} of {objects.where.file}"
    if holds is None:
        yield f"cannot be judged: a field that {place} needs could not be read ({criterion.text})"
    elif not holds:
        yield f"not in scope: {place} says {criterion.text}"
    elif objects.create.get(side.other) is None:
        creation = f"create.{side.other} of {objects.where.file} says never"
        if link is None:
            yield f"not looked at yet: the next sync looks for a match in {side.other}; {creation}"
        else:
            yield f"no match in {side.other}, and nothing is created there: {creation}"
    elif link is not None and _held_back(link):
        yield f"its creation in {side.other} waits for approval: smarketing plan"
    else:
        yield NEXT
