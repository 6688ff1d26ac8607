"""How the tests of this folder reach the simulated Salesforce: plain requests and simple-salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from connector.sandbox.clock import Clock
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.world import World

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
VERSION = "64.0"


class PlainHTTP(HTTPAdapter):
    """simple-salesforce writes https:// into every URL; this takes it back for the loopback interface."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://127.0.0.1", "http://127.0.0.1", 1)
        return super().send(request, *args, **kwargs)


@dataclass(frozen=True)
class Org:
    """One org: from inside (store) and over HTTP (call)."""

    store: SalesforceStore
    clock: Clock
    url: str
    session: requests.Session

    def call(
        self, method: str, path: str, json: Any = None, version: str = VERSION, **more: Any
    ) -> requests.Response:
        """A request to a versioned resource; `path` starting with /services is taken as it is."""
        full = path if path.startswith("/services") else f"/services/data/v{version}{path}"
        return self.session.request(method, self.url + full, json=json, timeout=20, **more)

    def query(self, soql: str, resource: str = "/query") -> Any:
        """The JSON of a query, whatever its status."""
        return self.call("GET", resource, params={"q": soql}).json()

    def make(self, type: str, values: Mapping[str, object]) -> str:
        """Creates a record over HTTP, which must succeed; returns its id."""
        answer = self.call("POST", f"/sobjects/{type}", values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def show(self, type: str, id: str, *fields: str) -> dict[str, Any]:
        """A record as the API shows it, without attributes."""
        answer = self.call(
            "GET", f"/sobjects/{type}/{id}", params={"fields": ",".join(fields)} if fields else None
        )
        assert answer.status_code == 200, answer.text
        return {name: value for name, value in answer.json().items() if name != "attributes"}

    def switch(self, **wanted: Any) -> dict[str, Any]:
        """Sets switches through the control interface, which must succeed; returns all of them."""
        answer = requests.post(f"{self.url}/_sandbox/settings", json=wanted, timeout=20)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def add_field(self, full_name: str, metadata: Mapping[str, object], grant: bool = True) -> str:
        """Creates a custom field and, with `grant`, lets the integration user read and edit it."""
        answer = self.call(
            "POST", "/tooling/sobjects/CustomField", {"FullName": full_name, "Metadata": metadata}
        )
        assert answer.status_code == 201, answer.text
        if grant:
            self.grant(full_name)
        return str(answer.json()["id"])

    def grant(self, full_name: str, edit: bool = True) -> str:
        """Opens a field through the permission set `smarketing`, which is made and assigned when missing."""
        found = self.query("SELECT Id FROM PermissionSet WHERE Name = 'smarketing'")["records"]
        if found:
            parent = found[0]["Id"]
        else:
            parent = self.make("PermissionSet", {"Name": "smarketing", "Label": "smarketing"})
            self.make("PermissionSetAssignment", {"PermissionSetId": parent, "AssigneeId": self.store.user})
        return self.make(
            "FieldPermissions",
            {
                "ParentId": parent,
                "SobjectType": full_name.split(".")[0],
                "Field": full_name,
                "PermissionsRead": True,
                "PermissionsEdit": edit,
            },
        )


TEXT_KEY = {"label": "Link id", "type": "Text", "length": 40, "externalId": True, "unique": True}


def opened(world: World, url: str) -> Org:
    """The org with a fresh token in its session."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {world.salesforce.new_token()}"
    return Org(world.salesforce, world.clock, url, session)


def token(url: str) -> str:
    """An access token by client credentials."""
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    answer = requests.post(f"{url}/services/oauth2/token", data=form, timeout=20)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def client_for(org: Org) -> Salesforce:
    """simple-salesforce on plain HTTP, renewing its token as it would at a real org."""
    session = requests.Session()
    session.mount("https://127.0.0.1", PlainHTTP())
    client = Salesforce(
        instance_url=org.url, session_id=org.store.new_token(), version=VERSION, session=session
    )
    client._salesforce_login_partial = lambda: (token(org.url), org.url.removeprefix("http://"))
    return client


def problem(answer: requests.Response) -> tuple[int, str, str]:
    """(status, code, text) of an error array with one element."""
    body = answer.json()
    assert isinstance(body, list), body
    assert len(body) == 1, body
    return answer.status_code, body[0]["errorCode"], body[0]["message"]
