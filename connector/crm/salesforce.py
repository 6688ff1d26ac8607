"""Salesforce as a ``Crm``, on simple-salesforce.

Enters: object names, ids, column names, writes. Leaves: records, results, schema. It never decides what
should be written; a row that is missing from an answer is never taken for a deleted one.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from connector.crm import salesforce_records as records
from connector.crm import soql
from connector.crm.base import NewField, Permit, Usage, Version
from connector.crm.retry import Policy, Sleep
from connector.crm.salesforce_auth import Login
from connector.crm.salesforce_history import History
from connector.crm.salesforce_install import Installer
from connector.crm.salesforce_query import NoSuchObject, Reader, stop
from connector.crm.salesforce_roles import ROLE, Roles
from connector.crm.salesforce_schema import field_info, record_types_of
from connector.crm.salesforce_wire import SalesforceWire
from connector.crm.salesforce_write import SalesforceWriter
from connector.crm.soql import Query
from connector.crm.wire import Answer, VendorRefusal, chunked
from connector.errors import Refused
from connector.model import CONTACTS_REF, ROLES_REF, Page, Raw, Record, Result, Side, Write
from connector.salesforce_ids import id_or_none, to_18
from connector.schema import Identity, Owner, Schema

WRITE_BATCH = 2000
"""Ten collections, read back in one call."""

PAGE = 2000


class Salesforce:
    """One Salesforce org.

    ``login``: how to log in. ``timeout``: seconds to connect and between two bytes. ``sleep`` and
    ``policy`` say how retries wait. Not safe for use by several threads at once.
    """

    side = Side.SALESFORCE

    def __init__(
        self,
        login: Login,
        api_version: str = "64.0",
        timeout: tuple[float, float] = (5, 120),
        sleep: Sleep = time.sleep,
        policy: Policy | None = None,
    ) -> None:
        self.usage = Usage()
        self.untold: Mapping[str, tuple[str, ...]] = {}
        self.batch = WRITE_BATCH
        self._wire = SalesforceWire(login, api_version, timeout, sleep, self.usage, policy or Policy())
        self._reader = Reader(self._wire)
        self._roles = Roles(self._reader)
        self._history = History(self._wire, self._reader)
        self._writer = SalesforceWriter(self._wire, self._reader, self._history)

    @property
    def permit(self) -> Permit:
        """See ``Crm.permit``."""
        return self._wire.permit

    @permit.setter
    def permit(self, permit: Permit) -> None:
        self._wire.permit = permit

    def close(self) -> None:
        """Give back sockets."""
        self._wire.close()

    # ------------------------------------------------------------ what this is

    def identity(self) -> Identity:
        """Org and user from the token, name and zone from ``Organization``; ``now`` is Salesforce's clock.

        One query, and one token request if nobody logged in yet. Salesforce has no column for the currency
        of an org with only one: it is None.
        """
        token = self._wire.token()
        text = "SELECT Id, Name, TimeZoneSidKey, IsSandbox FROM Organization"
        kind = "query Organization"
        try:
            row, now = self._wire.exchange(kind, "GET", "query/", params={"q": text}, expect=_organization)
        except VendorRefusal as refusal:
            raise stop(refusal, kind) from None
        return Identity(
            side=Side.SALESFORCE,
            id=to_18(row["Id"]),
            name=row["Name"],
            now=now,
            zone=row["TimeZoneSidKey"],
            currency=None,
            sandbox=bool(row["IsSandbox"]),
            user=token.user,
        )

    def allowance(self) -> tuple[int, int]:
        """Requests left in the running 24 hours, and of how many (REST API, "Limits"). One request.

        Needs the permission View Setup and Configuration.
        """
        try:
            return self._wire.call("limits", "GET", "limits", expect=_daily)
        except VendorRefusal as refusal:
            raise stop(refusal, "limits") from None

    def schema(self, type: str) -> Schema:
        """The describe of an object: fields that this user may not see are missing from it."""
        kind = f"describe {type}"
        try:
            fields, record_types = self._wire.call(
                kind,
                "GET",
                f"sobjects/{soql.name(type)}/describe",
                expect=lambda data: ([field_info(field) for field in data["fields"]], record_types_of(data)),
            )
        except VendorRefusal as refusal:
            if refusal.code in ("NOT_FOUND", "INVALID_TYPE"):
                raise NoSuchObject(kind) from refusal
            raise stop(refusal, kind) from refusal
        self._reader.forget(type)  # what was hidden may be shown again: this answer says so
        return Schema(type, {info.name: info for info in fields}, record_types)

    def owners(self) -> tuple[Owner, ...]:
        """Users, inactive ones too, and queues."""
        users = Query("User", ("Id", "Name", "Email", "IsActive"))
        queues = Query("Group", ("Id", "Name"), "Type = 'Queue'")
        found = list(self._reader.rows(users, _user))
        with suppress(NoSuchObject):
            found += self._reader.rows(queues, lambda row: Owner(row["Id"], None, row["Name"], True))
        return tuple(found)

    # ------------------------------------------------------------ reading

    def scan(self, type: str, fields: Sequence[str]) -> Iterator[Page]:
        """All live records by id; a lost locator is taken up after the last id. Converted leads are not
        live."""
        wanted = self._in_url(type, records.columns(type, fields))
        query = Query(type, records.selected(type, wanted), records.live_only(type))
        for page in self._reader.pages(query, lambda row: records.record(type, row, wanted)):
            yield Page(tuple(self._completed(type, page, fields, wanted)))

    def changed(self, type: str, since: datetime, fields: Sequence[str]) -> Iterator[Page]:
        """Rows with SystemModstamp at or after ``since``, in its order, deleted ones too, with present
        values.

        Where contacts of Opportunities are asked for, a second query finds those whose contact roles
        changed: such a change does not move the Opportunity's own stamp.
        """
        wanted = self._in_url(type, records.columns(type, fields))
        where = f"SystemModstamp >= {soql.moment(since)}"
        query = Query(type, records.selected(type, wanted), where, by_stamp=True, deleted=True)
        seen: set[str] = set()
        roles = records.has_roles(type, fields)
        for page in self._reader.pages(query, lambda row: records.record(type, row, wanted)):
            if roles:
                seen.update(record.ref.id for record in page)
            if page:
                yield Page(tuple(self._completed(type, page, fields, wanted)))
        if roles:
            yield from self._with_changed_roles(type, where, fields, seen)

    def _with_changed_roles(
        self, type: str, where: str, fields: Sequence[str], seen: set[str]
    ) -> Iterator[Page]:
        query = Query(ROLE, ("Id", "SystemModstamp", "OpportunityId"), where, by_stamp=True, deleted=True)
        moved = dict.fromkeys(self._reader.rows(query, lambda row: str(row["OpportunityId"])))
        for part in chunked([id for id in moved if id not in seen], PAGE):
            found = self.read(type, part, fields)
            if found:
                yield Page(tuple(found.values()))

    def read(self, type: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Record]:
        """Present values by the id asked for, 2,000 a request.

        Retrieval gives nothing for a deleted row; those ids are looked up once more with deleted rows
        included, for positive evidence. A merged record comes back as itself, with ``gone`` naming the
        survivor.
        """
        wanted = records.columns(type, fields)
        by_id = {full: asked for asked in ids if (full := id_or_none(asked))}
        names = records.selected(type, wanted)
        found: dict[str, Record] = {}
        silent: list[str] = []
        for page in self._reader.retrieve(
            type, list(by_id), names, lambda row: records.record(type, row, wanted)
        ):
            found.update({id: record for id, record in page if record is not None})
            silent += [id for id, record in page if record is None]
        found |= self._evidence(type, silent)
        self._with_roles(type, list(found.values()), fields)
        return {asked: found[full] for full, asked in by_id.items() if full in found}

    def _evidence(self, type: str, ids: Sequence[str]) -> dict[str, Record]:
        query = Query(type, records.selected(type, ()), deleted=True)
        pages = self._reader.among(query, "Id", soql.ids(ids), lambda row: records.record(type, row, ()))
        return {record.ref.id: record for page in pages for record in page if record.gone is not None}

    def find(self, type: str, column: str, values: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Live records whose column equals one of the values; Salesforce ignores case in text
        comparisons."""
        if not soql.is_name(column):
            raise Refused("not the name of a Salesforce column", code="MALFORMED_NAME")
        wanted = self._in_url(type, records.columns(type, fields))
        query = Query(type, records.selected(type, wanted), records.live_only(type))
        pages = self._reader.among(
            query, column, soql.literals(values), lambda row: records.record(type, row, wanted)
        )
        for page in pages:
            yield from self._completed(type, page, fields, wanted)

    def _in_url(self, type: str, wanted: records.Columns) -> records.Columns:
        """The columns that a query asks for; none of them where they would take most of a URL."""
        query = Query(type, records.selected(type, wanted))
        return wanted if soql.url_bytes(query.render(query.columns)) < soql.URL_ROOM / 2 else ()

    def _completed(
        self, type: str, page: Sequence[Record], fields: Sequence[str], had: records.Columns
    ) -> Sequence[Record]:
        """What a page of a query still lacks: contacts, or all values where the URL had no room for
        them."""
        if had == records.columns(type, fields):
            return self._with_roles(type, page, fields)
        live = self.read(type, [record.ref.id for record in page if record.gone is None], fields)
        return [live.get(record.ref.id, record) for record in page if record.gone or record.ref.id in live]

    def _with_roles(self, type: str, page: Sequence[Record], fields: Sequence[str]) -> Sequence[Record]:
        """The records with their contacts, where asked for. Deleted ones keep none."""
        live = [record.ref.id for record in page if record.gone is None]
        if not live or not records.has_roles(type, fields):
            return page
        values = self._roles_of(live, fields)
        for record in page:
            record.values.update(values.get(record.ref.id, {}))  # type: ignore[attr-defined]  # ours, not shared yet
        return page

    def _roles_of(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Raw]]:
        if ROLES_REF not in fields:
            return {id: {CONTACTS_REF: contacts} for id, contacts in self._roles.contacts(ids).items()}
        return {
            id: {CONTACTS_REF: contacts, ROLES_REF: roles}
            for id, (contacts, roles) in self._roles.told(ids).items()
        }

    def versions(self, type: str, ids: Sequence[str], column: str) -> Mapping[str, tuple[Version, ...]]:
        """What a column was, from the object's field history, where an admin turned it on."""
        return self._history.versions(type, ids, column)

    def untracked(self, type: str, columns: Sequence[str]) -> frozenset[str] | None:
        """Columns of which no history is kept; None where this user may not know. One request."""
        return self._history.untracked(type, columns)

    def ours(
        self, type: str, until: Mapping[str, datetime], columns: Sequence[str]
    ) -> Mapping[str, frozenset[str]]:
        """By the last modifier of each record; where that is somebody else, by the field history. See
        ``Crm.ours``: triggers and flows work in the name of whoever wrote."""
        return self._history.ours(type, until, columns)

    def references(self, type: str, ids: Sequence[str], field: str) -> Mapping[str, Raw]:
        """Contacts of Opportunities, or the account that a record names."""
        if records.has_roles(type, [field]):
            return self._roles.contacts([full for id in ids if (full := id_or_none(id))])
        found = self.read(type, ids, (field,))
        return {id: record.values[field] for id, record in found.items() if field in record.values}

    # ------------------------------------------------------------ writing

    def write(self, type: str, writes: Sequence[Write], fields: Sequence[str] = ()) -> list[Result]:
        """Collections of 200, then one retrieval of what was written; contact roles last. See
        ``Crm.write``."""
        return self._writer.write(type, writes, fields)

    def add_fields(self, type: str, new: Sequence[NewField]) -> None:
        """Add custom fields and grant them to this user through the permission set "smarketing"."""
        Installer(self._wire, self._reader, self.schema).add(type, new)
        self._reader.forget(type)


def _organization(data: Any, answer: Answer) -> tuple[dict[str, Any], datetime]:
    (row,) = data["records"]
    return {key: row[key] for key in ("Id", "Name", "TimeZoneSidKey", "IsSandbox")}, answer.server_time()


def _daily(data: Any) -> tuple[int, int]:
    daily = data["DailyApiRequests"]
    return int(daily["Remaining"]), int(daily["Max"])


def _user(row: Mapping[str, Any]) -> Owner:
    return Owner(row["Id"], (row["Email"] or "").lower() or None, row["Name"], bool(row["IsActive"]))
