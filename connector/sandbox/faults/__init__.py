"""Faults that the simulated CRMs make on purpose, as told through `/_sandbox/faults`.

Enters: rules in JSON, and every request before it is handled. Leaves: the app that answers it: the CRM's own,
one in its place, or one around it. It never decides by real time or real chance: the same rules and the same
requests give the same faults.
"""

from connector.sandbox.faults.book import Faults

__all__ = ["Faults"]
