"""The simulated CRMs of the demo, in a process of their own.

Enters: a size, a seed, a folder for their records. Leaves: two addresses, and what their control interface
can do (a working day, the clock). The process is ended with the ``with`` block.
"""

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from connector.errors import Stop

READY = re.compile(r"HubSpot (https?://\S+:(\d+)).*Salesforce (https?://\S+:(\d+))")
END_S = 10.0
ANSWER_S = 120.0


@dataclass(frozen=True, slots=True)
class Crms:
    """Both simulated CRMs at work."""

    hubspot_url: str
    hubspot_port: int
    salesforce_port: int

    @property
    def ports(self) -> str:
        """As options of the commands that take them."""
        return f"--hubspot-port {self.hubspot_port} --salesforce-port {self.salesforce_port}"

    def work_a_day(self, seed: int) -> dict[str, int]:
        """Lets people work for a day; how often each kind of thing was done."""
        done: dict[str, int] = self._post("day", {"seed": seed})
        return done

    def advance(self, seconds: float) -> None:
        """Moves the clock of both CRMs."""
        self._post("clock", {"advance_s": seconds})

    def _post(self, what: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own process on this machine
            f"{self.hubspot_url}/_sandbox/{what}", orjson.dumps(body), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
            return orjson.loads(answer.read())


def command(
    contacts: int, seed: int, state: Path, hubspot_port: int = 0, salesforce_port: int = 0
) -> list[str]:
    """What starts the simulated CRMs."""
    return [
        *(sys.executable, "-m", "connector.sandbox"),
        *("--hubspot-port", str(hubspot_port), "--salesforce-port", str(salesforce_port)),
        *("--contacts", str(contacts), "--seed", str(seed), "--state", str(state)),
    ]


@contextmanager
def start(contacts: int, seed: int, state: Path) -> Iterator[Crms]:
    """Starts both on free ports and waits until they answer. Raises Stop when they don't."""
    process = subprocess.Popen(
        command(contacts, seed, state),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield _ready(process)
    finally:
        _end(process)


def _ready(process: subprocess.Popen[str]) -> Crms:
    assert process.stdout is not None
    found = READY.search(process.stdout.readline())
    if found is None:
        process.kill()
        said = process.communicate()[1].strip().splitlines()
        raise Stop(
            f"the simulated CRMs did not start: {said[-1] if said else 'no message'}",
            fix="Try `smarketing sandbox`.",
        )
    return Crms(found[1], int(found[2]), int(found[4]))


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
