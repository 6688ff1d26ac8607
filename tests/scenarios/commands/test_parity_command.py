"""``smarketing parity``, as somebody types it who wants to know whether to trust the sync."""

import csv

from desk import Desk


def test_after_the_first_syncs_nothing_differs_without_a_reason(desk: Desk) -> None:
    desk.set_up()
    desk.ask("sync", code=None)
    before = {crm: len(desk.people(crm)) for crm in ("hubspot", "salesforce")}
    found = desk.ask("parity", code=0)
    assert found["differences"] == 0
    assert found["linked"] == sum(found["pairs"].values()) > 0
    assert found["items"] == []
    assert all(0 < count < 30 for count in found["requests"].values())
    assert {crm: len(desk.people(crm)) for crm in before} == before
    said = desk.type("parity")
    assert "nothing differs without a reason" in said.out
    assert "Requests: HubSpot " in said.out


def test_what_differs_is_named_by_id_and_its_values_only_on_request(empty_desk: Desk) -> None:
    """Nobody has synced yet: marketing's contact and sales' lead carry one link id and two titles, and one of
    these is a formula that a stranger typed into a form."""
    desk, link = empty_desk, "0123456789abcdef0123456789abcdef"
    desk.ask("install", "--yes")
    person = {"email": "anna@x.nl", "lastname": "A", "smk_link_id": link, "jobtitle": '=HYPERLINK("x")'}
    contact = desk.world.hubspot.user_create("contacts", person)
    lead = {"Email": "anna@x.nl", "LastName": "A", "Company": "x.nl", "SMK_Link_Id__c": link, "Title": "CFO"}
    other = desk.world.salesforce.user_create("Lead", lead)

    said = desk.type("parity", "contact")
    assert said.code == 1
    assert (
        f"contact job_title: the two values differ (hubspot:contacts:{contact}, salesforce:Lead:{other})"
        in (said.out)
    )
    assert "CFO" not in said.out
    assert "Salesforce: CFO" in desk.type("parity", "--values").out

    file = desk.folder / "parity.csv"
    found = desk.ask("parity", "--values", "--explained", "--csv", str(file), code=1)
    (item,) = [item for item in found["items"] if item["field"] == "job_title"]
    assert item["values"] == {"hubspot": '=HYPERLINK("x")', "salesforce": "CFO"}, "JSON is lossless"
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["field"] == "job_title"]
    assert [row["hubspot value"] for row in rows] == ['\'=HYPERLINK("x")']
    assert len(found["items"]) == found["differences"] + sum(found["explained"].values())
    assert desk.type("parity", "--csv", str(file)).code == 2, "nothing is overwritten"
    assert desk.type("parity", "customer").code == 2
