"""A limit that fits the busiest Monday is too wide for a quiet field: past days count, and are told."""

from desk import Desk
from test_window import imported, leads

DAY = 86_400


def test_far_more_than_ever_before_waits_though_the_limit_would_let_it_pass(empty_desk: Desk) -> None:
    empty_desk.configure("deviation = 10", "deviation = 2")
    empty_desk.configure("deviation_floor = 100", "deviation_floor = 3")
    imported(empty_desk, "first", 12)  # the first week nothing is unusual
    empty_desk.set_up()
    assert leads(empty_desk) == 12
    empty_desk.world.clock.advance(17 * DAY)  # and is forgotten two weeks later
    imported(empty_desk, "tuesday", 2)
    assert empty_desk.ask("sync", code=None)["unusual"] == {}
    empty_desk.world.clock.advance(1.2 * DAY)
    imported(empty_desk, "mistake", 5)
    reason = {"create salesforce contact": 2}
    assert empty_desk.ask("plan", code=None)["unusual"] == reason
    held = empty_desk.ask("sync", code=1)
    assert (held["unusual"], held["stopped_by"]) == (reason, list(reason))
    assert empty_desk.ask("sync", code=1)["unusual"] == reason  # has nothing new to look at, and knows why
    status = empty_desk.ask("status", code=1)
    assert status["approval"]["unusual"] == reason
    assert "Usual: the most on a day of the last two weeks." in empty_desk.type("status").out
    assert leads(empty_desk) == 14
    empty_desk.ask("approve", status["approval"]["plan"])
    assert empty_desk.ask("sync", code=None)["unusual"] == {}
    imported(empty_desk, "wednesday", 4)  # twice the busiest day
    empty_desk.ask("sync", code=None)
    assert leads(empty_desk) == 23
