"""What a note of a write tells after a crash: which fields are ours, and what the audit lacks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.model import CONTACTS_REF, Action, Change, Delta, Kind, Link, Op, Raw, Record, Ref, Side, Why
from connector.state.rows import Audit, Intent
from connector.sync.notes import pack_intent, recovered, witnessed
from connector.sync.outcome import UNDONE
from connector.sync.sets import set_bases
from connector.sync.settle import Attempt

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DEAL = Ref(Side.HUBSPOT, "deals", "7")


def digest(raw: Raw) -> bytes:
    return repr(raw).encode().ljust(8, b".")[-8:]


def noted(before: Raw, change: Change, sent: Raw | Delta, op: Op = Op.UPDATE) -> tuple[Link, Intent]:
    """A link and the intent of one change of its deal."""
    link = Link("a" * 32, Kind.DEAL, {Side.HUBSPOT: DEAL}, bases={Side.SALESFORCE: {"contacts": b"12345678"}})
    fresh = Record(DEAL, {change.column: before}, NOW)
    action = Action(op, Kind.DEAL, link.id, DEAL, None, (change,))
    note = pack_intent(Attempt(action, link, {change.column: sent}, fresh), digest)
    return link, Intent("k", 3, link.id, Kind.DEAL, op, DEAL, (change.column,), b"", note, NOW)


def audit(intent: Intent) -> Audit:
    return Audit(3, NOW, intent.link, DEAL, intent.op, "", "", Why.EDIT, "", b"", b"", 1)


def test_a_contact_that_an_undo_took_off_a_deal_is_nobodys_removal() -> None:
    """Killed after HubSpot had done it: else the next sync would take the role in Salesforce away too."""
    taken = Delta(remove=frozenset(["9"]))
    change = Change("contacts", CONTACTS_REF, ("8", "9"), taken, Why.UNDO, "undo of run 2", ("-m9",))
    link, intent = noted(("8", "9"), change, taken)
    both = set_bases("contacts", ["m8", "m9"], digest)
    link = replace(link, bases=dict.fromkeys(Side, both))
    now = Record(DEAL, {CONTACTS_REF: ("8",)}, NOW)
    after = recovered(link, intent, now, digest)
    assert after.bases[Side.HUBSPOT] == set_bases("contacts", ["m8"], digest)
    assert after.bases[Side.SALESFORCE] == link.bases[Side.SALESFORCE]
    assert after.diverged == {"contacts": UNDONE}
    (row,) = witnessed(intent, now, audit(intent), digest)
    assert (row.before, row.after, row.why) == (digest(("8", "9")), digest(("8",)), Why.UNDO)


def test_a_write_that_never_arrived_leaves_no_trace() -> None:
    change = Change("name", "dealname", "Old", "New", Why.EDIT, "two_way deals.yaml:1", "New")
    link, intent = noted("Old", change, "New")
    untouched = Record(DEAL, {"dealname": "Old"}, NOW)
    assert recovered(link, intent, untouched, digest) == replace(
        link, bases={Side.HUBSPOT: {}, **link.bases}, pending="recovered"
    )
    assert witnessed(intent, untouched, audit(intent), digest) == []


def test_a_new_record_counts_as_we_made_it_whatever_became_of_it() -> None:
    change = Change("name", "dealname", None, "New", Why.CREATE, "two_way deals.yaml:1", "New")
    _, intent = noted(None, change, "New", Op.CREATE)
    (row,) = witnessed(intent, Record(DEAL, {"dealname": "Newer"}, NOW), audit(intent), digest)
    assert (row.op, row.before, row.after) == (Op.CREATE, digest(None), digest("Newer"))


def test_a_note_of_an_older_version_still_tells_what_is_ours() -> None:
    """An upgrade may meet the intent of a run that was killed before it."""
    link, intent = noted("Old", Change("name", "dealname", "Old", "New", Why.EDIT, "r", "New"), "New")
    five = b"\t".join(intent.after.split(b"\t")[:5])
    now = Record(DEAL, {"dealname": "New"}, NOW + timedelta(seconds=1))
    after = recovered(link, replace(intent, after=five), now, digest)
    assert after.bases[Side.HUBSPOT] == {"name": digest("New")}
    assert witnessed(replace(intent, after=five), now, audit(intent), digest) == []
