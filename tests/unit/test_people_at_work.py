"""People at work in both CRMs: what they do follows from a seed and the records, at the hours people keep."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sandbox.clock import Clock
from connector.sandbox.company import seed
from connector.sandbox.people import Act, Simulation, work_a_day
from connector.sandbox.people.diary import HABITS
from connector.sandbox.people.rhythm import OFFICE, ZONE, Hours, end_of_work
from connector.sandbox.salesforce.metadata import field_from_metadata
from connector.sandbox.world import World

FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
HUBSPOT_TYPES = ("contacts", "companies", "deals", "calls", "tasks", "owners")
SALESFORCE_TYPES = (
    "User",
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "OpportunityContactRole",
    "Task",
    "Event",
)
BY_THE_PUBLIC = ("visitor", "workflow", "system")


def frozen_world(contacts: int, start: datetime = FRIDAY) -> World:
    world = World(clock=Clock(start, frozen=True))
    seed(world, contacts, 3)
    return world


def everything(world: World) -> dict[str, list[Any]]:
    hubspot = {name: list(world.hubspot.all(name)) for name in HUBSPOT_TYPES}
    return hubspot | {name: [dict(row) for row in world.salesforce.all(name)] for name in SALESFORCE_TYPES}


@pytest.fixture(scope="module")
def worked() -> Iterator[tuple[World, list[Act]]]:
    """Two working weeks in a firm with 1,500 contacts; tests only read it."""
    world = frozen_world(1500)
    yield world, Simulation(world, 1, rare=False).run(days=10)
    world.close()


# ---------------------------------------------------------------- the same again


def test_the_same_seed_on_the_same_records_does_the_same_things() -> None:
    worlds = [frozen_world(200) for _ in range(2)]
    journals = [Simulation(world, 9).run(days=6) for world in worlds]
    assert journals[0] == journals[1]
    assert everything(worlds[0]) == everything(worlds[1])


def test_another_seed_does_other_things() -> None:
    journals = [Simulation(frozen_world(200), number).run(days=2) for number in (1, 2)]
    assert journals[0] != journals[1]


def test_work_that_was_broken_off_goes_on_as_if_it_had_not_been() -> None:
    """Nothing is kept but the records and the clock: each hour is worked by another simulation."""
    whole, parts = frozen_world(200), frozen_world(200)
    until = FRIDAY + timedelta(days=5, hours=6)
    expected = Simulation(whole, 4).run_until(until)
    found: list[Act] = []
    while (now := parts.clock.now()) < until:
        hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        found += Simulation(parts, 4).run_until(hour)
    assert found == expected


# ---------------------------------------------------------------- when


def test_the_clock_shows_each_acts_own_time() -> None:
    world = frozen_world(300)
    last = FRIDAY
    for act in Simulation(world, 1).acts(FRIDAY + timedelta(days=4)):
        assert last <= act.at <= world.clock.now() < act.at + timedelta(minutes=1)
        last = act.at
    assert world.clock.now() == FRIDAY + timedelta(days=4)


def test_people_keep_office_hours_and_the_public_does_not(worked: tuple[World, list[Act]]) -> None:
    _, acts = worked
    staff = [act.at.astimezone(ZONE) for act in acts if act.who not in BY_THE_PUBLIC]
    public = [act.at.astimezone(ZONE) for act in acts if act.who == "visitor"]
    assert all(at.weekday() < 5 and 8 <= at.hour < 18 for at in staff)
    assert any(at.weekday() >= 5 for at in public)
    assert any(at.hour < 7 or at.hour >= 20 for at in public)


def test_a_working_day_ends_at_five_on_the_next_day_whose_morning_is_to_come() -> None:
    """Friday afternoon: the next whole working day is Monday. Monday at eight: it is Monday."""
    monday = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert end_of_work(FRIDAY, 1) == monday
    assert end_of_work(datetime(2026, 11, 23, 7, tzinfo=UTC), 1) == monday
    assert end_of_work(FRIDAY, 6) == monday + timedelta(days=7)


def test_working_time_passes_in_working_hours_only() -> None:
    """An hour of work after Friday half past five is Monday at ten, Dutch time, also when the clocks change;
    who has Monday off works on Tuesday."""
    assert OFFICE.after(FRIDAY, 3600) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    summer = datetime(2026, 10, 23, 16, tzinfo=UTC)
    assert OFFICE.after(summer, 3600) == datetime(2026, 10, 26, 9, tzinfo=UTC)
    assert Hours(off=0).after(FRIDAY, 3600) == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert OFFICE.after(FRIDAY, 9 * 3600) == datetime(2026, 11, 24, 9, tzinfo=UTC)


# ---------------------------------------------------------------- what


def test_people_do_all_kinds_of_things_in_two_weeks(worked: tuple[World, list[Act]]) -> None:
    _, acts = worked
    done = Counter(act.what for act in acts)
    assert {habit.what for habit in HABITS} - done.keys() <= {"accounts_merged"}
    assert {
        "score_raised",
        "qualified_by_workflow",
        "handed_over_by_workflow",
        "contact_qualified",
    } <= done.keys()
    assert {"lead_called", "lead_met", "lead_rejected", "hubspot_restored"} & done.keys()
    assert 0.02 * 1500 * 10 < len(acts) < 0.08 * 1500 * 10


def test_acts_name_records_and_no_values(worked: tuple[World, list[Act]]) -> None:
    """A journal may be kept and shown: ids and kinds, nothing that people wrote."""
    _, acts = worked
    names = [name for act in acts for name in act.records]
    assert names
    assert all(re.fullmatch(r"[A-Za-z]+ (\d+|[A-Za-z0-9]{18})", name) for name in names)
    assert all(
        re.fullmatch(r"(rep [A-Za-z0-9]{18}|marketer \d+|visitor|workflow|system)", act.who) for act in acts
    )


def test_each_change_says_who_made_it(worked: tuple[World, list[Act]]) -> None:
    """Forms, workflows, people and HubSpot itself leave their own source in a property's history; in
    Salesforce it was never the integration user, whose changes would look like echoes."""
    world, acts = worked
    formed = next(act for act in reversed(acts) if act.what == "qualified_by_workflow").records[0].split()[1]
    newest = {
        name: world.hubspot.history("contacts", formed, name)[0]["sourceType"]
        for name in (
            "recent_conversion_event_name",
            "hs_predictivecontactscore_v2",
            "hs_v2_date_entered_marketingqualifiedlead",
        )
    }
    assert list(newest.values()) == ["FORM", "CALCULATED", "AUTOMATION_PLATFORM"]
    touched = [
        row for name in ("Lead", "Contact", "Opportunity", "Task") for row in world.salesforce.all(name)
    ]
    today = [row for row in touched if str(row["LastModifiedDate"]) > "2026-11-21"]
    assert today
    assert all(row["LastModifiedById"] != world.salesforce.user for row in today)


def test_a_newcomers_form_makes_a_contact_with_its_source_score_and_stage() -> None:
    world = frozen_world(0)
    acts = Simulation(world, 2, rare=False).run(days=3)
    made = [act.records[0].split()[1] for act in acts if act.what == "form_filled_by_newcomer"]
    known = [world.hubspot.get("contacts", contact)["properties"] for contact in made]  # type: ignore[index]
    assert len(made) > 2
    assert all(
        {"hs_analytics_source", "recent_conversion_date", "hs_predictivecontactscore_v2"} <= each.keys()
        for each in known
    )
    asked_for_demo = [each for each in known if each["first_conversion_event_name"].startswith("Demo")]
    assert all(each["lifecyclestage"] not in ("subscriber", "lead") for each in asked_for_demo)


# ---------------------------------------------------------------- new leads


def leads_of_monday(number: int) -> World:
    world = frozen_world(0, datetime(2026, 11, 23, 8, 30, tzinfo=UTC))
    rows = [{"LastName": f"L{n}", "Company": "X", "Email": f"l{n}@x.nl"} for n in range(number)]
    world.salesforce.load("Lead", rows)
    return world


def test_reps_call_new_leads_at_their_own_pace_and_forget_some() -> None:
    """Loaded on Monday morning: half are called within the day, the slow ones days later, a few never."""
    world = leads_of_monday(200)
    acts = Simulation(world, 5, rare=False).run(days=12)
    first: dict[str, datetime] = {}
    for act in acts:
        if act.what == "lead_called":
            first.setdefault(act.records[0], act.at)
    waited = sorted(
        (at - datetime(2026, 11, 23, 8, 30, tzinfo=UTC)).total_seconds() / 3600 for at in first.values()
    )
    assert waited[len(waited) // 2] < 9
    assert waited[-1] > 48
    untouched = [
        row
        for row in world.salesforce.all("Lead")
        if row["Status"] == "Open - Not Contacted" and row["LastActivityDate"] is None
    ]
    assert 4 < len([row for row in untouched if str(row["LastName"]).startswith("L")]) < 60


def test_a_lead_is_accepted_then_called_then_converted_or_given_back() -> None:
    world = leads_of_monday(60)
    acts = Simulation(world, 5, rare=False).run(days=15)
    stories: dict[str, list[str]] = {}
    for act in acts:
        if act.what.startswith("lead_") and act.records[0].startswith("Lead"):
            stories.setdefault(act.records[0], []).append(act.what)
    told = [story for story in stories.values() if story[0] == "lead_accepted"]
    assert len(told) > 30
    assert all(story[1:2] in ([], ["lead_called"]) or "lead_entered_again" in story for story in told)
    endings = Counter(story[-1] for story in told)
    assert endings["lead_rejected"]
    assert endings["lead_converted"] + endings["lead_converted_without_opportunity"]


def test_a_rejection_gives_its_reason_where_the_org_has_fields_for_it() -> None:
    """With verdict fields they are filled by their choices; without them only the status says it."""
    plain, told = leads_of_monday(40), leads_of_monday(40)
    picklists = {
        "Verdict": ("Accepted", "Rejected"),
        "Verdict_Reason": ("No budget", "No fit", "Unable to reach"),
    }
    for name, words in picklists.items():
        values = {"valueSetDefinition": {"value": [{"fullName": word} for word in words]}}
        field = field_from_metadata(f"XX_{name}__c", {"type": "Picklist", "label": name, "valueSet": values})
        told.salesforce.catalog.add_field("Lead", field)
    for world in (plain, told):
        Simulation(world, 5, rare=False).run(days=12)
    rejected = [row for row in told.salesforce.all("Lead") if row["Status"] == "Closed - Not Converted"]
    assert rejected
    assert {row["XX_Verdict__c"] for row in rejected} == {"Rejected"}
    assert {row["XX_Verdict_Reason__c"] for row in rejected} & set(picklists["Verdict_Reason"])
    assert [row["Status"] for row in plain.salesforce.all("Lead")] == [
        row["Status"] for row in told.salesforce.all("Lead")
    ]


# ---------------------------------------------------------------- a counted day


def test_a_counted_day_counts_every_habit_and_brings_nothing_rare() -> None:
    world = frozen_world(600)
    done = work_a_day(world, 1)
    assert {habit.what for habit in HABITS} <= done.keys()
    assert not {"csv_import", "colleague_left"} & done.keys()
    assert 0.02 * 600 < sum(done.values()) < 0.12 * 600
    assert world.clock.now() == datetime(2026, 11, 23, 16, tzinfo=UTC)


def test_a_counted_day_leaves_its_traces_in_both_crms() -> None:
    world = frozen_world(600)
    before = everything(world)
    done = work_a_day(world, 1, days=3)
    after = everything(world)
    created = {name: len(after[name]) - len(before[name]) for name in ("contacts", "Lead", "Task")}
    assert created["Lead"] == done["lead_created"] + done["lead_entered_again"]
    assert (
        created["contacts"]
        == done["contact_at_handover"] + done["form_filled_by_newcomer"] + done["contacts_merged"]
    )
    assert created["Task"] == done["call_logged"] + done.get("lead_called", 0)
    won = [row for row in after["Opportunity"] if row["IsWon"] and row["SystemModstamp"] > "2026-11-23"]
    assert len(won) == done["deal_won"]


def test_empty_crms_get_people_to_work_in_them() -> None:
    """Nobody is known there yet: visitors come, and whoever works there enters the first ones."""
    world = World(clock=Clock(FRIDAY, frozen=True))
    done = work_a_day(world, 1, days=2)
    assert done["form_filled_by_newcomer"]
    assert done["old_lead_converted"] <= done["lead_created"]
    assert len(list(world.hubspot.all("owners"))) == 12
