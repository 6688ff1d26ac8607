"""Webhooks of the simulated account: events of records, sent to one loopback address by a thread.

What enters: subscriptions from the control interface, what happens to records. What leaves: signed requests.
Events wait in a table, so that what is rolled back is never sent. Times are those of the virtual clock, so a
retry waits until the clock is moved.
Source: HubSpot developers, "Webhooks API" and "Validating requests" guides. Assumptions: the intervals of the
ten retries; a merge also tells the deletion of both old records; associations that go with a record, and
labels that come and go, tell nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from connector.sandbox.hubspot.catalog import CRM_OBJECTS, SINGULAR
from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.edges import PRIMARY_TYPE, Pair
from connector.sandbox.hubspot.errors import PORTAL_ID
from connector.sandbox.hubspot.limits import ReadsTime
from connector.sandbox.hubspot.sources import Source
from connector.sandbox.hubspot.values import millis

MAX_EVENTS, TIMEOUT_S, POLL_S = 100, 5.0, 0.02
RETRY_AFTER_S = (60, 300, 900, 1800, 3600, 7200, 10800, 14400, 18000, 21600)
KINDS = (
    "associationChange",
    "creation",
    "deletion",
    "merge",
    "privacyDeletion",
    "propertyChange",
    "restore",
)
MAX_SUBSCRIPTIONS = 1_000
_UNSUBSCRIBABLE = ("hs_lastmodifieddate", "lastmodifieddate")


@dataclass(frozen=True, slots=True)
class Target:
    """Where events go. `duplicates` sends each request twice, `reverse` turns the order of events around."""

    url: str
    secret: str
    app_id: int
    subscriptions: Mapping[tuple[str, str | None], int]
    duplicates: bool = False
    reverse: bool = False


def target_from(raw: Mapping[str, Any]) -> Target:
    """{url, secret, subscriptions: [{subscriptionType, propertyName?}], ...}. Raises ValueError."""
    url, secret, rows = raw.get("url"), raw.get("secret"), raw.get("subscriptions")
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost") or parts.port == 0:
        raise ValueError('"url" must be an http address on this machine')
    if not isinstance(secret, str) or not isinstance(rows, list):
        raise ValueError('"secret" must be a text and "subscriptions" a list')
    if len(rows) > MAX_SUBSCRIPTIONS:
        raise ValueError(f"an app has at most {MAX_SUBSCRIPTIONS} subscriptions")
    subscriptions = {subscription_of(row): 1_000 + position for position, row in enumerate(rows)}
    flags = {name: raw.get(name, False) is True for name in ("duplicates", "reverse")}
    app_id = raw.get("app_id", 1)
    if not isinstance(app_id, int):
        raise ValueError('"app_id" must be a whole number')
    return Target(parts.geturl(), secret, app_id, subscriptions, **flags)


def subscription_of(row: Any) -> tuple[str, str | None]:
    """(subscription type, property) of {subscriptionType, propertyName?}. Raises ValueError."""
    kind, name = (
        (row.get("subscriptionType"), row.get("propertyName")) if isinstance(row, dict) else ("", None)
    )
    singular, _, event = str(kind).partition(".")
    if singular not in [SINGULAR[each] for each in CRM_OBJECTS] or event not in KINDS:
        raise ValueError(f"no subscriptionType {kind!r}; such as contact.propertyChange: {', '.join(KINDS)}")
    if (event == "propertyChange") is not isinstance(name, str) or name in _UNSUBSCRIBABLE:
        raise ValueError("propertyChange, and only that, needs a propertyName that can be subscribed to")
    return str(kind), name


class Webhooks:
    """The outbox and its thread, which runs while there is a target."""

    def __init__(self, db: Database, clock: ReadsTime) -> None:
        self.db, self.clock = db, clock
        self.target: Target | None = None
        self.delivered = self.refused = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def configure(self, target: Target | None) -> None:
        """Sends to this target only; what still waited for another is dropped."""
        self.close()
        with self.db.transaction():
            self.db.run("DELETE FROM outbox")
        self.delivered = self.refused = 0
        if target is not None:
            self._begin(target)

    def _begin(self, target: Target) -> None:
        self.target, self._stop = target, threading.Event()
        self._thread = threading.Thread(target=self._work, args=(self._stop,), daemon=True)
        self._thread.start()

    def change(self, target: Target | None) -> None:
        """Goes on with other subscriptions, or another address; what waits goes there."""
        if target is None:
            self.configure(None)
        elif self._thread is None:
            self._begin(target)
        else:
            self.target = target

    def close(self) -> None:
        """Ends the thread, after the request that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._thread, self.target = None, None

    def waiting(self) -> int:
        """Events that are not delivered yet."""
        return int(self.db.scalar("SELECT count(*) FROM outbox"))

    def tell(
        self,
        object_type: str,
        object_id: int,
        event: str,
        source: Source,
        name: str | None = None,
        **more: Any,
    ) -> None:
        """Something happened to a record. Needs a transaction."""
        if self.target is None:  # most of the time, and this is asked at each value written
            return
        about = {"propertyName": name} if name else {"changeFlag": _FLAGS.get(event, event.upper())}
        self._wait(f"{SINGULAR[object_type]}.{event}", name, source, {"objectId": object_id, **about, **more})

    def tell_association(
        self, pair: Pair, from_id: int, to_id: int, types: Iterable[int], source: Source, removed: bool
    ) -> None:
        """Two records were associated, or no longer are: one event for each end. Needs a transaction."""
        primary = bool({*PRIMARY_TYPE.values()} & {*types})
        for ends, first, second in ((pair, from_id, to_id), (pair[::-1], to_id, from_id)):
            about = {
                "associationType": "_TO_".join(SINGULAR[each].upper() for each in ends),
                "fromObjectId": first,
                "toObjectId": second,
                "associationRemoved": removed,
                "isPrimaryAssociation": primary,
            }
            self._wait(f"{SINGULAR[ends[0]]}.associationChange", None, source, about)

    def _wait(self, kind: str, name: str | None, source: Source, about: Mapping[str, Any]) -> None:
        """Puts an event into the outbox if anybody subscribed to it."""
        if self.target is None or (kind, name) not in self.target.subscriptions:
            return
        now = millis(self.clock.now())
        body: dict[str, Any] = {
            "subscriptionId": self.target.subscriptions[kind, name],
            "portalId": PORTAL_ID,
            "appId": self.target.app_id,
            "occurredAt": now,
            "subscriptionType": kind,
            "changeSource": source.type,
            "sourceId": source.id,
            **about,
        }
        sql = "INSERT INTO outbox VALUES (NULL, ?, 0, ?)"
        self.db.run(sql, now, orjson.dumps(body).decode())

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(POLL_S):
            while not stop.is_set() and (target := self.target) is not None and self._deliver(target):
                pass

    def _deliver(self, target: Target) -> bool:
        """Sends what is due, a hundred events at most; False when nothing was."""
        now = millis(self.clock.now())
        sql = "SELECT seq, attempt, body FROM outbox WHERE due <= ? ORDER BY seq LIMIT ?"
        rows = self.db.rows(sql, now, MAX_EVENTS)
        if not rows:
            return False
        events = [
            {"eventId": seq, **orjson.loads(body), "attemptNumber": attempt} for seq, attempt, body in rows
        ]
        body = orjson.dumps(events[::-1] if target.reverse else events)
        answers = [_post(target, body, now) for _ in range(2 if target.duplicates else 1)]
        with self.db.transaction():
            for seq, attempt, _ in rows:
                self._settle(seq, attempt, now, all(answers))
        return True

    def _settle(self, seq: int, attempt: int, now: int, done: bool) -> None:
        if done or attempt >= len(RETRY_AFTER_S):
            self.delivered += done
            self.refused += not done
            self.db.run("DELETE FROM outbox WHERE seq = ?", seq)
        else:
            due = now + RETRY_AFTER_S[attempt] * 1000
            self.db.run("UPDATE outbox SET attempt = ?, due = ? WHERE seq = ?", attempt + 1, due, seq)


_DECODED = {f"%{ord(each):02X}": each for each in ":/?@!$'()*,;"}
_FLAGS = {"creation": "CREATED", "deletion": "DELETED", "merge": "MERGED", "restore": "RESTORED"}


def signature(secret: str, url: str, body: bytes, timestamp: str) -> str:
    """X-HubSpot-Signature-v3 of a POST; in the address some characters are signed as they read decoded."""
    for encoded, plain in _DECODED.items():
        url = url.replace(encoded, plain).replace(encoded.lower(), plain)
    text = b"POST" + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def _post(target: Target, body: bytes, now: int) -> bool:
    """Whether the receiver answered with success within five seconds."""
    parts = urlsplit(target.url)
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Request-Timestamp": str(now),
        "X-HubSpot-Signature-v3": signature(target.secret, target.url, body, str(now)),
    }
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("POST", path, body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
