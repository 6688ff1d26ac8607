"""A sync in which nothing changed costs one request per object and side, however much was written a minute
ago."""

import pytest
from setting import Firm

from connector.model import Side


def cost(acme: Firm) -> tuple[int, int]:
    report = acme.sync()
    assert report.writes == 0
    return sum(report.requests[Side.HUBSPOT].values()), sum(report.requests[Side.SALESFORCE].values())


@pytest.fixture
def busy(acme: Firm) -> Firm:
    """450 people were linked just now: all of them still stand in the overlap of the next pulls."""
    rows = [{"email": f"p{n}@x.nl", "lastname": f"P{n}", "lifecyclestage": "lead"} for n in range(450)]
    acme.world.hubspot.load("contacts", rows)
    leads = [{"Email": f"p{n}@x.nl", "LastName": f"P{n}", "Company": "X"} for n in range(450)]
    acme.world.salesforce.load("Lead", leads)
    report = acme.plan()
    acme.approve(report.plan)
    assert acme.sync().linked == 450
    acme.settle()
    return acme


def test_a_quiet_sync_asks_once_per_object_and_side(busy: Firm) -> None:
    """HubSpot: the account, and three objects. Salesforce: the org, four objects and the contact roles."""
    assert cost(busy) == (4, 6)


def test_an_edit_among_many_fresh_writes_is_found(busy: Firm) -> None:
    lead = busy.live("Lead")[17]["Id"]
    contact = busy.link(Side.SALESFORCE, "Lead", lead)
    assert contact is not None
    busy.in_hubspot(contact.refs[Side.HUBSPOT].id, jobtitle="CFO")
    assert busy.sync().writes == 1
    assert busy.salesforce(lead)["Title"] == "CFO"


def test_an_edit_that_the_index_shows_late_is_found_within_the_overlap(busy: Firm) -> None:
    """The index hides one edit while 450 others of the same minute are known: the count of rows alone would
    not betray it. Once in each overlap everything is listed, and there it is."""
    busy.pass_time(1)
    lead = busy.live("Lead")[17]["Id"]
    link = busy.link(Side.SALESFORCE, "Lead", lead)
    assert link is not None
    busy.world.hubspot.index_lag_s = 120
    busy.in_hubspot(link.refs[Side.HUBSPOT].id, jobtitle="CFO")
    for n in (n for n in range(450) if n != 17):
        busy.world.hubspot.user_edit("contacts", busy_id(busy, n), {"hs_analytics_source": "OFFLINE"})
    assert "Title" not in busy.salesforce(lead) or busy.salesforce(lead)["Title"] != "CFO"
    busy.sync()
    for _ in range(4):
        busy.pass_time(8)
        busy.settle()
    assert busy.salesforce(lead)["Title"] == "CFO"


def busy_id(acme: Firm, n: int) -> str:
    lead = acme.live("Lead")[n]["Id"]
    link = acme.link(Side.SALESFORCE, "Lead", lead)
    assert link is not None
    return link.refs[Side.HUBSPOT].id


def test_n_changed_records_cost_about_what_the_batches_cost(busy: Firm) -> None:
    """200 edited titles: two batch reads, two re-reads... of HubSpot; one re-read, one write, one read-back
    of Salesforce."""
    busy.pass_time(60)
    busy.settle()
    ids = [busy_id(busy, n) for n in range(200)]
    for id in ids:
        busy.in_hubspot(id, jobtitle="CFO")
    report = busy.sync()
    assert report.updated == 200
    hubspot, salesforce = (report.requests[side] for side in Side)
    assert hubspot["batch read contacts"] == 2
    assert hubspot["associations read contacts companies"] <= 2
    assert salesforce["update Lead"] == 1
    assert salesforce["retrieve Lead"] == 3  # the partners, once more before the write, and the read-back


def test_moved_stages_cost_one_history_request_for_fifty_people(busy: Firm) -> None:
    """30 people moved in HubSpot: their history is read together, and Salesforce's is not asked for."""
    busy.pass_time(60)
    busy.settle()
    for n in range(30):
        busy.in_hubspot(busy_id(busy, n), lifecyclestage="marketingqualifiedlead")
    report = busy.sync()
    assert report.updated == 60  # the stage in Salesforce, and since when in HubSpot
    hubspot, salesforce = (report.requests[side] for side in Side)
    assert hubspot["property history contacts"] == 1
    assert salesforce.get("query LeadHistory", 0) == 0
    assert cost(busy) == (4, 6)
