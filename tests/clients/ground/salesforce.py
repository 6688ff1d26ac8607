"""One Salesforce org, through simple-salesforce and through plain requests, both counted and careful.

What enters: an address, credentials, the traffic. What leaves: the client; answers of plain requests. A
session that ended is renewed a few times at most.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
import requests
from ground.accounts import SalesforceLogin
from ground.traffic import Traffic
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

VERSION = "64.0"
TIMEOUT = (10.0, 120.0)
UNTOUCHED = {"Sforce-Duplicate-Rule-Header": "allowSave=true", "Sforce-Auto-Assign": "FALSE"}
"""Duplicate and assignment rules that an org may have leave our records alone."""

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class LoginError(Exception):
    """No token was given. The text says what the token endpoint answered."""


class PlainHttp(HTTPAdapter):
    """simple-salesforce writes https into every address; a simulated Salesforce speaks http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *args, **more)


class CarefulSession(requests.Session):
    """Every request is counted, has a timeout, and is repeated where that does no harm."""

    def __init__(self, url: str, traffic: Traffic) -> None:
        super().__init__()
        self.traffic = traffic
        self.headers.update(UNTOUCHED)
        if url.startswith("http://"):
            self.mount("https://" + url.removeprefix("http://"), PlainHttp())

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]
        more["timeout"] = more.get("timeout") or TIMEOUT
        send = super().request
        answer: requests.Response = self.traffic.send(method, url, lambda: send(method, url, **more))
        return answer


class SalesforceGround:
    """An org. Raises LoginError when it gives no token."""

    def __init__(self, login: SalesforceLogin, traffic: Traffic) -> None:
        self.login, self.url, self.traffic = login, login.url, traffic
        self.session = CarefulSession(login.url, traffic)
        self.renewed = 0
        self.api = self.client(self.new_token())

    def client(self, token: str) -> Salesforce:
        """Another simple-salesforce: one that has deployed sends all it says later as XML."""
        made = Salesforce(instance_url=self.url, session_id=token, version=VERSION, session=self.session)
        made._salesforce_login_partial = self._renew
        made.metadata_url = f"{self.url}/services/Soap/m/{VERSION}/"
        return made

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """A plain request to a versioned resource, with whatever status it is answered."""
        full = path if path.startswith("/services") else f"/services/data/v{VERSION}{path}"
        more["headers"] = {"Authorization": f"Bearer {self.api.session_id}", **more.get("headers", {})}
        return self.session.request(method, self.url + full, json=body, **more)

    def rows(self, soql: str, resource: str = "/query") -> list[dict[str, Any]]:
        """All rows of a query. Raises RuntimeError with the refusal."""
        found: list[dict[str, Any]] = []
        answer = self.call("GET", resource, params={"q": soql})
        while True:
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
            page = answer.json()
            found += page["records"]
            if page["done"]:
                return found
            answer = self.call("GET", page["nextRecordsUrl"])

    def new_token(self) -> str:
        """A fresh access token. Raises LoginError."""
        answer = self.session.post(f"{self.url}/services/oauth2/token", data=self._form())
        body = answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else {}
        if answer.status_code != 200:
            said = body.get("error_description") or body.get("error") or answer.text[:200]
            raise LoginError(f"Salesforce gives no token ({answer.status_code}): {said}")
        return str(body["access_token"])

    def _form(self) -> dict[str, str]:
        login = self.login
        if not login.private_key:
            secret = {"client_id": login.client_id, "client_secret": login.client_secret}
            return {"grant_type": "client_credentials", **secret}
        expires = int(time.time()) + 180
        claims = {"iss": login.client_id, "sub": login.user, "aud": audience(login.url), "exp": expires}
        signed = jwt.encode(claims, login.private_key, algorithm="RS256")
        return {"grant_type": _GRANT, "assertion": signed}

    def _renew(self) -> tuple[str, str]:
        """simple-salesforce asks for this after each 401, and for some calls without end."""
        self.renewed += 1
        if self.renewed > 20:
            raise LoginError("the org refuses every session that it gives")
        return self.new_token(), self.url.split("://", 1)[1]


def audience(url: str) -> str:
    """Whom a JWT is for: the common login hosts; a server that is not Salesforce's wants its own address."""
    if not url.endswith(".salesforce.com"):
        return url
    return "https://test.salesforce.com" if ".sandbox." in url else "https://login.salesforce.com"
