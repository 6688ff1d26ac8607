"""The official Salesforce client, imported without what only its own logins need.

Enters: nothing. Leaves: the client's class and its error. Never: a request.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


@contextmanager
def _postponed(name: str) -> Iterator[None]:
    """Who imports this module inside it gets a stand-in, which loads the module when something of it is used
    (a module's ``__getattr__``, PEP 562)."""
    if name in sys.modules:
        yield
        return

    def used(attribute: str) -> Any:
        return getattr(import_module(name), attribute)

    sys.modules[name] = stand_in = ModuleType(name)
    vars(stand_in)["__getattr__"] = used
    try:
        yield
    finally:
        del sys.modules[name]


# It brings all of X.509 along, a tenth of what a command takes to start; we ask for our tokens ourselves.
with _postponed("jwt"):
    from simple_salesforce.api import Salesforce as Client
    from simple_salesforce.exceptions import SalesforceError

__all__ = ["Client", "SalesforceError"]
