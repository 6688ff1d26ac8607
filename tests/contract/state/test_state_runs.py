"""Runs, cursors, counts and the named values of an installation."""

from conftest import Opener
from state_samples import DAY, HOUR, MONDAY, later

from connector.model import Side
from connector.state.rows import RunRow, Settlement
from connector.state.store import Store


def test_a_run_is_noted_with_its_outcome(store: Store) -> None:
    first = store.start_run("sync", MONDAY, "digest")
    store.finish_run(first, later(minutes=2), {"created": 3, "stopped_by": None}, "done")
    second = store.start_run("plan", later(minutes=5), "digest")
    assert second > first
    done = RunRow(
        first, "sync", MONDAY, later(minutes=2), "digest", "done", {"created": 3, "stopped_by": None}
    )
    open_ = RunRow(second, "plan", later(minutes=5), None, "digest", "", {})
    assert store.last_runs(5) == [open_, done]
    assert store.last_runs(1) == [open_]
    assert store.last_runs(5, kind="sync") == [done]


def test_the_next_sync_notes_that_the_last_one_was_killed(store: Store, opened: Opener) -> None:
    """A plan that a person runs beside it proves nothing, and isn't touched itself."""
    killed = store.start_run("sync", MONDAY, "digest")
    store.release()
    reader = opened()
    plan = reader.start_run("plan", later(minutes=1), "digest")
    assert [run.outcome for run in reader.last_runs(2)] == ["", ""]
    store.acquire("sync", 60, later(minutes=2))
    store.start_run("sync", later(minutes=2), "digest")
    outcomes = {run.id: run.outcome for run in store.last_runs(3)}
    assert (outcomes[killed], outcomes[plan]) == ("interrupted", "")


def test_a_cursor_moves_only_forward(store: Store) -> None:
    mine = (Side.HUBSPOT, "contacts")
    assert store.get_cursor(*mine) is None
    for moved in (MONDAY + HOUR, MONDAY):
        store.settle(Settlement(cursors={mine: moved, (Side.SALESFORCE, "Lead"): MONDAY}), MONDAY)
    assert store.get_cursor(*mine) == MONDAY + HOUR
    assert store.get_cursor(Side.SALESFORCE, "Lead") == MONDAY
    assert store.get_cursor(Side.SALESFORCE, "Contact") is None


def test_writes_of_the_last_24_hours_are_counted_over_all_runs(store: Store) -> None:
    store.settle(Settlement(run=1, counts={"create": 5, "overwrite:phone": 2}), MONDAY)
    store.settle(Settlement(run=2, counts={"create": 7, "blank": 0}), MONDAY + 23 * HOUR)
    assert store.counts_since(MONDAY - HOUR) == {"create": 12, "overwrite:phone": 2}
    assert store.counts_since(MONDAY + DAY - DAY) == {"create": 7}


def test_a_named_value_is_replaced(store: Store) -> None:
    store.set_meta("portal", "1")
    store.set_meta("portal", "2")
    assert store.get_meta("portal") == "2"
    assert store.get_meta("org") is None
