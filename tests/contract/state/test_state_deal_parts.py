"""Who has a part in which deal: kept by deal, found by person, and gone with the deal."""

from dataclasses import replace
from datetime import UTC, datetime

from connector.model import DealPart, DealState, Via
from connector.state.rows import Settlement
from connector.state.store import Store

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
IDA = DealPart("d1", "ida", Via.CONTACT_ROLE, DealState.OPEN, True, ("Decision Maker",), NOW)
DEAL = DealPart("d1", "d1", Via.DEAL, DealState.OPEN, False, (), NOW)
BO = replace(IDA, link="bo", primary=False, roles=())


def settle(store: Store, **parts: object) -> None:
    store.settle(Settlement(**parts), NOW)  # type: ignore[arg-type]


def test_parts_are_kept_as_they_are_and_found_both_ways(store: Store) -> None:
    other = replace(IDA, deal="d2", state=DealState.WON)
    settle(store, parts={"d1": (DEAL, IDA, BO), "d2": (other,)})
    assert store.parts_of(["ida", "nobody"]) == {"ida": [IDA, other]}
    assert store.parts_in(["d1"]) == {"d1": [BO, DEAL, IDA]}
    settle(store, parts={"d1": (IDA,)})
    assert store.parts_in(["d1", "d2"]) == {"d1": [IDA], "d2": [other]}
    settle(store, parts={"d1": ()})
    assert store.parts_of(["ida"]) == {"ida": [other]}


def test_when_two_links_become_one_so_do_their_parts(store: Store) -> None:
    """Two people are merged who were on one deal; two deals that turned out to be one."""
    settle(store, parts={"d1": (IDA, BO), "d2": (replace(BO, deal="d2"),)})
    settle(store, moved_links={"bo": "ida"})
    assert store.parts_of(["ida", "bo"]) == {"ida": [IDA, replace(BO, deal="d2", link="ida")]}
    settle(store, moved_links={"d2": "d1"})
    assert store.parts_of(["ida"]) == {"ida": [IDA]}
