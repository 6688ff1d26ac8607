"""A firm in which a flag of marketing and a verdict of sales are kept equal, and one person in both CRMs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chromium import Browser
from setting import Firm, firm

from connector.install.apply import apply as install
from connector.install.apply import plan_install

HERE = Path(__file__).parent
NEXT_FIELDS = "# Which company a person belongs to"
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
EMMA = {"FirstName": "Emma", "LastName": "Whitfield", "IsActive": True}
EMMA_AT = {"Email": "emma@noordlicht.example", "Username": "emma@noordlicht.example"}


@dataclass
class Story:
    """Fenna, whom marketing handed over: contact in HubSpot, lead in Salesforce."""

    firm: Firm
    contact: str
    lead: str

    def in_hubspot(self) -> str:
        """The address of her page in HubSpot."""
        return f"{self.firm.running.hubspot_url}/_sandbox/ui/contacts/{self.contact}"

    def in_salesforce(self) -> str:
        return f"{self.firm.running.salesforce_url}/_sandbox/ui/Lead/{self.lead}"

    def sync(self) -> None:
        """A quarter of an hour passes, then the connector runs until nothing is left to write."""
        self.firm.pass_time(15)
        self.firm.settle()

    def reject(self, browser: Browser) -> None:
        """Emma opens the lead, and rejects it for want of a budget."""
        browser.open(self.in_salesforce())
        browser.choose("Working as", "Emma Whitfield")
        browser.click("Switch", within="header")
        browser.click("Edit added fields")
        browser.choose("Verdict", "Rejected")
        browser.choose("Verdict reason", "No budget")
        browser.click("Save")


@contextmanager
def handed_over(folder: Path) -> Iterator[Story]:
    """Synced once: both CRMs know Fenna, and Salesforce shows that the promise is at risk."""
    with firm(folder, installed=False) as made:
        made.world.clock.set(MONDAY)
        fields = (HERE / "feedback.yaml").read_text(encoding="utf-8")
        made.mappings = made.edited_mappings(
            folder / "mappings", "contacts.yaml", NEXT_FIELDS, f"{fields}\n{NEXT_FIELDS}"
        )
        install(plan_install(made.crms, made.env.rules.own_fields), made.crms)
        made.plan()
        contact = _fenna(made)
        made.settle()
        yield Story(made, contact, made.partner(contact).id)


def _fenna(made: Firm) -> str:
    hubspot = made.world.hubspot
    made.world.salesforce.load("User", [EMMA | EMMA_AT])
    hubspot.load_owners([{"email": "anna@noordlicht.example", "firstName": "Anna", "lastName": "de Wit"}])
    contact = made.contact(
        firstname="Fenna",
        lastname="Uilenspiegel",
        email="fenna@uilenspiegel.nl",
        jobtitle="Operationeel manager",
        phone="+31 6 1234 5678",
        company="Uilenspiegel Techniek",
        smk_sla_status="At risk",
    )
    company = hubspot.user_create("companies", {"name": "Uilenspiegel Techniek", "domain": "uilenspiegel.nl"})
    hubspot.associate("contacts", contact, "companies", company)
    return contact
