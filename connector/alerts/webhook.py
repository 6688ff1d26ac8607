"""Alerts by webhook: one POST of JSON over https.

Enters: news. Leaves: one request. Never: a redirect that is followed, a server whose certificate does not
verify, an address in one's own network unless the config allows it. The name is resolved once and exactly
the addresses that were checked are connected to, so that a name cannot change its mind in between (OWASP,
Server-Side Request Forgery Prevention Cheat Sheet).
"""

import http.client
import os
import socket
import ssl
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import orjson

from connector.alerts.book import News
from connector.alerts.channel import TIMEOUT_S, NotSent, context
from connector.alerts.config import WebhookSettings, check_webhook_url
from connector.alerts.message import as_json
from connector.errors import ConfigError
from connector.secret import SecretRef

MOST = 65_536
"""Bytes of an answer that are read; nobody looks at them."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address to tell."""

    settings: WebhookSettings
    name: str = "webhook"

    def send(self, news: News, subject: str, text: str) -> None:
        """One POST. Raises NotSent unless the answer is a 2xx, or ConfigError for a missing secret."""
        parts = urlsplit(self._url())
        host = parts.hostname or ""
        body = as_json(news, subject, text)
        path = parts.path or "/"
        try:
            connection = Checked(host, parts.port or 443, self.settings)
            try:
                target = f"{path}?{parts.query}" if parts.query else path
                connection.request("POST", target, orjson.dumps(body), self._headers())
                answer = connection.getresponse()
                answer.read(MOST)
            finally:
                connection.close()
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or str(error.reason or type(error).__name__)
            raise NotSent(f"webhook {host} is not trusted: {reason}") from None
        except (http.client.HTTPException, OSError) as error:
            raise NotSent(f"webhook {host}: {type(error).__name__}") from None
        if not 200 <= answer.status < 300:
            more = ", and redirects are not followed" if 300 <= answer.status < 400 else ""
            raise NotSent(f"webhook {host} answered {answer.status}{more}")

    def _url(self) -> str:
        url = self.settings.url
        if not isinstance(url, SecretRef):
            return url
        found = url.read(os.environ).reveal()
        try:
            check_webhook_url(found)
        except ValueError:
            fix = "It must be an address such as https://example.com/hook."
            raise ConfigError(f"{url} holds no address for alerts.webhook.url", fix=fix) from None
        return found

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "smarketing"}
        if self.settings.token is not None:
            headers["Authorization"] = f"Bearer {self.settings.token.read(os.environ).reveal()}"
        return headers


class Checked(http.client.HTTPSConnection):
    """Connects to an address of its host only after all of them were found to be public."""

    def __init__(self, host: str, port: int, settings: WebhookSettings) -> None:
        self._safe = context(settings.ca_file)
        self._allow_private = settings.allow_private
        super().__init__(host, port, timeout=TIMEOUT_S, context=self._safe)

    def connect(self) -> None:
        """Raises NotSent for an address that is not public, else what sockets raise."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        private = [one for one in addresses if not is_public(one)]
        if private and not self._allow_private:
            fix = "Set alerts.webhook.allow_private = true if it is meant to be in your own network."
            raise NotSent(f"webhook {self.host} has an address that is not public", fix=fix)
        plain = _connected(addresses, self.port)
        self.sock = self._safe.wrap_socket(plain, server_hostname=self.host)


def _connected(addresses: list[str], port: int) -> socket.socket:
    """A connection to the first address that answers."""
    for number, address in enumerate(addresses, start=1):
        try:
            return socket.create_connection((address, port), timeout=TIMEOUT_S)
        except OSError:
            if number == len(addresses):
                raise
    raise OSError("the name has no address")


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's: not this machine, this network, a cloud's metadata, a group."""
    found = ip_address(address.partition("%")[0])
    if found.is_multicast or not found.is_global:
        return False
    return all(is_public(str(inner)) for inner in _inside(found))


def _inside(found: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, or NAT64 (RFC 6052)."""
    if isinstance(found, IPv4Address):
        return []
    inner = [found.ipv4_mapped, found.sixtofour]
    if found.packed[:12] == bytes.fromhex("0064ff9b") + bytes(8):
        inner.append(IPv4Address(found.packed[12:]))
    return [one for one in inner if one is not None]
