"""Hunts: how many lives a machine needs until it finds a seeded bug.

Enters: a machine, a seeded bug, a seed for chance. Leaves: a number of lives, or none. A find counts only if
the very same life passes without the bug. The table in ``docs/guarantees.md`` is what this prints:

    python tests/proof/hunts.py [--seeds 5] [--machine NAME ...] [BUG ...]
"""

import argparse
import contextlib
import io
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import pytest  # noqa: E402
from bugs import BUGS  # noqa: E402
from hypothesis import HealthCheck, Phase, reproduce_failure, seed, settings  # noqa: E402
from hypothesis.errors import DidNotReproduce  # noqa: E402
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider  # noqa: E402
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test  # noqa: E402
from machine_deals import Deals  # noqa: E402
from machines import MACHINES as OF_PEOPLE  # noqa: E402

STEPS = 8
"""How many steps a life has, besides its beginning and its end."""

AT_MOST = 120
"""After so many lives a hunt gives up."""

FOUND_BY = {
    "absent_is_blank": "WideMoves",
    "base_before_the_write": "WideSequences",
    "base_from_the_plan": "NarrowRows",
    "blind_create": "WideSequences",
    "cursor_after_an_error": "NarrowSequences",
    "cursor_past_a_failed_row": "NarrowRows",
    "delete_from_absence": "WideMoves",
    "fencing_off": "WideLife",
    "flows_beside_a_save_are_edits": "WideRaces",
    "flows_of_lost_answers_are_edits": "WideSequences",
    "guard_per_record": "WideMoves",
    "no_freshness_check": "WideSequences",
    "no_intents_for_updates": "WideSequences",
    "no_read_back": "WideSequences",
    "one_base_for_both_sides": "WideSequences",
    "order_trusted": "NarrowRows",
    "others_edits_read_back": "WideSequences",
    "own_users_edits_ignored": "WideSequences",
    "set_base_too_early": "Deals",
    "sets_written_whole": "Deals",
    "strict_cursor": "NarrowSequences",
}
"""Which machine hunts which seeded bug."""

Machine = type[RuleBasedStateMachine]
MACHINES: dict[str, Machine] = {**OF_PEOPLE, "Deals": Deals}

BLOB = re.compile(r"@reproduce_failure\('([^']+)', (b'[^']*'|b\"[^\"]*\")\)")


class Chance(HypothesisProvider):
    """Lives that know nothing of each other. Hypothesis alone makes a new life by changing an old one a bit;
    where a life takes seconds and few are lived, that repeats too much."""


AVAILABLE_PROVIDERS["chance"] = f"{__name__}.Chance"


@dataclass(frozen=True)
class Find:
    """A life in which an invariant does not hold. ``lives``: how many were lived until then, it included."""

    lives: int
    why: str
    steps: str


def run(machine: Machine, lives: int, chance: int | None = None) -> None:
    """So many lives of one machine, until an invariant does not hold. ``chance``: a seed; without one they
    are always the same lives."""
    run_state_machine_as_test(
        machine if chance is None else seed(chance)(_same(machine)),
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            derandomize=chance is None,
            database=None,
            deadline=None,
            backend="chance",
            print_blob=True,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def _same(machine: Machine, counted: list[Machine] | None = None) -> Machine:
    """The machine under another hat; every life that it begins is noted."""

    class Same(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            if counted is not None:
                counted.append(machine)
            super().__init__()

    return Same


def hunt(machine: Machine, bug: str, chance: int, at_most: int = AT_MOST) -> Find | None:
    """The first life in which the machine finds the bug; None: not in so many. ``bug`` "": none is seeded,
    and whatever is found is a defect of the product or of the machine."""
    lived = 0
    while lived < at_most:
        find = _first(machine, bug, chance, at_most - lived)
        if find is None:
            return None
        lived += find.lives
        if not bug or _passes(machine, find):
            return Find(lived, find.why, find.steps)
        chance += 1_000_003  # it fails without the bug as well: no find, and no use to go on from here
    return None


def _first(machine: Machine, bug: str, chance: int, at_most: int) -> Find | None:
    counted: list[Machine] = []
    with pytest.MonkeyPatch.context() as patch:
        if bug:
            BUGS[bug].switch_in(patch)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                run(_same(machine, counted), at_most, chance)
        except Exception as wrong:
            lives = len(counted) - 1  # the last one is lived twice
            return Find(lives, f"{type(wrong).__name__}: {wrong}", "\n".join(getattr(wrong, "__notes__", ())))
    return None


def _passes(machine: Machine, find: Find) -> bool:
    """Whether the life passes without the bug."""
    found = BLOB.search(find.steps)
    assert found, f"hypothesis did not say how to live that life again: {find.steps}"
    again = reproduce_failure(found[1], eval(found[2]))(_same(machine))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run_state_machine_as_test(again, settings=settings(stateful_step_count=STEPS, deadline=None))
    except DidNotReproduce:
        return True
    except Exception:
        return False
    raise AssertionError("a life that was to be lived again was not")


def table(bugs: list[str], machines: list[str], seeds: range, at_most: int, *, loud: bool) -> Iterator[str]:
    """One row per bug and machine: the median of the lives, and the most."""
    for bug in bugs:
        for name in machines or [FOUND_BY[bug]]:
            finds = []
            for chance in seeds:
                find = hunt(MACHINES[name], bug, chance, at_most)
                finds.append(find.lives if find else None)
                if loud:
                    yield (
                        f"{bug} {name} seed {chance}: {find}" if find is None else f"{find.lives}: {find.why}"
                    )
                    yield find.steps if find and not bug else ""
            known = [n if n is not None else at_most * 2 for n in finds]
            told = [str(n) if n is not None else f"none in {at_most}" for n in finds]
            yield f"| `{bug}` | {name} | {statistics.median_low(known)} | {', '.join(told)} |"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("bugs", nargs="*", help='"" stands for the product as it is')
    asked.add_argument("--machine", action="append", default=[])
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--first", type=int, default=0, help="the first seed")
    asked.add_argument("--at-most", type=int, default=AT_MOST)
    asked.add_argument("--loud", action="store_true")
    args = asked.parse_args()
    seeds = range(args.first, args.first + args.seeds)
    for row in table(args.bugs or sorted(FOUND_BY), args.machine, seeds, args.at_most, loud=args.loud):
        print(row, flush=True)


if __name__ == "__main__":
    main()
