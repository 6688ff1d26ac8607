"""All SOAP APIs of the simulated Salesforce, and how each refuses a call as a whole."""

from __future__ import annotations

from starlette.responses import Response

from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.mdapi.service import METADATA
from connector.sandbox.salesforce.soap.envelope import Fault, fault
from connector.sandbox.salesforce.soap.partner import ENTERPRISE, PARTNER

SERVICES = (METADATA, PARTNER, ENTERPRISE)


def refusal(path: str, problem: Problem) -> Response | None:
    """The fault with which the API at this path says so; None where no SOAP is spoken."""
    found = next((each for each in SERVICES if path.startswith(each.path + "/")), None)
    return fault(found.faults, Fault(problem.code, problem.message), found.detailed) if found else None
