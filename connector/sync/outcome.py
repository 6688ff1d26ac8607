"""What reconciling looks at and answers: the words that its parts share.

Enters and leaves: plain values. Never: I/O, or a look at which CRM a side is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.model import Delta, Raw, Side, Value, Why

Digest = Callable[[Raw], bytes]
"""Keyed hash of a raw value."""


@dataclass(frozen=True, slots=True)
class Look:
    """One side of one field: its raw and shared value, and whether it differs from the base (None: there is
    no base)."""

    raw: Raw
    value: Value
    changed: bool | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do about one field.

    ``writes``: per side the shared value to write. ``agreed``: the base moves to the present raw values
    without a write. ``diverged``: why the two sides may differ from now on. ``review``/``held``: a code when
    a person or a later run must look; base and both sides are left alone. ``members``: of a set, all that it
    should hold. ``needs_times``: the clash can only be decided by field history.
    """

    writes: Mapping[Side, Value | Delta] = field(default_factory=dict)
    why: Why = Why.EDIT
    agreed: bool = False
    diverged: str = ""
    review: str = ""
    held: str = ""
    detail: str = ""
    needs_times: bool = False
    members: frozenset[str] = frozenset()


UNDONE = "an undo put back what stood here before"
"""``diverged`` mark of a field whose value an undo put back: the two sides differ until the next edit."""

NOTHING = Outcome()
AGREED = Outcome(agreed=True)
