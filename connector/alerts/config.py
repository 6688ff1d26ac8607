"""The ``[alerts]`` sections of config.toml -> settings.

Enters: values of these sections. Leaves: ``AlertSettings``; a channel that is not configured is None. Never:
I/O; a password or an address that is one is only a reference.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connector import options
from connector.options import Option
from connector.secret import SecretRef

_ADDRESS = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+")
PORTS = {"starttls": 587, "tls": 465}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """``security``: starttls or tls, never none; ``ca_file``: an authority to trust besides the system's."""

    host: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    user: str | None
    password: SecretRef | None
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """``url``: https, or where it is kept; ``token``: sent as bearer; ``allow_private``: the host may be in
    one's own network."""

    url: str | SecretRef
    token: SecretRef | None
    allow_private: bool
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """``review_age_s``: review items that are older are reported; ``patience_s``: how long a failure may last
    that mends itself."""

    review_age_s: float = 172_800.0
    patience_s: float = 1800.0
    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None


def address(value: Any, folder: Path) -> str:
    """One mail address."""
    found = options.text(value, folder)
    if not _ADDRESS.fullmatch(found):
        raise ValueError("must be a mail address such as ops@example.com")
    return found


def addresses(value: Any, folder: Path) -> tuple[str, ...]:
    """One address, or a list of them."""
    given = value if isinstance(value, list) else [value]
    if not given:
        raise ValueError("must name at least one mail address")
    return tuple(address(each, folder) for each in given)


def host(value: Any, folder: Path) -> str:
    """A host name."""
    found = options.text(value, folder)
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", found):
        raise ValueError("must be a host name such as smtp.example.com")
    return found


def port(value: Any, _folder: Path) -> int:
    """A port number."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65_536:
        raise ValueError("must be a port number such as 587")
    return value


def yes_or_no(value: Any, _folder: Path) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def webhook_url(value: Any, folder: Path) -> str | SecretRef:
    """https://…, or a reference, since such an address is often a secret itself."""
    found = options.text(value, folder)
    if found.partition(":")[0] in ("env", "file", "keyring"):
        return options.secret(found, folder)
    check_webhook_url(found)
    return found


def check_webhook_url(url: str) -> None:
    """Raises ValueError, without repeating the address, unless it is one that an alert may be sent to."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and parts.hostname and (parts.port or 443)
    except ValueError:
        good = None
    if not good or not url.isascii() or any(c.isspace() for c in url):
        raise ValueError("must be an address such as https://example.com/hook, or env:NAME")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("must be an address without user, password or fragment")


SECTIONS: Mapping[str, Mapping[str, Option]] = {
    "alerts": {
        "review_age": Option(options.interval, "2d"),
        "patience": Option(options.duration, "30m"),
    },
    "alerts.mail": {
        "host": Option(host, None),
        "port": Option(port, None),
        "security": Option(options.one_of(*PORTS), "starttls"),
        "from": Option(address, None),
        "to": Option(addresses, None),
        "user": Option(options.text, None),
        "password": Option(options.secret, None),
        "ca_file": Option(options.path, None),
    },
    "alerts.webhook": {
        "url": Option(webhook_url, None),
        "token": Option(options.secret, None),
        "allow_private": Option(yes_or_no, False),
        "ca_file": Option(options.path, None),
    },
}


def check(values: Mapping[str, Mapping[str, Any]], problem: Callable[[str, str, str], None]) -> None:
    """What concerns more than one key."""
    mail, hook = values["alerts.mail"], values["alerts.webhook"]
    if any(mail[key] for key in ("host", "from", "to", "user", "password")):
        for key in ("host", "from", "to"):
            if not mail[key]:
                problem("alerts.mail", key, "is missing")
    if bool(mail["user"]) != bool(mail["password"]):
        problem("alerts.mail", "user", "give both user and password, or neither")
    if hook["token"] and not hook["url"]:
        problem("alerts.webhook", "url", "is missing")


def read(values: Mapping[str, Mapping[str, Any]]) -> AlertSettings:
    """The settings, once they were checked."""
    own, mail, hook = values["alerts"], dict(values["alerts.mail"]), values["alerts.webhook"]
    post = None
    if mail["host"]:
        port = mail.pop("port") or PORTS[mail["security"]]
        post = MailSettings(sender=mail.pop("from"), port=port, **mail)
    return AlertSettings(
        review_age_s=own["review_age"],
        patience_s=own["patience"],
        mail=post,
        webhook=WebhookSettings(**hook) if hook["url"] else None,
    )
