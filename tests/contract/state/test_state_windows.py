"""Announced windows, and what past days were like, on both databases."""

from dataclasses import replace

import pytest
from state_samples import DAY, HOUR, MONDAY, TTL, later

from connector.errors import ConfigError
from connector.state.rows import Settlement, Window
from connector.state.store import Store

IMPORT = Window("creates", 6000, MONDAY, MONDAY + 6 * HOUR, MONDAY, kind="contact", announced_by="eva")


def done(store: Store, name: str, n: int, days: float) -> None:
    """So much of a class was done that many days before Monday."""
    at = MONDAY - days * DAY
    store.settle(Settlement(run=1, counts={name: n}), at)


def test_a_window_opens_and_ends_by_itself(store: Store) -> None:
    made = store.add_window(IMPORT)
    assert made == replace(IMPORT, id=made.id)
    assert store.open_windows(MONDAY - HOUR) == []
    assert store.open_windows(MONDAY) == [made]
    assert store.open_windows(MONDAY + 6 * HOUR) == []
    assert store.windows() == [made]


def test_what_goes_through_it_is_counted_and_stays_to_be_read(store: Store) -> None:
    made, other = store.add_window(IMPORT), store.add_window(IMPORT)
    store.acquire("sync", TTL, MONDAY)
    store.settle(Settlement(run=1, counts={f"window {made.id}": 40, "create salesforce contact": 3}), MONDAY)
    store.settle(Settlement(run=2, counts={f"window {made.id}": 2}), later(minutes=5))
    assert [(w.id, w.used, w.left) for w in store.windows()] == [(made.id, 42, 5958), (other.id, 0, 6000)]


def test_it_can_be_ended_once_and_only_before_its_end(store: Store) -> None:
    made = store.add_window(IMPORT)
    assert store.remove_window(made.id, MONDAY).removed_at == MONDAY
    assert store.open_windows(MONDAY) == []
    for number, at in ((made.id, MONDAY), (99, MONDAY), (store.add_window(IMPORT).id, MONDAY + 7 * HOUR)):
        with pytest.raises(ConfigError):
            store.remove_window(number, at)


def test_the_busiest_of_the_days_before_the_last_24_hours(store: Store) -> None:
    store.start_run("sync", MONDAY - 30 * DAY, "digest")
    store.acquire("sync", TTL, MONDAY)
    done(store, "create", 900, 0.5)  # the last 24 hours are not the past
    done(store, "create", 30, 1.2)
    done(store, "create", 30, 1.8)
    done(store, "create", 50, 3)
    done(store, "blank", 7, 14.9)
    done(store, "create", 800, 15.1)
    assert store.busiest_days(MONDAY, 14, 7) == {"create": 60, "blank": 7}


def test_before_a_week_has_passed_nothing_is_usual(store: Store) -> None:
    assert store.busiest_days(MONDAY, 14, 7) is None
    store.start_run("sync", MONDAY - 6 * DAY, "digest")
    assert store.busiest_days(MONDAY, 14, 7) is None
