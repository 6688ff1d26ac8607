"""What happens every few weeks: imports, colleagues who leave, definitions that change."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connector.sandbox.clock import Clock
from connector.sandbox.company import seed
from connector.sandbox.people import EVENTS, Simulation
from connector.sandbox.people.office import reps
from connector.sandbox.salesforce.metadata import field_from_metadata
from connector.sandbox.world import World

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    made = World(clock=Clock(MONDAY, frozen=True))
    seed(made, 150, 3)
    yield made
    made.close()


@pytest.fixture
def people(world: World) -> Simulation:
    return Simulation(world, 1)


def test_an_import_gives_all_its_rows_one_modification_stamp(world: World, people: Simulation) -> None:
    """A file of 600 rows, a hundred of them about people who are there already."""
    before = {row["id"] for row in world.hubspot.all("contacts")}
    (act,) = people.happen("csv_import", rows=600, known=100)
    world.clock.advance(60)
    touched = [row for row in world.hubspot.all("contacts") if row["updatedAt"] > "2026-11-23T09:00:00"]
    assert act.records[0].startswith("imports ")
    assert len(touched) == 600
    assert len({row["updatedAt"] for row in touched}) == 1
    assert len([row for row in touched if row["id"] not in before]) == 500
    newcomer = next(row for row in touched if row["id"] not in before)
    assert newcomer["properties"]["lifecyclestage"] == "lead"


def test_a_bulk_load_makes_leads_for_every_row(world: World, people: Simulation) -> None:
    (act,) = people.happen("bulk_load", rows=450)
    made = [row for row in world.salesforce.all("Lead") if row["LeadSource"] == "Purchased List"]
    assert len(act.records) == len(made) == 450
    assert {row["OwnerId"] for row in made} <= set(reps(world))


def test_a_colleague_who_leaves_hands_over_what_is_open(world: World, people: Simulation) -> None:
    there = len(reps(world))
    (act,) = people.happen("colleague_left")
    gone = act.records[0].split()[1]
    user = world.salesforce.get("User", gone)
    assert user is not None
    assert not user["IsActive"]
    assert len(act.records) > 3
    for name, closed in (("Lead", "IsConverted"), ("Opportunity", "IsClosed")):
        left = [
            row for row in world.salesforce.all(name, False) if row["OwnerId"] == gone and not row[closed]
        ]
        assert left == []
    owner = next(each for each in world.hubspot.all("owners") if each["email"] == user["Email"])
    assert owner["archived"]
    assert len(reps(world)) == there - 1
    people.happen("colleague_joined")
    assert len(reps(world)) == there


def test_a_territory_that_changes_hands_moves_many_leads_at_once(world: World, people: Simulation) -> None:
    (act,) = people.happen("bulk_owner_change", records=25)
    leads = [world.salesforce.get("Lead", name.split()[1]) for name in act.records]
    assert len(leads) == 25
    assert len({lead["OwnerId"] for lead in leads if lead}) == 1
    assert len({lead["SystemModstamp"] for lead in leads if lead}) == 1


def test_a_renamed_label_changes_no_name(world: World, people: Simulation) -> None:
    field = field_from_metadata("XX_A__c", {"type": "Checkbox", "label": "A", "defaultValue": False})
    world.salesforce.catalog.add_field("Lead", field)
    people.happen("salesforce_label_renamed")
    renamed = world.salesforce.kind("Lead").by_name["xx_a__c"]
    assert (renamed.name, renamed.label) == ("XX_A__c", "A (new)")
    assert people.happen("hubspot_label_renamed") == []  # no property that can be renamed


def test_a_renamed_value_moves_the_records_that_have_it_but_not_their_modification_date(
    world: World, people: Simulation
) -> None:
    before = {row["Id"]: row for row in world.salesforce.all("Lead")}
    people.happen("salesforce_value_renamed")
    moved = [
        row for row in world.salesforce.all("Lead") if row["LeadSource"] != before[row["Id"]]["LeadSource"]
    ]
    choices = {choice.value for choice in world.salesforce.kind("Lead").by_name["leadsource"].choices}
    assert moved
    assert all(row["LeadSource"] in choices for row in moved)
    assert all(row["SystemModstamp"] > row["LastModifiedDate"] for row in moved)


def test_new_stages_stand_before_the_closed_ones_and_deals_move_into_them(
    world: World, people: Simulation
) -> None:
    people.happen("hubspot_stage_added")
    people.happen("salesforce_stage_added")
    stages = world.hubspot.schema.pipelines["deals"]["default"]["stages"]
    assert [stage["metadata"]["isClosed"] for stage in stages] == ["false"] * 6 + ["true"] * 2
    assert [stage["displayOrder"] for stage in stages] == list(range(8))
    by_order = sorted(world.salesforce.stages().values(), key=lambda each: int(str(each["SortOrder"])))
    assert str(by_order[-3]["ApiName"]).startswith("Legal Review")
    Simulation(world, 1, rare=False).run(days=25)
    names = {row["StageName"] for row in world.salesforce.all("Opportunity")}
    assert by_order[-3]["ApiName"] in names


def test_choices_are_added_renamed_and_retired(world: World, people: Simulation) -> None:
    def options() -> list[tuple[str, str]]:
        found = world.hubspot.schema.properties["contacts"]["hs_lead_status"].options
        return [(option.value, option.label) for option in found]

    before = options()
    people.happen("hubspot_option_added")
    people.happen("hubspot_option_renamed")
    after = options()
    assert len(after) == len(before) + 1
    assert [value for value, _ in after[:-1]] == [value for value, _ in before]
    for event in ("salesforce_value_added", "salesforce_value_retired"):
        (act,) = people.happen(event)
        type_name, _, field = act.records[0].partition(".")
        assert world.salesforce.kind(type_name).find(field) is not None


def test_every_event_can_happen_in_a_seeded_company(people: Simulation) -> None:
    for name in EVENTS:
        people.happen(name)
    assert not people.refused


def test_an_unknown_event_and_unknown_options_are_refused(people: Simulation) -> None:
    with pytest.raises(LookupError, match="there are"):
        people.happen("earthquake")
    with pytest.raises(ValueError, match="rows"):
        people.happen("bulk_load", colour="red")
