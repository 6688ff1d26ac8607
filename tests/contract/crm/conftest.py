"""Both adapters against both simulated CRMs over real HTTP, emptied before each test, on a clock that
stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from crm_kits import MONDAY, Kit, hubspot_kit, salesforce_kit

from connector.sandbox.clock import Clock
from connector.sandbox.serve import Running, start
from connector.sandbox.world import World


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[tuple[World, Running]]:
    world = World(clock=Clock(MONDAY, frozen=True))
    with start(world) as running:
        yield world, running
    world.close()


@pytest.fixture
def world(sandboxes: tuple[World, Running]) -> World:
    world, _ = sandboxes
    world.reset()
    world.clock.set(MONDAY)
    return world


@pytest.fixture
def hubspot(sandboxes: tuple[World, Running], world: World) -> Iterator[Kit]:
    kit = hubspot_kit(world, sandboxes[1])
    yield kit
    kit.crm.close()


@pytest.fixture
def salesforce(sandboxes: tuple[World, Running], world: World) -> Iterator[Kit]:
    kit = salesforce_kit(world, sandboxes[1])
    yield kit
    kit.crm.close()
