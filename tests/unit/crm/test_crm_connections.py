"""What the adapters do not do again for every request: open a connection, build a client, log in.

A local server that keeps connections open counts those it accepts. It answers as both CRMs would, as far as
these tests ask.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import hubspot.crm.objects
import hubspot.crm.owners
import orjson
import pytest

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.model import Op, Verdict, Write

STAMP = "2026-11-23T09:00:00.000Z"
ROUNDS = 20


@dataclass
class Line:
    """What the server saw. ``created``: the status by which a HubSpot batch create is answered."""

    url: str = ""
    connections: int = 0
    paths: list[str] = field(default_factory=list)
    created: int = 201
    hang_up: bool = False

    def asked_for(self, part: str) -> int:
        return sum(part in path for path in self.paths)


def answer(line: Line, path: str, body: bytes) -> tuple[int, Any]:
    """Status and body, as HubSpot or Salesforce would answer."""
    if "oauth2" in path:
        return 200, {"access_token": "t", "instance_url": line.url, "token_type": "Bearer"}
    if "/query" in path:
        return 200, {"totalSize": 0, "done": True, "records": []}
    if "account-info" in path:
        return 200, {"portalId": 7, "timeZone": "Europe/Amsterdam"}
    if "batch/create" in path:
        rows = [
            {"id": str(n), "updatedAt": STAMP, **asked}
            for n, asked in enumerate(orjson.loads(body)["inputs"], 1)
        ]
        return line.created, {"status": "COMPLETE", "results": rows}
    return 200, {"results": []}


@pytest.fixture
def line() -> Iterator[Line]:
    seen = Line()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            seen.connections += 1
            return super().get_request()

    class Keeper(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # The head is sent before the body: without this each answer would wait for the client's late
        # acknowledgment.
        wbufsize = -1

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.paths.append(self.path)
            status, said = answer(seen, self.path, body)
            data = orjson.dumps(said)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = self.close_connection or seen.hang_up

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the server's names

        def log_message(self, *_args: object) -> None:
            """Nobody reads it."""

    server = Server(("127.0.0.1", 0), Keeper)
    seen.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield seen
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def hub(line: Line) -> Iterator[HubSpot]:
    crm = HubSpot("t", line.url, sleep=lambda _: None, timeout=(2, 5))
    yield crm
    crm.close()


@pytest.fixture
def force(line: Line) -> Iterator[Salesforce]:
    crm = Salesforce(Login(line.url, "id", "secret"), sleep=lambda _: None, timeout=(2, 5))
    yield crm
    crm.close()


def nobody(crm: Crm, type: str) -> bool:
    """Reads all records of a type: there are none."""
    return not any(page.records for page in crm.scan(type, ["Id"]))


def work(crm: HubSpot) -> None:
    """One request of every kind that a sync sends."""
    crm.identity()
    crm.owners()
    crm.schema("contacts")
    for type, name in (("contacts", "email"), ("companies", "name")):
        assert nobody(crm, type)
        crm.read(type, ["1"], [name])
    crm.write("contacts", [Write("k", Op.CREATE, "contacts", None, {"lastname": "P"})])


def test_all_requests_to_hubspot_share_one_connection(line: Line, hub: HubSpot) -> None:
    """The official client would open one for each API object, and it makes one at every attribute access."""
    for _ in range(ROUNDS):
        work(hub)
    assert len(line.paths) >= 8 * ROUNDS
    assert line.connections == 1


def test_many_queries_to_salesforce_take_two_connections_and_one_login(line: Line, force: Salesforce) -> None:
    """One connection to the login host and one to the instance."""
    for _ in range(ROUNDS):
        for type in ("Lead", "Contact", "Account"):
            assert nobody(force, type)
    assert line.asked_for("/query") == 3 * ROUNDS
    assert line.asked_for("oauth2") == 1
    assert line.connections <= 2


def test_a_connection_that_the_crm_closed_is_replaced_and_nothing_is_lost(
    line: Line, hub: HubSpot, force: Salesforce
) -> None:
    """Servers hang up on idle clients; the next request must not fail over it."""
    line.hang_up = True
    for _ in range(3):
        assert hub.identity().id == "7"
        assert nobody(force, "Lead")
    assert line.asked_for("account-info") == line.asked_for("/query") == 3


def test_the_hubspot_client_is_built_once_not_for_every_call(
    line: Line, hub: HubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the client's packages builds its objects at every attribute access; that costs more than a
    request to a near server."""
    built: list[str] = []
    for package in (hubspot.crm.objects, hubspot.crm.owners):
        for name in ("ApiClient", "Configuration"):
            original = getattr(package, name)

            def counted(*args: Any, _make: Any = original, _name: str = name, **kwargs: Any) -> Any:
                built.append(f"{_make.__module__} {_name}")
                return _make(*args, **kwargs)

            monkeypatch.setattr(package, name, counted)
    work(hub)
    first = len(built)
    assert first > 0
    for _ in range(ROUNDS):
        work(hub)
    assert len(built) == first
    assert len(line.paths) >= 8 * ROUNDS


@pytest.mark.parametrize("status", [200, 201, 207])
def test_a_create_counts_by_its_answer_and_not_by_its_status(line: Line, hub: HubSpot, status: int) -> None:
    """The client's own table knows 201 only; an id that was lost here would be created a second time."""
    line.created = status
    writes = [Write(f"k{n}", Op.CREATE, "contacts", None, {"lastname": f"P{n}"}) for n in range(3)]
    results = hub.write("contacts", writes)
    assert [(r.key, r.verdict, r.id, r.values["lastname"]) for r in results] == [
        (f"k{n}", Verdict.DONE, str(n + 1), f"P{n}") for n in range(3)
    ]
    assert line.asked_for("batch/create") == 1
