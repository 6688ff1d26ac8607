"""docs/pipeline.md is the test of the stage: each row of its tables is decided, and decided in the mirror."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.domain.criteria import mark_of
from connector.domain.stage import Seen, StageDecision, decide_stage
from connector.mapping.criteria import Of, compile
from connector.mapping.rules import BackwardMove, Clash, Pipeline, Rearm, Stage, Where
from connector.model import Side, StageNow, Value

PAGE = Path(__file__).parents[3] / "docs" / "pipeline.md"
HEAD = "| agreed | HubSpot | Salesforce | besides | stands at | written | why |"
KEYS = ("lead", "mql", "sql", "opportunity", "customer")
HERE = Where("pipeline.yaml", 1)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
A_MINUTE_AGO = NOW - timedelta(minutes=1)
DAY = timedelta(days=1)
NAMES = {"title": Of.TEXT, "country": Of.TEXT, "last_form": Of.MOMENT, "moved_back_at": Of.MOMENT}


@dataclass(frozen=True)
class Row:
    """One line of a table; ``line`` counts from 1 in the page."""

    line: int
    agreed: Mapping[Side, str | None]
    shown: Mapping[Side, str | None]
    besides: tuple[str, ...]
    stands: str
    written: str
    why: str

    @property
    def mirrored(self) -> "Row":
        turn = {"HubSpot": "Salesforce", "Salesforce": "HubSpot"}
        return replace(
            self,
            agreed={side.other: stage for side, stage in self.agreed.items()},
            shown={side.other: stage for side, stage in self.shown.items()},
            besides=tuple(re.sub("HubSpot|Salesforce", lambda m: turn[m[0]], b) for b in self.besides),
            written=turn.get(self.written, self.written),
        )


def rows() -> Iterator[Row]:
    inside = False
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        inside = line == HEAD or (inside and line.startswith("|"))
        if not inside or line == HEAD or line.startswith("|---"):
            continue
        agreed, hubspot, salesforce, besides, stands, written, why = (
            cell.strip() for cell in line.strip("|").split("|")
        )
        shown = {Side.HUBSPOT: _stage(hubspot), Side.SALESFORCE: _stage(salesforce)}
        first, _, second = agreed.partition(", ")
        bases = {Side.HUBSPOT: _stage(first), Side.SALESFORCE: _stage(second or first)}
        yield Row(number, bases, shown, tuple(filter(None, besides.split(", "))), stands, written, why)


def _stage(word: str) -> str | None:
    assert word in (*KEYS, "none", "blank"), word
    return word if word in KEYS else None


# ---------------------------------------------------------------- what stands under "besides"


@dataclass
class Case:
    """A row as the decision takes it."""

    pipeline: Pipeline
    seen: dict[Side, Seen]
    known: StageNow | None
    options: dict[str, object]
    values: dict[str, Value]


def _criterion(key: str, edited: bool = False) -> str:
    return f'title.contains("{key}")' + (" || false" if edited else "")


def _pipeline() -> Pipeline:
    stages = tuple(
        Stage(key, i, {"en": key}, "sales", {}, compile(_criterion(key), NAMES, KEYS), HERE)
        for i, key in enumerate(KEYS)
    )
    back = (
        BackwardMove("sql", ("mql", "lead"), needs_reason=True, grace_s=1800),
        BackwardMove("opportunity", ("sql",), needs_reason=False, grace_s=0),
    )
    form = compile("last_form > moved_back_at", NAMES, KEYS)
    return Pipeline("sql", stages, "any", back, (), {}, HERE, rearm=Rearm(90 * 86400, form))


def case_of(row: Row) -> Case:
    base = {side: row.agreed[side] for side in Side}
    new = all(stage is None for stage in base.values())
    seen = {
        side: Seen(row.shown[side], base[side], None if new else row.shown[side] != base[side], A_MINUTE_AGO)
        for side in Side
    }
    armed = {mark_of(s, s.enter_when) for s in _pipeline().stages if s.enter_when}
    made = Case(_pipeline(), seen, None, {"armed": frozenset(armed)}, {"title": "", "country": "NL"})
    made.values["last_form"] = NOW - 200 * DAY
    for word in row.besides:
        _besides(word, made)
    return made


def _besides(word: str, case: Case) -> None:
    name, _, what = (part.strip() for part in word.partition(":"))
    known = case.known or StageNow(None, None)
    if name in SIMPLE:
        case.options |= SIMPLE[name]
    elif name == "next only":
        case.pipeline = replace(case.pipeline, forward="next_only")
    elif name == "has no mql and sql":
        only = compile('country != "NL"', NAMES, KEYS)
        stages = (replace(s, only=only) if s.key in ("mql", "sql") else s for s in case.pipeline.stages)
        case.pipeline = replace(case.pipeline, stages=tuple(stages))
    elif name == "grace over":
        case.seen = {side: replace(one, at=NOW - timedelta(minutes=31)) for side, one in case.seen.items()}
    elif name == "waited till now":
        case.known = replace(known, wait_until=NOW)
    elif name == "newest":
        case.pipeline = replace(case.pipeline, clash=Clash.NEWEST)
        if what != "unknown":
            later = Side(what.lower())
            case.options["times"] = {later: NOW, later.other: NOW - DAY}
    elif name == "clash goes to review":
        case.pipeline = replace(case.pipeline, clash=Clash.REVIEW)
    elif name.startswith("a person chose "):
        case.options["chosen"] = Side(name.removeprefix("a person chose ").lower())
    elif name == "known":
        case.known = replace(known, stage=what)
    elif name == "unfinished":
        case.known = replace(known, target=what)
    elif name == "deals want":
        case.options["wish"] = what
    elif name == "lost deals take back to":
        case.options |= {"wish": what, "recycle": True}
    elif name == "criterion":
        case.values["title"] = f"{case.values['title']} {what}"
    elif name == "already true":
        case.values["title"] = f"{case.values['title']} {what}"
        case.options["armed"] = frozenset(m for m in case.options["armed"] if f"+{what}#" not in m)  # type: ignore[attr-defined]
    elif name == "edited since":
        stages = (
            replace(s, enter_when=compile(_criterion(s.key, edited=True), NAMES, KEYS))
            for s in case.pipeline.stages
        )
        case.pipeline = replace(case.pipeline, stages=tuple(stages))
    elif name == "rejected from":
        case.known = replace(known, back_from=what, back_at=NOW - 10 * DAY)
    elif name == "90 days ago":
        case.known = replace(known, back_at=NOW - 90 * DAY)
    else:
        assert name == "new form", word
        case.values["last_form"] = NOW - DAY


SIMPLE: Mapping[str, Mapping[str, object]] = {
    "reason": {"reason": True},
    "first look": {"first": True},
    "meant to differ": {"apart": True},
}


def decided(row: Row) -> StageDecision:
    case = case_of(row)
    return decide_stage(
        case.pipeline,
        case.seen,
        values=case.values,
        now=NOW,
        known=case.known,
        **case.options,  # type: ignore[arg-type]
    )


# ---------------------------------------------------------------- the test


def _written(decision: StageDecision) -> str:
    assert set(decision.writes.values()) <= {decision.stage}
    names = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}
    return "both" if len(decision.writes) == 2 else next((names[s] for s in decision.writes), "nothing")


def _why(decision: StageDecision) -> str:
    if decision.review:
        return f"review: {decision.review}"
    if decision.held:
        return f"waits: {decision.held}"
    if decision.agreed:
        return "agreed"
    if not decision.writes:
        return "nothing"
    code = decision.note.code if decision.note and decision.why.value == "put back" else ""
    return f"{decision.why}: {code}" if code else decision.why.value


ROWS = tuple(rows())


def test_the_page_has_its_tables() -> None:
    assert len(ROWS) > 60


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"line {row.line}")
@pytest.mark.parametrize("mirror", [False, True], ids=["", "mirrored"])
def test_each_row_of_the_page_is_what_is_decided(row: Row, mirror: bool) -> None:
    row = row.mirrored if mirror else row
    decision = decided(row)
    assert (decision.stage or "open", _written(decision), _why(decision)) == (
        row.stands,
        row.written,
        row.why,
    )
