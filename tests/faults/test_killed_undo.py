"""kill -9 while an undo is at work: typed again, it ends as if nothing had happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import Hand, House, house

PEOPLE = ("Ann", "Bo", "Cas")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """Three people with a title in both CRMs."""
    with house(tmp_path / "trial") as made:
        made.configure("archives = 0", "archives = 1000")
        for name in PEOPLE:
            made.newcomer(name)
            made.in_hubspot(name, f"Title of {name}")
        made.ask("sync", code=None)
        yield made


def wrong_run(home: House, time: int) -> int:
    """Somebody spoils all titles and imports a wrong list; a sync carries it over: its number."""
    for name in PEOPLE:
        home.in_hubspot(name, f"Valued customer {time}")
    for n in range(2):
        home.newcomer(f"Mistake{time}-{n}")
    report = home.ask("sync", code=None)
    assert report["created"] == 2
    return int(report["run"])


def undo(run: int) -> list[str]:
    return ["undo", str(run), "--creates", "--yes"]


def assert_undone(home: House) -> None:
    leads = [lead for lead in home.people("salesforce") if not lead["IsDeleted"]]
    assert {lead["LastName"]: lead["Title"] for lead in leads} == {
        name: f"Title of {name}" for name in PEOPLE
    }


def killed(home: House, run: int, hand: Hand) -> bool:
    """An undo dies at one of its requests; whether it came to that."""
    process = home.under(hand, *undo(run))
    process.communicate(timeout=60)
    home.let_go()
    return process.returncode == -9


def assert_finished(home: House, run: int) -> None:
    """Typed again it does the rest, and the syncs after it leave all as it is."""
    home.ask(*undo(run), code=None)
    assert_undone(home)
    home.rest()
    assert_undone(home)


def test_an_undo_that_is_killed_twice_as_it_writes_is_finished_by_typing_it_again(home: House) -> None:
    """First as Salesforce has put the titles back, then as it was asked to delete the leads and did not."""
    run = wrong_run(home, 0)
    assert killed(home, run, Hand(1, "/composite/sobjects", method="PATCH"))
    assert killed(home, run, Hand(1, "/composite/sobjects", method="DELETE", applied=False))
    assert_finished(home, run)


@pytest.mark.proof
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("applied", [True, False])
def test_an_undo_may_be_killed_at_any_of_its_requests(home: House, applied: bool) -> None:
    """At each one, before the CRM has carried it out and after."""
    for place in range(1, 100):
        run = wrong_run(home, place)
        died = killed(home, run, Hand(place, applied=applied))
        assert_finished(home, run)
        if not died:
            break
    assert 10 < place < 99
