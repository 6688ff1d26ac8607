"""A running sandbox, the `smarketing` command, and two clients that have never heard of the connector.

Everything here is a process of its own, as it is for a newcomer who follows the README.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from ground.accounts import SalesforceLogin
from ground.salesforce import SalesforceGround
from ground.simulated import Simulated
from ground.traffic import Traffic
from hubspot import HubSpot
from simple_salesforce import Salesforce

ROOT = Path(__file__).parents[2]
SMARKETING = (sys.executable, "-c", "from connector.cli import main; main()")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
EMAIL = "nieuwe.klant@voorbeeld-bv.nl"


@dataclass
class Story:
    """A folder with a config, both official clients, and one person's ids."""

    folder: Path
    hubspot: HubSpot
    salesforce: Salesforce
    contact: str = ""
    lead: str = ""

    def type(self, *words: str, ok: tuple[int, ...] = (0, 1)) -> str:
        """One command at the terminal: what it prints."""
        done = subprocess.run(
            [*SMARKETING, *words],
            cwd=self.folder,
            env=ENVIRONMENT,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode in ok, done.stdout + done.stderr
        return done.stdout

    def ask(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.type(*words, "--json"))
        return found

    def in_hubspot(self, *names: str) -> list[str | None]:
        got = self.hubspot.crm.contacts.basic_api.get_by_id(self.contact, properties=list(names))
        return [got.properties[name] for name in names]

    def in_salesforce(self, *names: str) -> list[Any]:
        got = self.salesforce.Lead.get(self.lead)
        return [got[name] for name in names]


@pytest.fixture
def crms() -> Iterator[Simulated]:
    """`python -m connector.sandbox` on free ports, with a small company in it."""
    simulated = Simulated("--contacts", "40", "--seed", "11")
    yield simulated
    simulated.stop()


@pytest.fixture
def story(crms: Simulated, tmp_path: Path) -> Story:
    """The first hour: init, install, plan, approve, sync."""
    login = SalesforceLogin(crms.salesforce_url, "sandbox", "sandbox")
    hubspot = HubSpot(access_token="sandbox", host=crms.hubspot_url)
    told = Story(tmp_path, hubspot, SalesforceGround(login, Traffic()).api)
    ports = [url.rpartition(":")[2] for url in (crms.hubspot_url, crms.salesforce_url)]
    told.type("init", "trial", "--sandbox", "--hubspot-port", ports[0], "--salesforce-port", ports[1])
    told.folder = tmp_path / "trial"
    told.type("install", "--yes")
    plan = told.ask("plan")
    if plan["plan"] is not None:
        told.type("approve", plan["plan"])
    first = told.ask("sync")
    assert first["created"] > 0
    assert first["stopped_by"] is None
    return told


def test_two_clients_a_hand_over_edits_on_both_sides_a_clash_and_who_lost(story: Story) -> None:
    """A marketer's form tool speaks with HubSpot's official client, a rep's script with simple-salesforce."""
    a_contact_at_the_hand_over_becomes_a_lead(story)
    edits_of_different_fields_both_survive(story)
    a_clash_follows_the_rule_and_explain_shows_the_loser(story)
    assert story.ask("sync")["writes"] == 0


def a_contact_at_the_hand_over_becomes_a_lead(story: Story) -> None:
    values = {
        "email": "Nieuwe.Klant@Voorbeeld-BV.nl",
        "firstname": "Nieuwe",
        "lastname": "Klant",
        "company": "Voorbeeld BV",
        "phone": "020 123 4567",
        "country": "Nederland",
        "lifecyclestage": "salesqualifiedlead",
    }
    story.contact = story.hubspot.crm.contacts.basic_api.create({"properties": values}).id
    report = story.ask("sync")
    assert (report["created"], report["stopped_by"]) == (1, None), report
    (found,) = story.salesforce.query(f"SELECT Id FROM Lead WHERE Email = '{EMAIL}'")["records"]
    story.lead = found["Id"]
    names = ("LastName", "Company", "Phone", "Country", "SMK_Stage__c", "SMK_HubSpot_Id__c")
    wanted = ["Klant", "Voorbeeld BV", "+31201234567", "Netherlands", "sql", story.contact]
    assert story.in_salesforce(*names) == wanted


def edits_of_different_fields_both_survive(story: Story) -> None:
    """The edit made with simple-salesforce comes back, and HubSpot's own edit of the same day is kept."""
    story.salesforce.Lead.update(story.lead, {"Title": "CFO"})
    story.hubspot.crm.contacts.basic_api.update(story.contact, {"properties": {"city": "Utrecht"}})
    assert story.ask("sync")["writes"] == 2
    assert story.in_hubspot("jobtitle", "city") == ["CFO", "Utrecht"]
    assert story.in_salesforce("Title", "City") == ["CFO", "Utrecht"]


def a_clash_follows_the_rule_and_explain_shows_the_loser(story: Story) -> None:
    """`clash: salesforce`, and what stood in HubSpot is not lost: it is shown to whoever asks."""
    story.salesforce.Lead.update(story.lead, {"Title": "Directeur"})
    story.hubspot.crm.contacts.basic_api.update(story.contact, {"properties": {"jobtitle": "Bazin"}})
    story.type("sync")
    assert story.in_hubspot("jobtitle") == story.in_salesforce("Title") == ["Directeur"]
    (told,) = story.ask("explain", "contact", EMAIL, "job_title")["fields"]
    latest = told["written"][0]
    assert (latest["clash"], latest["side"], latest["replaced"]) == (True, "hubspot", "Bazin")
    assert told["values"]["hubspot"]["value"] == "Directeur"
    words = " ".join(story.type("explain", "contact", EMAIL, "job_title").split())
    assert "The value that lost: Bazin" in words
