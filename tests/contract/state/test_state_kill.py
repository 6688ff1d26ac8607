"""kill -9, and runs that sleep too long: what was settled stays, what was announced is known, and the next
run may start."""

from pathlib import Path

import pytest
from conftest import Opener, Starter
from state_samples import TTL, intent, later, link_id
from state_victim import BATCH

from connector.model import LinkState
from connector.state.lease import Busy
from connector.state.spool import Spool


def test_a_run_killed_between_writing_and_settling_leaves_its_announcements(
    victim: Starter, opened: Opener
) -> None:
    """The next run finds which records to read in the CRM, knows what it meant to write, and may start at
    once."""
    killed = victim("announce")
    assert killed.next_line() == "announced"
    killed.kill()
    heir = opened()
    assert [(each.id, each.columns, each.before, each.after) for each in heir.open_intents()] == [
        (each.id, each.columns, each.before, each.after) for each in (intent(1), intent(2))
    ]
    assert sum(heir.count_links().values()) == 3
    assert heir.acquire("sync", TTL, later(seconds=1)) == 2, "long before the dead run's lease has run out"


def test_a_living_run_is_not_robbed(victim: Starter, opened: Opener) -> None:
    alive = victim("announce")
    assert alive.next_line() == "announced"
    with pytest.raises(Busy, match=f"process {alive.process.pid} on"):
        opened().acquire("sync", TTL, later(seconds=1))


def test_a_paused_process_that_resumes_after_its_lease_stores_nothing(
    victim: Starter, opened: Opener
) -> None:
    paused = victim("wake_up_late")
    assert paused.next_line() == "asleep"
    successor = opened()
    successor.acquire("sync", TTL, later(seconds=TTL))
    paused.wake()
    assert paused.next_line() == "Stop fenced"
    assert successor.count_links() == {}


@pytest.mark.parametrize("batches", [1, 2, 3, 5, 8])
def test_a_run_killed_at_any_moment_has_settled_whole_batches(
    victim: Starter, opened: Opener, batches: int
) -> None:
    """Links, audit, held rows and counts of a batch are there together or not at all."""
    killed = victim("keep_settling")
    for number in range(batches):
        assert killed.next_line() == f"settled {number}"
    killed.kill()
    heir = opened()
    ((_, state), links), *others = heir.count_links().items()
    assert (state, others) == (LinkState.SINGLE, [])
    assert links >= batches * BATCH, "what was reported as settled is there"
    assert links % BATCH == 0
    assert heir.count_held() == {"too_long": links}
    assert heir.counts_since(later(days=-1)) == {"create": links}
    assert heir.verify_audit() == []
    assert len(heir.audit_of_run(1)) == links
    assert len(heir.audit_of(link_id(links - 1))) == 1


def test_the_working_file_of_a_killed_run_is_removed_by_the_next(victim: Starter, tmp_path: Path) -> None:
    """And one that is in use is left alone."""
    folder = tmp_path / "work"
    folder.mkdir()
    killed, alive = victim("read_into_spool", str(folder)), victim("read_into_spool", str(folder))
    left, used = killed.next_line(), alive.next_line()
    killed.kill()
    assert b"canary" not in (folder / left).read_bytes()
    with Spool(folder) as mine:
        assert {path.name for path in folder.iterdir()} == {used, mine.path.name}
