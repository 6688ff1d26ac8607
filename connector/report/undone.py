"""What an undo did, or would do, as values that people and machines read: field names and ids, never values.

Enters: counts of an undo. Leaves: ``Undone`` and its JSON. Never: I/O.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.model import WHOLE_RECORD, Kind, Side
from connector.report.runs import Report
from connector.sync.undo import Left


@dataclass(frozen=True, slots=True)
class Undone:
    """``of``: the run that is undone; ``dry``: nothing was written. ``fields``: ids of the records by side,
    kind and field (``@record``: archived); guards may hold some of them. ``left``: what stays as it is."""

    report: Report
    of: int
    dry: bool
    fields: Mapping[tuple[Side, Kind, str], list[str]]
    left: tuple[Left, ...]

    def left_by(self) -> Counter[str]:
        """How much stays as it is, by reason."""
        return Counter(one.reason.value for one in self.left)


def as_json(done: Undone) -> dict[str, Any]:
    """The object of ``undo --json``."""
    report = done.report
    places = sorted(done.fields.items())
    return {
        "run": report.run,
        "undo_of": done.of,
        "dry": done.dry,
        "updated": report.updated,
        "archived": report.archived,
        "failed": report.failed,
        "stopped_by": list(report.stopped_by) or None,
        "plan": report.plan,
        "interrupted": report.interrupted,
        "fields": [
            {"side": side.value, "kind": kind.value, "field": name, "records": list(ids)}
            for (side, kind, name), ids in places
            if name != WHOLE_RECORD
        ],
        "archives": [
            {"side": side.value, "kind": kind.value, "records": list(ids)}
            for (side, kind, name), ids in places
            if name == WHOLE_RECORD
        ],
        "left": [
            {"reason": one.reason.value, "record": str(one.target), "field": one.field or None}
            for one in done.left
        ],
        "left_by_reason": dict(done.left_by()),
    }
