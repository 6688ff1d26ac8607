"""Real processes with a real SQLite file: killed at any moment, started twice, paused for longer than their
lease."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import Hand, House, house, told

PEOPLE = 8


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "trial") as made:
        yield made


@pytest.mark.parametrize(
    "kills", [5, pytest.param(200, marks=[pytest.mark.proof, pytest.mark.timeout(3600)])]
)
def test_killed_at_any_moment_of_many_runs_nothing_is_lost_or_doubled(home: House, kills: int) -> None:
    """People hand over, marketing and sales edit; each sync dies at some request, or shortly after one.
    Twenty minutes pass between two syncs, so that none reaches back to what the last one forgot."""
    chance = random.Random(7)
    for n in range(PEOPLE):
        home.newcomer(f"P{n}")
    cut = 0
    for n in range(kills):
        home.newcomer(f"P{PEOPLE + n}")
        for who in chance.sample(sorted(home.titles), 4):
            home.retitle(who, f"title {n}")
        hand = Hand(chance.randint(3, 26), later_s=chance.choice([0.0, chance.uniform(0, 0.02)]))
        process = home.sync_under(hand)
        process.communicate(timeout=60)
        home.let_go()
        cut += process.returncode == -9
        home.world.clock.advance(1200)
        if n % 25 == 24:
            home.rest()
            home.assert_nothing_lost_or_doubled()
    assert cut > kills // 2
    home.rest()
    home.assert_nothing_lost_or_doubled()


def test_of_two_syncs_at_once_one_is_told_to_wait_and_nothing_is_doubled(home: House) -> None:
    for n in range(PEOPLE):
        home.newcomer(f"P{n}")
    late = {"match": {"side": "hubspot", "path_prefix": "/crm"}, "answer": {"delay_ms": 1500}}
    home.world.faults.add(late)
    processes = [home.start("sync", "--json") for _ in range(2)]
    answers = [told(process) for process in processes]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert sorted(process.returncode for process in processes) == [0, 1]
    assert ["another run is at work" in error["message"] for error in errors] == [True]
    home.rest()
    home.assert_nothing_lost_or_doubled()


@pytest.mark.parametrize("applied", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_a_sync_that_sleeps_longer_than_its_lease_creates_nobody_twice(home: House, applied: bool) -> None:
    """A laptop lid closes as new leads are on their way; another sync takes over and does the work. When the
    first one wakes up, its leads reach Salesforce at last (or had long been there), but carry link ids that
    are taken; and the state refuses what it wants to store."""
    for n in range(PEOPLE):
        home.newcomer(f"P{n}")
    hand = Hand(1, "/composite/sobjects", pause=True, applied=applied)
    asleep = home.sync_under(hand)
    assert hand.took.wait(60)
    home.world.clock.advance(130)
    other = home.ask("sync", code=None)
    assert other["created"] == (0 if applied else PEOPLE)
    hand.go_on()
    answer = told(asleep)
    assert asleep.returncode == 3
    assert "another run has taken over" in answer["error"]["message"]
    home.rest()
    home.assert_nothing_lost_or_doubled()


def test_a_sync_that_sleeps_before_a_hubspot_create_doubles_no_deal(home: House) -> None:
    """The same the other way: deals are created in HubSpot."""
    values = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01", "Amount": 1200}
    home.world.salesforce.user_create("Opportunity", values)
    hand = Hand(1, "deals/batch/create", pause=True, applied=False)
    asleep = home.sync_under(hand)
    assert hand.took.wait(60)
    home.world.clock.advance(130)
    home.ask("sync", code=None)
    hand.go_on()
    assert told(asleep).keys() == {"error"}
    home.rest()
    assert [d["properties"]["dealname"] for d in home.world.hubspot.all("deals")] == ["Drukwerk"]


def test_a_sync_that_sleeps_in_the_middle_of_a_batch_sends_no_more_of_it(home: House) -> None:
    """Marketing corrects 201 titles, which are two requests to Salesforce. The sync is frozen at the first;
    another one takes over and writes them all; a rep corrects the last title once more. When the first sync
    wakes up, its second request would undo that: it does not leave."""
    for n in range(201):
        home.newcomer(f"P{n}")
    home.ask("sync", code=None)
    for contact in home.people("hubspot"):
        home.world.hubspot.user_edit("contacts", contact["id"], {"jobtitle": "Buyer"})
    hand = Hand(1, "/composite/sobjects", pause=True, method="PATCH")
    asleep = home.sync_under(hand)
    assert hand.took.wait(60)
    home.world.clock.advance(130)
    assert home.ask("sync", code=None)["failed"] == 0
    for lead in home.people("salesforce"):
        home.world.salesforce.user_edit("Lead", lead["Id"], {"Title": "CPO"})
    hand.go_on()
    answer = told(asleep)
    assert asleep.returncode == 3
    assert "another run has taken over" in answer["error"]["message"]
    home.rest()
    assert {lead["Title"] for lead in home.people("salesforce")} == {"CPO"}
    assert {c["properties"]["jobtitle"] for c in home.people("hubspot")} == {"CPO"}
