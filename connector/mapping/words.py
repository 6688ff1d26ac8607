"""Small words for messages: lists of names, and the names nearest to a wrong one.

Enters: names. Leaves: text. Never: I/O.
"""

import difflib
from collections.abc import Iterable


def quoted(names: Iterable[str], limit: int = 12) -> str:
    """``a, b and c``; a long list is cut."""
    listed = list(names)
    if len(listed) > limit:
        return ", ".join(listed[:limit]) + f" and {len(listed) - limit} more"
    return " and ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))


def suggestion(found: str, allowed: Iterable[str]) -> str:
    """``; did you mean x?`` for the nearest allowed names, else ``; allowed: …`` where there are few, else
    nothing."""
    names = list(dict.fromkeys(allowed))
    folded = {name.casefold(): name for name in names}
    near = [folded[m] for m in difflib.get_close_matches(found.casefold(), folded, n=2, cutoff=0.6)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; allowed: {quoted(names)}" if 0 < len(names) <= 20 else ""
