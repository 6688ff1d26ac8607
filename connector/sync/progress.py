"""How a run tells where it is. The command line draws it; jobs ignore it."""

from typing import Protocol


class Progress(Protocol):
    """``step`` is called often: ``stage`` in plain words, ``done`` of ``total`` (None: not known)."""

    def step(self, stage: str, done: int, total: int | None) -> None: ...


class Silent:
    """Shows nothing."""

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Do nothing."""
