"""What sales sells to one company: every opportunity reaches HubSpot, each as a deal of its own."""

from setting import Firm

from connector.model import Kind, Side

SAME = {"Name": "Voorbeeld BV-", "StageName": "Prospecting", "CloseDate": "2027-03-31"}
"""A conversion names an opportunity after its company, and it closes with the quarter."""


def opportunity(firm: Firm, **values: object) -> str:
    return firm.world.salesforce.user_create("Opportunity", {**SAME, **values})


def test_a_second_opportunity_of_a_company_in_one_quarter_reaches_hubspot(acme: Firm) -> None:
    """Two leads of one company are converted in one quarter: same name, same closing day, two deals."""
    first = opportunity(acme)
    acme.settle()
    acme.pass_time(30)
    second = opportunity(acme, Amount=900)
    acme.settle()
    assert acme.linked(Kind.DEAL) == 2
    partners = {acme.link(Side.SALESFORCE, "Opportunity", id).refs[Side.HUBSPOT].id for id in (first, second)}  # type: ignore[union-attr]
    assert partners == {deal["id"] for deal in acme.world.hubspot.all("deals")}
    assert not acme.store.open_reviews(Kind.DEAL)


def test_a_deal_that_both_teams_entered_is_one_beside_an_older_one_of_its_name(acme: Firm) -> None:
    """Marketing has entered the second deal in HubSpot as well: it is found, though a linked one looks the
    same."""
    opportunity(acme)
    acme.settle()
    acme.pass_time(30)
    entered = acme.world.hubspot.user_create(
        "deals",
        {
            "dealname": SAME["Name"],
            "closedate": "2027-03-31T10:00:00Z",
            "dealstage": "appointmentscheduled",
            "pipeline": "default",
        },
    )
    second = opportunity(acme)
    acme.settle()
    assert acme.partner(entered, "deals").id == second
    assert acme.linked(Kind.DEAL) == 2


def test_two_that_look_the_same_and_are_both_new_are_for_a_person(acme: Firm) -> None:
    """Nobody guesses which of two new opportunities a deal of the same name and day belongs to."""
    deal = {"dealname": SAME["Name"], "closedate": "2027-03-31T10:00:00Z"}
    acme.world.hubspot.user_create("deals", {**deal, "dealstage": "appointmentscheduled"})
    opportunity(acme)
    opportunity(acme)
    acme.settle()
    assert acme.linked(Kind.DEAL) == 0
    assert {item.review.code for item in acme.store.open_reviews(Kind.DEAL)} == {"ambiguous"}
