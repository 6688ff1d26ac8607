"""`python -m connector.sandbox`: one line when both ports answer, a clean stop, and a state that survives."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import requests
from sandbox_process import FREE_PORTS, ready, sandbox, start


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], re.Match[str]]]:
    """A running sandbox on free ports and its ready line."""
    with sandbox(*arguments) as process:
        yield process, ready(process)


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    """Stops the process by a signal: its exit code, and what it printed after the ready line."""
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_when_both_crms_answer_and_stops_cleanly(number: signal.Signals) -> None:
    with running("--contacts", "20", "--seed", "3") as (process, line):
        assert line[3] == "20 contacts, seed 3"
        for url in line.groups()[:2]:
            assert requests.get(f"{url}/_sandbox/clock", timeout=5).status_code == 200
        assert stopped(process, number) == (0, "", "")


def test_without_contacts_it_says_that_it_is_empty() -> None:
    with running("--contacts", "0") as (process, line):
        assert line[3] == "empty"
        answer = requests.get(f"{line[1]}/_sandbox/records/contacts", timeout=5)
        assert answer.json()["results"] == []
        assert stopped(process, signal.SIGTERM) == (0, "", "")


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = start("--hubspot-port", str(port), "--salesforce-port", "0", "--contacts", "0")
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err.count("\n") == 1
    assert f"port {port}" in err
    assert "in use" in err


def test_the_state_survives_a_restart_with_its_time_and_without_a_second_seeding(tmp_path: Path) -> None:
    """Yesterday's company, with its changes, is there again tomorrow, whatever seed is given then."""
    state = str(tmp_path / "crms")
    with running("--contacts", "20", "--seed", "3", "--state", state) as (process, line):
        requests.post(f"{line[1]}/_sandbox/clock", json={"advance_s": 7 * 86400}, timeout=5)
        requests.post(f"{line[1]}/_sandbox/day", json={"seed": 1}, timeout=20)
        before = requests.get(f"{line[1]}/_sandbox/records/contacts", timeout=5).json()
        now = requests.get(f"{line[1]}/_sandbox/clock", timeout=5).json()["now"]
        assert stopped(process, signal.SIGTERM)[0] == 0
    with running("--contacts", "500", "--seed", "4", "--state", state) as (process, line):
        assert line[3] == "20 contacts, seed 3"
        assert requests.get(f"{line[1]}/_sandbox/records/contacts", timeout=5).json() == before
        assert requests.get(f"{line[1]}/_sandbox/clock", timeout=5).json()["now"] > now
        code, out, said = stopped(process, signal.SIGTERM)
    assert (code, out) == (0, "")
    assert said.startswith(f"{state} keeps a company of 20 contacts, seed 3: --contacts and --seed count for")


def test_an_interrupted_seeding_is_done_again(tmp_path: Path) -> None:
    """Killed while it was filling the CRMs, the sandbox starts afresh instead of serving half a company."""
    state = tmp_path / "crms"
    with running("--contacts", "20", "--state", str(state)) as (process, _):
        assert stopped(process, signal.SIGTERM)[0] == 0
    (state / "sandbox.json").unlink()
    with running("--contacts", "30", "--seed", "5", "--state", str(state)) as (_, line):
        assert line[3] == "30 contacts, seed 5"
        answer = requests.get(f"{line[1]}/_sandbox/records/contacts", timeout=5)
        assert len(answer.json()["results"]) == 30


def test_a_long_seeding_can_be_stopped(tmp_path: Path) -> None:
    """Whoever asked for too many contacts need not wait for them."""
    notes = tmp_path / "sandbox.json"
    process = start(*FREE_PORTS, "--contacts", "60000", "--state", str(tmp_path))
    deadline = time.monotonic() + 20
    while not notes.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stopped(process, signal.SIGTERM) == (0, "", "")
    assert orjson.loads(notes.read_bytes())["contacts"] is None


def test_a_state_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "hubspot.sqlite").write_bytes(b"this was a database once" * 100)
    process = start(*FREE_PORTS, "--contacts", "10", "--state", str(tmp_path))
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == "cannot start the simulated CRMs: file is not a database\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--hubspot-port", "99999"), "port 99999 is not between 0 and 65535"),
        ((*FREE_PORTS, "--contacts", "-1"), "the number of contacts must be 0 or more"),
    ],
)
def test_a_number_that_makes_no_sense_is_said_in_one_line(arguments: tuple[str, ...], complaint: str) -> None:
    process = start(*arguments)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == f"cannot start the simulated CRMs: {complaint}\n"


def test_the_limits_of_an_edition_are_enforced_from_the_start() -> None:
    with running("--contacts", "0", "--edition", "starter") as (_, line):
        headers = {"Authorization": "Bearer sandbox"}
        search = f"{line[1]}/crm/v3/objects/deals/search"
        codes = [requests.post(search, json={}, headers=headers, timeout=10).status_code for _ in range(12)]
        settings = [requests.get(f"{url}/_sandbox/settings", timeout=10).json() for url in line.groups()[:2]]
    assert [each["edition"] for each in settings] == ["starter", "professional"]
    assert codes[:5] == [200] * 5
    assert 429 in codes


def test_an_unknown_edition_is_refused_in_words() -> None:
    process = start(*FREE_PORTS, "--edition", "gold")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "'gold' is no edition; there are free, starter, professional, enterprise" in err
