"""`make test-live`: the contract suite and the probes on real test accounts, given by environment variables.

What enters: credentials (see `ground/accounts.py`) and a few options. What leaves: a table of the
assumptions that held and of those that did not, on request as JSON and Markdown; exit code 0 when the
contract suite passed and everything that was made is gone, 1 when not, 2 without credentials, 3 when an
account was refused or cannot be reached, 130 when it was interrupted. It writes nothing before both
accounts have said that they are for tests.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
import urllib3
from assumptions import report
from assumptions.table import TABLE
from ground.accounts import NotGivenError, from_environment
from ground.base import Ground, live_ground
from ground.cleanup import Removed, clean_hubspot, clean_salesforce
from ground.gate import RefusedError, check_hubspot, check_salesforce
from ground.salesforce import LoginError
from ground.traffic import OverBudgetError

ROOT = Path(__file__).parents[2]
SUITE = Path(__file__).parent / "python"
PASSED, FAILED, NO_CREDENTIALS, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass
class LivePlugin:
    """Hands the ground to the suite, and keeps count of what came of its tests."""

    ground: Ground
    __name__ = "live-ground"
    outcomes: dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid.rpartition("/")[2]] = report.outcome


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Runs what was asked for and says so on standard output; the exit code."""
    asked = _options(argv)
    try:
        ground = live_ground(from_environment(env))
        accounts = check(ground)
    except NotGivenError as error:
        return _end(NO_CREDENTIALS, str(error))
    except (LoginError, RefusedError) as error:
        return _end(REFUSED, f"{error}\nNothing was written.")
    except (urllib3.exceptions.HTTPError, requests.RequestException) as error:
        return _end(REFUSED, f"an account cannot be reached: {error}\nNothing was written.")
    print(*accounts, sep="\n")
    print(f"left by earlier runs, removed: {clean(ground)}", flush=True)
    return PASSED if asked.clean_only else _run(ground, accounts, asked)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make test-live", description="Contract tests on real test accounts"
    )
    parser.add_argument("--report", type=Path, help="writes PATH.json and PATH.md")
    parser.add_argument("--only", default="", help="tests and probes whose name has this word")
    parser.add_argument("--clean-only", action="store_true", help="removes what earlier runs left, and ends")
    return parser.parse_args(argv)


def _end(code: int, text: str) -> int:
    print(f"test-live: {text}", file=sys.stderr)
    return code


def check(ground: Ground) -> list[str]:
    """What both accounts say of themselves. Raises RefusedError unless each is for tests."""
    told = []
    if ground.hubspot is not None:
        told.append(check_hubspot(ground.hubspot))
    if ground.salesforce is not None:
        told.append(check_salesforce(ground.salesforce))
    missing = {"HubSpot": ground.hubspot, "Salesforce": ground.salesforce}
    return told + [f"{name}: NOT RUN, no credentials" for name, side in missing.items() if side is None]


def clean(ground: Ground) -> Removed:
    """Removes what this and earlier runs made. What is just being indexed is looked for a few times."""
    removed = Removed()
    for _ in range(3):
        found = [clean_hubspot(ground.hubspot)] if ground.hubspot else []
        found += [clean_salesforce(ground.salesforce)] if ground.salesforce else []
        removed.left = [text for each in found for text in each.left]
        for each in found:
            removed.counts.update(each.counts)
        if not any(each.counts.total() for each in found):
            break
        ground.pause()
    return removed


def _run(ground: Ground, accounts: list[str], asked: argparse.Namespace) -> int:
    """Suite, probes, report; whatever happens, what was made is removed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plugin, code = LivePlugin(ground), INTERRUPTED
    rows: list[report.Row] = []
    try:
        code = _suite(plugin, asked.only)
        if code != INTERRUPTED:
            _probe(ground, asked.only, rows)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OverBudgetError as error:
        code = _end(FAILED, str(error))
    finally:
        removed = _clean_undisturbed(ground)
    told = report.Told(accounts, _requests(ground), plugin.outcomes, str(removed), rows)
    report.show(told)
    if asked.report is not None:
        report.write(told, asked.report)
    return code or (FAILED if removed.left else PASSED)


def _probe(ground: Ground, only: str, rows: list[report.Row]) -> None:
    """Adds to `rows` as it goes, so that an interrupted run tells what it knows."""
    print("probes:")
    for row in report.judged(ground, [each for each in TABLE.values() if only in each.id]):
        rows.append(row)
        if row.verdict != report.NOT_PROBED:
            print(f"  {row.verdict:15} {row.id}", flush=True)


def _suite(plugin: LivePlugin, only: str) -> int:
    """pytest on the contract suite; no test at all is fine when only probes were asked for."""
    options = ["-q", "--rootdir", str(ROOT), "-p", "no:cacheprovider", *(["-k", only] if only else [])]
    ended = pytest.main([*options, str(SUITE)], plugins=[plugin])
    if ended == pytest.ExitCode.INTERRUPTED:
        return INTERRUPTED
    return PASSED if ended in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else FAILED


def _clean_undisturbed(ground: Ground) -> Removed:
    """A second Ctrl-C does not stop the removal. A budget that is spent, or a CRM that is away, does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for side in (ground.hubspot, ground.salesforce):
        if side is not None:
            side.traffic.most += 500
    try:
        return clean(ground)
    except Exception as error:
        return Removed(left=[f"what carries the mark ({error}); run again with --clean-only"])


def _requests(ground: Ground) -> dict[str, int]:
    sides = {"HubSpot": ground.hubspot, "Salesforce": ground.salesforce}
    return {name: side.traffic.sent for name, side in sides.items() if side is not None}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
