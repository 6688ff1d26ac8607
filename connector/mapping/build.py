"""Checked files -> the mapping that the program follows.

Enters: files without errors. Leaves: ``Mapping``. Never: checks (that was ``meaning``) and never I/O.
"""

import hashlib
import json
from collections.abc import Iterable

from connector.mapping.convert import Converter
from connector.mapping.converters import make
from connector.mapping.converters.choices import Lenient
from connector.mapping.converters.links import Reference, References
from connector.mapping.criteria import Criterion, Of, compile
from connector.mapping.local import RECORD_TYPE
from connector.mapping.objects import (
    DEAL_PIPELINE,
    ENTERED,
    LINK_OWNERS,
    LINK_TARGETS,
    LINKS,
    MORE_ADDRESSES,
    PERSON_MARKS,
    STAGE,
    TYPES,
    is_ours,
    link_column,
    own_column,
    partner_columns,
)
from connector.mapping.own_fields import DERIVED, own_fields
from connector.mapping.parsed import Files, Parsed
from connector.mapping.rules import (
    Clash,
    FieldRule,
    First,
    Mapping,
    MatchKey,
    ObjectMap,
    Pipeline,
    Rule,
    Unmapped,
)
from connector.mapping.shape import EVERY_TYPE, FieldEntry, LinkEntry, ObjectFile, PipelineFile
from connector.mapping.stages import deal_fields, pipeline_of, stage_field
from connector.model import CONTACTS_REF, ROLES_REF, Kind, Side


def build(files: Files, language: str) -> Mapping:
    """``language``: of labels and help texts in the CRMs (en, nl, da)."""
    assert files.pipeline is not None
    prefix = files.pipeline.model.prefix
    names = criterion_names(files.objects[Kind.CONTACT].model, Kind.CONTACT)
    pipeline = pipeline_of(files.pipeline, names)
    objects = {kind: _object(kind, files.objects[kind], files.pipeline, pipeline) for kind in Kind}
    own = own_fields(pipeline, objects, {k: files.objects[k].model for k in Kind}, prefix, language)
    return Mapping(pipeline, objects, own, prefix, _digest(files), language, _same_owners(files))


def _same_owners(files: Files) -> dict[str, str]:
    """Salesforce address -> HubSpot address, in small letters."""
    entries = files.owners.model.same if files.owners else ()
    return {entry.salesforce.lower(): entry.hubspot.lower() for entry in entries}


def _digest(files: Files) -> str:
    """Of what the files say, not of how they are written."""
    assert files.pipeline is not None
    said = {"pipeline": files.pipeline.model.model_dump(mode="json")}
    said |= {kind.value: parsed.model.model_dump(mode="json") for kind, parsed in files.objects.items()}
    if files.owners is not None:
        said["owners"] = files.owners.model.model_dump(mode="json")
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


# ---------------------------------------------------------------- one kind of record


def _object(
    kind: Kind, parsed: Parsed[ObjectFile], pipeline_file: Parsed[PipelineFile], pipeline: Pipeline
) -> ObjectMap:
    model, prefix = parsed.model, pipeline_file.model.prefix
    return ObjectMap(
        kind=kind,
        types=TYPES[kind],
        match=tuple(MatchKey(fields, parsed.where("match", i)) for i, fields in enumerate(model.match)),
        include={side: _include(kind, model, side, pipeline) for side in Side},
        on_exit=model.include.on_exit,
        create={side: created_type(model, kind, side) for side in Side},
        fields=(
            *_stage_fields(kind, pipeline_file, pipeline),
            *_fields(kind, parsed, prefix),
            *_links(kind, parsed),
        ),
        link_column={side: link_column(prefix, side) for side in Side},
        partner_columns={side: partner_columns(kind, prefix, side) for side in Side},
        where=parsed.where(),
        evidence=_evidence(kind, pipeline),
        on_delete={side: getattr(model.on_delete, side.value) for side in Side},
        entered=_entered(kind, pipeline),
        derived={f.name: {s: own_column(prefix, f.name, s) for s in Side} for f in DERIVED if f.kind is kind},
        addresses=MORE_ADDRESSES.get(kind, {}),
        person_marks=PERSON_MARKS.get(kind, {}),
    )


def _evidence(kind: Kind, pipeline: Pipeline) -> dict[Side, tuple[str, ...]]:
    """What decisions about deals need beside the mapped fields."""
    if kind is not Kind.DEAL:
        return {}
    roles = (ROLES_REF,) if pipeline.from_deals else ()
    types = (RECORD_TYPE,) if any(step.record_types for step in pipeline.deals) else ()
    return {Side.SALESFORCE: (*roles, *types)}


def _include(kind: Kind, model: ObjectFile, side: Side, pipeline: Pipeline) -> Criterion:
    text = model.include.hubspot if side is Side.HUBSPOT else model.include.salesforce
    return compile(text, criterion_names(model, kind, side), [stage.key for stage in pipeline.stages])


def _entered(kind: Kind, pipeline: Pipeline) -> dict[Side, dict[str, str]]:
    """HubSpot tells when a contact last entered each lifecycle stage, the ones that people made too."""
    values = [
        v for stage in pipeline.stages for v in stage.reads[Side.HUBSPOT].get("contacts.lifecyclestage", ())
    ]
    return {Side.HUBSPOT: {v: ENTERED + v for v in values}} if kind is Kind.CONTACT and values else {}


def created_type(model: ObjectFile, kind: Kind, side: Side) -> str | None:
    """The object type that a missing counterpart is created as; None for never."""
    word = model.create.hubspot if side is Side.HUBSPOT else model.create.salesforce
    if word == "always" and len(TYPES[kind][side]) == 1:
        return TYPES[kind][side][0]
    return None if word == "never" else word


def _stage_fields(kind: Kind, file: Parsed[PipelineFile], pipeline: Pipeline) -> tuple[FieldRule, ...]:
    if kind is Kind.CONTACT:
        return (stage_field(file, pipeline),)
    return deal_fields(file, pipeline) if kind is Kind.DEAL else ()


# ---------------------------------------------------------------- fields


def _fields(kind: Kind, parsed: Parsed[ObjectFile], prefix: str) -> Iterable[FieldRule]:
    for i, entry in enumerate(parsed.model.fields):
        columns = entry_columns(entry, kind)
        rule = entry.rule or one_sided_rule(columns)
        yield FieldRule(
            name=entry.name,
            kind=kind,
            columns=columns,
            rule=rule,
            convert=_converter(entry),
            where=parsed.where("fields", i),
            clash=resolved_clash(rule, entry.clash),
            first=resolved_first(rule, entry.clash, entry.first),
            blank=entry.blank,
            unmapped=entry.unmapped,
            default=_default(entry),
            fallback=entry.fallback,
            ours=any(is_ours(prefix, c, side) for side, by_type in columns.items() for c in by_type.values()),
            write=Side(entry.write) if entry.write else None,
        )


def entry_columns(entry: FieldEntry, kind: Kind) -> dict[Side, dict[str, str]]:
    """Per side, column name per object type; a side without a column is missing."""
    found: dict[Side, dict[str, str]] = {}
    for side, written in ((Side.HUBSPOT, entry.hubspot), (Side.SALESFORCE, entry.salesforce)):
        if written:
            every = written.get(EVERY_TYPE)
            found[side] = {t: every for t in TYPES[kind][side]} if every else dict(written)
    return found


def one_sided_rule(columns: dict[Side, dict[str, str]]) -> Rule:
    """A field of one side alone is read and never written: its side owns it."""
    return Rule.HUBSPOT_OWNS if Side.HUBSPOT in columns else Rule.SALESFORCE_OWNS


def _converter(entry: FieldEntry) -> Converter:
    converter = make(entry.convert)
    if entry.unmapped is Unmapped.PASS:
        return Lenient(converter)
    return Lenient(converter, _default(entry)) if entry.unmapped is Unmapped.DEFAULT else converter


def _default(entry: FieldEntry) -> dict[Side, str]:
    given = entry.default
    both = {Side.HUBSPOT: given.hubspot, Side.SALESFORCE: given.salesforce} if given else {}
    return {side: text for side, text in both.items() if text is not None}


def resolved_clash(rule: Rule, clash: Clash | None) -> Clash:
    """The winner where both sides changed; a rule that names a side needs no word of its own."""
    if clash is not None:
        return clash
    return Clash(rule.side.value) if rule.side else Clash.REVIEW


def resolved_first(rule: Rule, clash: Clash | None, first: First | None) -> First:
    """The winner at first contact: as written, else as a clash would go, else a person decides."""
    if first is not None:
        return first
    resolved = resolved_clash(rule, clash).value
    return First(resolved) if resolved in set(First) else First.REVIEW


def _links(kind: Kind, parsed: Parsed[ObjectFile]) -> Iterable[FieldRule]:
    for i, entry in enumerate(parsed.model.links):
        pseudo = LINKS[kind, entry.to]
        targets = LINK_TARGETS[entry.to]
        yield FieldRule(
            name=link_name(entry),
            kind=kind,
            columns={side: {t: pseudo for t in LINK_OWNERS[kind][side]} for side in Side},
            rule=entry.rule,
            convert=References(targets) if pseudo == CONTACTS_REF else Reference(targets),
            where=parsed.where("links", i),
            clash=resolved_clash(entry.rule, entry.clash),
            first=resolved_first(entry.rule, entry.clash, entry.first),
            blank=entry.blank,
            write=Side(entry.write) if entry.write else None,
        )


def link_name(entry: LinkEntry) -> str:
    """As written, else ``company`` or ``contacts``."""
    return entry.name or {"companies": "company", "contacts": "contacts"}[entry.to]


# ---------------------------------------------------------------- names in criteria

OF = {
    "number": Of.NUMBER,
    "money": Of.NUMBER,
    "boolean": Of.BOOLEAN,
    "date": Of.MOMENT,
    "datetime": Of.MOMENT,
    "multi": Of.SET,
}


def criterion_names(model: ObjectFile, kind: Kind, side: Side | None = None) -> dict[str, Of]:
    """The shared names a criterion may use, and what they hold. With a side: only what that side has."""
    names = {STAGE: Of.STAGE} if kind is Kind.CONTACT else {}
    if kind is Kind.DEAL:
        names = {STAGE: Of.TEXT, DEAL_PIPELINE: Of.TEXT}
    for entry in model.fields:
        if side is None or side in entry_columns(entry, kind):
            names[entry.name] = OF.get(entry.convert.chosen, Of.TEXT)
    return names
