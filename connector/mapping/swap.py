"""The same mapping with the two sides exchanged: what was said of HubSpot is said of Salesforce and the
other way round.

Enters and leaves: a ``Mapping``. Used to prove that every rule is symmetric: the swapped mapping on swapped
records must give the mirrored plan. Never: I/O. Object and field names stay as they are; only the side they
belong to changes.
"""

from dataclasses import dataclass, replace

from connector.mapping.convert import Context, Converter, other_side
from connector.mapping.rules import Clash, FieldRule, First, Mapping, ObjectMap, Pipeline
from connector.model import Raw, Side, Value


@dataclass(frozen=True, slots=True)
class Swapped:
    """A converter that takes each side for the other, its formats and tables included."""

    inner: Converter

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def lossy(self) -> bool:
        return self.inner.lossy

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        return self.inner.read(raw, side.other, type, ctx.swapped)

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        return self.inner.write(value, side.other, type, ctx.swapped)


def swap(mapping: Mapping) -> Mapping:
    """The mirror image. ``swap(swap(m))`` behaves like ``m``."""
    return replace(
        mapping,
        pipeline=_pipeline(mapping.pipeline),
        objects={kind: _object(obj) for kind, obj in mapping.objects.items()},
        same_owners={there: here for here, there in mapping.same_owners.items()},
        own_fields=tuple(replace(field, side=field.side.other) for field in mapping.own_fields),
    )


def _pipeline(pipeline: Pipeline) -> Pipeline:
    """Deal steps keep their words: what acts on records is the converters."""
    stages = tuple(replace(stage, reads=other_side(stage.reads)) for stage in pipeline.stages)
    return replace(pipeline, stages=stages, ignored=other_side(pipeline.ignored))


def _object(obj: ObjectMap) -> ObjectMap:
    return replace(
        obj,
        types=other_side(obj.types),
        include=other_side(obj.include),
        create=other_side(obj.create),
        on_delete=other_side(obj.on_delete),
        fields=tuple(_field(rule) for rule in obj.fields),
        link_column=other_side(obj.link_column),
        partner_columns=other_side(obj.partner_columns),
        entered=other_side(obj.entered),
        addresses=other_side(obj.addresses),
        person_marks=other_side(obj.person_marks),
        derived={name: other_side(columns) for name, columns in obj.derived.items()},
        evidence=other_side(obj.evidence),
    )


def _field(rule: FieldRule) -> FieldRule:
    converter = rule.convert.inner if isinstance(rule.convert, Swapped) else Swapped(rule.convert)
    return replace(
        rule,
        columns=other_side(rule.columns),
        rule=rule.rule.swapped,
        convert=converter,
        clash=Clash(_other_word(rule.clash.value)),
        first=First(_other_word(rule.first.value)),
        default=other_side(rule.default),
        write=rule.write.other if rule.write else None,
    )


def _other_word(word: str) -> str:
    return Side(word).other.value if word in set(Side) else word
