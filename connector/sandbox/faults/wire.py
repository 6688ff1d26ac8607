"""What can happen to a connection: late, silent, cut in the middle, closed, reset.

Enters: the app that would answer. Leaves: an app that spoils its answer on the way. Needs the transport that
`serve.CuttableProtocol` puts into the scope.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends a reset (RST) in place of an orderly end (FIN)."""

Ending = Callable[[asyncio.Transport], None]


def delayed(milliseconds: float, app: ASGIApp) -> ASGIApp:
    """The app's own answer, so many real milliseconds later."""

    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(milliseconds / 1000)
        await app(scope, receive, send)

    return later


def cut(after: int, app: ASGIApp) -> ASGIApp:
    """The head and the first `after` bytes of the body; then the connection closes."""

    async def cutting(scope: Scope, receive: Receive, send: Send) -> None:
        left = after

        async def send_beginning(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.body":
                message = {**message, "body": message.get("body", b"")[:left], "more_body": True}
                left -= len(message["body"])
            await send(message)

        await app(scope, receive, send_beginning)
        await _end(scope, receive, close)

    return cutting


def lost(app: ASGIApp | None, ending: Ending) -> ASGIApp:
    """No byte of an answer. With an app the request is carried out first, else never."""

    async def losing(scope: Scope, receive: Receive, _send: Send) -> None:
        if app is not None:
            await app(scope, receive, _unsent)
        await _end(scope, receive, ending)

    return losing


def silent(app: ASGIApp | None, seconds: float | None) -> ASGIApp:
    """As `lost`, but the connection stays open until the client gives up, or for so many real seconds."""

    async def hanging(scope: Scope, receive: Receive, _send: Send) -> None:
        if app is not None:
            await app(scope, receive, _unsent)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await _gone(receive)
        await _end(scope, receive, drop)

    return hanging


def close(transport: asyncio.Transport) -> None:
    """Closes in good order, once everything that waits is sent."""
    transport.close()


def drop(transport: asyncio.Transport) -> None:
    """Closes without sending what waits."""
    transport.abort()


def reset(transport: asyncio.Transport) -> None:
    """Closes with a reset: the client's next read or write fails with ECONNRESET."""
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    transport.abort()


async def _end(scope: Scope, receive: Receive, ending: Ending) -> None:
    transport: asyncio.Transport = scope["state"]["transport"]
    if not transport.is_closing():  # the client may have gone, or another fault come before
        ending(transport)
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unsent(message: Message) -> None:
    """Takes the answer that the client never gets."""
