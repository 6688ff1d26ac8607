"""Email addresses that people exchange: HubSpot refuses one that another contact still has.

Enters: the updates of one batch with their results, and a way to send more. Leaves: the results of those
that could be done after all: whose address was free by then, and circles (two people swap), in which one
address is cleared first and set again at the end. The rows of one batch are not ordered, so each step is a
request of its own. A process that dies in between leaves that address blank, and the next run writes it: an
edit beats a blank. Never: a change of anybody who is not part of the batch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connector.model import Result, Verdict, Write

EMAIL = "email"
RELEASED = "EMAIL_RELEASED"
Results = dict[str, Result]
Send = Callable[[Sequence[Write], Results], None]


def untangle(writes: Sequence[Write], results: Results, send: Send) -> None:
    """Do the updates that only waited for another one of the same batch; ``results`` is replaced for
    them."""
    by_id = {write.id: write for write in writes if write.values.get(EMAIL)}
    waits = {w.key: holder for w in by_id.values() if (holder := _holder(w, results, by_id))}
    if not waits:
        return
    mine = {write.key: write for write in by_id.values()}
    while waits:
        free = [mine[key] for key, holder in waits.items() if holder not in waits]
        ready = [write for write in free if results[waits[write.key]].verdict is Verdict.DONE]
        for write in free:
            del waits[write.key]
        if ready:
            send(ready, results)
        elif not free and not _released(waits, mine, results, send):
            return


def _holder(write: Write, results: Mapping[str, Result], by_id: Mapping[str | None, Write]) -> str | None:
    """The key of the update whose contact has the address now and is to get another one."""
    result = results[write.key]
    if result.verdict is not Verdict.REFUSED or result.code != "CONFLICT" or result.id == write.id:
        return None
    holder = by_id.get(result.id)
    return holder.key if holder is not None else None


def _released(waits: dict[str, str], mine: Mapping[str, Write], results: Results, send: Send) -> bool:
    """Break one circle: clear the address of one of them, do the others, then that one. Whether it could be
    broken: HubSpot refuses to clear the address of somebody who has no name."""
    circle = _circle(waits)
    for place, key in enumerate(circle):
        cleared: Results = {}
        send([replace(mine[key], values={EMAIL: None})], cleared)
        if cleared[key].verdict is Verdict.REFUSED:
            continue
        results[key] = _unsure(cleared[key])
        if cleared[key].verdict is not Verdict.DONE:
            return False
        others = [*circle[place + 1 :], *circle[:place]]
        for each in (*reversed(others), key):
            send([mine[each]], results)
            del waits[each]
        if results[key].verdict is not Verdict.DONE:
            results[key] = _unsure(results[key])
        return True
    return False


def _circle(waits: Mapping[str, str]) -> list[str]:
    """Updates of which each waits for the next one, and the last for the first. There is one: all wait."""
    path = [next(iter(waits))]
    while waits[path[-1]] not in path:
        path.append(waits[path[-1]])
    return path[path.index(waits[path[-1]]) :]


def _unsure(result: Result) -> Result:
    """Of somebody whose address is blank for the moment: the next run reads what became of it."""
    return replace(result, verdict=Verdict.UNKNOWN, code=RELEASED, fields=(EMAIL,))
