"""Work that is done to see what comes of it, and then kept or taken back as a whole.

In: a database, work inside a `with` block. Out: the work, or nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from connector.sandbox.salesforce.db import Database


class _Undo(Exception):  # noqa: N818  # not an error: it takes the work back
    def __init__(self, trial: Trial) -> None:
        self.trial = trial


class Trial:
    """A transaction at work. `undone` says afterwards whether it was taken back."""

    def __init__(self) -> None:
        self.undone = False

    def undo(self) -> NoReturn:
        """Ends the `with` block at once, and takes back what was done in it."""
        self.undone = True
        raise _Undo(self)


@contextmanager
def trial(db: Database) -> Iterator[Trial]:
    """A transaction that its own block can take back without an error. May stand in others, as any may."""
    made = Trial()
    try:
        with db.transaction():
            yield made
    except _Undo as undo:
        if undo.trial is not made:
            raise
