"""HubSpot as a ``Crm``, on its official client.

Enters: object names, ids, property names, writes. Leaves: records, results, schema. It never decides what
should be written, and its search results only say which records to look at.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector.crm.base import NewField, Permit, Usage, Version
from connector.crm.hubspot_consent import TYPES as SUBSCRIPTION_TYPES
from connector.crm.hubspot_install import Installer
from connector.crm.hubspot_read import LIST_PAGE, READ_BATCH, Reader, fitting, stop
from connector.crm.hubspot_records import after, is_id, is_name, results
from connector.crm.hubspot_refs import READ_BATCH as ASSOCIATIONS
from connector.crm.hubspot_refs import UNTOLD, References, wanted
from connector.crm.hubspot_schema import field_info, stage_options
from connector.crm.hubspot_wire import HubSpotWire, Token
from connector.crm.hubspot_write import BATCH, HubSpotWriter
from connector.crm.pace import Clock
from connector.crm.retry import Policy, Sleep
from connector.crm.wire import Answer, VendorRefusal, chunked
from connector.errors import Refused, Retry, Stop
from connector.model import Op, Page, Raw, Record, Result, Side, Verdict, Write
from connector.schema import FieldInfo, Identity, Owner, Schema


class HubSpot:
    """One HubSpot account.

    ``token``: a service key or private app token, or a function that gives the present one.
    ``api_version``: a date-based version of HubSpot's API ("2026-03") or "v3". ``timeout``: seconds to
    connect and between two bytes. ``policy`` says how retries wait; ``sleep`` and ``clock`` (seconds) are
    theirs and the pace's, at which requests stay below HubSpot's limits. Not safe for use by several threads
    at once.
    """

    side = Side.HUBSPOT

    def __init__(
        self,
        token: Token,
        base_url: str = "https://api.hubapi.com",
        api_version: str = "2026-03",
        timeout: tuple[float, float] = (5, 60),
        sleep: Sleep = time.sleep,
        policy: Policy | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.usage = Usage()
        self.untold: Mapping[str, tuple[str, ...]] = UNTOLD
        self.batch = BATCH
        self._wire = HubSpotWire(
            token, base_url, api_version, timeout, sleep, self.usage, policy or Policy(), clock
        )
        self._reader = Reader(self._wire)
        self._references = References(self._wire, self._reader)
        self._writer = HubSpotWriter(self._wire, self._references, self.read)
        self._unique: dict[str, frozenset[str]] = {}

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
        """Account details; ``now`` is HubSpot's clock. One request ("Account information" page)."""
        kind = "account details"
        try:
            account, now = self._wire.get(kind, "/account-info/v3/details", _account)
        except VendorRefusal as refusal:
            raise stop(refusal, kind) from None
        return Identity(
            side=Side.HUBSPOT,
            id=str(account["portalId"]),
            name=account.get("portalName") or f"HubSpot account {account['portalId']}",
            now=now,
            zone=account["timeZone"],
            currency=account.get("companyCurrency"),
            sandbox=account.get("accountType") != "STANDARD",
        )

    def ask_for_opt_outs(self) -> None:
        """Asks for the kinds of email that people can opt out of, which takes the scope of opt-outs. One
        request; it does not tell whether a token that reads them may opt out too.

        Raises Stop with reason permission where the token may not."""
        kind = "subscription types"
        try:
            self._wire.get(kind, SUBSCRIPTION_TYPES, lambda _data, _answer: None)
        except VendorRefusal as refusal:
            raise stop(refusal, kind) from None

    def schema(self, type: str) -> Schema:
        """Properties of ``contacts``, ``companies`` or ``deals``; of deals the pipelines too."""
        core = self._wire.sdk.crm.properties.core_api
        infos = self._reader.ask(
            f"properties {type}",
            core.get_all,
            type,
            expect=lambda data: [field_info(type, prop) for prop in results(data)],
        )
        fields = {info.name: info for info in infos}
        if type == "deals":
            fields |= self._stage_fields(fields)
        self._unique[type] = frozenset(info.name for info in infos if info.unique)
        return Schema(type, fields)

    def _stage_fields(self, fields: Mapping[str, FieldInfo]) -> dict[str, FieldInfo]:
        api = self._wire.sdk.crm.pipelines.pipelines_api
        options = self._reader.ask(
            "pipelines deals", api.get_all, "deals", expect=lambda data: stage_options(results(data))
        )
        return {n: replace(fields[n], options=o, closed=True) for n, o in options.items() if n in fields}

    def owners(self) -> tuple[Owner, ...]:
        """Owners and, as not active, archived owners. One request per 100 and state."""
        return tuple(owner for archived in (False, True) for owner in self._owners(archived))

    def _owners(self, archived: bool) -> Iterator[Owner]:
        api = self._wire.sdk.crm.owners.owners_api
        cursor: str | None = None
        while True:
            found, cursor = self._reader.ask(
                "owners",
                api.get_page,
                limit=LIST_PAGE,
                archived=archived,
                expect=lambda data: ([_owner(row, archived) for row in results(data)], after(data)),
                **({"after": cursor} if cursor else {}),
            )
            yield from found
            if cursor is None:
                return

    # ------------------------------------------------------------ reading

    def scan(self, type: str, fields: Sequence[str]) -> Iterator[Page]:
        """All live records by id, from the primary store (the list call has no index lag).

        Pages hold 100 records, or up to 1,000 where associations are asked for, so that one call reads all
        of theirs.
        """
        pseudo = wanted(type, fields)
        size = ASSOCIATIONS if pseudo else LIST_PAGE
        held: list[Record] = []
        for page in self._reader.live(type, _own(fields)):
            held += page
            if len(held) >= size:
                yield Page(tuple(self._with_references(type, held, pseudo)))
                held = []
        if held:
            yield Page(tuple(self._with_references(type, held, pseudo)))

    def changed(self, type: str, since: datetime, fields: Sequence[str]) -> Iterator[Page]:  # noqa: ARG002
        """Ids and stamps of records modified at or after ``since``, from the lagging search index: the newest
        200 with the total first, and if that was not all, everything by id.

        Archived records are never found there, nor changes of associations that did not touch the record.
        """
        newest, total = self._reader.newest(type, since)
        yield Page(tuple(newest), exact=False, total=total)
        if total > len(newest):
            for found in self._reader.since(type, since):
                yield Page(tuple(found), exact=False)

    def read(self, type: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Record]:
        """Present values by the id asked for, 100 ids a request.

        Old ids of merged records come back as the survivor. Assumption: batch read resolves them as a
        single GET does. Ids without an answer are asked for once more among the archived ones.
        """
        asked = [id for id in dict.fromkeys(ids) if is_id(id)]
        own = _own(fields)
        found = self._reader.by_asked(type, asked, own)
        silent = [id for id in asked if id not in found]
        if silent:
            found |= self._reader.by_asked(type, silent, own, archived=True)
        once = list({record.ref.id: record for record in found.values()}.values())
        self._with_references(type, once, wanted(type, fields))
        return found

    def _with_references(self, type: str, plain: Sequence[Record], pseudo: Sequence[str]) -> Sequence[Record]:
        """Fill in pseudo-fields. Archived records get none: HubSpot took their associations away."""
        live = [record.ref.id for record in plain if record.gone is None]
        for name in pseudo:
            values = self._references.read(type, live, name) if live else {}
            for record in plain:
                if record.ref.id in values:
                    record.values[name] = values[record.ref.id]  # type: ignore[index]  # ours, not shared yet
        return plain

    def find(self, type: str, column: str, values: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Live records by value: unique properties by batch read, others through the lagging search
        index."""
        if not is_name(column):
            raise Refused("not the name of a HubSpot property", code="MALFORMED_NAME")
        exact = list(dict.fromkeys(v.strip() for v in values if v and v.strip()))
        lower = list(dict.fromkeys(v.lower() for v in exact))
        if not exact:
            return
        if column == "hs_object_id":
            yield from (record for record in self.read(type, exact, fields).values() if record.gone is None)
        elif self._is_unique(type, column):
            yield from self._find_unique(type, column, lower if column == "email" else exact, fields)
        else:
            yield from self._find_by_search(type, column, lower, fields)

    def _is_unique(self, type: str, column: str) -> bool:
        if (type, column) == ("contacts", "email"):
            return True
        if type not in self._unique:
            self.schema(type)
        return column in self._unique[type]

    def _find_unique(
        self, type: str, column: str, keys: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        for part in chunked(keys, READ_BATCH):
            found = self._reader.batch(type, part, _own(fields), id_property=column)
            once = list({record.ref.id: record for record in found}.values())
            yield from self._with_references(type, once, wanted(type, fields))

    def _find_by_search(
        self, type: str, column: str, keys: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """The index says where to look; what is true there now is read by id."""
        sought = frozenset(keys)
        for part in fitting(keys, column):
            condition = {"propertyName": column, "operator": "IN", "values": part}
            for rows in self._reader.search(type, condition, ()):
                present = self.read(type, [row.ref.id for row in rows], [*fields, column])
                yield from (r for r in present.values() if r.gone is None and _same(r, column, sought))

    def versions(self, type: str, ids: Sequence[str], column: str) -> Mapping[str, tuple[Version, ...]]:
        """What a property was, from its history; 50 ids a request."""
        if not is_name(column):
            return {}
        return self._reader.versions(type, [id for id in dict.fromkeys(ids) if is_id(id)], column)

    def ours(
        self,
        type: str,  # noqa: ARG002
        until: Mapping[str, datetime],  # noqa: ARG002
        columns: Sequence[str],  # noqa: ARG002
    ) -> Mapping[str, frozenset[str]]:
        """Nothing: no automation of HubSpot changes a value while it is saved ("Create workflows": actions
        run after the change that enrolled the record, as changes of their own)."""
        return {}

    def references(self, type: str, ids: Sequence[str], field: str) -> Mapping[str, Raw]:
        """Associations alone, 1,000 records a request."""
        asked = [id for id in dict.fromkeys(ids) if is_id(id)]
        return self._references.read(type, asked, field) if wanted(type, [field]) else {}

    # ------------------------------------------------------------ writing

    def write(self, type: str, writes: Sequence[Write], fields: Sequence[str] = ()) -> list[Result]:
        """Batch create and update, 100 a request; associations after the records. The answer itself brings
        the written values; updates are read back by id for the other ``fields``. See ``Crm.write``."""
        sent = self._writer.write(type, writes)
        own = _own(fields)
        ops = {write.key: write.op for write in writes}
        done = [r for r in sent if own and r.verdict is Verdict.DONE and r.id and ops[r.key] is Op.UPDATE]
        if not done:
            return sent
        try:
            found = self._reader.by_asked(type, [str(r.id) for r in done], own)
        except (Retry, Stop):
            found = {}
        whole = {r.key: _with_the_rest(r, found.get(str(r.id))) for r in done}
        return [whole.get(result.key, result) for result in sent]

    def add_fields(self, type: str, new: Sequence[NewField]) -> None:
        """Add properties to the group "smarketing". Raises Refused where one exists with another type."""
        self._unique.pop(type, None)
        Installer(self._wire, self._reader).add(type, new)


def _own(fields: Sequence[str]) -> list[str]:
    """Property names, each once; a name that cannot be one is never sent (it counts as not read)."""
    return [f for f in dict.fromkeys(fields) if not f.startswith("@") and is_name(f)]


def _account(data: Any, answer: Answer) -> tuple[dict[str, Any], datetime]:
    if not isinstance(data["portalId"], int) or not isinstance(data["timeZone"], str):
        raise TypeError("not account details")
    return dict(data), answer.server_time()


def _owner(row: Mapping[str, Any], archived: bool) -> Owner:
    name = " ".join(part for part in (row.get("firstName"), row.get("lastName")) if part)
    email = (row.get("email") or "").lower() or None
    return Owner(str(row["id"]), email, name or email or str(row["id"]), not archived)


def _same(record: Record, column: str, keys: frozenset[str]) -> bool:
    value = record.values.get(column)
    return isinstance(value, str) and value.strip().lower() in keys


def _with_the_rest(result: Result, found: Record | None) -> Result:
    """The Result with the values that were not written. Without a stamp where somebody has edited the record
    since, or it could not be read: then nobody may take it for known."""
    if found is None or any(found.values.get(c) != v for c, v in result.values.items() if c in found.values):
        return replace(result, stamp=None)
    return replace(result, values={**found.values, **result.values}, stamp=found.stamp)
