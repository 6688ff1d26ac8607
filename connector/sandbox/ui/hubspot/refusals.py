"""HubSpot's errors at the fields of a form.

Enters: what the store raises. Leaves: the same in HubSpot's own words, by property.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connector.sandbox.hubspot.errors import ApiError, existing_id
from connector.sandbox.ui.nouns import RefusedError


@contextmanager
def in_own_words() -> Iterator[None]:
    """What the store refuses becomes a RefusedError; a record that is not there stays a LookupError."""
    try:
        yield
    except ApiError as error:
        if error.status == 404:
            raise LookupError("There is no such record, or no longer.") from error
        raise RefusedError(list(_problems(error))) from error


def _problems(error: ApiError) -> Iterator[tuple[str | None, str]]:
    named = [name for name in error.context.get("properties", ()) if isinstance(name, str)]
    for name in named:
        yield name, error.message
    for detail in error.errors:
        place = detail.get("context", {}).get("propertyName", [None])[0]
        yield place, f"{detail['message']} ({detail.get('code', error.category)})"
    if not named and not error.errors:
        yield ("email" if existing_id(error.message) else None), f"{error.message} ({error.category})"
