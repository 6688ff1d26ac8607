"""Deploys as they are kept and shown.

In: a zip and its options. Out: requests by id, which go on a step each time that somebody looks: Pending,
InProgress, then the end. In memory only: a restart loses them. Source: Metadata API Developer Guide,
"DeployResult"; results are kept for 30 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.salesforce.ids import new_id, to_18
from connector.sandbox.salesforce.mdapi.engine import Message, Options, Verdict, carry_out
from connector.sandbox.salesforce.mdapi.package import ZipProblem, unzip
from connector.sandbox.salesforce.org import Org

KEPT = timedelta(days=30)
ENDED = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled"})


@dataclass(slots=True)
class Deploy:
    """One request to deploy."""

    id: str
    raw: bytes
    options: Options
    user: str
    created: datetime
    touched: datetime
    status: str = "Pending"
    started: datetime | None = None
    completed: datetime | None = None
    verdict: Verdict | None = None
    error: tuple[str, str] | None = None
    """(status code, message) when the zip itself was the problem."""

    @property
    def done(self) -> bool:
        return self.status in ENDED

    @property
    def succeeded(self) -> bool:
        """Assumption: a partial success is one."""
        return self.status in ("Succeeded", "SucceededPartial")

    @property
    def messages(self) -> list[Message]:
        return [] if self.verdict is None else self.verdict.messages

    def go_on(self, org: Org) -> None:
        """The next step, to be taken after the present state was told."""
        now = org.clock.now()
        if self.status == "Pending":
            self.status, self.started = "InProgress", now
        elif self.status == "Canceling":
            self.status, self.completed = "Canceled", now
        elif self.status == "InProgress":
            self._finish(org)
            self.completed = now
        else:
            return
        self.touched = now

    def _finish(self, org: Org) -> None:
        try:
            self.verdict = carry_out(org, unzip(self.raw, self.options.single_package), self.options)
        except ZipProblem as problem:
            self.status, self.error = "Failed", (problem.code, problem.text)
            return
        self.raw = b""
        failed = self.verdict.failures
        if not failed:
            self.status = "Succeeded"
        elif self.verdict.kept and len(failed) < len(self.verdict.components):
            self.status = "SucceededPartial"
        else:
            self.status = "Failed"


class Deploys:
    """The deploys of an org."""

    def __init__(self) -> None:
        self._deploys: dict[str, Deploy] = {}
        self._made = 0

    def clear(self) -> None:
        self._deploys.clear()

    def add(self, raw: bytes, options: Options, user: str, now: datetime) -> Deploy:
        """A new request, waiting for its turn."""
        self._made += 1
        made = Deploy(new_id("0Af", self._made), raw, options, user, now, now)
        self._deploys[made.id] = made
        return made

    def get(self, id: str, now: datetime) -> Deploy | None:
        """The request of this id, while it is kept."""
        self._deploys = {key: each for key, each in self._deploys.items() if now - each.created <= KEPT}
        return self._deploys.get(to_18(id) or "")
