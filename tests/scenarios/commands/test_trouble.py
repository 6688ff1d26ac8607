"""What goes wrong, and what the person at the terminal is told: a message, a fix, the right exit code,
nothing lost."""

import signal
import sqlite3
from datetime import UTC, datetime

import orjson
import pytest
import typer
from desk import Desk
from typer.testing import CliRunner

from connector.cli import Commands
from connector.errors import ConfigError
from connector.state.key import Key
from connector.state.store import open_store


def test_an_unreachable_crm_is_waited_for_not_crashed_on(empty_desk: Desk) -> None:
    empty_desk.set_up()
    empty_desk.running.stop()
    found = empty_desk.ask("doctor", code=3)
    failed = [finding for finding in found["findings"] if finding["grade"] == "fail"]
    assert [finding["topic"] for finding in failed] == ["HubSpot", "Salesforce"]
    assert all("connection refused" in finding["message"] and finding["fix"] for finding in failed)


def test_a_refused_token_needs_a_person(empty_desk: Desk) -> None:
    empty_desk.set_up()
    empty_desk.world.hubspot.revoke("sandbox")
    found = empty_desk.ask("sync", code=3)
    assert "HubSpot" in found["error"]["message"]
    assert found["error"]["fix"]
    grades = {f["topic"]: f["grade"] for f in empty_desk.ask("doctor", code=3)["findings"]}
    assert grades["HubSpot"] == "fail"
    assert grades["Salesforce"] == "pass"


def test_missing_credentials_are_named_all_at_once(empty_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMK_TEST_TOKEN", "SMK_TEST_ID"):
        monkeypatch.delenv(name, raising=False)
    empty_desk.configure('token = "sandbox"', 'token = "env:SMK_TEST_TOKEN"')
    empty_desk.configure('client_id = "sandbox"', 'client_id = "env:SMK_TEST_ID"')
    found = empty_desk.ask("sync", code=2)["error"]
    assert len(found["problems"]) == 2
    assert "hubspot.token: the environment variable SMK_TEST_TOKEN is not set" in found["problems"][0]
    monkeypatch.setenv("SMK_TEST_TOKEN", "sandbox")
    monkeypatch.setenv("SMK_TEST_ID", "sandbox")
    assert empty_desk.ask("doctor", code=1)


def test_another_portal_is_refused(empty_desk: Desk) -> None:
    """Somebody points the config at another org: nothing is written to it."""
    empty_desk.set_up()
    with empty_desk.store() as store:
        store.set_meta("pinned_salesforce", "00D000000000001AAA")
    before = empty_desk.people("salesforce")
    assert "00D000000000001AAA" in empty_desk.ask("sync", code=3)["error"]["message"]
    empty_desk.ask("install", "--yes", code=3)
    empty_desk.ask("doctor", code=3)
    assert empty_desk.people("salesforce") == before


def test_a_second_run_is_told_who_is_at_work(empty_desk: Desk) -> None:
    empty_desk.set_up()
    with empty_desk.store() as store:
        store.acquire("nightly", 60, datetime.now(UTC))
        found = empty_desk.ask("sync", code=1)
    assert "another run is at work: nightly" in found["error"]["message"]
    assert empty_desk.ask("sync", code=None)["run"] > 0


def test_a_damaged_state_stops_everything(empty_desk: Desk) -> None:
    empty_desk.set_up()
    path = empty_desk.folder / ".state" / "state.db"
    path.write_bytes(b"not a database at all" * 200)
    found = empty_desk.ask("sync", code=3)
    assert found["error"]["fix"]
    assert empty_desk.ask("status", code=3)["error"]["message"]
    states = {f["topic"]: f["grade"] for f in empty_desk.ask("doctor", code=3)["findings"]}
    assert states["state"] == "fail"


def test_a_lost_key_is_told_and_a_new_one_does_not_open_the_state(empty_desk: Desk) -> None:
    empty_desk.set_up()
    key = empty_desk.folder / "smarketing.key"
    kept = key.read_bytes()
    key.unlink()
    assert "is missing" in empty_desk.ask("status", code=2)["error"]["message"]
    Key.create(key)
    assert "not the one that this state was made with" in empty_desk.ask("status", code=3)["error"]["message"]
    key.write_bytes(kept)
    empty_desk.ask("status", code=None)


def test_a_key_that_others_can_read_is_refused(empty_desk: Desk) -> None:
    key = empty_desk.folder / "smarketing.key"
    key.chmod(0o644)
    assert "chmod 600" in empty_desk.ask("status", code=2)["error"]["fix"]


def test_a_broken_config_lists_every_problem(empty_desk: Desk) -> None:
    empty_desk.configure("creates = 200", "creats = 200")
    empty_desk.configure('overlap = "15m"', "overlap = 5")
    problems = empty_desk.ask("status", code=2)["error"]["problems"]
    assert len(problems) == 2
    assert all(problem.startswith("config.toml:") for problem in problems)


def test_a_broken_mapping_stops_every_run_before_anything_is_asked(empty_desk: Desk) -> None:
    empty_desk.set_up()
    path = empty_desk.folder / "mappings" / "deals.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nnonsense: 1\n", encoding="utf-8")
    for log in empty_desk.world.requests.values():
        log.reset()
    problems = empty_desk.ask("sync", code=2)["error"]["problems"]
    assert any(problem.startswith("deals.yaml:") for problem in problems)
    assert [log.total for log in empty_desk.world.requests.values()] == [0, 0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["snyc"], "sync"),
        (["sync", "--ful"], "--full"),
        (["approve"], "HASH"),
        (["sandbox", "--contacts", "many"], "valid integer"),
        (["review", "show", "x"], "no open item x"),
        (["review", "show", "h9"], "no held item h9"),
        (["review", "resolve", "h9", "--apart"], "no question"),
        (["sync", "--only", "Anna"], "contact:ID"),
    ],
)
def test_a_slip_at_the_keyboard_is_answered_with_the_way_out(
    empty_desk: Desk, words: list[str], said: str
) -> None:
    found = empty_desk.ask(*words, code=2)["error"] if words[0] != "snyc" else slip(*words)
    assert said in found["message"] + found["fix"]


def slip(*words: str) -> dict[str, str]:
    from connector.cli import app

    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 2
    error: dict[str, str] = orjson.loads(result.stdout)["error"]
    return error


def test_a_bug_is_one_line_and_shows_more_only_when_asked() -> None:
    app = typer.Typer(cls=Commands)

    @app.command()
    def broken(json: bool = False, debug: bool = False) -> int:  # noqa: ARG001
        raise ZeroDivisionError("jan@devries.nl")

    @app.command()
    def mistaken() -> int:
        raise ConfigError("no", fix="yes")

    quiet = CliRunner().invoke(app, ["broken"])
    assert quiet.exit_code == 3
    assert "Traceback" not in quiet.output
    assert "jan@devries.nl" not in quiet.output
    assert "--debug" in quiet.output
    assert "Traceback" in CliRunner().invoke(app, ["broken", "--debug"]).stderr
    assert CliRunner().invoke(app, ["mistaken"]).exit_code == 2


def test_ctrl_c_ends_the_running_batch_and_loses_nothing(desk: Desk) -> None:
    desk.ask("install", "--yes")
    plan = desk.ask("plan", code=None)
    process = desk.caught_writing("sync", delay_s=1.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    found = orjson.loads(out)
    assert process.returncode == 1, err
    assert found["interrupted"]
    assert 0 < found["writes"] < plan["writes"]
    assert "Traceback" not in err
    desk.world.faults.clear()
    rest = desk.ask("sync", code=None)
    assert found["writes"] + rest["writes"] >= plan["writes"]
    emails = [row["Email"] for row in desk.world.salesforce.all("Lead") if row["Email"]]
    created = [row for row in desk.people("salesforce") if row["SMK_Link_Id__c"]]
    assert len({row["SMK_Link_Id__c"] for row in created}) == len(created), emails


@pytest.mark.proof  # ten seconds of waiting; the contract of the state has the rest
def test_a_state_locked_by_somebody_else_is_told(empty_desk: Desk) -> None:
    empty_desk.set_up()
    blocker = sqlite3.connect(empty_desk.folder / ".state" / "state.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        found = empty_desk.ask("sync", code=1)
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert found["error"]["fix"]


def test_open_store_is_what_the_commands_open(empty_desk: Desk) -> None:
    """The state stands where the config says, readable for its owner only."""
    empty_desk.set_up()
    path = empty_desk.folder / ".state" / "state.db"
    assert path.stat().st_mode & 0o077 == 0
    with open_store(f"sqlite:///{path}", Key.load(empty_desk.folder / "smarketing.key")) as store:
        assert len(store.last_runs(5)) == 2
