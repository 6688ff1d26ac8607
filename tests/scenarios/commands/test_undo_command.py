"""An ops person at the terminal takes back what a run wrote."""

from typing import Any

from desk import Desk


def titles(desk: Desk) -> list[str]:
    return sorted(str(row["Title"]) for row in desk.people("salesforce"))


def two_people(desk: Desk) -> list[str]:
    """Two people with a title, in both CRMs."""
    made = []
    for n in range(2):
        values = {"email": f"p{n}@x.nl", "lastname": f"P{n}", "lifecyclestage": "salesqualifiedlead"}
        made.append(desk.world.hubspot.user_create("contacts", values | {"jobtitle": f"Title {n}"}))
    desk.set_up()
    desk.ask("sync", code=None)
    return made


def wrong_run(desk: Desk, people: list[str]) -> int:
    for person in people:
        desk.world.hubspot.user_edit("contacts", person, {"jobtitle": "Valued customer"})
    return int(desk.ask("sync", code=None)["run"])


def test_look_first_then_do_it_then_take_it_back(empty_desk: Desk) -> None:
    """By number, as status shows it; words name fields and ids and never a value."""
    people = two_people(empty_desk)
    run = wrong_run(empty_desk, people)
    dry = empty_desk.ask("undo", str(run))
    assert dry["dry"]
    assert [(each["field"], len(each["records"])) for each in dry["fields"]] == [("job_title", 2)]
    assert titles(empty_desk) == ["Valued customer"] * 2
    said = empty_desk.type("undo", str(run), "--yes")
    assert said.code == 0
    assert titles(empty_desk) == ["Title 0", "Title 1"]
    assert "Title 0" not in said.out + said.err
    assert "Valued" not in said.out + said.err
    status = empty_desk.ask("status", code=None)
    (back, *_) = status["runs"]
    assert (back["kind"], back["outcome"]) == ("undo", "done")
    assert f"smarketing undo {back['run']}" in said.out
    empty_desk.ask("undo", str(back["run"]), "--yes")
    assert titles(empty_desk) == ["Valued customer"] * 2


def test_explain_tells_of_the_undo_and_of_what_it_replaced(empty_desk: Desk) -> None:
    person, *_ = people = two_people(empty_desk)
    run = wrong_run(empty_desk, people)
    empty_desk.ask("undo", str(run), "--yes")
    told = empty_desk.ask("explain", "contact", person, "job_title")
    (field,) = told["fields"]
    newest, wrong = field["written"][:2]
    assert (newest["why"], newest["rule"], newest["replaced"]) == (
        "undo",
        f"undo of run {run}",
        "Valued customer",
    )
    assert (wrong["run"], wrong["replaced"]) == (run, "Title 0")
    assert any("an undo put back" in each for each in field["waits"])
    words = empty_desk.type("explain", "contact", person, "job_title").out
    assert "because a person undid an earlier run" in " ".join(words.split())
    assert f"(undo of run {run})" in " ".join(words.split())


def test_a_guard_holds_it_until_it_is_approved(empty_desk: Desk) -> None:
    people = two_people(empty_desk)
    run = wrong_run(empty_desk, people)
    empty_desk.configure("overwrites = 200", "overwrites = 1")
    held: dict[str, Any] = empty_desk.ask("undo", str(run), "--yes", code=1)
    assert held["stopped_by"] == ["overwrite salesforce contact.job_title"]
    assert titles(empty_desk) == ["Valued customer"] * 2
    assert "type the undo again" in empty_desk.type("approve", held["plan"]).out
    assert empty_desk.ask("undo", str(run), "--yes")["updated"] == 2
    assert titles(empty_desk) == ["Title 0", "Title 1"]


def test_an_undo_works_while_the_sync_is_paused(empty_desk: Desk) -> None:
    """Pausing is what one does first."""
    people = two_people(empty_desk)
    run = wrong_run(empty_desk, people)
    empty_desk.ask("pause")
    assert empty_desk.ask("undo", str(run), "--yes")["updated"] == 2


def test_wrong_numbers_and_names_are_told_in_words(empty_desk: Desk) -> None:
    two_people(empty_desk)
    assert "there is no run 99" in empty_desk.ask("undo", "99", code=2)["error"]["message"]
    said = empty_desk.ask("undo", "2", "--side", "left", code=2)["error"]
    assert said["fix"] == "Sides are hubspot and salesforce."
    said = empty_desk.ask("undo", "2", "--field", "shoe_size", code=2)["error"]
    assert "job_title" in said["fix"]
