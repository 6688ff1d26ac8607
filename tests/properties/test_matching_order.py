"""Who is who does not depend on the order in which records are met, nor on which CRM they stand in."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model import Ref, Side
from connector.sync.match import Candidate, Match, Unclear, resolve

TYPES = {Side.HUBSPOT: ("contacts",), Side.SALESFORCE: ("Contact", "Lead")}
CALM = settings(max_examples=200, deadline=None)


def candidates(seed: int) -> list[Candidate]:
    """Up to five records that share a key: on either side, of any type, some linked, some lost."""
    chance = Random(seed)
    found = []
    for n in range(chance.randrange(1, 6)):
        side = chance.choice(list(Side))
        ref = Ref(side, chance.choice(TYPES[side]), str(n))
        link = f"link-{n}" if chance.random() < 0.2 else None
        lost = link is not None and chance.random() < 0.3
        found.append(Candidate(ref, link, shared=chance.random() < 0.1, lost=lost))
    return found


GROUPS = st.integers(0, 2**32).map(candidates)


def plain(verdict: Match | Unclear | None) -> object:
    if isinstance(verdict, Match):
        return sorted(verdict.refs.items()), sorted(verdict.aliases)
    return verdict


@CALM
@given(GROUPS, st.integers(0, 2**32))
def test_a_group_is_judged_alike_in_any_order(group: list[Candidate], seed: int) -> None:
    shuffled = Random(seed).sample(group, len(group))
    assert plain(resolve(shuffled, TYPES)) == plain(resolve(group, TYPES))


@CALM
@given(GROUPS)
def test_a_group_is_judged_alike_in_the_mirror(group: list[Candidate]) -> None:
    """Exchanging the sides exchanges the verdict."""
    turned = [replace(one, ref=turn(one.ref)) for one in group]
    there = resolve(turned, {side.other: types for side, types in TYPES.items()})
    here = resolve(group, TYPES)
    if isinstance(here, Match):
        assert isinstance(there, Match)
        assert {side.other: turn(ref) for side, ref in there.refs.items()} == dict(here.refs)
        assert {turn(ref) for ref in there.aliases} == set(here.aliases)
    elif isinstance(here, Unclear):
        assert isinstance(there, Unclear)
        assert (there.code, {turn(ref) for ref in there.refs}) == (here.code, set(here.refs))
    else:
        assert there is None


@CALM
@given(GROUPS)
def test_nobody_is_guessed_at(group: list[Candidate]) -> None:
    """A pair is only made where each side has exactly one record of its best type, and nobody in the group
    is linked already."""
    verdict = resolve(group, TYPES)
    if isinstance(verdict, Match):
        for side, ref in verdict.refs.items():
            rivals = [one for one in group if one.ref.side is side and one.ref.type == ref.type]
            assert [one.ref for one in rivals] == [ref]
            assert rivals[0].link is None


def turn(ref: Ref) -> Ref:
    return replace(ref, side=ref.side.other)
