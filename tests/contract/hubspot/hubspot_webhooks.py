"""A receiver of webhooks on a free port, and how tests subscribe."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import orjson

SECRET = "geheim"


class Receiver:
    """What arrived, and how it is answered."""

    def __init__(self) -> None:
        self.arrived: Queue[tuple[dict[str, str], bytes]] = Queue()
        self.status = 200
        receiver = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.status)
                self.end_headers()
                receiver.arrived.put((dict(self.headers), body))

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hubspot?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def next(self) -> list[dict[str, Any]]:
        """The events of the next request."""
        events: list[dict[str, Any]] = orjson.loads(self.arrived.get(timeout=10)[1])
        return events


def subscribe(http: Any, receiver: Receiver, *kinds: str, **more: Any) -> None:
    """Subscribes to "contact.creation", or to "contact.propertyChange city"."""
    rows = []
    for kind in kinds:
        event, _, name = kind.partition(" ")
        rows.append({"subscriptionType": event} | ({"propertyName": name} if name else {}))
    body = {"url": receiver.url, "secret": SECRET, "subscriptions": rows, **more}
    assert http("POST", "/_sandbox/webhooks", body).status == 200
