"""Flips: a field that goes back and forth is left alone until a person has looked, or a day was quiet.

Enters: what was written to a link of late, and a decision. Leaves: the decision without changes of fields
that flip. Never: I/O. Two automations that undo each other (a flow sets back what a workflow sets) would
else write for ever, and every write costs requests and a line of the field's history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from connector.model import (
    CONNECTOR,
    Action,
    Change,
    Decision,
    Delta,
    Held,
    Link,
    Review,
    Side,
    Why,
)
from connector.state.rows import Written
from connector.sync.money import whole
from connector.sync.refusal import HELD_MESSAGES, REVIEW_MESSAGES

DAY = timedelta(days=1)
LOOK_BACK = 2 * DAY
"""How far back writes count: a day of flips that may have ended almost a day ago."""
FLAPPING = "flapping"
CALMED = "@calmed:"
"""Prefix of a ``diverged`` mark: since when (ISO 8601) a field's flips count anew, for a person decided."""


def flips(written: Iterable[Written]) -> dict[tuple[str, str, Side], list[datetime]]:
    """When a field of a link was flipped on a side: it had been written there before, and since then the
    value came back from the other side, or was changed on this side and is put back.

    ``written``: of any links, oldest first.
    """
    last: dict[tuple[str, str], Written] = {}
    mine: dict[tuple[str, str, Side], Written] = {}
    found: dict[tuple[str, str, Side], list[datetime]] = {}
    for one in written:
        place, field = (one.link, one.field, one.side), (one.link, one.field)
        before = mine.get(place)
        if before is not None:
            returned = last[field].side is not one.side
            undone = one.why in (Why.PUT_BACK, Why.CLASH) or one.after == before.after
            if returned or undone:
                found.setdefault(place, []).append(one.at)
        last[field] = mine[place] = one
    return found


def is_broken(times: Iterable[datetime], now: datetime, limit: int) -> bool:
    """Whether so many flips fell into one day, and a day has not passed since the last. 0: no limit."""
    flipped = sorted(times)
    if not flipped or not limit or now - flipped[-1] >= DAY:
        return False
    return sum(flipped[-1] - at < DAY for at in flipped) >= limit


def broken_fields(
    written: Iterable[Written], links: Iterable[Link], now: datetime, limit: int
) -> set[tuple[str, str]]:
    """(link id, field) of which the breaker is open: nothing is written to it on either side."""
    calmed = {link.id: link.diverged for link in links}
    counting = (w for w in written if w.at > _calm_since(calmed.get(w.link, {}), w.field, now))
    return {
        (link, field) for (link, field, _), times in flips(counting).items() if is_broken(times, now, limit)
    }


def _calm_since(marks: Mapping[str, str], field: str, now: datetime) -> datetime:
    since = marks.get(CALMED + field)
    return datetime.fromisoformat(since) if since else now - LOOK_BACK


def without_flapping(decision: Decision, fields: frozenset[str], verdict: str) -> Decision:
    """The decision with flapping fields left alone: bases and both sides stay, a person is asked. What a
    person decided (a ``diverged`` mark that begins with ``verdict``) is carried out all the same."""
    marks = decision.link.diverged
    stopped = {name for name in fields if not marks.get(name, "").startswith(verdict)}
    dropped = [c for a in decision.actions for c in a.changes if c.field in stopped]
    if not dropped:
        return decision
    actions = tuple(kept for action in decision.actions if (kept := _without(action, stopped)).changes)
    names = {change.field: change for change in dropped}
    return replace(
        decision,
        link=replace(decision.link, pending=decision.link.pending or "held"),
        actions=actions,
        reviews=(*decision.reviews, *(_review(decision.link, n) for n, c in names.items() if _is_asked(c))),
        held=(*decision.held, *(_held(decision.link, n) for n, c in names.items() if not _is_asked(c))),
        judged=tuple(name for name in decision.judged if name not in names),
    )


def _without(action: Action, stopped: set[str]) -> Action:
    kept = [c for c in action.changes if c.field not in stopped]
    return replace(action, changes=tuple(whole(action.changes, kept)))


def _is_asked(change: Change) -> bool:
    """Whether a person can choose a side's value: not of our own ids, nor of sets."""
    return change.rule != CONNECTOR and not isinstance(change.after, Delta)


def _review(link: Link, name: str) -> Review:
    subject, other = link.refs[Side.HUBSPOT], link.refs[Side.SALESFORCE]
    message = REVIEW_MESSAGES[FLAPPING].format(field=name)
    return Review(FLAPPING, link.kind, subject, message, name, (other,), link.id)


def _held(link: Link, name: str) -> Held:
    return Held(FLAPPING, link.id, link.refs[Side.HUBSPOT], HELD_MESSAGES[FLAPPING].format(field=name), name)
