"""History: how people's stages moved, as both CRMs tell it themselves.

Enters: links that are compared, their records, what the state knows. Leaves: moves that are news (``Facts``),
and what a settlement is to remember of them. Never: a decision about a stage.

The CRMs are asked for the history of a column only where a stage reads otherwise than the state knows it; at
the first look HubSpot's entry dates, which came with the record, tell it without a request.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from connector.crm.base import Crm, Version
from connector.domain.history import dated, fresh, in_order, joined, moves_of, seen, told
from connector.domain.pipeline import STAGE
from connector.mapping.convert import Context, Unmappable
from connector.mapping.converters.moments import parse_moment
from connector.mapping.rules import ObjectMap, Pipeline
from connector.model import (
    CONNECTOR,
    Change,
    Decision,
    Delta,
    Kind,
    Link,
    Raw,
    Record,
    Ref,
    Result,
    Side,
    StageMove,
    StageNow,
    Verdict,
)
from connector.sync.facts import NO_FACTS, Facts
from connector.sync.settle import Attempt

HISTORY: Mapping[Side, str] = {Side.HUBSPOT: "hubspot_history", Side.SALESFORCE: "salesforce_history"}
DATES = "hubspot_dates"
ENOUGH = 100
"""Records asked about at the first look; if none of them has a history, the others are not asked about."""

Known = Callable[[Iterable[str]], Mapping[str, StageNow]]
Log = Callable[[Iterable[str]], Mapping[str, Sequence[StageMove]]]
Place = tuple[Side, str, str]


@dataclass(slots=True)
class History:
    """The source of ``Facts.stage``, ``Facts.moves`` and ``Facts.log`` for one kind in one run.

    ``known`` and ``log``: what the state holds, by link. ``moved``: links that became part of others in this
    run. ``absorbed``: records that swallowed others in this run (merge, conversion) -> those. ``anew``: the
    state is not believed (a rebuild): every history is read.
    """

    objects: ObjectMap
    crms: Mapping[Side, Crm]
    known: Known
    log: Log
    context: Callable[[Record], Context]
    moved: Mapping[str, str]
    absorbed: Mapping[Ref, Sequence[Ref]]
    anew: bool = False
    silent: set[Place] = field(default_factory=set)

    def add(
        self,
        links: Sequence[Link],
        records: Mapping[str, Mapping[Side, Record]],
        facts: Mapping[str, Facts],
    ) -> Mapping[str, Facts]:
        """The facts with what is known of each stage, and how it moved since."""
        known = self._known([link.id for link in links])
        stages = {link.id: self._stages(records[link.id]) for link in links}
        before = self._before(links, records)
        news = [
            link.id
            for link in links
            if link.id in before or self._is_news(known.get(link.id), stages[link.id])
        ]
        versions = self._versions(news, known, stages, records)
        blank = [link.id for link in links if len(stages[link.id]) < len(records[link.id])]
        logs = self._logs(dict.fromkeys((*news, *blank)))
        found = dict(facts)
        for link in links:
            moves: tuple[StageMove, ...] = ()
            log = tuple(logs.get(link.id, ()))
            if link.id in versions:
                moves = self._moves(
                    stages[link.id], records[link.id], versions[link.id], log, before.get(link.id, ())
                )
            part = found.get(link.id, NO_FACTS)
            found[link.id] = replace(part, stage=known.get(link.id), moves=moves, log=log)
        return found

    # ------------------------------------------------------------ what is known

    def _known(self, ids: Sequence[str]) -> dict[str, StageNow]:
        """By link, with what is known of links that became part of it just now."""
        lost = {old: self._end(old) for old in self.moved}
        wanted = set(ids)
        held = self.known([*ids, *(old for old, end in lost.items() if end in wanted)])
        found = {id: held[id] for id in ids if id in held}
        for old, end in lost.items():
            if old in held and end in wanted:
                found[end] = joined(found.get(end), held[old])
        return found

    def _logs(self, ids: Iterable[str]) -> dict[str, Sequence[StageMove]]:
        wanted = set(ids)
        if not wanted:
            return {}
        lost = {old: end for old in self.moved if (end := self._end(old)) in wanted}
        held = self.log([*wanted, *lost])
        found = {id: list(held.get(id, ())) for id in wanted}
        for old, end in lost.items():
            found[end] += held.get(old, ())
        return {id: sorted(moves, key=lambda m: m.at) for id, moves in found.items()}

    def _end(self, link: str) -> str:
        steps = {link}
        while (following := self.moved.get(link)) is not None and following not in steps:
            steps.add(link := following)
        return link

    # ------------------------------------------------------------ what the records show

    def _stages(self, records: Mapping[Side, Record]) -> dict[Side, str]:
        """The stage that each record shows; sides that show none are missing."""
        found = ((side, self._read(record, self._raw(record))) for side, record in records.items())
        return {side: stage for side, stage in found if stage is not None}

    def _column(self, record: Record) -> str:
        return self.objects.field(STAGE).column(record.ref.side, record.ref.type) or ""

    def _raw(self, record: Record) -> Raw:
        return record.values.get(self._column(record))

    def _read(self, record: Record, raw: Raw) -> str | None:
        if raw is None:
            return None
        ref, convert = record.ref, self.objects.field(STAGE).convert
        try:
            stage = convert.read(raw, ref.side, ref.type, self.context(record))
        except Unmappable:
            return None
        return stage if isinstance(stage, str) else None

    def _is_first(self, known: StageNow | None) -> bool:
        return self.anew or known is None or known.stage is None

    def _is_news(self, known: StageNow | None, stages: Mapping[Side, str]) -> bool:
        if self._is_first(known):
            return bool(stages)
        return known is not None and any(stage != known.stage for stage in stages.values())

    def _dates(self, record: Record) -> list[tuple[datetime, str]]:
        """When the record entered which stage, where the CRM tells that with the record."""
        found: list[tuple[datetime, str]] = []
        for raw, column in self.objects.entered.get(record.ref.side, {}).items():
            text = record.values.get(column)
            if text is None or (stage := self._read(record, raw)) is None:
                continue
            try:
                found.append((parse_moment(str(text)), stage))
            except Unmappable:
                continue
        return found

    # ------------------------------------------------------------ what the CRMs tell

    def _versions(
        self,
        ids: Sequence[str],
        known: Mapping[str, StageNow],
        stages: Mapping[str, Mapping[Side, str]],
        records: Mapping[str, Mapping[Side, Record]],
    ) -> dict[str, dict[Side, tuple[Version, ...]]]:
        """The history of each stage that moved, by link and side. A side that was not asked, because its
        stage is as it was or its dates are enough, has none."""
        asked: dict[Place, list[tuple[str, str]]] = {}
        first = {id for id in ids if self._is_first(known.get(id))}
        for id in ids:
            for side, stage in stages[id].items():
                record = records[id][side]
                place = (side, record.ref.type, self._column(record))
                if id not in first and stage == known[id].stage:
                    continue
                if id in first and (place in self.silent or (not self.anew and self._dates(record))):
                    continue
                asked.setdefault(place, []).append((id, record.ref.id))
        found: dict[str, dict[Side, tuple[Version, ...]]] = {id: {} for id in ids}
        for place, wanted in asked.items():
            side, type, column = place
            told_of = self.crms[side].versions(type, [record for _, record in wanted], column)
            if not told_of and sum(id in first for id, _ in wanted) >= ENOUGH:
                self.silent.add(place)
            for id, record_id in wanted:
                found[id][side] = told_of.get(record_id, ())
        return found

    def _before(
        self, links: Sequence[Link], records: Mapping[str, Mapping[Side, Record]]
    ) -> dict[str, list[StageMove]]:
        """The moves of records that were converted just now: their history stays under their former id."""
        asked: dict[Place, list[tuple[str, Record]]] = {}
        for link in links:
            for side, record in records[link.id].items():
                for old in self.absorbed.get(record.ref, ()):
                    column = self.objects.field(STAGE).column(side, old.type)
                    if old.type != record.ref.type and column is not None:
                        former = replace(record, ref=old)
                        asked.setdefault((side, old.type, column), []).append((link.id, former))
        found: dict[str, list[StageMove]] = {}
        for (side, type, column), wanted in asked.items():
            told_of = self.crms[side].versions(type, [former.ref.id for _, former in wanted], column)
            for id, former in wanted:
                reads = partial(self._read, former)
                if moves := moves_of(side, told_of.get(former.ref.id, ()), reads, HISTORY[side]):
                    found.setdefault(id, []).extend(moves)
        return found

    def _moves(
        self,
        stages: Mapping[Side, str],
        records: Mapping[Side, Record],
        versions: Mapping[Side, Sequence[Version]],
        log: Sequence[StageMove],
        before: Sequence[StageMove],
    ) -> tuple[StageMove, ...]:
        every = list(before)
        for side in stages:
            record = records[side]
            reads = partial(self._read, record)
            history = moves_of(side, versions.get(side, ()), reads, HISTORY[side])
            every += history or ([] if log else dated(side, self._dates(record), DATES))
        news = fresh(log, every)
        known = {move.end for move in news} | ({in_order(log)[-1].end} if log else set())
        for side, stage in stages.items():
            later = [v for v in versions.get(side, ()) if v.at > records[side].stamp]
            if stage not in known and not later:
                news = (*news, seen(side, stage, records[side].stamp, [*log, *news]))
                known.add(stage)
        return tuple(sorted(news, key=lambda move: move.at))


# ---------------------------------------------------------------- what is remembered


def remembered(
    decisions: Iterable[Decision],
    logs: Mapping[str, Sequence[StageMove]],
    known: Mapping[str, StageNow],
    pipeline: Pipeline,
) -> tuple[tuple[tuple[str, StageMove], ...], dict[str, StageNow]]:
    """The moves to keep, with their links, and what is known of the stages then. ``logs`` and ``known``: what
    the state holds of these links."""
    moves: list[tuple[str, StageMove]] = []
    stages: dict[str, StageNow] = {}
    for decision in decisions:
        id = decision.link.id
        if not decision.moves and decision.marks is None:
            continue
        moves += ((id, move) for move in decision.moves)
        whole = [*logs.get(id, ()), *decision.moves]
        stages[id] = told(whole, pipeline, decision.marks or known.get(id))
    return tuple(moves), stages


@dataclass(frozen=True, slots=True)
class Mover:
    """Tells which writes of the connector moved people: not those that carry a move over, for that one is
    known already as made where it was made. ``people``: the mapping of people."""

    people: ObjectMap
    pipeline: Pipeline
    ctx: Context
    known: Known
    log: Log

    def parts(
        self, done: Iterable[tuple[Attempt, Result]], now: datetime
    ) -> tuple[tuple[tuple[str, StageMove], ...], dict[str, StageNow]]:
        """The moves to keep, with their links, and what is known of the stages then, of one batch of
        attempts and what became of them."""
        wrote = [(a, r, what) for a, r in done if (what := self._stage(a, r)) is not None]
        ids = list(dict.fromkeys(attempt.link.id for attempt, _, _ in wrote))
        if not ids:
            return (), {}
        logs = {id: list(moves) for id, moves in self.log(ids).items()}
        news: list[tuple[str, StageMove]] = []
        for attempt, result, (change, stage) in wrote:
            log = logs.setdefault(attempt.link.id, [])
            if log and in_order(log)[-1].end == stage:
                continue
            move = seen(attempt.action.side, stage, result.stamp or now, log)
            move = replace(move, by_kind="connector", why=change.why, rule=change.rule, source="connector")
            log.append(move)
            news.append((attempt.link.id, move))
        known = self.known({id for id, _ in news})
        return tuple(news), {id: told(logs[id], self.pipeline, known.get(id)) for id, _ in news}

    def _stage(self, attempt: Attempt, result: Result) -> tuple[Change, str] | None:
        action = attempt.action
        if result.verdict is not Verdict.DONE or action.kind is not Kind.CONTACT:
            return None
        change = next((c for c in action.changes if c.field == STAGE and c.rule != CONNECTOR), None)
        if change is None:
            return None
        raw = result.values.get(change.column, change.after)
        if isinstance(raw, Delta):
            return None
        try:
            stage = self.people.field(STAGE).convert.read(raw, action.side, action.target.type, self.ctx)
        except Unmappable:
            return None
        return (change, stage) if isinstance(stage, str) else None
