"""Who gets a record that several links name."""

from dataclasses import replace
from itertools import permutations

import pytest

from connector.model import Kind, Link, LinkState, Ref, Side
from connector.sync.claims import Claim, share_out

H, S = Side.HUBSPOT, Side.SALESFORCE


def link(id: str, hubspot: str = "", salesforce: str = "", state: LinkState = LinkState.LINKED) -> Link:
    named = {H: ("contacts", hubspot), S: ("Lead", salesforce)}
    return Link(id, Kind.CONTACT, {s: Ref(s, t, i) for s, (t, i) in named.items() if i}, state)


def moved(
    before: Link, hubspot: str = "", salesforce: str = "", whole: bool = True, misfits: int = 0
) -> Claim:
    return Claim(before, link(before.id, hubspot, salesforce, before.state), whole, misfits)


def holders(*claims: Claim) -> dict[str, str]:
    """Record id -> id of the link that gets it."""
    return {ref.id: one.id for ref, one in share_out(claims, {}).items()}


def every_order(*claims: Claim) -> dict[str, str]:
    """The same, whatever the order in which the links come."""
    (found, *others) = [holders(*order) for order in permutations(claims)]
    assert all(other == found for other in others)
    return found


A, B, C = link("a", "h1", "s1"), link("b", "h2", "s2"), link("c", "h3", "s3")


def test_a_record_that_nobody_else_names_is_not_in_dispute() -> None:
    assert every_order(moved(A, "h1", "s1"), moved(B, "h2", "s9")) == {}


def test_merged_in_one_crm_the_survivors_pair_stays() -> None:
    assert every_order(moved(A, "h1", "s2"), moved(B, "h2", "s2")) == {"s2": "b"}


def test_merged_crosswise_one_pair_gets_both_survivors() -> None:
    assert every_order(moved(A, "h1", "s2"), moved(B, "h1", "s2")) == {"h1": "a", "s2": "a"}


def test_merged_into_a_new_record_the_pair_that_it_resembles_gets_it() -> None:
    assert every_order(moved(A, "h9", "s9", misfits=2), moved(B, "h9", "s9", misfits=1)) == {
        "h9": "b",
        "s9": "b",
    }


def test_who_had_a_partner_goes_before_who_had_none() -> None:
    alone = link("0", "h1", state=LinkState.SINGLE)
    assert every_order(moved(alone, "h1"), moved(B, "h1", "s2")) == {"h1": "b"}


def test_a_pair_of_which_one_record_is_gone_gives_way() -> None:
    assert every_order(moved(A, "h1", "s1", whole=False), moved(B, "h2", "s1")) == {"s1": "b"}


def test_a_tombstone_gives_way_to_any() -> None:
    dead = link("0", "h1", "s1", LinkState.TOMBSTONE)
    assert every_order(moved(dead, "h1", "s1"), moved(B, "h2", "s1")) == {"s1": "b"}


def test_a_lead_beside_a_pair_is_the_pairs_though_another_ones_lead_was_merged_into_it() -> None:
    pair = moved(B, "h2", "c2")
    pair = replace(pair, after=replace(pair.after, aliases=(Ref(S, "Lead", "s2"),)))
    assert every_order(moved(A, "h1", "s2"), pair) == {"s2": "b"}


def test_two_tombstones_have_nothing_to_share_out() -> None:
    dead, other = (link(id, "h1", state=LinkState.TOMBSTONE) for id in "ab")
    assert every_order(moved(dead, "h1"), moved(other, "h1")) == {}


def test_three_people_merged_two_by_two_leave_no_half_pair() -> None:
    """One CRM merged the first two, the other one the last two. Nobody gets one record of the middle pair
    without the other."""
    assert every_order(moved(A, "h9", "s1"), moved(B, "h9", "s9"), moved(C, "h3", "s9")) == {
        "h9": "a",
        "s9": "c",
    }


def test_what_was_given_away_stays_so() -> None:
    held = {Ref(S, "Lead", "s2"): link("z", "h8", "s2")}
    found = share_out([moved(A, "h1", "s2")], held)
    assert [one.id for one in found.values()] == ["z"]


@pytest.mark.parametrize("ids", list(permutations("abcd")))
def test_a_record_between_two_that_lose_goes_to_one_of_them(ids: tuple[str, ...]) -> None:
    """A chain over both CRMs: whoever wins, every record in dispute belongs to exactly one link."""
    first, second, third, fourth = ids
    found = every_order(
        moved(link(first, "h1", "s1"), "h9", "s1"),
        moved(link(second, "h2", "s2"), "h9", "s9"),
        moved(link(third, "h3", "s3"), "h8", "s9"),
        moved(link(fourth, "h4", "s4"), "h8", "s4"),
    )
    assert found.keys() == {"h9", "s9", "h8"}
