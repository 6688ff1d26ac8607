"""Upgrades and downgrades of the program: an older state is migrated after a backup, a newer one is
refused."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import Opener, WithMigration
from state_samples import MONDAY, TTL, link_id, person

from connector.errors import Stop
from connector.state.database import Database
from connector.state.key import Key
from connector.state.migrate import HEAD, MIGRATIONS
from connector.state.rows import Settlement
from connector.state.store import open_store
from connector.state.tables import metadata

NICKNAMES = f"""
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "9999", "{HEAD}", None, None
def upgrade():
    op.create_table("nicknames", sa.Column("link", sa.Text, primary_key=True))
    op.execute("insert into nicknames select id from links")
"""

BROKEN = f"""
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "{HEAD}", None, None
def upgrade():
    op.execute("delete from links")
    op.execute("update no_such_table set x = 1")
"""


@pytest.fixture
def older(opened: Opener) -> None:
    """A state that this version left behind, with one person in it."""
    with opened() as store:
        store.acquire("sync", TTL, MONDAY)
        store.settle(Settlement(links=(person(1),)), MONDAY)


def backups(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.glob(f"state.db.before-migration-{HEAD}-*"))


def test_the_schema_that_the_migrations_make_is_the_one_the_program_uses(opened: Opener, url: str) -> None:
    opened()
    with closing(Database(url)) as database, database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_program_expects() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


@pytest.mark.usefixtures("older")
def test_an_older_state_is_migrated_with_all_it_holds(
    url: str, key: Key, with_migration: WithMigration, tmp_path: Path
) -> None:
    with open_store(url, key, migrations=with_migration("9999", NICKNAMES)) as store:
        assert store.links_by_id([link_id(1)]) == {link_id(1): person(1)}
        with closing(Database(url)) as database, database.read() as connection:
            assert connection.exec_driver_sql("select link from nicknames").scalars().all() == [link_id(1)]
    if url.startswith("sqlite"):
        (backup,) = backups(tmp_path)
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        with open_store(f"sqlite:///{backup}", key) as before:
            assert before.links_by_id([link_id(1)]) == {link_id(1): person(1)}


@pytest.mark.usefixtures("older")
def test_a_state_of_a_newer_version_is_refused_untouched(
    url: str, key: Key, with_migration: WithMigration
) -> None:
    open_store(url, key, migrations=with_migration("9999", NICKNAMES)).close()
    with pytest.raises(Stop, match="was written by a newer version of smarketing") as stopped:
        open_store(url, key)
    assert f"(its schema is 9999, this program knows {HEAD})" in stopped.value.message
    assert stopped.value.fix == (
        "install that version again, or restore the backup made before it was installed"
    )
    assert (stopped.value.reason, stopped.value.exit_code) == ("state", 3)


@pytest.mark.usefixtures("older")
def test_a_migration_that_fails_leaves_the_state_as_it_was(
    opened: Opener, url: str, key: Key, with_migration: WithMigration
) -> None:
    with pytest.raises(Stop, match="could not be migrated and was left as it was") as stopped:
        open_store(url, key, migrations=with_migration("9999", BROKEN))
    assert "install the previous version again" in stopped.value.fix
    assert opened().links_by_id([link_id(1)]) == {link_id(1): person(1)}


def test_opening_an_up_to_date_state_makes_no_backup(opened: Opener, tmp_path: Path) -> None:
    opened().close()
    opened()
    assert backups(tmp_path) == []


def test_a_database_of_something_else_is_not_taken_over(lite_url: str, key: Key, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as other:
        other.execute("create table invoices (id)")
    with pytest.raises(Stop, match="not a state of smarketing"):
        open_store(lite_url, key)


def test_two_states_live_in_one_postgres_database(postgres_url: str, postgres: str, key: Key) -> None:
    """One connection each per schema: neither sees the other's links, nor its lease."""
    with open_store(postgres_url, key) as one, open_store(postgres, key) as two:
        one.acquire("sync", TTL, MONDAY)
        two.acquire("sync", TTL, MONDAY)
        one.settle(Settlement(links=(person(1),)), MONDAY)
        assert two.count_links() == {}
