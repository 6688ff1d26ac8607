"""Who may ask: private apps' tokens, and OAuth tokens that live for thirty minutes of virtual time.

What enters: tokens, codes. What leaves: a `Grant`, fresh tokens, or an `ApiError` 401. OAuth tokens survive a
restart, private ones are the account's own.
Source: HubSpot developers, "OAuth" guide; reports of users on expired tokens. Assumptions: how long a code is
good; that a new access token leaves the older ones valid.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.errors import ApiError, unauthorized
from connector.sandbox.hubspot.switches import Switches
from connector.sandbox.hubspot.values import iso

TOKEN = "sandbox"
CLIENT_ID, CLIENT_SECRET = "sandbox", "sandbox"
LIFE_S, CODE_S = 1_800, 600
_ACCESS, _REFRESH, _CODE = "access token", "refresh token", "oauth code"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows. `app` is whose burst it counts for; `scopes` None means all of them."""

    app: str
    scopes: frozenset[str] | None = None
    oauth: bool = False


class Tokens:
    """The tokens of one account. Changes need a transaction."""

    def __init__(self, db: Database, switches: Switches) -> None:
        self.db, self.switches = db, switches
        self.private = {TOKEN}

    def grant(self, token: str, now_ms: int) -> Grant:
        """Raises ApiError 401 for an unknown or expired token."""
        if token in self.private:
            scopes = self.switches.scopes
            return Grant(token, None if scopes is None else frozenset(scopes))
        found = self.db.take(_ACCESS, token)
        if found is None:
            raise unauthorized()
        if now_ms >= found["expires"]:
            raise _expired(found["expires"], now_ms)
        return Grant(f"app:{CLIENT_ID}", frozenset(found["scopes"]), oauth=True)

    def code(self, redirect_uri: str, scopes: Iterable[str], now_ms: int) -> str:
        """An authorization code, good for one exchange."""
        text = secrets.token_urlsafe(24)
        body = {"redirect_uri": redirect_uri, "scopes": sorted(scopes), "expires": now_ms + CODE_S * 1000}
        self.db.put(_CODE, text, body)
        return text

    def take_code(self, text: str, redirect_uri: str, now_ms: int) -> list[str] | None:
        """The scopes of a code, which is used up; None if it is unknown, too old, or for another address."""
        found = self.db.take(_CODE, text)
        self.db.drop(_CODE, text)
        if found is None or found["redirect_uri"] != redirect_uri or now_ms >= found["expires"]:
            return None
        return list(found["scopes"])

    def refresh_token(self, scopes: Iterable[str]) -> str:
        """A refresh token; it does not expire."""
        text = secrets.token_urlsafe(24)
        self.db.put(_REFRESH, text, {"scopes": sorted(scopes)})
        return text

    def access_token(self, refresh_token: str, now_ms: int) -> str | None:
        """A fresh access token; None for an unknown refresh token."""
        found = self.db.take(_REFRESH, refresh_token)
        if found is None:
            return None
        text = secrets.token_urlsafe(32)
        body = {"scopes": found["scopes"], "refresh": refresh_token, "expires": now_ms + LIFE_S * 1000}
        self.db.put(_ACCESS, text, body)
        return text

    def about(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """("access" or "refresh", what is known of it), or None."""
        for kind, word in ((_ACCESS, "access"), (_REFRESH, "refresh")):
            found = self.db.take(kind, text)
            if found is not None:
                return word, found
        return None

    def forget_refresh(self, text: str) -> None:
        """Forgets a refresh token alone."""
        self.db.drop(_REFRESH, text)

    def revoke(self, text: str) -> None:
        """Forgets a token; with a refresh token go its access tokens."""
        self.private.discard(text)
        self.db.drop(_REFRESH, text)
        for token, body in self.db.documents(_ACCESS).items():
            if text in (token, body["refresh"]):
                self.db.drop(_ACCESS, token)


def _expired(expired_ms: int, now_ms: int) -> ApiError:
    message = f"The OAuth token used to make this call expired {(now_ms - expired_ms) // 1000} second(s) ago."
    return ApiError(401, "EXPIRED_AUTHENTICATION", message, context={"expire time": [iso(expired_ms)]})
