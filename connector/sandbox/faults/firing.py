"""A rule fires at a request: what its answer may know, and what every answer can do.

Enters: the request, the number of it, the seed. Leaves: chance, and the app that answers.
"""

from dataclasses import dataclass
from random import Random
from typing import Protocol

from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp

from connector.sandbox.faults.asked import Asked, Side
from connector.sandbox.faults.chance import drawn
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.salesforce.store import SalesforceStore


class BothCrms(Protocol):
    """What faults may reach of the world."""

    @property
    def hubspot(self) -> HubSpotStore: ...

    @property
    def salesforce(self) -> SalesforceStore: ...


@dataclass(frozen=True, slots=True)
class Firing:
    """The rule with this id and seed fires at this request, the `number`th that it concerns."""

    asked: Asked
    number: int
    seed: int
    rule: int
    crms: BothCrms

    def chance(self, *purpose: str | int) -> Random:
        """Chance that the seed, the number and the purpose decide, and nothing else."""
        return drawn(self.seed, *purpose, self.number)


class Answer(BaseModel):
    """What a rule does when it fires."""

    model_config = ConfigDict(extra="forbid")

    @property
    def side(self) -> Side | None:
        """The only CRM that answers like this; None: both do."""
        return None

    def around(self, firing: Firing, app: ASGIApp) -> ASGIApp:
        """The app that answers this one request; `app` is what would answer without the fault."""
        raise NotImplementedError
