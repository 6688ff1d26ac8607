"""Alerts by mail: SMTP, always over TLS.

Enters: news in words. Leaves: one mail. Never: a password over a line that is not encrypted; a server
whose certificate does not verify; a value of anybody's record.
"""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from connector.alerts.book import News
from connector.alerts.channel import TIMEOUT_S, NotSent, context
from connector.alerts.config import MailSettings

OURSELVES = "[127.0.0.1]"
"""How we greet: an address literal (RFC 5321, section 4.1.3), so that no name of this machine is asked for
or told."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mailbox to tell."""

    settings: MailSettings
    name: str = "mail"

    def send(self, news: News, subject: str, text: str) -> None:  # noqa: ARG002
        """One mail to all addresses. Raises NotSent, or ConfigError for a missing password."""
        password = self.settings.password.read(os.environ) if self.settings.password else None
        try:
            with self._server() as server:
                if self.settings.user and password:
                    server.login(self.settings.user, password.reveal())
                server.send_message(self._message(subject, text))
        except ssl.SSLError as error:
            raise NotSent(f"{self._where} is not trusted: {_reason(error)}", fix=TRUST) from None
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{self._where} answered {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"{self._where}: {type(error).__name__}") from None

    @property
    def _where(self) -> str:
        return f"mail server {self.settings.host}:{self.settings.port}"

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        own, safe = self.settings, context(self.settings.ca_file)
        if own.security == "tls":
            with smtplib.SMTP_SSL(own.host, own.port, OURSELVES, timeout=TIMEOUT_S, context=safe) as server:
                yield server
            return
        with smtplib.SMTP(own.host, own.port, OURSELVES, timeout=TIMEOUT_S) as server:
            server.starttls(context=safe)  # raises where the server offers none: nothing is sent then
            yield server

    def _message(self, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = subject
        message["From"] = self.settings.sender
        message["To"] = ", ".join(self.settings.to)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self.settings.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


TRUST = "Check the host name; name the authority of its certificate as ca_file."


def _reason(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or str(error.reason or type(error).__name__)
