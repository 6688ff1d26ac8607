"""How tests talk to the simulated CRMs: as any client over HTTP, with the truth at hand."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import requests

from connector.sandbox.serve import Running
from connector.sandbox.world import World

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Crms:
    """Both CRMs as a client sees them; `world` is the truth behind."""

    world: World
    running: Running
    timeout_s: float = 20

    def patient(self, seconds: float) -> "Crms":
        """The same CRMs for a client that waits so long for an answer, and no longer."""
        return replace(self, timeout_s=seconds)

    def hubspot(self, method: str, path: str, body: Any = None) -> requests.Response:
        """A request as a HubSpot client makes it."""
        return self._ask(self.running.hubspot_url, method, path, body, "sandbox")

    def salesforce(self, method: str, path: str, body: Any = None) -> requests.Response:
        """A request as a Salesforce client makes it, with a valid token."""
        token = self.world.salesforce.new_token()
        return self._ask(self.running.salesforce_url, method, path, body, token)

    def _ask(self, base: str, method: str, path: str, body: Any, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, base + path, json=body, headers=headers, timeout=self.timeout_s)
