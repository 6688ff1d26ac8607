"""The stories of deals have teeth: each seeded bug takes one promise out of the product, and the story that
is about it fails."""
# ruff: noqa: ARG001, ARG005 - what stands in for a function takes what that takes

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import test_currencies_of_deals
import test_deals_and_people
import test_deals_of_a_company
import test_who_belongs_to_whom
from setting import Firm, firm

from connector.domain import deals
from connector.sync import decide, partners
from connector.sync.untold import Untold

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Spoiled:
    """What a bug breaks, how it is switched in, and the story that must notice: with the fixture that makes
    its firm, None for the empty one."""

    breaks: str
    switch_in: Callable[[Patch], None]
    tell: Callable[[Firm], None]
    made: Any = None


def lost_demotes_customers(patch: Patch) -> None:
    def latest_counts(parts: Any, policy: Any, stage: Any, since: Any) -> Any:
        mine = [part for part in parts if deals.counts(part, policy)]
        last = max(mine, key=lambda part: part.since, default=None)
        lost = last is not None and last.state is deals.DealState.LOST
        return deals.Wish(policy.recycle_to, last.deal, back=True) if last and lost else None

    real = deals.wish
    patch.setattr(decide, "wish", lambda *all: latest_counts(*all) or real(*all))


def level_instead_of_edge(patch: Patch) -> None:
    real = deals.wish
    patch.setattr(decide, "wish", lambda parts, policy, stage, since: real(parts, policy, stage, None))


def bare_amount(patch: Patch) -> None:
    patch.setattr(decide, "together", lambda objects, outcomes, *more: dict(outcomes))


def look_alike_is_the_same(patch: Patch) -> None:
    real = partners.resolve
    patch.setattr(partners, "resolve", lambda group, ranks, distinct: real(group, ranks, distinct=False))


def associations_untold(patch: Patch) -> None:
    patch.setattr(Untold, "refs", lambda self: iter(()))


BUGS = {
    "lost_demotes_customers": Spoiled(
        "whoever loses a deal is recycled, customers too",
        lost_demotes_customers,
        test_deals_and_people.test_a_customer_stays_one,
        test_deals_and_people.shop,
    ),
    "level_instead_of_edge": Spoiled(
        "a deal moves its people as long as it is open",
        level_instead_of_edge,
        test_deals_and_people.test_a_rep_who_sets_a_person_back_is_not_overruled_by_the_same_deal,
        test_deals_and_people.shop,
    ),
    "bare_amount": Spoiled(
        "an amount is written whatever its currency",
        bare_amount,
        test_currencies_of_deals.test_a_deal_that_marketing_turned_into_dollars_keeps_its_amount_to_itself,
    ),
    "look_alike_is_the_same": Spoiled(
        "a deal that looks like a linked one is taken for it",
        look_alike_is_the_same,
        test_deals_of_a_company.test_a_second_opportunity_of_a_company_in_one_quarter_reaches_hubspot,
    ),
    "associations_untold": Spoiled(
        "associations are believed to be told",
        associations_untold,
        test_who_belongs_to_whom.test_who_is_taken_off_in_hubspot_leaves_the_opportunity_within_the_hour,
        test_who_belongs_to_whom.shop,
    ),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Firm]:
    with firm(tmp_path) as made:
        yield made


@pytest.mark.parametrize("bug", BUGS)
def test_a_story_of_deals_fails_with_the_bug(bug: str, empty: Firm, monkeypatch: Patch) -> None:
    spoiled = BUGS[bug]
    spoiled.switch_in(monkeypatch)
    make = spoiled.made
    acme = make.__wrapped__(empty) if make is not None else empty
    with pytest.raises(AssertionError):
        spoiled.tell(acme)
