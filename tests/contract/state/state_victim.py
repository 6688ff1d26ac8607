"""Another process that uses the state, to be killed or starved: ``python state_victim.py JOB URL KEY_FILE
[ARGUMENT]``.

It prints one line per step, so that a test knows where it is without waiting for time to pass.
"""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

from state_samples import MONDAY, TTL, hub, intent, newcomer, person, too_long, written

from connector.errors import SmarketingError
from connector.model import Kind, Record, Side
from connector.state.key import Key
from connector.state.rows import Settlement
from connector.state.spool import Spool
from connector.state.store import Store, open_store

BATCH = 50


def say(word: str) -> None:
    print(word, flush=True)


def announce(store: Store, _argument: str) -> None:
    """Dies, if it is killed now, between announcing its writes and settling them."""
    store.acquire("sync", TTL, MONDAY)
    run = store.start_run("sync", MONDAY, "digest")
    store.settle(Settlement(run=run, links=tuple(person(number) for number in range(1, 4))), MONDAY)
    store.begin(run, [intent(1), intent(2)])
    say("announced")
    sys.stdin.readline()


def keep_settling(store: Store, _argument: str) -> None:
    """Settles one batch after the other; each has as many links, audit rows and held rows."""
    store.acquire("sync", TTL, MONDAY)
    for batch in range(10_000):
        numbers = range(batch * BATCH, (batch + 1) * BATCH)
        links = tuple(newcomer(number) for number in numbers)
        audit = tuple(written(number) for number in numbers)
        held = tuple(too_long(number) for number in numbers)
        store.settle(Settlement(run=1, links=links, audit=audit, held=held, counts={"create": BATCH}), MONDAY)
        say(f"settled {batch}")


def wake_up_late(store: Store, _argument: str) -> None:
    """Holds the lease, sleeps until it is told, and then tries to store what it did."""
    store.acquire("sync", TTL, MONDAY)
    say("asleep")
    sys.stdin.readline()
    settle(store, Settlement(links=(newcomer(1),)))


def fill(store: Store, argument: str) -> None:
    """The disk has room for ``argument`` more bytes; after that, it has room again."""
    store.acquire("sync", TTL, MONDAY)
    store.settle(Settlement(links=(newcomer(0),)), MONDAY)
    assert store.path is not None
    log = store.path.with_name(store.path.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + int(argument), hard))
    settle(store, Settlement(links=tuple(person(number) for number in range(1, 1001))))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    say(f"links {sum(store.count_links().values())}")
    settle(store, Settlement(links=(newcomer(2000),)))


def settle(store: Store, settlement: Settlement) -> None:
    try:
        store.settle(settlement, MONDAY)
    except SmarketingError as error:
        say(f"{type(error).__name__} {getattr(error, 'reason', '')}")
    else:
        say("stored")


def read_into_spool(store: Store, argument: str) -> None:
    spool = Spool(Path(argument))
    spool.put_records([Record(hub(1), {"email": "canary@example.org"}, MONDAY)], Kind.CONTACT)
    assert list(spool.refs(Kind.CONTACT, Side.HUBSPOT)) == [hub(1)]
    say(spool.path.name)
    sys.stdin.readline()
    store.close()


def fill_spool(_store: Store, argument: str) -> None:
    """Reads more than the disk can take."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Spool(Path(argument)) as spool:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            spool.put_records(Record(hub(number), {"note": "x" * 500}, MONDAY) for number in range(50_000))
        except SmarketingError as error:
            say(f"{type(error).__name__} {getattr(error, 'reason', '')}")
    say(f"left {len(list(Path(argument).iterdir()))}")


JOBS: dict[str, Callable[[Store, str], None]] = {
    job.__name__: job for job in (announce, keep_settling, wake_up_late, fill, read_into_spool, fill_spool)
}


if __name__ == "__main__":
    job, url, key_file, *rest = sys.argv[1:]
    with open_store(url, Key.load(Path(key_file))) as opened:
        JOBS[job](opened, rest[0] if rest else "")
