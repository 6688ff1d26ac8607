"""Writing HubSpot records: batches, verdicts, values read back, and lifecycle stages that must go
backwards.

Enters: writes of one object. Leaves: one Result each, matched by trace id or record id, never by order. It
never sends a batch again whose answer was lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from connector.crm.deliver import deliver, in_order, refuse_unsendable, verdict_of
from connector.crm.hubspot_consent import OptOuts, not_shown, opts_out
from connector.crm.hubspot_errors import explain
from connector.crm.hubspot_records import is_id, to_text
from connector.crm.hubspot_refs import References
from connector.crm.hubspot_swaps import untangle
from connector.crm.hubspot_wire import HubSpotWire
from connector.crm.wire import VendorRefusal, chunked
from connector.errors import Retry, Stop
from connector.model import COMPANY_REF, CONTACTS_REF, Op, Raw, Record, Result, Verdict, Write

BATCH = 100
STAGE = "lifecyclestage"

Reread = Callable[[str, Sequence[str], Sequence[str]], Mapping[str, Record]]
Results = dict[str, Result]

_BUSY = frozenset({"RATE_LIMIT", "RATE_LIMITS"})
_LOST = frozenset({"INTERNAL_ERROR", "SERVER_ERROR", "UNKNOWN_ERROR"})


class HubSpotWriter:
    """Creates and updates. ``reread`` is the adapter's ``read``, for what an answer leaves out."""

    def __init__(self, wire: HubSpotWire, references: References, reread: Reread) -> None:
        self._wire = wire
        self._references = references
        self._reread = reread
        self._opt_outs = OptOuts(wire, reread)

    def write(self, type: str, writes: Sequence[Write]) -> list[Result]:
        """One Result per write, in order. Raises Stop only when nothing was sent."""
        results: Results = {}
        try:
            good = refuse_unsendable(writes, results)
            good = self._opt_outs.first(type, good, results)
            self._records(type, good, results)
            self._stages(type, good, results)
            self._complete(type, good, results)
            results.update(not_shown(good, results))
            self._edges(type, good, results)
        except Stop:
            if not results:
                raise
        return in_order(writes, results)

    # ------------------------------------------------------------ properties

    def _records(self, type: str, writes: Sequence[Write], results: Results) -> None:
        creates = [w for w in writes if w.op is Op.CREATE]
        updates = [w for w in writes if w.op is Op.UPDATE]
        good = [w for w in updates if is_id(w.id)]
        for write in updates:
            if not is_id(write.id):
                results[write.key] = verdict_of(write, Verdict.REFUSED, "MALFORMED_ID", "not a HubSpot id")
            elif not _sent(write):
                results[write.key] = Result(write.key, Verdict.DONE, id=write.id)
        api = self._wire.sdk.crm.objects.batch_api
        self._send(f"batch create {type}", api.create, type, creates, results)
        self._send(f"batch update {type}", api.update, type, [w for w in good if _sent(w)], results)
        if type == "contacts":
            again = partial(self._send, f"batch update {type}", api.update, type)
            untangle([w for w in good if _sent(w)], results, again)
        self._archive(type, [w for w in writes if w.op is Op.ARCHIVE], results)

    def _send(
        self, kind: str, method: Callable[..., Any], type: str, writes: Sequence[Write], results: Results
    ) -> None:
        def send(part: Sequence[Write]) -> list[Result]:
            body = {"inputs": [_input(w) for w in part]}
            return self._wire.call(
                kind, method, type, body, expect=lambda data: _match(part, data), resend=False
            )

        for part in chunked(writes, BATCH):
            deliver(part, send, _explained, results)

    def _archive(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Put records into the recycle bin. The answer is empty ("Batch archive" section), so each record is
        read again: only one that is there as archived is done."""
        method = self._wire.sdk.crm.objects.batch_api.archive

        def send(part: Sequence[Write]) -> list[Result]:
            body = {"inputs": [{"id": w.id} for w in part]}
            kind = f"batch archive {type}"
            self._wire.call(kind, method, type, body, expect=lambda _: None, resend=False)
            present = self._present(type, part)
            return [_archived(w, present) for w in part]

        for part in chunked([w for w in writes if is_id(w.id)], BATCH):
            deliver(part, send, _explained, results)

    def _present(self, type: str, writes: Sequence[Write]) -> Mapping[str, Record]:
        try:
            return self._reread(type, [str(w.id) for w in writes], ())
        except Retry:
            return {}

    # ------------------------------------------------------------ lifecycle stages

    def _stages(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Clear and set again the stages that HubSpot silently left as they were.

        The API moves a stage only forward; a backward move answers with success and the old value. It has
        to be cleared first, in a request of its own ("Lifecycle stages" page; rows of one batch are not
        ordered).
        """
        stuck = [w for w in writes if _asked_stage(w) and results[w.key].verdict is Verdict.DONE]
        self._complete(type, [w for w in stuck if STAGE not in results[w.key].values], results)
        stuck = [w for w in stuck if _is_stuck(w, results[w.key])]
        if not stuck:
            return
        before = {w.key: results[w.key] for w in stuck}
        for write in stuck:  # until the second request has answered nobody knows
            results[write.key] = replace(
                before[write.key], verdict=Verdict.UNKNOWN, code="LIFECYCLE_STAGE_CLEARED", fields=(STAGE,)
            )
        cleared = self._set_stage(type, stuck, None)
        ready = [w for w in stuck if cleared[w.key].verdict is Verdict.DONE]
        moved = self._set_stage(type, ready, STAGE)
        for write in stuck:
            outcome = moved.get(write.key) or cleared[write.key]
            results[write.key] = _moved(write, before[write.key], outcome, write.key in moved)

    def _set_stage(self, type: str, writes: Sequence[Write], column: str | None) -> Results:
        """One batch that clears the stage (``column`` None) or sets the one asked for."""
        steps = [replace(w, values={STAGE: w.values[STAGE] if column else None}) for w in writes]
        results: Results = {}
        method = self._wire.sdk.crm.objects.batch_api.update
        self._send(f"batch update {type}", method, type, steps, results)
        return results

    # ------------------------------------------------------------ what the answer left out

    def _complete(self, type: str, writes: Sequence[Write], results: Results) -> None:
        """Read the written values that a sparse answer did not repeat, in one call per 100 records."""
        short = [w for w in writes if _lacks(w, results[w.key])]
        if not short:
            return
        columns = list(dict.fromkeys(c for w in short for c in _own(w)))
        ids = [str(results[w.key].id) for w in short]
        try:
            found = self._reread(type, ids, columns)
        except Retry:
            found = {}
        for write, id in zip(short, ids, strict=True):
            results[write.key] = _completed(write, results[write.key], found.get(id))

    # ------------------------------------------------------------ associations

    def _edges(self, type: str, writes: Sequence[Write], results: Results) -> None:
        for pseudo in (COMPANY_REF, CONTACTS_REF):
            concerned = [
                replace(w, id=results[w.key].id)
                for w in writes
                if pseudo in w.values and results[w.key].verdict is Verdict.DONE
            ]
            waiting = {w.key: results[w.key] for w in concerned}
            for write in concerned:  # stands if a Stop comes in between
                results[write.key] = replace(
                    waiting[write.key], verdict=Verdict.RETRY, code="NOT_SENT", fields=(pseudo,)
                )
            if concerned:
                for outcome in self._references_of(type, pseudo, concerned):
                    results[outcome.key] = _joined(waiting[outcome.key], outcome, pseudo)

    def _references_of(self, type: str, pseudo: str, writes: Sequence[Write]) -> list[Result]:
        try:
            return self._references.write(type, pseudo, writes)
        except Retry as busy:
            return [verdict_of(w, Verdict.RETRY, "BUSY", busy.message, (pseudo,)) for w in writes]


# ---------------------------------------------------------------- pure parts


def _own(write: Write) -> dict[str, Raw]:
    """The properties of a write, without pseudo-fields."""
    return {k: v for k, v in write.values.items() if not k.startswith("@")}  # type: ignore[misc]


def _sent(write: Write) -> dict[str, Raw]:
    """The properties that are sent with the record: an opt-out has a request of its own, before it."""
    return {name: raw for name, raw in _own(write).items() if not opts_out(name, raw)}


def _input(write: Write) -> dict[str, Any]:
    """One input. With a trace id each, one bad row does not fail the batch ("Batch create" section)."""
    properties = {name: to_text(value) for name, value in _sent(write).items()}
    body: dict[str, Any] = {"properties": properties, "objectWriteTraceId": write.key}
    if write.op is Op.UPDATE:
        body["id"] = write.id
    return body


def _match(writes: Sequence[Write], data: Any) -> list[Result]:
    """Results of a batch answer, found by trace id, else by record id. Who is told two different things is
    told nothing."""
    by_key = {w.key: w for w in writes}
    by_id = {w.id: w for w in writes if w.id}
    found = []
    for row in data["results"]:
        trace = row.get("objectWriteTraceId")
        write = by_key.get(trace) if trace else by_id.get(row["id"])
        if write is None and not trace and len(writes) == len(data["results"]) == 1:
            write = writes[0]
        if write is not None:
            found.append(_result(write, row))
    for error in data.get("errors") or ():
        context = error.get("context") or {}
        concerned = [by_key.get(name) for name in context.get("objectWriteTraceId") or ()]
        concerned += [by_id.get(str(id)) for key in ("ids", "id") for id in context.get(key) or ()]
        concerned.append(by_id.get(error.get("id")))
        found += [_refused(write, error) for write in concerned if write is not None]
    said: dict[str, set[tuple[Verdict, str | None]]] = {}
    for result in found:
        said.setdefault(result.key, set()).add((result.verdict, result.id))
    return [result for result in found if len(said[result.key]) == 1]


def _result(write: Write, row: Mapping[str, Any]) -> Result:
    answered = row["properties"]
    values = {name: answered[name] or None for name in _own(write) if name in answered}
    stamp = datetime.fromisoformat(row["updatedAt"])
    return Result(write.key, Verdict.DONE, id=row["id"], values=values, stamp=stamp)


def _archived(write: Write, present: Mapping[str, Record]) -> Result:
    record = present.get(str(write.id))
    gone = record is not None and record.gone is not None
    return Result(write.key, Verdict.DONE if gone else Verdict.UNKNOWN, id=write.id)


def _refused(write: Write, error: Any) -> Result:
    told = explain(error)
    verdict = Verdict.REFUSED
    if told.code in _BUSY:
        verdict = Verdict.RETRY
    if told.code in _LOST:
        verdict = Verdict.UNKNOWN
    return Result(
        write.key,
        verdict,
        id=told.existing or write.id,
        code=told.code,
        fields=told.fields,
        message=told.text,
    )


def _explained(write: Write, refusal: VendorRefusal) -> Result:
    return _refused(write, refusal.detail)


def _asked_stage(write: Write) -> bool:
    return write.op is Op.UPDATE and bool(write.values.get(STAGE))


def _is_stuck(write: Write, result: Result) -> bool:
    return result.verdict is Verdict.DONE and result.values.get(STAGE) != write.values[STAGE]


def _moved(write: Write, before: Result, outcome: Result, was_set: bool) -> Result:
    """The Result after clearing and setting: ``outcome`` is that of the last request sent for it."""
    if outcome.verdict is Verdict.DONE and outcome.values.get(STAGE) == write.values[STAGE]:
        return replace(before, values={**before.values, **outcome.values}, stamp=outcome.stamp)
    if outcome.verdict is Verdict.DONE:
        code = "LIFECYCLE_STAGE_UNCHANGED"
        text = "HubSpot accepted the stage but did not set it"
        values = {**before.values, **outcome.values}
        return replace(
            before, verdict=Verdict.REFUSED, values=values, code=code, fields=(STAGE,), message=text
        )
    verdict = Verdict.UNKNOWN if was_set else outcome.verdict
    return replace(before, verdict=verdict, code=outcome.code, fields=(STAGE,), message=outcome.message)


def _lacks(write: Write, result: Result) -> bool:
    return result.verdict is Verdict.DONE and not _own(write).keys() <= result.values.keys()


def _completed(write: Write, result: Result, record: Record | None) -> Result:
    if record is None:
        return replace(
            result, verdict=Verdict.UNKNOWN, code="NOT_READ_BACK", message="written, but not read back"
        )
    own = _own(write)
    read = {name: value for name, value in record.values.items() if name in own}
    return replace(result, values={**read, **result.values}, stamp=result.stamp or record.stamp)


def _joined(result: Result, outcome: Result, pseudo: str) -> Result:
    """The record's Result with that of its association."""
    values = {**result.values, **outcome.values}
    if outcome.verdict is Verdict.DONE:
        return replace(result, values=values)
    return replace(
        result,
        verdict=outcome.verdict,
        values=values,
        code=outcome.code,
        fields=(pseudo,),
        message=outcome.message,
    )
