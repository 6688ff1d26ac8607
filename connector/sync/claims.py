"""Claims: which of several links gets a record that all of them name.

Merges and conversions, in one CRM or in both at once, make several links reach one record. Enters: the links
with their refs as they are now. Leaves: per record in dispute, the one link that holds it. Symmetric in the
sides. Never: I/O.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from connector.model import Link, LinkState, Ref

ORDER = (LinkState.LINKED, LinkState.SINGLE, LinkState.TOMBSTONE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A link before and after its refs were moved along. ``whole``: all of its records are there.
    ``misfits``: in how many fields its records' successors are not as the link knew the records."""

    before: Link
    after: Link
    whole: bool = True
    misfits: int = 0

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(self.after.refs.values())

    @property
    def is_live(self) -> bool:
        return self.before.state is not LinkState.TOMBSTONE

    def rank(self) -> tuple[int, bool, int, int, str]:
        """Who had a partner goes before who had none; a pair of which both records live before others; one
        whose own records swallowed the others' before one that moves in; one that resembles what became of
        its records before others."""
        moved = sum(ref != self.before.refs[side] for side, ref in self.after.refs.items())
        return ORDER.index(self.before.state), not self.whole, moved, self.misfits, self.after.id


def share_out(claims: Sequence[Claim], held: MutableMapping[Ref, Link]) -> dict[Ref, Link]:
    """Per record that more than one link names, or that ``held`` has given away already, the link that holds
    it; ``held`` gains it.

    A link gets all of its records or none, so that two CRMs that merged the same people crosswise leave one
    pair and not two halves. What nobody gets in this way goes to the first that named it. A tombstone gives
    way to any. A record that stands beside a pair, as its alias, is the pair's.
    """
    for claim in claims:
        if claim.before.state is LinkState.LINKED:
            _give(claim, claim.after.aliases, held)
    named = Counter(ref for claim in claims for ref in set(claim.refs))
    disputed = {ref for ref, times in named.items() if times > 1 or ref in held}
    live = sorted((c for c in claims if c.is_live and not disputed.isdisjoint(c.refs)), key=Claim.rank)
    for claim in live:
        if all(_is_free(ref, claim, held) for ref in claim.refs):
            _give(claim, disputed.intersection(claim.refs), held)
    for claim in live:
        _give(claim, disputed.intersection(claim.refs), held)
    return {ref: held[ref] for ref in disputed if ref in held}


def _is_free(ref: Ref, claim: Claim, held: Mapping[Ref, Link]) -> bool:
    return ref not in held or held[ref].id == claim.after.id


def _give(claim: Claim, refs: Iterable[Ref], held: MutableMapping[Ref, Link]) -> None:
    for ref in refs:
        held.setdefault(ref, claim.after)
