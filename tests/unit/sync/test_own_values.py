"""What the connector works out of a person stands in fields of its own, as each CRM spells it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.domain.own_values import OwnValue, of_stage, raw_of, reads_as
from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping
from connector.model import Kind, Raw, Side, StageNow, Value
from connector.schema import FieldType

MAPPINGS = Path(__file__).parents[3] / "mappings"
MOMENT = datetime(2026, 3, 2, 9, 0, 30, 123456, tzinfo=UTC)
VALUES: list[Value] = [MOMENT, None, "Back to Lead: no reason was given", True, False]


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_written_reads_as_it_was_meant(value: Value, side: Side) -> None:
    assert reads_as(raw_of(value, side), value)
    assert not any(reads_as(raw_of(other, side), value) for other in VALUES if other is not value)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-02T09:00:30.123Z",
        "2026-03-02T09:00:30.000+0000",
        "1772442030123",
        "2026-03-02T10:00:30+01:00",
    ],
)
def test_a_time_reads_the_same_however_a_crm_spells_it(raw: Raw) -> None:
    assert reads_as(raw, MOMENT)


@pytest.mark.parametrize("raw", ["yesterday", "", None, "2026-03-02T09:00:31Z"])
def test_another_time_or_none_at_all_is_written_anew(raw: Raw) -> None:
    assert not reads_as(raw, MOMENT)


def test_a_blank_note_is_blank_however_a_crm_spells_it() -> None:
    assert reads_as("", None)
    assert reads_as(None, "")


def test_clocks_are_shown_of_a_stage_only() -> None:
    assert list(of_stage(None)) == list(of_stage(StageNow(None, None, target="sql"))) == []
    shown = list(of_stage(StageNow("sql", MOMENT, 1, MOMENT)))
    assert shown == [OwnValue("stage_entered_at", MOMENT), OwnValue("handed_over_at", MOMENT)]


@pytest.fixture(scope="module")
def starter() -> Mapping:
    return load_or_raise(MAPPINGS)


def test_people_get_the_fields_and_nothing_else_does(starter: Mapping) -> None:
    names = ("SMK_Stage_Entered_At__c", "SMK_Handed_Over_At__c", "SMK_Stage_Note__c")
    wanted = {(Side.SALESFORCE, type, name) for type in ("Lead", "Contact") for name in names}
    wanted |= {(Side.HUBSPOT, "contacts", name.lower().removesuffix("__c")) for name in names}
    own = {(f.side, f.type, f.column): f for f in starter.own_fields}
    assert wanted <= own.keys()
    assert {key for key in own if key[2] in {k[2] for k in wanted}} == wanted
    assert own[Side.HUBSPOT, "contacts", "smk_handed_over_at"].field_type is FieldType.DATETIME
    contact = starter.objects[Kind.CONTACT]
    assert "SMK_Stage_Note__c" in contact.columns(Side.SALESFORCE, "Lead")
    assert starter.objects[Kind.DEAL].derived == {}
