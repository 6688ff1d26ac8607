"""The kill switch: somebody sees something odd and wants no more writes, now."""

import signal
import sqlite3
import subprocess
from typing import Any

import orjson
import pytest
from desk import Desk, check

from connector.state.pause import FILE, Pause, Switch


def test_a_paused_sync_asks_nobody_and_says_who_paused_it_and_why(empty_desk: Desk) -> None:
    desk = empty_desk
    desk.set_up()
    paused = desk.ask("pause", "--reason", "an import went wrong")
    assert paused["everywhere"]
    for log in desk.world.requests.values():
        log.reset()
    said = desk.type("sync")
    assert said.code == 3
    assert "an import went wrong" in said.err
    assert paused["by"] in said.err
    assert "smarketing resume" in said.err
    assert all(log.counts()["total"] == 0 for log in desk.world.requests.values())


def test_status_shows_the_pause_and_what_people_did_meanwhile_is_carried_over(empty_desk: Desk) -> None:
    desk = empty_desk
    anna = desk.world.hubspot.user_create(
        "contacts", {"email": "anna@x.nl", "lastname": "Berg", "lifecyclestage": "salesqualifiedlead"}
    )
    desk.set_up()
    desk.ask("pause", "--reason", "stocktaking")
    desk.world.hubspot.user_edit("contacts", anna, {"lastname": "Berg-Vos"})
    found = desk.ask("status", code=1)
    assert found["paused"]["reason"] == "stocktaking"
    assert "stocktaking" in desk.type("status").out
    assert desk.ask("plan", code=None)["planned"] == {"update salesforce contact": 1}
    assert desk.ask("sync", code=3)["error"]
    assert desk.ask("resume")["was"]["reason"] == "stocktaking"
    assert desk.ask("status", code=None)["paused"] is None
    desk.ask("sync")
    (lead,) = desk.world.salesforce.all("Lead")
    assert lead["LastName"] == "Berg-Vos"
    assert desk.ask("resume")["was"] is None


def test_a_run_at_work_in_another_process_ends_after_its_batch(desk: Desk) -> None:
    desk.ask("install", "--yes")
    desk.ask("plan", code=None)
    process = desk.caught_writing("sync", delay_s=1.5)
    desk.ask("pause")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    report: dict[str, Any] = orjson.loads(out)
    check(report, "sync")
    assert report["paused"]
    assert report["interrupted"]
    desk.world.faults.clear()
    with desk.store() as store:
        assert store.open_intents() == []
        assert store.last_runs(1)[0].outcome == "paused"
    planned = desk.ask("plan", code=None)["writes"]
    assert planned > 0  # it really ended early
    desk.ask("resume")
    desk.ask("sync", code=None)
    assert desk.ask("plan", code=None)["writes"] == 0


def test_it_works_while_the_state_is_busy(empty_desk: Desk) -> None:
    """Somebody's transaction on the state hangs: the switch does not wait for it."""
    empty_desk.set_up()
    with sqlite3.connect(empty_desk.folder / ".state" / "state.db", isolation_level=None) as hanging:
        hanging.execute("BEGIN EXCLUSIVE")
        empty_desk.ask("pause", "--reason", "all of it hangs")
        hanging.execute("ROLLBACK")
    hanging.close()
    assert empty_desk.type("sync").code == 3


def test_the_scheduler_stays_up_and_goes_on_after_resume(empty_desk: Desk) -> None:
    desk = empty_desk
    desk.set_up()
    desk.configure('every = "15m"', 'every = "1s"')
    desk.configure('jitter = "30s"', 'jitter = "0s"')
    desk.ask("pause", "--reason", "lunch")
    process = desk.start("run", "--json")
    first = until(process, "paused")
    assert first["level"] == "warning"
    assert "lunch" in first["error"]
    desk.ask("resume")
    until(process, "synced")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert orjson.loads(out)["syncs"] >= 2


def until(process: "subprocess.Popen[str]", event: str) -> dict[str, Any]:
    """The first line of the log that tells of an event."""
    assert process.stderr is not None
    return next(line for line in map(orjson.loads, process.stderr) if line["event"] == event)


@pytest.mark.parametrize("text", ["", "not JSON", '{"at": "yesterday"}'])
def test_a_file_made_by_hand_pauses_too(empty_desk: Desk, text: str) -> None:
    empty_desk.set_up()
    (empty_desk.folder / ".state" / FILE).write_text(text)
    assert empty_desk.type("sync").code == 3
    assert empty_desk.ask("status", code=1)["paused"] == {"at": None, "by": None, "reason": None}
    empty_desk.ask("resume")
    assert empty_desk.type("sync").code == 0


def test_a_folder_that_cannot_be_written_is_told(empty_desk: Desk) -> None:
    (empty_desk.folder / ".state").mkdir(exist_ok=True)
    (empty_desk.folder / ".state" / f"{FILE}.new").mkdir()
    said = empty_desk.type("pause")
    assert said.code == 2
    assert "paused" in said.err
    assert Switch(empty_desk.folder / ".state").pause() is None


def test_a_pause_reads_as_a_sentence() -> None:
    assert str(Pause()) == "paused"
    assert str(Pause(None, "eva@host", "why")) == "paused by eva@host: why"
