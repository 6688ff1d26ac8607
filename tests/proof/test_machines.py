"""Whatever people and networks do to both CRMs, the invariants hold when all is quiet again.

A slice of every machine runs in the default suite, the same one each time; `make proof` runs more of each."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from machines import MACHINES, Life

STEPS = 8
SLICE, WHOLE = 2, 60


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
