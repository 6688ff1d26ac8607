"""The stage that a person's deals ask for: parts in deals, the words of the pipeline, and the answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.deals import BEFORE, Wish, renewed, wish
from connector.mapping.rules import StageFromDeals
from connector.model import DealPart, DealState, Via

T = datetime(2026, 5, 4, 9, tzinfo=UTC)
POLICY = StageFromDeals(
    "opportunity", "customer", "mql", frozenset({Via.CONTACT_ROLE, Via.PRIMARY_CONTACT}), frozenset()
)


def part(deal: str, state: str, at: int = 0, via: Via = Via.CONTACT_ROLE, **more: object) -> DealPart:
    """A part in a deal since so many hours after T."""
    made = DealPart(deal, "ida", via, DealState(state), False, (), T + timedelta(hours=at))
    return replace(made, **more)  # type: ignore[arg-type]


OPEN, WON, LOST = part("d", "open", 1), part("d", "won", 2), part("d", "lost", 3)
CASES = {
    "no deal": ((), "sql", None),
    "an open deal": ((OPEN,), "sql", Wish("opportunity", "d")),
    "a won deal beats an open one": ((part("e", "open", 9), WON), "sql", Wish("customer", "d")),
    "an open deal beats a lost one": ((OPEN, part("e", "lost", 9)), "opportunity", Wish("opportunity", "d")),
    "all deals lost": ((LOST,), "opportunity", Wish("mql", "d", back=True)),
    "all deals lost, but never an opportunity": ((LOST,), "sql", None),
    "a customer loses a deal": ((WON, part("e", "lost", 9)), "customer", Wish("customer", "d")),
    "the latest of two asks": ((OPEN, part("e", "open", 4)), "sql", Wish("opportunity", "e")),
    "a deal from before the installation": ((replace(OPEN, since=BEFORE),), "sql", None),
    "by the company": ((part("d", "won", 2, Via.ACCOUNT),), "sql", None),
    "the deal's own row is nobody's part": ((part("d", "won", 2, Via.DEAL),), "sql", None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_persons_deals_ask_for(case: str) -> None:
    parts, stage, expected = CASES[case]
    assert wish(parts, POLICY, stage, None) == expected
    assert wish(tuple(reversed(parts)), POLICY, stage, None) == expected


def test_a_deal_moves_a_person_once_and_not_against_a_rep() -> None:
    """The rep has set the person back after the deal opened: the same deal asks no more, until it is won."""
    assert wish([OPEN], POLICY, "sql", OPEN.since - timedelta(minutes=1)) == Wish("opportunity", "d")
    assert wish([OPEN], POLICY, "sql", OPEN.since) is None
    assert wish([OPEN], POLICY, "sql", OPEN.since + timedelta(minutes=1)) is None
    assert wish([WON], POLICY, "sql", OPEN.since + timedelta(minutes=1)) == Wish("customer", "d")


def test_each_word_of_the_pipeline_counts_for_itself() -> None:
    by_account = replace(POLICY, through=frozenset({Via.ACCOUNT}))
    assert wish([part("d", "won", 2, Via.ACCOUNT)], by_account, "sql", None) == Wish("customer", "d")
    assert wish([WON], by_account, "sql", None) is None
    primary = replace(POLICY, through=frozenset({Via.PRIMARY_CONTACT}))
    assert wish([WON], primary, "sql", None) is None
    assert wish([replace(WON, primary=True)], primary, "sql", None) == Wish("customer", "d")
    deciders = replace(POLICY, roles=frozenset({"Decision Maker"}))
    assert wish([WON], deciders, "sql", None) is None
    assert wish([replace(WON, roles=("Decision Maker", "Other"))], deciders, "sql", None) == Wish(
        "customer", "d"
    )
    assert wish([OPEN], replace(POLICY, open=None), "sql", None) is None
    assert wish([LOST], replace(POLICY, recycle_to=None), "opportunity", None) is None
    assert wish([WON], None, "sql", None) is None


def test_a_part_keeps_its_time_until_something_about_it_changes() -> None:
    later = T + timedelta(days=1)
    same, won = replace(OPEN, since=later), replace(OPEN, since=later, state=DealState.WON)
    assert renewed([OPEN], [same]) == (OPEN,)
    assert renewed([OPEN], [won]) == (won,)
    assert renewed([], [same]) == (same,)
