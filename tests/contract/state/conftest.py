"""The same tests for both databases: SQLite in a folder of the test, PostgreSQL in a throw-away database."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from state_samples import MONDAY, TTL

from connector.state.key import Key
from connector.state.migrate import MIGRATIONS
from connector.state.store import Store, open_store

Opener = Callable[[], Store]


@pytest.fixture
def lite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    name = "lite_url" if request.param == "sqlite" else "postgres_url"
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    Key.create(path)
    return path


@pytest.fixture
def key(key_path: Path) -> Key:
    return Key.load(key_path)


@pytest.fixture
def opened(url: str, key: Key) -> Iterator[Opener]:
    """Opens the state, as another process would, any number of times."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_store(url, key))


@pytest.fixture
def store(opened: Opener) -> Store:
    """The state, with the lease taken on Monday at nine."""
    store = opened()
    store.acquire("sync", TTL, MONDAY)
    return store


class Victim:
    """Another process at work on the state; ``next_line`` waits until it says something."""

    def __init__(self, *arguments: str) -> None:
        script = str(Path(__file__).with_name("state_victim.py"))
        path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        command = [sys.executable, script, *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=path
        )

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def wake(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


Starter = Callable[..., Victim]


@pytest.fixture
def victim(url: str, key_path: Path) -> Iterator[Starter]:
    """Starts another process on the same state: ``victim("announce")``."""
    with ExitStack() as stack:

        def start(job: str, *arguments: str) -> Victim:
            started = Victim(job, url, str(key_path), *arguments)
            stack.callback(started.end)
            return started

        yield start


WithMigration = Callable[[str, str], Path]


@pytest.fixture
def with_migration(tmp_path: Path) -> WithMigration:
    """The shipped migrations and one more, as a later version would bring it."""

    def write(revision: str, text: str) -> Path:
        folder = tmp_path / f"migrations-{revision}"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / f"rev_{revision}_later.py").write_text(text)
        return folder

    return write
