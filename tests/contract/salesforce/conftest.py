"""One simulated Salesforce for all tests of this folder, emptied before each; its clock stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_org import MONDAY, Org, client_for, opened
from simple_salesforce import Salesforce

from connector.sandbox.clock import Clock
from connector.sandbox.serve import Running, start
from connector.sandbox.world import World


@pytest.fixture(scope="session")
def _served() -> Iterator[tuple[World, Running]]:
    world = World(clock=Clock(MONDAY, frozen=True))
    with start(world) as running:
        yield world, running
    world.close()


@pytest.fixture
def org(_served: tuple[World, Running]) -> Org:
    """A fresh org on Monday 2 November 2026, 10:00 in Amsterdam, with a token for its integration user."""
    world, running = _served
    world.reset()
    world.clock.set(MONDAY)
    return opened(world, running.salesforce_url)


@pytest.fixture
def sf(org: Org) -> Salesforce:
    """The org through simple-salesforce."""
    return client_for(org)
