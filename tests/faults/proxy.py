"""A bad line to a CRM: a TCP proxy that spoils one answer, byte by byte.

Enters: the port of a server that speaks HTTP/1.1, and what is to become of which answer. Leaves: a port. It
relays whole requests and whole answers; the one it is told to spoil leaves it cut, slow, reset, as rubbish
that claims to be gzip, or with a length that is not true.
"""

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Self

HEAD_ENDS = b"\r\n\r\n"
AT_ONCE = struct.pack("ii", 1, 0)

Spoil = Callable[[socket.socket, bytes, bytes], bool]
"""Sends what is left of an answer (head, body); whether the connection goes on."""


def cut(at: int) -> Spoil:
    """Only the first ``at`` bytes arrive, head included; then the line closes in good order."""

    def spoil(client: socket.socket, head: bytes, body: bytes) -> bool:
        client.sendall((head + body)[:at])
        return False

    return spoil


def reset(at: int) -> Spoil:
    """The same, and the line ends with a reset (RST)."""

    def spoil(client: socket.socket, head: bytes, body: bytes) -> bool:
        client.sendall((head + body)[:at])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        return False

    return spoil


def slow(pieces: int, pause_s: float = 0.002) -> Spoil:
    """All of it, in so many pieces."""

    def spoil(client: socket.socket, head: bytes, body: bytes) -> bool:
        whole = head + body
        step = max(1, len(whole) // pieces)
        for start in range(0, len(whole), step):
            client.sendall(whole[start : start + step])
            time.sleep(pause_s)
        return True

    return spoil


def silence() -> Spoil:
    """Nothing comes, and the line stays open until the client gives up."""

    def spoil(client: socket.socket, head: bytes, body: bytes) -> bool:  # noqa: ARG001
        with suppress(OSError):
            client.recv(1)
        return False

    return spoil


def false_gzip(client: socket.socket, head: bytes, body: bytes) -> bool:
    """The head says gzip; the body is not."""
    client.sendall(head[:-2] + b"content-encoding: gzip\r\n\r\n" + body)
    return True


def bomb(client: socket.socket, head: bytes, body: bytes) -> bool:  # noqa: ARG001
    """A hundred megabytes of zeros in a tenth of one."""
    packed = _zeros()
    client.sendall(_with_length(head[:-2] + b"content-encoding: gzip\r\n\r\n", len(packed)) + packed)
    return True


@lru_cache
def _zeros() -> bytes:
    return gzip.compress(bytes(100 * 2**20))


def longer_than_true(client: socket.socket, head: bytes, body: bytes) -> bool:
    """The head announces 100 bytes more than come."""
    client.sendall(_with_length(head, len(body) + 100) + body)
    return False


def shorter_than_true(client: socket.socket, head: bytes, body: bytes) -> bool:
    """The head announces half of what comes."""
    client.sendall(_with_length(head, len(body) // 2) + body)
    return False


def _with_length(head: bytes, length: int) -> bytes:
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    return b"\r\n".join([lines[0], b"content-length: %d" % length, *lines[1:]])


@dataclass
class Proxy:
    """Stands before one server. ``spoil``: what becomes of the ``at``-th answer from now on."""

    target: int
    at: int = 0
    spoil: Spoil | None = None
    sizes: list[int] = field(default_factory=list)
    """Length in bytes of each answer."""
    head: bytes = b""
    """Of the last answer."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def arm(self, at: int, spoil: Spoil | None) -> None:
        """Answers are counted from one again."""
        self.sizes.clear()
        self.at, self.spoil = at, spoil

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self.target)) as server:
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                head, body = _message(client)
                if not head:
                    return
                server.sendall(head + body)
                if not self._answer(client, *_message(server)):
                    return

    def _answer(self, client: socket.socket, head: bytes, body: bytes) -> bool:
        self.head = head
        self.sizes.append(len(head) + len(body))
        if len(self.sizes) == self.at and self.spoil is not None:
            return self.spoil(client, head, body)
        client.sendall(head + body)
        return bool(head)


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of the next request or answer, as their bytes were; empty when the line has closed."""
    got = b""
    while HEAD_ENDS not in got:
        more = source.recv(65536)
        if not more:
            return b"", b""
        got += more
    head, _, body = got.partition(HEAD_ENDS)
    head += HEAD_ENDS
    chunked = b"transfer-encoding: chunked" in head.lower()
    length = _length(head)
    while not body.endswith(b"0\r\n\r\n") if chunked else len(body) < length:
        more = source.recv(65536)
        if not more:
            break
        body += more
    return head, body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
