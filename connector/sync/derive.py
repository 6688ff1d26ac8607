"""Derive: the shared values of a record, by which criteria and scope judge.

Enters: a record and the mapping of its kind. Leaves: shared name -> value. Never: I/O.
"""

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import ObjectMap
from connector.model import Record, Value


def shared_values(record: Record, objects: ObjectMap, ctx: Context) -> dict[str, Value]:
    """All shared fields of one record. A field that was not read or has no counterpart is missing; one that
    the type lacks is blank."""
    values: dict[str, Value] = {}
    for rule in objects.fields:
        column = rule.column(record.ref.side, record.ref.type)
        if column is None:
            values[rule.name] = None
            continue
        if column not in record.values:
            continue
        try:
            values[rule.name] = rule.convert.read(
                record.values[column], record.ref.side, record.ref.type, ctx
            )
        except Unmappable:
            continue
    return values
