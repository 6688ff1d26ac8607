"""Volume guards: how much of each class may be written without a person's word.

Enters: unapproved changes per class, what was done in the last 24 hours and on the busiest of the days
before, announced windows. Leaves: classes that are held, and which window pays for what. Never: I/O.

Deviation: a class that is far above the busiest of the last two weeks is held, though the configured limit
would let it pass: a limit that suits a large firm's Monday is too wide for a field that changes twice a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.state.rows import Window
from connector.sync.guards import Limits

DAYS = 14
"""Days before the last 24 hours that tell what is usual."""
LEAST_DAYS = 7
"""Nothing is called unusual before the connector has been at work for so long."""
VERBS = {
    "creates": "create",
    "overwrites": "overwrite",
    "owners": "owner",
    "blankings": "blank",
    "unlinks": "unlink",
    "opt_outs": "optout",
}
"""The words of [guards] and of windows -> the first word of a guard class."""


@dataclass(frozen=True, slots=True)
class Past:
    """Unapproved changes per class. ``done``: in the last 24 hours; ``busiest``: on the busiest of the
    ``DAYS`` days before, None while too few days are known."""

    done: Mapping[str, int] = field(default_factory=dict)
    busiest: Mapping[str, int] | None = None


@dataclass(slots=True)
class Charge:
    """What a window pays of a class in one run; it is counted down while actions are taken."""

    window: int
    left: int

    def take(self) -> bool:
        """Whether it pays for one more change."""
        self.left -= 1
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """``held``: class -> how many changes it holds; ``unusual``: those of them that only past days hold, with
    what was done on the busiest of those; ``charges``: what windows pay for."""

    held: Mapping[str, int]
    unusual: Mapping[str, int]
    charges: Mapping[str, Charge]


def charged_to(window: int) -> str:
    """The name under which a window's changes are counted, so that they do not count for their class."""
    return f"window {window}"


def usual_limit(label: str, limits: Limits, past: Past) -> int:
    """What past days allow of a class; no less than the floor, so that small firms are not bothered."""
    judged = limits.deviation and past.busiest is not None and label.split()[0] in VERBS.values()
    if not judged or past.busiest is None:
        return limits.of(label)
    return max(limits.deviation_floor, limits.deviation * past.busiest.get(label, 0))


def judge(fresh: Mapping[str, int], past: Past, limits: Limits, windows: Sequence[Window]) -> Judgement:
    """Which classes are over their limit. A class in an announced window draws on that first; those that
    would be held without it come first."""

    def over(label: str, n: int) -> bool:
        allowed = min(limits.of(label), usual_limit(label, limits, past))
        return n > 0 and n + past.done.get(label, 0) > allowed

    left = {window.id: window.left for window in windows}
    held: dict[str, int] = {}
    charges: dict[str, Charge] = {}
    for label in sorted(fresh, key=lambda each: (not over(each, fresh[each]), each)):
        fitting = [w.id for w in windows if covers(w, label) and left[w.id] > 0]
        best = max(fitting, key=lambda id: left[id], default=None)
        paid = min(fresh[label], left[best]) if best is not None else 0
        if over(label, fresh[label] - paid):
            held[label] = fresh[label]
        elif best is not None:
            charges[label] = Charge(best, paid)
            left[best] -= paid
    busiest = past.busiest or {}
    unusual = {n: busiest.get(n, 0) for n in held if fresh[n] + past.done.get(n, 0) <= limits.of(n)}
    return Judgement(held, unusual, charges)


def covers(window: Window, label: str) -> bool:
    """Whether a window was announced for a guard class such as ``overwrite salesforce contact.phone``."""
    verb, _, rest = label.partition(" ")
    side, _, place = rest.partition(" ")
    kind, _, name = place.partition(".")
    wanted = (VERBS[window.what], window.side, window.kind, window.field)
    return all(want in ("", have) for want, have in zip(wanted, (verb, side, kind, name), strict=True))
