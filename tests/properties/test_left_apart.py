"""Members of a set that an undo left apart stay so until somebody edits them; others are merged as ever."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from planning import digest, rules

from connector.mapping.rules import Rule
from connector.model import Delta, Kind, Side
from connector.sync.outcome import NOTHING, Look
from connector.sync.sets import (
    left_apart,
    merge_sets,
    merged_bases,
    set_bases,
    undone_base,
    without_strays,
)

PEOPLE = "abc"
ACTS = st.tuples(
    st.sampled_from(["add", "remove", "undo", "look"]), st.sampled_from(list(Side)), st.sampled_from(PEOPLE)
)
CONTACTS = replace(rules().objects[Kind.DEAL].field("contacts"), rule=Rule.TWO_WAY)


class Deal:
    """A deal in both CRMs, with two people on it in both."""

    def __init__(self) -> None:
        self.sets: dict[Side, set[str]] = {side: set("ab") for side in Side}
        self.bases = {side: set_bases("contacts", "ab", digest) for side in Side}
        self.apart: dict[str, Side] = {}

    def add(self, side: Side, person: str) -> None:
        self.sets[side].add(person)

    def remove(self, side: Side, person: str) -> None:
        self.sets[side].discard(person)

    def undo(self, side: Side, person: str) -> None:
        """A run brought this person to one side: she is taken away there again."""
        if all(digest(person) in base.values() and person in self.sets[s] for s, base in self.bases.items()):
            self.sets[side].discard(person)
            self.bases[side] = undone_base(self.bases[side], "contacts", (), {digest(person)}, digest)
            self.apart[person] = side.other

    def look(self, *_: object) -> None:
        """One sync. What is apart is still so afterwards; about all others both sides agree."""
        self.apart = {
            p: s for p, s in self.apart.items() if p in self.sets[s] and p not in self.sets[s.other]
        }
        self._sync()
        for person in PEOPLE:
            on = [side for side in Side if person in self.sets[side]]
            assert on == [self.apart[person]] if person in self.apart else len(on) != 1, person
        before = self.sets, self.bases
        self._sync()
        assert (self.sets, self.bases) == before, "a second look finds nothing to do"

    def _sync(self) -> None:
        now = {side: frozenset(members) for side, members in self.sets.items()}
        looks = {side: Look(tuple(sorted(members)), members or None, None) for side, members in now.items()}
        outcome = merge_sets(CONTACTS, looks, self.bases, digest)
        if outcome.writes:
            bases = without_strays(self.bases, "contacts", now, digest)
            self.bases = merged_bases(bases, "contacts", outcome.members, digest)
        elif outcome != NOTHING:
            self.bases = {side: set_bases("contacts", members, digest) for side, members in now.items()}
        self.sets = {side: set(now[side]) for side in Side}
        for side, change in outcome.writes.items():
            assert isinstance(change, Delta)
            self.sets[side] = {*now[side], *change.add} - change.remove


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_whatever_people_do_only_what_an_undo_left_apart_differs(acts: list[tuple[str, Side, str]]) -> None:
    deal = Deal()
    for act, side, person in [*acts, ("look", Side.HUBSPOT, "")]:
        getattr(deal, act)(side, person)


def test_what_was_apart_and_comes_back_is_an_edit() -> None:
    """Somebody takes Ann off where she was left, and puts Cas on; later she is put on again."""
    deal = Deal()
    deal.undo(Side.HUBSPOT, "a")
    deal.remove(Side.SALESFORCE, "a")
    deal.add(Side.SALESFORCE, "c")
    deal.look()
    deal.add(Side.SALESFORCE, "a")
    deal.look()
    assert deal.sets == {side: {"a", "b", "c"} for side in Side}


def test_what_a_person_took_away_is_apart_no_longer() -> None:
    """Asked, she chose the side that lacks Ann. Should Ann come back on the other one, that is an edit."""
    deal = Deal()
    deal.undo(Side.HUBSPOT, "a")
    bases = merged_bases(deal.bases, "contacts", "b", digest, removed="a")
    assert bases == {side: set_bases("contacts", "b", digest) for side in Side}


def test_without_a_base_on_both_sides_nothing_counts_as_apart() -> None:
    sets: Mapping[Side, frozenset[str]] = {Side.HUBSPOT: frozenset("a"), Side.SALESFORCE: frozenset()}
    bases = {Side.HUBSPOT: set_bases("contacts", "a", digest)}
    assert left_apart(sets, bases, "contacts", digest) == frozenset()
