"""Hunts: how many lives a machine needs until it finds a seeded bug.

Enters: a machine, a seeded bug, a seed for chance. Leaves: a number of lives, or none. The table in
``docs/guarantees.md`` is what this prints:

    python tests/proof/hunts.py --seeds 5 [BUG ...]
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import pytest  # noqa: E402
from bugs import BUGS  # noqa: E402
from hypothesis import HealthCheck, Phase, seed, settings  # noqa: E402
from hypothesis.stateful import run_state_machine_as_test  # noqa: E402
from lives import Life  # noqa: E402
from machines import MACHINES  # noqa: E402

STEPS = 8


def run(machine: type[Life], lives: int, chance: int | None = None) -> None:
    """So many lives of one machine. ``chance``: a seed; without one they are always the same ones."""
    run_state_machine_as_test(
        machine if chance is None else seed(chance)(type(machine.__name__, (machine,), {})),
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            derandomize=chance is None,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


class Found(Exception):
    """A machine saw something wrong."""

    def __init__(self, lives: int, why: str) -> None:
        super().__init__(why)
        self.lives = lives


def hunt(machine: type[Life], bug: str, chance: int, at_most: int) -> tuple[int | None, str]:
    """After how many lives the machine finds the bug, and what it says; None: not in so many."""
    counted = []

    class Counted(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            counted.append(1)

        def teardown(self) -> None:
            super().teardown()

    with pytest.MonkeyPatch.context() as patch:
        if bug:
            BUGS[bug].switch_in(patch)
        try:
            run(Counted, at_most, chance)
        except BaseException as wrong:
            if isinstance(wrong, KeyboardInterrupt):
                raise
            return len(counted) - 1, f"{type(wrong).__name__}: {str(wrong)[:150]}"
    return None, ""


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("bugs", nargs="*")
    asked.add_argument("--machine", action="append")
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--at-most", type=int, default=100)
    args = asked.parse_args()
    for bug in args.bugs or BUGS:
        for machine in args.machine or MACHINES:
            for n in range(args.first, args.first + args.seeds):
                t = time.time()
                found, why = hunt(MACHINES[machine], bug, n, args.at_most)
                print(bug, machine, n, found, f"{time.time() - t:.0f}s", why.replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
