"""A phone number without a country code belongs to the country of its record."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import Mapping
from connector.model import Kind, Raw, Record, Ref, Side

CTX = Context({side: ZoneInfo("Europe/Amsterdam") for side in Side}, region="NL")


def phone_of(mapping: Mapping, side: Side, type: str, **values: Raw) -> object:
    """The shared phone number of one contact."""
    contacts = mapping.objects[Kind.CONTACT]
    record = Record(Ref(side, type, "1"), values, datetime(2026, 1, 1, tzinfo=UTC))
    rule = contacts.field("phone")
    raw = values[rule.column(side, type) or ""]
    return rule.convert.read(raw, side, type, local_contexts(CTX, contacts)(record))


def test_a_belgian_number_is_the_same_in_both_spellings(starter: Mapping) -> None:
    """Otherwise the first sync would replace a number that can be dialled by one that cannot."""
    hubspot = phone_of(starter, Side.HUBSPOT, "contacts", phone="+32 9 266 19 81", country="België")
    salesforce = phone_of(starter, Side.SALESFORCE, "Contact", Phone="09/266.19.81", MailingCountry="Belgium")
    assert hubspot == salesforce == "+3292661981"


@pytest.mark.parametrize("country", [None, "Atlantis"])
def test_without_a_known_country_the_configured_one_counts(starter: Mapping, country: str | None) -> None:
    assert phone_of(starter, Side.SALESFORCE, "Lead", Phone="020 123 4567", Country=country) == "+31201234567"


def test_a_country_that_was_not_read_changes_nothing(starter: Mapping) -> None:
    assert phone_of(starter, Side.SALESFORCE, "Lead", Phone="020 123 4567") == "+31201234567"


def test_a_region_in_the_mapping_counts_before_the_records(every_key: Mapping) -> None:
    """`{phone: {region: DK}}` says that all national numbers of this field are Danish."""
    assert (
        phone_of(every_key, Side.SALESFORCE, "Contact", Phone="33 12 34 56", MailingCountryCode="NL")
        == "+4533123456"
    )
