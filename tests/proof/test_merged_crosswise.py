"""Two people merged in both CRMs at once, one kept here and the other there: halves are noticed."""

from collections.abc import MutableMapping, Sequence

import pytest
from people import People
from stories import H, S, Story, pair

from connector.model import Link, LinkState, Ref
from connector.sync import partners
from connector.sync.claims import Claim


def crosswise(people: People) -> None:
    """Marketing keeps the first of two, sales the second, between two syncs."""
    one, other = pair(people), pair(people)
    people.merge(one, other, H)
    people.merge(other, one, S)
    people.office.sync()
    survivor = Ref(H, *one.refs[H])
    link = people.office.store.links_by_ref([survivor])[survivor]
    assert (link.state, link.ref(S)) == (LinkState.LINKED, Ref(S, *other.refs[S]))


def one_by_one(claims: Sequence[Claim], held: MutableMapping[Ref, Link]) -> dict[Ref, Link]:
    """The seeded bug: each record is given away by itself, so a pair may get one half and lose the other."""
    live = sorted((c for c in claims if c.before.state is not LinkState.TOMBSTONE), key=Claim.rank)
    for claim in live:
        for ref in set(claim.refs) & set(claim.before.refs.values()):
            held.setdefault(ref, claim.after)
    for claim in reversed(live):
        for ref in claim.refs:
            held.setdefault(ref, claim.after)
    return dict(held)


def test_one_pair_is_left() -> None:
    with Story(crosswise, ()).told():
        pass


def test_halves_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partners, "share_out", one_by_one)
    with pytest.raises(AssertionError), Story(crosswise, ()).told():
        pass
