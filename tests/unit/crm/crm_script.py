"""A tiny HTTP server that answers from a script, for what no honest CRM would say."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Script:
    """``answers``: bytes of whole HTTP answers, or functions of the request; the last one stays."""

    url: str = ""
    answers: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def will(self, *answers: bytes | Callable[[Asked], bytes]) -> None:
        self.answers.extend(answers)


def reply(body: Any, status: int = 200, **headers: str) -> bytes:
    """A whole HTTP answer."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = {"Content-Type": "application/json", "Content-Length": str(len(data)), "Connection": "close"}
    lines |= headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data


def serve(listener: socket.socket, script: Script) -> None:
    """Answer one request a connection until the listener closes."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            asked = _read(connection)
            if asked is None:
                continue
            script.asked.append(asked)
            answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
            connection.sendall(answer(asked) if callable(answer) else answer)


def _read(connection: socket.socket) -> Asked | None:
    """One request; each connection serves one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, body)
