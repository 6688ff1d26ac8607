"""Chance that can be told again: it depends on a seed and on what is drawn, and on nothing else.

Enters: a seed and a place. Leaves: numbers. It keeps no state, so that no draw depends on another.
"""

import math
from random import Random

from pydantic import BaseModel, ConfigDict, Field, model_validator

P95_SIGMAS = 1.6448536269514722
"""How many standard deviations above its mean a normal distribution has passed 95 %."""


def drawn(seed: int, *place: str | int) -> Random:
    """A fresh source of chance for one place, such as ("fires", 17)."""
    return Random("/".join(map(str, (seed, *place))))


class Spread(BaseModel):
    """Milliseconds that vary as latencies do (lognormal): half are below `median`, 95 % below `p95`."""

    model_config = ConfigDict(extra="forbid")

    median: float = Field(gt=0)
    p95: float = Field(gt=0, le=3_600_000)

    @model_validator(mode="after")
    def _ordered(self) -> "Spread":
        if self.p95 < self.median:
            raise ValueError("p95 must not be below the median")
        return self

    def milliseconds(self, chance: Random) -> float:
        """One draw."""
        sigma = math.log(self.p95 / self.median) / P95_SIGMAS
        return chance.lognormvariate(math.log(self.median), sigma)
