"""Who is the same person: exactly one candidate on each side, or a person decides."""

from collections.abc import Sequence

import pytest

from connector.model import Kind, Ref, Side
from connector.sync.match import Candidate, Joins, Match, Unclear, is_shared_mailbox, resolve, reviews_of

RANKS = {Side.HUBSPOT: ("contacts",), Side.SALESFORCE: ("Contact", "Lead")}
TURNED = {side.other: types for side, types in RANKS.items()}


def hubspot(id: str, link: str | None = None, shared: bool = False) -> Candidate:
    return Candidate(Ref(Side.HUBSPOT, "contacts", id), link, shared)


def salesforce(type: str, id: str, link: str | None = None, shared: bool = False) -> Candidate:
    return Candidate(Ref(Side.SALESFORCE, type, id), link, shared)


def judge(group: Sequence[Candidate]) -> Match | Joins | Unclear | None:
    """Judged, and judged again with the sides exchanged: the answer must be the mirror image."""
    found = resolve(group, RANKS)
    turned = [Candidate(Ref(c.ref.side.other, c.ref.type, c.ref.id), c.link, c.shared) for c in group]
    mirror = resolve(turned, TURNED)
    assert type(found) is type(mirror)
    if isinstance(found, Match) and isinstance(mirror, Match):
        assert {(s.other, r.id) for s, r in found.refs.items()} == {(s, r.id) for s, r in mirror.refs.items()}
    if isinstance(found, Unclear) and isinstance(mirror, Unclear):
        assert found.code == mirror.code
    if isinstance(found, Joins) and isinstance(mirror, Joins):
        assert [alias.id for alias in found.aliases] == [alias.id for alias in mirror.aliases]
        assert (found.to and found.to.id) == (mirror.to and mirror.to.id)
    return found


def test_one_of_each_is_the_same_person() -> None:
    found = judge([hubspot("1"), salesforce("Lead", "L1")])
    assert isinstance(found, Match)
    assert found.refs[Side.SALESFORCE].id == "L1"


def test_a_contact_beats_leads_and_they_become_its_aliases() -> None:
    """The same person as Lead and Contact is normal: the Contact counts."""
    found = judge([hubspot("1"), salesforce("Lead", "L1"), salesforce("Contact", "C1")])
    assert isinstance(found, Match)
    assert (found.refs[Side.SALESFORCE].id, [a.id for a in found.aliases]) == ("C1", ["L1"])


def test_two_contacts_go_to_review_with_both_as_candidates() -> None:
    found = judge([hubspot("1"), salesforce("Contact", "C1"), salesforce("Contact", "C2")])
    assert isinstance(found, Unclear)
    (review,) = reviews_of(found, Kind.CONTACT)
    assert (review.code, review.subject.id, [c.id for c in review.candidates]) == (
        "ambiguous",
        "1",
        ["C1", "C2"],
    )


def test_a_role_address_never_links_on_its_own() -> None:
    found = judge([hubspot("1", shared=True), salesforce("Lead", "L1", shared=True)])
    assert isinstance(found, Unclear)
    assert found.code == "shared_address"
    assert is_shared_mailbox("Info@acme.nl")
    assert not is_shared_mailbox("informatica@acme.nl")


def test_somebody_who_has_a_partner_is_not_given_away() -> None:
    """A second HubSpot contact with the address of a linked pair is a duplicate, not a new partner."""
    found = judge([hubspot("1", link="a"), hubspot("2"), salesforce("Contact", "C1", link="a")])
    assert isinstance(found, Unclear)
    assert found.code == "already_linked"
    assert [r.subject.id for r in reviews_of(found, Kind.CONTACT)] == ["2"]


def test_people_on_one_side_only_have_nobody_to_match() -> None:
    assert judge([hubspot("1"), hubspot("2")]) is None
    assert judge([hubspot("1", link="a"), salesforce("Lead", "L1", link="a")]) is None


DEALS = {Side.HUBSPOT: ("deals",), Side.SALESFORCE: ("Opportunity",)}


def deal(side: Side, id: str, link: str | None = None, lost: bool = False) -> Candidate:
    return Candidate(Ref(side, DEALS[side][0], id), link, lost=lost)


@pytest.mark.parametrize("side", Side)
def test_a_second_deal_that_looks_like_a_linked_one_is_a_deal_of_its_own(side: Side) -> None:
    """A company that buys twice in a quarter has two opportunities of one name and one closing day."""
    first = [deal(side, "1", "a"), deal(side.other, "2", "a")]
    assert resolve([*first, deal(side, "3")], DEALS, distinct=True) is None
    both = resolve([*first, deal(side, "3"), deal(side.other, "4")], DEALS, distinct=True)
    assert isinstance(both, Match)
    assert {ref.id for ref in both.refs.values()} == {"3", "4"}


@pytest.mark.parametrize("side", Side)
def test_a_deal_whose_partner_was_deleted_is_still_asked_about(side: Side) -> None:
    found = resolve([deal(side, "1", "a", lost=True), deal(side.other, "2")], DEALS, distinct=True)
    assert isinstance(found, Unclear)
    assert found.code == "was_linked"


# ---------------------------------------------------------------- beside a pair


def test_a_contact_takes_the_place_of_the_lead_of_a_pair() -> None:
    found = judge([hubspot("1", "x"), salesforce("Lead", "L1", "x"), salesforce("Contact", "C1")])
    assert isinstance(found, Joins)
    assert (found.link, found.to and found.to.id, found.aliases) == ("x", "C1", ())


def test_leads_beside_a_linked_contact_are_its_aliases() -> None:
    found = judge([hubspot("1", "x"), salesforce("Contact", "C1", "x"), salesforce("Lead", "L1")])
    assert isinstance(found, Joins)
    assert (found.to, [alias.id for alias in found.aliases]) == (None, ["L1"])


def test_two_contacts_beside_the_lead_of_a_pair_are_a_question() -> None:
    pair = [hubspot("1", "x"), salesforce("Lead", "L1", "x")]
    found = judge([*pair, salesforce("Contact", "C1"), salesforce("Contact", "C2")])
    assert isinstance(found, Unclear)
    assert found.code == "beside_pair"
    assert {review.subject.id for review in reviews_of(found, Kind.CONTACT)} == {"C1", "C2"}


@pytest.mark.parametrize(
    "group",
    [
        [hubspot("1", "x"), salesforce("Lead", "L1", "x"), salesforce("Lead", "L2")],
        [hubspot("1", "x"), salesforce("Lead", "L1", "y"), salesforce("Contact", "C1")],
        [
            hubspot("1", "x", True),
            salesforce("Lead", "L1", "x", True),
            salesforce("Contact", "C1", None, True),
        ],
        [hubspot("1", "x"), salesforce("Contact", "C1")],
    ],
    ids=["a second lead", "the lead of somebody else", "a role address", "its lead has another address"],
)
def test_nobody_takes_a_place_on_weaker_evidence(group: list[Candidate]) -> None:
    found = judge(group)
    assert isinstance(found, Unclear)
    assert found.code == "already_linked"
