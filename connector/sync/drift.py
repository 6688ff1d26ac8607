"""Drift: fields of a CRM that have changed since a person last saw a plan.

Enters: the mapping, both schemas, and the fields as they were at the last preview. Leaves: names of fields.
Never: I/O. What only adds (a new picklist value, a longer text) or takes away the right to write is no
danger: the first is ordinary work, the second is held field by field.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Side
from connector.schema import Schema

Seen: TypeAlias = tuple[str, bool, tuple[str, ...]]
"""A field's type, whether it can be written, and its active picklist values, sorted."""


def mapped_fields(
    rules: Rules, schemas: Mapping[Side, Mapping[str, Schema]]
) -> dict[str, tuple[Seen, frozenset[tuple[Kind, str]]]]:
    """Every mapped field that a CRM shows (``hubspot contacts.phone``) with its names in the mapping."""
    found: dict[str, tuple[Seen, frozenset[tuple[Kind, str]]]] = {}
    for side, type, column, name in _columns(rules):
        info = schemas[side][type].fields.get(column)
        if info is not None:
            options = tuple(sorted(option.value for option in info.options if option.active))
            seen = (info.type.value, info.updatable and not info.calculated, options)
            place = f"{side} {type}.{column}"
            before = found[place][1] if place in found else frozenset()
            found[place] = (seen, before | {name})
    return found


def _columns(rules: Rules) -> Iterator[tuple[Side, str, str, tuple[Kind, str]]]:
    for objects in rules.objects.values():
        for rule in objects.fields:
            for side, types in rule.columns.items():
                for type, column in types.items():
                    if not column.startswith("@"):
                        yield side, type, column, (objects.kind, rule.name)


def drifted(before: Mapping[str, Seen], now: Mapping[str, Seen]) -> list[str]:
    """Fields that may be written otherwise than a person saw: new to us, of another type, no longer
    read-only, or with picklist values gone."""
    return sorted(name for name, seen in now.items() if _is_other(before.get(name), seen))


def _is_other(before: Seen | None, now: Seen) -> bool:
    if before is None:
        return True
    return before[0] != now[0] or (now[1] and not before[1]) or not set(before[2]) <= set(now[2])
