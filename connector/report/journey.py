"""How a person got where they are: each stage entered and left, by whom, and how that is known.

Enters: the moves that the state holds, and names that the CRMs give now. Leaves: ``Passage``, oldest first.
Never: I/O.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from connector.domain.history import in_order
from connector.model import Side, StageMove
from connector.report.words import LABELS
from connector.sync.reasons import shown_reason

KNOWN_FROM = {
    "hubspot_history": "HubSpot's property history",
    "hubspot_dates": "HubSpot's entry dates",
    "salesforce_history": "Salesforce's field history",
    "stamp": "when the record was last changed",
    "connector": "smarketing wrote it",
}
"""How a move is known, in words."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The time that a person spent in one stage. ``left``: None while they are in it; ``name``: of the person
    who moved them, where the CRM gives it now."""

    stage: str
    entered: datetime
    left: datetime | None
    move: StageMove
    name: str = ""


def passages(moves: Iterable[StageMove], names: Mapping[tuple[Side, str], str]) -> tuple[Passage, ...]:
    """The stages of a person in their order. ``names``: by CRM and id."""
    ordered = in_order(moves)
    return tuple(
        Passage(move.end, move.at, after.at if after else None, move, names.get((move.side, move.by_id), ""))
        for move, after in zip_longest(ordered, ordered[1:])
    )


def who(passage: Passage) -> str:
    """Who moved the person, in words."""
    move = passage.move
    if move.by_kind == "connector":
        return f"smarketing, {move.why}" if move.why else "smarketing"
    if move.by_kind == "person":
        return passage.name or (f"user {move.by_id}" if move.by_id else "a person")
    if move.by_kind == "unknown":
        return move.by_id
    return f"{move.by_kind} {move.by_id.removeprefix(move.by_kind + ':')}".strip()


def rows(told: Iterable[Passage]) -> list[tuple[str, ...]]:
    """One line per stage for a table: stage, entered, left, where, by whom, why, how that is known."""
    return [
        (
            each.stage,
            _moment(each.entered),
            _moment(each.left),
            LABELS[each.move.side],
            who(each),
            shown_reason(each.move.reason),
            KNOWN_FROM.get(each.move.source, each.move.source),
        )
        for each in told
    ]


COLUMNS = ("stage", "entered (UTC)", "left", "in", "by", "reason", "known from")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else ""


def as_json(told: Iterable[Passage]) -> list[dict[str, Any]]:
    """The list under ``history`` in ``explain --json``."""
    return [
        {
            "stage": each.stage,
            "from": each.move.start,
            "entered": each.entered,
            "left": each.left,
            "side": each.move.side.value,
            "by": {
                "kind": each.move.by_kind,
                "id": each.move.by_id or None,
                "name": each.name or None,
            },
            "why": each.move.why or None,
            "rule": each.move.rule or None,
            "reason": shown_reason(each.move.reason) or None,
            "source": each.move.source,
        }
        for each in told
    ]
