"""Facts: what a decision needs beside the two records, fetched once per chunk.

Enters: links that are looked at afresh, and their records. Leaves: ``Facts`` by link id. Whoever fetches some
is a ``Source``; a link whose records are as they were at the last look is never asked about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connector.model import DealPart, Link, Record, Side, StageMove, StageNow


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one link beside its records; each part belongs to one source, and is empty by default.

    ``stage``: what the state knows of this person's stage, None for nothing yet. ``moves``: moves seen in the
    CRMs since then, oldest first. ``log``: all that the state knows, oldest first, where one of the two shows
    another stage than it knows or none. ``deals``: the parts that this person, or their company, has in
    deals. ``opted_in``: HubSpot's history says that this person, who had opted out, opted in again.
    """

    stage: StageNow | None = None
    moves: tuple[StageMove, ...] = ()
    log: tuple[StageMove, ...] = ()
    deals: tuple[DealPart, ...] = ()
    opted_in: bool = False


NO_FACTS = Facts()


class Source(Protocol):
    """Fetches one part of the facts, for many links at once."""

    def add(
        self,
        links: Sequence[Link],
        records: Mapping[str, Mapping[Side, Record]],
        facts: Mapping[str, Facts],
    ) -> Mapping[str, Facts]:
        """The facts with its own part filled in. ``links`` as they stand after merges and conversions;
        ``records`` and ``facts`` by link id; a link that is missing from ``facts`` has none yet. May raise
        what the CRMs raise."""
        ...


def gathered(
    sources: Iterable[Source], links: Sequence[Link], records: Mapping[str, Mapping[Side, Record]]
) -> Mapping[str, Facts]:
    """What all sources know of these links; nothing is asked when there are none."""
    facts: Mapping[str, Facts] = {}
    if links:
        for source in sources:
            facts = source.add(links, records, facts)
    return facts
