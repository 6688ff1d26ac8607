"""What a value means can depend on the record it stands on: national phone numbers are read in the country of
their record, the steps of an opportunity by its record type.

Enters: the run's context and one kind of record. Leaves: a function from a record to the context for its
values. Never: I/O.
"""

from collections.abc import Callable
from dataclasses import replace

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import FieldRule, ObjectMap
from connector.model import Record

RECORD_TYPE = "RecordTypeId"


def local_contexts(ctx: Context, objects: ObjectMap) -> Callable[[Record], Context]:
    """For each record the context whose ``region`` is the record's own country, by the first field with
    ``convert: country``, and whose ``record_type`` is the record's; ``ctx`` itself where these are blank,
    unknown or were not read. ``09/266.19.81`` on a Belgian record is then the same number as ``+32 9 266 19
    81`` on its partner. Contexts are made once per country and record type."""
    rules = [rule for rule in objects.fields if rule.convert.name == "country"]
    made: dict[tuple[str | None, str | None], Context] = {(None, None): ctx}

    def of(record: Record) -> Context:
        country = next(filter(None, (_country(rule, record, ctx) for rule in rules)), None)
        kind = ctx.record_types.get(str(record.values.get(RECORD_TYPE))) if ctx.record_types else None
        if (country, kind) not in made:
            made[country, kind] = replace(ctx, region=country or ctx.region, record_type=kind)
        return made[country, kind]

    return of


def _country(rule: FieldRule, record: Record, ctx: Context) -> str | None:
    column = rule.column(record.ref.side, record.ref.type)
    raw = record.values.get(column) if column else None
    if raw is None:
        return None
    try:
        value = rule.convert.read(raw, record.ref.side, record.ref.type, ctx)
    except Unmappable:
        return None
    return value if isinstance(value, str) and len(value) == 2 else None
