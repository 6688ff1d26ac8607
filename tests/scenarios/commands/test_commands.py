"""The first hour at a terminal: from an empty folder to two aligned CRMs, command by command."""

import stat
from pathlib import Path

import orjson
import pytest
from desk import Desk, Said
from typer.testing import CliRunner

from connector.cli import app


def typed(*words: str) -> Said:
    result = CliRunner().invoke(app, list(words))
    return Said(result.exit_code, result.stdout, result.stderr)


# ---------------------------------------------------------------- init


def test_init_writes_a_starter_offline(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    said = typed("init", str(folder))
    assert said.code == 0
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    mappings = {f"mappings/{name}.yaml" for name in ("pipeline", "contacts", "companies", "deals")}
    assert names == {"config.toml", "config.example.toml", "smarketing.key", ".gitignore", *mappings}
    assert stat.S_IMODE((folder / "smarketing.key").stat().st_mode) == 0o600
    assert "smarketing.key" in (folder / ".gitignore").read_text()
    assert "smarketing check" in said.out


def test_init_overwrites_nothing_and_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text("mine")
    said = typed("init", str(tmp_path), "--json")
    assert said.code == 2
    assert said.json["error"]["problems"] == ["mappings/contacts.yaml"]
    assert [path.name for path in tmp_path.iterdir()] == ["mappings"]
    assert (tmp_path / "mappings" / "contacts.yaml").read_text() == "mine"


def test_what_init_writes_is_right(tmp_path: Path) -> None:
    typed("init", str(tmp_path))
    assert typed("check", "--config", str(tmp_path / "config.toml")).code == 0


def test_the_config_is_found_in_the_current_folder_and_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("init", str(tmp_path / "here"))
    monkeypatch.chdir(tmp_path / "here")
    assert typed("check").code == 0
    monkeypatch.chdir("/")
    assert typed("check").code == 2
    monkeypatch.setenv("SMARKETING_CONFIG", str(tmp_path / "here" / "config.toml"))
    assert typed("check").code == 0


# ---------------------------------------------------------------- check


def test_check_names_file_line_and_rule_of_every_problem(desk: Desk) -> None:
    path = desk.folder / "mappings" / "contacts.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("rule: two_way", "rule: tow_way", 2))
    said = desk.type("check")
    assert said.code == 2
    lines = [line for line in said.out.splitlines() if line.startswith("contacts.yaml:")]
    assert len(lines) == 2
    assert all("two_way" in line and line.endswith("]") for line in lines)
    found = desk.ask("check", code=2)
    assert not found["ok"]
    assert {problem["file"] for problem in found["problems"]} == {"contacts.yaml"}


def test_check_live_asks_both_crms(desk: Desk) -> None:
    desk.ask("install", "--yes")
    assert desk.ask("check", "--live")["ok"]
    path = desk.folder / "mappings" / "contacts.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("salesforce: Title", "salesforce: Titel"))
    assert desk.ask("check")["ok"]
    found = desk.ask("check", "--live", code=2)
    assert any("Titel" in problem["message"] for problem in found["problems"])


def test_check_live_warns_where_salesforce_keeps_no_history_of_the_stage(desk: Desk) -> None:
    """An admin tracks the stage of leads and forgets that of contacts."""
    desk.ask("install", "--yes")

    def warned() -> list[str]:
        found = desk.ask("check", "--live")
        assert found["ok"]
        told = [each for each in found["problems"] if each["rule"] == "untracked-stage"]
        assert {each["severity"] for each in told} <= {"warning"}
        return [each["message"].partition(": ")[0] for each in told]

    leads, contacts = (f"Salesforce keeps no history of {type}.SMK_Stage__c" for type in ("Lead", "Contact"))
    assert sorted(warned()) == sorted([leads, contacts])
    desk.world.salesforce.track_history("Lead", "SMK_Stage__c")
    assert warned() == [contacts]
    not_told = {"side": "salesforce", "path_prefix": "/services/data/v64.0/tooling/query"}
    refusal = [{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights"}]
    for status in (400, 403):
        answer = {"status": status, "body": refusal}
        fault = desk.world.faults.add({"match": not_told, "times": None, "answer": answer})
        assert warned() == []  # who may not see the set-up is not told
        desk.world.faults.remove(fault)
    desk.world.salesforce.track_history("Contact", "SMK_Stage__c")
    assert warned() == []


# ---------------------------------------------------------------- doctor and install


def test_doctor_before_and_after_install(desk: Desk) -> None:
    before = desk.ask("doctor", code=1)
    (fields,) = [finding for finding in before["findings"] if finding["topic"] == "fields"]
    assert (fields["grade"], fields["fix"]) == ("warn", "Run: smarketing install")
    desk.ask("install", "--yes")
    after = desk.ask("doctor")
    assert after["ok"]
    grades = {finding["topic"]: finding["grade"] for finding in after["findings"]}
    assert grades["fields"] == grades["mapping, live"] == grades["Salesforce allowance"] == "pass"
    said = {finding["topic"]: finding["message"] for finding in after["findings"]}
    assert all("a test account" in said[crm] for crm in ("HubSpot", "Salesforce"))


def test_install_lists_asks_adds_and_then_has_nothing_to_add(desk: Desk) -> None:
    assert desk.ask("install", code=2)["error"]["fix"] == "Run again with --yes."
    assert "SMK_Stage__c" in desk.type("install").out
    first = desk.ask("install", "--yes")
    assert first["added"] == len(first["fields"]) > 0
    assert desk.ask("install", "--yes")["added"] == 0


def test_a_field_of_another_type_is_a_conflict_and_then_nothing_is_added(desk: Desk) -> None:
    body = {"name": "smk_link_id", "label": "x", "type": "number", "fieldType": "number", "groupName": "g"}
    desk.hubspot("POST", "/crm/v3/properties/contacts/groups", {"name": "g", "label": "G"})
    desk.hubspot("POST", "/crm/v3/properties/contacts", body)
    found = desk.ask("install", "--yes", code=3)
    assert "contacts.smk_link_id" in found["error"]["message"]
    assert "will be added" in desk.type("install", "--yes").out
    desk.ask("doctor", code=3)


# ---------------------------------------------------------------- plan, approve, sync


def test_a_plan_writes_nothing_and_a_sync_does_what_it_said(desk: Desk) -> None:
    desk.ask("install", "--yes")
    before = desk.people("hubspot"), desk.people("salesforce")
    plan = desk.ask("plan", code=None)
    assert (desk.people("hubspot"), desk.people("salesforce")) == before
    assert len(plan["actions"]) == plan["writes"] > 0
    done = desk.ask("sync", code=None)
    assert {key: done[key] for key in ("created", "updated", "writes")} == {
        key: plan[key] for key in ("created", "updated", "writes")
    }
    assert done["requests"]["hubspot"] == sum(done["requests_by_kind"]["hubspot"].values()) > 0


def test_a_sync_in_which_nothing_changed_writes_nothing(desk: Desk) -> None:
    desk.set_up()
    desk.ask("sync", code=None)
    assert desk.ask("sync", code=None)["writes"] == 0


def test_a_mapping_that_nobody_saw_a_plan_of_stops_the_sync(desk: Desk) -> None:
    desk.ask("install", "--yes")
    before = desk.people("salesforce")
    found = desk.ask("sync", code=3)
    assert found["stopped_by"] == ["mapping"]
    assert desk.people("salesforce") == before


def test_what_a_guard_holds_waits_for_approval_and_the_rest_goes_on(desk: Desk) -> None:
    desk.configure("creates = 200", "creates = 0")
    desk.ask("install", "--yes")
    desk.ask("plan", code=1)
    held = desk.ask("sync", code=1)
    assert "create salesforce contact" in held["stopped_by"]
    assert held["updated"] > 0
    assert held["created"] == 0
    approval = desk.ask("approve", held["plan"][:6])
    assert approval["plan"] == held["plan"]
    done = desk.ask("sync", code=None)
    assert done["created"] == approval["actions"] > 0
    assert done["stopped_by"] is None


def test_a_plan_from_before_the_mapping_was_edited_is_not_approved(empty_desk: Desk) -> None:
    desk = empty_desk
    desk.configure("creates = 200", "creates = 0")
    values = {"email": "anna@x.nl", "lastname": "Berg", "lifecyclestage": "salesqualifiedlead"}
    desk.world.hubspot.user_create("contacts", values)
    desk.set_up()
    held = desk.ask("sync", code=1)["plan"]
    contacts = desk.folder / "mappings" / "contacts.yaml"
    before = contacts.read_text()
    contacts.write_text(before.replace("clash: salesforce, fallback", "clash: hubspot, fallback"))
    said = desk.type("approve", held)
    assert said.code == 2
    assert "edited after plan" in said.err
    assert "smarketing plan" in said.err
    contacts.write_text(before)
    desk.ask("approve", held)


def test_an_unknown_hash_is_not_approved(desk: Desk) -> None:
    assert "no plan" in desk.ask("approve", "abcdef", code=2)["error"]["message"]


def test_approval_holds_when_the_crms_clock_is_days_ahead(desk: Desk) -> None:
    """Time in the CRMs is what counts: a simulated working day ahead, or a machine whose clock is slow."""
    desk.world.clock.advance(3 * 86_400)
    desk.configure("creates = 200", "creates = 0")
    desk.ask("install", "--yes")
    plan = desk.ask("plan", code=1)
    desk.ask("approve", plan["plan"])
    assert desk.ask("sync", code=None)["created"] == plan["created"] > 0


def test_nothing_is_younger_than_now_when_the_crms_clock_is_days_ahead(desk: Desk) -> None:
    """People at work in the simulated CRMs move their clock; what is read is as old as that clock says, and
    nobody is told to mend a clock that is right."""
    desk.world.clock.advance(3 * 86_400)
    desk.set_up()
    assert min(cursor["age_s"] for cursor in desk.ask("status", code=None)["cursors"]) >= 0
    assert " -" not in desk.type("status").out.partition("Read up to")[2].partition("Requests")[0]
    told = desk.ask("doctor", code=None)["findings"]
    clocks = [each for each in told if each["topic"].endswith("clock")]
    assert [each["grade"] for each in clocks] == ["warn", "warn"]
    assert all("if this is a simulated CRM" in each["fix"] for each in clocks)


def test_one_record_alone(desk: Desk) -> None:
    desk.ask("install", "--yes")
    plan = desk.ask("plan", code=None)
    record = next(a["id"] for a in plan["actions"] if a["type"] == "contacts" and a["op"] == "update")
    done = desk.ask("sync", "--only", f"contact:{record}", code=None)
    assert 0 < done["writes"] <= 2


# ---------------------------------------------------------------- status and review


def test_status_tells_runs_links_waiting_and_what_comes_next(desk: Desk) -> None:
    assert desk.ask("status")["runs"] == []
    desk.set_up()
    said = desk.type("status")
    found = desk.ask("status", code=said.code)
    assert [row["kind"] for row in found["runs"]] == ["sync", "plan"]
    assert found["links"]["contact"]["linked"] > 0
    assert {cursor["side"] for cursor in found["cursors"]} == {"hubspot", "salesforce"}
    assert {row["job"] for row in found["next"]} == {"sync", "sweep", "housekeeping"}
    assert said.code == int(found["review"] + found["held"] > 0)
    assert "Last runs" in said.out


def look_alikes(desk: Desk) -> tuple[str, list[str]]:
    """One person in HubSpot, two leads of that address in Salesforce."""
    person = {"email": "jan@devries.nl", "lastname": "de Vries", "lifecyclestage": "salesqualifiedlead"}
    contact = desk.world.hubspot.user_create("contacts", person)
    lead = {"Email": "jan@devries.nl", "LastName": "de Vries", "Company": "De Vries"}
    return contact, [desk.world.salesforce.user_create("Lead", lead) for _ in range(2)]


def test_look_alikes_wait_until_a_person_chooses(empty_desk: Desk) -> None:
    contact, leads = look_alikes(empty_desk)
    empty_desk.set_up()
    (item,) = empty_desk.ask("review", "list", code=None)["items"]
    shown = empty_desk.ask("review", "show", str(item["id"]))
    chosen = f"salesforce:Lead:{leads[1]}"
    assert chosen in shown["candidates"]
    assert f"smarketing review resolve {item['id']} --link {chosen}" in shown["how"]
    empty_desk.ask("review", "resolve", str(item["id"]), "--link", chosen)
    empty_desk.ask("sync", code=None)
    assert empty_desk.ask("review", "list", code=None)["items"] == []
    told = empty_desk.ask("explain", "contact", contact)
    assert told["records"]["salesforce"]["id"] == leads[1]


def test_a_decision_that_does_not_fit_is_refused_with_those_that_do(empty_desk: Desk) -> None:
    look_alikes(empty_desk)
    empty_desk.set_up()
    (item,) = empty_desk.ask("review", "list", "--kind", "contact", code=None)["items"]
    number = str(item["id"])
    for words in (["--keep", "hubspot"], [], ["--apart", "--keep", "hubspot"]):
        found = empty_desk.ask("review", "resolve", number, *words, code=2)
        assert "--apart" in found["error"]["fix"]
    other = "salesforce:Lead:00Q000000000001AAA"
    found = empty_desk.ask("review", "resolve", number, "--link", other, code=2)
    assert "not among the candidates" in found["error"]["message"]
    assert empty_desk.ask("review", "show", "999", code=2)["error"]["fix"] == "See: smarketing review list"
    assert len(empty_desk.ask("review", "list", code=None)["items"]) == 1


# ---------------------------------------------------------------- words and machines


def test_people_get_words_and_machines_get_one_object(desk: Desk) -> None:
    desk.ask("install", "--yes")
    words = desk.type("plan")
    assert "records would be written; nothing was" in words.out
    assert words.err == ""
    machine = desk.type("plan", "--json")
    assert orjson.loads(machine.out)["run"] > 0
    assert "records would be written" in machine.err


def test_what_goes_into_a_pipe_has_no_colors(desk: Desk) -> None:
    desk.ask("install", "--yes")
    assert "\x1b" not in desk.type("plan").out


def clash_of_emails(desk: Desk) -> tuple[str, str, int]:
    """Both departments give one person another address: the ids in both CRMs, and the number of the item."""
    person = {"email": "jan@devries.nl", "lastname": "de Vries", "lifecyclestage": "salesqualifiedlead"}
    contact = desk.world.hubspot.user_create("contacts", person)
    desk.set_up()
    (lead,) = desk.people("salesforce")
    desk.world.clock.advance(3600)
    desk.world.hubspot.user_edit("contacts", contact, {"email": "jan.devries@bakker.nl"})
    desk.world.salesforce.user_edit("Lead", lead["Id"], {"Email": "j.devries@visser.nl"})
    desk.ask("sync", code=1)
    (item,) = desk.ask("review", "list", code=None)["items"]
    assert (item["code"], item["field"]) == ("clash", "email")
    return contact, lead["Id"], item["id"]


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_a_clash_waits_until_a_person_says_which_side_counts(empty_desk: Desk, side: str) -> None:
    contact, lead, number = clash_of_emails(empty_desk)
    empty_desk.ask("review", "resolve", str(number), "--keep", side)
    empty_desk.ask("sync", code=None)
    assert empty_desk.ask("review", "list", code=None)["items"] == []
    told = empty_desk.ask("explain", "contact", contact, "email")["fields"][0]
    wanted = {"hubspot": "jan.devries@bakker.nl", "salesforce": "j.devries@visser.nl"}[side]
    assert {value["value"] for value in told["values"].values()} == {wanted}
    assert lead


def test_an_item_that_is_retried_without_a_change_comes_back(empty_desk: Desk) -> None:
    """Whoever says "look again" must not thereby make the question disappear."""
    _, _, number = clash_of_emails(empty_desk)
    empty_desk.ask("review", "retry", str(number))
    empty_desk.ask("sync", code=1)
    (item,) = empty_desk.ask("review", "list", code=None)["items"]
    assert item["id"] == number
