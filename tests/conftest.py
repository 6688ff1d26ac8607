"""What every test needs: modules that tests share are found by their plain names; and a PostgreSQL.

That is where the environment's SMARKETING_TEST_POSTGRES says (a URL with the right to create databases), else
on this machine's port 5432. Without a server its tests are skipped, unless SMARKETING_REQUIRE_POSTGRES=1
forbids that.
"""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in ("properties", "scenarios", "scenarios/commands", "clients", "proof"):
    sys.path.insert(0, str(HERE / folder))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell makes what it puts into the background deaf to Ctrl-C, and so would be all commands under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)

DEFAULT_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database that is dropped at the end."""
    import psycopg  # most tests do without
    import sqlalchemy as sa

    url = sa.make_url(os.environ.get("SMARKETING_TEST_POSTGRES", DEFAULT_POSTGRES))
    server = url.set(drivername="postgresql")
    name = f"smarketing_test_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        plain = server.render_as_string(hide_password=False)
        admin = psycopg.connect(plain, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as exc:
        reason = f"no PostgreSQL answers at {server.render_as_string(hide_password=True)}: {exc}"
        if os.environ.get("SMARKETING_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with admin:
        admin.execute(f'create database "{name}"')
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            admin.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """A schema of its own for one test, so that several states live side by side in one database."""
    import psycopg
    import sqlalchemy as sa

    schema = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create schema {schema}")
    options = {"options": f"-csearch_path={schema}"}
    return sa.make_url(postgres).update_query_dict(options).render_as_string(hide_password=False)
