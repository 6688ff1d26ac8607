"""The simulated Salesforce without HTTP: bulk loading, ground truth, and people at work.

In: rows and edits in plain Python values. Out: stored records. What comes through the API does not pass
here but through `app`; both meet in `writes`, so that a person's edit obeys the same rules as an API call.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from connector.sandbox.salesforce import (
    conversion,
    currencies,
    history,
    housekeeping,
    lifecycle,
    record_types,
    upkeep,
    writes,
)
from connector.sandbox.salesforce.bulk.jobs import Jobs
from connector.sandbox.salesforce.cursors import Cursors
from connector.sandbox.salesforce.duplicates import Options
from connector.sandbox.salesforce.fresh import furnish
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.locks import needed
from connector.sandbox.salesforce.mdapi.deploys import Deploys
from connector.sandbox.salesforce.mdapi.retrieves import Retrieves
from connector.sandbox.salesforce.org import Org, Ticking
from connector.sandbox.salesforce.schema import Choice, Row
from connector.sandbox.salesforce.seeding import prepared
from connector.sandbox.salesforce.values import parse_row


class SalesforceStore(Org):
    """One org on SQLite (`path` may be ":memory:"); thread-safe.

    `edition` names the request limits that are enforced (None: none).
    """

    def __init__(self, path: str, clock: Ticking, edition: str | None = None) -> None:
        super().__init__(path, clock, edition)
        self.cursors = Cursors()
        self.jobs = Jobs()
        self.deploys = Deploys()
        self.retrieves = Retrieves()
        if self.db.noted("furnished") is None:
            self._furnish()

    def close(self) -> None:
        """Commits what waits for its moment, and closes the database."""
        self.late.settle_all()
        self.db.close()

    def reset(self) -> None:
        """Back to a fresh org: no records, custom fields, permissions, tokens, rules or hooks."""
        with self.db.lock:
            self.set_up()
            self.cursors = Cursors()
            self.jobs.clear()
            self.deploys.clear()
            self.retrieves.clear()
            self.catalog.start_afresh()
            self._furnish()

    def become(self, other: SalesforceStore) -> None:
        """Holds what another org holds, and nothing else. Settings stay."""
        with self.db.lock:
            self.db.become(other.db)
            self.catalog.reload()

    def _furnish(self) -> None:
        furnish(self)
        self.db.note("furnished", "yes")

    # rows in bulk, and ground truth

    def load(self, type: str, rows: Iterable[Mapping[str, object]]) -> list[str]:
        """Stores many rows in one transaction and returns their ids in order.

        Rows carry field API names; `Id` is kept when given; `_created` and `_modified` (aware datetimes) set
        the stamps, else the present does. Derived fields are filled; only names and JSON types are checked.
        """
        kind = self.kind(type)
        with self.db.transaction():
            ready = list(prepared(self, kind, rows))
            self.db.insert(kind, ready)
        self.catalog.changed()
        return [str(row["Id"]) for row in ready]

    def get(self, type: str, id: str) -> Row | None:
        """The stored row, deleted or not, whoever may see it; None if there never was one."""
        with self.db.lock:
            self.late.settle()
            return self.db.read(self.kind(type), to_18(id) or id)

    def all(self, type: str, include_deleted: bool = True) -> Iterator[Row]:
        """Every stored row in the order of creation. Raises LookupError for an unknown type."""
        kind = self.kind(type)
        where = "1" if include_deleted or not kind.soft_delete else '"IsDeleted" = 0'
        with self.db.lock:
            self.late.settle()
            return self.db.find(kind, where)

    # people at work

    def user_create(self, type: str, values: Mapping[str, object], user_id: str | None = None) -> str:
        """A person makes a record by hand. Raises RecordError as the screen would."""
        kind = self.kind(type)
        with self._by_hand():
            self.clock.tick()
            return writes.create(self, self._person(user_id), kind, parse_row(kind, values))

    def user_edit(self, type: str, id: str, values: Mapping[str, object], user_id: str | None = None) -> None:
        """A person changes a record by hand, and is its LastModifiedBy. Raises RecordError."""
        kind = self.kind(type)
        with self._by_hand():
            self.clock.tick()
            writes.update(self, self._person(user_id), kind, to_18(id) or id, parse_row(kind, values))

    def user_delete(self, type: str, id: str, user_id: str | None = None) -> None:
        """A person deletes a record: it goes to the recycle bin. Raises RecordError."""
        with self._by_hand():
            self.clock.tick()
            writes.delete(self, self._person(user_id), self.kind(type), to_18(id) or id)

    def user_undelete(self, type: str, id: str, user_id: str | None = None) -> None:
        """A person takes a record back from the recycle bin. Raises RecordError."""
        with self._by_hand():
            self.clock.tick()
            upkeep.catch_up(self)
            lifecycle.undelete(self, self._person(user_id).user, self.kind(type), to_18(id) or id)

    def merge(self, type: str, master_id: str, loser_ids: Sequence[str], user_id: str | None = None) -> None:
        """A person merges one or two records into a master. Raises ValueError or RecordError."""
        with self._by_hand():
            self.clock.tick()
            losers = [to_18(loser) or loser for loser in loser_ids]
            by = self._person(user_id).user
            lifecycle.merge(self, by, self.kind(type), to_18(master_id) or master_id, losers)

    def convert(
        self,
        lead: str,
        contact: str | None = None,
        account: str | None = None,
        opportunity: bool = True,
        user_id: str | None = None,
    ) -> dict[str, str | None]:
        """A person converts a lead into a new or given contact and account, with or without an opportunity.

        Returns `{"lead", "account", "contact", "opportunity"}` as ids. Raises LookupError for unknown
        records, ValueError for a lead that is already converted, RecordError for what rules refuse.
        """
        by = self._person(user_id)
        with self._by_hand():
            self.clock.tick()
            wanted = conversion.Wanted(
                lead, account=account, contact=contact, opportunity=opportunity, owner=self._heir(lead, by)
            )
            return conversion.convert(self, by, wanted)

    def _heir(self, lead: str, by: writes.Writing) -> str | None:
        """Whom a person makes the owner when the lead's own is no active user."""
        owner = (self.get("Lead", lead) or {}).get("OwnerId")
        user = self.get("User", str(owner)) if owner else None
        return None if user and user["IsActive"] else by.user

    def _by_hand(self) -> AbstractContextManager[None]:
        """A person's transaction, which may last as long as `late_commit` says."""
        seconds = self.late_commit.total_seconds()
        return self.late.transaction(seconds) if seconds else self.db.transaction()

    def _person(self, user_id: str | None) -> writes.Writing:
        """A person sees every field; without an id it is some active user other than the integration user."""
        return writes.Writing(
            user_id or self.somebody(), self.catalog.everything, False, Options(allow_save=True)
        )

    def somebody(self) -> str:
        """The first active user who is not the integration user, else that one."""
        people = self.db.find(self.kind("User"), '"IsActive" = 1 AND "Id" <> ?', self.user)
        return str(next(people, {"Id": self.user})["Id"])

    # the admin's set-up

    def lock(self, type: str, id: str, seconds: float | None = None) -> None:
        """Somebody's long transaction writes this record: it and its parents are held, for so many seconds of
        virtual time or until `locks.release()`."""
        row = self.get(type, id)
        if row is None:
            raise LookupError(f"there is no {type} {id}")
        self.locks.hold(needed(self.kind(type).name, row), seconds)

    def hide_field(self, type: str, field: str, hidden: bool = True) -> None:
        """Field-level security: the running user no longer sees this field (or sees it again)."""
        found = self.kind(type).find(field)
        if found is None:
            raise LookupError(f"{type} has no field {field!r}")
        self.catalog.hide(self.kind(type).name, found.name, hidden)

    def share(self, hidden: Iterable[str] | None = None, read_only: Iterable[str] | None = None) -> None:
        """Sharing: the running user does not see these rows, or may only read those (None: as before)."""
        view = self.view
        self.catalog.share(
            view.hidden_rows if hidden is None else hidden,
            view.read_only_rows if read_only is None else read_only,
        )

    def restrict_picklist(self, type: str, field: str, values: Sequence[str] | None = None) -> None:
        """Makes a picklist restricted, optionally with other values than it has."""
        changes: dict[str, object] = {"restricted": True}
        if values is not None:
            changes["choices"] = [Choice(value, value) for value in values]
        self.catalog.override(self.kind(type).name, field, **changes)

    def track_history(self, type: str, *fields: str) -> None:
        """Tracks the history of these fields from now on, and of no others of the type (20 at most).

        Raises LookupError for what cannot be tracked, ValueError for too many fields.
        """
        with self.db.lock:
            history.track(self, type, fields)

    def add_record_type(
        self, type: str, name: str, picklists: Mapping[str, Sequence[str]] | None = None
    ) -> str:
        """Adds a record type, the first of which is the default; the object then has RecordTypeId.

        `picklists` are the values that it leaves of some fields. Returns its id; raises LookupError.
        """
        if type not in record_types.TYPES:
            raise LookupError(f"{type} has no record types here")
        unknown = [field for field in picklists or {} if self.kind(type).find(field) is None]
        if unknown:
            raise LookupError(f"{type} has no field {unknown[0]!r}")
        row = {"Name": name, "DeveloperName": name.replace(" ", "_"), "SobjectType": type, "IsActive": True}
        made = self.load("RecordType", [row])[0]
        record_types.narrow(self, made, picklists or {})
        self.catalog.turn_on(f"record_types {type}")
        return made

    def add_queue(self, name: str, *types: str) -> str:
        """Adds a queue that may own records of these types. Returns its id."""
        group = {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": "Queue"}
        queue = self.load("Group", [group])[0]
        self.load("QueueSobject", [{"QueueId": queue, "SobjectType": self.kind(t).name} for t in types])
        return queue

    def enable_currencies(
        self, corporate: str = "EUR", rates: Mapping[str, float] = currencies.USUAL_RATES
    ) -> None:
        """Switches several currencies on: records then have CurrencyIsoCode."""
        self.load("CurrencyType", currencies.rows(corporate, rates))
        currencies.enable(self, corporate, rates)

    def become_another_org(self) -> str:
        """As when a sandbox is refreshed: the same records under another organization id. Tokens end."""
        with self.db.transaction():
            before = self.id
            after = self.db.next_id(self.kind("Organization"))
            self.db.update("Organization", before, {"Id": after})
            self.db.note("org id", after)
            self.expire_tokens()
        return after

    def rename_choice(self, type: str, field: str, old: str, new: str) -> int:
        """An admin replaces a picklist value everywhere; returns in how many records. Raises LookupError."""
        with self.db.transaction():
            return housekeeping.rename_choice(self, type, field, old, new)

    def bounce(self, type: str, id: str, reason: str = "550 no such user") -> None:
        """An email to this lead or contact came back: Salesforce notes it by itself."""
        with self.db.transaction():
            housekeeping.bounce(self, self.kind(type).name, to_18(id) or id, reason)

    # tokens

    def new_token(self) -> str:
        """An access token for the running user."""
        token = f"{self.id[:15]}!{secrets.token_urlsafe(48)}"
        with self.db.lock:
            self.db.run("INSERT INTO _token VALUES (?, ?)", (token, self.user))
        return token

    def trust_key(self, public_key: str, client_id: str = "sandbox") -> None:
        """Lets this app log the integration user in with JWTs signed by the key (RSA, public, PEM)."""
        with self.db.lock:
            self.db.note(f"key of {client_id}", public_key)

    def trusted_key(self, client_id: str) -> str | None:
        """The public key of an app, if an admin registered one."""
        with self.db.lock:
            return self.db.noted(f"key of {client_id}")

    def accepts_token(self, token: str) -> bool:
        with self.db.lock:
            return self.db.run("SELECT 1 FROM _token WHERE token = ?", (token,)).fetchone() is not None

    def forget_token(self, token: str) -> bool:
        """This token is refused from now on; whether it was good until now."""
        with self.db.lock:
            return self.db.run("DELETE FROM _token WHERE token = ?", (token,)).rowcount > 0

    def expire_tokens(self) -> None:
        """Every token given out so far is refused from now on."""
        with self.db.lock:
            self.db.run("DELETE FROM _token")
