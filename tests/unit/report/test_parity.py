"""What explains a disagreement: the mapping or the state, asked after the comparing; told with a real state
file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import pytest

from connector.mapping.load import load_or_raise
from connector.model import Held, Kind, Link, LinkState, Raw, Record, Ref, Review, Side
from connector.report.differences import Code, Finding
from connector.report.excuses import Excuses
from connector.report.parity import Difference, Parity, Tally
from connector.state.key import Key
from connector.state.rows import Settlement
from connector.state.store import Store, open_store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA = {
    Side.HUBSPOT: Ref(Side.HUBSPOT, "contacts", "1"),
    Side.SALESFORCE: Ref(Side.SALESFORCE, "Lead", "00Q1"),
}
LINK = "a" * 32
MAPPINGS = Path(__file__).parents[3] / "mappings"


def keyed(raw: Raw) -> bytes:
    """Stands for the installation's keyed hash."""
    return blake2b(repr(raw).encode(), digest_size=8).digest()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", Key.create(tmp_path / "key")) as opened:
        opened.acquire("test", 60, NOW)
        yield opened


def anna(**changes: object) -> Link:
    """Anna's link as the state knows it."""
    return Link(**{"id": LINK, "kind": Kind.CONTACT, "refs": ANNA, "state": LinkState.LINKED, **changes})  # type: ignore[arg-type]


def differs(field: str = "phone", code: Code = Code.DIFFERS, allowed: str = "") -> Finding:
    """A field of Anna's in which the CRMs disagree."""
    return Finding(Kind.CONTACT, code, tuple(ANNA.values()), LINK, field, allowed)


def alone(side: Side = Side.HUBSPOT) -> Finding:
    """Anna's record on one side has no partner."""
    return Finding(Kind.CONTACT, Code.NO_PARTNER, (ANNA[side],))


def review(field: str = "", code: str = "clash", link: str | None = LINK, **refs: Ref) -> Review:
    subject = refs.get("subject", ANNA[Side.HUBSPOT])
    candidates = (refs.get("candidate", ANNA[Side.SALESFORCE]),)
    return Review(code, Kind.CONTACT, subject, "choose one", field, candidates, link)


def judged(store: Store, *findings: Finding, **read: Record) -> Parity:
    """What is said of these findings. ``read``: Anna's records as they are now, by side."""
    contacts = load_or_raise(MAPPINGS).objects[Kind.CONTACT]
    records = {record.ref: record for record in read.values()}
    tally = Tally()
    reasons = Excuses(store, keyed).reasons(findings, contacts, records)
    for each, reason in zip(findings, reasons, strict=True):
        tally.add(Difference(each.kind, each.refs, each.field, each.code.value, reason))
    return tally.parity()


def test_what_nothing_explains_is_a_difference(store: Store) -> None:
    """The state knows Anna and no reason: the field is named with both records, and counts."""
    store.settle(Settlement(links=(anna(),)), NOW)

    parity = judged(store, differs())

    wanted = Difference(Kind.CONTACT, tuple(ANNA.values()), "phone", "the two values differ")
    assert (parity.differences, parity.items, parity.explained) == (1, (wanted,), {})


def test_what_the_rule_means_is_explained_without_the_state(store: Store) -> None:
    """A fill rule lets values differ, whatever the state says."""
    parity = judged(store, differs(allowed="fill_salesforce: filled before"), differs("email"))

    assert parity.explained == {"fill_salesforce: filled before": 1}
    assert [item.field for item in parity.items] == ["email"]


def test_an_open_review_explains_its_own_field_only(store: Store) -> None:
    """Anna's phone waits for a person; her email does not. Once the item is resolved it explains nothing."""
    store.settle(Settlement(links=(anna(),), reviews=(review("phone"),)), NOW)

    before = judged(store, differs("phone"), differs("email"))
    store.resolve_review(store.open_reviews()[0].id, "hubspot", NOW)
    after = judged(store, differs("phone"))

    assert (before.explained, [item.field for item in before.items]) == ({"review": 1}, ["email"])
    assert after.differences == 1


def test_a_held_field_explains_itself_and_a_held_record_all_its_fields(store: Store) -> None:
    """A phone number too long for Salesforce is held; a record that Salesforce refuses is held as a whole."""
    of_phone = Held("too_long", LINK, ANNA[Side.SALESFORCE], "too long", "phone")
    of_all = Held("refused", LINK, ANNA[Side.SALESFORCE], "refused")

    store.settle(Settlement(links=(anna(),), held=(of_phone,), held_for=(LINK,)), NOW)
    field = judged(store, differs("phone"), differs("email"))
    store.settle(Settlement(held=(of_all,), held_for=(LINK,)), NOW)
    record = judged(store, differs("phone"), differs("email"))

    assert (field.differences, field.explained) == (1, {"held": 1})
    assert (record.differences, record.explained) == (0, {"held": 2})


def test_a_value_that_is_meant_to_differ_is_explained_by_its_mark(store: Store) -> None:
    """HubSpot's phone was cleared and the mapping keeps Salesforce's: the link says so."""
    store.settle(Settlement(links=(anna(diverged={"phone": "cleared in hubspot, kept in salesforce"}),)), NOW)

    parity = judged(store, differs("phone", Code.ONE_BLANK), differs("email", Code.ONE_BLANK))

    assert (parity.explained, parity.differences) == ({"meant to differ": 1}, 1)


@pytest.mark.parametrize("pending", ["guard", "write:hubspot>guard"])
def test_changes_that_wait_for_an_approval_are_explained(store: Store, pending: str) -> None:
    """A guard stopped a class of writes; nothing is lost, a person has to look."""
    store.settle(Settlement(links=(anna(pending=pending),)), NOW)

    assert judged(store, differs()).explained == {"waits for approval": 1}


def test_a_write_that_a_dying_run_left_undone_is_still_a_difference(store: Store) -> None:
    """The next run goes on with it, but until then the two CRMs disagree for no good reason."""
    store.settle(Settlement(links=(anna(pending="write:salesforce>"),)), NOW)

    assert judged(store, differs()).differences == 1


def test_a_record_without_a_partner_is_explained_by_a_review_of_either_record(store: Store) -> None:
    """Two Salesforce people could be Anna: a person chooses, and neither of the three is a difference."""
    other = Ref(Side.SALESFORCE, "Lead", "00Q2")
    store.settle(Settlement(reviews=(review(code="ambiguous", link=None, candidate=other),)), NOW)
    lookalike = Finding(Kind.CONTACT, Code.NO_PARTNER, (other,))

    parity = judged(store, alone(), lookalike, alone(Side.SALESFORCE))

    assert parity.explained == {"review": 2}
    assert [item.refs for item in parity.items] == [(ANNA[Side.SALESFORCE],)]


def test_a_lesser_record_of_a_linked_person_is_explained(store: Store) -> None:
    """The Lead of somebody who is a Contact by now is an alias: read-only, not missing."""
    lead = Ref(Side.SALESFORCE, "Lead", "00Q9")
    store.settle(Settlement(links=(anna(aliases=(lead,)),)), NOW)

    parity = judged(store, Finding(Kind.CONTACT, Code.NO_PARTNER, (lead,)), alone())

    assert parity.explained == {"another record of the same person is linked": 1}
    assert parity.differences == 1


def test_a_survivor_whose_partner_was_deleted_is_explained(store: Store) -> None:
    """Deletes are never carried over: the survivor stays, and the state remembers why it is alone."""
    store.settle(Settlement(links=(anna(state=LinkState.TOMBSTONE),)), NOW)

    assert judged(store, alone()).explained == {"its partner is gone": 1}


def test_two_records_with_one_link_id_are_never_explained_by_a_hold(store: Store) -> None:
    """A duplicate is a fault, whatever waits."""
    held = Held("refused", LINK, ANNA[Side.SALESFORCE], "refused")
    store.settle(Settlement(links=(anna(pending="guard"),), held=(held,), held_for=(LINK,)), NOW)

    assert judged(store, differs("", Code.DOUBLE)).differences == 1


def now(side: Side, phone: str, at: datetime) -> Record:
    column = "phone" if side is Side.HUBSPOT else "Phone"
    return Record(ANNA[side], {column: phone}, at)


def synced(store: Store, link: Link) -> None:
    """A sync from nine to five past nine, which saw Anna."""
    run = store.start_run("sync", NOW, "digest")
    cursors = {(side, ref.type): NOW - timedelta(minutes=15) for side, ref in ANNA.items()}
    store.settle(Settlement(links=(link,), cursors=cursors), NOW)
    store.finish_run(run, NOW + timedelta(minutes=5), {}, "done")


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [
        (10, "lag: edited since the last sync"),
        (4, "lag: edited within the overlap, not seen yet"),
        (-10, "lag: edited within the overlap, not seen yet"),
        (-20, ""),
    ],
)
def test_a_late_edit_explains_a_difference_only_while_no_sync_can_have_seen_it(
    store: Store, minutes: int, reason: str
) -> None:
    synced(store, anna())
    edited = NOW + timedelta(minutes=minutes)

    parity = judged(
        store,
        differs(),
        hubspot=now(Side.HUBSPOT, "1", edited),
        salesforce=now(Side.SALESFORCE, "2", NOW - timedelta(days=1)),
    )

    assert list(parity.explained) == ([reason] if reason else [])
    assert parity.differences == int(not reason)


def test_an_edit_of_another_field_does_not_explain_an_old_difference(store: Store) -> None:
    """Both phone numbers are the ones that the last sync left: what was edited since was not these."""
    bases = {Side.HUBSPOT: {"phone": keyed("1")}, Side.SALESFORCE: {"phone": keyed("2")}}
    synced(store, anna(bases=bases))
    edited = NOW + timedelta(minutes=10)

    parity = judged(
        store,
        differs(),
        hubspot=now(Side.HUBSPOT, "1", edited),
        salesforce=now(Side.SALESFORCE, "2", edited),
    )

    assert (parity.differences, parity.explained) == (1, {})
