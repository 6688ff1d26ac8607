"""Tokens and identity: `/services/oauth2/…`, `/id/…`.

In: client credentials or JWTs. Out: access tokens of the integration user, and their end. Errors are objects
here, not arrays (RFC 6749).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from connector.sandbox.salesforce import bearer
from connector.sandbox.salesforce.http import answer
from connector.sandbox.salesforce.store import SalesforceStore

CLIENT_ID = CLIENT_SECRET = "sandbox"


def token(store: SalesforceStore, request: Request, raw: bytes) -> Response:
    """POST /services/oauth2/token with client credentials or a signed JWT."""
    form = _form(request, raw)
    if form.get("grant_type") == bearer.GRANT:
        refused = bearer.refusal(store, form.get("assertion", ""), origin(request))
        return _refused(*refused) if refused else answer(_grant(store, request))
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "grant type not supported")
    client_id, secret = _credentials(form, request.headers.get("authorization", ""))
    if client_id != CLIENT_ID:
        return _refused("invalid_client_id", "client identifier invalid")
    if secret != CLIENT_SECRET:
        return _refused("invalid_client", "invalid client credentials")
    return answer(_grant(store, request))


def revoke(store: SalesforceStore, request: Request, raw: bytes) -> Response:
    """POST or GET /services/oauth2/revoke: the token is good for nothing from now on.

    Its errors are a form, not JSON (seen in issue threads). Assumption: which of both codes says what.
    """
    access_token = _form(request, raw).get("token", "")
    if not access_token:
        return _revocation_refused("unsupported_token_type", "this token type is not supported")
    with store.db.transaction():
        known = store.forget_token(access_token)
    return Response(status_code=200) if known else _revocation_refused("invalid_token", "invalid token")


def _revocation_refused(code: str, description: str) -> Response:
    body = f"error={code}&error_description={quote(description)}"
    return Response(body, 400, media_type="application/x-www-form-urlencoded")


def _form(request: Request, raw: bytes) -> dict[str, str]:
    """What stands in the body, or else in the address."""
    form = {name: values[-1] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
    return {**dict(request.query_params), **form}


def _credentials(form: Mapping[str, str], header: str) -> tuple[str | None, str | None]:
    scheme, _, packed = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None, None
        return unquote(client_id), unquote(secret)
    return form.get("client_id"), form.get("client_secret")


def _refused(code: str, description: str) -> Response:
    return answer({"error": code, "error_description": description}, 400)


def _grant(store: SalesforceStore, request: Request) -> dict[str, str]:
    issued = str(int(store.clock.now().timestamp() * 1000))
    identity = f"{origin(request)}/id/{store.id}/{store.user}"
    signature = base64.b64encode(hashlib.sha256((identity + issued).encode()).digest()).decode()
    with store.db.transaction():
        access_token = store.new_token()
    return {
        "access_token": access_token,
        "signature": signature,
        "scope": "api",
        "instance_url": origin(request),
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
        "api_instance_url": origin(request),
    }


def origin(request: Request) -> str:
    """`http://host:port` as the client addressed it."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def identity(store: SalesforceStore, request: Request) -> Response:
    """GET /id/ORG/USER and /services/oauth2/userinfo: who the token belongs to."""
    access_token = request.headers.get("authorization", "").partition(" ")[2]
    if not store.accepts_token(access_token):
        return Response("Bad_OAuth_Token", 403, media_type="text/html")
    user = store.get("User", store.user) or {}
    return answer(
        {
            "id": f"{origin(request)}/id/{store.id}/{store.user}",
            "sub": f"{origin(request)}/id/{store.id}/{store.user}",
            "user_id": store.user,
            "organization_id": store.id,
            "username": user.get("Username"),
            "preferred_username": user.get("Username"),
            "display_name": user.get("Name"),
            "name": user.get("Name"),
            "email": user.get("Email"),
            "active": user.get("IsActive"),
            "zoneinfo": user.get("TimeZoneSidKey"),
            "urls": {"rest": f"{origin(request)}/services/data/v{{version}}/"},
        }
    )
