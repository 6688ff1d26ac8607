"""Converters: a CRM's raw value <-> the shared value that both sides are compared by.

Enters: raw values and a ``Context``. Leaves: shared values, or ``Unmappable`` as a value that has no
counterpart. Never: I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from connector.model import Raw, Ref, Side, Value

T = TypeVar("T")


def other_side(by_side: Mapping[Side, T]) -> dict[Side, T]:
    """The same table with the sides exchanged."""
    return {side.other: value for side, value in by_side.items()}


@dataclass(frozen=True, slots=True)
class Context:
    """What converting needs besides the value.

    ``zone``: per side, the account's time zone (for date <-> datetime). ``region``: ISO country used for
    national phone numbers when the record has none. ``owners``: per side, owner id -> shared owner key;
    ``owner_ids``: per side, shared owner key -> id of an active owner. ``links``: record -> link id, for
    references; records that aren't there are not linked. ``currency``: ISO code of the accounts' own
    currency, as far as a CRM tells it. ``record_types``: Salesforce's, id -> developer name;
    ``record_type``: that of the record that is converted, None where it has none.
    """

    zone: Mapping[Side, ZoneInfo]
    region: str = "NL"
    owners: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    owner_ids: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    links: Mapping[Ref, str] = field(default_factory=dict)
    currency: str | None = None
    record_types: Mapping[str, str] = field(default_factory=dict)
    record_type: str | None = None

    @property
    def swapped(self) -> "Context":
        """The same with the sides exchanged; records keep their ids."""
        return Context(
            zone=other_side(self.zone),
            region=self.region,
            owners=other_side(self.owners),
            owner_ids=other_side(self.owner_ids),
            links={Ref(ref.side.other, ref.type, ref.id): link for ref, link in self.links.items()},
            currency=self.currency,
            record_types=self.record_types,
            record_type=self.record_type,
        )


class Unmappable(Exception):  # noqa: N818 - it is a signal, not an error of ours
    """The value has no counterpart. ``code``: ``unmapped`` (no entry in the value map), ``invalid`` (not a
    number, not a date), ``unlinked`` (a reference to a record without a link: wait)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Converter(Protocol):
    """Both directions of one field. ``read(write(x)) == x`` for every x that ``read`` can give, unless
    declared lossy."""

    @property
    def name(self) -> str:
        """As written after ``convert:``."""
        ...

    @property
    def lossy(self) -> bool:
        """Whether carrying a value over and back can lose part of it (a time of day)."""
        ...

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        """Raw -> shared. Blank gives None (False for booleans stays False). Raises Unmappable."""
        ...

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        """Shared -> raw for that side; None clears. Raises Unmappable."""
        ...
