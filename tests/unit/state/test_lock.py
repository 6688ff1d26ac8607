"""Locks: held by the living, free after death, and never on a file system that cannot be trusted with
them."""

from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.state.lock import FileLock, refuse_network_file

MOUNTS = """\
21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
33 21 0:30 / /mnt/team\\040share rw - nfs4 server:/export rw
34 33 254:1 / /mnt/team\\040share/local rw shared:1 - xfs /dev/vdb rw
35 21 0:31 / /tmp rw - tmpfs tmpfs rw
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.take()
    assert one.take(), "taking it again is fine"
    assert not other.take()
    one.free()
    assert other.take()
    other.free()
    other.free()


def test_the_lock_file_is_private_and_stays(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.take()
    lock.free()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/mnt/team share/state.db", True),
        ("/mnt/team share/deep/er/state.db", True),
        ("/mnt/team share/local/state.db", False),
        ("/mnt/team shared/state.db", False),
        ("/var/lib/smarketing/state.db", False),
        ("/tmp/state.db", False),
    ],
)
def test_a_network_file_system_is_refused(tmp_path: Path, path: str, refused: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    if refused:
        with pytest.raises(ConfigError, match=r"network file system \(nfs4\)") as error:
            refuse_network_file(Path(path), mounts)
        assert "PostgreSQL" in error.value.fix
    else:
        refuse_network_file(Path(path), mounts)


def test_a_system_that_does_not_tell_is_trusted(tmp_path: Path) -> None:
    refuse_network_file(tmp_path / "state.db", tmp_path / "no such file")
