"""Picklists: one choice or several, with or without a value map; and what happens to values the map lacks.

Enters: raw values. Leaves: text or a set of texts. Never: I/O.
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connector.mapping.convert import Context, Converter, Unmappable
from connector.mapping.converters.text import as_text, clean
from connector.model import Raw, Side, Value


@dataclass(frozen=True, slots=True)
class ValueMap:
    """Values that mean the same, in groups. Each group reads every value it lists and writes the first of
    the side.

    ``reads``: per side, raw value -> name of its group; ``writes``: per side, group -> the value written.
    The group's name is its first Salesforce value. ``folded``: as ``reads``, ignoring case, where that is
    unambiguous.
    """

    reads: Mapping[Side, Mapping[str, str]]
    writes: Mapping[Side, Mapping[str, str]]
    folded: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> "ValueMap":
        """From rows of (Salesforce values, HubSpot values); rows that share a value are one group."""
        groups = _grouped(rows)
        reads = {side: {v: g[Side.SALESFORCE][0] for g in groups for v in g[side]} for side in Side}
        writes = {side: {g[Side.SALESFORCE][0]: g[side][0] for g in groups} for side in Side}
        return cls(reads, writes, {side: _folded(reads[side]) for side in Side})

    def read(self, text: str, side: Side) -> str:
        """Raises Unmappable when no group lists the value."""
        group = self.reads[side].get(text) or self.folded[side].get(text.casefold())
        if group is None:
            raise Unmappable("unmapped", "is not in the value map")
        return group

    def write(self, group: str, side: Side) -> str:
        """Raises Unmappable for a name that is no group."""
        if group not in self.writes[side]:
            raise Unmappable("unmapped", "is not in the value map")
        return self.writes[side][group]


def _grouped(rows: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[dict[Side, list[str]]]:
    groups: list[dict[Side, list[str]]] = []
    for salesforce, hubspot in rows:
        row = {Side.SALESFORCE: list(salesforce), Side.HUBSPOT: list(hubspot)}
        same = next((g for g in groups if any(set(g[side]) & set(row[side]) for side in Side)), None)
        if same is None:
            groups.append(row)
            continue
        for side in Side:
            same[side] += [value for value in row[side] if value not in same[side]]
    return groups


def _folded(reads: Mapping[str, str]) -> dict[str, str]:
    folded: dict[str, set[str]] = {}
    for value, group in reads.items():
        folded.setdefault(value.casefold(), set()).add(group)
    return {value: groups.pop() for value, groups in folded.items() if len(groups) == 1}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a picklist's values. Without a value map both CRMs use the same values."""

    values: ValueMap | None = None
    name: str = "choice"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        return text if text is None or self.values is None else self.values.read(text, side)

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        text = as_text(value)
        return text if text is None or self.values is None else self.values.write(text, side)


@dataclass(frozen=True, slots=True)
class Multi:
    """Several of a picklist's values, in no order. Both CRMs keep them joined by semicolons."""

    values: ValueMap | None = None
    name: str = "multi"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        if text is None:
            return None
        parts = {part for piece in text.split(";") if (part := piece.strip())}
        return frozenset(self.values.read(part, side) if self.values else part for part in parts) or None

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        if value is None:
            return None
        if not isinstance(value, frozenset):
            raise Unmappable("invalid", "is not a set of values")
        return ";".join(sorted(self.values.write(v, side) if self.values else v for v in value)) or None


@dataclass(frozen=True, slots=True)
class Lenient:
    """Another converter, except that a value without a counterpart is not held back.

    Without ``default`` the text itself is passed (``unmapped: pass``), or what it means on the other side.
    With a default for one side (``unmapped: default``), whatever the other side has no counterpart for counts
    as that default. Unknown values of the default's own side are read as they are, so that the two can be
    compared; writing them over is what is refused.
    """

    inner: Converter
    default: Mapping[Side, str] | None = None

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def lossy(self) -> bool:
        return self.inner.lossy

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        try:
            return self.inner.read(raw, side, type, ctx)
        except Unmappable as held:
            if held.code != "unmapped":
                raise
        if self.default is None:
            return self._meaning(clean(raw), side.other, type, ctx)
        default = self.default.get(side.other)
        return clean(raw) if default is None else self._meaning(default, side.other, type, ctx)

    def _meaning(self, text: str | None, side: Side, type: str, ctx: Context) -> Value:
        """What a text stands for on a side; itself where it stands for nothing there."""
        try:
            return self.inner.read(text, side, type, ctx)
        except Unmappable:
            return text

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        try:
            return self.inner.write(value, side, type, ctx)
        except Unmappable as held:
            if held.code != "unmapped" or not isinstance(value, str):
                raise
            if self.default is not None and value != self.default.get(side):
                raise
            return value
