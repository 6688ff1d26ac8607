"""National phone numbers are read in the country of the record they stand on.

Enters: the run's context and one kind of record. Leaves: a function from a record to the context for its
values. Never: I/O.
"""

from collections.abc import Callable
from dataclasses import replace

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import FieldRule, ObjectMap
from connector.model import Record


def local_contexts(ctx: Context, objects: ObjectMap) -> Callable[[Record], Context]:
    """For each record the context whose ``region`` is the record's own country, by the first field with
    ``convert: country``; ``ctx`` itself where the country is blank, unknown or was not read.
    ``09/266.19.81`` on a Belgian record is then the same number as ``+32 9 266 19 81`` on its partner.
    Contexts are made once per country."""
    rules = [rule for rule in objects.fields if rule.convert.name == "country"]
    made: dict[str, Context] = {}

    def of(record: Record) -> Context:
        country = next(filter(None, (_country(rule, record, ctx) for rule in rules)), None)
        if country is None:
            return ctx
        if country not in made:
            made[country] = replace(ctx, region=country)
        return made[country]

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
