"""The demo, as a newcomer sees it first."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from desk import ROOT, check

SIZE = ("--contacts", "120")


def demo(tmp_path: Path, *words: str) -> "subprocess.Popen[str]":
    code = "from connector.cli import main; main()"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), "NO_COLOR": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, "demo", *SIZE, *words], env=env, **pipes)  # type: ignore[call-overload, no-any-return]


def test_two_crms_that_disagree_become_aligned_and_stay_so(tmp_path: Path) -> None:
    process = demo(tmp_path, "--json")
    out, err = process.communicate(timeout=120)
    found = orjson.loads(out.splitlines()[-1])
    check(found, "demo")
    assert found["differences"] == 0, err
    assert found["third_sync"]["writes"] == 0, err
    assert found["first_sync"]["created"] > 0
    assert found["second_sync"]["writes"] > 0
    assert found["linked"] > 50
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_it_tells_the_story_in_words(tmp_path: Path) -> None:
    process = demo(tmp_path, "--keep")
    out, err = process.communicate(timeout=120)
    assert err == ""
    typed = [line.split()[2] for line in out.splitlines() if line.startswith("$ smarketing ")]
    story = ["init", "install", "check", "plan", "sync", "plan", "sync", "sync", "explain", "sync"]
    assert [command for command in typed if command != "approve"] == story
    assert typed[typed.index("plan") + 1] == "approve", "a person sees how an approval is given"
    held = "Held by guards" in out.partition("The second sync")[0]
    assert ("A guard holds part of it" in out.partition("The second sync")[0]) == held
    assert ("No guard holds any of it this time" in out) != held
    assert "The value that lost:" in out or "It replaced:" in out
    assert "Why is this value what it is?" in out
    (kept,) = tmp_path.iterdir()
    assert f"--state {kept / 'crms'}" in out
    assert (kept / "smarketing" / "config.toml").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_early_it_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    process = demo(tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("1."):
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
