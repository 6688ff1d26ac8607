"""HubSpot associations: the company of a contact or deal, the contacts of a deal.

Enters: record ids, and what to add or remove. Leaves: ids of the other records. It never touches
properties. Type ids and batch sizes: HubSpot's "Associations v4" page.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.crm.deliver import deliver, in_order, verdict_of
from connector.crm.hubspot_errors import explain
from connector.crm.hubspot_read import Reader
from connector.crm.hubspot_records import is_id, results
from connector.crm.hubspot_wire import HubSpotWire
from connector.crm.wire import VendorRefusal, chunked
from connector.model import COMPANY_REF, CONTACTS_REF, Delta, Raw, Result, Verdict, Write

READ_BATCH = 1000
WRITE_BATCH = 1000

_PRIMARY = {"contacts": 1, "deals": 5}
_TARGET = {COMPANY_REF: "companies", CONTACTS_REF: "contacts"}
_OWNERS = {COMPANY_REF: ("contacts", "deals"), CONTACTS_REF: ("deals",)}
UNTOLD = {"contacts": (COMPANY_REF,), "deals": (COMPANY_REF, CONTACTS_REF)}
"""An association that is added or removed does not move the stamp of the record (assumption: not always)."""

_NONE_FOUND = "NO_ASSOCIATIONS_FOUND"

Edge = tuple[str, frozenset[int]]
"""Id of the other record, and HubSpot's own association types."""


def wanted(type: str, fields: Iterable[str]) -> list[str]:
    """The pseudo-fields among ``fields`` that this object has."""
    return [f for f in fields if type in _OWNERS.get(f, ())]


class References:
    """Reads and writes associations through the v4 batch calls."""

    def __init__(self, wire: HubSpotWire, reader: Reader) -> None:
        self._wire = wire
        self._ask = reader.ask

    # ------------------------------------------------------------ reading

    def read(self, type: str, ids: Sequence[str], pseudo: str) -> dict[str, Raw]:
        """The value of a pseudo-field per record id. An id that could not be read is missing.

        Where no company is marked as the primary one, the one with the lowest id counts.
        """
        edges = self._edges(type, _TARGET[pseudo], ids)
        if pseudo == CONTACTS_REF:
            return {id: tuple(sorted(other for other, _ in found)) for id, found in edges.items()}
        return {id: _company(found, _PRIMARY[type]) for id, found in edges.items()}

    def _edges(self, type: str, to: str, ids: Sequence[str]) -> dict[str, list[Edge]]:
        found: dict[str, list[Edge]] = {}
        for part in chunked(list(dict.fromkeys(ids)), READ_BATCH):
            inputs = [{"id": id} for id in part]
            found.update({id: [] for id in part})
            while inputs:
                inputs = self._page(type, to, inputs, found)
        return found

    def _page(
        self, type: str, to: str, inputs: list[dict[str, str]], found: dict[str, list[Edge]]
    ) -> list[dict[str, str]]:
        """One call; returns what to ask next, for records with more associations than fit."""
        rows, lost = self._ask(
            f"associations read {type} {to}",
            self._wire.sdk.crm.associations.v4.batch_api.get_page,
            type,
            to,
            {"inputs": inputs},
            expect=lambda data: (_rows(data), _unread(data, inputs)),
        )
        for id in lost:
            found.pop(id, None)
        for from_id, edges, _ in rows:
            if from_id in found:
                found[from_id] += edges
        return [{"id": from_id, "after": more} for from_id, _, more in rows if more and from_id in found]

    # ------------------------------------------------------------ writing

    def write(self, type: str, pseudo: str, writes: Sequence[Write]) -> list[Result]:
        """Carry out one pseudo-field of several writes, whose ``id`` is the record's. Results hold what is
        read back."""
        results: dict[str, Result] = {}
        good: list[Write] = []
        for write in writes:
            if _valid(write.values[pseudo]):
                good.append(write)
            else:
                text = "not a HubSpot id"
                results[write.key] = verdict_of(write, Verdict.REFUSED, "MALFORMED_ID", text, (pseudo,))
        if pseudo == COMPANY_REF:
            self._companies(type, good, results)
        else:
            self._contacts(type, good, results)
        return in_order(writes, results)

    def _companies(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> None:
        """Set the primary company, or take away the one that counts as such."""
        setting = [w for w in writes if w.values[COMPANY_REF] is not None]
        primary = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _PRIMARY[type]}
        pairs = {w.key: [(str(w.id), str(w.values[COMPANY_REF]))] for w in setting}
        self._send("create", type, COMPANY_REF, setting, pairs, results, {"types": [primary]})
        for write in setting:
            if results[write.key].verdict is Verdict.DONE:
                results[write.key] = _done(write, COMPANY_REF, str(write.values[COMPANY_REF]))
        clearing = [w for w in writes if w.values[COMPANY_REF] is None]
        if clearing:
            self._clear_company(type, clearing, results)

    def _clear_company(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> None:
        now = self.read(type, [str(w.id) for w in writes], COMPANY_REF)
        pairs = {w.key: [(str(w.id), str(now[str(w.id)]))] for w in writes if now.get(str(w.id))}
        sent = [w for w in writes if w.key in pairs]
        results.update({w.key: _done(w, COMPANY_REF, None) for w in writes if w.key not in pairs})
        self._send("archive", type, COMPANY_REF, sent, pairs, results)
        self._read_back(type, COMPANY_REF, sent, results)

    def _contacts(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> None:
        adds = {w.key: [(str(w.id), other) for other in sorted(_delta(w).add)] for w in writes}
        removes = {w.key: [(str(w.id), other) for other in sorted(_delta(w).remove)] for w in writes}
        self._send("create_default", type, CONTACTS_REF, [w for w in writes if adds[w.key]], adds, results)
        fine = [w for w in writes if w.key not in results or results[w.key].verdict is Verdict.DONE]
        self._send("archive", type, CONTACTS_REF, [w for w in fine if removes[w.key]], removes, results)
        results.update({w.key: _done(w, CONTACTS_REF, ()) for w in fine if w.key not in results})
        self._read_back(type, CONTACTS_REF, fine, results)

    def _read_back(self, type: str, pseudo: str, writes: Sequence[Write], results: dict[str, Result]) -> None:
        done = [w for w in writes if results[w.key].verdict is Verdict.DONE]
        if not done:
            return
        now = self.read(type, [str(w.id) for w in done], pseudo)
        for write in done:
            if str(write.id) in now:
                results[write.key] = _done(write, pseudo, now[str(write.id)])
            else:
                results[write.key] = verdict_of(
                    write, Verdict.UNKNOWN, "NOT_READ_BACK", "not read back", (pseudo,)
                )

    def _send(
        self,
        call: str,
        type: str,
        pseudo: str,
        writes: Sequence[Write],
        pairs: Mapping[str, list[tuple[str, str]]],
        results: dict[str, Result],
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        to = _TARGET[pseudo]
        batch_api = self._wire.sdk.crm.associations.v4.batch_api

        def send(part: Sequence[Write]) -> list[Result]:
            inputs = [each for w in part for each in _inputs(call, pairs[w.key], extra)]
            failed = self._wire.call(
                f"associations {call.replace('_', ' ')} {type} {to}",
                getattr(batch_api, call),
                type,
                to,
                {"inputs": inputs},
                expect=_archive_failures if call == "archive" else _failures,
                resend=True,  # adding or removing an association twice changes nothing
                writes=True,
            )
            return [_verdict(w, pseudo, failed) for w in part]

        def explained(write: Write, refusal: VendorRefusal) -> Result:
            told = explain(refusal.detail)
            return verdict_of(write, Verdict.REFUSED, told.code, told.text, (pseudo,))

        for part in _parts(writes, pairs):
            deliver(part, send, explained, results)


def _parts(writes: Sequence[Write], pairs: Mapping[str, list[tuple[str, str]]]) -> Iterable[list[Write]]:
    """Writes grouped so that one call has at most ``WRITE_BATCH`` pairs (more only for a single record)."""
    part: list[Write] = []
    size = 0
    for write in writes:
        count = len(pairs[write.key])
        if part and size + count > WRITE_BATCH:
            yield part
            part, size = [], 0
        part.append(write)
        size += count
    if part:
        yield part


def _inputs(
    call: str, pairs: Sequence[tuple[str, str]], extra: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """The pairs of one record. Archiving takes a list of targets, the other two calls one pair each."""
    if call == "archive":
        return [{"from": {"id": pairs[0][0]}, "to": [{"id": other} for _, other in pairs]}]
    return [{"from": {"id": id}, "to": {"id": other}, **(extra or {})} for id, other in pairs]


def _rows(data: Any) -> list[tuple[str, list[Edge], str | None]]:
    return [(str(row["from"]["id"]), [_edge(to) for to in row["to"]], _more(row)) for row in results(data)]


def _edge(to: Mapping[str, Any]) -> Edge:
    own = (t for t in to["associationTypes"] if t.get("category") == "HUBSPOT_DEFINED")
    return str(to["toObjectId"]), frozenset(t["typeId"] for t in own)


def _more(row: Mapping[str, Any]) -> str | None:
    paging = row.get("paging")
    return str(paging["next"]["after"]) if paging and paging.get("next") else None


def _company(edges: Sequence[Edge], primary: int) -> str | None:
    marked = [other for other, types in edges if primary in types]
    return min(marked or (other for other, _ in edges), key=int, default=None)


def _unread(data: Any, inputs: Sequence[Mapping[str, str]]) -> list[str]:
    """Ids whose associations were not read, other than for want of any."""
    lost: list[str] = []
    for error in data.get("errors") or ():
        if _NONE_FOUND in str(error.get("subCategory") or "") + str(error.get("category") or ""):
            continue
        named = _error_ids(error)
        lost += named or [i["id"] for i in inputs]
    return lost


def _error_ids(error: Mapping[str, Any]) -> list[str]:
    context = error.get("context") or {}
    keys = ("fromObjectId", "id", "ids", "fromObjectIds")
    return [str(id) for key in keys for id in context.get(key) or ()]


def _failures(data: Any) -> list[dict[str, Any]]:
    """The errors of a 207; a complete answer has none."""
    return list(data.get("errors") or ())


def _archive_failures(data: Any) -> list[dict[str, Any]]:
    """Archiving answers 204 without a body when all went well."""
    return [] if data is None else _failures(data)


def _verdict(write: Write, pseudo: str, failed: Sequence[Mapping[str, Any]]) -> Result:
    ids = {str(write.id)}
    mine = [e for e in failed if ids & set(_error_ids(e)) or not _error_ids(e)]
    if not mine:
        return Result(write.key, Verdict.DONE, id=write.id)
    told = explain(mine[0])
    return verdict_of(write, Verdict.REFUSED, told.code, told.text, (pseudo,))


def _done(write: Write, pseudo: str, value: Raw) -> Result:
    return Result(write.key, Verdict.DONE, id=write.id, values={pseudo: value})


def _delta(write: Write) -> Delta:
    value = write.values[CONTACTS_REF]
    return value if isinstance(value, Delta) else Delta()


def _valid(value: Raw | Delta) -> bool:
    ids = value.add | value.remove if isinstance(value, Delta) else [value]
    return all(id is None or is_id(id) for id in ids)
