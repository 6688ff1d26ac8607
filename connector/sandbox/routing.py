"""Routes of which hundreds are made at every start of a simulated CRM.

Enters: a path, what answers there, a method. Leaves: Starlette's route. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response

Endpoint = Callable[[Request], Awaitable[Response]]


def route(path: str, endpoint: Endpoint, method: str) -> Route:
    """As Starlette makes it, but a path seen before is not read anew: that took most of a start."""
    made = copy(_read(path, method))
    made.endpoint = endpoint
    made.app = request_response(endpoint)
    return made


@cache
def _read(path: str, method: str) -> Route:
    return Route(path, _unanswered, methods=[method])


async def _unanswered(request: Request) -> Response:
    raise NotImplementedError(request.url.path)
