"""New business and renewals go their own ways: one StageName means a step of one HubSpot pipeline or of
another, by the record type of the opportunity."""

from pathlib import Path

import pytest
from setting import MAPPINGS, Firm

from connector.mapping.live import check_live
from connector.model import Side
from connector.sandbox.hubspot.schema import new_pipeline, new_stage

MADE = "2026-01-01T00:00:00.000Z"
RENEWALS = """  - key: renewal
    hubspot: {pipeline: renewals, dealstage: talking}
    salesforce: {StageName: [Prospecting, Negotiation/Review], record_type: Renewal}
  - key: renewed
    outcome: won
    hubspot: {pipeline: renewals, dealstage: renewed}
    salesforce: {StageName: Closed Won, record_type: Renewal}

"""


@pytest.fixture
def shop(acme: Firm, tmp_path: Path) -> Firm:
    """A firm with a pipeline for renewals in HubSpot and a record type for them in Salesforce."""
    stages = [
        new_stage(id, id.title(), place, chance, MADE)
        for place, (id, chance) in enumerate([("talking", "0.5"), ("renewed", "1.0")])
    ]
    acme.world.hubspot.schema.put_pipeline("deals", new_pipeline("renewals", "Renewals", 1, stages, MADE))
    acme.world.salesforce.add_record_type("Opportunity", "New business")
    acme.world.salesforce.add_record_type("Opportunity", "Renewal")
    text = (MAPPINGS / "pipeline.yaml").read_text()
    place = text.index("\n# People follow their deals")
    acme.mappings = acme.edited_mappings(
        tmp_path / "m", "pipeline.yaml", text[place:], "\n" + RENEWALS + text[place:]
    )
    acme.pass_time(61)  # the fields of both CRMs are read anew
    acme.plan()
    acme.settle()
    return acme


def opportunity(firm: Firm, kind: str, stage: str) -> str:
    (type,) = [row["Id"] for row in firm.world.salesforce.all("RecordType") if row["Name"] == kind]
    body = {"Name": kind, "StageName": stage, "CloseDate": "2027-03-31", "RecordTypeId": type}
    return firm.world.salesforce.user_create("Opportunity", body)


def step(firm: Firm, opportunity: str) -> tuple[str, str]:
    link = firm.link(Side.SALESFORCE, "Opportunity", opportunity)
    assert link is not None
    deal = firm.hubspot(link.refs[Side.HUBSPOT].id, "deals")
    return deal["pipeline"], deal["dealstage"]


def problems(firm: Firm) -> list[str]:
    rules = firm.env.rules
    schemas = {
        s: {t: firm.crms[s].schema(t) for o in rules.objects.values() for t in o.types[s]} for s in Side
    }
    return [f"{p.message} [{p.rule}]" for p in check_live(rules, schemas) if p.rule == "record-type"]


def test_the_same_stage_name_leads_to_the_pipeline_of_its_record_type(shop: Firm) -> None:
    assert problems(shop) == []
    new, old = opportunity(shop, "New business", "Prospecting"), opportunity(shop, "Renewal", "Prospecting")
    shop.settle()
    assert step(shop, new) == ("default", "appointmentscheduled")
    assert step(shop, old) == ("renewals", "talking")
    for each in (new, old):
        shop.in_salesforce(each, "Opportunity", StageName="Closed Won")
    shop.pass_time(5)
    shop.settle()
    assert step(shop, new) == ("default", "closedwon")
    assert step(shop, old) == ("renewals", "renewed")


def test_a_stage_that_its_record_type_does_not_name_means_what_it_means_for_all(shop: Firm) -> None:
    lost = opportunity(shop, "Renewal", "Closed Lost")
    shop.settle()
    assert step(shop, lost) == ("default", "closedlost")


def test_an_opportunity_that_becomes_a_renewal_changes_pipeline(shop: Firm) -> None:
    """Nothing but the record type is edited."""
    made = opportunity(shop, "New business", "Prospecting")
    shop.settle()
    (renewal,) = [row["Id"] for row in shop.world.salesforce.all("RecordType") if row["Name"] == "Renewal"]
    shop.in_salesforce(made, "Opportunity", RecordTypeId=renewal)
    shop.pass_time(5)
    shop.settle()
    assert step(shop, made) == ("renewals", "talking")
    assert shop.sync().writes == 0


def test_a_record_type_that_the_org_does_not_have_is_told_with_the_nearest_one(shop: Firm) -> None:
    file = shop.mappings / "pipeline.yaml"
    file.write_text(file.read_text().replace("record_type: Renewal}", "record_type: Renewals}"))
    assert (
        problems(shop)
        == ['Salesforce Opportunity has no record type "Renewals"; did you mean Renewal? [record-type]'] * 2
    )
