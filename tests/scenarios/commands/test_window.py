"""Marketing imports a list from a trade fair, and has said so before."""

from datetime import UTC, datetime, timedelta

import pytest
from desk import Desk


def imported(desk: Desk, name: str, n: int) -> None:
    """So many people arrive in HubSpot, ready for sales."""
    for each in range(n):
        values = {"email": f"{name}{each}@x.nl", "lastname": name, "lifecyclestage": "salesqualifiedlead"}
        desk.world.hubspot.user_create("contacts", values)


def leads(desk: Desk) -> int:
    return sum(1 for _ in desk.world.salesforce.all("Lead"))


@pytest.fixture
def firm(empty_desk: Desk) -> Desk:
    """A firm where more than three new people a day need a person's word."""
    empty_desk.configure("creates = 200", "creates = 3")
    empty_desk.set_up()
    return empty_desk


def test_an_announced_import_is_not_held_and_afterwards_all_is_as_before(firm: Desk) -> None:
    words = ["--what", "creates", "--kind", "contact", "--most", "6", "--to", "6h", "--reason", "trade fair"]
    made = firm.ask("window", "add", *words)
    imported(firm, "fair", 6)
    assert firm.ask("sync", code=None)["created"] == 6
    (found,) = firm.ask("window", "list")["windows"]
    assert (found["used"], found["state"], found["reason"]) == (6, "open", "trade fair")
    assert found["announced_by"] == made["announced_by"]
    assert firm.ask("status", code=None)["windows"] == [found]
    assert "creates of contacts" in firm.type("status").out
    imported(firm, "webinar", 3)  # an ordinary day: the import does not count for it
    assert firm.ask("sync", code=None)["stopped_by"] is None
    assert leads(firm) == 9
    firm.world.clock.advance(30 * 3600)
    imported(firm, "unannounced", 4)
    assert firm.ask("sync", code=1)["stopped_by"] == ["create salesforce contact"]
    assert leads(firm) == 9
    assert firm.ask("window", "list")["windows"] == firm.ask("status", code=None)["windows"] == []
    assert [w["state"] for w in firm.ask("window", "list", "--all")["windows"]] == ["over"]


def test_more_than_was_announced_waits_and_a_wider_window_lets_it_go_on(firm: Desk) -> None:
    first = firm.ask("window", "add", "--what", "creates", "--most", "6", "--to", "6h")
    imported(firm, "fair", 10)
    assert firm.ask("sync", code=1)["stopped_by"] == ["create salesforce contact"]
    assert leads(firm) == 0
    assert firm.ask("window", "remove", str(first["id"]))["state"] == "removed"
    assert firm.type("window", "remove", str(first["id"])).code == 2
    firm.ask("window", "add", "--what", "creates", "--most", "10", "--to", "6h")
    firm.ask("sync", code=None)
    assert leads(firm) == 10


def test_a_window_can_be_announced_for_later(firm: Desk) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    where = ["--what", "overwrites", "--side", "salesforce", "--kind", "contact", "--field", "phone"]
    begins = f"{soon:%Y-%m-%dT%H:%M}"
    made = firm.ask("window", "add", *where, "--most", "50", "--from", begins, "--to", "2d")
    assert made["state"] == "to come"
    assert "overwrites of phone of contacts in Salesforce" in firm.type("window", "list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--what", "everything", "--most", "5", "--to", "1h"], "creates, overwrites"),
        (["--what", "creates", "--most", "5", "--to", "1h", "--side", "pipedrive"], "hubspot"),
        (["--what", "creates", "--most", "5", "--to", "1h", "--kind", "invoice"], "contact"),
        (["--what", "creates", "--most", "5", "--to", "1h", "--field", "phone"], "--field"),
        (["--what", "creates", "--most", "0", "--to", "1h"], "--most"),
        (["--what", "creates", "--most", "5", "--to", "soon"], "2026-03-02T18:00"),
        (["--what", "creates", "--most", "5", "--to", "2020-01-01"], "--from and --to"),
        (["--what", "creates", "--most", "5", "--to", "15d"], "[guards]"),
    ],
)
def test_an_announcement_that_makes_no_sense_is_refused_with_what_to_write(
    empty_desk: Desk, words: list[str], said: str
) -> None:
    answer = empty_desk.type("window", "add", *words)
    assert answer.code == 2
    assert said in answer.err
