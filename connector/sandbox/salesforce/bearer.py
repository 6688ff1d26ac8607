"""The JWT bearer flow: a signed assertion in place of a secret.

In: the assertion of a token request, the keys that an admin registered. Out: nothing, or the refusal. Source:
Salesforce Help, "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration". Assumption: the wording of most
refusals, and that an assertion may live five minutes at most. Its time is held against the real clock, not
against the virtual one: clients sign with theirs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from connector.sandbox.salesforce.store import SalesforceStore

if TYPE_CHECKING:
    from jwt.types import Options

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MOST_AHEAD_S = 300
PRODUCTION, TEST = "https://login.salesforce.com", "https://test.salesforce.com"

ONLY_SIGNATURE: Options = {
    "verify_exp": False,
    "verify_aud": False,
    "verify_iat": False,
    "verify_nbf": False,
}

Refusal = tuple[str, str]
"""(error, error_description)"""


def refusal(store: SalesforceStore, assertion: str, my_domain: str) -> Refusal | None:
    """Why this assertion gets no token; None when it gets one."""
    import jwt  # loaded by the first assertion: few tests and no demo sends one

    client_id = _unproven(assertion).get("iss")
    key = store.trusted_key(client_id) if isinstance(client_id, str) else None
    if key is None:
        return "invalid_client_id", "client identifier invalid"
    try:
        claims = jwt.decode(assertion, key, algorithms=["RS256"], options=ONLY_SIGNATURE)
    except (jwt.PyJWTError, ValueError, TypeError):
        return "invalid_grant", "invalid assertion"
    return _wrong_claims(store, claims, my_domain)


def _unproven(assertion: str) -> Mapping[str, object]:
    """What the assertion says of itself, to find the key it must be signed with."""
    import jwt

    try:
        claims: Mapping[str, object] = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        return {}
    return claims


def _wrong_claims(store: SalesforceStore, claims: Mapping[str, object], my_domain: str) -> Refusal | None:
    expires, now = _seconds(claims.get("exp")), time.time()
    if expires is None:
        return "invalid_grant", "invalid assertion"
    if expires <= now:
        return "invalid_grant", "expired assertion"
    if expires > now + MOST_AHEAD_S:
        return "invalid_grant", "assertion lives too long"
    audience = claims.get("aud")
    if audience not in (TEST if _is_sandbox(store) else PRODUCTION, my_domain):
        return "invalid_grant", "audience is invalid"
    user = store.get("User", store.user) or {}
    if str(claims.get("sub")).lower() != str(user.get("Username")).lower():
        return "invalid_grant", "user hasn't approved this consumer"
    return None if user["IsActive"] else ("invalid_grant", "inactive user")


def _seconds(expires: object) -> float | None:
    """The end of an assertion. Clients in use write the number as a text."""
    if isinstance(expires, str) and expires.isdecimal():
        return float(expires)
    return expires if isinstance(expires, int | float) and not isinstance(expires, bool) else None


def _is_sandbox(store: SalesforceStore) -> bool:
    return any(row["IsSandbox"] for row in store.all("Organization"))
