"""How long the first sync of 20,000 contacts takes and how much memory it needs: ``make bench``.

Not part of the default suite. The simulated CRMs run in a process of their own, with no limits and no
latency, so this measures the connector
and them together, on one machine.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.bench

SMARKETING = (sys.executable, "-c", "from connector.cli import main; main()")


def run(folder: Path, *words: str) -> tuple[dict[str, Any], float, float]:
    """A command's JSON, its wall seconds, and its peak memory in MB (of that process alone)."""
    started = time.monotonic()
    answer = folder / "answer.json"
    with answer.open("w") as out:
        process = subprocess.Popen([*SMARKETING, *words, "--json"], cwd=folder, stdout=out)
        status = Path(f"/proc/{process.pid}/status")
        peak = 0.0
        while process.poll() is None:
            marks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            peak = max([peak, *(int(line.split()[1]) / 1024 for line in marks)])
            time.sleep(0.2)
    seconds = time.monotonic() - started
    return json.loads(answer.read_text()), seconds, peak


@contextmanager
def simulated_crms(contacts: int) -> Iterator[tuple[str, str]]:
    command = [sys.executable, "-m", "connector.sandbox", "--hubspot-port", "0", "--salesforce-port", "0"]
    process = subprocess.Popen(
        [*command, "--contacts", str(contacts), "--seed", "1"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        ports = [word.rpartition(":")[2] for word in line.split() if word.startswith("http://")]
        yield ports[0], ports[1]
    finally:
        process.terminate()
        process.wait()


@pytest.mark.timeout(600)
def test_the_first_sync_of_twenty_thousand_contacts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    with simulated_crms(20_000) as (hubspot, salesforce):
        run(
            tmp_path,
            "init",
            str(home),
            "--sandbox",
            "--hubspot-port",
            hubspot,
            "--salesforce-port",
            salesforce,
        )
        run(home, "install", "--yes")
        plan, plan_s, plan_mb = run(home, "plan")
        run(home, "approve", plan["plan"])
        first, first_s, first_mb = run(home, "sync")
        quiet, quiet_s, quiet_mb = run(home, "sync")
        parity, parity_s, parity_mb = run(home, "parity")
    with capsys.disabled():
        print()
        for name, answer, seconds, memory in (
            ("plan", plan, plan_s, plan_mb),
            ("first sync", first, first_s, first_mb),
            ("quiet sync", quiet, quiet_s, quiet_mb),
        ):
            asked = answer["requests"]
            print(
                f"{name:11} {seconds:6.1f} s {memory:5.0f} MB  {answer['writes']:6} records written, "
                f"{asked['hubspot']} requests to HubSpot, {asked['salesforce']} to Salesforce"
            )
        print(f"{'parity':11} {parity_s:6.1f} s {parity_mb:5.0f} MB  {parity['linked']:6} pairs compared")
    assert first["stopped_by"] is None
    assert quiet["writes"] == 0
    assert first_s < 120
    assert max(plan_mb, first_mb, parity_mb) < 300
