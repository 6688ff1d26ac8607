"""The simulated CRMs as a process of their own, as a newcomer starts them.

What enters: nothing. What leaves: two addresses, the control interface, and what the servers wrote as errors.
"""

from __future__ import annotations

import tempfile
from typing import Any

import requests
from sandbox_process import FREE_PORTS, ready, start


class Simulated:
    """`python -m connector.sandbox` on free ports, empty but for a few owners."""

    def __init__(self, *options: str) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by stop()
        self._process = start(*FREE_PORTS, "--contacts", "0", *options, errors=self._errors)
        found = ready(self._process)
        self.hubspot_url, self.salesforce_url = found[1], found[2]
        self._session = requests.Session()

    def control(self, crm: str, method: str, path: str, body: Any = None) -> Any:
        """A request to the control interface of "hubspot" or "salesforce"; its JSON."""
        url = self.hubspot_url if crm == "hubspot" else self.salesforce_url
        answer = self._session.request(method, f"{url}/_sandbox{path}", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def errors(self) -> str:
        """What the servers wrote to their error output: tracebacks, if ever."""
        self._errors.seek(0)
        return self._errors.read()

    def stop(self) -> None:
        """Ends the process."""
        self._session.close()
        self._process.terminate()
        self._process.communicate(timeout=20)
        self._errors.close()
