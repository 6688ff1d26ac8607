"""How somebody got where they are: every stage, when, by whom and in which CRM, as the CRMs tell it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from setting import Firm

from connector.mapping.converters.moments import parse_moment
from connector.model import Side, StageMove, StageNow

MINUTE = timedelta(minutes=1)


def moves(acme: Firm, contact: str) -> list[StageMove]:
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return acme.store.stage_moves([link.id]).get(link.id, [])


def now_of(acme: Firm, contact: str) -> StageNow:
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return acme.store.stages_of([link.id])[link.id]


def told(acme: Firm, contact: str) -> list[tuple[str, str, str]]:
    return [(m.end, m.side.value, m.by_kind) for m in moves(acme, contact)]


def rep(acme: Firm) -> str:
    """Somebody in sales, who is not the user that the connector works as."""
    users = [{"Username": "rep@x.example", "LastName": "Rep", "Email": "rep@x.example"}]
    (id,) = acme.world.salesforce.load("User", users)
    return str(id)


def near(at: datetime | None, then: datetime) -> bool:
    return at is not None and abs(at - then) < MINUTE


@pytest.fixture
def anna(acme: Firm) -> tuple[str, str]:
    """Anna was qualified and handed over: a contact and a Lead."""
    contact = acme.contact(email="anna@x.nl", lastname="A", lifecyclestage="lead")
    acme.pass_time(60)
    acme.in_hubspot(contact, lifecyclestage="salesqualifiedlead")
    acme.settle()
    return contact, acme.partner(contact).id


def test_what_happened_before_the_first_look_is_known_by_its_own_dates(
    acme: Firm, anna: tuple[str, str]
) -> None:
    """HubSpot notes when a contact entered each stage; no request is spent on it."""
    contact, lead = anna
    assert [(m.start, m.end, m.source) for m in moves(acme, contact)] == [
        (None, "lead", "hubspot_dates"),
        ("lead", "sql", "hubspot_dates"),
    ]
    first, second = moves(acme, contact)
    assert timedelta(minutes=59) < second.at - first.at < timedelta(minutes=61)
    assert now_of(acme, contact) == StageNow("sql", second.at, 1, second.at)
    shown = acme.hubspot(contact), acme.salesforce(lead)
    assert parse_moment(shown[0]["smk_stage_entered_at"]) == second.at.replace(microsecond=0)
    assert parse_moment(shown[1]["SMK_Handed_Over_At__c"]) == second.at.replace(microsecond=0)
    assert "property history contacts" not in acme.sync().requests[Side.HUBSPOT]


def test_two_moves_between_two_syncs_are_two_rows_with_their_own_times_and_names(
    acme: Firm, anna: tuple[str, str]
) -> None:
    contact, _ = anna
    began = acme.now()
    acme.pass_time(10)
    acme.world.hubspot.user_edit("contacts", contact, {"lifecyclestage": "opportunity"}, 77)
    acme.pass_time(20)
    acme.world.hubspot.workflow_edit("contacts", contact, {"lifecyclestage": "customer"}, "Won")
    acme.pass_time(30)
    acme.settle()
    first, second = moves(acme, contact)[-2:]
    assert (first.start, first.end, first.by_kind, first.by_id) == ("sql", "opportunity", "person", "77")
    assert (second.start, second.end, second.by_kind, second.by_id) == (
        *("opportunity", "customer", "workflow"),
        "workflow:Won",
    )
    assert near(first.at, began + 10 * MINUTE)
    assert near(second.at, began + 30 * MINUTE)
    assert now_of(acme, contact).since == second.at


def test_a_rep_who_moves_a_lead_is_named_where_salesforce_keeps_field_history(
    acme: Firm, anna: tuple[str, str]
) -> None:
    contact, lead = anna
    sales = rep(acme)
    acme.world.salesforce.track_history("Lead", "SMK_Stage__c")
    acme.pass_time(10)
    at = acme.now()
    acme.world.salesforce.user_edit("Lead", lead, {"SMK_Stage__c": "opportunity"}, sales)
    acme.pass_time(45)
    acme.settle()
    last = moves(acme, contact)[-1]
    assert (last.start, last.end, last.side, last.by_kind, last.by_id, last.source) == (
        *("sql", "opportunity", Side.SALESFORCE, "person", sales),
        "salesforce_history",
    )
    assert near(last.at, at)
    assert acme.hubspot(contact)["lifecyclestage"] == "opportunity"
    assert parse_moment(acme.hubspot(contact)["smk_stage_entered_at"]) == last.at


def test_nobody_keeps_field_history_then_the_records_own_stamp_counts(
    acme: Firm, anna: tuple[str, str]
) -> None:
    contact, lead = anna
    acme.pass_time(10)
    at = acme.now()
    acme.in_salesforce(lead, SMK_Stage__c="opportunity")
    acme.pass_time(45)
    acme.settle()
    last = moves(acme, contact)[-1]
    assert (last.end, last.side, last.by_kind, last.source) == (
        *("opportunity", Side.SALESFORCE),
        *("unknown", "stamp"),
    )
    assert near(last.at, at)


def test_carrying_a_stage_over_is_not_in_it(acme: Firm, anna: tuple[str, str]) -> None:
    """Back in Salesforce, so HubSpot is cleared and set by the connector; then HubSpot moves on by itself,
    which has its whole history read. Only what people did is told."""
    contact, lead = anna
    acme.pass_time(10)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    assert acme.hubspot(contact)["lifecyclestage"] == "marketingqualifiedlead"
    acme.pass_time(10)
    acme.in_hubspot(contact, lifecyclestage="salesqualifiedlead")
    acme.settle()
    assert told(acme, contact) == [
        ("lead", "hubspot", "unknown"),
        ("sql", "hubspot", "unknown"),
        ("mql", "salesforce", "unknown"),
        ("sql", "hubspot", "person"),
    ]
    assert now_of(acme, contact).episode == 2


def test_a_second_look_adds_nothing(acme: Firm, anna: tuple[str, str]) -> None:
    contact, _ = anna
    before = moves(acme, contact)
    assert acme.sync(full=True).writes == 0
    assert moves(acme, contact) == before


def test_a_state_that_was_lost_knows_it_again(acme: Firm, anna: tuple[str, str]) -> None:
    contact, lead = anna
    acme.world.salesforce.track_history("Lead", "SMK_Stage__c")
    acme.pass_time(60)
    acme.world.salesforce.user_edit("Lead", lead, {"SMK_Stage__c": "mql"}, rep(acme))
    acme.settle()
    for stage in ("salesqualifiedlead", "customer"):
        acme.pass_time(60)
        acme.in_hubspot(contact, lifecyclestage=stage)
        acme.settle()
    before = moves(acme, contact)
    assert [m.end for m in before] == ["lead", "sql", "mql", "sql", "customer"]
    acme.forget_state()
    acme.rebuild()
    again = moves(acme, contact)
    assert [(m.start, m.end, m.side) for m in again] == [(m.start, m.end, m.side) for m in before]
    apart = [abs(one.at - other.at) for one, other in zip(again, before, strict=True)]
    assert max(apart) < timedelta(seconds=2)
    assert now_of(acme, contact).episode == 2


def test_a_move_that_is_put_back_stands_there_with_its_maker_and_stops_no_clock(
    acme: Firm, anna: tuple[str, str]
) -> None:
    """Nobody goes from Sales qualified to Subscriber here. The rep's move and ours are told; since when she
    is qualified stays."""
    contact, lead = anna
    before = now_of(acme, contact)
    acme.pass_time(60)
    acme.in_salesforce(lead, SMK_Stage__c="subscriber")
    acme.settle()
    assert acme.salesforce(lead)["SMK_Stage__c"] == "sql"
    last, ours = moves(acme, contact)[-2:]
    assert (last.end, last.side, last.source) == ("subscriber", Side.SALESFORCE, "stamp")
    assert (ours.start, ours.end, ours.side, ours.by_kind, ours.why) == (
        *("subscriber", "sql", Side.SALESFORCE),
        *("connector", "put back"),
    )
    assert ours.rule.startswith("two_way pipeline.yaml:")
    assert replace(now_of(acme, contact), note="") == before
    shown = parse_moment(acme.salesforce(lead)["SMK_Stage_Entered_At__c"])
    assert before.since is not None
    assert shown == before.since.replace(microsecond=0)


def test_who_enters_a_stage_by_its_criterion_was_moved_by_the_connector(acme: Firm, tmp_path: Path) -> None:
    """One row for one move, though it is written to two CRMs; the clocks start with it."""
    stage = "hubspot: {lifecyclestage: marketingqualifiedlead}"
    enter = f"{stage}\n    enter_when: 'score >= 50'"
    acme.mappings = acme.edited_mappings(tmp_path / "m", "pipeline.yaml", stage, enter)
    file = acme.mappings / "pipeline.yaml"
    rearm = "rearm: {after: 90d, when: last_conversion_at > moved_back_at}"
    assert rearm in file.read_text()
    file.write_text(file.read_text().replace(rearm, "rearm: {}"))  # whom sales sends back may come again
    acme.plan()
    contact = acme.contact(email="bo@x.nl", lastname="B", lifecyclestage="salesqualifiedlead")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_salesforce(lead, SMK_Stage__c="lead")
    acme.settle()
    acme.pass_time(60)
    acme.world.hubspot.system_edit("contacts", contact, {"hs_predictivecontactscore_v2": "70"})
    acme.settle()
    assert acme.salesforce(lead)["SMK_Stage__c"] == "mql"
    assert told(acme, contact)[-2:] == [("lead", "salesforce", "unknown"), ("mql", "hubspot", "connector")]
    since = now_of(acme, contact).since
    assert since is not None
    assert parse_moment(acme.hubspot(contact)["smk_stage_entered_at"]) == since.replace(microsecond=0)


def test_a_converted_lead_keeps_its_history(acme: Firm, anna: tuple[str, str]) -> None:
    contact, lead = anna
    before = moves(acme, contact)
    acme.pass_time(60)
    acme.world.salesforce.convert(lead)
    acme.settle()
    assert acme.partner(contact).type == "Contact"
    assert moves(acme, contact)[: len(before)] == before
    person = acme.salesforce(acme.partner(contact).id, "Contact")
    handed_over = now_of(acme, contact).handed_over_at
    assert handed_over is not None
    assert parse_moment(person["SMK_Handed_Over_At__c"]) == handed_over.replace(microsecond=0)


def test_what_a_rep_did_before_converting_is_not_lost(acme: Firm, anna: tuple[str, str]) -> None:
    """Moved on and converted between two syncs: Salesforce keeps that move under the Lead's id."""
    contact, lead = anna
    acme.world.salesforce.track_history("Lead", "SMK_Stage__c")
    sales = rep(acme)
    acme.pass_time(10)
    at = acme.now()
    acme.world.salesforce.user_edit("Lead", lead, {"SMK_Stage__c": "opportunity"}, sales)
    acme.pass_time(10)
    acme.world.salesforce.convert(lead)
    acme.settle()
    (move,) = [m for m in moves(acme, contact) if m.end == "opportunity"]
    assert (move.start, move.by_kind, move.by_id) == ("sql", "person", sales)
    assert near(move.at, at)


def test_two_records_that_are_merged_have_one_history(acme: Firm, anna: tuple[str, str]) -> None:
    """Anna had filled in a form with her other address. Marketing merges the two contacts: what either went
    through is hers."""
    contact, _ = anna
    acme.pass_time(60)
    other = acme.contact(email="a.private@x.nl", lastname="A", lifecyclestage="subscriber")
    acme.settle()
    assert told(acme, other) == [("subscriber", "hubspot", "unknown")]
    whole = sorted([*moves(acme, contact), *moves(acme, other)], key=lambda m: m.at)
    survivor = acme.world.hubspot.merge("contacts", contact, other)
    acme.settle()
    assert moves(acme, survivor) == whole
    assert now_of(acme, survivor).episode == 1


def test_what_somebody_types_into_our_clocks_is_put_right(acme: Firm, anna: tuple[str, str]) -> None:
    """Nobody's edit of them counts, on either side, and nothing is carried over."""
    contact, lead = anna
    since = parse_moment(acme.hubspot(contact)["smk_stage_entered_at"])
    acme.pass_time(10)
    acme.in_salesforce(lead, SMK_Stage_Entered_At__c="2020-01-01T00:00:00.000+0000")
    acme.in_hubspot(contact, smk_handed_over_at="")
    acme.settle()
    for shown in (acme.hubspot(contact)["smk_stage_entered_at"], acme.hubspot(contact)["smk_handed_over_at"]):
        assert parse_moment(shown) == since
    assert parse_moment(acme.salesforce(lead)["SMK_Stage_Entered_At__c"]) == since
