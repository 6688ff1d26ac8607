"""Whatever people and networks do to both CRMs, the invariants hold when all is quiet again.

A slice of every machine runs in the default suite, the same one each time; `make proof` runs more of each,
and lets the machines hunt each seeded bug."""

import pytest
from bugs import BUGS
from hunts import FOUND_BY, MACHINES, hunt, run

SLICE, WHOLE, HUNT = 2, 60, 200


@pytest.mark.parametrize("name", MACHINES)
def test_a_slice_of_every_machine(name: str) -> None:
    run(MACHINES[name], SLICE)


def test_each_seeded_bug_is_hunted() -> None:
    assert sorted(FOUND_BY) == sorted(BUGS)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", MACHINES)
def test_all_of_every_machine(name: str) -> None:
    run(MACHINES[name], WHOLE)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("bug", FOUND_BY)
def test_a_machine_finds_each_seeded_bug(bug: str) -> None:
    """In a life that passes without the bug."""
    assert hunt(MACHINES[FOUND_BY[bug]], bug, chance=0, at_most=HUNT), f"not in {HUNT} lives"
