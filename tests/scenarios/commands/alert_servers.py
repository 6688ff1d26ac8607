"""A mail server and a web server of this machine, with certificates of a throw-away authority."""

from __future__ import annotations

import base64
import email
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from connector.sandbox.tls import Identity


def server_context(identity: Identity) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(identity.certificate, identity.key)
    return made


# ---------------------------------------------------------------- mail


@dataclass
class Postbox:
    """What a mail server got. ``offers``: what it says it can; ``refuses``: it takes no mail."""

    safe: ssl.SSLContext
    offers: str = "STARTTLS"
    refuses: bool = False
    port: int = 0
    mails: list[Message] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    in_the_open: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [str(mail.get_payload(decode=True), "utf-8") for mail in self.mails]  # type: ignore[arg-type]


class Talk(socketserver.StreamRequestHandler):
    """One SMTP conversation (RFC 5321, STARTTLS of RFC 3207, AUTH PLAIN of RFC 4954)."""

    box: Postbox
    implicit = False

    def handle(self) -> None:
        self.encrypted = False
        try:
            if self.implicit:
                self.change_over()
            self.say("220 mail.test")
            while self.answer(self.rfile.readline().decode().strip()):
                pass
        except (OSError, ssl.SSLError):
            pass  # the client turned away

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wfile.flush()

    def change_over(self) -> None:
        self.connection = self.box.safe.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.encrypted = True

    def answer(self, line: str) -> bool:
        verb = line.partition(" ")[0].upper()
        if not self.encrypted:
            self.box.in_the_open.append(verb)
        if verb == "EHLO":
            self.say("250-mail.test", "250 AUTH PLAIN" if self.encrypted else f"250 {self.box.offers}")
        elif verb == "STARTTLS":
            self.say("220 go ahead")
            self.change_over()
        elif verb == "AUTH":
            _, name, word = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            self.box.logins.append((name, word))
            self.say("235 welcome" if word == "right" else "535 no")
        elif verb == "DATA":
            self.say("354 go ahead")
            self.box.mails.append(email.message_from_bytes(self.body()))
            self.say("250 taken")
        elif verb == "QUIT":
            self.say("221 bye")
        elif verb == "MAIL" and self.box.refuses:
            self.say("451 later")
        else:
            self.say("250 ok")
        return bool(verb) and verb != "QUIT"

    def body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)


@contextmanager
def postbox(identity: Identity, *, implicit: bool = False, **options: Any) -> Iterator[Postbox]:
    """A mail server: with STARTTLS, or encrypted from the start."""
    box = Postbox(server_context(identity), **options)
    handler = type("Handler", (Talk,), {"box": box, "implicit": implicit})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        with _served(server):
            yield box


# ---------------------------------------------------------------- web


@dataclass
class Hook:
    """What a web server got. ``status``: what it answers."""

    status: int = 204
    location: str = ""
    port: int = 0
    posts: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/hook"


class Answers(BaseHTTPRequestHandler):
    hook: Hook

    def do_POST(self) -> None:
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.hook.posts.append((self.path, dict(self.headers), body))
        self.send_response(self.hook.status)
        if self.hook.location:
            self.send_header("Location", self.hook.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def hook(identity: Identity, **options: Any) -> Iterator[Hook]:
    """A web server behind TLS."""
    made = Hook(**options)
    handler = type("Handler", (Answers,), {"hook": made})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign, assignment]
        server.socket = server_context(identity).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        made.port = server.server_address[1]
        with _served(server):
            yield made


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
