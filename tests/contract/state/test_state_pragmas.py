"""How the SQLite file is kept, read back from the store's own connections rather than from its settings.

Source: sqlite.org, "Pragma statements".
"""

import pytest
from sqlalchemy.engine import Connection
from state_samples import MONDAY, TTL, newcomer

from connector.state.key import Key
from connector.state.rows import Settlement
from connector.state.store import Store, open_store

WANTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
"""A settled batch survives a power cut, readers do not wait for the writer, what is dropped leaves no
orphans, and what has expired is overwritten."""


def kept(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"pragma {name}").scalar() for name in WANTED}


def test_every_connection_of_the_state_is_set_up_alike(lite_url: str, key: Key) -> None:
    with open_store(lite_url, key) as store:
        store.acquire("sync", TTL, MONDAY)
        with store._db.read() as reading, store._db.engine.connect() as another:
            assert reading.connection.dbapi_connection is not another.connection.dbapi_connection
            assert kept(reading) == kept(another) == WANTED
        with store._db.write(fenced=True) as writing:
            assert kept(writing) == WANTED
        store.settle(Settlement(links=(newcomer(1),)), MONDAY)
        with store._db.read() as after:
            assert kept(after) == WANTED


@pytest.mark.parametrize("times", [1, 2])
def test_a_state_that_is_opened_again_is_kept_the_same_way(lite_url: str, key: Key, times: int) -> None:
    """Only the journal mode stands in the file; all else has to be said each time."""
    for _ in range(times):
        open_store(lite_url, key).close()
    with open_store(lite_url, key) as store:
        assert in_use(store) == WANTED


def in_use(store: Store) -> dict[str, object]:
    with store._db.read() as connection:
        return kept(connection)
