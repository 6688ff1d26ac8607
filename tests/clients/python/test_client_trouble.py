"""The faults under which the suite runs again: they come, each kind of them, and the same ones every time."""

from __future__ import annotations

import pytest
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.salesforce import SalesforceGround
from ground.trouble import rules


def fired(ground: Ground) -> list[int]:
    """How often each rule fired."""
    assert ground.simulated is not None
    return [each["fired"] for each in ground.simulated.control("hubspot", "GET", "/faults")["faults"]]


@pytest.mark.simulated_only("asks for faults")
@pytest.mark.without_faults("makes faults of its own")
def test_both_clients_meet_every_fault_of_a_read_and_get_through(
    ground: Ground, hubspot: HubSpotGround, salesforce: SalesforceGround
) -> None:
    """Sixty reads of each CRM under the rules of one test: all succeed, and most rules have had their say."""
    assert ground.simulated is not None
    for rule in rules("a test"):
        ground.simulated.control("hubspot", "POST", "/faults", rule)
    before = hubspot.traffic.repeated, salesforce.traffic.repeated
    for _ in range(60):
        assert hubspot.api.crm.contacts.basic_api.get_page(limit=1).results is not None
        assert salesforce.api.query("SELECT Id FROM Organization")["totalSize"] == 1
    assert sum(count > 0 for count in fired(ground)) >= 8
    assert hubspot.traffic.repeated - before[0] >= 10
    assert salesforce.traffic.repeated - before[1] >= 10


def test_the_same_test_meets_the_same_faults() -> None:
    assert rules("a test") == rules("a test")
    assert rules("a test") != rules("another test")
