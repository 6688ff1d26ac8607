"""What install would add, seen before it adds anything."""

from dataclasses import replace

import pytest

from connector.install.plan import State, make_plan, object_types
from connector.mapping.rules import OwnField
from connector.model import Side
from connector.schema import FieldInfo, FieldType, Option, Schema

STAGES = (Option("mql", "MQL"), Option("sql", "SQL"))
STAGE = OwnField(Side.SALESFORCE, "Lead", "SMK_Stage__c", "Stage", "", FieldType.CHOICE, options=STAGES)
LINK = OwnField(Side.SALESFORCE, "Lead", "SMK_Link_Id__c", "Link", "", FieldType.TEXT, unique=True, length=32)
STAGE_THERE = FieldInfo("SMK_Stage__c", "Stage", FieldType.CHOICE, options=STAGES, closed=True)
LINK_THERE = FieldInfo("SMK_Link_Id__c", "Link", FieldType.TEXT, length=32, unique=True)


def state(field: OwnField, *there: FieldInfo) -> tuple[State, str]:
    schema = Schema("Lead", {info.name: info for info in there})
    (item,) = make_plan([field], {(Side.SALESFORCE, "Lead"): schema}).items
    return item.state, item.reason


def test_a_missing_field_is_added() -> None:
    assert state(LINK) == (State.ADD, "")


def test_a_field_that_fits_is_left_as_it_is() -> None:
    assert state(LINK, LINK_THERE) == (State.THERE, "")
    assert state(LINK, replace(LINK_THERE, length=255)) == (State.THERE, "")
    assert state(STAGE, STAGE_THERE) == (State.THERE, "")


@pytest.mark.parametrize(
    ("field", "there", "reason"),
    [
        (LINK, replace(LINK_THERE, type=FieldType.NUMBER), "it is a number field, needed is text"),
        (LINK, replace(LINK_THERE, unique=False), "its values are not unique"),
        (LINK, replace(LINK_THERE, updatable=False), "this user may not write it"),
        (LINK, replace(LINK_THERE, length=18), "it holds 18 characters, needed are 32"),
        (STAGE, replace(STAGE_THERE, options=STAGES[:1]), "its picklist lacks sql"),
        (
            STAGE,
            replace(STAGE_THERE, options=(STAGES[0], replace(STAGES[1], active=False))),
            "its picklist lacks sql",
        ),
    ],
)
def test_a_field_that_does_not_fit_is_a_conflict_with_its_reason(
    field: OwnField, there: FieldInfo, reason: str
) -> None:
    assert state(field, there) == (State.CONFLICT, reason)


def test_an_open_picklist_needs_no_option() -> None:
    assert state(STAGE, replace(STAGE_THERE, options=(), closed=False))[0] is State.THERE


def test_each_object_is_asked_about_once() -> None:
    assert object_types([LINK, STAGE]) == ((Side.SALESFORCE, "Lead"),)
