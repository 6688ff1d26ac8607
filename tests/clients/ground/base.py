"""A ground: both accounts, the tag, and what differs between simulated and real ones.

What enters: logins, or a running simulation. What leaves: a `Ground`, on which tests and probes stand alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ground.accounts import HubSpotLogin, Logins, SalesforceLogin
from ground.hubspot import HubSpotGround
from ground.salesforce import SalesforceGround
from ground.simulated import Simulated
from ground.tag import Tag
from ground.traffic import Traffic

BUDGET = {"hubspot": 4_000, "salesforce": 3_000}
"""Requests that one run may send to a real account: far below what the smallest account has in a day."""

T = TypeVar("T")


@dataclass
class Ground:
    """Where tests and probes stand. A CRM without credentials is None, `simulated` at real accounts too."""

    hubspot: HubSpotGround | None
    salesforce: SalesforceGround | None
    simulated: Simulated | None = None
    faults: bool = False
    tag: Tag = field(default_factory=Tag)
    poll_s: float = 2.0
    polls: int = 40
    kept: dict[str, str] = field(default_factory=dict)
    """What several tests use, by name: made once, removed with the rest."""

    def pause(self) -> None:
        """So much time passes that a stamp of whole seconds moves: on the virtual clock, or really."""
        if self.simulated is None:
            time.sleep(self.poll_s)
        else:
            self.simulated.control("hubspot", "POST", "/clock", {"advance_s": 2})

    def eventually(self, look: Callable[[], T], good: Callable[[T], bool]) -> T:
        """Looks until it is good, for a minute or so; what was seen last."""
        found = look()
        for _ in range(self.polls):
            if good(found):
                break
            self.pause()
            found = look()
        return found


def simulated_ground(simulated: Simulated, faults: bool = False) -> Ground:
    """Both simulated CRMs."""
    hubspot = HubSpotGround(simulated.hubspot_url, "sandbox", Traffic(tries=20))
    login = SalesforceLogin(simulated.salesforce_url, "sandbox", "sandbox")
    return Ground(hubspot, SalesforceGround(login, Traffic(tries=20)), simulated, faults)


def live_ground(logins: Logins) -> Ground:
    """The accounts that were named. Raises LoginError."""
    loopback = all("://127.0.0.1" in each.url or "://localhost" in each.url for each in _given(logins))
    hubspot = logins.hubspot and HubSpotGround(
        logins.hubspot.url, logins.hubspot.token, _traffic("hubspot", logins.per_second)
    )
    salesforce = logins.salesforce and SalesforceGround(
        logins.salesforce, _traffic("salesforce", logins.per_second)
    )
    return Ground(hubspot, salesforce, poll_s=1.1 if loopback else 2.0)


def _given(logins: Logins) -> list[HubSpotLogin | SalesforceLogin]:
    return [each for each in (logins.hubspot, logins.salesforce) if each is not None]


def _traffic(crm: str, per_second: float) -> Traffic:
    return Traffic(per_second, BUDGET[crm], tries=6, first_wait_s=1.0 if per_second else 0.005)
