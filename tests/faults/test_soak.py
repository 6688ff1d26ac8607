"""Days of work in two large CRMs, with a sync every two hours and something going wrong all the time.

`make soak`: 100,000 contacts and five days; SOAK_CONTACTS, SOAK_DAYS and SOAK_SEED say otherwise. It ends
with a summary: what people did, what went wrong, what clashed, and what is not as it must be: nothing.
"""

import os
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from last_words import stale_values
from points import Killed, Points
from setting import Firm, firm
from settled import violations
from twin import reborn

from connector.errors import SmarketingError
from connector.sandbox.people import Simulation
from connector.state.rows import Role
from connector.sync.guards import Limits

MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
EVERY = timedelta(hours=2)
INDEX_LAG_S = 20.0
HISTORY = ("Phone", "Title")
NO_LIMIT = Limits(*[10**9] * 6)
FAULTS: dict[str, tuple[float, Any]] = {
    "never arrives": (0.010, "drop"),
    "answer lost": (0.010, "apply_then_drop"),
    "answer reset": (0.005, "apply_then_reset"),
    "body cut": (0.005, {"cut_after": 120}),
    "429": (0.010, {"status": 429, "body": "", "headers": {"Retry-After": "1"}}),
    "500": (0.005, {"status": 500, "body": ""}),
    "503": (0.005, {"vendor": "html_503"}),
    "rows fail": (0.010, {"fail_rows": 0.2}),
    "login page": (0.003, {"status": 200, "body": "<html></html>"}),
}
"""What may happen to any request, and how often."""


@dataclass
class Soak:
    """A firm in bad weather, and what was counted."""

    office: Firm
    people: Simulation
    points: Points
    chance: random.Random
    acts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    syncs: Counter[str] = field(default_factory=Counter)
    writes: int = 0

    def days(self, days: int) -> None:
        """Day and night; every midnight all records are looked at."""
        for n in range(days * int(timedelta(days=1) / EVERY)):
            end = self.office.world.clock.now() + EVERY
            self.acts.update(act.what for act in self.people.run_until(end))
            self.sync(full=end.hour < EVERY.seconds // 3600)
            if n % 12 == 11:
                print(f"  day {n // 12 + 1}: {self.acts.total()} acts, {dict(self.syncs)}", flush=True)

    def sync(self, full: bool = False) -> None:
        """One that may be killed, meet an outage, or give up."""
        for seed, (probability, answer) in enumerate(FAULTS.values()):
            rule = {"probability": probability, "seed": self.syncs.total() * 100 + seed, "times": None}
            self.office.world.faults.add({**rule, "answer": answer})
        if self.chance.random() < 0.1:
            outage = {"nth": self.chance.randint(5, 60), "times": None, "answer": "drop"}
            self.office.world.faults.add(outage)
        self.points.arm("kill", self.chance.randint(20, 400) if self.chance.random() < 0.2 else 10**9)
        try:
            self._told(full)
        except Killed:
            self.points.disarm()
            self.syncs["killed"] += 1
            reborn(self.office)
        self.points.disarm()
        self._count()

    def _told(self, full: bool) -> None:
        try:
            report = self.office.sync(full=full)
        except SmarketingError:
            self.syncs["gave up"] += 1
        else:
            self.syncs["done"] += 1
            self.writes += report.writes

    def _count(self) -> None:
        fired = [rule["fired"] for rule in self.office.world.faults.listing()]
        for name, times in zip([*FAULTS, "outage"], fired, strict=False):
            self.faults[name] += times
        self.office.world.faults.clear()

    def rest(self) -> list[str]:
        """Calm weather, and what is not as it must be."""
        self.office.pass_time(30)
        self.office.settle(12)
        self.office.pass_time(24 * 60 + 1)  # what waits waits a day at most
        self.office.settle(12)
        return violations(self.office)

    def lost(self) -> int:
        """Values that lost a clash, all of which the ledger keeps."""
        store, kinds = self.office.store, self.office.env.rules.objects
        pages = (page for kind in kinds for page in store.iter_links(kind))
        secrets = (store.secrets_of(link.id) for page in pages for link in page)
        return sum(secret.role is Role.LOST for found in secrets for secret in found)


@pytest.fixture
def soak(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Soak]:
    contacts = request.param
    with firm(tmp_path, contacts=contacts, start_of=MONDAY, index_lag_s=INDEX_LAG_S) as office:
        office.limits = NO_LIMIT
        for name in ("Lead", "Contact"):
            office.world.salesforce.track_history(name, *HISTORY)
        seed = int(os.environ.get("SOAK_SEED", "7"))
        yield Soak(office, Simulation(office.world, seed), Points(tmp_path), random.Random(seed))


def told(name: str, counts: Counter[str]) -> str:
    return f"  {name:<12}{counts.total():>9,}  " + ", ".join(f"{k} {n:,}" for k, n in counts.most_common(12))


@pytest.mark.parametrize(
    ("soak", "days"),
    [
        pytest.param(
            int(os.environ.get("SOAK_CONTACTS", "100000")),
            int(os.environ.get("SOAK_DAYS", "5")),
            marks=[pytest.mark.soak, pytest.mark.timeout(24 * 3600)],
        ),
        pytest.param(200, 2, marks=[pytest.mark.proof, pytest.mark.timeout(1800)]),
    ],
    indirect=["soak"],
)
def test_days_of_work_in_bad_weather_leave_nothing_wrong(soak: Soak, days: int) -> None:
    began, cpu = time.monotonic(), time.process_time()
    while not soak.syncs["done"]:
        soak.sync()
    soak.days(days)
    wrong = soak.rest()
    looked_at, stale = stale_values(soak.office)
    world, seconds = soak.office.world, time.monotonic() - began
    records = {name: sum(1 for _ in world.hubspot.all(name)) for name in ("contacts", "companies", "deals")}
    records |= {name: sum(1 for _ in world.salesforce.all(name)) for name in ("Lead", "Contact", "Account")}
    print(f"\nSoak: {days} days, seed {soak.people.seed}", told("records", Counter(records)), sep="\n")
    print(told("acts", soak.acts), told("faults", soak.faults), told("syncs", soak.syncs), sep="\n")
    asked = sum(log.total for log in world.requests.values())
    reviews, held = len(soak.office.store.open_reviews()), len(soak.office.store.held_items())
    print(f"  {asked:,} requests, {soak.writes:,} writes")
    print(f"  {soak.lost():,} clashes decided, {reviews:,} questions, {held:,} held")
    print(f"  {looked_at:,} last words looked at, {len(stale)} replaced by older ones")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {seconds:,.0f} s, {time.process_time() - cpu:,.0f} s of CPU, {memory} MB", end="; ")
    print(f"violations: {len(wrong) + len(stale)}", *wrong[:20], *stale[:20], sep="\n    ", flush=True)
    assert (wrong, stale) == ([], [])
    assert looked_at > 0
