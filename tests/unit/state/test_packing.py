"""The codecs: whatever a record, an action or a link can hold comes back exactly as it was."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import Stop
from connector.model import (
    Action,
    Change,
    DealPart,
    DealState,
    Decision,
    Delta,
    Gone,
    Held,
    How,
    Kind,
    Link,
    LinkState,
    Op,
    Record,
    Ref,
    Review,
    Side,
    StageMove,
    StageNow,
    Via,
    Why,
)
from connector.state import packing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEXTS = st.text(st.characters(codec=None), max_size=8)
RAWS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.lists(TEXTS).map(tuple)
)
TIMES = st.datetimes(timezones=st.just(UTC))
REFS = st.builds(Ref, st.sampled_from(Side), TEXTS, TEXTS)
HASHES = st.binary(min_size=8, max_size=8)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)


def every_field(cls: type, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with all fields drawn; a field that the model gains and nobody thought of fails here."""
    assert parts.keys() == {field.name for field in fields(cls)}
    return st.builds(cls, **parts)


GONE = every_field(Gone, how=st.sampled_from(How), into=st.none() | REFS)
RECORDS = every_field(
    Record,
    ref=REFS,
    values=st.dictionaries(TEXTS, RAWS),
    stamp=TIMES,
    gone=st.none() | GONE,
    absorbed=st.lists(TEXTS).map(tuple),
)
DELTAS = every_field(Delta, add=st.frozensets(TEXTS), remove=st.frozensets(TEXTS))
CHANGES = every_field(
    Change,
    field=TEXTS,
    column=TEXTS,
    before=RAWS,
    after=RAWS | DELTAS,
    why=st.sampled_from(Why),
    rule=TEXTS,
    given=RAWS,
    ours=st.booleans(),
    bound=TEXTS,
)
ACTIONS = every_field(
    Action,
    op=st.sampled_from(Op),
    kind=st.sampled_from(Kind),
    link=TEXTS,
    target=REFS,
    source=st.none() | REFS,
    changes=st.lists(CHANGES, max_size=4).map(tuple),
    again=st.booleans(),
)
PACKED = {
    "bases": st.dictionaries(st.sampled_from(Side), st.dictionaries(NAMES, HASHES)),
    "rows": st.dictionaries(st.sampled_from(Side), st.binary()),
    "diverged": st.dictionaries(TEXTS, TEXTS),
    "armed": st.frozensets(TEXTS),
}
LINKS = every_field(
    Link,
    id=TEXTS,
    kind=st.sampled_from(Kind),
    refs=st.dictionaries(st.sampled_from(Side), REFS).map(
        lambda refs: {side: replace(ref, side=side) for side, ref in refs.items()}
    ),
    state=st.sampled_from(LinkState),
    stamps=st.dictionaries(st.sampled_from(Side), TIMES),
    aliases=st.lists(REFS, max_size=3).map(tuple),
    pending=TEXTS,
    retry_at=st.none() | TIMES,
    fails=st.integers(0, 100),
    **PACKED,
)
REVIEWS = every_field(
    Review,
    code=TEXTS,
    kind=st.sampled_from(Kind),
    subject=REFS,
    message=TEXTS,
    field=TEXTS,
    candidates=st.lists(REFS, max_size=2).map(tuple),
    link=st.none() | TEXTS,
)
HELD = every_field(Held, code=TEXTS, link=TEXTS, subject=REFS, message=TEXTS, field=TEXTS, refusal=TEXTS)
MOVES = every_field(
    StageMove,
    at=TIMES,
    side=st.sampled_from(Side),
    start=st.none() | TEXTS,
    **dict.fromkeys(("end", "by_kind", "by_id", "why", "source", "reason", "rule"), TEXTS),
)
STAGES = every_field(
    StageNow,
    stage=st.none() | TEXTS,
    episode=st.integers(0, 9),
    **dict.fromkeys(("since", "handed_over_at", "back_at", "wait_until"), st.none() | TIMES),
    **dict.fromkeys(("back_from", "target", "note"), TEXTS),
)
PARTS = every_field(
    DealPart,
    deal=TEXTS,
    link=TEXTS,
    via=st.sampled_from(Via),
    state=st.sampled_from(DealState),
    primary=st.booleans(),
    roles=st.lists(TEXTS, max_size=2).map(tuple),
    since=TIMES,
)
DECISIONS = every_field(
    Decision,
    link=LINKS,
    actions=st.lists(ACTIONS, max_size=2).map(tuple),
    reviews=st.lists(REVIEWS, max_size=2).map(tuple),
    held=st.lists(HELD, max_size=2).map(tuple),
    judged=st.lists(TEXTS, max_size=3).map(tuple),
    moves=st.lists(MOVES, max_size=2).map(tuple),
    marks=st.none() | STAGES,
    parts=st.none() | st.lists(PARTS, max_size=2).map(tuple),
)
LINK = Link(id="1", kind=Kind.CONTACT, refs={})


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    back = packing.unpack_record(packing.pack_record(record))
    assert repr(back.values) == repr(record.values)  # tells 1 from 1.0 from True
    assert back == record


@given(ACTIONS)
def test_an_action_comes_back_as_it_was(action: Action) -> None:
    back = packing.unpack_action(packing.pack_action(action))
    assert back == action
    assert [type(change.after) for change in back.changes] == [
        type(change.after) for change in action.changes
    ]
    assert repr([c.before for c in back.changes]) == repr([c.before for c in action.changes])


@given(DECISIONS)
def test_a_decision_comes_back_as_it_was(decision: Decision) -> None:
    assert packing.unpack_decision(packing.pack_decision(decision)) == decision


@given(st.fixed_dictionaries(PACKED))
def test_the_packed_part_of_a_link_comes_back_as_it_was(parts: dict[str, Any]) -> None:
    assert packing.unpack_link(packing.pack_link(replace(LINK, **parts))) == parts


def test_usual_records_and_links_take_the_fast_way() -> None:
    """The other way, for texts that only Python can hold, is several times slower."""
    bases = {side: {"email": b"12345678"} for side in Side}
    link = replace(LINK, bases=bases, rows=dict.fromkeys(Side, b"row"), stamps=dict.fromkeys(Side, NOW))
    ref = Ref(Side.HUBSPOT, "contacts", "1")
    change = Change("email", "Email", None, Delta(frozenset({"1"})), Why.EDIT, "two_way", ("1",))
    action = Action(Op.UPDATE, Kind.CONTACT, "1", ref, ref, (change,))
    packed = [
        packing.pack_link(link),
        packing.pack_record(Record(ref, {"email": "ø"}, NOW, Gone(How.MERGED, ref))),
        packing.pack_action(action),
        packing.pack_decision(Decision(link, (action,))),
    ]
    assert [data[:1] for data in packed] == [b"{", b"[", b"[", b"["]


@given(st.lists(REFS))
def test_references_come_back_in_order(refs: list[Ref]) -> None:
    assert packing.unpack_refs(packing.pack_refs(refs)) == tuple(refs)


@given(TIMES)
def test_a_time_comes_back_to_the_microsecond(at: datetime) -> None:
    assert packing.from_us(packing.to_us(at)) == at


def test_a_time_of_another_zone_comes_back_in_utc() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    back = packing.from_us(packing.to_us(there))
    assert (back, back.tzinfo) == (NOW, UTC)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        packing.to_us(NOW.replace(tzinfo=None))


@pytest.mark.parametrize("base", [b"", b"short", b"far too long for a hash"])
def test_only_hashes_are_accepted_as_bases(base: bytes) -> None:
    """So that no readable value can slip into the state by mistake."""
    with pytest.raises(ValueError, match="a base is a hash of 8 bytes"):
        packing.pack_link(replace(LINK, bases={Side.HUBSPOT: {"email": base}}))


@pytest.mark.parametrize("name", ["", "two\nlines"])
def test_names_that_would_be_read_back_otherwise_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name of one line"):
        packing.pack_link(replace(LINK, bases={Side.HUBSPOT: {name: b"12345678"}}))


def test_a_link_of_a_newer_program_is_not_guessed_at() -> None:
    body = packing.pack_link(LINK).replace(b'"v":1', b'"v":2')
    with pytest.raises(Stop, match="a newer version of smarketing") as stopped:
        packing.unpack_link(body)
    assert stopped.value.reason == "state"


@given(st.binary(), st.tuples(TEXTS, st.none() | TEXTS, st.integers()), st.data())
def test_one_wrong_bit_in_a_sealed_body_shows(
    body: bytes, columns: tuple[str, str | None, int], data: st.DataObject
) -> None:
    sealed = bytearray(packing.seal(body, columns))
    assert packing.unseal(bytes(sealed), columns) == body
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Stop, match="checksum"):
        packing.unseal(bytes(sealed), columns)


def test_a_body_beside_other_columns_shows() -> None:
    sealed = packing.seal(b"body", ("link", "00Q1"))
    with pytest.raises(Stop, match="checksum"):
        packing.unseal(sealed, ("link", "00Q2"))
