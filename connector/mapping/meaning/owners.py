"""What owners.yaml means: each address stands for one person on each side.

Enters: files whose shape is right. Leaves: problems. Never: I/O.
"""

from collections.abc import Iterator

from connector.mapping.parsed import Files
from connector.mapping.problem import Problem
from connector.model import Side


def one_each(files: Files) -> Iterator[Problem]:
    """Who stood for two people on the other side could not be told back."""
    for side in Side:
        seen: dict[str, int] = {}
        for i, entry in enumerate(files.owners.model.same if files.owners else ()):
            assert files.owners is not None
            address = entry.hubspot if side is Side.HUBSPOT else entry.salesforce
            path = ("same", i, side.value)
            if address.lower() in seen:
                message = f"this address is already in line {seen[address.lower()]}; it stands for one person"
                yield files.owners.problem(path, message, "same-owner")
            seen.setdefault(address.lower(), files.owners.where(*path).line)


CHECKS = (one_each,)
