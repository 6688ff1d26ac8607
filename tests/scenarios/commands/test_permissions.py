"""What the connector must be allowed: docs/permissions.md names it, and doctor says what is
missing."""

import re

from desk import ROOT, Desk

from connector.sandbox.hubspot import scopes

PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
HUBSPOT = frozenset(re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE))
OBJECTS = ("contacts", "companies", "deals")
OPT_OUTS = "communication_preferences.read_write"


def allow(desk: Desk, granted: frozenset[str]) -> None:
    """HubSpot's admin gives the token these scopes and no others."""
    desk.hubspot("POST", "/_sandbox/settings", {"scopes": sorted(granted)})


def asked_for(desk: Desk) -> set[tuple[str, ...]]:
    """Scopes of which one is needed, for each request that HubSpot was sent; all mapped objects have the
    same requests."""
    routes = desk.world.requests["hubspot"].counts()["by_route"]
    paths = {route.replace("{object_type}", type) for route in routes for type in OBJECTS}
    return {group for method, path in map(str.split, paths) for group in scopes.needed(method, path)}


def doctor(desk: Desk, code: int = 0) -> dict[str, dict[str, str]]:
    """What doctor found, by topic."""
    return {finding["topic"]: finding for finding in desk.ask("doctor", code=code)["findings"]}


def test_the_page_names_all_scopes_that_are_needed_and_no_others(desk: Desk) -> None:
    """Whoever gives the token exactly what the page says can install, plan, sync and ask the doctor; and
    each scope is asked for."""
    person = {"email": "no@example.com", "lastname": "No", "lifecyclestage": "salesqualifiedlead"}
    desk.world.hubspot.user_create("contacts", person)
    said_no = {"Email": "no@example.com", "LastName": "No", "HasOptedOutOfEmail": True}
    desk.world.salesforce.user_create("Contact", said_no)
    allow(desk, HUBSPOT)
    desk.world.requests["hubspot"].reset()
    desk.ask("install", "--yes")
    desk.ask("plan", code=None)
    desk.ask("sync", code=None)
    assert {each["grade"] for each in doctor(desk).values()} == {"pass"}
    needed = {scope for group in asked_for(desk) for scope in group if scope in HUBSPOT}
    assert HUBSPOT - needed == set()


def test_doctor_warns_when_the_token_may_not_opt_anybody_out(empty_desk: Desk) -> None:
    """The starter mapping carries opt-outs to HubSpot: without the scope each of them would be held."""
    empty_desk.set_up()
    allow(empty_desk, HUBSPOT)
    assert doctor(empty_desk)["HubSpot opt-outs"]["grade"] == "pass"
    allow(empty_desk, HUBSPOT - {OPT_OUTS})
    found = doctor(empty_desk, code=1)
    assert found["HubSpot opt-outs"]["grade"] == "warn"
    assert OPT_OUTS in found["HubSpot opt-outs"]["message"]
    assert OPT_OUTS in found["HubSpot opt-outs"]["fix"]


def test_doctor_asks_for_no_opt_outs_that_the_mapping_does_not_carry(empty_desk: Desk) -> None:
    """Opt-outs go from HubSpot to Salesforce alone: HubSpot needs no scope for that."""
    empty_desk.set_up()
    contacts = empty_desk.folder / "mappings" / "contacts.yaml"
    text = contacts.read_text(encoding="utf-8")
    contacts.write_text(text.replace("rule: strictest}", "rule: strictest, write: salesforce}"))
    allow(empty_desk, HUBSPOT - {OPT_OUTS})
    assert "HubSpot opt-outs" not in doctor(empty_desk)


def test_doctor_warns_of_person_accounts(empty_desk: Desk) -> None:
    """They are held one by one; an admin shall know before the first sync."""
    empty_desk.set_up()
    assert "person accounts" not in doctor(empty_desk)
    empty_desk.world.salesforce.catalog.turn_on("person_accounts")
    assert doctor(empty_desk)["person accounts"]["grade"] == "warn"
