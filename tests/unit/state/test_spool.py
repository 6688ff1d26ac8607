"""The spool: one run's working space, encrypted, on disk, and gone afterwards."""

import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.errors import Retry, Stop
from connector.model import (
    Action,
    Change,
    Decision,
    Gone,
    Held,
    How,
    Kind,
    Link,
    Op,
    Record,
    Ref,
    Review,
    Side,
    Why,
)
from connector.state.spool import Spool, remove_leftovers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CANARY = "canary.person@example.org"


def hub(number: int, type: str = "contacts") -> Ref:
    return Ref(Side.HUBSPOT, type, str(number))


def lead(number: int) -> Ref:
    return Ref(Side.SALESFORCE, "Lead", f"00Q{number}")


def record(ref: Ref, email: str = CANARY) -> Record:
    return Record(ref, {"email": email, "companies": ("1", "2"), "score": 7}, NOW)


def action(number: int) -> Action:
    change = Change("email", "Email", None, CANARY, Why.EDIT, "two_way contacts.yaml:12")
    return Action(Op.UPDATE, Kind.CONTACT, str(number), lead(number), hub(number), (change,))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path) as spool:
        yield spool


def test_records_come_back_by_reference(spool: Spool) -> None:
    spool.put_records(record(hub(number)) for number in range(2500))
    spool.put_records([record(lead(1))])
    wanted = [hub(number) for number in range(0, 2500, 2)] + [lead(1), lead(2), hub(3, "companies")]
    found = spool.get_records(wanted)
    assert found == {ref: record(ref) for ref in wanted[:-2]}


def test_a_record_read_twice_is_kept_as_read_last(spool: Spool) -> None:
    gone = Record(hub(1), {}, NOW + timedelta(hours=1), Gone(How.MERGED, hub(2)))
    spool.put_records([record(hub(1)), record(hub(2)), gone])
    spool.put_records([record(hub(2), "new@example.org")])
    assert spool.get_records([hub(1), hub(2)]) == {hub(1): gone, hub(2): record(hub(2), "new@example.org")}


def test_every_record_of_a_kind_is_listed_once_in_order(spool: Spool) -> None:
    """Those put for their kind, and those known only by a key."""
    spool.put_records([record(hub(number)) for number in range(1500)], Kind.CONTACT)
    spool.put_records([record(hub(1, "companies"))], Kind.COMPANY)
    spool.put_records([record(hub(9000))])
    spool.put_keys(
        [
            (Kind.CONTACT, Side.HUBSPOT, "contacts", "1", 0, b"k"),
            (Kind.CONTACT, Side.HUBSPOT, "contacts", "7777", 0, b"k"),
        ]
    )
    expected = sorted([*(hub(number) for number in range(1500)), hub(7777)])
    assert list(spool.refs(Kind.CONTACT, Side.HUBSPOT)) == expected
    assert list(spool.refs(Kind.COMPANY, Side.HUBSPOT)) == [hub(1, "companies")]
    assert list(spool.refs(Kind.CONTACT, Side.SALESFORCE)) == []


def test_records_of_both_sides_meet_at_their_key(spool: Spool) -> None:
    rows = [
        (Kind.CONTACT, Side.SALESFORCE, "Lead", "00Q1", 0, b"anna"),
        (Kind.CONTACT, Side.HUBSPOT, "contacts", "2", 0, b"anna"),
        (Kind.CONTACT, Side.HUBSPOT, "contacts", "1", 0, b"anna"),
        (Kind.CONTACT, Side.HUBSPOT, "contacts", "1", 0, b"anna"),
        (Kind.CONTACT, Side.HUBSPOT, "contacts", "3", 0, b"\x00\xff"),
        (Kind.CONTACT, Side.HUBSPOT, "contacts", "3", 1, b"anna"),
        (Kind.COMPANY, Side.HUBSPOT, "companies", "4", 0, b"anna"),
    ]
    spool.put_keys(rows)
    assert list(spool.groups(Kind.CONTACT, 0)) == [
        (b"\x00\xff", [hub(3)]),
        (b"anna", [hub(1), hub(2), lead(1)]),
    ]
    assert list(spool.groups(Kind.CONTACT, 1)) == [(b"anna", [hub(3)])]
    assert list(spool.groups(Kind.DEAL, 0)) == []
    assert list(spool.groups(Kind.CONTACT, 1, beside=0)) == [(b"anna", [hub(1), hub(2), hub(3), lead(1)])]
    assert list(spool.groups(Kind.CONTACT, 2, beside=0)) == []


def test_a_pair_is_what_both_sides_have_a_key_of(spool: Spool) -> None:
    spool.put_keys(
        (Kind.CONTACT, ref.side, ref.type, ref.id, 0, key)
        for ref, key in [
            (hub(1), b"pair"),
            (lead(1), b"pair"),
            (hub(2), b"twins"),
            (hub(3), b"twins"),
            (lead(4), b"one"),
        ]
    )
    every = [b"pair", b"twins", b"one", b"nobody"]
    assert spool.on_both_sides(Kind.CONTACT, 0, every) == {b"pair"}
    assert spool.on_both_sides(Kind.DEAL, 0, every) == set()
    many = [n.to_bytes(4, "big") for n in range(2500)]
    spool.put_keys(
        (Kind.DEAL, ref.side, ref.type, ref.id, 0, key) for key in many for ref in (hub(9), lead(9))
    )
    assert spool.on_both_sides(Kind.DEAL, 0, many) == set(many)


def decision(number: int) -> Decision:
    """A decision about one contact, with all that it may carry."""
    made = action(number)
    ref = hub(number)
    link = Link(
        made.link.rjust(32, "0"),
        Kind.CONTACT,
        {Side.HUBSPOT: ref},
        bases={Side.HUBSPOT: {"email": b"12345678"}},
        rows={Side.HUBSPOT: b"x" * 16},
        stamps={Side.HUBSPOT: datetime(2026, 11, 2, tzinfo=UTC)},
        diverged={"phone": "kept"},
        aliases=(lead(number),),
        armed=frozenset({"mql"}),
        pending="write:hubspot>",
    )
    review = Review("clash", Kind.CONTACT, ref, "choose one", "email", (lead(number),), link.id)
    return Decision(link, (made,), (review,), (Held("too_long", link.id, ref, "too long", "title"),))


def test_decisions_come_back_by_kind_in_their_order(spool: Spool) -> None:
    spool.put_decisions(Kind.CONTACT, (decision(number) for number in range(1200)))
    spool.put_decisions(Kind.DEAL, [decision(5000)])
    assert list(spool.decisions(Kind.DEAL)) == [decision(5000)]
    assert list(spool.decisions(Kind.CONTACT)) == [decision(number) for number in range(1200)]
    assert list(spool.decisions(Kind.COMPANY)) == []


def test_planning_may_read_and_write_at_the_same_time(spool: Spool) -> None:
    """Records stream in while decisions stream out: memory holds one batch of each."""
    spool.put_records((record(hub(number)) for number in range(3000)), Kind.CONTACT)
    spool.put_decisions(Kind.CONTACT, (decision(int(r.id)) for r in spool.refs(Kind.CONTACT, Side.HUBSPOT)))
    spool.put_keys(
        (Kind.CONTACT, Side.HUBSPOT, "contacts", made.link.id, 0, made.link.id.encode())
        for made in spool.decisions(Kind.CONTACT)
    )
    assert sum(len(refs) for _, refs in spool.groups(Kind.CONTACT, 0)) == 3000


def test_nothing_readable_stands_in_the_file(spool: Spool) -> None:
    spool.put_records([record(hub(number)) for number in range(100)], Kind.CONTACT)
    spool.put_decisions(Kind.CONTACT, [decision(number) for number in range(100)])
    content = spool.path.read_bytes()
    assert len(content) > 10_000
    assert b"canary" not in content
    assert b"two_way" not in content


def test_only_the_owner_may_read_the_file(spool: Spool) -> None:
    assert spool.path.stat().st_mode & 0o777 == 0o600


def test_the_same_record_twice_looks_different(spool: Spool, tmp_path: Path) -> None:
    with Spool(tmp_path) as other:
        for each in (spool, other):
            each.put_records([record(hub(1))])
        assert spool.path.read_bytes() != other.path.read_bytes()


def test_leaving_deletes_the_file_also_after_an_error(tmp_path: Path) -> None:
    def stumble(spool: Spool) -> None:
        spool.put_records([record(hub(1))])
        assert spool.path.exists()
        raise RuntimeError("stumbled")

    with pytest.raises(RuntimeError, match="stumbled"), Spool(tmp_path) as spool:
        stumble(spool)
    assert list(tmp_path.iterdir()) == []
    spool.close()


def test_a_disk_too_full_to_begin_leaves_no_locked_file_behind(tmp_path: Path) -> None:
    """A scheduler lives for months: what it left and kept open, no run could take away."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
    try:
        with pytest.raises(Stop) as stopped:
            Spool(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert stopped.value.reason == "disk"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_deleted_is_told_unless_there_is_worse_to_tell(tmp_path: Path) -> None:
    """A folder in its place stands for whatever keeps it from being deleted."""

    def obstructed(folder: Path, error: Exception | None) -> None:
        folder.mkdir()
        with Spool(folder) as spool:
            spool.path.unlink()
            spool.path.mkdir()
            if error:
                raise error

    with pytest.raises(Stop, match=r"spool-.*\.tmp"):
        obstructed(tmp_path / "one", None)
    with pytest.raises(Retry, match="busy"):
        obstructed(tmp_path / "two", Retry("busy"))


def test_what_others_keep_in_the_folder_is_left_alone(tmp_path: Path, spool: Spool) -> None:
    (tmp_path / "spool-notes.txt").write_text("mine")
    (tmp_path / "spool-1-dead.tmp").write_text("left over")
    assert remove_leftovers(tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"spool-notes.txt", spool.path.name}
