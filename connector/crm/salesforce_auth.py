"""Logging in to Salesforce: client credentials or a signed JWT, never a password.

Enters: the login settings, secrets by reference. Leaves: a token, the instance to talk to, and who we are.
It never logs or shows a secret, and never follows Salesforce to a host that is not Salesforce's. Source:
Salesforce help, "OAuth 2.0 Client Credentials Flow" and "OAuth 2.0 JWT Bearer Flow".
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from connector.crm.salesforce_errors import WHO
from connector.crm.wire import is_loopback, json_or_none, line_error, safe_code
from connector.errors import ConfigError, Retry, SmarketingError, Stop
from connector.salesforce_ids import id_or_none

Secret = str | Callable[[], str]

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFE_S = 180
_ID_URL = re.compile(r"/id/([A-Za-z0-9]{15,18})/([A-Za-z0-9]{15,18})$")


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in. ``url``: My Domain (``https://acme.my.salesforce.com``); for JWT also
    ``https://login.salesforce.com`` or ``https://test.salesforce.com``.

    Client credentials: ``client_id`` and ``client_secret``. JWT: ``client_id``, ``username`` and
    ``private_key`` (PEM, RS256). Secrets are texts or functions that give the present one. ``audience`` is
    the JWT's ``aud``; by default the production or the sandbox login host, after the look of ``url``.
    """

    url: str
    client_id: str
    client_secret: Secret | None = field(default=None, repr=False)
    username: str = ""
    private_key: Secret | None = field(default=None, repr=False)
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, where it is good, and for whom: ids of org and user with 18 characters."""

    secret: str = field(repr=False)
    instance_url: str
    org: str | None
    user: str | None


def check_login_url(url: str) -> str:
    """The base of a login URL. Raises ConfigError unless it is https, or http to a simulated Salesforce."""
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    ):
        return f"{parts.scheme}://{parts.netloc}"
    raise ConfigError(
        "salesforce.url must be https",
        fix="Use your My Domain, such as https://acme.my.salesforce.com",
    )


def check_instance_url(url: str, login_url: str) -> str:
    """The base of the instance that the token names. Raises Stop when that is not a host of Salesforce.

    The host that took the login is believed too, for it has the credentials already. A simulated Salesforce
    on this machine is only believed when the login went to this machine.
    """
    parts, login = urlsplit(url), urlsplit(login_url)
    host = parts.hostname or ""
    if parts.scheme == "https" and (parts.scheme, parts.netloc) == (login.scheme, login.netloc):
        return f"https://{parts.netloc}"
    if parts.scheme == "https" and host.endswith(".salesforce.com") and parts.port in (None, 443):
        return f"https://{host}"
    if parts.scheme in ("http", "https") and is_loopback(host) and is_loopback(login.hostname):
        return f"{parts.scheme}://{parts.netloc}"
    raise Stop(
        "the login answered with an instance that is not a host of Salesforce",
        fix="Check salesforce.url: somebody else seems to answer there",
        reason="credentials",
    )


def fetch(login: Login, session: requests.Session, timeout: tuple[float, float]) -> Token:
    """One token request. Raises Stop for refused credentials, Retry when Salesforce cannot be reached."""
    base = check_login_url(login.url)
    form = _form(login)
    try:
        answer = session.post(
            f"{base}/services/oauth2/token", data=form, timeout=timeout, allow_redirects=False
        )
    except (requests.RequestException, OSError) as error:
        raise line_error(error, WHO, base, "token") or error from None
    body = json_or_none(answer.content)
    if answer.status_code != 200 or not isinstance(body, dict):
        raise _refused(answer.status_code, body)
    return _token(body, base)


def _form(login: Login) -> dict[str, str]:
    if login.private_key is not None:
        return {"grant_type": _JWT_GRANT, "assertion": _assertion(login)}
    if login.client_secret is None:
        raise ConfigError(
            "the Salesforce login has neither a client secret nor a private key",
            fix="Configure one of them, by reference",
        )
    return {
        "grant_type": "client_credentials",
        "client_id": login.client_id,
        "client_secret": _reveal(login.client_secret),
    }


def _assertion(login: Login) -> str:
    claims = {
        "iss": login.client_id,
        "sub": login.username,
        "aud": login.audience or _audience(login.url),
        "exp": int(time.time()) + _JWT_LIFE_S,
    }
    key = _reveal(login.private_key or "")
    import jwt  # with all of X.509: loaded by who logs in so

    try:
        return jwt.encode(claims, key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ConfigError(
            "the Salesforce private key cannot be read",
            fix="It must be an RSA key in PEM form without password",
        ) from error


def _audience(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return f"{parts.scheme}://{parts.netloc}"
    is_test = host.startswith("test.") or ".sandbox." in host
    return "https://test.salesforce.com" if is_test else "https://login.salesforce.com"


def _reveal(secret: Secret) -> str:
    return secret() if callable(secret) else secret


def _is_another(status: int, body: object) -> bool:
    """Whether somebody else answers: a refused login is a JSON object that names an ``error`` (RFC 6749,
    section 5.2), and Salesforce always has a token endpoint."""
    like_oauth = isinstance(body, dict) and isinstance(body.get("error"), str)
    if status == 404:
        return not like_oauth
    return status in (400, 401, 403, 405, 415) and isinstance(body, dict | list) and not like_oauth


def _refused(status: int, body: object) -> SmarketingError:
    if _is_another(status, body):
        return Stop(
            f"this address does not answer like Salesforce (log in, status {status})",
            fix="Check salesforce.url in config.toml: it is your My Domain",
            reason="address",
        )
    if status >= 500 or status in (408, 420, 429) or not isinstance(body, dict):
        return Retry(f"Salesforce cannot log anybody in now (status {status})")
    code = safe_code(body.get("error"), "refused")
    return Stop(
        f"Salesforce refused the login: {code}",
        fix="Check the client id, its secret or key, and the run-as user of the external client app",
        reason="credentials",
    )


def _token(body: dict[str, object], login_url: str) -> Token:
    secret, instance, identity = body.get("access_token"), body.get("instance_url"), body.get("id")
    if not isinstance(secret, str) or not isinstance(instance, str):
        raise Retry("Salesforce sent an unreadable answer (token)")
    found = _ID_URL.search(identity) if isinstance(identity, str) else None
    org, user = (id_or_none(found[1]), id_or_none(found[2])) if found else (None, None)
    return Token(secret, check_instance_url(instance, login_url), org, user)
