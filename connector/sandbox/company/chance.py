"""Chance with a seed, and the shapes of values that both CRMs' rows need.

Enters: a seed and the date before which everything happened. Leaves: the same draws every time. It never
looks at the wall clock, and never depends on the order of a set or a hash.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import Any, TypeVar

from connector.sandbox.company.places import PLACES, WEIGHTS, Numbering, Place

T = TypeVar("T")
Row = dict[str, Any]
"""A record to load: field names of its CRM, and "_created" and "_modified" as aware datetimes."""

HISTORY_S = 1100 * 24 * 3600
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "æ": "ae", "å": "aa", "ß": "ss", "'": "", "’": "", ".": ""})


class Chance:
    """Seeded draws; `base` is the (aware) moment before which all records were made."""

    def __init__(self, seed: int, base: datetime) -> None:
        self.random = Random(seed)
        self.base = base
        self.draw = self.random.random

    def happens(self, share: float) -> bool:
        """True in this share of the calls."""
        return self.draw() < share

    def one_of(self, choices: Sequence[T]) -> T:
        """Any of them, equally often."""
        return choices[int(self.draw() * len(choices))]

    def below(self, limit: int) -> int:
        """An integer from 0 up to but not including `limit`."""
        return int(self.draw() * limit)

    def place(self) -> Place:
        """A country, by how much the company sells there."""
        return self.random.choices(PLACES, WEIGHTS)[0]

    def digits(self, numbering: Numbering) -> str:
        """A national number."""
        return "".join(chr(48 + self.below(10)) if mark == "#" else mark for mark in numbering.pattern)

    def spelled(self, numbering: Numbering, digits: str) -> str:
        """The number as somebody may have typed it: another spelling each time, the same number."""
        groups, start = [], 0
        for size in numbering.groups:
            groups.append(digits[start : start + size])
            start += size
        return self.one_of(numbering.spellings).format(*groups)

    def stamps(self) -> tuple[datetime, datetime]:
        """When a record was created and last modified: within three years, at least an hour before `base`."""
        age = 3600 + self.draw() * HISTORY_S
        since = 3600 + self.draw() * (age - 3600)
        return self.base - timedelta(seconds=int(age)), self.base - timedelta(seconds=int(since))


def chance_of(seed: int, *names: object) -> Chance:
    """Draws of their own for whatever is named so: the same for the same names, whatever was drawn before."""
    text = "\x1f".join(map(str, (seed, *names))).encode()
    return Chance(int.from_bytes(blake2b(text, digest_size=8).digest()), EPOCH)


@lru_cache(maxsize=4096)
def ascii_of(name: str) -> str:
    """The name as it stands in mail addresses: lower case, without accents, blanks or quotes."""
    plain = unicodedata.normalize("NFD", name.lower().translate(_NOT_DECOMPOSED))
    return "".join(letter for letter in plain if letter.isascii() and (letter.isalnum() or letter == "-"))


def without_blanks(row: Row) -> Row:
    """The row without fields that hold nothing."""
    return {name: value for name, value in row.items() if value not in (None, "")}
