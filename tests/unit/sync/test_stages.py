"""Criteria and what waits for a person, on the planner's own pairs. All that decides about the stage itself
stands in docs/pipeline.md, and is tested from there."""

from datetime import timedelta

import pytest
from planning import NOW, carried_out, decide, person, rules

from connector.domain.criteria import entered
from connector.domain.moves import Ruling, judge_move
from connector.mapping.rules import BackwardMove, Pipeline, Stage, Where
from connector.model import Side, Value

HERE = Where("pipeline.yaml", 1)


class ScoreOver:
    """A criterion that needs no expression language."""

    def __init__(self, least: int) -> None:
        self.text, self.names, self.least = f"score >= {least}", frozenset({"score"}), least

    def holds(self, values: dict[str, Value]) -> bool | None:
        return None if "score" not in values else int(str(values["score"] or 0)) >= self.least


def pipeline() -> Pipeline:
    stages = tuple(
        Stage(key, i, {"en": key}, "marketing", {}, ScoreOver(50) if key == "mql" else None, HERE)  # type: ignore[arg-type]
        for i, key in enumerate(["lead", "mql", "sql", "customer"])
    )
    back = (BackwardMove("sql", ("mql",), True, 1800), BackwardMove("sql", ("lead",), False, 0))
    return Pipeline("sql", stages, "any", back, (), {}, HERE)


@pytest.mark.parametrize(
    ("after", "ruling"),
    [(0, Ruling.WAIT), (29, Ruling.WAIT), (30, Ruling.PUT_BACK), (600, Ruling.PUT_BACK)],
)
def test_the_grace_counts_from_the_move_however_late_it_is_seen(after: int, ruling: Ruling) -> None:
    moved_at = NOW - timedelta(minutes=after)
    judged = judge_move(pipeline(), "sql", "mql", reason=False, moved_at=moved_at, now=NOW)
    assert (judged.ruling, judged.until) == (ruling, moved_at + timedelta(minutes=30))


def test_a_grace_that_began_is_not_begun_anew_by_another_edit_of_the_record() -> None:
    judged = judge_move(
        pipeline(), "sql", "mql", reason=False, moved_at=NOW, now=NOW, wait_until=NOW - timedelta(seconds=1)
    )
    assert judged.ruling is Ruling.PUT_BACK


def test_a_criterion_acts_once_when_it_becomes_true() -> None:
    def look(score: str, stage: str, armed: frozenset[str]) -> tuple[str | None, frozenset[str]]:
        return entered(pipeline(), {"score": score}, armed, stage, may=True)

    _, armed = look("10", "lead", frozenset())
    stage, armed = look("60", "lead", armed)
    assert (stage, len(armed)) == ("mql", 1), "armed until the person stands there"
    stage, armed = look("60", "mql", armed)
    assert (stage, armed) == (None, frozenset())
    assert look("60", "lead", armed)[0] is None, "set back by hand: stays"


def test_a_criterion_whose_field_was_not_read_stays_as_it_was() -> None:
    _, armed = entered(pipeline(), {"score": "10"}, frozenset(), "lead", may=True)
    assert entered(pipeline(), {}, armed, "lead", may=True) == (None, armed)
    assert entered(pipeline(), {}, frozenset(), "lead", may=True) == (None, frozenset())


def test_a_stage_that_reads_alike_in_other_words_is_no_move() -> None:
    """An evangelist is a customer: HubSpot's word for it moves nobody and is left alone."""
    was = {"stage": {Side.HUBSPOT: "customer", Side.SALESFORCE: "customer"}}
    now = {"stage": {Side.HUBSPOT: "evangelist", Side.SALESFORCE: "customer"}}
    who = person(now, was)
    decision = decide(rules(), who)
    assert [c.field for a in decision.actions for c in a.changes if c.field == "stage"] == []
    assert decide(rules(), carried_out(who, decision)).reviews == ()


def test_a_clash_the_mapping_leaves_to_people_becomes_a_review_item_with_both_records() -> None:
    """Both teams changed the address; `email` says `clash: review`."""
    changed = {"email": {Side.HUBSPOT: "jan@x.nl", Side.SALESFORCE: "piet@y.be"}}
    before = {"email": {Side.HUBSPOT: "old@x.nl", Side.SALESFORCE: "old@x.nl"}}
    decision = decide(rules(), person(changed, before))
    assert [(r.code, r.field) for r in decision.reviews] == [("clash", "email")]
    assert {decision.reviews[0].subject, *decision.reviews[0].candidates} == set(decision.link.refs.values())
