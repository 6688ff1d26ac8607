"""What an admin types when a disk fails, a machine is moved, or somebody put the wrong state back."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from desk import Desk


def state(desk: Desk) -> Path:
    return desk.folder / ".state" / "state.db"


def grades(desk: Desk, code: int) -> dict[str, str]:
    found = desk.ask("state", "verify", code=code)
    return {check["topic"]: check["grade"] for check in found["checks"]}


def test_a_backup_an_accident_and_the_way_back(desk: Desk) -> None:
    """On Friday a backup, then a sync; on Monday the state's file is cut off half-way. Friday's state is put
    back, nothing runs before both CRMs were read again, and in the end nothing had to be written."""
    desk.set_up()
    friday = desk.folder / "friday.db"
    made = desk.ask("state", "backup", str(friday))
    assert (made["file"], made["links"] > 0) == (str(friday), True)
    assert stat.S_IMODE(friday.stat().st_mode) == 0o600
    key = (desk.folder / "smarketing.key").read_text().strip()
    assert key.encode() not in friday.read_bytes()
    assert bytes.fromhex(key) not in friday.read_bytes()
    assert set(grades(desk, code=0).values()) == {"pass"}
    desk.ask("sync", code=None)

    whole = state(desk).read_bytes()
    state(desk).write_bytes(whole[: len(whole) // 2])
    broken = desk.ask("sync", code=3)["error"]
    assert "is damaged" in broken["message"]
    assert "smarketing state restore FILE" in broken["fix"]

    done = desk.ask("state", "restore", str(friday), code=1)
    assert (done["doubtful"], done["links"]) == (True, made["links"])
    assert Path(done["aside"]).stat().st_size == len(whole) // 2
    assert grades(desk, code=3)["up to date"] == "fail"
    for command in ("plan", "sync"):
        assert "smarketing state rebuild" in desk.ask(command, code=3)["error"]["fix"]
    assert "restored from a backup" in desk.type("doctor").out
    rebuilt = desk.ask("state", "rebuild", code=None)
    assert rebuilt["linked"] > 0
    assert set(grades(desk, code=0).values()) == {"pass"}
    assert desk.ask("sync", code=None)["writes"] == 0


def test_a_damaged_state_without_any_backup_is_begun_anew_and_kept(desk: Desk) -> None:
    desk.set_up()
    linked = desk.ask("status", code=None)["links"]["contact"]["linked"]
    state(desk).write_bytes(b"not what it was")
    said = desk.type("state", "rebuild", "--anew")
    assert said.code in (0, 1), said.err
    assert "What was there before: " in said.out
    assert "Nothing was written to either CRM." in said.out
    (aside,) = desk.folder.glob(".state/state.db.before-rebuild-*")
    assert aside.read_bytes() == b"not what it was"
    assert desk.ask("status", code=None)["links"]["contact"]["linked"] == linked
    desk.ask("plan", code=None)
    assert desk.ask("sync", code=None)["writes"] == 0


def test_verify_names_what_is_damaged(desk: Desk) -> None:
    """A link's checksum, a row of the audit and a kept value, each changed by hand."""
    desk.set_up()
    with closing(sqlite3.connect(state(desk))) as by_hand:
        by_hand.execute("update links set hubspot_id = '1' where id = (select min(id) from links)")
        by_hand.execute("update audit set field = 'city' where id = 2")
        by_hand.execute("insert into aliases values ('salesforce', 'Lead', 'x', 'nobody', 0)")
        by_hand.commit()
    said = desk.type("state", "verify")
    assert said.code == 3
    assert "fail  bases: 1 links cannot be read, first " in said.out
    assert "fail  audit: audit row 2 was changed" in said.out
    assert "fail  foreign keys: 1 rows of aliases belong to nothing" in said.out
    assert "The state is damaged." in said.out


def test_a_run_that_finds_its_newest_history_changed_does_not_start(desk: Desk) -> None:
    """Somebody with access to the file tidied up after himself."""
    desk.set_up()
    with closing(sqlite3.connect(state(desk))) as by_hand:
        by_hand.execute("delete from audit where id = (select max(id) from audit)")
        by_hand.commit()
    error = desk.ask("sync", code=3)["error"]
    assert "audit rows after" in error["message"]


def test_a_file_that_is_no_backup_and_a_backup_that_is_there_already_are_refused(empty_desk: Desk) -> None:
    empty_desk.ask("install", "--yes")
    letter = empty_desk.folder / "letter.txt"
    letter.write_text("Dear colleagues")
    assert "cannot be restored" in empty_desk.ask("state", "restore", str(letter), code=3)["error"]["message"]
    missing = empty_desk.ask("state", "restore", str(empty_desk.folder / "none"), code=2)["error"]
    assert "there is no file" in missing["message"]
    assert "exists already" in empty_desk.ask("state", "backup", str(letter), code=2)["error"]["message"]
    assert letter.read_text() == "Dear colleagues"
    first = empty_desk.ask("state", "backup")
    assert Path(first["file"]).parent == empty_desk.folder / ".state"
