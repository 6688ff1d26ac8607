"""Routes for batches of records: read, create, update, upsert, archive (100 inputs each).

What enters: a `Call`. What leaves: one answer for all rows, with status 207 when some failed.
Source: HubSpot developers, "CRM objects" guide, batch actions, and "Handling errors", multi-status errors.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import OBJECT_TYPES, SINGULAR
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed, not_found
from connector.sandbox.hubspot.objects import (
    archive,
    by_key,
    check_key_property,
    create,
    known,
    properties_of,
    record_json,
    write_json,
)
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50
Result = dict[str, Any]
OneRow = Callable[[dict[str, Any]], Result]
_WITHOUT = nullcontext()  # a row that fails alone without trace ids does so before it has changed anything


def _envelope(store: HubSpotStore, started: int, results: list[Result], errors: list[Result]) -> Result:
    """Assumption (worst case): results come in another order than the inputs, here the reverse."""
    out: Result = {"status": "COMPLETE", "results": results[::-1]}
    if errors:
        out |= {"numErrors": len(errors), "errors": errors}
    return {**out, "startedAt": iso(started), "completedAt": iso(store.now_ms())}


def batch_read(call: Call) -> Reply:
    """POST batch/read: what was found; 207 when something was missing. No associations here.

    Assumption: an id that was merged gives the survivor under its own id.
    """
    object_type, store, body = call.object_type(), call.store, call.body()
    history = _names(body, "propertiesWithHistory")
    inputs = call.inputs(MAX_INPUTS_WITH_HISTORY if history else MAX_INPUTS)
    keys = list(dict.fromkeys(_text_id(row) for row in inputs))
    started, archived = store.now_ms(), call.flag("archived")
    found = _find(store, object_type, keys, body.get("idProperty"), archived)
    names = known(store, object_type, [*_names(body, "properties"), *history])
    past = [name for name in history if name in names]
    results = []
    for row in {row.id: row for row in found.values()}.values():
        result = record_json(row, names)
        if history:
            result["propertiesWithHistory"] = store.versions(row, past)
        results.append(result)
    missing = [key for key in keys if key not in found]
    errors = [_missing(object_type, missing)] if missing else []
    return Reply(207 if errors else 200, _envelope(store, started, results, errors))


def _missing(object_type: str, keys: list[str]) -> Result:
    word = SINGULAR[object_type].upper()
    text = f"Could not get some {word} objects, they may be deleted or not exist. Check that ids are valid."
    return ApiError(207, "OBJECT_NOT_FOUND", text).as_row_error({"ids": keys})


def _names(body: dict[str, Any], name: str) -> list[str]:
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise malformed(f"{name} must be a list of strings")
    return found


def _text_id(row: dict[str, Any]) -> str:
    found = row.get("id")
    if type(found) is str:
        return found
    if found is None or isinstance(found, dict | list | bool):
        raise malformed("every input needs an id")
    return str(found)


def _find(
    store: HubSpotStore,
    object_type: str,
    keys: list[str],
    id_property: Any,
    archived: bool,
    follow: bool = True,
) -> dict[str, Row]:
    """Rows by the key they were asked with; ids that were merged find nothing unless they `follow`."""
    if id_property not in (None, "", "hs_object_id"):
        check_key_property(store, object_type, str(id_property))
        return _find_by_property(store, object_type, keys, str(id_property))
    numbers = {key: int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 18}
    if follow and not archived:
        numbers = {key: store.records.survivor(object_type, number) for key, number in numbers.items()}
    rows = store.records.get_many(object_type, numbers.values())
    return {
        key: row
        for key, number in numbers.items()
        if (row := rows.get(number)) and (store.in_bin(row) if archived else row.archived is None)
    }


def _find_by_property(store: HubSpotStore, object_type: str, keys: list[str], name: str) -> dict[str, Row]:
    lower = name == "email"
    holders = {
        key: store.records.holder(object_type, name, key.strip().lower() if lower else key) for key in keys
    }
    rows = store.records.get_many(object_type, [each for each in holders.values() if each is not None])
    return {key: rows[holder] for key, holder in holders.items() if holder in rows}


def batch_create(call: Call) -> Reply:
    """POST batch/create: 201; with a trace id on each input 207 for partial success, else all or nothing."""
    object_type, store = call.object_type(), call.store

    def one(row: dict[str, Any]) -> Result:
        made = create(store, object_type, row, call.source, now)
        return write_json(store, made, properties_of(row), created=True)

    inputs, now = call.inputs(MAX_INPUTS), store.tick_ms()
    with store.db.transaction():
        if object_type == "contacts":
            store.records.foresee(_addresses(inputs))
        return _write(call, inputs, one, 201, partial=_traced(inputs), started=now)


def _addresses(inputs: list[dict[str, Any]]) -> list[str]:
    """The email addresses in inputs, as they will be stored if they are any."""
    bodies = [row.get("properties") for row in inputs]
    texts = [body.get("email") for body in bodies if isinstance(body, dict)]
    return [text.strip().lower() for text in texts if isinstance(text, str)]


def batch_update(call: Call) -> Reply:
    """POST batch/update by record id or a custom unique property.

    Ids that were merged are not found here. Assumptions: without trace ids an invalid row fails the
    whole call, while missing ids give 207.
    """
    object_type, store = call.object_type(), call.store

    def one(row: dict[str, Any]) -> Result:
        record = _for_update(store, object_type, row, near)
        raw = properties_of(row)
        store.writer.update(record, raw, call.source, now)
        return write_json(store, record, raw, created=False)

    inputs = call.inputs(MAX_INPUTS)
    _refuse_non_unique(store, object_type, inputs)
    _refuse_repeats(inputs)
    ids = [_text_id(row) for row in inputs]
    with store.db.transaction():
        near = _find(store, object_type, ids, None, archived=False, follow=False)
        now = store.tick_ms()
        return _write(call, inputs, one, 200, partial=_traced(inputs), started=now)


def _for_update(store: HubSpotStore, object_type: str, row: dict[str, Any], near: dict[str, Row]) -> Row:
    """The record of an input; `near` holds those found by id, so that two inputs for one change the same."""
    id_property = row.get("idProperty")
    if id_property in (None, "", "hs_object_id"):
        if (found := near.get(_text_id(row))) is None:
            raise not_found()
        return found
    found = by_key(store, object_type, _text_id(row), str(id_property))
    return near.setdefault(str(found.id), found)


def _refuse_non_unique(store: HubSpotStore, object_type: str, inputs: list[dict[str, Any]]) -> None:
    """batch/update accepts record ids and custom unique properties; email is refused with these words."""
    for row in inputs:
        name = row.get("idProperty")
        if name not in (None, "", "hs_object_id") and name not in store.schema.unique_names(object_type):
            text = (
                f"Unable to perform update/upsert by non-unique {OBJECT_TYPES[object_type]} property {name}"
            )
            raise invalid(text)


def _refuse_repeats(inputs: list[dict[str, Any]]) -> None:
    """Assumption: the wording; that repeated ids are refused is reported by users of the API."""
    keys = [(str(row.get("idProperty") or ""), _text_id(row)) for row in inputs]
    repeated = (
        sorted({key for _, key in keys if keys.count((_, key)) > 1}) if len(set(keys)) < len(keys) else []
    )
    if repeated:
        raise invalid(f"Duplicate IDs found in batch input: [{', '.join(repeated)}]. IDs must be unique")


def batch_upsert(call: Call) -> Reply:
    """POST batch/upsert: results carry `new`. By email nothing is partial; by a unique property it may be."""
    object_type, store = call.object_type(), call.store

    def one(row: dict[str, Any]) -> Result:
        return _upserted(call, object_type, row, now)

    inputs = call.inputs(MAX_INPUTS)
    by_email = any(row.get("idProperty") == "email" for row in inputs)
    if not (by_email and object_type == "contacts"):
        _refuse_non_unique(store, object_type, inputs)
    elif any(row.get("idProperty") != "email" for row in inputs):
        raise invalid("All inputs must have the same idProperty")
    _refuse_repeats([row | {"id": _text_id(row).lower()} if by_email else row for row in inputs])
    most = store.switches.company_lock
    if object_type == "companies" and most is not None:
        store.limits.company_lock.check(store.clock.now().timestamp(), len(inputs), most)
    now = store.tick_ms()
    return _write(call, inputs, one, 200, partial=_traced(inputs) and not by_email, started=now)


def _upserted(call: Call, object_type: str, row: dict[str, Any], now_ms: int) -> Result:
    store = call.store
    id_property, key, raw = row.get("idProperty"), _text_id(row), properties_of(row)
    try:
        record = by_key(store, object_type, key, id_property)
    except ApiError as error:
        if error.status != 404 or id_property in (None, "", "hs_object_id"):
            raise
        values = {str(id_property): key} | raw
        made = create(store, object_type, {"properties": values}, call.source, now_ms)
        return {**write_json(store, made, values, created=True), "new": True}
    store.writer.update(record, raw, call.source, now_ms)
    return {**write_json(store, record, raw, created=False), "new": False}


def _traced(inputs: list[dict[str, Any]]) -> bool:
    """Whether each input has a trace id of its own: only then may some rows fail alone."""
    traces = [row.get("objectWriteTraceId") for row in inputs]
    return all(isinstance(each, str) and each for each in traces) and len(set(traces)) == len(traces)


def _write(
    call: Call, inputs: list[dict[str, Any]], one: OneRow, status: int, *, partial: bool, started: int
) -> Reply:
    """Runs `one` for each input. Not partial: the first error fails the call and nothing is kept."""
    store = call.store
    results: list[Result] = []
    errors: list[Result] = []
    missing: list[str] = []
    with store.db.transaction():
        for place, row in enumerate(inputs):
            try:
                call.check_row(place)
                with store.db.savepoint() if partial or "associations" in row else _WITHOUT:
                    results.append(_with_trace(one(row), row))
            except ApiError as error:
                if partial:
                    errors.append(error.as_row_error({"objectWriteTraceId": [row["objectWriteTraceId"]]}))
                elif error.category == "OBJECT_NOT_FOUND" and "id" in row:
                    missing.append(_text_id(row))
                else:
                    raise
    if missing:
        errors.append(not_found("Some objects were not found").as_row_error({"ids": missing}))
    return Reply(207 if errors else status, _envelope(store, started, results, errors))


def _with_trace(result: Result, row: dict[str, Any]) -> Result:
    trace = row.get("objectWriteTraceId")
    return {**result, "objectWriteTraceId": trace} if isinstance(trace, str) and trace else result


def batch_archive(call: Call) -> Reply:
    """POST batch/archive: 204, unknown ids included."""
    object_type = call.object_type()
    ids = [_text_id(row) for row in call.inputs(MAX_INPUTS)]
    with call.store.db.transaction():
        for record_id in ids:
            archive(call.store, object_type, record_id, call.source)
    return Reply(204)
