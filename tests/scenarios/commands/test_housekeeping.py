"""Tidying up: what has outlived its time goes, what is in use stays."""

from datetime import UTC, datetime, timedelta

from desk import Desk

from connector.model import Ref, Side
from connector.state.rows import Role, Secret
from connector.state.spool import Spool
from jobs.housekeeping import housekeeping


def test_expired_values_and_work_files_of_dead_runs_go(desk: Desk) -> None:
    desk.set_up()
    now = datetime.now(UTC)
    ref = Ref(Side.HUBSPOT, "contacts", "1")
    kept = [
        Secret(1, now, "a" * 32, ref, field, Role.BEFORE, "x", now + timedelta(days=days))
        for field, days in (("old", -1), ("young", 1))
    ]
    with desk.store() as store:
        store.acquire("test", 60, now)
        store.begin(1, (), kept)
    leftover = desk.folder / ".state" / "spool-1-dead.tmp"
    leftover.write_bytes(b"x")
    with Spool(desk.folder / ".state") as at_work:
        leftover.write_bytes(b"x")
        assert housekeeping(desk.config)
        assert not leftover.exists()
        assert at_work.path.exists()
    with desk.store() as store:
        assert [secret.field for secret in store.secrets_of("a" * 32)] == ["young"]


def test_trouble_is_no_crash(desk: Desk) -> None:
    (desk.folder / "smarketing.key").unlink()
    assert not housekeeping(desk.config)
