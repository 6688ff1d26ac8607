"""Salesforce ids: the two forms in which they are written. Pure.

Source: "ID field type" in the Object Reference.
"""

import re

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def to_18(id: str) -> str:
    """A Salesforce id in its 18 character form, which is safe where case is lost.

    The three added characters say which of the 15 are upper case, five by five, lowest bit first. Raises
    ValueError for anything else than an id, or when the last three do not fit.
    """
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise ValueError("not a Salesforce id")
    suffix = "".join(_suffix(id[start : start + 5]) for start in (0, 5, 10))
    if len(id) == 18 and id[15:] != suffix:
        raise ValueError("the last three characters of this Salesforce id do not fit")
    return id[:15] + suffix


def _suffix(five: str) -> str:
    return _SUFFIX[sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z")]


def id_or_none(id: object) -> str | None:
    """The 18 character form, or None for what is no id."""
    try:
        return to_18(id) if isinstance(id, str) else None
    except ValueError:
        return None
