"""Salesforce record ids: making them, checking them, and the two spellings (15 and 18 characters).

In: a three-character key prefix and a running number, or an id as a client spelled it. Out: 18-character ids.
Never looks at stored records: a well-formed id may still name nothing.
"""

from __future__ import annotations

from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
INSTANCE = "Dn0"
FIRST_NUMBER = 18_927_104_377  # so that ids look like those of an org that has been used for years
_ALLOWED = frozenset(ALPHABET)
_UPPER = {ord(char): "1" if "A" <= char <= "Z" else "0" for char in ALPHABET}


def suffix(short: str) -> str:
    """The three check characters of a 15-character id: one bit per upper-case letter, lowest bit first."""
    return _check(short[:5]) + _check(short[5:10]) + _check(short[10:])


@lru_cache(maxsize=65_536)
def _check(five: str) -> str:
    return SUFFIX_ALPHABET[int(five.translate(_UPPER)[::-1], 2)]


@lru_cache(maxsize=65_536)
def to_18(text: str) -> str | None:
    """The 18-character spelling of an id, or None if `text` is no id at all.

    Both spellings are accepted everywhere, as in Salesforce; a wrong check suffix makes an id malformed.
    """
    if len(text) not in (15, 18) or not _ALLOWED.issuperset(text):
        return None
    short = text[:15]
    full = short + suffix(short)
    return full if len(text) == 15 or text == full else None


def new_id(prefix: str, number: int) -> str:
    """The 18-character id of the `number`-th record (from 1) of the object type with this key prefix."""
    high, low = divmod(FIRST_NUMBER + number, 62**3)
    middle, high = high % 62**3, high // 62**3
    short = prefix + INSTANCE + _digits(high) + _digits(middle) + _digits(low)
    return short + suffix(short)


@lru_cache(maxsize=65_536)
def _digits(number: int) -> str:
    """Three digits to the base of 62."""
    return ALPHABET[number // 3844 % 62] + ALPHABET[number // 62 % 62] + ALPHABET[number % 62]
