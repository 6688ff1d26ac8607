"""``pipeline show``: both teams look at one picture."""

from pathlib import Path

from desk import Desk


def test_the_pipeline_is_shown_in_the_terminal_as_a_picture_and_as_a_page(
    empty_desk: Desk, tmp_path: Path
) -> None:
    """Nothing but the files is needed: no CRM is asked."""
    picture, page = tmp_path / "pipeline.svg", tmp_path / "pipeline.html"
    told = empty_desk.type("pipeline", "show", "--svg", str(picture), "--page", str(page), "--language", "nl")
    assert told.code == 0
    assert "│ Sales-gekwalificeerd" in told.out
    assert "Marketing draagt mensen over bij “Sales-gekwalificeerd”" in " ".join(told.out.split())
    assert picture.read_text(encoding="utf-8").startswith("<svg ")
    assert '<html lang="nl">' in page.read_text(encoding="utf-8")
    assert not empty_desk.people("salesforce")


def test_machines_get_the_same(empty_desk: Desk) -> None:
    told = empty_desk.ask("pipeline", "show")
    assert [stage["key"] for stage in told["stages"]][:2] == ["subscriber", "lead"]
    assert told["handover"] == "sql"
    assert told["backward"][0] == {
        "from": "sql",
        "to": ["mql", "lead"],
        "needs_reason": False,
        "grace_seconds": 0,
    }
    assert told["stages"][5]["values"]["hubspot"] == {"contacts.lifecyclestage": ["customer", "evangelist"]}
    assert told["held"] == {"hubspot": ["other"], "salesforce": []}


def test_a_language_that_nobody_has_written_and_a_folder_that_is_not_there(
    empty_desk: Desk, tmp_path: Path
) -> None:
    assert (
        "there are no words in fr"
        in empty_desk.ask("pipeline", "show", "--language", "fr", code=2)["error"]["message"]
    )
    nowhere = str(tmp_path / "no" / "p.svg")
    assert "cannot write" in empty_desk.ask("pipeline", "show", "--svg", nowhere, code=2)["error"]["message"]
