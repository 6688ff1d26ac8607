"""What a fault asks of the CRM that carries a request out: rows to refuse, writes to show late,
a session to end.

Enters: faults put it into the scope of a request. Leaves: handlers of both CRMs look at it. It holds no rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SCOPE_KEY = "orders"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row fails: the vendor's code, its words, and the fields concerned."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Orders:
    """`refusal` tells for each row of a batch (from 0) why it fails, if it does; `late_s` is how many seconds
    of virtual time pass until others see what the request writes; with `no_session` the session that its body
    names is dead."""

    refusal: Callable[[int], Refusal | None] | None = None
    late_s: float = 0
    no_session: bool = False

    def refused(self, row: int) -> Refusal | None:
        """Why this row fails; None when it does not."""
        return None if self.refusal is None else self.refusal(row)


NO_ORDERS = Orders()


def orders_of(scope: Mapping[str, Any]) -> Orders:
    """What is asked about this request."""
    found: Orders = scope.get(SCOPE_KEY, NO_ORDERS)
    return found
