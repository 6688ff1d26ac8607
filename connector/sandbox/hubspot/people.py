"""What people do in HubSpot's own screens, and HubSpot by itself: by the same rules as the API, or looser.

What enters: raw values, ids. What leaves: changed records, or an `ApiError` like the API's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.errors import not_found
from connector.sandbox.hubspot.records import Records, Row
from connector.sandbox.hubspot.sources import SYSTEM, person, workflow
from connector.sandbox.hubspot.submissions import Submission, submit
from connector.sandbox.hubspot.writes import Writer


class PeopleAtWork(ABC):
    """The part of an account that scenarios and the simulated working day use."""

    db: Database
    records: Records
    writer: Writer

    @abstractmethod
    def tick_ms(self) -> int:
        """The present for a write, in epoch milliseconds."""

    @abstractmethod
    def catch_up(self) -> None:
        """Does what became due meanwhile."""

    @abstractmethod
    def in_bin(self, row: Row) -> bool:
        """Whether a record can be restored."""

    @contextmanager
    def _act(self) -> Iterator[None]:
        """One act of somebody, after all that was due before it."""
        self.catch_up()
        with self.db.transaction():
            yield

    @abstractmethod
    def live(self, object_type: str, record_id: str | int, follow: bool = True) -> Row:
        """A living row by id. Raises ApiError 404."""

    def user_create(self, object_type: str, values: Mapping[str, Any], user_id: int = 9001) -> str:
        """A person creates a record in the user interface; returns its id. Raises ApiError like the API."""
        with self._act():
            row = self.writer.create(TYPE_NAMES[object_type], dict(values), person(user_id), self.tick_ms())
        return str(row.id)

    def user_edit(
        self, object_type: str, record_id: str | int, values: Mapping[str, Any], user_id: int = 9001
    ) -> None:
        """A person edits a record: like PATCH, but lifecycle stages may go back. Raises ApiError."""
        with self._act():
            row = self.live(object_type, record_id)
            self.writer.update(row, dict(values), person(user_id), self.tick_ms())

    def system_edit(self, object_type: str, record_id: str | int, values: Mapping[str, Any]) -> None:
        """HubSpot itself sets values, read-only ones too (scores, conversions, opt-outs). Raises ApiError."""
        with self._act():
            self.writer.update(self.live(object_type, record_id), dict(values), SYSTEM, self.tick_ms())

    def system_touch(self, object_type: str) -> int:
        """HubSpot recomputes something for all living records of a type, as in its batch update at the end of
        a month: each gets the same modification date, no value changes. Returns how many.

        Source: issue threads of other connectors, whose cursors hung on it.
        """
        with self._act():
            return self.records.touch(TYPE_NAMES[object_type], self.tick_ms())

    def user_archive(self, object_type: str, record_id: str | int) -> None:
        """A person deletes a record. Raises ApiError 404 if it does not live."""
        with self._act():
            self.writer.archive(self.live(object_type, record_id), self.tick_ms(), person())

    def user_restore(self, object_type: str, record_id: str | int) -> None:
        """A person restores a record. Raises ApiError: 404 after 90 days, 409 if its email is taken."""
        with self._act():
            row = self.records.get(TYPE_NAMES[object_type], int(record_id))
            if row is None or not self.in_bin(row):
                raise not_found()
            self.writer.restore(row, self.tick_ms(), person())

    def form_submit(self, submission: Submission) -> tuple[str, bool]:
        """Somebody fills in a form; the contact's id, and whether it is new. Raises ApiError."""
        with self._act():
            found, new = submit(self.writer, submission, self.tick_ms())
        return str(found), new

    def workflow_edit(
        self, object_type: str, record_id: str | int, values: Mapping[str, Any], name: str
    ) -> None:
        """A workflow edits a record; lifecycle stages only move forward. Raises ApiError."""
        with self._act():
            self.writer.update(
                self.live(object_type, record_id), dict(values), workflow(name), self.tick_ms()
            )
