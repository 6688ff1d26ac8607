"""How the text of one config key is read: small parsers, each raising ValueError with the fix.

Enters: a TOML value and the config file's folder. Leaves: a typed value. Never: I/O, and never a secret in
a message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.secret import SecretRef, parse_reference

Parse = Callable[[Any, Path], Any]
REQUIRED: Any = object()

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Option:
    """How one key is read, and what it is when it isn't given."""

    parse: Parse
    default: Any = REQUIRED

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


def text(value: Any, _folder: Path) -> str:
    """A text that isn't blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError('must be a text in quotes, for example "…"')
    return value.strip()


def path(value: Any, folder: Path) -> Path:
    """A path; a relative one starts at the config file's folder."""
    return folder / Path(text(value, folder)).expanduser()


def secret(value: Any, folder: Path) -> SecretRef:
    """A reference to a secret."""
    return parse_reference(text(value, folder), folder)


def url(value: Any, folder: Path) -> str:
    """https://…, or http:// on this machine only (the simulated CRMs). Without a trailing slash."""
    found = text(value, folder).rstrip("/")
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://api.hubapi.com")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be an address only, without user, password or query")
    if parts.scheme == "http" and not is_loopback(found):
        raise ValueError("must start with https:// (http is for this machine only)")
    return found


def is_loopback(address: str) -> bool:
    """Whether an address points at this machine."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def state_url(value: Any, folder: Path) -> str | SecretRef:
    """A reference, or a SQLAlchemy URL without a password."""
    found = text(value, folder)
    if found.partition(":")[0] in ("env", "file", "keyring"):
        return parse_reference(found, folder)
    if not found.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://, or be env:NAME")
    if urlsplit(found).password:
        raise ValueError("holds a password: put the whole URL into a variable and write env:NAME")
    if found.startswith("sqlite:///"):
        return "sqlite:///" + str(folder / found.removeprefix("sqlite:///"))
    return found


def duration(value: Any, _folder: Path) -> float:
    """``90s``, ``15m``, ``2h``, ``1d``, also ``1h 30m`` -> seconds."""
    found = value.strip() if isinstance(value, str) else ""
    parts = _DURATION.findall(found)
    if not parts or _DURATION.sub("", found).strip():
        raise ValueError('must be a duration such as "30s", "15m", "2h" or "1d"')
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def interval(value: Any, folder: Path) -> float:
    """A duration of at least a second."""
    found = duration(value, folder)
    if found < 1:
        raise ValueError("must be a second or more")
    return found


def count(value: Any, _folder: Path) -> int:
    """A whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number, 0 or more")
    return value


def zone(value: Any, folder: Path) -> str:
    """An IANA time zone."""
    name = text(value, folder)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be a time zone such as Europe/Amsterdam") from None
    return name


def cron(value: Any, folder: Path) -> str:
    """Five cron fields."""
    expression = text(value, folder)
    if any(letter.isdigit() for letter in expression.split()[-1]):
        raise ValueError("writes weekdays as numbers, which schedulers count differently; write mon-fri")
    from apscheduler.triggers.cron import CronTrigger  # only a file that has such a value waits for it

    try:
        CronTrigger.from_crontab(expression, timezone="UTC")
    except ValueError as error:
        raise ValueError(f'must be five cron fields such as "*/15 7-19 * * mon-fri" ({error})') from None
    return expression


def country(value: Any, folder: Path) -> str:
    """An ISO 3166 two-letter code."""
    code = text(value, folder).upper()
    import pycountry

    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError('must be a two-letter country code such as "NL", "BE" or "DK"')
    return code


def salesforce_version(value: Any, folder: Path) -> str:
    """A Salesforce REST API version: ``64.0``."""
    found = text(value, folder).lower().removeprefix("v")
    if not re.fullmatch(r"\d{2,3}\.0", found):
        raise ValueError('must be a Salesforce API version such as "64.0"')
    return found


def hubspot_version(value: Any, folder: Path) -> str:
    """A date-based version of HubSpot's API, or ``v3``."""
    found = text(value, folder).lower()
    if not re.fullmatch(r"20\d\d-\d\d|v3", found):
        raise ValueError('must be a version of HubSpot\'s API such as "2026-03"')
    return found


def one_of(*allowed: str) -> Parse:
    """One of the given words."""

    def parse(value: Any, folder: Path) -> str:
        word = text(value, folder).lower()
        if word not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return word

    return parse
