"""What is wrong in a mapping file, and where, in words for the person who edits it.

Enters: places and names. Leaves: ``Problem`` values; nothing is raised for a user's mistake. Never: I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connector.mapping.rules import Where


class Severity(StrEnum):
    """An error stops every run; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``rule``: short name of the check, as listed in docs/mapping.md."""

    where: Where
    message: str
    rule: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.where.file}:{self.where.line}:{self.where.column}"
        word = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}: {word}{self.message} [{self.rule}]"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file, line and column; each once."""
    return sorted(set(problems), key=lambda p: (p.where, p.severity, p.message))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that stop a run."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]
