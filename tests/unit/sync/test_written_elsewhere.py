"""A write that reached another record than it was sent to."""

from datetime import UTC, datetime, timedelta

from connector.model import (
    Action,
    Change,
    Kind,
    Link,
    LinkState,
    Op,
    Record,
    Ref,
    Result,
    Side,
    Verdict,
    Why,
)
from connector.sync.settle import Attempt, Settler

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CONTACT, LEAD = Ref(Side.HUBSPOT, "contacts", "1"), Ref(Side.SALESFORCE, "Lead", "00Q000000000001EAA")


def test_a_survivor_that_answers_for_a_merged_record_does_not_move_the_link_unseen() -> None:
    """HubSpot writes the survivor when an id was merged away. Whether the survivor belongs to somebody else,
    only the next look can tell; what was written is in the history with the record that got it."""
    title = Change("job_title", "jobtitle", "old", "CFO", Why.EDIT, "two_way contacts.yaml:1", "CFO")
    link = Link("0" * 32, Kind.CONTACT, {Side.HUBSPOT: CONTACT, Side.SALESFORCE: LEAD}, LinkState.LINKED)
    action = Action(Op.UPDATE, Kind.CONTACT, link.id, CONTACT, LEAD, (title,))
    fresh = Record(CONTACT, {"jobtitle": "old"}, NOW)
    settler = Settler(1, 1, NOW, timedelta(days=30), lambda raw: str(raw).encode(), lambda _: b"row")
    attempt = Attempt(action, link, {"jobtitle": "CFO"}, fresh)
    outcome = settler.outcome(
        attempt, Result("k", Verdict.DONE, id="2", values={"jobtitle": "CFO"}, stamp=NOW)
    )
    assert (outcome.link.refs, outcome.link.bases) == (link.refs, link.bases)
    assert outcome.link.pending == "look again"
    assert [row.target.id for row in outcome.audit] == ["2"]
