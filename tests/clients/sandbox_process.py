"""The simulated CRMs as a process of their own, as a newcomer starts them.

What enters: options of the command. What leaves: the process and the line with which it says where
both answer.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
FREE_PORTS = ("--hubspot-port", "0", "--salesforce-port", "0")
_HERE = r"(http://127\.0\.0\.1:\d+)"
READY = re.compile(rf"ready: HubSpot {_HERE} · Salesforce {_HERE} · (.+)\n")


def start(*options: str, errors: int | IO[str] = subprocess.PIPE) -> "subprocess.Popen[str]":
    """Starts it, and waits for nothing."""
    return subprocess.Popen(
        [sys.executable, "-m", "connector.sandbox", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PATH": ""},
    )


def ready(process: "subprocess.Popen[str]") -> re.Match[str]:
    """Waits until both answer: their addresses, and what they hold."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = READY.fullmatch(line)
    assert found, (line, process.stderr.read() if process.stderr and not line else "")
    return found


@contextmanager
def sandbox(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """Started on free ports; killed if the test does not stop it."""
    process = start(*FREE_PORTS, *options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
