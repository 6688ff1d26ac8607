"""What an admin can switch on in the starter set works: the language of labels, and the lines that stand
there as comments."""

from pathlib import Path

from desk import Desk, Said
from typer.testing import CliRunner

from connector.cli import app


def uncomment(file: Path, *names: str) -> None:
    """Takes the comment sign from the lines of these fields."""
    text = file.read_text(encoding="utf-8")
    for name in names:
        assert f"# - {{name: {name}," in text
        text = text.replace(f"# - {{name: {name},", f"- {{name: {name},")
    file.write_text(text, encoding="utf-8")


def test_fields_are_installed_with_labels_in_the_language_of_the_config(desk: Desk) -> None:
    """A Dutch team reads Dutch in both CRMs."""
    desk.configure('language = "en"', 'language = "nl"')
    desk.ask("install", "--yes")
    fields = {field.name: field for field in desk.world.salesforce.catalog.custom_fields("Lead")}
    assert fields["SMK_Last_Conversion__c"].label == "Laatste conversie"
    stages = {choice.value: choice.label for choice in fields["SMK_Stage__c"].choices}
    assert stages["mql"] == "Marketing-gekwalificeerd"
    link = desk.world.hubspot.schema.find("contacts", "smk_link_id")
    assert link is not None
    assert link.label == "Smarketing koppel-ID"
    assert desk.ask("doctor")["ok"]


def test_another_language_later_renames_nothing(desk: Desk) -> None:
    """What people have got used to stays, and nothing is in conflict."""
    desk.ask("install", "--yes")
    desk.configure('language = "en"', 'language = "da"')
    assert desk.ask("install", "--yes")["added"] == 0
    fields = {field.name: field for field in desk.world.salesforce.catalog.custom_fields("Lead")}
    assert fields["SMK_Last_Conversion__c"].label == "Last conversion"


def test_init_takes_the_language_and_knows_no_others(tmp_path: Path) -> None:
    def init(folder: str, language: str) -> Said:
        result = CliRunner().invoke(app, ["init", str(tmp_path / folder), "--language", language])
        return Said(result.exit_code, result.stdout, result.stderr)

    assert init("danish", "da").code == 0
    assert 'language = "da"' in (tmp_path / "danish" / "config.toml").read_text(encoding="utf-8")
    wrong = init("german", "de")
    assert (wrong.code, (tmp_path / "german").exists()) == (2, False)
    assert "not one of 'en', 'nl', 'da'" in wrong.err


def test_currency_and_record_type_can_be_switched_on(desk: Desk) -> None:
    """Currencies go to HubSpot's deals, and opportunities get the record type of their deal's pipeline."""
    org = desk.world.salesforce
    org.enable_currencies()
    org.add_record_type("Opportunity", "Renewal")
    new = org.add_record_type("Opportunity", "New business")
    deals = desk.folder / "mappings" / "deals.yaml"
    uncomment(deals, "currency", "record_type")
    deals.write_text(deals.read_text(encoding="utf-8").replace("012000000000001AAA", new), encoding="utf-8")
    desk.ask("install", "--yes")
    assert desk.ask("check", "--live")["ok"]
    plan = desk.ask("plan", code=None)
    if plan["plan"]:
        desk.ask("approve", plan["plan"])
    desk.ask("sync", code=None)
    linked = [row for row in org.all("Opportunity") if row.get("SMK_Link_Id__c")]
    assert linked
    assert {row["RecordTypeId"] for row in linked} == {new}
    deals_now = [row["properties"] for row in desk.world.hubspot.all("deals")]
    partners = {each.get("smk_link_id"): each for each in deals_now}
    assert {partners[row["SMK_Link_Id__c"]]["deal_currency_code"] for row in linked} == {"EUR"}
