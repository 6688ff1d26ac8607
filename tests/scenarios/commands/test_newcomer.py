"""What somebody meets in the first hour: held things, guards, swapped addresses, help, a full disk."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import ROOT, Desk
from typer.testing import CliRunner

from connector.cli import app
from connector.model import Held, LinkState, Ref, Side
from connector.state.rows import Settlement

PERSON = {"email": "jan@devries.nl", "lastname": "de Vries", "lifecyclestage": "salesqualifiedlead"}


# ---------------------------------------------------------------- status


def hold(desk: Desk, count: int) -> list[str]:
    """So many fields are held, each of another record."""
    records = [f"7{n:03}" for n in range(count)]
    with desk.store() as store:
        held = [
            Held("too_long", f"{n:032x}", Ref(Side.HUBSPOT, "contacts", each), "street: too long", "street")
            for n, each in enumerate(records)
        ]
        now = datetime.now(UTC)
        store.acquire("test", 60, now)
        store.settle(Settlement(held=tuple(held)), now)
    return records


def test_status_shows_what_is_held_and_why(empty_desk: Desk) -> None:
    empty_desk.set_up()
    records = hold(empty_desk, 12)
    short = empty_desk.type("status").out
    assert f"hubspot:contacts:{records[9]}" in short
    assert records[10] not in short
    assert "street: too long" in short
    assert "10 of 12 are shown; all: smarketing status --held" in short
    assert "held until its cause is gone" in short.partition("Waiting")[2]
    assert records[11] in empty_desk.type("status", "--held").out
    found = empty_desk.ask("status", code=1)["held_items"]
    assert [item["record"] for item in found] == [f"hubspot:contacts:{each}" for each in records]
    assert {(item["field"], item["code"]) for item in found} == {("street", "too_long")}


def test_status_shows_what_a_guard_holds_and_the_command_that_lets_it_through(empty_desk: Desk) -> None:
    empty_desk.world.hubspot.user_create("contacts", PERSON)
    empty_desk.configure("creates = 200", "creates = 0")
    empty_desk.set_up()
    approval = empty_desk.ask("status", code=1)["approval"]
    assert approval["classes"] == {"create salesforce contact": 1}
    words = empty_desk.type("status").out
    assert "contacts to be created in Salesforce" in words
    assert f"smarketing approve {approval['plan']}" in words
    empty_desk.ask("sync", code=1)
    assert empty_desk.ask("status", code=1)["approval"]["plan"] == approval["plan"], "repeated by later syncs"
    assert approval["command"] == f"smarketing approve {approval['plan']}"
    empty_desk.ask("approve", approval["plan"])
    assert empty_desk.ask("status", code=1)["approval"]["command"] == "smarketing sync"
    empty_desk.ask("sync", code=None)
    assert empty_desk.ask("status", code=None)["approval"] is None


def test_requests_are_totals_unless_asked_for_by_kind(empty_desk: Desk) -> None:
    empty_desk.set_up()
    assert "kind of call" not in empty_desk.type("status").out
    assert "kind of call" in empty_desk.type("status", "--requests").out


def test_a_run_that_was_killed_is_not_shown_as_running(empty_desk: Desk) -> None:
    empty_desk.set_up()
    with empty_desk.store() as store:
        now = datetime.now(UTC)
        store.acquire("test", 60, now)
        store.start_run("sync", now, "x")
        running = empty_desk.ask("status", code=None)["runs"][0]
    killed = empty_desk.ask("status", code=None)["runs"][0]
    assert (running["outcome"], killed["outcome"]) == ("running", "interrupted")
    assert killed["finished_at"] is None


def test_a_killed_process_that_still_holds_the_lease_counts_as_dead(empty_desk: Desk) -> None:
    empty_desk.set_up()
    code = (
        "import os, sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from connector.state.key import Key; from connector.state.store import open_store\n"
        "s = open_store(sys.argv[1], Key.load(Path(sys.argv[2]))); now = datetime.now(UTC)\n"
        "s.acquire('x', 600, now); s.start_run('sync', now, 'x'); os._exit(9)\n"
    )
    state = f"sqlite:///{empty_desk.folder / '.state' / 'state.db'}"
    words = [sys.executable, "-c", code, state, str(empty_desk.folder / "smarketing.key")]
    subprocess.run(words, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert empty_desk.ask("status", code=None)["runs"][0]["outcome"] == "interrupted"


# ---------------------------------------------------------------- guards and plans


def test_a_changed_mapping_is_told_in_words(empty_desk: Desk) -> None:
    empty_desk.world.hubspot.user_create("contacts", PERSON)
    empty_desk.ask("install", "--yes")
    said = empty_desk.type("sync")
    assert said.code == 3
    assert "changed since the last preview. Look with `smarketing plan`, then sync." in said.out


def test_a_crm_that_shows_hardly_anything_any_more_is_told_in_words(empty_desk: Desk) -> None:
    for n in range(12):
        empty_desk.world.hubspot.user_create("contacts", PERSON | {"email": f"p{n}@x.nl"})
    empty_desk.set_up()
    with empty_desk.store() as store:
        assert sum(n for (_, state), n in store.count_links().items() if state is LinkState.LINKED) == 12
    for lead in empty_desk.people("salesforce"):
        empty_desk.world.salesforce.user_delete("Lead", lead["Id"])
    for words in (["plan", "--full"], ["sync", "--full"]):
        said = empty_desk.type(*words)
        assert said.code == 3
        assert re.search(r"smarketing approve [0-9a-f]{12}", said.out), said.out
        assert "Salesforce shows fewer than half of the contacts known before" in said.out


def test_a_plan_says_how_much_of_it_is_shown_and_machines_get_all(empty_desk: Desk) -> None:
    for n in range(5):
        empty_desk.world.hubspot.user_create("contacts", PERSON | {"email": f"p{n}@x.nl"})
    empty_desk.ask("install", "--yes")
    assert "of 10 actions. All of them: smarketing plan --json" in empty_desk.type("plan").out
    assert len(empty_desk.ask("plan", code=None)["actions"]) == 10


# ---------------------------------------------------------------- addresses and doctor


def swap_ports(desk: Desk) -> None:
    one, other = desk.running.hubspot_url, desk.running.salesforce_url
    text = desk.config.read_text(encoding="utf-8")
    text = text.replace(one, "@").replace(other, one).replace("@", other)
    desk.config.write_text(text, encoding="utf-8")


def test_swapped_addresses_are_told_with_the_key_to_correct(empty_desk: Desk) -> None:
    swap_ports(empty_desk)
    found = {each["topic"]: each for each in empty_desk.ask("doctor", code=3)["findings"]}
    assert "does not answer like HubSpot" in found["HubSpot"]["message"]
    assert "hubspot.url in config.toml" in found["HubSpot"]["fix"]
    assert "does not answer like Salesforce" in found["Salesforce"]["message"]
    assert "salesforce.url in config.toml" in found["Salesforce"]["fix"]
    assert "does not answer like" in empty_desk.ask("sync", code=3)["error"]["message"]


def test_doctor_says_who_answers_once(empty_desk: Desk) -> None:
    found = {each["topic"]: each for each in empty_desk.ask("doctor", code=None)["findings"]}
    assert found["HubSpot"]["message"].count("147000001") == 1


def test_doctor_fails_where_a_run_would_not_start(empty_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_desk.ask("install", "--yes")
    usage = type(shutil.disk_usage("/"))(10**12, 10**12 - 2**20, 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    found = {each["topic"]: each for each in empty_desk.ask("doctor", code=3)["findings"]}
    assert found["disk"]["grade"] == "fail"
    assert "1 MB are free" in found["disk"]["message"]


def test_a_wrong_mapping_folder_is_named(empty_desk: Desk) -> None:
    empty_desk.configure('folder = "mappings"', 'folder = "mapings"')
    for command in ("check", "sync"):
        error = empty_desk.ask(command, code=2)["error"]
        assert str(empty_desk.folder / "mapings") in error["message"]
        assert "mapping.folder" in error["fix"]


# ---------------------------------------------------------------- explain


def explained(desk: Desk, ident: str, name: str) -> dict[str, Any]:
    (found,) = desk.ask("explain", "contact", ident, name)["fields"]
    return dict(found)


def test_blank_and_false_are_the_same_and_explain_says_so(empty_desk: Desk) -> None:
    contact = empty_desk.world.hubspot.user_create("contacts", PERSON)
    empty_desk.set_up()
    found = explained(empty_desk, contact, "opted_out")
    assert (found["agree"], found["reason"]) == (True, "false and blank are the same under strictest")


def test_an_owner_whom_the_other_crm_does_not_know_is_the_reason(desk: Desk) -> None:
    desk.set_up()
    reasons = set()
    for person in desk.people("hubspot"):
        told = desk.ask("explain", "contact", person["id"])
        for field in told["fields"]:
            if field["field"] == "owner" and field["agree"] is not True and len(told["records"]) == 2:
                reasons.add(field["reason"])
    assert "an owner without a counterpart" in reasons
    assert "" not in reasons
    assert None not in reasons


def test_before_the_first_sync_nothing_is_claimed_about_matches(empty_desk: Desk) -> None:
    lead = empty_desk.world.salesforce.user_create("Lead", {"LastName": "Alone", "Company": "X"})
    empty_desk.ask("install", "--yes")
    (reason,) = empty_desk.ask("explain", "contact", lead)["reasons"]
    assert reason.startswith("not looked at yet")


def test_addresses_and_ids_are_shown_whole_with_a_legend(empty_desk: Desk) -> None:
    email = "a.very.long.first.name@a-very-long-company-name.nl"
    contact = empty_desk.world.hubspot.user_create("contacts", PERSON | {"email": email})
    empty_desk.set_up()
    empty_desk.world.hubspot.user_edit("contacts", contact, {"jobtitle": "Buyer"})
    words = empty_desk.type("explain", "contact", contact).out
    assert words.count(email) == 2
    assert "≠ the values differ" in words


# ---------------------------------------------------------------- review


def test_review_shows_how_to_look_at_each_candidate_and_every_choice(empty_desk: Desk) -> None:
    contact = empty_desk.world.hubspot.user_create("contacts", PERSON)
    lead = {"Email": PERSON["email"], "LastName": "de Vries", "Company": "De Vries"}
    leads = [empty_desk.world.salesforce.user_create("Lead", lead) for _ in range(2)]
    empty_desk.set_up()
    (item,) = empty_desk.ask("review", "list", code=None)["items"]
    number = str(item["id"])
    words = empty_desk.type("review", "show", number).out
    for ident in (contact, *leads):
        assert f"smarketing explain contact {ident}" in words
    choices = empty_desk.type("review", "resolve", number).err.splitlines()
    assert f"  smarketing review resolve {number} --apart" in choices
    assert f"  smarketing review resolve {number} --link salesforce:Lead:{leads[0]}" in choices


# ---------------------------------------------------------------- at the keyboard


@pytest.mark.parametrize("words", [[], ["review"]])
def test_a_group_alone_shows_its_help_and_nothing_else(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "Usage:" in result.output
    assert "error:" not in result.output


def test_help_is_wrapped_once_and_keeps_its_brackets() -> None:
    text = CliRunner().invoke(app, ["check", "--help"], env={"COLUMNS": "80"}).output
    assert "[rule]" in text
    paragraph = [line.rstrip() for line in text.splitlines() if "offline" in line or "--live it also" in line]
    assert all(len(line) > 60 for line in paragraph)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["check"], ["check", "--json"], ["status", "--json"]]
)
def test_an_output_that_takes_nothing_is_one_line(empty_desk: Desk, words: list[str]) -> None:
    end = [] if words[0].startswith("--") else ["--config", str(empty_desk.config)]
    code = "from connector.cli import main; main()"
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", code, *words, *end],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    *words_for_people, last = ran.stderr.splitlines()
    assert (ran.returncode, last) == (1, "error: cannot write the output: No space left on device")
    assert "--json" in words or not words_for_people
    assert "ignored" not in ran.stderr


def test_a_port_in_use_says_which_option_takes_another(empty_desk: Desk) -> None:
    for option, url in (
        ("--hubspot-port", empty_desk.running.hubspot_url),
        ("--salesforce-port", empty_desk.running.salesforce_url),
    ):
        ports = {"--hubspot-port": "0", "--salesforce-port": "0"} | {option: url.rpartition(":")[2]}
        process = empty_desk.start("sandbox", *(word for pair in ports.items() for word in pair))
        _, err = process.communicate(timeout=30)
        assert process.returncode == 2
        error, fix = err.splitlines()
        assert error.startswith("error: cannot start the simulated CRMs: port ")
        assert f"smarketing sandbox {option} N" in fix


def test_what_the_sandbox_cannot_start_with_is_mended_by_the_fix(empty_desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ports = ("--hubspot-port", "0", "--salesforce-port", "0")
    for options, about in (
        (("--state", str(tmp_path / "file")), "smarketing sandbox --state DIR"),
        (("--edition", "gold"), "smarketing sandbox --edition NAME"),
        (("--tls", str(tmp_path / "tls"), "--hubspot-host", "a b"), "--tls DIR --hubspot-host NAME"),
        (("--speed", "60"), "smarketing sandbox --live --speed N"),
    ):
        process = empty_desk.start("sandbox", *ports, *options)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 2, err
        error, fix = err.splitlines()
        assert error.startswith("error: cannot start the simulated CRMs: ")
        assert about in fix


def test_a_second_run_is_named_once(empty_desk: Desk) -> None:
    empty_desk.set_up()
    with empty_desk.store() as store:
        store.acquire("smarketing", 60, datetime.now(UTC))
        message = empty_desk.ask("sync", code=1)["error"]["message"]
    assert message.count("process") == 1
    assert message.count(str(os.getpid())) == 1
