"""Desks for the scenarios of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, written
from typer.testing import CliRunner

from connector.cli import app
from connector.sandbox.company import seed as seed_company
from connector.sandbox.serve import start
from connector.sandbox.world import World

CONTACTS = 40


@pytest.fixture
def world() -> Iterator[World]:
    made = World(seed=7)
    yield made
    made.close()


@pytest.fixture
def empty_desk(tmp_path: Path, world: World) -> Iterator[Desk]:
    """A folder after ``init``; both CRMs are empty."""
    with start(world) as running:
        ports = [url.rpartition(":")[2] for url in (running.hubspot_url, running.salesforce_url)]
        folder = tmp_path / "trial"
        words = ["init", str(folder), "--sandbox", "--hubspot-port", ports[0], "--salesforce-port", ports[1]]
        made = CliRunner().invoke(app, words)
        assert made.exit_code == 0, made.output
        yield Desk(folder, world, running, written(world))


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    """A folder after ``init``; both CRMs know a small company and disagree about it."""
    seed_company(empty_desk.world, CONTACTS, 7)
    empty_desk.fresh = written(empty_desk.world)
    return empty_desk
