"""Whatever people and networks do to both CRMs, the invariants hold when all is quiet again.

A slice of every machine runs in the default suite, the same one each time; `make proof` runs more of each."""

import pytest
from bugs import BUGS
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from machines import MACHINES, Life

STEPS = 8
SLICE, WHOLE, HUNT = 2, 60, 120

FOUND_BY = {
    "absent_is_blank": "WideMoves",
    "blind_create": "WideSequences",
    "cursor_after_an_error": "NarrowSequences",
    "fencing_off": "WideLife",
    "no_intents_for_updates": "WideSequences",
    "one_base_for_both_sides": "WideSequences",
    "others_edits_read_back": "WideSequences",
    "strict_cursor": "NarrowSequences",
}
"""Which machine was seen to find which seeded bug. For the others there are the stories only."""


def run(machine: type[Life], examples: int) -> None:
    """So many lives of one machine, always the same ones."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("name", MACHINES)
def test_a_slice_of_every_machine(name: str) -> None:
    run(MACHINES[name], SLICE)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", MACHINES)
def test_all_of_every_machine(name: str) -> None:
    run(MACHINES[name], WHOLE)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("bug", FOUND_BY)
def test_a_machine_finds_a_seeded_bug(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[bug].switch_in(monkeypatch)
    with pytest.raises(AssertionError):
        run(MACHINES[FOUND_BY[bug]], HUNT)
