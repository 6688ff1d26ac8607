"""The machine dies during the first sync: kill -9 at any moment, then go on. Nobody is doubled or missing."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.company import seed
from connector.sandbox.serve import Running, start
from connector.sandbox.world import World

SMARKETING = (sys.executable, "-c", "from connector.cli import main; main()")
KILLS = 6


def smarketing(folder: Path, *words: str, ok: tuple[int, ...] = (0, 1)) -> dict[str, Any]:
    """Run a command to its end; its JSON answer."""
    done = subprocess.run(
        [*SMARKETING, *words, "--json"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in ok, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def prepared(folder: Path, running: Running) -> Path:
    """An installation beside the simulated CRMs with an approved first plan."""
    ports = [url.rpartition(":")[2] for url in (running.hubspot_url, running.salesforce_url)]
    smarketing(
        folder.parent,
        "init",
        str(folder),
        "--sandbox",
        "--hubspot-port",
        ports[0],
        "--salesforce-port",
        ports[1],
    )
    smarketing(folder, "install", "--yes")
    plan = smarketing(folder, "plan")["plan"]
    smarketing(folder, "approve", plan)
    return folder


def kill_sync_at(folder: Path, world: World, requests: int) -> bool:
    """Start a sync and kill it without warning at its n-th request; whether it was still running."""
    before = asked(world)
    process = subprocess.Popen(
        [*SMARKETING, "sync", "--json"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and asked(world) - before < requests:
        time.sleep(0.001)  # looks again; the requests decide when
    running = process.poll() is None
    process.kill()
    process.wait()
    return running


def asked(world: World) -> int:
    """Requests that both CRMs have had."""
    return sum(log.total for log in world.requests.values())


def doubles(world: World) -> list[str]:
    """Link ids that stand on more than one live record of a CRM."""
    counts: Counter[str] = Counter()
    for type in ("Lead", "Contact", "Account", "Opportunity"):
        counts.update(
            v for r in world.salesforce.all(type, include_deleted=False) if (v := r.get("SMK_Link_Id__c"))
        )
    return [link for link, n in counts.items() if n > 1]


@pytest.mark.proof
@pytest.mark.timeout(240)
def test_kill_minus_nine_during_the_first_sync_doubles_and_loses_nobody(tmp_path: Path) -> None:
    chance = random.Random(7)
    calm, stormy = World(None, 1), World(None, 1)
    for world in (calm, stormy):
        seed(world, 300, 5)
    with start(calm) as running:
        smarketing(prepared(tmp_path / "calm", running), "sync")
    with start(stormy) as running:
        home = prepared(tmp_path / "stormy", running)
        cut = sum(kill_sync_at(home, stormy, chance.randint(12, 50)) for _ in range(KILLS))
        for _ in range(4):
            last = smarketing(home, "sync")
        assert last["writes"] == 0
    assert cut >= 1, "no sync was killed while it ran"
    for type in ("Lead", "Contact", "Account", "Opportunity"):
        expected = sum(1 for _ in calm.salesforce.all(type, include_deleted=False))
        assert sum(1 for _ in stormy.salesforce.all(type, include_deleted=False)) == expected, type
    for type in ("contacts", "companies", "deals"):
        expected = sum(1 for _ in calm.hubspot.all(type, include_deleted=False))
        assert sum(1 for _ in stormy.hubspot.all(type, include_deleted=False)) == expected, type
    assert doubles(stormy) == []
