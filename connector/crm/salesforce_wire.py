"""simple-salesforce, made fit for large work.

Enters: a REST path with its body. Leaves: parsed JSON from raw bytes. The client keeps the session; its
silent re-login without end, its missing timeouts and its pretty-printed answers are switched off, and
errors become ours.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
import requests
from requests.adapters import HTTPAdapter

from connector.crm import retry
from connector.crm.base import Permit, Usage, anybody
from connector.crm.pace import SalesforcePace
from connector.crm.salesforce_auth import Login, Token, fetch
from connector.crm.salesforce_client import Client, SalesforceError
from connector.crm.salesforce_errors import WHO, is_expired, refused_token, translate
from connector.crm.wire import (
    Answer,
    bounded,
    is_loopback,
    line_error,
    lower_headers,
    quiet_clients,
    understood,
)
from connector.errors import Retry, SmarketingError, Stop, Unknown

T = TypeVar("T")

_LOGINS = 10
_LOGIN_WINDOW_S = 600.0


class _ExpiredError(Exception):
    """The token is not accepted any more; a new one may be."""


class _PlainHTTP(HTTPAdapter):
    """simple-salesforce writes https into every URL; a simulated Salesforce on this machine speaks http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.url and request.url.startswith("https://"):
            request.url = "http://" + request.url.removeprefix("https://")
        return super().send(request, *args, **kwargs)


class SalesforceWire:
    """The client, its session, its token and its retries.

    ``timeout``: seconds to connect and between two bytes read. One new login after a 401, then Stop; ten
    logins in ten minutes at most.
    """

    def __init__(
        self,
        login: Login,
        api_version: str,
        timeout: tuple[float, float],
        sleep: retry.Sleep,
        usage: Usage,
        policy: retry.Policy,
    ) -> None:
        self.usage = usage
        self.policy = policy
        self.sleep = sleep
        self.permit: Permit = anybody
        self._login = login
        self._version = api_version
        self._timeout = timeout
        self._token: Token | None = None
        self._client: Any = None
        self._logins: deque[float] = deque(maxlen=_LOGINS)
        self._headers: Mapping[str, str] = {}
        self._pace = SalesforcePace()
        quiet_clients()
        self._session = requests.Session()
        self._session.auth = lambda request: request  # else a .netrc would replace our token
        self._session.hooks["response"].append(self._note)

    def call(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        expect: Callable[[Any], T],
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        resend: bool = True,
    ) -> T:
        """One request. ``path``: below ``/services/data/vNN.N/``, or absolute from ``/services/data/``.

        ``expect`` takes what is needed out of the parsed JSON (None for an empty body). ``resend``: False
        for writes; each asks for leave first (``permit``). Raises VendorRefusal (Refused), Retry, Unknown or
        Stop.
        """
        return self.exchange(
            kind,
            method,
            path,
            expect=lambda data, _: expect(data),
            params=params,
            body=body,
            headers=headers,
            resend=resend,
        )

    def exchange(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        expect: Callable[[Any, Answer], T],
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        resend: bool = True,
    ) -> T:
        """As ``call``; ``expect`` sees the answer's headers too."""
        data = None if body is None else orjson.dumps(body)
        permit = anybody if resend else self.permit

        def once() -> T:
            answer = self._authorized(permit, kind, method, path, params, data, headers)
            found = understood(answer.body, lambda parsed: expect(parsed, answer), WHO, kind)
            self._pace.after(answer)
            return found

        return retry.send(once, resend=resend, policy=self.policy, sleep=self.sleep)

    def token(self) -> Token:
        """The present token; logs in when there is none."""
        if self._token is None:
            retry.send(self._log_in, resend=True, policy=self.policy, sleep=self.sleep)
        if self._token is None:
            raise refused_token("token")
        return self._token

    def close(self) -> None:
        """Give back the sockets."""
        self._session.close()

    # ------------------------------------------------------------ inner

    def _authorized(self, permit: Permit, kind: str, method: str, path: str, *rest: Any) -> Answer:
        if self._client is None:
            self._log_in()
        try:
            return self._request(permit, kind, method, path, *rest)
        except _ExpiredError:
            self._log_in()
        try:
            return self._request(permit, kind, method, path, *rest)
        except _ExpiredError:
            raise refused_token(kind) from None

    def _request(
        self,
        permit: Permit,
        kind: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        data: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        self._pace.before(kind)
        permit()
        self.usage.count(kind)
        self._headers = {}
        try:
            response = self._client._call_salesforce(
                method,
                self._url(path),
                name=kind,
                params=params,
                data=data,
                headers=dict(headers or {}),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            return Answer(bounded(response.iter_content(1 << 18), WHO), self._headers)
        except SalesforceError as error:
            if is_expired(error.status, error.content):
                raise _ExpiredError from None
            raise translate(error.status, self._headers, error.content, kind) from None
        except SmarketingError:
            raise
        except (requests.RequestException, OSError) as error:
            ours = line_error(error, WHO, self._instance(), kind)
            raise ours or error from None  # the error quotes the URL, and with it the query

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return f"https://{self._client.sf_instance}{path}"
        return f"{self._client.base_url}{path}"

    def _instance(self) -> str:
        return self._token.instance_url if self._token else self._login.url

    def _note(self, response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
        self._headers = lower_headers(response.headers.items())

    def _log_in(self) -> None:
        now = time.monotonic()
        if len(self._logins) == _LOGINS and now - self._logins[0] < _LOGIN_WINDOW_S:
            raise Stop(
                "Salesforce ends every session at once: ten logins in ten minutes",
                fix="Check the session settings of the external client app and its run-as user",
                reason="credentials",
            )
        self._logins.append(now)
        self.usage.count("token")
        try:
            self._token = fetch(self._login, self._session, self._timeout)
        except Unknown as lost:  # of the login, not of the request that waits for it
            raise Retry(lost.message) from lost
        self._client = self._new_client(self._token)

    def _new_client(self, token: Token) -> Any:
        client = Client(
            instance_url=token.instance_url,
            session_id=token.secret,
            version=self._version,
            session=self._session,
        )
        client.headers.pop("X-PrettyPrint", None)
        if token.instance_url.startswith("http://") and is_loopback(client.sf_instance.partition(":")[0]):
            self._session.mount(f"https://{client.sf_instance}", _PlainHTTP())
        return client
