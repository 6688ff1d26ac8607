"""The SQLite file: damaged, locked, full, read-only, lost; and what somebody finds who steals it."""

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from conftest import Victim
from state_samples import DAY, MONDAY, TTL, ambiguous, kept, link_id, newcomer, person, too_long, written

from connector.errors import ConfigError, Retry, SmarketingError, Stop
from connector.model import Kind, Link
from connector.state.key import Key
from connector.state.rows import Settlement
from connector.state.store import Store, open_store

PEOPLE = 300
PAGE = 4096
CANARY = "canary.person@example.org"


def fill(store: Store) -> None:
    store.acquire("sync", TTL, MONDAY)
    store.settle(Settlement(links=tuple(person(number) for number in range(PEOPLE))), MONDAY)


@pytest.fixture
def state(lite_url: str, key: Key, tmp_path: Path) -> Path:
    """A state file with some hundred people, closed."""
    with open_store(lite_url, key) as store:
        fill(store)
    return tmp_path / "state.db"


def read_all(url: str, key: Key) -> dict[str, Link]:
    with open_store(url, key) as store:
        return {link.id: link for batch in store.iter_links(Kind.CONTACT) for link in batch}


# ---------------------------------------------------------------- damage


def test_a_file_cut_off_at_any_page_is_refused_with_the_remedy(state: Path, lite_url: str, key: Key) -> None:
    whole = state.read_bytes()
    assert len(whole) > 20 * PAGE
    for size in (0, 1, 100, 511, *range(PAGE, len(whole), PAGE)):
        state.write_bytes(whole[:size])
        with pytest.raises(Stop) as stopped:
            open_store(lite_url, key)
        assert stopped.value.reason == "state", size
        assert stopped.value.message.startswith(f"the state {state} is damaged ("), size
        assert stopped.value.fix == (
            "nothing was written to the CRMs; put a backup back with `smarketing state restore FILE`, "
            "or begin anew from what the CRMs hold with `smarketing state rebuild --anew`; "
            "both keep the damaged one"
        )


def test_a_page_of_rubbish_anywhere_in_use_is_found_at_opening(state: Path, lite_url: str, key: Key) -> None:
    """Before anything is decided from the state, not when a run happens to touch that page."""
    whole = state.read_bytes()
    with closing(sqlite3.connect(state)) as reader:
        ((unused,),) = reader.execute("pragma freelist_count").fetchall()
    assert unused == 0
    for page in range(1, len(whole) // PAGE + 1):
        state.write_bytes(whole[: (page - 1) * PAGE] + b"\xa5" * PAGE + whole[page * PAGE :])
        with pytest.raises(Stop, match="is damaged"):
            open_store(lite_url, key)


def test_damage_never_changes_what_is_remembered_of_a_person(state: Path, lite_url: str, key: Key) -> None:
    """Wherever the disk lies: the state is refused, or what it says is true. A wrong base would pass for an
    edit."""
    whole = state.read_bytes()
    truth = {link_id(number): person(number) for number in range(PEOPLE)}
    flipped = (whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :] for at in range(0, len(whole), 1597))
    cut_off = (whole[:size] for size in range(len(whole) - 1, len(whole) - 2 * PAGE, -1401))
    refused = 0
    for content in chain(flipped, cut_off):
        state.write_bytes(content)
        try:
            found = read_all(lite_url, key)
        except Stop:
            refused += 1
        else:
            assert all(truth.get(each) == link for each, link in found.items())
    assert refused > 50


def test_a_file_that_is_no_database_is_refused(state: Path, lite_url: str, key: Key) -> None:
    state.write_text("Dear colleagues, the state has moved to the new server.")
    with pytest.raises(Stop, match="is damaged") as stopped:
        open_store(lite_url, key)
    assert stopped.value.reason == "state"


# ---------------------------------------------------------------- locked, full, read-only


def test_a_state_that_another_program_writes_to_is_busy_not_broken(
    lite_url: str, key: Key, state: Path
) -> None:
    with open_store(lite_url, key, busy_s=0.05) as store, closing(sqlite3.connect(state)) as other:
        store.acquire("sync", TTL, MONDAY)
        other.execute("begin immediate")
        with pytest.raises(Retry, match="is being written by another program") as busy:
            store.settle(Settlement(links=(newcomer(5000),)), MONDAY)
        assert busy.value.exit_code == 1
        assert len(store.links_by_id([link_id(1)])) == 1, "reading goes on"
        other.execute("rollback")
        store.settle(Settlement(links=(newcomer(5000),)), MONDAY)


def test_a_state_locked_for_good_cannot_be_opened_and_says_so(lite_url: str, key: Key, state: Path) -> None:
    with closing(sqlite3.connect(state)) as other:
        other.execute("pragma locking_mode=exclusive")
        other.execute("begin exclusive")
        with pytest.raises(Retry, match="is being written by another program"):
            open_store(lite_url, key, busy_s=0.05)


@pytest.mark.parametrize("room", [0, 1, PAGE, 5 * PAGE, 20 * PAGE])
def test_on_a_full_disk_a_batch_is_stored_whole_or_not_at_all(
    lite_url: str, key_path: Path, key: Key, room: int
) -> None:
    """And as soon as there is room again, the same run goes on."""
    starved = Victim("fill", lite_url, str(key_path), str(room))
    try:
        assert starved.next_line() == "Stop disk"
        assert starved.next_line() == "links 1"
        assert starved.next_line() == "stored"
        starved.process.wait()
    finally:
        starved.end()
    assert read_all(lite_url, key).keys() == {link_id(0), link_id(2000)}


def test_a_working_file_that_finds_no_room_stops_the_run_and_is_removed(
    lite_url: str, key_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    starved = Victim("fill_spool", lite_url, str(key_path), str(folder))
    try:
        assert starved.next_line() == "Stop disk"
        assert starved.next_line() == "left 0"
    finally:
        starved.end()


@contextmanager
def without_rights() -> Iterator[None]:
    """Root may write anywhere, so a test that runs as root becomes nobody for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that anybody may enter but only its owner, and not even that one, may write to."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_is_named(shelf: Path, key: Key) -> None:
    shelf.chmod(0o555)
    with without_rights(), pytest.raises(Stop) as stopped:
        open_store(f"sqlite:///{shelf}/state.db", key)
    assert stopped.value.reason == "disk"
    assert str(shelf) in stopped.value.message
    assert list(shelf.iterdir()) == []


def test_a_state_that_can_only_be_read_is_refused_before_a_run(shelf: Path, key: Key) -> None:
    path = shelf / "state.db"
    with open_store(f"sqlite:///{path}", key) as store:
        fill(store)
    path.chmod(0o444)
    shelf.chmod(0o555)
    with without_rights(), pytest.raises(Stop, match=f"the state {path} cannot be written") as stopped:
        open_store(f"sqlite:///{path}", key)
    assert "check the owner and mode of the file and of its folder" in stopped.value.fix


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("state.db", "malformed"),
        ("sqlite://", "without a place"),
        ("sqlite:///:memory:", "without a place"),
        ("mysql://localhost/x", "'mysql'"),
    ],
)
def test_a_wrong_url_is_a_matter_of_configuration(url: str, words: str, key: Key) -> None:
    with pytest.raises(ConfigError, match=words):
        open_store(url, key)


def test_a_postgres_that_does_not_answer_is_tried_again_later(key: Key) -> None:
    with pytest.raises(Retry, match="does not answer") as retry:
        open_store("postgresql://smk:hunter2@127.0.0.1:1/none", key)
    assert "hunter2" not in str(retry.value)


# ---------------------------------------------------------------- secrecy


def test_a_row_of_another_history_does_not_fit_into_the_audit(state: Path, lite_url: str, key: Key) -> None:
    """A backup was restored for a while, and a genuine row from that time is smuggled into today's audit."""

    def write(*fields: str) -> list[str]:
        with open_store(lite_url, key) as store:
            store.acquire("sync", TTL, MONDAY)
            store.settle(Settlement(audit=tuple(written(1, field) for field in fields)), MONDAY)
            return store.verify_audit()

    assert write("email") == []
    aside = state.with_name("aside.db")
    shutil.copy(state, aside)
    assert write("phone", "city") == []
    shutil.copy(state, state.with_name("today.db"))
    shutil.copy(aside, state)
    assert write("country", "title") == []
    with closing(sqlite3.connect(state)) as thief:
        thief.execute("attach ? as today", (str(state.with_name("today.db")),))
        thief.execute(
            "update audit set (field, chain) = (select field, chain from today.audit where id = 2) "
            "where id = 2"
        )
        thief.commit()
    assert write("zip") == ["audit row 3 was changed"]


def test_only_the_owner_may_read_the_state(state: Path, lite_url: str, key: Key) -> None:
    state.chmod(0o644)
    with open_store(lite_url, key) as store:
        fill(store)
        files = [path for path in state.parent.iterdir() if path.name.startswith("state.db")]
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    assert modes == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm", "state.db.lock"), 0o600)


def test_no_value_of_a_record_stands_readable_in_any_file(lite_url: str, key: Key, tmp_path: Path) -> None:
    """Bases are keyed hashes, old values are encrypted; a canary is looked for in the file, its log and its
    backup."""
    base = {"email": key.hash(CANARY, "email")}
    link = replace(person(1), bases=dict.fromkeys(person(1).refs, base))
    with open_store(lite_url, key) as store:
        store.acquire("sync", TTL, MONDAY)
        store.begin(1, (), (kept(1, CANARY, MONDAY + DAY),))
        store.settle(
            Settlement(
                links=(link,),
                audit=(replace(written(1), before=key.hash(CANARY), after=key.hash(CANARY.upper())),),
                reviews=(ambiguous(1),),
                held=(too_long(1),),
            ),
            MONDAY,
        )
        assert [secret.value for secret in store.secrets_of(link_id(1))] == [CANARY]
        look(tmp_path, expected={"state.db-wal"})
        assert store.purge(MONDAY + 2 * DAY)["ledger"] == 1
        assert store.secrets_of(link_id(1)) == []
    look(tmp_path, expected={"state.db"})


def look(folder: Path, expected: set[str]) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert expected <= files.keys()
    for name, content in files.items():
        for text in (CANARY.encode(), CANARY.encode("utf-16-le"), b"canary", CANARY.encode().hex().encode()):
            assert text not in content, name


def test_an_expired_value_is_overwritten_even_encrypted(lite_url: str, key: Key, tmp_path: Path) -> None:
    """Who gets hold of file and key later must find nothing that should be gone."""
    with open_store(lite_url, key) as store:
        store.acquire("sync", TTL, MONDAY)
        store.begin(1, (), (kept(1, CANARY * 10, MONDAY + DAY),))
        with closing(sqlite3.connect(tmp_path / "state.db")) as thief:
            ((sealed,),) = thief.execute("select value from ledger").fetchall()
        store.purge(MONDAY + 2 * DAY)
        assert all(sealed[:40] not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_a_failing_statement_shows_no_values(lite_url: str, key: Key) -> None:
    """Even an error that is a bug must not carry a person's data into a log."""
    with open_store(lite_url, key) as store:
        store.acquire("sync", TTL, MONDAY)
        wrong = replace(too_long(1), message=None, field=CANARY)  # type: ignore[arg-type]
        with pytest.raises(Exception, match="NOT NULL") as caught:
            store.settle(Settlement(held=(wrong,)), MONDAY)
    assert not isinstance(caught.value, SmarketingError)
    assert CANARY not in str(caught.value)
