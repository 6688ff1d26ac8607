"""Steps of the shared pipeline and of deals.

Enters: a CRM's own stage value. Leaves: the key of the stage in pipeline.yaml. Never: I/O.
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.mapping.convert import Context, Unmappable
from connector.mapping.converters.text import as_text, clean
from connector.model import Raw, Side, Value

Tables = Mapping[Side, Mapping[str, Mapping[str, str]]]
"""Per side and object type, one text -> another."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: reads many values, writes one. ``reads``: raw value -> key; ``writes``: key -> raw value,
    per side and object type. A value that no stage lists is held, never guessed. ``typed``: per record type
    of Salesforce what a value means there, before ``reads``; ``only``: the record types that a key is for,
    where it is not for all."""

    reads: Tables
    writes: Tables
    name: str = "stage"
    lossy: bool = False
    typed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        mine = self.typed.get(ctx.record_type or "", {})
        if side is Side.SALESFORCE and text is not None and text in mine:
            return mine[text]
        return _looked_up(text, self.reads, side, type)

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        types = self.only.get(as_text(value) or "")
        if side is Side.SALESFORCE and types and ctx.record_type is not None and ctx.record_type not in types:
            raise Unmappable("unmapped", "is a step of other record types")
        return _looked_up(as_text(value), self.writes, side, type)


def _looked_up(text: str | None, tables: Tables, side: Side, type: str) -> str | None:
    if text is None:
        return None
    found = tables.get(side, {}).get(type, {}).get(text)
    if found is None:
        raise Unmappable("unmapped", "is no stage of pipeline.yaml")
    return found
