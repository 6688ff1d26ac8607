"""Yes or no, and numbers.

Enters: raw values (HubSpot gives text, Salesforce JSON scalars). Leaves: ``bool`` or canonical ``Decimal``.
Never: I/O.
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from decimal import Context as Arithmetic

from connector.mapping.convert import Context, Unmappable
from connector.mapping.converters.text import clean
from connector.model import Raw, Side, Value

YES = frozenset({"true", "yes", "1"})
NO = frozenset({"false", "no", "0"})
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
EXACT = Arithmetic(prec=400)
LARGEST = Decimal(10) ** 18


@dataclass(frozen=True, slots=True)
class Boolean:
    """Yes or no. A blank stays blank, except that a Salesforce checkbox cannot be blank: clearing it
    unticks it."""

    name: str = "boolean"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        if raw is None or isinstance(raw, bool):
            return raw
        text = (clean(raw) or "").lower()
        if not text:
            return None
        if text in YES or text in NO:
            return text in YES
        raise Unmappable("invalid", "is neither true nor false")

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        if not (value is None or isinstance(value, bool)):
            raise Unmappable("invalid", "is neither true nor false")
        if side is Side.SALESFORCE:
            return bool(value)
        return None if value is None else str(value).lower()


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exact. ``decimals`` rounds both sides to so many places (half up) before they are compared:
    a currency field that keeps two would otherwise never agree with one that keeps four."""

    name: str = "number"
    lossy: bool = False
    decimals: int | None = None

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = repr(raw) if isinstance(raw, float) else clean(raw)
        if text is None:
            return None
        if isinstance(raw, bool) or not NUMBER.fullmatch(text):
            raise Unmappable("invalid", "is not a number")
        return self._canonical(Decimal(text))

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise Unmappable("invalid", "is not a number")
        if side is Side.HUBSPOT:
            return format(value, "f")
        return _json_number(value)

    def _canonical(self, number: Decimal) -> Decimal:
        if abs(number) >= LARGEST or (number and number.adjusted() < -18):
            raise Unmappable("invalid", "is too large or too small")
        if self.decimals is not None:
            number = number.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP, EXACT)
        if number == number.to_integral_value():
            return Decimal(int(number))
        return number.normalize(EXACT)


def _json_number(value: Decimal) -> int | float:
    """Integers stay integers; others must survive a binary float, as both CRMs compute with those."""
    if value == value.to_integral_value():
        return int(value)
    try:
        number = float(value)
        exact = Decimal(repr(number)) == value
    except (InvalidOperation, OverflowError):
        exact = False
    if not exact:
        raise Unmappable("invalid", "has more digits than Salesforce keeps")
    return number
