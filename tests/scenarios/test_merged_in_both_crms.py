"""People who are merged in both CRMs between two syncs, by people who do not know of each other."""

from collections.abc import Sequence

import pytest
from setting import Firm

from connector.model import Ref, Side


def codes(acme: Firm) -> list[str]:
    return sorted(item.review.code for item in acme.store.open_reviews())


def merge_in_hubspot(acme: Firm, ids: Sequence[str]) -> str:
    """One after the other; the id under which they live on."""
    winner, *losers = ids
    for loser in losers:
        winner = acme.world.hubspot.merge("contacts", winner, loser)
    return winner


def merge_in_salesforce(acme: Firm, ids: Sequence[str], chain: bool) -> str:
    """All into the first; or the last into the one before it, that into the one before, and so on."""
    winner, *losers = ids
    if chain:
        for loser, into in zip(reversed(losers), [*reversed(losers[:-1]), winner], strict=True):
            acme.world.salesforce.merge("Lead", into, [loser])
    else:
        acme.world.salesforce.merge("Lead", winner, losers)
    return winner


@pytest.mark.parametrize("crosswise", [False, True], ids=["same way", "crosswise"])
@pytest.mark.parametrize("chain", [False, True], ids=["at once", "chained"])
@pytest.mark.parametrize("hubspot_first", [False, True], ids=["salesforce first", "hubspot first"])
def test_people_merged_in_both_crms_in_one_lunch_break_are_one_pair(
    acme: Firm, crosswise: bool, chain: bool, hubspot_first: bool
) -> None:
    """Marketing and sales clean up the same people without a word to each other, each keeping whom they
    like. One pair is left, nobody has to answer a question, and edits go both ways."""
    contacts, leads = acme.pairs("a", "b", "c")
    order = list(reversed(leads)) if crosswise else leads
    if hubspot_first:
        contact, lead = merge_in_hubspot(acme, contacts), merge_in_salesforce(acme, order, chain)
    else:
        lead, contact = merge_in_salesforce(acme, order, chain), merge_in_hubspot(acme, contacts)
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(contact) == Ref(Side.SALESFORCE, "Lead", lead)
    assert (acme.linked(), codes(acme)) == (1, [])
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.settle()
    acme.in_salesforce(lead, City="Gent")
    acme.settle()
    assert (acme.salesforce(lead)["Title"], acme.hubspot(contact)["city"]) == ("CFO", "Gent")


def test_a_merge_in_each_crm_of_other_people_leaves_two_pairs(acme: Firm) -> None:
    """Marketing merges Ann and Bo, sales merges Bo and Cas. Two pairs stay as they are, and nobody loses a
    partner."""
    contacts, leads = acme.pairs("ann", "bo", "cas")
    kept = merge_in_hubspot(acme, contacts[:2])
    merge_in_salesforce(acme, [leads[2], leads[1]], chain=False)
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(contacts[2]).id == leads[2]
    assert acme.partner(kept).id == leads[0]
    assert (acme.linked(), codes(acme)) == (2, [])
