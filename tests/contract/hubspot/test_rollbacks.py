"""What an interrupted transaction leaves behind: nothing, also where the account keeps copies in memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from hubspot import HubSpot
from hubspot_imports import Importer, column, request
from hubspot_lists import branch, made, members, rule

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World


@contextmanager
def interrupted(store: HubSpotStore) -> Iterator[None]:
    """A transaction that never comes to its end."""
    try:
        with store.db.transaction():
            yield
            raise InterruptedError
    except InterruptedError:
        pass


def test_a_list_that_was_looked_at_in_it_is_looked_at_anew(
    client: HubSpot, store: HubSpotStore, people: list[str]
) -> None:
    ghent = branch(rule("city", "MULTISTRING", "IS_EQUAL_TO", values=["Gent"]))
    list_id = made(client, "Gent", "DYNAMIC", ghent)
    assert members(client, list_id) == people[:1]
    store.user_edit("contacts", people[1], {"city": "Gent"})
    with interrupted(store):
        assert len(store.lists.members(store.lists.get(list_id), store.now_ms())) == 2
    assert members(client, list_id) == people[:2]


def test_an_import_that_was_canceled_in_it_goes_on(
    client: HubSpot, store: HubSpotStore, world: World, tmp_path: Path
) -> None:
    importer = Importer(client, world, tmp_path)
    import_id = importer.send(request([column("Email")]), "Email\njan@beurs.nl\n")
    with interrupted(store):
        store.imports.cancel(import_id, store.now_ms())
    world.clock.advance(2)
    assert importer.state(import_id) == "DONE"


def test_what_another_thread_writes_meanwhile_stays(store: HubSpotStore) -> None:
    with ThreadPoolExecutor() as pool, interrupted(store):
        written = pool.submit(store.db.put, "wish", "colour", "red")
        assert wait([written], timeout=0.2).not_done, "it has to wait for the transaction's end"
    assert store.db.take("wish", "colour") == "red"
