"""Secrets: where they may be, and that they never show."""

import copy
import os
import pickle
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from connector.errors import ConfigError
from connector.secret import Secret, SecretRef, parse_reference

CANARY = "canary-7f3a"


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]!r}", "%s" % secret]  # noqa: UP031
    assert CANARY not in "".join(shown)


def test_a_secret_is_not_stored() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        copy.copy(Secret(CANARY))


def test_from_the_environment() -> None:
    ref = parse_reference("env:TOKEN", Path("/x"))
    assert ref.read({"TOKEN": f" {CANARY}\n"}).reveal() == CANARY
    with pytest.raises(ConfigError, match="TOKEN is not set"):
        ref.read({})
    with pytest.raises(ConfigError, match="is empty"):
        ref.read({"TOKEN": " "})


def private(tmp_path: Path, mode: int = 0o600) -> Path:
    tmp_path.chmod(0o700)
    path = tmp_path / "token"
    path.write_text(CANARY + "\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_from_a_file_that_only_its_owner_can_read(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path, mode)
    assert parse_reference("file:token", tmp_path).read({}).reveal() == CANARY
    assert parse_reference(f"file:{path}", Path("/elsewhere")).read({}).reveal() == CANARY


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o666, 0o700, 0o777])
def test_a_file_with_any_other_mode_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path, mode)
    with pytest.raises(ConfigError, match="others could read or change") as caught:
        SecretRef("file", str(path)).read({})
    assert caught.value.fix == f"Run: chmod 600 {path}"


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(ConfigError, match="not a plain file"):
        SecretRef("file", str(link)).read({})


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigError, match="others may write to the folder"):
        SecretRef("file", str(path)).read({})


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path)
    os.chown(path, 4711, -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        SecretRef("file", str(path)).read({})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file"):
        SecretRef("file", str(tmp_path / "none")).read({})


class OneEntry(KeyringBackend):
    """A keyring that holds one password."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return CANARY if (service, username) == ("smarketing", "hubspot") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


def test_from_the_keyring() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(OneEntry())
    try:
        assert parse_reference("keyring:smarketing/hubspot", Path("/x")).read({}).reveal() == CANARY
        with pytest.raises(ConfigError) as caught:
            parse_reference("keyring:smarketing/other", Path("/x")).read({})
    finally:
        keyring.set_keyring(before)
    assert caught.value.fix == "Store it with: keyring set smarketing other"


@pytest.mark.parametrize("text", [CANARY, "env:", "vault:x", "keyring:service", "keyring:/name", "file:"])
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse_reference(text, Path("/x"))
    assert CANARY not in str(caught.value)
