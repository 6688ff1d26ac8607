"""The state of one simulated org: tables, catalog, clock, and what its admins have set up.

In: a database path and a clock. Out: the object that all operations share. It holds no operation itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from connector.sandbox.salesforce.automation import Automation, DuplicateRule, Validation
from connector.sandbox.salesforce.catalog import Catalog, View
from connector.sandbox.salesforce.db import Database
from connector.sandbox.salesforce.ids import new_id
from connector.sandbox.salesforce.late import LateCommits
from connector.sandbox.salesforce.limits import Limits
from connector.sandbox.salesforce.locks import Locks
from connector.sandbox.salesforce.moments import exact, stamp
from connector.sandbox.salesforce.schema import ObjectType, Row

WriteHook = Callable[[str, Row | None, Row], Row]
"""(object type, row before or None, row about to be stored) -> row to store; may raise ValidationRule."""


PERMISSIONS = ("ViewSetup", "BulkApiHardDelete", "CreateAuditFields", "EditConvertedLeads")
"""What a user may beyond objects and fields: View Setup and Configuration; Bulk API Hard Delete; Set Audit
Fields upon Record Creation; View and Edit Converted Leads."""
FIRST_PERMISSIONS = frozenset({"ViewSetup"})


class Ticking(Protocol):
    """The part of the shared clock that the org needs."""

    def now(self) -> datetime: ...

    def tick(self) -> datetime: ...


class Org:
    """What the operations of `writes`, `lifecycle`, `soql` and the HTTP handlers work on."""

    def __init__(self, path: str, clock: Ticking, edition: str | None = None) -> None:
        self.clock = clock
        self._edition = edition
        self.db = Database(path)
        self.db.changes.now.moment = lambda: exact(clock.now())
        self.catalog = Catalog(self.db)
        self.on_write: list[WriteHook] = []
        self.assignment_owner: str | None = None
        """The user to whom the active lead assignment rule gives leads; None: no active rule."""
        self.automations: list[Automation] = []
        self.validations: list[Validation] = []
        self.duplicate_rules: list[DuplicateRule] = []
        self.locks = Locks(clock)
        self.late = LateCommits(self.db, clock, self.locks, self.catalog.changed)
        """What somebody has written and nobody sees yet."""
        self.set_up()

    def set_up(self) -> None:
        """What a test or an admin may have changed is as in a fresh org again."""
        self.on_write.clear()
        self.locks.release()
        self.late.clear()
        self.db.changes.now.gap = False
        self.assignment_owner = None
        for rules in (self.automations, self.validations, self.duplicate_rules):
            rules.clear()
        self.limits = Limits(self.clock, self._edition)
        self.replication_lag = timedelta(0)
        """How far `latestDateCovered` stays behind the present."""
        self.deletes_trimmed_to: datetime | None = None
        """The purge took entries from the delete log up to here: it was too long."""
        self.most_replicated = 600_000
        self.late_commit = timedelta(0)
        """How long people's transactions last: what they write is seen later, with older stamps."""
        self.page_rows: int | None = None
        """Rows of a page at most, whatever a client asks for."""
        self.apex_convert = False
        """Whether the Apex class that converts leads is there without having been deployed."""
        self.bin_days = 15
        self.kept_up_to: datetime | None = None
        """Until when the recycle bin was emptied and activities were archived."""
        self.storage_mb: int | None = None
        """Room for data; None: as much as it takes."""
        self.permissions = set(FIRST_PERMISSIONS)
        """Permissions of the running user beyond objects and fields, out of PERMISSIONS."""

    @property
    def id(self) -> str:
        """The id of the organization."""
        return self.db.noted("org id") or new_id("00D", 1)

    @cached_property
    def user(self) -> str:
        """The running user: the integration user, to whom every token belongs."""
        return new_id("005", 1)

    @cached_property
    def profile(self) -> str:
        return new_id("00e", 1)

    @property
    def view(self) -> View:
        """What the running user sees."""
        return self.catalog.seen_by(self.user)

    def stamp(self) -> str:
        """The present as a system stamp."""
        return stamp(self.clock.now())

    def kind(self, name: str) -> ObjectType:
        """The full object type. Raises LookupError."""
        kind = self.catalog.everything.types.get(name.lower())
        if kind is None:
            raise LookupError(f"the simulated Salesforce has no object type {name!r}")
        return kind

    def stages(self) -> Mapping[str, Row]:
        """Opportunity stages by lower-case API name."""
        return {str(row["ApiName"]).lower(): row for row in self.db.find(self.kind("OpportunityStage"), "1")}
