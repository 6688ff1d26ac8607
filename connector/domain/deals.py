"""People and their deals: the stage that a person's deals ask for.

Enters: what is known of the deals that a person has a part in, what the pipeline says of deals, where the
person stands. Leaves: a wish, or none. Never: I/O, or the move itself (``pipeline`` decides about moves).

A deal moves a person when it opens, is won or is lost, not while it is: whom a rep has moved elsewhere since
is not moved again by the same deal. Whoever has won once is a customer; later losses take nobody back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.mapping.rules import StageFromDeals
from connector.model import DealPart, DealState, Via

BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a deal is like this that stood there before anybody looked: it moves nobody."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The stage that a person's deals ask for. ``back``: it may lie before the present one (a recycled
    person); ``deal``: link id of the deal that asks."""

    stage: str
    deal: str
    back: bool = False


def counts(part: DealPart, policy: StageFromDeals) -> bool:
    """Whether a part in a deal moves the person, as the pipeline says: everybody on the deal, only the
    primary contact, or all people of its company; and only in these roles, where some are named."""
    if part.via is Via.DEAL:
        return False
    if part.via is Via.ACCOUNT:
        return Via.ACCOUNT in policy.through
    if policy.roles and policy.roles.isdisjoint(part.roles):
        return False
    return Via.CONTACT_ROLE in policy.through or (part.primary and Via.PRIMARY_CONTACT in policy.through)


def wish(
    parts: Iterable[DealPart], policy: StageFromDeals | None, stage: str | None, since: datetime | None
) -> Wish | None:
    """What the deals ask for. ``parts``: the person's, all of them; ``stage``: where the person stands now,
    ``since`` when (aware; None: not known).

    A won deal comes before an open one, and both before a lost one. A lost deal recycles only who stands
    where an open one brought them.
    """
    if policy is None:
        return None
    mine = [part for part in parts if counts(part, policy)]
    if won := [part for part in mine if part.state is DealState.WON]:
        return _asked(won, policy.won, since)
    if running := [part for part in mine if part.state is DealState.OPEN]:
        return _asked(running, policy.open, since)
    if mine and policy.recycle_to is not None and stage is not None and stage == policy.open:
        return _asked(mine, policy.recycle_to, since, back=True)
    return None


def _asked(
    parts: Iterable[DealPart], stage: str | None, since: datetime | None, *, back: bool = False
) -> Wish | None:
    """The wish of the latest of these parts, unless the person was moved after it."""
    last = max(parts, key=lambda part: (part.since, part.deal))
    if stage is None or last.since == BEFORE or (since is not None and since >= last.since):
        return None
    return Wish(stage, last.deal, back)


def renewed(known: Iterable[DealPart], now_there: Iterable[DealPart]) -> tuple[DealPart, ...]:
    """The parts of one deal as they are now: those that were known like this keep the time since when."""
    before = {(part.link, part.via): part for part in known}
    return tuple(
        old if (old := before.get((part.link, part.via))) is not None and old.same(part) else part
        for part in now_there
    )
