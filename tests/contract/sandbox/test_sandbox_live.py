"""`--live`: people keep working in both CRMs while these answer requests."""

import re
import signal
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
from sandbox_process import ready, sandbox

ACT = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d [A-Z][a-z]{2} \d\d:\d\d:\d\d  "
    r"(visitor|workflow|system|admin|rep \w{18}|marketer \d+): [a-z ]+ \([\w ,.]+\)\n"
)


def living(*arguments: str) -> AbstractContextManager["subprocess.Popen[str]"]:
    """A sandbox with people at work, a working day in less than a second."""
    return sandbox("--live", "--speed", "36000", *arguments)


def acts(process: "subprocess.Popen[str]", number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(number)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_each_act_is_one_plain_line_without_peoples_values(number: signal.Signals) -> None:
    with living("--contacts", "80") as process:
        ready(process)
        lines = acts(process, 12)
        assert all(ACT.fullmatch(line) for line in lines), lines
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert all(ACT.fullmatch(line + "\n") for line in out.splitlines())


def test_a_request_sees_what_was_done_and_the_clock_of_the_firm() -> None:
    with living("--contacts", "0") as process:
        base = ready(process)[1]
        assert process.stdout is not None
        before = requests.get(f"{base}/_sandbox/clock", timeout=10).json()["now"]
        line = next(line for line in iter(process.stdout.readline, "") if "form filled by newcomer" in line)
        contact = line.rpartition("contacts ")[2].strip(")\n")
        headers = {"Authorization": "Bearer sandbox"}
        answer = requests.get(f"{base}/crm/v3/objects/contacts/{contact}", headers=headers, timeout=10)
        assert answer.status_code == 200
        assert requests.get(f"{base}/_sandbox/clock", timeout=10).json()["now"] > before


def test_the_firm_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """With a state folder the virtual time and the records are there again, and people go on working."""
    state = ("--contacts", "60", "--state", str(tmp_path / "crms"))
    with living(*state) as process:
        ready(process)
        acts(process, 8)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        last = out.splitlines()[-1:] or [""]
    with living(*state) as process:
        base = ready(process)[1]
        found = requests.get(f"{base}/_sandbox/records/contacts", timeout=10).json()["results"]
        assert len(found) >= 60
        assert acts(process, 1)[0] != last[0]


def test_a_speed_that_makes_no_sense_is_said_in_one_line() -> None:
    with living("--contacts", "0", "--speed", "0") as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == "cannot start the simulated CRMs: the speed must be above 0\n"
