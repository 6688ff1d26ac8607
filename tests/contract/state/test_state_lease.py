"""The lease: one run at a time, and a run that was only thought dead cannot write any more."""

import os
import socket

import pytest
from conftest import Opener
from state_samples import MONDAY, TTL, intent, later, newcomer

from connector.errors import Stop
from connector.model import LinkState
from connector.state.lease import Busy
from connector.state.rows import Settlement
from connector.state.store import Store


def test_a_second_run_is_told_who_is_at_work(store: Store, opened: Opener) -> None:
    with pytest.raises(Busy) as busy:
        opened().acquire("sync", TTL, later(seconds=10))
    assert busy.value.message == (
        f"another run is at work: sync, process {os.getpid()} on {socket.gethostname()}, "
        "since 2026-03-02 09:00:00 UTC"
    )
    assert busy.value.exit_code == 1
    assert busy.value.after_s == TTL - 10
    assert store.fence == 1


def test_the_next_run_may_start_when_the_first_has_ended(store: Store, opened: Opener) -> None:
    store.release()
    assert store.holder() is None
    assert opened().acquire("sync", TTL, MONDAY) == 2


def test_closing_the_state_gives_the_lease_back(store: Store, opened: Opener) -> None:
    store.close()
    assert opened().acquire("sync", TTL, MONDAY) == 2


def test_a_run_that_keeps_its_lease_is_left_alone(store: Store, opened: Opener) -> None:
    store.renew(later(seconds=290))
    with pytest.raises(Busy):
        opened().acquire("sync", TTL, later(seconds=310))
    store.settle(Settlement(links=(newcomer(1),)), later(seconds=310))


def test_a_run_that_woke_up_too_late_cannot_write_any_more(store: Store, opened: Opener) -> None:
    """The machine slept; meanwhile another run took over. Whatever the first still wants to store is refused
    whole."""
    successor = opened()
    assert successor.acquire("sync", TTL, later(seconds=301)) == 2
    for write in (
        lambda: store.settle(Settlement(links=(newcomer(1),)), later(seconds=302)),
        lambda: store.begin(1, [intent(1)]),
        lambda: store.renew(later(seconds=302)),
        lambda: store.set_meta("installed", "yes"),
    ):
        with pytest.raises(Stop) as stopped:
            write()
        assert stopped.value.reason == "fenced"
    assert store.count_links() == {}
    assert store.open_intents() == []
    assert store.get_meta("installed") is None
    successor.settle(Settlement(links=(newcomer(2),)), later(seconds=303))


def test_the_late_run_ends_without_disturbing_its_successor(store: Store, opened: Opener) -> None:
    successor = opened()
    successor.acquire("sync", TTL, later(seconds=301))
    store.close()
    successor.settle(Settlement(links=(newcomer(1),)), later(seconds=302))
    holder = successor.holder()
    assert holder is not None
    assert holder.fence == 2


def test_nothing_of_a_batch_is_stored_without_the_lease(opened: Opener) -> None:
    idle = opened()
    for write in (
        lambda: idle.settle(Settlement(links=(newcomer(1),)), MONDAY),
        lambda: idle.begin(1, [intent(1)]),
        lambda: idle.renew(MONDAY),
    ):
        with pytest.raises(Stop) as stopped:
            write()
        assert stopped.value.reason == "fenced"
    assert (idle.count_links(), idle.open_intents()) == ({}, [])


def test_people_may_approve_resolve_and_pause_while_a_run_is_at_work(store: Store, opened: Opener) -> None:
    """A command of a person needs no lease."""
    console = opened()
    console.set_meta("paused", "since monday")
    assert store.get_meta("paused") == "since monday"
    store.settle(Settlement(links=(newcomer(1),)), MONDAY)


def test_every_write_of_a_run_counts_the_generation_up(store: Store) -> None:
    """By this a state restored from a backup can be told from the one it replaced."""
    before = store.generation()
    store.settle(Settlement(links=(newcomer(1),)), MONDAY)
    store.settle(Settlement(), MONDAY)
    assert store.generation() == before + 2
    assert list(store.count_links()) == [(newcomer(1).kind, LinkState.SINGLE)]
