"""People who own records, and records that point at records.

Enters: CRM ids. Leaves: an owner's shared key (an email), or our link ids. Never: I/O.
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

from collections.abc import Mapping
from dataclasses import dataclass

from connector.mapping.convert import Context, Unmappable
from connector.mapping.converters.text import as_text, clean
from connector.model import Raw, Ref, Side, Value


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a record is assigned to. An owner without a counterpart leaves the other side as it is."""

    name: str = "owner"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        return _found(clean(raw), ctx.owners.get(side, {}))

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        return _found(as_text(value), ctx.owner_ids.get(side, {}))


def _found(key: str | None, table: Mapping[str, str]) -> str | None:
    if key is None:
        return None
    if key not in table:
        raise Unmappable("unmapped", "nobody with the same email on the other side")
    return table[key]


@dataclass(frozen=True, slots=True)
class Reference:
    """One record that this one belongs to. Shared value: its link id. Writing gives the link id too; apply
    puts the record id in its place, because the record may be created in the same run. ``targets``: per
    side, the object types it may point at."""

    targets: Mapping[Side, tuple[str, ...]]
    name: str = "reference"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        if text is None:
            return None
        link = _link(text, side, self.targets[side], ctx)
        if link is None:
            raise Unmappable("unlinked", "points at a record that is not linked yet")
        return link

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        return as_text(value)


@dataclass(frozen=True, slots=True)
class References:
    """The records that belong to this one, as a set of link ids. Those that are not linked are left out on
    both sides: each CRM may keep members that the other does not know."""

    targets: Mapping[Side, tuple[str, ...]]
    name: str = "references"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        if raw is None or raw == ():
            return None
        if not isinstance(raw, tuple):
            raise Unmappable("invalid", "is not a list of records")
        links = (_link(id, side, self.targets[side], ctx) for id in raw)
        return frozenset(link for link in links if link is not None) or None

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        if value is None:
            return None
        if not isinstance(value, frozenset):
            raise Unmappable("invalid", "is not a set of records")
        return tuple(sorted(value)) or None


def _link(id: str, side: Side, types: tuple[str, ...], ctx: Context) -> str | None:
    for type in types:
        if link := ctx.links.get(Ref(side, type, id)):
            return link
    return None
