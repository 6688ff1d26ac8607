"""One simulated HubSpot for all tests of this folder, emptied before each, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import urllib3
from hubspot import HubSpot
from hubspot_webhooks import Receiver

from connector.sandbox.clock import Clock
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.serve import start
from connector.sandbox.world import World

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Any
    headers: Any

    @property
    def message(self) -> str:
        """The message of an error envelope."""
        return str(self.body["message"])

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The JSON array inside the message of a VALIDATION_ERROR."""
        rows: list[dict[str, Any]] = orjson.loads(self.message.partition(": ")[2])
        return rows


class Http:
    """Plain HTTP with HubSpot's bearer token."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.pool = urllib3.PoolManager(retries=False)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = "sandbox",
        raw: bytes | None = None,
    ) -> Answer:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = raw if raw is not None else None if body is None else orjson.dumps(body)
        got = self.pool.request(method, self.base + path, body=data, headers=headers)
        return Answer(got.status, orjson.loads(got.data) if got.data else None, got.headers)


@pytest.fixture(scope="session")
def _running() -> Iterator[tuple[World, str]]:
    world = World(clock=Clock(MONDAY, frozen=True))
    with start(world) as running:
        yield world, running.hubspot_url
    world.close()


@pytest.fixture
def world(_running: tuple[World, str]) -> World:
    """An empty HubSpot on Monday 2 November 2026, 09:00 UTC."""
    world, _ = _running
    world.hubspot.index_lag_s = 0.0
    world.reset()
    world.clock.set(MONDAY)
    return world


@pytest.fixture
def store(world: World) -> HubSpotStore:
    """The simulated HubSpot from the inside."""
    return world.hubspot


@pytest.fixture
def base_url(world: World, _running: tuple[World, str]) -> str:  # noqa: ARG001
    """Where the simulated HubSpot answers."""
    return _running[1]


@pytest.fixture
def client(base_url: str) -> HubSpot:
    """HubSpot's own Python client, its retries off."""
    return HubSpot(access_token="sandbox", host=base_url, retry=False)


@pytest.fixture
def http(base_url: str) -> Http:
    """Plain HTTP."""
    return Http(base_url)


@pytest.fixture
def people(store: HubSpotStore) -> list[str]:
    """Jan of Gent (MQL), Piet of Brugge (lead), Anna without a city (MQL)."""
    rows = [
        {"email": "jan@firma.nl", "city": "Gent", "lifecyclestage": "marketingqualifiedlead"},
        {"email": "piet@firma.nl", "city": "Brugge", "lifecyclestage": "lead"},
        {"email": "anna@firma.nl", "lifecyclestage": "marketingqualifiedlead"},
    ]
    return [store.user_create("contacts", row) for row in rows]


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """A receiver on a free port; webhooks are off again afterwards."""
    receiver = Receiver()
    yield receiver
    world.hubspot.webhooks.configure(None)
    receiver.server.shutdown()
    receiver.server.server_close()
    receiver.thread.join()
