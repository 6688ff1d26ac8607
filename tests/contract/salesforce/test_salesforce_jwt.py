"""Logging in with a signed JWT: the app's key stands in the org, no secret goes over the line."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from salesforce_org import VERSION, Org
from simple_salesforce import Salesforce

USER = "integration@simulated.example"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def trusting(org: Org, key: rsa.RSAPrivateKey) -> Org:
    """An org whose admin registered the app's public key."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    org.store.trust_key(public.decode())
    return org


def login(org: Org, key: Any, algorithm: str = "RS256", **changes: Any) -> requests.Response:
    claims = {"iss": "sandbox", "sub": USER, "aud": org.url, "exp": int(time.time()) + 120, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    form = {"grant_type": GRANT, "assertion": jwt.encode(claims, key, algorithm=algorithm)}
    return requests.post(f"{org.url}/services/oauth2/token", data=form, timeout=20)


def test_a_signed_assertion_gets_a_token(trusting: Org, key: rsa.RSAPrivateKey) -> None:
    """A token of the integration user; there is no refresh token: the client signs again."""
    body = login(trusting, pem(key)).json()
    assert body["instance_url"] == trusting.url
    assert body["id"].endswith(f"/id/{trusting.store.id}/{trusting.store.user}")
    assert "refresh_token" not in body
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    answer = requests.get(f"{trusting.url}/services/data/v64.0/limits", headers=headers, timeout=20)
    assert answer.status_code == 200


@pytest.mark.parametrize("audience", ["https://test.salesforce.com", None])
def test_audiences_of_a_sandbox_org(trusting: Org, key: rsa.RSAPrivateKey, audience: str | None) -> None:
    """The sandbox login host, or the org's own domain."""
    assert login(trusting, pem(key), aud=audience or trusting.url).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"iss": None}, "invalid_client_id", "client identifier invalid"),
        ({"aud": "https://login.salesforce.com"}, "invalid_grant", "audience is invalid"),
        ({"aud": None}, "invalid_grant", "audience is invalid"),
        ({"sub": "somebody@simulated.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"exp": 1_000_000_000}, "invalid_grant", "expired assertion"),
        ({"exp": 4_000_000_000}, "invalid_grant", "assertion lives too long"),
        ({"exp": None}, "invalid_grant", "invalid assertion"),
    ],
)
def test_claims_that_are_refused(
    trusting: Org, key: rsa.RSAPrivateKey, changes: dict[str, Any], error: str, description: str
) -> None:
    answer = login(trusting, pem(key), **changes)
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_only_the_registered_key_counts(trusting: Org, key: rsa.RSAPrivateKey) -> None:
    """Another key, a shared secret in place of a key, no signature at all, or no JWT."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answers = [
        login(trusting, pem(other)),
        login(trusting, "a secret that is long enough for this", algorithm="HS256"),
        login(trusting, None, algorithm="none"),
        login(trusting, pem(key), algorithm="RS512"),
    ]
    told = [(answer.status_code, answer.json()["error_description"]) for answer in answers]
    assert told == [(400, "invalid assertion")] * 4
    for assertion in ("", "nonsense", "a.b.c"):
        form = {"grant_type": GRANT, "assertion": assertion}
        answer = requests.post(f"{trusting.url}/services/oauth2/token", data=form, timeout=20)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_id")


def test_without_a_registered_key_nobody_logs_in(org: Org, key: rsa.RSAPrivateKey) -> None:
    """A reset takes the keys away too."""
    assert login(org, pem(key)).json()["error"] == "invalid_client_id"


class ToTheOrg(HTTPAdapter):
    """simple-salesforce logs in at https://test.salesforce.com: here every host is the simulated org."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        request.url = self.base + "/" + request.url.split("/", 3)[3]
        return super().send(request, *args, **kwargs)


def test_the_client_logs_in_by_itself(trusting: Org, key: rsa.RSAPrivateKey) -> None:
    """simple-salesforce signs, logs in, works, and signs again when the session has ended."""
    session = requests.Session()
    session.mount("https://", ToTheOrg(trusting.url))
    client = Salesforce(
        username=USER,
        consumer_key="sandbox",
        privatekey=pem(key),
        domain="test",
        session=session,
        version=VERSION,
    )
    assert client.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
    trusting.store.expire_tokens()
    assert client.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
