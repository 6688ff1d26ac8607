"""Turns the terse rows of the catalog into property definitions."""

from __future__ import annotations

from collections.abc import Iterable

from connector.sandbox.hubspot.catalog.engagements import ENGAGEMENT_OPTIONS
from connector.sandbox.hubspot.catalog.options import OPTION_SETS
from connector.sandbox.hubspot.definitions import Option, Property

_ALL_SETS = {**OPTION_SETS, **ENGAGEMENT_OPTIONS}
Row = tuple[str, ...]
"""(name, label, "type/fieldType", group, flags, option set). The last two may be left out.

Flags: r read-only value, c calculated, f form field, x options kept elsewhere, h hidden,
q only when asked by name.
"""


def build(rows: Iterable[Row]) -> list[Property]:
    """Definitions in the order of the rows."""
    return [_build(row, position) for position, row in enumerate(rows)]


def _build(row: Row, position: int) -> Property:
    name, label, kind, group, flags, option_set = (*row, "", "")[:6]
    type_, field_type = kind.split("/")
    return Property(
        name=name,
        label=label,
        type=type_,
        field_type=field_type,
        group=group,
        options=_options(option_set) if option_set else (),
        display_order=position,
        hidden="h" in flags,
        form_field="f" in flags,
        calculated="c" in flags,
        external_options="x" in flags,
        hubspot_defined=True,
        read_only="r" in flags or "c" in flags,
        on_request_only="q" in flags,
    )


def _options(option_set: str) -> tuple[Option, ...]:
    return tuple(
        Option(label, value, position) for position, (value, label) in enumerate(_ALL_SETS[option_set])
    )
