"""Which real test accounts are to be used, by environment variables.

What enters: the environment. What leaves: addresses and credentials, or `NotGivenError` with what to set.
It sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HUBSPOT_TOKEN = "SMARKETING_LIVE_HUBSPOT_TOKEN"
HUBSPOT_URL = "SMARKETING_LIVE_HUBSPOT_URL"
SALESFORCE_URL = "SMARKETING_LIVE_SALESFORCE_URL"
CLIENT_ID = "SMARKETING_LIVE_SALESFORCE_CLIENT_ID"
CLIENT_SECRET = "SMARKETING_LIVE_SALESFORCE_CLIENT_SECRET"
KEY_FILE = "SMARKETING_LIVE_SALESFORCE_KEY_FILE"
USER = "SMARKETING_LIVE_SALESFORCE_USER"
RATE = "SMARKETING_LIVE_REQUESTS_PER_SECOND"
PUBLIC_HUBSPOT = "https://api.hubapi.com"

HOW = f"""\
make test-live talks to real test accounts. Set for HubSpot (a developer test account or a sandbox):
  {HUBSPOT_TOKEN}           a service key's or private app's token
  {HUBSPOT_URL}             only if it is not {PUBLIC_HUBSPOT}
and for Salesforce (a Developer Edition or a sandbox):
  {SALESFORCE_URL}          your My Domain address, https://….my.salesforce.com
  {CLIENT_ID}     the consumer key of an external client app
  {CLIENT_SECRET} its secret (client credentials flow), or, for the JWT flow:
  {KEY_FILE}      a file with the private key (PEM)
  {USER}          the user name to log in as
One of the two CRMs is enough; what belongs to the other is then not run, and said so.
{RATE}    how fast (default 4; 0: as fast as it goes)"""


class NotGivenError(Exception):
    """Credentials are missing or make no sense. The text says what to set."""


@dataclass(frozen=True, slots=True)
class HubSpotLogin:
    """Where, and with which bearer token."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class SalesforceLogin:
    """Where, and either a client secret or a private key (PEM) with the user to log in as."""

    url: str
    client_id: str
    client_secret: str = ""
    private_key: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Logins:
    """At least one of the two. `per_second` is how many requests a second each CRM may get (0: no pace)."""

    hubspot: HubSpotLogin | None
    salesforce: SalesforceLogin | None
    per_second: float


def from_environment(env: Mapping[str, str]) -> Logins:
    """What the environment gives. Raises NotGivenError."""
    given = {name: value.strip() for name, value in env.items() if value.strip()}
    hubspot, salesforce = _hubspot(given), _salesforce(given)
    if hubspot is None and salesforce is None:
        raise NotGivenError(f"no credentials of a test account are set.\n\n{HOW}")
    return Logins(hubspot, salesforce, _rate(given.get(RATE, "4")))


def _hubspot(given: Mapping[str, str]) -> HubSpotLogin | None:
    token = given.get(HUBSPOT_TOKEN)
    if token is None and HUBSPOT_URL in given:
        raise NotGivenError(f"{HUBSPOT_URL} is set, but {HUBSPOT_TOKEN} is not.\n\n{HOW}")
    return HubSpotLogin(_address(given, HUBSPOT_URL, PUBLIC_HUBSPOT), token) if token else None


def _salesforce(given: Mapping[str, str]) -> SalesforceLogin | None:
    if not {SALESFORCE_URL, CLIENT_ID, CLIENT_SECRET, KEY_FILE, USER} & given.keys():
        return None
    by_key = KEY_FILE in given
    needed = [SALESFORCE_URL, CLIENT_ID, *([USER] if by_key else [CLIENT_SECRET])]
    missing = [name for name in needed if name not in given]
    if missing:
        raise NotGivenError(f"Salesforce is set only in part; missing: {', '.join(missing)}.\n\n{HOW}")
    url, client_id = _address(given, SALESFORCE_URL, ""), given[CLIENT_ID]
    if by_key:
        return SalesforceLogin(url, client_id, private_key=_key(given[KEY_FILE]), user=given[USER])
    return SalesforceLogin(url, client_id, client_secret=given[CLIENT_SECRET])


def _key(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise NotGivenError(f"{KEY_FILE}: {name} cannot be read ({error})") from None


def _address(given: Mapping[str, str], name: str, default: str) -> str:
    """A base address without a path. Tokens go over TLS, or do not leave this machine."""
    url = given.get(name, default).rstrip("/")
    parts = urlsplit(url)
    loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or parts.path or not (parts.scheme == "https" or loopback):
        raise NotGivenError(f"{name} must be an https address without a path, not {url!r}")
    return url


def _rate(text: str) -> float:
    try:
        rate = float(text)
        if not 0 <= rate <= 100:
            raise ValueError(text)
    except ValueError:
        raise NotGivenError(f"{RATE} must be a number from 0 to 100, not {text!r}") from None
    return rate
