"""Salesforce's errors at the fields of a form.

Enters: what the store raises. Leaves: the same in Salesforce's own words, by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from connector.sandbox.salesforce.errors import ApiError, Problem, RecordError
from connector.sandbox.ui.nouns import RefusedError


@contextmanager
def in_own_words() -> Iterator[None]:
    """What the store refuses becomes a RefusedError."""
    try:
        yield
    except (ApiError, RecordError) as error:
        raise RefusedError(list(_by_field(error.problems))) from error
    except ValueError as error:
        raise RefusedError([(None, str(error))]) from error


def at_field(name: str, error: ApiError) -> list[tuple[str | None, str]]:
    """What the reader of single values says, at the field whose value it was."""
    return [(name, f"{each.message} ({each.code})") for each in error.problems]


def _by_field(problems: Sequence[Problem]) -> Iterator[tuple[str | None, str]]:
    for each in problems:
        for name in each.fields or (None,):
            yield name, f"{each.message} ({each.code})"
