"""The mark on everything that the tests make, by which it is found and removed.

What enters: the name of a run. What leaves: texts, addresses and names that carry the mark and are nobody
else's.
"""

from __future__ import annotations

import itertools
import secrets

MARK = "Smklive"
"""One word, which HubSpot's CONTAINS_TOKEN finds, at the beginning, where a LIKE of Salesforce does."""


class Tag:
    """The tag of one run: `Smklive` and a name of the run."""

    def __init__(self, run: str | None = None) -> None:
        self.run = run or secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def text(self, words: str = "") -> str:
        """A name, subject or title with the mark in front; never the same twice."""
        return f"{MARK} {self.run} {next(self._numbers)} {words}".strip()

    def email(self, local: str = "someone") -> str:
        """An address that nobody else has, under a domain that delivers to nobody."""
        return f"{local}.{self.name()}@example.com"

    def name(self) -> str:
        """A lower-case name for fields, groups and keys; never the same twice."""
        return f"{MARK.lower()}_{self.run}_{next(self._numbers)}"
