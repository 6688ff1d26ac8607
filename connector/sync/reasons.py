"""Whether a move back states its reason, and which.

Enters: the shared values of a person, the moves that are known, the bases. Leaves: ``Stated``. Never: I/O.

A reason counts for the move that it was stated for. One that still stands in its field since an earlier move
does not: it has to differ from what that move was logged with, or to have been entered since the last look.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.domain.history import in_order
from connector.domain.pipeline import STAGE, place
from connector.mapping.converters.choices import Choice
from connector.mapping.rules import FieldRule, ObjectMap, Pipeline
from connector.model import Link, Record, Side, StageMove, Value
from connector.sync.outcome import Digest

BETWEEN = "; "
HASHED = re.compile(r"#[0-9a-f]+$")


@dataclass(frozen=True, slots=True)
class Stated:
    """``reason``: what states the move, as the log keeps it, blank where nothing does. ``move``: the move
    back that people made, None where there is none or where it carries its reason already."""

    reason: str = ""
    move: StageMove | None = None


def stated(
    pipeline: Pipeline,
    objects: ObjectMap,
    link: Link,
    records: Mapping[Side, Record],
    shared: Mapping[Side, Mapping[str, Value]],
    *,
    log: Sequence[StageMove],
    news: Sequence[StageMove],
    digest: Digest,
) -> Stated:
    """The reason of the move back that a pair shows. ``log``: what the state knows of the person's moves;
    ``news``: moves that were seen just now."""
    shown = {values.get(STAGE) for values in shared.values()}
    known = in_order((*log, *news))
    recent = {*news, *in_order(log)[-1:]}
    move = next(
        (m for m in reversed(known) if m in recent and m.end in shown and _is_back(pipeline, m)),
        None,
    )
    if move is not None and move.reason:
        return Stated(move.reason)
    before = next((m.reason for m in reversed(known) if m.reason), "").split(BETWEEN)
    marks = {
        mark: None
        for rule, side, value in _filled(pipeline, objects, shared)
        if (mark := _mark(rule, value, digest)) not in before or _is_new(rule, link, records[side], digest)
    }
    return Stated(BETWEEN.join(marks), move)


def shown_reason(reason: str) -> str:
    """A logged reason for people: the keys of a value map; of any other field its name alone."""
    return BETWEEN.join(dict.fromkeys(HASHED.sub("", mark) for mark in reason.split(BETWEEN)))


def _is_back(pipeline: Pipeline, move: StageMove) -> bool:
    return place(pipeline, move.end) < place(pipeline, move.start)


def _filled(
    pipeline: Pipeline, objects: ObjectMap, shared: Mapping[Side, Mapping[str, Value]]
) -> Iterator[tuple[FieldRule, Side, Value]]:
    for name in pipeline.reason:
        for side, values in shared.items():
            if (value := values.get(name)) is not None:
                yield objects.field(name), side, value


def _mark(rule: FieldRule, value: Value, digest: Digest) -> str:
    """What the log keeps of a reason. Only a key that the mapping itself lists is kept as it is: of what
    people type the state holds no readable copy."""
    if isinstance(rule.convert, Choice) and rule.convert.values is not None:
        return str(value)
    text = BETWEEN.join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return f"{rule.name}#{digest(text).hex()}"


def _is_new(rule: FieldRule, link: Link, record: Record, digest: Digest) -> bool:
    """Whether it was entered in this CRM since the last look."""
    base = link.bases.get(record.ref.side, {}).get(rule.name)
    column = rule.column(record.ref.side, record.ref.type)
    return base is not None and column is not None and digest(record.values.get(column)) != base
