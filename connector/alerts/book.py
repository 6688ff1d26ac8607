"""The book of alerts: which conditions are open, and which channel has heard of them.

Enters: the book as it was, what was judged now. Leaves: the book as it is, and what each channel is to be
told. Never: I/O. A condition is told once, and once more when it is over, by each channel that could be
reached; who was told nothing hears of no recovery.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connector.alerts.conditions import Condition, Judged


@dataclass(frozen=True, slots=True)
class Entry:
    """One condition since it was first seen. ``told``: channels that know of it; ``over``: since when."""

    condition: Condition
    since: datetime
    told: tuple[str, ...] = ()
    over: datetime | None = None


Book = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class News:
    """What one channel is to be told."""

    opened: tuple[Entry, ...] = ()
    over: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.over)


def judged(book: Book, found: Judged, now: datetime) -> dict[str, Entry]:
    """The book after a look: new conditions are opened, those that are gone are over."""
    present = {condition.key: condition for condition in found.conditions}
    after: dict[str, Entry] = {}
    for key, entry in book.items():
        if key in present:
            after[key] = replace(entry, condition=present[key], over=None)
        elif key.partition(" ")[0] in found.topics and entry.over is None:
            after[key] = replace(entry, over=now)
        else:
            after[key] = entry
    for key, condition in present.items():
        after.setdefault(key, Entry(condition, now))
    return after


def news(book: Book, channel: str, patience: timedelta, now: datetime) -> News:
    """What this channel has not heard yet."""
    opened = (e for e in book.values() if e.over is None and channel not in e.told)
    due = (e for e in opened if not e.condition.patience or now - e.since >= patience)
    over = (e for e in book.values() if e.over is not None and channel in e.told)
    return News(tuple(due), tuple(over))


def told(book: Book, channel: str, news: News) -> dict[str, Entry]:
    """The book after a channel was told."""
    heard = {entry.condition.key for entry in news.opened}
    ended = {entry.condition.key for entry in news.over}
    after = dict(book)
    for key in heard:
        after[key] = replace(after[key], told=(*after[key].told, channel))
    for key in ended:
        after[key] = replace(after[key], told=tuple(c for c in after[key].told if c != channel))
    return after


def tidied(book: Book, channels: Iterable[str]) -> dict[str, Entry]:
    """Without what is over and owed to no channel that is configured still."""
    known = set(channels)
    return {key: e for key, e in book.items() if e.over is None or known.intersection(e.told)}


def to_json(book: Book) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in book.values()]


def from_json(found: Iterable[Mapping[str, Any]]) -> dict[str, Entry]:
    """The book as it was stored."""
    entries = (
        Entry(
            Condition(**each["condition"]),
            datetime.fromisoformat(each["since"]),
            tuple(each["told"]),
            None if each["over"] is None else datetime.fromisoformat(each["over"]),
        )
        for each in found
    )
    return {entry.condition.key: entry for entry in entries}
