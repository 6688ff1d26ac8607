"""Simulated CRMs on free ports, in the test's own process."""

from collections.abc import Iterator

import pytest
from sandbox_crms import MONDAY, Crms

from connector.sandbox.clock import Clock
from connector.sandbox.company import seed
from connector.sandbox.serve import start
from connector.sandbox.world import World


@pytest.fixture
def crms() -> Iterator[Crms]:
    """A small company of 60 contacts, on a Monday that stands still."""
    world = World(clock=Clock(MONDAY, frozen=True))
    seed(world, 60, 1)
    with start(world) as running:
        yield Crms(world, running)
    world.close()
