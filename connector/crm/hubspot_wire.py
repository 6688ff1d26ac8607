"""HubSpot's official client, made fit for large work.

Enters: one call of the client. Leaves: parsed JSON from raw bytes. The client's own retries, models,
missing timeouts and connection per call are switched off: API objects are cached, all share one connection
pool, paths are rewritten to the date-based ones, and errors become ours.
"""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import hubspot
import urllib3

from connector.crm import retry
from connector.crm.base import Permit, Usage, anybody
from connector.crm.hubspot_errors import WHO, translate
from connector.crm.pace import Clock, HubSpotPace
from connector.crm.wire import (
    Answer,
    bounded,
    is_loopback,
    line_error,
    lower_headers,
    quiet_clients,
    understood,
)
from connector.errors import ConfigError, SmarketingError, Stop

T = TypeVar("T")
Token = Callable[[], str] | str
Call = Callable[..., Any]

_REWRITES = (
    (re.compile(r"^/crm/v[34]/objects/"), "/crm/objects/{v}/"),
    (re.compile(r"^/crm/v4/associations/"), "/crm/associations/{v}/"),
    (re.compile(r"^/crm/v3/(properties|pipelines|lists|owners|imports|exports)\b"), r"/crm/\1/{v}"),
    (re.compile(r"^/account-info/v3/"), "/account-info/{v}/"),
    (re.compile(r"^/communication-preferences/v4/"), "/communication-preferences/{v}/"),
)


def dated(path: str, version: str) -> str:
    """The client's path under a date-based API version; ``v3`` leaves it as it is."""
    if version == "v3":
        return path
    for pattern, template in _REWRITES:
        if pattern.match(path):
            return pattern.sub(template.replace("{v}", version), path, count=1)
    return path


def check_base_url(url: str) -> str:
    """The base of HubSpot's API. Raises ConfigError unless https, or http to a simulated HubSpot here."""
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    ):
        return url.rstrip("/")
    raise ConfigError("hubspot.url must be https", fix="Use https://api.hubapi.com")


class HubSpotWire:
    """The client, its pool, its token and its retries.

    ``token``: a secret or a function that gives the present one; after a 401 it is asked once more, so that
    a rotated token is picked up. ``timeout``: seconds to connect and between two bytes read.
    """

    def __init__(
        self,
        token: Token,
        base_url: str,
        api_version: str,
        timeout: tuple[float, float],
        sleep: retry.Sleep,
        usage: Usage,
        policy: retry.Policy,
        clock: Clock,
    ) -> None:
        self.base_url = check_base_url(base_url)
        self.version = api_version
        self.permit: Permit = anybody
        self.usage = usage
        self._timeout = timeout
        self._sleep = sleep
        self._policy = policy
        self._pace = HubSpotPace(sleep, clock)
        self._ask = token if callable(token) else lambda: token
        self._secret = ""
        self._apis: dict[tuple[str, str], Any] = {}
        self._configs: list[Any] = []
        self._pool: urllib3.PoolManager | None = None
        self.sdk = hubspot.HubSpot(access_token="", retry=False, host=self.base_url, api_factory=self._api)
        quiet_clients()

    def call(
        self,
        kind: str,
        method: Call,
        *args: Any,
        expect: Callable[[Any], T],
        resend: bool = True,
        writes: bool = False,
        **kwargs: Any,
    ) -> T:
        """One call of the client. ``expect`` takes what is needed out of the parsed JSON.

        ``resend``: False for writes that must not be repeated; ``writes``: True for those that may.
        Both ask for leave first (``permit``). Raises VendorRefusal (Refused), Retry, Unknown or Stop.
        """

        permit = self.permit if writes or not resend else anybody

        def once() -> T:
            answer = self._exchange(permit, kind, method, *args, **kwargs)
            found = understood(answer.body, expect, WHO, kind)
            self._pace.after(kind, answer)
            return found

        return retry.send(once, resend=resend, policy=self._policy, sleep=self._sleep)

    def get(self, kind: str, path: str, expect: Callable[[Any, Answer], T]) -> T:
        """GET a path that the client has no call for, through the client's own connections."""
        api = self.sdk.crm.objects.basic_api.api_client

        def method(**kwargs: Any) -> Any:
            return api.call_api(path, "GET", auth_settings=["oauth2"], **kwargs)

        def once() -> T:
            answer = self._exchange(anybody, kind, method)
            found = understood(answer.body, lambda data: expect(data, answer), WHO, kind)
            self._pace.after(kind, answer)
            return found

        return retry.send(once, resend=True, policy=self._policy, sleep=self._sleep)

    def post(
        self,
        kind: str,
        path: str,
        expect: Callable[[Any], T],
        *,
        names: dict[str, str],
        query: dict[str, str],
    ) -> T:
        """POST, without a body, what may be repeated and the client has no call for. ``names``: what stands
        for ``{name}`` in the path."""
        api = self.sdk.crm.objects.basic_api.api_client

        def method(**kwargs: Any) -> Any:
            return api.call_api(path, "POST", names, list(query.items()), auth_settings=["oauth2"], **kwargs)

        return self.call(kind, method, expect=expect, writes=True)

    def close(self) -> None:
        """Give back the sockets."""
        if self._pool is not None:
            self._pool.clear()

    def _exchange(self, permit: Permit, kind: str, method: Call, *args: Any, **kwargs: Any) -> Answer:
        if not self._secret:
            self._set_token(self._ask())
        try:
            return self._request(permit, kind, method, *args, **kwargs)
        except Stop as stop:
            fresh = self._ask() if stop.reason == "credentials" else self._secret
            if fresh == self._secret:
                raise
            self._set_token(fresh)
        return self._request(permit, kind, method, *args, **kwargs)

    def _request(self, permit: Permit, kind: str, method: Call, *args: Any, **kwargs: Any) -> Answer:
        self._pace.before(kind)
        permit()
        self.usage.count(kind)
        try:
            response = method(*args, _preload_content=False, **kwargs)
            headers = lower_headers(response.headers.items())
            return Answer(bounded(response.stream(1 << 18, decode_content=True), WHO), headers)
        except SmarketingError:
            raise
        except Exception as error:
            ours = self._ours(error, kind)
            if ours is None:
                raise
            raise ours from None  # the client's error quotes bodies

    def _ours(self, error: Exception, kind: str) -> SmarketingError | None:
        """The client has one ApiException class per module: they are known by their looks."""
        meant = error.__context__
        if isinstance(error, AttributeError) and isinstance(meant, Exception) and hasattr(meant, "status"):
            error = meant  # the client decodes the body of its own errors, though some have none
        if hasattr(error, "status") and hasattr(error, "body"):
            if error.status:
                headers = lower_headers((error.headers or {}).items() if hasattr(error, "headers") else ())
                return translate(error.status, headers, error.body, kind)
            cause = error.__context__
            error = cause if isinstance(cause, Exception) else error
        if isinstance(error, UnicodeDecodeError):  # the client decodes error bodies, whatever they are
            return translate(500, {}, None, kind)
        return line_error(error, WHO, self.base_url, kind)

    def _set_token(self, secret: str) -> None:
        self._secret = secret
        for config in self._configs:
            config.access_token = secret

    def _api(self, package: ModuleType, name: str, config: dict[str, Any]) -> Any:
        """The client asks here for an API object at every attribute access."""
        key = (package.__name__, name)
        if key not in self._apis:
            self._apis[key] = getattr(package, name)(api_client=self._api_client(package, config))
        return self._apis[key]

    def _api_client(self, package: ModuleType, config: dict[str, Any]) -> Any:
        settings = package.Configuration()
        settings.host = config["host"]
        settings.retries = config["retry"]
        settings.access_token = self._secret
        self._configs.append(settings)
        client = package.ApiClient(configuration=settings)
        client.user_agent = "smarketing"
        if self._pool is None:
            self._pool = client.rest_client.pool_manager
        client.rest_client.pool_manager = self._pool
        original = client.call_api

        def call_api(path: str, *args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("_request_timeout", self._timeout)
            if kwargs["_request_timeout"] is None:
                kwargs["_request_timeout"] = self._timeout
            return original(dated(path, self.version), *args, **kwargs)

        client.call_api = call_api
        return client
