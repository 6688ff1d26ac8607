"""What channels share: how a connection is made safe, and how it fails.

Enters: settings. Leaves: a TLS context that verifies. Never: a way to switch that off.
"""

import ssl
from pathlib import Path
from typing import Protocol

from connector.alerts.book import News
from connector.errors import ConfigError, SmarketingError

TIMEOUT_S = 15.0


class NotSent(SmarketingError):  # noqa: N818 - as in connector.errors
    """An alert could not be delivered; it is tried again after the next job."""

    exit_code = 1


class Channel(Protocol):
    """A way to tell people."""

    @property
    def name(self) -> str: ...

    def send(self, news: News, subject: str, text: str) -> None:
        """Deliver it. Raises NotSent or ConfigError."""
        ...


def context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer; the certificate and the name are checked. Raises ConfigError for an authority that
    cannot be read."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            made.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError):
            fix = "Name a file with certificates in PEM as ca_file."
            raise ConfigError(f"cannot read certificates from {ca_file}", fix=fix) from None
    return made
