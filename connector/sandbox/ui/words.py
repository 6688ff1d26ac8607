"""What somebody typed into a search box, as patterns for SQL's LIKE.

Enters: a text. Leaves: patterns by word. SQLite compares only the letters a to z without regard to case, so
words with others are looked for in the ways in which people write them.
"""

from __future__ import annotations


def patterns(text: str) -> list[list[str]]:
    """One list for each word: a record answers if, for every list, a field holds one of its patterns."""
    return [_patterns(word) for word in text.split()]


def _patterns(word: str) -> list[str]:
    ways = [word] if word.isascii() else [word, word.lower(), word.upper(), word.title()]
    return [f"%{_literally(way)}%" for way in dict.fromkeys(ways)]


def _literally(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return text
