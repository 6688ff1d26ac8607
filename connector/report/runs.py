"""What a run did, or would do, as values that people and machines read.

Enters: counts of a run. Leaves: ``Report`` and its JSON. Never: I/O.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.model import Action, Side


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, or would do. ``requests``: per side by kind of call. ``stopped_by``: names of guards;
    ``danger``: one of them stopped everything. ``plan``: the hash that ``approve`` takes. ``planned``:
    actions by class. ``review``/``held``: open now. ``paused``: a person paused the sync while it was at
    work. ``unusual``: classes that a guard holds only because past days had far less of them, each with the
    most on one of those days. ``mapping_changed``: all was read, since it was last looked at by another
    mapping."""

    run: int
    kind: str
    created: int = 0
    updated: int = 0
    review: int = 0
    held: int = 0
    requests: Mapping[Side, Mapping[str, int]] = field(default_factory=dict)
    stopped_by: tuple[str, ...] = ()
    danger: bool = False
    plan: str | None = None
    planned: Mapping[str, int] = field(default_factory=dict)
    sample: tuple[Action, ...] = ()
    linked: int = 0
    single: int = 0
    failed: int = 0
    archived: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    paused: bool = False
    unusual: Mapping[str, int] = field(default_factory=dict)
    mapping_changed: bool = False

    @property
    def writes(self) -> int:
        """Records written to either CRM."""
        return self.created + self.updated + self.archived

    @property
    def exit_code(self) -> int:
        """0 done; 1 something waits; 3 a danger guard or a person's pause stopped it."""
        if self.danger or self.paused:
            return 3
        return int(bool(self.stopped_by or self.review or self.held or self.failed or self.interrupted))


def both(first: Report, second: Report) -> Report:
    """One report of a run and its closing look; what is open now is as the second one found it."""
    return replace(
        second,
        created=first.created + second.created,
        updated=first.updated + second.updated,
        failed=first.failed + second.failed,
        stopped_by=tuple(dict.fromkeys((*first.stopped_by, *second.stopped_by))),
        unusual={**first.unusual, **second.unusual},
        plan=second.plan if first.plan is None else first.plan,
        planned=Counter(first.planned) + Counter(second.planned),
        mapping_changed=first.mapping_changed,
    )


def summary(report: Report) -> dict[str, Any]:
    """The report as plain JSON, as ``sync --json`` prints it and the state keeps it."""
    return {
        "run": report.run,
        "created": report.created,
        "updated": report.updated,
        "writes": report.writes,
        "review": report.review,
        "held": report.held,
        "requests": {side.value: sum(report.requests.get(side, {}).values()) for side in Side},
        "stopped_by": list(report.stopped_by) or None,
        "unusual": dict(report.unusual),
        "plan": report.plan,
        "failed": report.failed,
        "planned": dict(report.planned),
        "requests_by_kind": {side.value: dict(report.requests.get(side, {})) for side in Side},
        "linked": report.linked,
        "single": report.single,
        "seconds": report.seconds,
        "interrupted": report.interrupted,
        "paused": report.paused,
        "mapping_changed": report.mapping_changed,
    }


def outcome(report: Report) -> str:
    if report.danger:
        return "stopped"
    if report.paused:
        return "paused"
    return "interrupted" if report.interrupted else "done"
