"""What a person has seen a plan of: mapping files, and the CRMs' fields. What changed since stops the run."""

import pytest
from setting import Firm

from connector.errors import ConfigError


@pytest.fixture
def anna(acme: Firm) -> str:
    """A person in both CRMs, whose source is known."""
    made = acme.contact(email="anna@x.nl", lastname="Berg", hs_analytics_source="ORGANIC_SEARCH")
    acme.settle()
    return made


def an_admin_leaves(acme: Firm, *sources: str) -> None:
    """An admin cuts the lead sources down; an hour later the connector reads the fields anew."""
    acme.world.salesforce.restrict_picklist("Lead", "LeadSource", sources)
    acme.pass_time(61)


def test_a_picklist_that_lost_values_stops_what_would_be_written_by_it_until_a_plan_was_seen(
    acme: Firm, anna: str
) -> None:
    an_admin_leaves(acme, "Web", "Other")
    acme.in_hubspot(anna, jobtitle="Director")
    assert acme.sync().writes == 1  # something else is written: nobody is bothered
    acme.contact(email="bo@x.nl", lastname="Vos", hs_analytics_source="ORGANIC_SEARCH")
    acme.in_hubspot(anna, jobtitle="Chief")
    report = acme.sync()
    assert (report.danger, report.exit_code, report.writes) == (True, 3, 0)
    assert report.stopped_by == ("schema salesforce Lead.LeadSource",)
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Director"
    acme.plan()
    assert acme.sync().created == 1
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Chief"
    assert acme.sync().exit_code == 0


@pytest.mark.usefixtures("anna")
def test_approving_the_stopped_run_is_a_preview_of_the_field_too(acme: Firm) -> None:
    an_admin_leaves(acme, "Web", "Other")
    acme.contact(email="bo@x.nl", lastname="Vos", hs_analytics_source="ORGANIC_SEARCH")
    acme.approve(acme.sync().plan)
    assert acme.sync().created == 1
    acme.contact(email="cy@x.nl", lastname="Cy", hs_analytics_source="ORGANIC_SEARCH")
    assert acme.sync().created == 1


def test_a_new_picklist_value_and_a_field_that_was_hidden_for_a_while_bother_nobody(
    acme: Firm, anna: str
) -> None:
    source = acme.world.salesforce.kind("Lead").find("LeadSource")
    assert source is not None
    an_admin_leaves(acme, *(choice.value for choice in source.choices), "Trade fair")
    acme.world.salesforce.hide_field("Lead", "Title")
    acme.settle()
    acme.world.salesforce.hide_field("Lead", "Title", hidden=False)
    acme.pass_time(61)
    acme.in_hubspot(anna, jobtitle="Director")
    acme.contact(email="bo@x.nl", lastname="Vos", hs_analytics_source="ORGANIC_SEARCH")
    assert not acme.sync().danger
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Director"


def test_a_small_firm_whose_leads_are_all_hidden_is_stopped(acme: Firm) -> None:
    """Three people are too few for `fewer than half`, but none at all is suspicious."""
    for n in range(3):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.settle()
    acme.world.salesforce.share(hidden=[lead["Id"] for lead in acme.live("Lead")])
    acme.contact(email="new@x.nl", lastname="New")
    report = acme.sync(full=True)
    assert report.stopped_by == ("small salesforce contact",)
    assert report.writes == 0


def test_what_was_approved_is_not_written_with_another_value(acme: Firm, anna: str) -> None:
    acme.limits = type(acme.limits)(overwrites=0)
    acme.in_hubspot(anna, lastname="Berg-Vos")
    held = acme.sync()
    acme.approve(held.plan)
    acme.in_hubspot(anna, lastname="Vos")
    assert acme.sync().writes == 0
    assert acme.salesforce(acme.partner(anna).id)["LastName"] == "Berg"
    with pytest.raises(ConfigError):
        acme.approve("ffffffff")
