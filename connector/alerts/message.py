"""News as words for people and as JSON for machines: counts, codes, names of fields, ids.

Enters: news. Leaves: a subject, a text, an object. Never: I/O.
"""

from datetime import datetime
from typing import Any

from connector.alerts.book import Entry, News
from connector.report.words import counted


def subject(news: News) -> str:
    """One line: what is new, and what is over."""
    opened = f"{counted(len(news.opened), 'alert')}" if news.opened else ""
    over = f"{len(news.over):,} over" if news.over else ""
    return "smarketing: " + ", ".join(part for part in (opened, over) if part)


def text(news: News) -> str:
    """The mail, or what a chat shows."""
    lines: list[str] = []
    for entry in news.opened:
        lines += [f"{_time(entry.since)}: {entry.condition.message}"]
        lines += [f"  {line}" for line in entry.condition.fix.splitlines()]
    if news.over:
        lines += ["", "Over:"] if lines else ["Over:"]
        lines += [f"  {entry.condition.key} (since {_time(entry.since)})" for entry in news.over]
    return "\n".join(lines) + "\n"


def as_json(news: News, title: str, words: str) -> dict[str, Any]:
    """The object that a webhook gets. ``text`` is what chats show."""
    return {
        "product": "smarketing",
        "text": f"{title}\n{words}",
        "opened": [_entry(entry) for entry in news.opened],
        "over": [_entry(entry) for entry in news.over],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    condition = entry.condition
    return {
        "condition": condition.key,
        "message": condition.message,
        "fix": condition.fix,
        "run": condition.run,
        "count": condition.count,
        "since": entry.since.isoformat(),
        "over": entry.over.isoformat() if entry.over is not None else None,
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
