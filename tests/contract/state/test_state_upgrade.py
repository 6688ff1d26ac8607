"""A new version starts with the state of the first one: a kill at any step of the migration costs nothing."""

import os
import secrets
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from state_samples import MONDAY, link_id

from connector.state.database import Database
from connector.state.key import Key
from connector.state.migrate import MIGRATIONS, prepare
from connector.state.store import open_store
from connector.state.tables import metadata

HELD = (
    "insert into held (link, code, side, type, record_id, field, message, at) "
    "values ('{}', 'too_long', 'hubspot', 'contacts', '1', 'title', 'too long', 0)"
)
FILES = ("open", "os.link", "os.remove", "os.chmod", "os.rename", "sqlite3.connect")
"""What Python tells of work on files."""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The migrations of the first version: the one that makes the state."""
    folder = tmp_path / "first"
    later = [file.name for file in (MIGRATIONS / "versions").glob("rev_*.py") if "0001" not in file.name]
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__", *later))
    return folder


@pytest.fixture
def old_state(first: Path, key: Key, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes states of the first version, with a run and something held in them: their URLs."""

    def of(database: str) -> str:
        name = secrets.token_hex(4)
        if database == "sqlite":
            (tmp_path / name).mkdir()
            url = f"sqlite:///{tmp_path}/{name}/state.db"
        else:
            server: str = request.getfixturevalue("postgres")
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(f"create schema t_{name}")
            options = {"options": f"-csearch_path=t_{name}"}
            url = sa.make_url(server).update_query_dict(options).render_as_string(hide_password=False)
        with open_store(url, key, migrations=first) as store:
            store.start_run("sync", MONDAY, "digest")
        with closing(Database(url)) as opened, opened.write() as connection:
            connection.exec_driver_sql(HELD.format(link_id(1)))
        return url

    return of


def killed_at(step: int, url: str) -> bool:
    """Another process begins to migrate, and is killed at a step: a statement, or work on a file. Whether it
    came to that."""
    child = os.fork()
    if not child:
        steps = iter(range(1, step))

        def count(*_: object) -> None:
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        def on_file(event: str, arguments: tuple[object, ...]) -> None:
            if event in FILES and "state.db" in str(arguments[0]):
                count()

        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        sa.event.listen(sa.Engine, "commit", count)
        sys.addaudithook(on_file)
        prepare(url).close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def assert_whole(url: str, key: Key) -> None:
    """The state opens, has the newest schema, and holds what it held."""
    with open_store(url, key) as store:
        (row,) = store.last_runs(5)
        (held,) = store.held_items()
        assert (row.kind, held.link, held.refusal) == ("sync", link_id(1), "")
    with closing(Database(url)) as database, database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def assert_backups_whole(folder: Path) -> None:
    for backup in folder.glob("state.db.before-migration-*"):
        with closing(sqlite3.connect(backup)) as plain:
            assert plain.execute("pragma quick_check").fetchall() == [("ok",)]
            assert plain.execute("select count(*) from held").fetchall() == [(1,)], backup.name


@pytest.mark.parametrize(("database", "every"), [("sqlite", 1), ("postgres", 5)])
def test_a_kill_at_any_step_of_the_migrations_costs_nothing(
    old_state: Callable[[str], str], key: Key, tmp_path: Path, database: str, every: int
) -> None:
    """And every backup that stands beside the state is whole."""
    step, url = 1, old_state(database)
    while killed_at(step, url):
        assert_whole(url, key)
        step, url = step + every, old_state(database)
    assert step > 15
    assert_whole(url, key)
    for folder in tmp_path.iterdir():
        assert_backups_whole(folder)
