"""Rows that the running user does not see, or sees and may not change: what sharing rules do.

In: the user's view, ids. Out: whether a row is there for that user, in Python and in SQL. Rows that cannot be
seen are as if they were not there; nothing says that they are missing.
"""

from __future__ import annotations

from connector.sandbox.salesforce.catalog import HIDDEN_ROWS, View
from connector.sandbox.salesforce.errors import refuse

_LISTED = f"SELECT value FROM json_each((SELECT value FROM _note WHERE key = '{HIDDEN_ROWS}'))"


def seen_sql(view: View, alias: str) -> str | None:
    """The condition that keeps to the rows that this user sees; None when that is all of them."""
    return f'{alias}"Id" NOT IN ({_LISTED})' if view.hidden_rows else None


def and_seen(view: View) -> str:
    """The same as the end of a WHERE of a single table."""
    condition = seen_sql(view, "")
    return f" AND {condition}" if condition else ""


def check_seen(view: View, record_id: str) -> None:
    """Raises RecordError for a row that the user does not see. Assumption: told as one that never was."""
    if record_id in view.hidden_rows:
        raise refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def check_writable(view: View, record_id: str) -> None:
    """Raises RecordError for a row that the user does not see, or may only read."""
    check_seen(view, record_id)
    if record_id in view.read_only_rows:
        raise refuse("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
