"""Which record somebody means by an id."""

import pytest

from connector.errors import ConfigError
from connector.lookup import long_id, parse_ref, parse_subject
from connector.model import Kind, Ref, Side


@pytest.mark.parametrize(
    ("short", "long"),
    [("001A0000006Vm9r", "001A0000006Vm9rIAC"), ("00D000000000062", "00D000000000062EAA")],
)
def test_a_salesforce_id_of_15_characters_gets_its_other_three(short: str, long: str) -> None:
    assert long_id(short) == long
    assert long_id(long) == long


def test_only_kind_and_id() -> None:
    assert parse_subject("Contact:123") == (Kind.CONTACT, "123")
    for wrong in ("contact", "contact:", "person:12", ""):
        with pytest.raises(ConfigError):
            parse_subject(wrong)


def test_a_record_is_named_as_it_is_shown() -> None:
    ref = Ref(Side.SALESFORCE, "Lead", "001A0000006Vm9rIAC")
    assert parse_ref(str(ref)) == ref
    assert parse_ref("salesforce:Lead:001A0000006Vm9r") == ref
    for wrong in ("Lead:1", "zoho:Lead:1", "salesforce::1", "salesforce:Lead:"):
        with pytest.raises(ConfigError):
            parse_ref(wrong)
