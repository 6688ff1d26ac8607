"""The fields that the connector adds to the CRMs: exactly what the mapping uses, no more.

Enters: the mapping's objects and the labels of the files. Leaves: ``OwnField`` for ``install``. Never: I/O.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from connector.mapping.convert import Converter
from connector.mapping.converters.choices import Choice, Lenient, Multi
from connector.mapping.converters.moments import Date
from connector.mapping.converters.scalars import Number
from connector.mapping.objects import STAGE, is_ours, link_column, partner_column
from connector.mapping.rules import FieldRule, ObjectMap, OwnField, Pipeline
from connector.mapping.shape import Label, ObjectFile
from connector.model import Kind, Side
from connector.schema import FieldType, Option

Words = Mapping[str, str]
LINK_LABEL: Words = {"en": "Smarketing link ID", "nl": "Smarketing koppel-ID", "da": "Smarketing-link-ID"}
LINK_HELP: Words = {
    "en": "Identifies this record in both CRMs. Written by smarketing; do not edit.",
    "nl": "Herkent dit record in beide CRM's. Door smarketing geschreven; niet wijzigen.",
    "da": "Genkender posten i begge CRM-systemer. Skrives af smarketing; må ikke ændres.",
}
PARTNER_LABELS: Mapping[Side, Words] = {
    Side.HUBSPOT: {"en": "Salesforce ID", "nl": "Salesforce-ID", "da": "Salesforce-ID"},
    Side.SALESFORCE: {"en": "HubSpot ID", "nl": "HubSpot-ID", "da": "HubSpot-ID"},
}
PARTNER_HELP: Words = {
    "en": "The same person in the other CRM. Written by smarketing; do not edit.",
    "nl": "Dezelfde persoon in het andere CRM. Door smarketing geschreven; niet wijzigen.",
    "da": "Den samme person i det andet CRM. Skrives af smarketing; må ikke ændres.",
}
STAGE_LABEL: Words = {"en": "Stage", "nl": "Fase", "da": "Fase"}
STAGE_HELP: Words = {
    "en": "Where this person is in the pipeline that marketing and sales share.",
    "nl": "Waar deze persoon staat in de pijplijn die marketing en verkoop delen.",
    "da": "Hvor personen er i den pipeline, som marketing og salg deler.",
}
MAPPED_HELP: Words = {
    "en": "Kept equal with the other CRM by smarketing.",
    "nl": "Door smarketing gelijk gehouden met het andere CRM.",
    "da": "Holdes ens med det andet CRM af smarketing.",
}


@dataclass(frozen=True, slots=True)
class DerivedField:
    """A value that the connector works out, shown on every record of a kind on both sides. ``name``: of the
    value, and with the prefix of the field."""

    name: str
    kind: Kind
    type: FieldType
    label: Words
    help: Words


DERIVED: tuple[DerivedField, ...] = (
    DerivedField(
        "stage_entered_at",
        Kind.CONTACT,
        FieldType.DATETIME,
        {"en": "In this stage since", "nl": "In deze fase sinds", "da": "I denne fase siden"},
        {
            "en": "When this person entered the present stage, in whichever CRM that was. Written by "
            "smarketing; do not edit.",
            "nl": "Wanneer deze persoon in de huidige fase kwam, in welk CRM dan ook. Door smarketing "
            "geschreven; niet wijzigen.",
            "da": "Hvornår personen kom i den nuværende fase, i hvilket CRM det end var. Skrives af "
            "smarketing; må ikke ændres.",
        },
    ),
    DerivedField(
        "handed_over_at",
        Kind.CONTACT,
        FieldType.DATETIME,
        {"en": "Handed over to sales", "nl": "Overgedragen aan verkoop", "da": "Overdraget til salg"},
        {
            "en": "When marketing last handed this person over to sales. Written by smarketing; do not edit.",
            "nl": "Wanneer marketing deze persoon voor het laatst aan verkoop overdroeg. Door smarketing "
            "geschreven; niet wijzigen.",
            "da": "Hvornår marketing sidst overdrog personen til salg. Skrives af smarketing; må ikke "
            "ændres.",
        },
    ),
    DerivedField(
        "stage_note",
        Kind.CONTACT,
        FieldType.TEXT,
        {"en": "Note on the stage", "nl": "Opmerking bij de fase", "da": "Bemærkning til fasen"},
        {
            "en": "Why smarketing did not keep a move to another stage. Written by smarketing; do not edit.",
            "nl": "Waarom smarketing een stap naar een andere fase niet heeft laten staan. Door smarketing "
            "geschreven; niet wijzigen.",
            "da": "Hvorfor smarketing ikke lod et skift af fase stå. Skrives af smarketing; må ikke ændres.",
        },
    ),
)
"""What the connector works out and shows in fields of its own."""

TYPES = {
    "number": FieldType.NUMBER,
    "money": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "choice": FieldType.CHOICE,
    "multi": FieldType.MULTI,
    "stage": FieldType.CHOICE,
    "deal_stage": FieldType.CHOICE,
}
LINK_LENGTH = 32
MOST_DECIMALS = 8


def own_fields(
    pipeline: Pipeline,
    objects: Mapping[Kind, ObjectMap],
    files: Mapping[Kind, ObjectFile],
    prefix: str,
    language: str,
) -> tuple[OwnField, ...]:
    """All of them, each column once, in the order kind, side, type."""
    found: dict[tuple[Side, str, str], OwnField] = {}
    for kind, obj in objects.items():
        labels = {entry.name: (entry.label, entry.help) for entry in files[kind].fields}
        every = chain(
            _ids(obj, prefix, language),
            _mapped(obj, pipeline, labels, prefix, language),
            _derived(obj, language),
        )
        for field in every:
            found.setdefault((field.side, field.type, field.column), field)
    return tuple(found.values())


def _ids(obj: ObjectMap, prefix: str, language: str) -> Iterator[OwnField]:
    for side in Side:
        for type in obj.types[side]:
            link = link_column(prefix, side)
            yield OwnField(
                side,
                type,
                link,
                LINK_LABEL[language],
                LINK_HELP[language],
                FieldType.TEXT,
                unique=True,
                length=LINK_LENGTH,
            )
            if (partner := partner_column(prefix, side)) in obj.partner_columns[side]:
                label = PARTNER_LABELS[side][language]
                yield OwnField(side, type, partner, label, PARTNER_HELP[language], FieldType.TEXT, length=32)


def _derived(obj: ObjectMap, language: str) -> Iterator[OwnField]:
    for field in DERIVED:
        for side, column in obj.derived.get(field.name, {}).items():
            for type in obj.types[side]:
                yield OwnField(side, type, column, field.label[language], field.help[language], field.type)


def _mapped(
    obj: ObjectMap,
    pipeline: Pipeline,
    labels: Mapping[str, tuple[Label | None, Label | None]],
    prefix: str,
    language: str,
) -> Iterator[OwnField]:
    for rule in obj.fields:
        label, help = labels.get(rule.name, (None, None))
        for side, by_type in rule.columns.items():
            for type, column in by_type.items():
                if is_ours(prefix, column, side):
                    yield OwnField(
                        side,
                        type,
                        column,
                        _said(label, language) or _default_label(rule, language),
                        _said(help, language) or _default_help(rule, language),
                        _field_type(rule, side),
                        options=_options(rule, side, type, pipeline, language),
                        scale=_scale(rule.convert),
                    )


def _said(label: Label | None, language: str) -> str:
    return "" if label is None else getattr(label, language) or label.en


def _default_label(rule: FieldRule, language: str) -> str:
    return STAGE_LABEL[language] if rule.name == STAGE else rule.name.replace("_", " ").capitalize()


def _default_help(rule: FieldRule, language: str) -> str:
    return STAGE_HELP[language] if rule.name == STAGE else MAPPED_HELP[language]


def _field_type(rule: FieldRule, side: Side) -> FieldType:
    converter = _bare(rule.convert)
    if isinstance(converter, Date) and converter.with_time is side:
        return FieldType.DATETIME
    if isinstance(converter, Choice) and converter.values is None:
        return FieldType.TEXT  # nobody said which values there are
    return TYPES.get(converter.name, FieldType.TEXT)


def _bare(converter: Converter) -> Converter:
    return converter.inner if isinstance(converter, Lenient) else converter


def _scale(converter: Converter) -> int:
    """As many decimals as the mapping keeps; where it keeps all, as many as a Salesforce number has room
    for."""
    bare = _bare(converter)
    return (MOST_DECIMALS if bare.decimals is None else bare.decimals) if isinstance(bare, Number) else 0


def _options(rule: FieldRule, side: Side, type: str, pipeline: Pipeline, language: str) -> tuple[Option, ...]:
    """The values the mapping may write there, with labels."""
    converter = _bare(rule.convert)
    if rule.name == STAGE and rule.kind is Kind.CONTACT:
        place = f"{type}.{rule.column(side, type)}"
        return tuple(
            Option(value, stage.label[language])
            for stage in pipeline.stages
            for value in stage.reads[side].get(place, ())
        )
    if isinstance(converter, Choice | Multi) and converter.values is not None:
        return tuple(Option(value, value) for value in converter.values.reads[side])
    return ()
