"""Secrets, by reference only: a config file says where a secret is, never what it is.

Enters: a reference (``env:NAME``, ``file:/path``, ``keyring:service/name``). Leaves: a ``Secret``, which
does not show itself. It never writes a secret anywhere and never puts one into an error message.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connector.errors import ConfigError

SANDBOX = "sandbox"
"""The one credential that may stand in a file: the simulated CRMs', which opens nothing."""

WAYS = ("env", "file", "keyring")


class Secret:
    """A text that shows as ``***``; only ``reveal`` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> str:
        raise TypeError("a secret is not stored")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is. ``way``: env, file, keyring or sandbox; ``name``: variable, absolute path or
    ``service/name``."""

    way: str
    name: str

    def __str__(self) -> str:
        return self.way if self.way == SANDBOX else f"{self.way}:{self.name}"

    def read(self, environ: Mapping[str, str]) -> Secret:
        """The secret. Raises ConfigError with the fix when it isn't there or isn't kept safely."""
        if self.way == SANDBOX:
            return Secret(SANDBOX)
        text = {"env": _from_env, "file": _from_file, "keyring": _from_keyring}[self.way](self.name, environ)
        if not text:
            raise ConfigError(f"{self} is empty", fix="Put the secret there, without quotes or spaces.")
        return Secret(text)


def parse_reference(text: str, folder: Path) -> SecretRef:
    """``env:NAME``, ``file:path`` (relative to ``folder``), ``keyring:service/name`` or ``sandbox``.

    Raises ValueError, which never repeats the text: it may be a secret that somebody pasted.
    """
    way, colon, name = text.partition(":")
    if text == SANDBOX:
        return SecretRef(SANDBOX, "")
    if not colon or way not in WAYS or not name:
        raise ValueError(
            "a secret never stands in this file; write env:NAME, file:/path or keyring:service/name"
        )
    if way == "file":
        name = str(folder / Path(name).expanduser())
    if way == "keyring" and not all(name.partition("/")):
        raise ValueError("write keyring:service/name")
    return SecretRef(way, name)


def _from_env(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise ConfigError(f"the environment variable {name} is not set", fix=f"Set {name} and run again.")
    return environ[name].strip()


def _from_keyring(name: str, _environ: Mapping[str, str]) -> str:
    import keyring  # slow to import, and few keep their secrets there
    from keyring.errors import KeyringError

    service, _, user = name.partition("/")
    fix = f"Store it with: keyring set {service} {user}"
    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:
        raise ConfigError(f"the system's keyring does not answer ({type(error).__name__})", fix=fix) from None
    if found is None:
        raise ConfigError(f"the keyring has no entry {name}", fix=fix)
    return found.strip()


def _from_file(name: str, _environ: Mapping[str, str]) -> str:
    path = Path(name)
    check_private(path)
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path} ({type(error).__name__})", fix="Check the file.") from None


def check_private(path: Path) -> None:
    """Refuses a secret file that others could read or exchange: a link, another owner, a mode other than
    0600 or 0400, or a folder that others may write to. Raises ConfigError."""
    try:
        found = path.lstat()
        parent = path.parent.stat()
    except OSError:
        raise ConfigError(
            f"there is no file {path}", fix="Create it with mode 0600, or correct the path."
        ) from None
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{path} is not a plain file", fix="Put the file itself there, not a link.")
    if found.st_uid != os.getuid():
        raise ConfigError(f"{path} belongs to another user", fix=f"Run: chown {os.getuid()} {path}")
    if stat.S_IMODE(found.st_mode) not in (0o600, 0o400):
        raise ConfigError(f"others could read or change {path}", fix=f"Run: chmod 600 {path}")
    if parent.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not parent.st_mode & stat.S_ISVTX:
        raise ConfigError(f"others may write to the folder of {path}", fix=f"Run: chmod go-w {path.parent}")
