"""One HubSpot account, through its official client and through plain requests, both counted and careful.

What enters: an address, a token, the traffic. What leaves: the client; answers of plain requests; a note of
what was made. Each connection is kept, every request has a timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import urllib3
from ground.made import Made
from ground.traffic import Traffic
from hubspot import HubSpot

TIMEOUT = (10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP; `body` is the JSON, or None."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def message(self) -> str:
        """The message of an error envelope."""
        return str((self.body or {}).get("message", ""))


class HubSpotGround:
    """An account and what was made in it."""

    def __init__(self, url: str, token: str, traffic: Traffic) -> None:
        self.url, self.token, self.traffic, self.made = url, token, traffic, Made()
        self.api = HubSpot(access_token=token, host=url, retry=False, api_factory=self._api_factory)
        self._apis: dict[tuple[str, str], Any] = {}
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(*TIMEOUT))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """A plain request, with whatever status it is answered."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        data = raw if raw is not None else None if body is None else orjson.dumps(body)
        got = self.traffic.send(
            method, path, lambda: self._pool.request(method, self.url + path, body=data, headers=headers)
        )
        self.made.note(method, path, got.status, got.data)
        return Answer(got.status, _json(got.data), got.headers)

    def _api_factory(self, package: Any, name: str, config: dict[str, Any]) -> Any:
        """One API object of the client, made once: the client would open new connections each time."""
        key = (package.__name__, name)
        if key not in self._apis:
            settings = package.Configuration()
            for word, value in config.items():
                setattr(settings, {"retry": "retries"}.get(word, word), value)
            client = package.ApiClient(configuration=settings)
            client.rest_client.request = self._watched(client.rest_client.request)
            self._apis[key] = getattr(package, name)(api_client=client)
        return self._apis[key]

    def _watched(self, request: Callable[..., Any]) -> Callable[..., Any]:
        """The one place through which every request of the client's models passes."""

        def watched(method: str, url: str, **more: Any) -> Any:
            more["_request_timeout"] = more.get("_request_timeout") or TIMEOUT
            path = url.removeprefix(self.url)
            # the client takes the content type of forms out of the headers it was given
            got = self.traffic.send(
                method, path, lambda: request(method, url, **{**more, "headers": dict(more["headers"])})
            )
            self.made.note(method, path, got.status, got.data)
            return got

        return watched


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
