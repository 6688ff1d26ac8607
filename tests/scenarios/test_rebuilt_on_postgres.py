"""A state in PostgreSQL is lost, or an older one is put back: the same stories as with a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import test_rebuilt_state as stories
from setting import Firm, firm


@pytest.fixture
def acme(tmp_path: Path, postgres_url: str) -> Iterator[Firm]:
    with firm(tmp_path, state=postgres_url) as made:
        yield made


def test_after_the_database_was_emptied_a_rebuild_writes_to_neither_crm(acme: Firm) -> None:
    stories.test_a_rebuild_writes_to_neither_crm_and_neither_does_the_sync_after_it(acme)


def test_from_an_old_backup_of_it_no_old_value_wins(acme: Firm) -> None:
    stories.test_from_no_backup_of_any_age_does_an_old_value_win(acme, age=2)
