"""The results of a batch in another order.

Enters: the app that answers. Leaves: an app whose JSON answer has its list of results shuffled. Everything
else passes as it is.
"""

from random import Random
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LISTS = ("results", "compositeResponse", "records")
"""Where answers keep their results; Salesforce's collections are a list themselves."""


def reordered(app: ASGIApp, chance: Random) -> ASGIApp:
    """An answer with fewer than two results, with an error, or without JSON is left alone."""

    async def reordering(scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await app(scope, receive, hold)
        if not held:  # another fault closed the connection
            return
        start, body = held[0], b"".join(message.get("body", b"") for message in held[1:])
        if start["status"] < 300:
            body = _shuffled(body, chance)
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return reordering


def _shuffled(body: bytes, chance: Random) -> bytes:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    results = _results(answer)
    if len(results) < 2:
        return body
    before = list(results)
    while results == before and any(each != before[0] for each in before):
        chance.shuffle(results)
    return orjson.dumps(answer)


def _results(answer: Any) -> list[Any]:
    found = answer
    if isinstance(answer, dict):
        found = next((answer[name] for name in LISTS if name in answer), None)
    return found if isinstance(found, list) else []
