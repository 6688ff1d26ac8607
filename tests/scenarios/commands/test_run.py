"""The scheduler in the foreground, as a service manager would start and stop it."""

import signal
import subprocess
from typing import Any

import orjson
from desk import Desk, check


def log_lines(process: "subprocess.Popen[str]", until: str) -> list[dict[str, Any]]:
    """Reads the log up to the event named."""
    assert process.stderr is not None
    found: list[dict[str, Any]] = []
    for line in process.stderr:
        found.append(orjson.loads(line))
        if found[-1]["event"] == until:
            return found
    raise AssertionError(f"the log ended without {until}: {found}")


def ended(process: "subprocess.Popen[str]") -> tuple[dict[str, Any], str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    found: dict[str, Any] = orjson.loads(out)
    check(found, "run")
    return found, err


def test_it_syncs_at_once_and_ends_at_sigterm(desk: Desk) -> None:
    desk.set_up()
    process = desk.start("run", "--json")
    lines = log_lines(process, "synced")
    assert {line["job"] for line in lines if line["event"] == "scheduled"} == {
        "sync",
        "sweep",
        "housekeeping",
    }
    assert lines[-1]["requests"]["hubspot"] > 0
    process.send_signal(signal.SIGTERM)
    found, _ = ended(process)
    assert found == {"stopped_by": "SIGTERM", "syncs": 1, "failed": 0}
    assert desk.ask("status", code=None)["runs"][0]["kind"] == "sync"


def test_sigterm_lets_the_running_batch_end(desk: Desk) -> None:
    desk.ask("install", "--yes")
    desk.ask("plan", code=None)
    process = desk.caught_writing("run", delay_s=1.0)
    process.send_signal(signal.SIGTERM)
    _, err = ended(process)
    (synced,) = [line for line in map(orjson.loads, err.splitlines()) if line["event"] == "synced"]
    assert synced["interrupted"]
    assert synced["writes"] > 0
    with desk.store() as store:
        assert store.open_intents() == []


def test_trouble_is_logged_and_the_next_start_tries_again(desk: Desk) -> None:
    desk.set_up()
    desk.world.hubspot.revoke("sandbox")
    desk.configure('every = "15m"', 'every = "1s"')
    desk.configure('jitter = "30s"', 'jitter = "0s"')
    process = desk.start("run", "--json")
    first = log_lines(process, "failed")[-1]
    assert first["level"] == "error"
    assert first["fix"]
    desk.world.hubspot.allow("sandbox")
    log_lines(process, "synced")
    process.send_signal(signal.SIGINT)
    found, _ = ended(process)
    assert found["stopped_by"] == "SIGINT"
    assert found["failed"] >= 1
    assert found["syncs"] > found["failed"]


def test_the_log_holds_nobodys_values(desk: Desk) -> None:
    desk.ask("install", "--yes")
    desk.ask("plan", code=None)
    process = desk.start("run", "--json")
    lines = log_lines(process, "synced")
    process.send_signal(signal.SIGTERM)
    _, err = ended(process)
    said = orjson.dumps(lines).decode() + err
    people = desk.people("hubspot") + desk.people("salesforce")
    emails = {row.get("Email") or row.get("properties", {}).get("email") for row in people} - {None}
    assert len(emails) > 20
    assert not [email for email in emails if email in said]


def test_a_broken_mapping_is_told_before_anything_starts(desk: Desk) -> None:
    (desk.folder / "mappings" / "contacts.yaml").write_text("fields: 3\n")
    process = desk.start("run")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "contacts.yaml:1" in err
