"""What the files mean, across blocks and files. Every check is a function from the files to problems.

Enters: files whose shape is right. Leaves: problems. Never: I/O, and never the CRMs (that is ``live``).
"""

from collections.abc import Callable, Iterable

from connector.mapping.meaning import criteria, deals, fields, objects, owners, stages
from connector.mapping.parsed import Files
from connector.mapping.problem import Problem

Check = Callable[[Files], Iterable[Problem]]
CHECKS: tuple[Check, ...] = (
    *stages.CHECKS,
    *deals.CHECKS,
    *objects.CHECKS,
    *fields.CHECKS,
    *owners.CHECKS,
    *criteria.CHECKS,
)


def check(files: Files) -> list[Problem]:
    """All problems of all checks. A check that needs a missing file finds nothing."""
    return [problem for one in CHECKS for problem in one(files)]
