"""An edit of the mapping files acts on people whom nobody has touched: what the plan shows is what the next
sync does."""

from pathlib import Path

import pytest
from setting import Firm

from connector.commands import shown
from connector.commands.output import Output
from connector.model import Side
from connector.report.runs import Report

OLD = "{name: job_title, hubspot: jobtitle, salesforce: Title,"
NEW = "{name: job_title, hubspot: company, salesforce: Title,"
READ = {
    Side.HUBSPOT: ("list contacts", "list companies", "list deals"),
    Side.SALESFORCE: ("query Lead", "query Contact", "query Account", "query Opportunity"),
}
"""What it takes to read a firm of one person in full."""


@pytest.fixture
def anna(acme: Firm) -> str:
    """A person in both CRMs, long quiet."""
    made = acme.contact(email="anna@x.nl", lastname="Berg", company="Berg BV", jobtitle="Director")
    acme.settle()
    acme.pass_time(61)
    acme.settle()
    return made


def words(report: Report, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    shown.report(Output(json=False), report)
    told = capsys.readouterr()
    return " ".join((told.out + told.err).split())


def edit(acme: Firm, folder: Path, old: str = OLD, new: str = NEW) -> None:
    acme.mappings = acme.edited_mappings(folder / "mappings", "contacts.yaml", old, new)


def test_what_the_plan_of_an_edited_mapping_showed_is_what_the_next_sync_does_once(
    acme: Firm, anna: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = acme.sync()
    edit(acme, tmp_path)
    for crm in acme.crms.values():
        crm.usage.by_kind.clear()
    plan = acme.plan()
    asked = sum(sum(kinds.values()) for kinds in plan.requests.values())
    assert f"the next sync reads everything once, about {asked} requests" in words(plan, capsys)
    assert acme.plan().planned == plan.planned == {"update salesforce contact": 1}
    done = acme.sync()
    assert (done.planned, done.writes) == (plan.planned, 1)
    for side, records in READ.items():
        assert [done.requests[side][kind] for kind in records] == [1] * len(records)
        assert [plan.requests[side][kind] for kind in records] == [1] * len(records)
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Berg BV"
    assert "everything was read once" in words(done, capsys)
    acme.pass_time(61)
    acme.settle()
    after = acme.sync()
    assert (after.requests, after.mapping_changed) == (quiet.requests, False)
    assert "read" not in words(acme.plan(), capsys)


class Killed(BaseException):
    """What no part of the connector handles."""


def test_a_sync_that_was_killed_before_it_was_through_reads_everything_again(
    acme: Firm, anna: str, tmp_path: Path
) -> None:
    """Killed at the first batch, at the next one, and so on until one gets through."""
    edit(acme, tmp_path)
    acme.plan()
    left = [0]

    def dies() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return False

    for batches in range(9):
        left[0] = batches
        try:
            done = acme.sync(stop=dies)
        except Killed:
            continue
        break
    assert batches > 1
    assert done.mapping_changed
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Berg BV"
    assert not acme.sync().mapping_changed


def test_a_sync_that_was_ended_by_hand_reads_everything_again(acme: Firm, anna: str, tmp_path: Path) -> None:
    edit(acme, tmp_path)
    acme.plan()
    assert acme.sync(stop=lambda: True).interrupted
    assert acme.sync().writes == 1
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Berg BV"


def test_a_mapping_that_nobody_has_previewed_costs_no_reading_until_somebody_has(
    acme: Firm, anna: str, tmp_path: Path
) -> None:
    """Files that were edited and not yet looked at may lie there for hours, with a sync every minute."""
    quiet = acme.sync()
    edit(acme, tmp_path)
    acme.sync()
    waiting = acme.sync()
    assert (waiting.requests, waiting.mapping_changed) == (quiet.requests, False)
    acme.plan()
    assert acme.sync().writes == 1
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Berg BV"


def test_one_person_synced_by_an_edited_mapping_stands_for_nobody_else(
    acme: Firm, anna: str, tmp_path: Path
) -> None:
    bo = acme.contact(email="bo@x.nl", lastname="Vos", company="Vos NV", jobtitle="CFO")
    acme.settle()
    edit(acme, tmp_path)
    acme.plan()
    assert acme.sync(only=acme.partner(bo)).writes == 1
    assert acme.sync().writes == 1
    assert acme.salesforce(acme.partner(anna).id)["Title"] == "Berg BV"


@pytest.mark.usefixtures("anna")
def test_a_comment_in_the_mapping_changes_nothing(acme: Firm, tmp_path: Path) -> None:
    quiet = acme.sync()
    edit(acme, tmp_path, OLD, OLD + "  # as sales wants it\n      ")
    plan = acme.plan()
    assert not plan.mapping_changed
    assert acme.sync().requests == quiet.requests
