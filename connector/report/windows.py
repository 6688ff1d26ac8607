"""Announced windows in words and as plain data, the same in every command.

Enters: windows of the state, and the present moment. Leaves: words, JSON. Never: I/O.
"""

from datetime import datetime
from typing import Any

from connector.model import Side
from connector.report.words import LABELS, plural
from connector.state.rows import Window

LIVE = ("open", "to come")
"""States of a window that has not ended."""


def state_of(window: Window, now: datetime) -> str:
    """``to come``, ``open``, ``over`` or ``removed``."""
    if window.removed_at is not None:
        return "removed"
    if window.ends_at <= now:
        return "over"
    return "open" if window.starts_at <= now else "to come"


def what_of(window: Window) -> str:
    """``overwrites of phone of contacts in Salesforce``."""
    kinds = plural(window.kind or "record")
    named = f" {window.field} of" if window.field else ""
    return f"{window.what} of{named} {kinds}" + (f" in {LABELS[Side(window.side)]}" if window.side else "")


def window_json(window: Window, now: datetime) -> dict[str, Any]:
    """A window as plain data."""
    return {
        "id": window.id,
        "what": window.what,
        "side": window.side or None,
        "kind": window.kind or None,
        "field": window.field or None,
        "most": window.most,
        "used": window.used,
        "from": window.starts_at,
        "to": window.ends_at,
        "state": state_of(window, now),
        "announced_at": window.announced_at,
        "announced_by": window.announced_by or None,
        "reason": window.reason or None,
    }
