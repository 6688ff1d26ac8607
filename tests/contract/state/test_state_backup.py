"""Backups of the state: made while a run is at work, moved between databases, and put back."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Opener
from state_samples import (
    DAY,
    MONDAY,
    TTL,
    ambiguous,
    intent,
    kept,
    link_id,
    newcomer,
    person,
    too_long,
    written,
)

from connector.errors import ConfigError, Retry, SmarketingError, Stop
from connector.state.backup import back_up, restore
from connector.state.database import Database
from connector.state.key import Key
from connector.state.rows import Settlement
from connector.state.runs import DOUBT
from connector.state.store import Store, open_store
from connector.state.tables import metadata

PAGE = 4096


def filled(store: Store, people: int = 40) -> None:
    """A state with something in every table that a run fills."""
    run = store.start_run("sync", MONDAY, "digest")
    store.begin(run, (), (kept(1, "old@example.org", MONDAY + DAY),))
    store.settle(
        Settlement(
            run=run,
            links=tuple(person(n) for n in range(people)),
            audit=tuple(written(n) for n in range(people)),
            reviews=(ambiguous(2),),
            held=(too_long(3),),
            counts={"create salesforce contact": 2},
        ),
        MONDAY,
    )
    store.save_plan("abcdef", run, [("create salesforce contact", b"digest")], "digest", MONDAY)
    store.finish_run(run, MONDAY, {"writes": 3}, "done")


def saved(store: Store, file: Path) -> int:
    """A run that did all of this and ended, and a backup of what it left: its generation."""
    store.acquire("sync", TTL, MONDAY)
    filled(store)
    store.release()
    back_up(store, file)
    return store.generation()


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(Database(url)) as database, database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture
def other_url(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> str:
    """An empty state in the other kind of database."""
    if url.startswith("sqlite"):
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path}/moved.db"


def test_a_backup_holds_every_row_and_only_its_owner_may_read_it(
    opened: Opener, url: str, tmp_path: Path
) -> None:
    with opened() as store:
        store.acquire("sync", TTL, MONDAY)
        filled(store)
        store.release()
        back_up(store, tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert content(f"sqlite:///{tmp_path}/copy") == content(url)
    assert not list(tmp_path.glob(".copy*")), "no work in progress is left"


def test_a_backup_is_made_of_one_moment_while_a_run_settles(store: Store, tmp_path: Path) -> None:
    """And it opens by itself: no log beside it is needed."""
    filled(store)
    store.begin(1, [intent(1)])
    back_up(store, tmp_path / "copy")
    store.settle(Settlement(links=(person(99),), done_intents=(intent(1).id,)), MONDAY)
    with closing(sqlite3.connect(f"file:{tmp_path / 'copy'}?immutable=1", uri=True)) as plain:
        assert plain.execute("select count(*) from links").fetchone() == (40,)
        assert plain.execute("select count(*) from intents").fetchone() == (1,)
        assert plain.execute("pragma integrity_check").fetchone() == ("ok",)


def test_a_backup_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("last week's")
    with pytest.raises(ConfigError, match="exists already"):
        back_up(store, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "last week's"


def test_a_state_moves_from_one_database_to_the_other_and_back(
    opened: Opener, url: str, other_url: str, key: Key, tmp_path: Path
) -> None:
    """Nothing was written since the backup, so nothing is in doubt; and numbers go on where they were."""
    with opened() as store:
        seen = saved(store, tmp_path / "copy")
    done = restore(other_url, key, tmp_path / "copy", tmp_path, seen, MONDAY)
    assert (done.doubtful, done.links) == (False, 40)
    before, after = content(url), content(other_url)
    assert after == before
    with open_store(other_url, key) as moved:
        assert moved.verify_audit() == []
        moved.acquire("sync", TTL, MONDAY)
        assert moved.start_run("sync", MONDAY, "digest") == 2
        filled(moved)
        moved.release()
        back_up(moved, tmp_path / "second")
        seen = moved.generation()
    back = restore(url, key, tmp_path / "second", tmp_path, seen, MONDAY)
    assert back.aside is not None
    assert back.aside.exists()
    assert content(url) == content(other_url)


def test_an_older_backup_is_put_back_as_doubtful_and_the_present_state_is_kept(
    opened: Opener, url: str, key: Key, tmp_path: Path
) -> None:
    with opened() as store:
        saved(store, tmp_path / "monday")
        store.acquire("sync", TTL, MONDAY)
        store.settle(Settlement(links=(newcomer(500),)), MONDAY)
        store.release()
        seen = store.generation()
    done = restore(url, key, tmp_path / "monday", tmp_path, seen, MONDAY)
    assert done.doubtful
    assert done.aside is not None
    with open_store(f"sqlite:///{done.aside}", key) as before:
        assert before.links_by_id([link_id(500)])
    with open_store(url, key) as now:
        assert now.get_meta(DOUBT) == "restored"
        assert now.links_by_id([link_id(500)]) == {}
        assert now.verify_audit() == []


def test_a_backup_made_in_the_middle_of_a_run_is_always_doubtful(
    store: Store, url: str, key: Key, tmp_path: Path
) -> None:
    """Its run went on writing, whatever the numbers say."""
    filled(store)
    back_up(store, tmp_path / "copy")
    seen = store.generation()
    store.release()
    assert restore(url, key, tmp_path / "copy", tmp_path, seen, MONDAY).doubtful
    with open_store(url, key) as now:
        assert now.holder() is None, "nobody holds the lease of a restored state"


def test_nothing_is_restored_while_a_run_is_at_work(store: Store, url: str, key: Key, tmp_path: Path) -> None:
    filled(store)
    back_up(store, tmp_path / "copy")
    store.settle(Settlement(links=(newcomer(500),)), MONDAY)
    with pytest.raises(Retry, match="a run is under way"):
        restore(url, key, tmp_path / "copy", tmp_path, None, MONDAY)
    assert store.links_by_id([link_id(500)])


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[: 5 * PAGE] + b"\xa5" * PAGE + whole[6 * PAGE :],
        lambda _whole: b"Dear colleagues, the backup has moved.",
        lambda _whole: b"",
    ],
    ids=["cut off", "a page of rubbish", "a letter", "empty"],
)
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    opened: Opener, url: str, key: Key, tmp_path: Path, damage: Damage
) -> None:
    with opened() as store:
        saved(store, tmp_path / "copy")
    (tmp_path / "copy").write_bytes(damage((tmp_path / "copy").read_bytes()))
    before = content(url)
    with pytest.raises(Stop, match="cannot be restored") as stopped:
        restore(url, key, tmp_path / "copy", tmp_path, None, MONDAY)
    assert "nothing was changed" in stopped.value.fix
    assert content(url) == before
    assert not list(tmp_path.glob("*before-restore*"))


def test_a_flipped_byte_in_a_backup_is_found_or_harmless(lite_url: str, key: Key, tmp_path: Path) -> None:
    """What is put back says the truth, or it is not put back."""
    url = lite_url
    with open_store(url, key) as store:
        seen = saved(store, tmp_path / "copy")
    whole, truth = (tmp_path / "copy").read_bytes(), content(url)
    refused = 0
    for at in range(100, len(whole), 9001):
        (tmp_path / "copy").write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            restore(url, key, tmp_path / "copy", tmp_path, seen, MONDAY)
        except SmarketingError:
            refused += 1
            continue
        for name in ("links", "audit", "ledger", "aliases"):
            assert content(url)[name] == truth[name], (at, name)
    assert refused >= 3


def test_a_backup_of_another_key_is_refused(opened: Opener, url: str, tmp_path: Path) -> None:
    with opened() as store:
        saved(store, tmp_path / "copy")
    with pytest.raises(Stop, match="cannot be restored: the key file is not the one"):
        restore(url, Key.create(tmp_path / "new"), tmp_path / "copy", tmp_path, None, MONDAY)


def test_a_damaged_state_gives_way_to_its_backup(lite_url: str, key: Key, tmp_path: Path) -> None:
    with open_store(lite_url, key) as store:
        seen = saved(store, tmp_path / "copy")
    truth = content(lite_url)
    (tmp_path / "state.db").write_bytes((tmp_path / "state.db").read_bytes()[: 3 * PAGE])
    with pytest.raises(Stop):
        open_store(lite_url, key)
    done = restore(lite_url, key, tmp_path / "copy", tmp_path, seen, MONDAY)
    assert not done.doubtful, "nothing was written since"
    assert content(lite_url) == truth
    assert done.aside is not None
    assert done.aside.stat().st_size == 3 * PAGE


def test_a_restore_that_dies_half_way_in_postgres_leaves_the_old_rows(
    postgres_url: str, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are replaced in one transaction."""
    with open_store(postgres_url, key) as store:
        saved(store, tmp_path / "copy")
        store.acquire("sync", TTL, MONDAY)
        store.settle(Settlement(links=(newcomer(500),)), MONDAY)
        store.release()
    before = content(postgres_url)
    monkeypatch.setattr("connector.state.backup._set_sequences", lambda _connection: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore(postgres_url, key, tmp_path / "copy", tmp_path, None, MONDAY)
    assert content(postgres_url) == before
