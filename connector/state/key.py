"""The installation's key: keyed hashes for comparing values without keeping them, encryption for the few that
are kept.

What enters: a key file of mode 0600, raw values. What leaves: digests and ciphertext. It never logs or shows
the key, and a hash made with one key says nothing under another.
"""

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.errors import ConfigError, Stop
from connector.model import Raw

KEY_BYTES = 32
VALUE_BYTES = 8
ROW_BYTES = 16
NONCE_BYTES = 12


class Key:
    """One installation's key. Losing it makes every stored base useless, so it is backed up apart from the
    state."""

    __slots__ = ("_cipher", "_master", "_rows", "_values")

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(master)}")
        self._master = master
        # A prepared state is copied for each hash: the key block is worked in once, not once per value.
        self._values = hashlib.blake2b(key=self.derive("value"), digest_size=VALUE_BYTES)
        self._rows = hashlib.blake2b(key=self.derive("row"), digest_size=ROW_BYTES)
        self._cipher = AESGCM(self.derive("ledger"))

    def __repr__(self) -> str:
        return "Key(***)"

    @classmethod
    def create(cls, path: Path) -> "Key":
        """Write a new random key to ``path`` (mode 0600) and return it. ConfigError if something is there
        already."""
        master = secrets.token_bytes(KEY_BYTES)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            raise ConfigError(f"{path} exists already; a key is never overwritten") from None
        except OSError as exc:
            raise ConfigError(f"the key file {path} cannot be written: {exc.strerror}") from None
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(master.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(master)

    @classmethod
    def load(cls, path: Path) -> "Key":
        """Read the key from ``path``. ConfigError if it is missing, malformed, or readable by anybody
        else."""
        try:
            text = _read_private(path).decode("ascii")
            return cls(bytes.fromhex(text))
        except ValueError:
            raise ConfigError(
                f"{path} is not a key file: it must hold {KEY_BYTES * 2} hex digits",
                fix="restore it from your backup",
            ) from None

    def derive(self, purpose: str) -> bytes:
        """A 32-byte subkey for one purpose; subkeys tell nothing about each other."""
        return hashlib.blake2b(
            b"smarketing " + purpose.encode(), key=self._master, digest_size=KEY_BYTES
        ).digest()

    def hash(self, raw: Raw, *context: str) -> bytes:
        """Keyed hash (8 bytes) of one raw value under a context (kind, field, side). Normalizes nothing:
        ``"1"``, ``1``, ``1.0``, ``True``, ``None`` and ``("1",)`` are all different. Numbers are finite, as
        in JSON."""
        state = self._values.copy()
        state.update(_canonical((context, raw)))
        return state.digest()

    def hash_row(self, values: Mapping[str, Raw]) -> bytes:
        """Keyed hash (16 bytes) of a whole row, independent of the order of its fields."""
        state = self._rows.copy()
        state.update(_canonical(values))
        return state.digest()

    def encrypt(self, plain: bytes, context: bytes = b"") -> bytes:
        """AES-256-GCM with a random nonce in front. ``context`` is not stored but needed, unchanged, to
        decrypt."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def decrypt(self, sealed: bytes, context: bytes = b"") -> bytes:
        """Undo ``encrypt``. Stop(reason="state") if the bytes were altered or sealed with another key or
        context."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise Stop(
                "an encrypted value in the state does not open: it was altered, or the key is another one",
                fix="restore the key file that belongs to this state",
                reason="state",
            ) from None


def _canonical(value: Any) -> bytes:
    """JSON with sorted keys: it keeps types apart and is the same for the same value, whatever the order of
    the fields."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # lone surrogates and integers above 64 bits, which orjson refuses
        return b"\x00" + json.dumps(value, sort_keys=True).encode("ascii")


def _read_private(path: Path) -> bytes:
    """The bytes of a file that nobody else can read or replace; ConfigError says what is wrong and how to
    mend it."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
            problem, fix = _exposure(path, os.fstat(file.fileno()))
            content = file.read(4096)
    except FileNotFoundError:
        raise ConfigError(
            f"the key file {path} is missing",
            fix="restore it from your backup, or run `smarketing init` for a new installation",
        ) from None
    except OSError as exc:
        raise ConfigError(f"the key file {path} cannot be read: {_symlink(path) or exc.strerror}") from None
    if problem:
        raise ConfigError(f"the key file {path} {problem}", fix=fix)
    return content


def _symlink(path: Path) -> str:
    return "it is a symbolic link" if path.is_symlink() else ""


def _exposure(path: Path, info: os.stat_result) -> tuple[str, str]:
    """What makes the file unfit for a secret, and the fix; two blanks if nothing does."""
    if not stat.S_ISREG(info.st_mode):
        return "is not a regular file", "name the file itself in the configuration"
    if info.st_uid != os.geteuid():
        return "belongs to another user", f"chown it to user id {os.geteuid()}"
    if info.st_mode & 0o077:
        return f"can be read by others (mode {stat.S_IMODE(info.st_mode):04o})", f"chmod 600 {path}"
    folder = path.absolute().parent
    mode = folder.stat().st_mode
    # With the sticky bit (as on /tmp) others may add files but not replace this one.
    if mode & 0o022 and not mode & stat.S_ISVTX:
        return "stands in a folder that others can write to", f"chmod go-w {folder}"
    return "", ""
