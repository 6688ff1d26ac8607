"""People work for weeks in both CRMs, and the connector runs beside them: nothing is lost, nothing drifts
apart.

Visitors, workflows, marketers, reps and admins do what they do (`connector.sandbox.people`); what a guard
holds is approved as a person would.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from last_words import stale_values
from setting import Firm, firm

from connector.connect import look
from connector.report.parity import Parity, compare
from connector.report.runs import Report
from connector.sandbox.people import Act, Simulation
from connector.sandbox.people.live import work
from connector.sync.guards import Limits

FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
FULL_SPEED = 100_000.0
SOAK = (pytest.mark.soak, pytest.mark.timeout(3600))
TROUBLE = {
    *(
        "contacts_merged",
        "hubspot_archived",
        "salesforce_deleted",
        "old_lead_converted",
        "lead_entered_again",
    ),
    *("same_field_on_both_sides", "email_changed", "handed_over_by_workflow", "lead_accepted", "deal_lost"),
}
"""What connectors go wrong over; people must have done it."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Firm]:
    """A firm with 150 contacts after the first day with the connector."""
    with firm(tmp_path, contacts=150, start_of=FRIDAY) as made:
        evening(made)
        yield made


def evening(office: Firm, full: bool = False) -> Report:
    """A sync, and a word for what a guard holds."""
    held = office.plan()
    if held.stopped_by:
        office.approve(held.plan)
    return office.sync(full=full)


def parity(office: Firm) -> Parity:
    """Both CRMs compared afresh, after the full look that is taken every night."""
    evening(office, full=True)
    assert office.settle().failed == 0
    return compare(office.env, look(office.env).ctx)


@pytest.mark.proof
def test_two_weeks_with_a_sync_every_evening_end_aligned(office: Firm) -> None:
    """Ten working days of edits, clashes, merges, conversions, deletions: what still differs is explained or
    waits for a person, and nobody's last word was replaced by an older one."""
    people = Simulation(office.world, 7, rare=False)
    for name in ("Lead", "Contact"):
        office.world.salesforce.track_history(name, "Phone", "Title")
    acts: list[Act] = []
    for _ in range(10):
        acts += people.run()
        assert evening(office).failed == 0
    assert len(acts) > 150
    assert TROUBLE - {act.what for act in acts} == set()
    found = parity(office)
    assert found.items == ()
    assert found.linked > 120
    assert_everybody_at_the_hand_over_is_in_salesforce_once(office)
    looked_at, stale = stale_values(office)
    assert (stale, looked_at > 15) == ([], True)


def assert_everybody_at_the_hand_over_is_in_salesforce_once(office: Firm) -> None:
    """Each link id stands on one HubSpot contact, and on one living Salesforce person of a kind."""
    contacts = [row["properties"].get("smk_link_id") for row in office.world.hubspot.all("contacts", False)]
    linked = [link for link in contacts if link]
    assert len(linked) == len(set(linked))
    for name in ("Lead", "Contact"):
        links = [row["SMK_Link_Id__c"] for row in office.live(name) if row["SMK_Link_Id__c"]]
        assert len(links) == len(set(links))


def test_syncs_in_the_middle_of_peoples_work_lose_nothing(
    office: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People don't wait for a sync: they edit while it reads and while it writes."""
    # a day passes in a second here, also between the questions what time it is in one CRM and in the other
    monkeypatch.setattr("connector.live.CLOCKS_APART", timedelta(days=1))
    told: list[str] = []
    at_work = office.running.beside(work(Simulation(office.world, 3, rare=False), FULL_SPEED, told.append))
    while len(told) < 60:
        evening(office)
    at_work.cancel()
    assert parity(office).items == ()


@pytest.mark.parametrize("rows", [450, pytest.param(5_000, marks=SOAK)])
def test_a_file_whose_rows_share_one_stamp_arrives_whole_and_once(tmp_path: Path, rows: int) -> None:
    """A marketer imports a list of a fair; all its rows have the same modification date, so that no page of a
    search may end between two of them unnoticed. The import was announced: no guard holds it."""
    with firm(tmp_path, contacts=40, start_of=FRIDAY) as office:
        evening(office)
        office.limits = Limits(creates=20_000)
        before = {row["Id"] for row in office.live("Lead")}
        list_of_a_fair = {"rows": rows, "known": 0, "stage": "salesqualifiedlead"}
        Simulation(office.world, 1).happen("csv_import", **list_of_a_fair)
        office.pass_time(1)
        stamps = Counter(row["updatedAt"] for row in office.world.hubspot.all("contacts"))
        assert max(stamps.values()) == rows
        office.settle()
        arrived = [row for row in office.live("Lead") if row["Id"] not in before]
        assert len(arrived) == len({row["Email"] for row in arrived}) == rows
        assert compare(office.env, look(office.env).ctx).items == ()


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_sixty_days_with_all_that_happens_every_few_weeks_end_aligned(tmp_path: Path) -> None:
    """Imports, bulk loads, colleagues who leave, renamed fields, new stages, and a file of 5,000 rows."""
    with firm(tmp_path, contacts=600, start_of=FRIDAY) as office:
        evening(office)
        people = Simulation(office.world, 11)
        happened: Counter[str] = Counter()
        for day in range(60):
            if day == 20:
                people.happen("csv_import", rows=5_000)
            happened.update(act.what for act in people.run())
            evening(office)
        assert len(happened) > 45
        found = parity(office)
        assert found.items == ()
        assert_everybody_at_the_hand_over_is_in_salesforce_once(office)
