"""Whether there is any route that a fault rule can be about.

Enters: the route of a rule, the routes of the CRMs. Leaves: nothing, or a ValueError that names the nearest
ones.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from starlette.routing import Route

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_NAMED = 3


def check_route(wanted: str, routes: Iterable[Route]) -> None:
    """A pattern with * may stand for anything. Raises ValueError for another one that no route follows."""
    known = list(routes)
    example = _PLACEHOLDER.sub("0", wanted)
    if "*" in wanted or not known or any(each.path_regex.match(example) for each in known):
        return
    nearest = get_close_matches(wanted, dict.fromkeys(each.path for each in known), _NAMED)
    told = f"nearest are {', '.join(nearest)}" if nearest else "a pattern with * and ** finds several"
    raise ValueError(f"match.route: there is no route {wanted!r}; {told}")
