"""Writing Salesforce records with sObject Collections.

Enters: writes of one object. Leaves: one Result each, matched by position with a count check. A write is
never sent again unless Salesforce said that it was not applied. Values are read back, because a collection
answer has none. Source: "sObject Collections" and "Assignment Rule Header" in the REST API guide.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector.crm import soql
from connector.crm.deliver import deliver, in_order, refuse_unsendable, verdict_of
from connector.crm.salesforce_errors import BUSY_CODES, explain
from connector.crm.salesforce_history import MODIFIER, History
from connector.crm.salesforce_query import Reader
from connector.crm.salesforce_records import column, columns, record
from connector.crm.salesforce_roles import Roles
from connector.crm.salesforce_wire import SalesforceWire
from connector.crm.soql import Query
from connector.crm.wire import VendorRefusal, chunked
from connector.errors import Retry, Stop
from connector.model import CONTACTS_REF, Op, Raw, Record, Result, Verdict, Write
from connector.salesforce_ids import id_or_none

COLLECTION = 200
LOCK_ROUNDS = 3
_LOCK_PAUSE_S = 1.0
_BUSY_RECORD = BUSY_CODES | {"UNKNOWN_EXCEPTION"}
_CREATE_HEADERS = {"Sforce-Auto-Assign": "TRUE"}
_UPDATE_HEADERS = {"Sforce-Auto-Assign": "FALSE"}

OWNER = "OwnerId"

Results = dict[str, Result]


class Collections:
    """The collection calls: create, update and delete up to 200 records, each with its own outcome."""

    def __init__(self, wire: SalesforceWire) -> None:
        self._wire = wire

    def create(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Creates. Assignment rules choose the owner of those that name none; they would also replace one
        that is named (assumption), so the others go without them, in a request of their own."""
        for headers, named in ((_CREATE_HEADERS, False), (_UPDATE_HEADERS, True)):
            some = [w for w in writes if bool(w.values.get(OWNER)) is named]
            self._send(f"create {type}", "POST", type, some, headers, results)

    def update(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Updates by id; without the header, assignment rules would give the record to somebody else."""
        self._send(f"update {type}", "PATCH", type, writes, _UPDATE_HEADERS, results)

    def delete(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Deletes by id, into the recycle bin: contact roles, and records that an undo takes back."""

        def send(part: Sequence[Write]) -> list[Result]:
            ids = ",".join(str(w.id) for w in part)
            params = {"ids": ids, "allOrNone": "false"}
            return self._wire.call(
                f"delete {type}",
                "DELETE",
                "composite/sobjects",
                params=params,
                expect=lambda data: _by_place(part, data),
                resend=False,
            )

        self._rounds(writes, send, results)

    def _send(
        self,
        kind: str,
        method: str,
        type: str,
        writes: Sequence[Write],
        headers: Mapping[str, str],
        results: Results,
    ) -> None:
        def send(part: Sequence[Write]) -> list[Result]:
            body = {"allOrNone": False, "records": [_body(type, w) for w in part]}
            return self._wire.call(
                kind,
                method,
                "composite/sobjects",
                body=body,
                headers=headers,
                expect=lambda data: _by_place(part, data),
                resend=False,
            )

        self._rounds(writes, send, results)

    def _rounds(
        self, writes: Sequence[Write], send: Callable[[Sequence[Write]], list[Result]], results: Results
    ) -> None:
        """Send all, then only those again whose rows were locked; such a row was certainly not written."""
        for turn in range(1 + LOCK_ROUNDS):
            for part in chunked(writes, COLLECTION):
                deliver(part, send, _explained, results)
            writes = [w for w in writes if _is_locked(results[w.key])]
            if not writes or turn == LOCK_ROUNDS:
                return
            self._wire.sleep(_LOCK_PAUSE_S * 2**turn)


class SalesforceWriter:
    """Creates and updates records, reads them back, and sets their contact roles."""

    def __init__(self, wire: SalesforceWire, reader: Reader, history: History) -> None:
        self._wire = wire
        self._reader = reader
        self._history = history
        self._collections = Collections(wire)
        self._roles = Roles(reader, self._collections)

    def write(self, type: str, writes: Sequence[Write], fields: Sequence[str] = ()) -> list[Result]:
        """One Result per write, in order. Raises Stop only when nothing was sent."""
        results: Results = {}
        try:
            good = refuse_unsendable(writes, results)
            self._records(type, good, results)
            self._read_back(type, good, results, fields)
            self._set_roles(type, good, results)
        except Stop:
            if not results:
                raise
        return in_order(writes, results)

    def _records(self, type: str, writes: Sequence[Write], results: Results) -> None:
        updates = []
        for write in (w for w in writes if w.op is Op.UPDATE):
            id = id_or_none(write.id)
            if id is None:
                results[write.key] = verdict_of(write, Verdict.REFUSED, "MALFORMED_ID", "not a Salesforce id")
            elif not _own(type, write):
                results[write.key] = Result(write.key, Verdict.DONE, id=id)
            else:
                updates.append(replace(write, id=id))
        self._archive(type, [w for w in writes if w.op is Op.ARCHIVE], results)
        self._collections.create(type, [w for w in writes if w.op is Op.CREATE], results)
        self._collections.update(type, updates, results)

    def _archive(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Put records into the recycle bin. Salesforce deletes the contacts and opportunities of an account
        with it ("Delete Accounts" in Salesforce Help), so one that has any is refused here."""
        parents: set[str] = set()
        ids = [id for w in writes if (id := id_or_none(w.id))]
        for child in ("Contact", "Opportunity") if type == "Account" and ids else ():
            query = Query(child, ("Id", "AccountId"))
            for page in self._reader.among(query, "AccountId", soql.ids(ids), lambda row: row["AccountId"]):
                parents.update(page)
        text = "contacts or opportunities would be deleted with it"
        for write in writes:
            if id_or_none(write.id) in parents:
                results[write.key] = verdict_of(write, Verdict.REFUSED, "HAS_CHILDREN", text)
        self._collections.delete(type, [w for w in writes if w.key not in results], results)

    def _read_back(self, type: str, writes: Sequence[Write], results: Results, fields: Sequence[str]) -> None:
        """What the records hold now: triggers and flows may have changed it in the same transaction. Of a
        record that somebody else has saved since, only what the field history calls ours counts as read
        back."""
        done = [w for w in writes if results[w.key].verdict is Verdict.DONE and _own(type, w)]
        if not done:
            return
        wanted = columns(type, dict.fromkeys((*(f for w in done for f in w.values), *fields)))
        names = list(dict.fromkeys(["Id", "SystemModstamp", MODIFIER, *(name for _, name in wanted)]))
        us = self._wire.token().user

        shared: dict[str, datetime] = {}

        def back(row: Mapping[str, Any]) -> Record:
            found = record(type, row, wanted)
            if not _is_ours(row, us):
                shared[found.ref.id] = found.stamp
            return found

        ids = [str(results[w.key].id) for w in done]
        found: dict[str, Record | None] = {}
        ours: Mapping[str, Collection[str]] = {}
        lost = ""
        try:
            for page in self._reader.retrieve(type, ids, names, back):
                found.update(page)
            ours = self._still_ours(type, done, shared)
        except (Retry, Stop) as error:
            lost = error.message
        for write, id in zip(done, ids, strict=True):
            asked = ours.get(id, ()) if id in shared else {*write.values, *fields}
            made = _completed(asked, results[write.key], found.get(id), lost if id not in found else "")
            results[write.key] = replace(made, stamp=None) if id in shared else made

    def _still_ours(
        self, type: str, writes: Sequence[Write], shared: Mapping[str, datetime]
    ) -> Mapping[str, Collection[str]]:
        """Per record that somebody else has saved since, what still is as our write left it, with what flows
        made of it: known only of fields whose history Salesforce keeps."""
        written = {name for w in writes for name in w.values if not name.startswith("@")}
        return self._history.ours(type, shared, sorted(written)) if shared else {}

    def _set_roles(self, type: str, writes: Sequence[Write], results: Results) -> None:
        if type != "Opportunity":
            return
        concerned = [
            replace(w, id=results[w.key].id)
            for w in writes
            if CONTACTS_REF in w.values and results[w.key].verdict is Verdict.DONE
        ]
        before = {w.key: results[w.key] for w in concerned}
        for write in concerned:  # stands if a Stop comes in between
            results[write.key] = replace(
                before[write.key], verdict=Verdict.RETRY, code="NOT_SENT", fields=(CONTACTS_REF,)
            )
        if not concerned:
            return
        for outcome in self._roles.write(concerned):
            results[outcome.key] = _joined(before[outcome.key], outcome)


# ---------------------------------------------------------------- pure parts


def _own(type: str, write: Write) -> dict[str, Any]:
    """Column values of a write, without contact roles. JSON null clears."""
    pairs = ((column(type, field), value) for field, value in write.values.items() if field != CONTACTS_REF)
    return {name: value for name, value in pairs if name}


def _body(type: str, write: Write) -> dict[str, Any]:
    body: dict[str, Any] = {"attributes": {"type": type}}
    if write.op is Op.UPDATE:
        body["id"] = write.id
    return body | _own(type, write)


def _by_place(writes: Sequence[Write], data: Any) -> list[Result]:
    """Results in the order of the request. Another count than asked for, or another record in somebody's
    place, says nothing about anyone."""
    if not isinstance(data, list) or len(data) != len(writes):
        raise ValueError("not one outcome per record")
    found = [_outcome(write, row) for write, row in zip(writes, data, strict=True)]
    if any(w.id and r.verdict is Verdict.DONE and r.id != w.id for w, r in zip(writes, found, strict=True)):
        raise ValueError("outcomes in another order")
    return found


def _outcome(write: Write, row: Mapping[str, Any]) -> Result:
    if row["success"] is True:
        return Result(write.key, Verdict.DONE, id=id_or_none(row["id"]) or str(row["id"]))
    errors = row.get("errors")
    return _refused(write, errors[0] if errors else {})


def _refused(write: Write, error: Any) -> Result:
    told = explain(error)
    verdict = Verdict.RETRY if told.code in _BUSY_RECORD else Verdict.REFUSED
    return Result(
        write.key,
        verdict,
        id=told.existing or write.id,
        code=told.code,
        fields=told.fields,
        message=told.text,
    )


def _explained(write: Write, refusal: VendorRefusal) -> Result:
    return _refused(write, refusal.detail or {"errorCode": refusal.code})


def _is_locked(result: Result) -> bool:
    return result.verdict is Verdict.RETRY and result.code in _BUSY_RECORD


def _completed(asked: Collection[str], result: Result, found: Record | None, lost: str) -> Result:
    """The Result with what was read back. A record that its creator may not see brings no values, nor does
    one that somebody has edited since: without a stamp it is looked at again."""
    if lost:
        return replace(result, verdict=Verdict.UNKNOWN, code="NOT_READ_BACK", message=lost)
    if found is None:
        return result
    values: dict[str, Raw] = {f: v for f, v in found.values.items() if f in asked}
    return replace(result, values=values, stamp=found.stamp if values else None)


def _is_ours(row: Mapping[str, Any], us: str | None) -> bool:
    """Whether the last change of a row is our write, with what triggers and flows made of it: they work in
    the name of whoever wrote ("LastModifiedById" in the Object Reference, "System Fields")."""
    modifier = row.get(MODIFIER)
    return us is None or modifier is None or modifier == us


def _joined(result: Result, outcome: Result) -> Result:
    values = {**result.values, **outcome.values}
    if outcome.verdict is Verdict.DONE:
        return replace(result, values=values)
    return replace(outcome, id=result.id, values=values, stamp=result.stamp, fields=(CONTACTS_REF,))
