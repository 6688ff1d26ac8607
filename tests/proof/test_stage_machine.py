"""Whatever both teams, criteria and broken lines do to a stage: nobody is left without one, both CRMs end
with the same, and who was rejected comes back by people only. Seeded bugs show that this would be noticed."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from lives import FAILS, LOST, WRITE_ROUTES
from stage_life import H, S, StageLife, stage_life

from connector.domain import criteria, stage
from connector.domain.moves import CARRY
from connector.model import Side

SIDES = st.sampled_from(Side)
STAGE = st.sampled_from(["lead", "sql", "customer"])
SLICE, WHOLE = 2, 60


class Stages(RuleBasedStateMachine):
    """One person; people in both CRMs, a criterion, and runs that die or are not answered."""

    def __init__(self) -> None:
        super().__init__()
        self._open = stage_life()
        self.life: StageLife = self._open.__enter__()

    def teardown(self) -> None:
        try:
            self.life.check()
        finally:
            self._open.__exit__(None, None, None)

    @rule(side=SIDES, stage=STAGE)
    def move(self, side: Side, stage: str) -> None:
        self.life.move(side, stage)

    @rule(one=STAGE, other=STAGE)
    def both_move(self, one: str, other: str) -> None:
        self.life.move(H, one)
        self.life.move(S, other)

    @rule(side=SIDES)
    def clear(self, side: Side) -> None:
        self.life.move(side, None)

    @rule(text=st.sampled_from(["no budget", None]))
    def reason(self, text: str | None) -> None:
        self.life.reason(text)

    @rule()
    def reject(self) -> None:
        self.life.reject()

    @rule(times=st.integers(1, 3))
    def score_goes_round(self, times: int) -> None:
        for _ in range(times):
            for title in ("Clerk", "CFO"):
                self.life.title(title)
                self.life.office.try_sync()

    @rule()
    def convert(self) -> None:
        self.life.convert()

    @rule(seconds=st.sampled_from([1.0, 600.0, 4000.0]))
    def sync(self, seconds: float) -> None:
        self.life.office.pass_time(seconds)
        self.life.office.try_sync()

    @rule(step=st.integers(1, 60))
    def die(self, step: int) -> None:
        self.life.office.die_at(step)

    @rule(side=SIDES, nth=st.integers(1, 4), answer=st.sampled_from([*LOST, *FAILS]))
    def broken_line(self, side: Side, nth: int, answer: object) -> None:
        for route in WRITE_ROUTES[side]:
            self.life.office.fault(answer, side=str(side), route=route, nth=nth, times=1)
        self.life.office.try_sync()
        self.life.office.calm()


def run(examples: int) -> None:
    run_state_machine_as_test(
        Stages,
        settings=settings(
            max_examples=examples,
            stateful_step_count=8,
            derandomize=True,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_slice_of_the_stages_machine() -> None:
    run(SLICE)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_all_of_the_stages_machine() -> None:
    run(WHOLE)


# ---------------------------------------------------------------- seeded bugs

Patch = pytest.MonkeyPatch


def cleared(life: StageLife) -> None:
    """Marketing clears the stage by mistake."""
    life.move(H, None)


def rejected(life: StageLife) -> None:
    """Sales says no; the score falls and rises."""
    life.reject()
    for title in ("Clerk", "CFO"):
        life.title(title)
        life.office.sync()


def at_once(life: StageLife) -> None:
    """A rep sends the person back without a reason while marketing clears what stood there."""
    life.move(H, "customer")
    life.rest()
    life.move(H, "sql")
    life.move(S, "lead")
    life.check()
    assert life.shown() == {H: "customer", S: "customer"}, "3 the pipeline knows no way back from customer"


def edited(life: StageLife) -> None:
    """Ops widens a criterion: that alone moves nobody."""
    life.edit_criterion('job_title == "COO"', 'job_title != "Clerk"')
    life.check()
    assert life.shown() == {H: "sql", S: "sql"}, "20 an edit of the mapping moves nobody"


def blank_is_an_edit(patch: Patch) -> None:
    """A cleared stage is left as it is."""
    patch.setattr(stage, "_kept", lambda *_a, **_k: stage._Step(None, open=True))


def edge_without_episode(patch: Patch) -> None:
    """A criterion fires on every edge, whoever said no."""
    patch.setattr(stage, "is_rejected", lambda *_: False)
    patch.setattr(criteria, "is_rejected", lambda *_: False)


def rules_for_edits_only(patch: Patch) -> None:
    """Where both teams moved the person no rule is asked."""
    judged = stage.judge_move

    def lenient(*args: Any, **more: Any) -> Any:
        return judged(*args, **more) if not lenient.clash else CARRY  # type: ignore[attr-defined]

    merged = stage._merged

    def noting(pipeline: Any, seen: Any, *args: Any, **more: Any) -> Any:
        lenient.clash = all(one.moved for one in seen.values())  # type: ignore[attr-defined]
        return merged(pipeline, seen, *args, **more)

    lenient.clash = False  # type: ignore[attr-defined]
    patch.setattr(stage, "judge_move", lenient)
    patch.setattr(stage, "_merged", noting)


def criterion_by_key(patch: Patch) -> None:
    """What was false of the old criterion counts as false of the new one."""
    patch.setattr(criteria, "mark_of", lambda stage, _criterion: f"+{stage.key}")


SEEDED: tuple[tuple[Callable[[StageLife], None], Callable[[Patch], None]], ...] = (
    (cleared, blank_is_an_edit),
    (rejected, edge_without_episode),
    (at_once, rules_for_edits_only),
    (edited, criterion_by_key),
)


@pytest.mark.parametrize("story", [story for story, _ in SEEDED])
def test_the_stage_story_holds(story: Callable[[StageLife], None]) -> None:
    with stage_life() as life:
        story(life)
        life.check()


@pytest.mark.parametrize(("story", "bug"), SEEDED)
def test_the_stage_story_fails_with_the_bug(
    story: Callable[[StageLife], None], bug: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    bug(monkeypatch)
    with stage_life() as life, pytest.raises(AssertionError):
        _whole(story, life)


def _whole(story: Callable[[StageLife], None], life: StageLife) -> None:
    story(life)
    life.check()
