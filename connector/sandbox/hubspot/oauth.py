"""Routes of OAuth: consent, tokens, what a token is, revoking.

What enters: a `Call` without a bearer token. What leaves: tokens. Consent is given at once: there is no page.
Source: HubSpot developers, "OAuth" guide and the migration guide from v1 to the date-based version.
Assumption: the words of refusals other than those that users report.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlencode, urlsplit

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import PORTAL_ID, ApiError, invalid, not_found
from connector.sandbox.hubspot.forms import urlencoded
from connector.sandbox.hubspot.tokens import CLIENT_ID, CLIENT_SECRET, LIFE_S

APP_ID, USER_ID, USER = 1, 9001, "sandbox@example.com"


class OAuthError(ApiError):
    """A refusal in OAuth's own form: the reason stands in `status`."""

    def body(self, correlation_id: str) -> dict[str, Any]:
        """No category."""
        return {"status": self.category, "message": self.message, "correlationId": correlation_id}


def authorize(call: Call) -> Reply:
    """GET /oauth/authorize?client_id&redirect_uri&scope&state: 302 back with a code, on this machine only."""
    address = call.first("redirect_uri") or ""
    if not _is_here(address):
        raise invalid("redirect_uri must be an address on this machine", name="redirect_uri")
    _check_client(call.first("client_id"), CLIENT_SECRET)
    scopes = (call.first("scope") or "").split() + (call.first("optional_scope") or "").split()
    with call.store.db.transaction():
        code = call.store.tokens.code(address, scopes, call.store.now_ms())
    state = call.first("state")
    back = urlencode({"code": code} | ({"state": state} if state is not None else {}))
    return Reply(302, None, {"Location": f"{address}{'&' if '?' in address else '?'}{back}"})


def _is_here(address: str) -> bool:
    try:
        return urlsplit(address).hostname in ("127.0.0.1", "localhost")
    except ValueError:  # no address at all
        return False


def _check_client(client_id: str | None, secret: str | None) -> None:
    if client_id != CLIENT_ID:
        raise OAuthError(400, "BAD_CLIENT_ID", "missing or unknown client id")
    if not hmac.compare_digest((secret or "").encode(), CLIENT_SECRET.encode()):
        raise OAuthError(400, "BAD_CLIENT_SECRET", "missing or invalid client secret")


def _form(call: Call) -> dict[str, str]:
    """The fields of the body, those of a known client. Raises OAuthError."""
    form = urlencoded(call.raw)
    _check_client(form.get("client_id"), form.get("client_secret"))
    return form


def token(call: Call) -> Reply:
    """POST {version}/token with a code or a refresh token: 200 with an access token for thirty minutes."""
    form, store = _form(call), call.store
    now = store.now_ms()
    with store.db.transaction():
        if form.get("grant_type") == "authorization_code":
            code, address = form.get("code", ""), form.get("redirect_uri", "")
            scopes = store.tokens.take_code(code, address, now)
            refresh = None if scopes is None else store.tokens.refresh_token(scopes)
        elif form.get("grant_type") == "refresh_token":
            refresh = form.get("refresh_token", "")
        else:
            raise OAuthError(400, "BAD_GRANT_TYPE", "missing or unknown grant type")
        access = None if refresh is None else store.tokens.access_token(refresh, now)
    if refresh is None:  # after the transaction: a code that was tried is used up
        raise OAuthError(400, "BAD_AUTH_CODE", "missing or unknown auth code")
    if access is None:
        raise OAuthError(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
    tokens = {"access_token": access, "refresh_token": refresh}
    return Reply(200, {"token_type": "bearer", **tokens, "expires_in": LIFE_S})


def _about(call: Call, text: str) -> dict[str, Any] | None:
    """What is told of a token; None for one that is unknown or expired."""
    found, now = call.store.tokens.about(text), call.store.now_ms()
    if found is None or now >= found[1].get("expires", now + 1):
        return None
    kind, body = found
    ids = {"hub_id": PORTAL_ID, "user_id": USER_ID, "app_id": APP_ID, "client_id": CLIENT_ID}
    life = {"expires_in": (body["expires"] - now) // 1000} if kind == "access" else {}
    more = {"user": USER, "hub_domain": "sandbox.example", "token_type": kind}
    return {"token": text, "scopes": body["scopes"], **ids, **life, **more}


def introspect(call: Call) -> Reply:
    """POST {version}/token/introspect {token}: 200, `active` false for what is not valid (any more)."""
    found = _about(call, _form(call).get("token", ""))
    if found is None:
        return Reply(200, {"active": False})
    return Reply(200, {"active": True, "token_use": f"{found['token_type']}_token", **found})


def revoke(call: Call) -> Reply:
    """POST {version}/token/revoke {token}: 200; a refresh token takes its access tokens along."""
    form = _form(call)
    with call.store.db.transaction():
        call.store.tokens.revoke(form.get("token", ""))
    return Reply(200, {})


def metadata(call: Call) -> Reply:
    """GET v1/access-tokens/{token} and v1/refresh-tokens/{token}: 200, or 404."""
    found = _about(call, call.path["token"])
    if found is None or f"{found['token_type']}-tokens" not in call.url_path:
        raise not_found("token not found")
    return Reply(200, found)


def forget(call: Call) -> Reply:
    """DELETE v1/refresh-tokens/{token}: 204; the access tokens stay until they expire."""
    with call.store.db.transaction():
        call.store.tokens.forget_refresh(call.path["token"])
    return Reply(204)
