"""What may stand in a switch of a simulated CRM.

In: a JSON value and the name of its switch. Out: the value as it is set, or a ValueError that says what may
stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

MOST = 10**9
"""The largest number of a switch: as seconds about thirty years."""
Check = Callable[[Any, str], Any]
"""(value, name of the switch) -> the value as it is set."""


def checked(wanted: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """The values of the switches named, as they are set. Raises ValueError, which tells all that is wrong."""
    unknown = ", ".join(repr(name) for name in wanted if name not in checks)
    wrong = [f"no switch {unknown}; there are {', '.join(checks)}"] if unknown else []
    found = {}
    for name in [each for each in wanted if each in checks]:
        try:
            found[name] = checks[name](wanted[name], name)
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("; ".join(wrong))
    return found


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
    return value


def text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'"{name}" must be a text')
    return value


def whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise ValueError(f'"{name}" must be a whole number from 0 to {MOST}')
    return value


def up_to(most: int) -> Check:
    """A whole number from 0 to `most`."""

    def bounded(value: Any, name: str) -> int:
        if whole(value, name) > most:
            raise ValueError(f'"{name}" must be a whole number from 0 to {most}')
        return int(value)

    return bounded


def positive(value: Any, name: str) -> int:
    if whole(value, name) == 0:
        raise ValueError(f'"{name}" must be a whole number from 1 to {MOST}')
    return int(value)


def seconds(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise ValueError(f'"{name}" must be a number from 0 to {MOST}')
    return float(value)


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def chosen(value: Any, name: str) -> str:
        if value not in allowed:
            raise ValueError(f'"{name}" must be one of {", ".join(allowed)}')
        return str(value)

    return chosen


def or_null(check: Check) -> Check:
    """The same check, with null allowed."""
    return lambda value, name: None if value is None else check(value, name)


def each(check: Check) -> Check:
    """A list whose members pass a check."""

    def listed(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f'"{name}" must be a list')
        return [check(member, name) for member in value]

    return listed


def by_key(check_key: Check, check: Check) -> Check:
    """An object whose keys and values pass their checks."""

    def mapped(value: Any, name: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise ValueError(f'"{name}" must be an object')
        return {check_key(key, name): check(member, f"{name}.{key}") for key, member in value.items()}

    return mapped


def fields_of(value: Any, name: str, known: Mapping[str, bool]) -> dict[str, Any]:
    """An object with these keys and no others; those that are True must be there."""
    if not isinstance(value, dict) or set(value) - set(known) or {k for k in known if known[k]} - set(value):
        listed = ", ".join(key if needed else f"{key} (may be left out)" for key, needed in known.items())
        raise ValueError(f'"{name}" must be an object with {listed}')
    return value
