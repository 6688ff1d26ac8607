"""How people move through the shared pipeline: forbidden moves, entry criteria, and what waits for a
person."""

import pytest
from planning import decide, person, rules

from connector.domain.pipeline import entered, move_allowed
from connector.mapping.rules import BackwardMove, Pipeline, Stage, Where
from connector.model import Side, Value, Why
from connector.sync.derive import judge_move
from connector.sync.outcome import Outcome

HERE = Where("pipeline.yaml", 1)


class ScoreOver:
    """A criterion that needs no expression language."""

    def __init__(self, least: int) -> None:
        self.text, self.names, self.least = f"score >= {least}", frozenset({"score"}), least

    def holds(self, values: dict[str, Value]) -> bool | None:
        return None if "score" not in values else int(str(values["score"] or 0)) >= self.least


def pipeline(forward: str = "any") -> Pipeline:
    stages = tuple(
        Stage(key, i, {"en": key}, "marketing", {}, ScoreOver(50) if key == "mql" else None, HERE)  # type: ignore[arg-type]
        for i, key in enumerate(["lead", "mql", "sql", "customer"])
    )
    return Pipeline("sql", stages, forward, (BackwardMove("sql", ("mql",), True, 0),), (), {}, HERE)


@pytest.mark.parametrize(
    ("start", "end", "forward", "allowed"),
    [
        ("lead", "customer", "any", True),
        ("lead", "sql", "next_only", False),
        ("mql", "sql", "next_only", True),
        ("sql", "mql", "any", True),
        ("customer", "lead", "any", False),
        (None, "sql", "next_only", True),
        ("sql", "sql", "any", True),
    ],
)
def test_only_listed_moves_are_allowed(start: str | None, end: str, forward: str, allowed: bool) -> None:
    assert move_allowed(pipeline(forward), start, end) is allowed


def test_a_forbidden_move_is_put_back_on_the_side_that_made_it() -> None:
    """A rep sets a customer back to lead in Salesforce: HubSpot keeps customer, and Salesforce gets it
    back."""
    edit = Outcome(writes={Side.HUBSPOT: "lead"}, why=Why.EDIT)
    judged = judge_move(pipeline(), edit, {Side.HUBSPOT: "customer", Side.SALESFORCE: "lead"})
    assert (judged.writes, judged.why) == ({Side.SALESFORCE: "customer"}, Why.PUT_BACK)


def test_a_listed_move_backward_is_carried_over() -> None:
    edit = Outcome(writes={Side.HUBSPOT: "mql"}, why=Why.EDIT)
    assert judge_move(pipeline(), edit, {Side.HUBSPOT: "sql", Side.SALESFORCE: "mql"}) is edit


def test_the_backlog_does_not_move_on_the_day_of_installation() -> None:
    """Everybody with a high score when the connector is installed stays where they are."""
    stage, armed = entered(pipeline(), {"score": "80", "stage": "lead"}, frozenset(), known=False)
    assert (stage, armed) == (None, frozenset())
    assert entered(pipeline(), {"score": "80", "stage": "lead"}, armed, known=True)[0] is None


def test_a_criterion_acts_once_when_it_becomes_true() -> None:
    _, armed = entered(pipeline(), {"score": "10", "stage": "lead"}, frozenset(), known=False)
    stage, armed = entered(pipeline(), {"score": "60", "stage": "lead"}, armed, known=True)
    assert (stage, armed) == ("mql", frozenset({"mql"}))  # armed until the move has been carried out
    stage, armed = entered(pipeline(), {"score": "60", "stage": "mql"}, armed, known=True)
    assert (stage, armed) == (None, frozenset())
    assert (
        entered(pipeline(), {"score": "60", "stage": "lead"}, armed, known=True)[0] is None
    )  # set back: stays


def test_a_criterion_never_moves_anybody_backward_and_holds_when_its_field_was_not_read() -> None:
    armed = frozenset({"mql"})
    assert entered(pipeline(), {"score": "60", "stage": "sql"}, armed, known=True)[0] is None
    assert entered(pipeline(), {"stage": "lead"}, armed, known=True) == (None, armed)


def test_a_clash_the_mapping_leaves_to_people_becomes_a_review_item_with_both_records() -> None:
    """Both teams changed the address; `email` says `clash: review`."""
    changed = {"email": {Side.HUBSPOT: "jan@x.nl", Side.SALESFORCE: "piet@y.be"}}
    before = {"email": {Side.HUBSPOT: "old@x.nl", Side.SALESFORCE: "old@x.nl"}}
    decision = decide(rules(), person(changed, before))
    assert [(r.code, r.field) for r in decision.reviews] == [("clash", "email")]
    assert {decision.reviews[0].subject, *decision.reviews[0].candidates} == set(decision.link.refs.values())
