"""Features that an org has or has not: currencies, country picklists, person accounts."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from salesforce_org import Org, problem
from test_salesforce_bulk_load import errors, load

LEAD = {"LastName": "Fay", "Company": "Fay BV"}
COUNTRIES = {
    "countries": {"NL": "Netherlands", "BE": "Belgium", "US": "United States"},
    "states": {"US": {"CA": "California", "NY": "New York"}},
}
COUNTRY = (
    "There's a problem with this country, even though it may appear correct. Please select a "
    "country/territory from the list of valid countries.: "
)


# currencies


def test_currencies_by_switch(org: Org) -> None:
    """Records then say in which currency they are; there is no way back."""
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    wanted = {"corporate": "EUR", "rates": {"DKK": 7.5}}
    assert org.switch()["currencies"] is None
    assert org.switch(currencies=wanted)["currencies"] == wanted
    made = org.make("Opportunity", deal)
    assert org.show("Opportunity", made, "CurrencyIsoCode")["CurrencyIsoCode"] == "EUR"
    refused = problem(org.call("POST", "/sobjects/Opportunity", {**deal, "CurrencyIsoCode": "USD"}))
    assert refused[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    again = requests.post(f"{org.url}/_sandbox/settings", json={"currencies": wanted}, timeout=20)
    assert again.status_code == 400


# countries and states


def test_a_country_must_be_in_the_list(org: Org) -> None:
    """What everybody understands is refused; a known name brings its code, and the other way round."""
    free = org.make("Lead", {**LEAD, "Country": "Holland"})
    org.switch(address_picklists=COUNTRIES)
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "Country": "Holland"}))
    assert refused == (400, "FIELD_INTEGRITY_EXCEPTION", COUNTRY + "Country")
    made = org.make("Lead", {**LEAD, "Country": "netherlands"})
    assert org.show("Lead", made, "CountryCode")["CountryCode"] == "NL"
    org.call("PATCH", f"/sobjects/Lead/{made}", {"CountryCode": "BE"})
    assert org.show("Lead", made, "Country")["Country"] == "Belgium"
    assert org.call("PATCH", f"/sobjects/Lead/{free}", {"City": "Gouda"}).status_code == 204
    wrong = problem(org.call("PATCH", f"/sobjects/Lead/{made}", {"CountryCode": "XX"}))
    assert wrong[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    org.call("PATCH", f"/sobjects/Lead/{made}", {"Country": None})
    assert org.show("Lead", made, "CountryCode")["CountryCode"] is None


def test_a_state_must_be_one_of_its_country(org: Org) -> None:
    """And needs the country: without, or with another one, it is refused."""
    org.switch(address_picklists=COUNTRIES)
    states = {"BillingState": "California", "BillingCountry": "United States"}
    made = org.make("Account", {"Name": "A", **states})
    assert org.show("Account", made, "BillingStateCode")["BillingStateCode"] == "CA"
    for wrong in ({"BillingState": "California"}, {**states, "BillingCountry": "Netherlands"}):
        code, text = problem(org.call("POST", "/sobjects/Account", {"Name": "A", **wrong}))[1:]
        assert code == "FIELD_INTEGRITY_EXCEPTION"
        assert text.endswith("Billing State/Province")
    assert org.call("PATCH", f"/sobjects/Account/{made}", {"BillingStateCode": "NY"}).status_code == 204
    assert org.show("Account", made, "BillingState")["BillingState"] == "New York"


def test_codes_are_fields_only_where_the_feature_is_on(org: Org) -> None:
    assert org.query("SELECT MailingCountryCode FROM Contact")[0]["errorCode"] == "INVALID_FIELD"
    org.switch(address_picklists=COUNTRIES)
    described = org.call("GET", "/sobjects/Contact/describe").json()["fields"]
    (code,) = [field for field in described if field["name"] == "MailingCountryCode"]
    assert [(each["value"], each["label"]) for each in code["picklistValues"]] == [
        ("NL", "Netherlands"),
        ("BE", "Belgium"),
        ("US", "United States"),
    ]
    contact = org.make("Contact", {"LastName": "A", "MailingCountry": "Belgium"})
    assert org.query("SELECT Id FROM Contact WHERE MailingCountryCode = 'BE'")["totalSize"] == 1
    assert org.show("Contact", contact, "OtherCountryCode")["OtherCountryCode"] is None


def test_countries_in_a_bulk_job_and_a_conversion(org: Org) -> None:
    """Rows with an unknown country fail alone; the code goes along into the contact and the account."""
    org.switch(address_picklists=COUNTRIES)
    job = load(org, "LastName,Company,Country\nA,X,Holland\nB,X,Netherlands\n", type="Lead")
    assert errors(org, job) == [f"FIELD_INTEGRITY_EXCEPTION:{COUNTRY}Country:CountryCode --"]
    lead = org.query("SELECT Id FROM Lead")["records"][0]["Id"]
    made = org.store.convert(lead, opportunity=False)
    shown = org.show("Contact", str(made["contact"]), "MailingCountry", "MailingCountryCode")
    assert (shown["MailingCountry"], shown["MailingCountryCode"]) == ("Netherlands", "NL")


# person accounts


def test_an_account_that_is_a_person(org: Org) -> None:
    """It is written by the parts of its name, and has a contact that mirrors it, both ways."""
    org.switch(person_accounts=True)
    person = {
        "FirstName": "Ada",
        "LastName": "Fay",
        "PersonEmail": "Ada@fay.example",
        "PersonMailingCity": "Gent",
    }
    account = org.make("Account", person)
    shown = org.show("Account", account)
    assert (shown["Name"], shown["IsPersonAccount"], shown["PersonMailingAddress"]["city"]) == (
        "Ada Fay",
        True,
        "Gent",
    )
    contact = shown["PersonContactId"]
    mirrored = org.show("Contact", contact, "Name", "Email", "AccountId", "IsPersonAccount", "MailingCity")
    assert mirrored == {
        "Name": "Ada Fay",
        "Email": "ada@fay.example",
        "AccountId": account,
        "IsPersonAccount": True,
        "MailingCity": "Gent",
        "Id": contact,
    }
    org.clock.advance(60)
    org.call("PATCH", f"/sobjects/Account/{account}", {"LastName": "Gus"})
    assert org.show("Contact", contact, "Name")["Name"] == "Ada Gus"
    org.clock.advance(60)
    assert org.call("PATCH", f"/sobjects/Contact/{contact}", {"Email": "gus@x.example"}).status_code == 204
    after = org.show("Account", account, "PersonEmail", "SystemModstamp")
    assert (after["PersonEmail"], after["SystemModstamp"]) == (
        "gus@x.example",
        "2026-11-02T09:02:00.000+0000",
    )


def test_what_a_person_account_does_not_take(org: Org) -> None:
    """A name in one piece; a name by way of the contact; parts of a name for a company."""
    org.switch(person_accounts=True)
    person = org.make("Account", {"LastName": "Fay"})
    contact = org.show("Account", person, "PersonContactId")["PersonContactId"]
    company = org.make("Account", {"Name": "Fay BV"})
    assert org.show("Account", company, "IsPersonAccount")["IsPersonAccount"] is False
    for path, change in (
        (f"Account/{person}", {"Name": "Gus"}),
        (f"Contact/{contact}", {"LastName": "Gus"}),
        (f"Account/{company}", {"PersonEmail": "a@x.example"}),
    ):
        code, text = problem(org.call("PATCH", f"/sobjects/{path}", change))[1:]
        assert code == "INVALID_FIELD_FOR_INSERT_UPDATE"
        assert f"bad field names on insert/update call: {next(iter(change))}" in text
    assert problem(org.call("DELETE", f"/sobjects/Contact/{contact}"))[1] == "DELETE_FAILED"
    org.call("DELETE", f"/sobjects/Account/{person}")
    assert org.query("SELECT COUNT() FROM Contact")["totalSize"] == 0


def test_a_lead_without_a_company_becomes_a_person_account(org: Org) -> None:
    """Where the feature is on a lead needs no company; converted, it is one account with its own contact."""
    assert problem(org.call("POST", "/sobjects/Lead", {"LastName": "Fay"}))[1] == "REQUIRED_FIELD_MISSING"
    org.switch(person_accounts=True)
    lead = org.make(
        "Lead", {"FirstName": "Ada", "LastName": "Fay", "Email": "ada@fay.example", "City": "Gent"}
    )
    made = org.store.convert(lead, opportunity=False)
    account = org.show("Account", str(made["account"]))
    assert (account["Name"], account["PersonEmail"], account["PersonMailingCity"]) == (
        "Ada Fay",
        "ada@fay.example",
        "Gent",
    )
    assert account["PersonContactId"] == made["contact"]
    company = org.make("Lead", LEAD)
    both = org.store.convert(company, opportunity=False)
    assert org.show("Account", str(both["account"]), "IsPersonAccount")["IsPersonAccount"] is False


def test_person_fields_are_there_only_where_the_feature_is_on(org: Org) -> None:
    assert org.query("SELECT IsPersonAccount FROM Account")[0]["errorCode"] == "INVALID_FIELD"
    assert problem(org.call("POST", "/sobjects/Account", {"LastName": "Fay"}))[1] == "INVALID_FIELD"
    org.switch(person_accounts=True)
    assert org.query("SELECT IsPersonAccount, PersonContact.Email FROM Account")["totalSize"] == 0
    off = requests.post(f"{org.url}/_sandbox/settings", json={"person_accounts": False}, timeout=20)
    assert off.status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"currencies": {"corporate": "EUR"}},
        {"currencies": {"corporate": "EUR", "rates": {"USD": 0}}},
        {"address_picklists": {"countries": ["NL"]}},
        {"address_picklists": {"countries": {"US": "United States"}, "states": {"US": "CA"}}},
    ],
)
def test_features_that_make_no_sense(org: Org, wrong: dict[str, Any]) -> None:
    answer = requests.post(f"{org.url}/_sandbox/settings", json=wrong, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"]
