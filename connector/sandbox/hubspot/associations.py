"""Routes of the associations API (v4): single records, batches, labels.

What enters: a `Call`. What leaves: association JSON.
Source: HubSpot developers, "Associations v4" guide and reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import OBJECT_TYPES, SINGULAR
from connector.sandbox.hubspot.edges import DEFAULT_TYPE, PRIMARY_TYPE, Pair
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed, not_found
from connector.sandbox.hubspot.rules import check_may_associate
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

MAX_READ, MAX_CREATE, PAGE = 1_000, 2_000, 500
Spec = tuple[str, int]


def _pair(call: Call) -> Pair:
    pair = (call.object_type("object_type"), call.object_type("to_type"))
    if pair not in DEFAULT_TYPE:
        raise invalid(f"No association types between {pair[0]} and {pair[1]}")
    return pair


def _pair_to_change(call: Call) -> Pair:
    """The same for a write. Raises ApiError 403 where the user's permission is asked for."""
    check_may_associate(call.store.switches.may_associate, call.source)
    return _pair(call)


def _envelope(store: HubSpotStore, started: int, results: list[Any], errors: list[Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        out |= {"numErrors": len(errors), "errors": errors}
    return {**out, "startedAt": iso(started), "completedAt": iso(store.now_ms())}


# One record


def list_of_record(call: Call) -> Reply:
    """GET /objects/{type}/{id}/associations/{to}: up to 500 a page; an id that was merged shows nothing."""
    pair, limit = _pair(call), call.number("limit", PAGE, PAGE)
    record_id, after = _number(call.path["record_id"]), _number(call.first("after") or "0")
    edges = call.store.edges.of(pair[0], record_id, pair[1])
    if not edges and call.store.records.survivor(pair[0], record_id) == record_id:
        call.store.live(pair[0], record_id)
    results, following = _page(call.store, pair, edges, after, limit)
    return Reply(200, {"results": results, **(call.paging(following) if following else {})})


def _number(text: Any) -> int:
    clean = str(text)
    return int(clean) if clean.isascii() and clean.isdigit() and len(clean) < 18 else 0


def _page(
    store: HubSpotStore, pair: Pair, edges: dict[int, list[int]], after: int, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    ids = [each for each in edges if each >= after]
    shown = [
        {"toObjectId": to_id, "associationTypes": store.edges.specs(pair, edges[to_id])}
        for to_id in ids[:limit]
    ]
    return shown, str(ids[limit]) if len(ids) > limit else None


def put_default(call: Call) -> Reply:
    """PUT .../associations/default/{to}/{id}: 200 with both directions."""
    pair, store = _pair_to_change(call), call.store
    with store.db.transaction():
        started = store.tick_ms()
        results = _associate_default(call, pair, call.path["record_id"], call.path["to_id"])
    return Reply(200, _envelope(store, started, results, []))


def _associate_default(call: Call, pair: Pair, from_id: str, to_id: str) -> list[dict[str, Any]]:
    first, second = call.store.live(pair[0], from_id), call.store.live(pair[1], to_id)
    call.store.links.link(pair, first.id, second.id, (), call.source)
    ends = ((pair, first.id, second.id), ((pair[1], pair[0]), second.id, first.id))
    return [
        {
            "from": {"id": str(left)},
            "to": {"id": str(right)},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": DEFAULT_TYPE[way],
            },
        }
        for way, left, right in ends
    ]


def put_labels(call: Call) -> Reply:
    """PUT .../associations/{to}/{id} with a list of types: 201 with the labels that now hold."""
    pair, store = _pair_to_change(call), call.store
    specs = _specs(call.json())
    with store.db.transaction():
        store.tick_ms()
        result = _set_types(call, pair, call.path["record_id"], call.path["to_id"], specs)
    return Reply(201, result)


def _specs(raw: Any) -> list[Spec]:
    try:
        specs = [(str(each["associationCategory"]), int(each["associationTypeId"])) for each in raw]
    except (KeyError, TypeError, ValueError):
        raise malformed("types need associationCategory and associationTypeId") from None
    if not specs:
        raise invalid("At least one association type is needed", name="types")
    return specs


def _set_types(call: Call, pair: Pair, from_id: str, to_id: str, specs: list[Spec]) -> dict[str, Any]:
    """Labels that are not repeated are gone. Assumption (worst case): that holds for Primary too."""
    store = call.store
    for category, type_id in specs:
        if not store.edges.knows(pair, type_id, category):
            raise invalid(
                f"{type_id} is not a valid association type of {category} from {pair[0]} to {pair[1]}"
            )
    first, second = store.live(pair[0], from_id), store.live(pair[1], to_id)
    wanted = {type_id for _, type_id in specs}
    present = store.edges.of(pair[0], first.id, pair[1]).get(second.id, [])
    gone = [each for each in present if each not in wanted and each != DEFAULT_TYPE[pair]]
    if gone:
        store.edges.unlink(pair, first.id, second.id, gone)
    types = store.links.link(pair, first.id, second.id, wanted, call.source)
    labels = [spec["label"] for spec in store.edges.specs(pair, types) if spec["label"]]
    return {
        "fromObjectTypeId": OBJECT_TYPES[pair[0]],
        "fromObjectId": first.id,
        "toObjectTypeId": OBJECT_TYPES[pair[1]],
        "toObjectId": second.id,
        "labels": labels,
    }


def delete_all(call: Call) -> Reply:
    """DELETE .../associations/{to}/{id}: 204, also when there was none."""
    pair = _pair_to_change(call)
    with call.store.db.transaction():
        _remove(call, pair, call.path["record_id"], call.path["to_id"], None)
    return Reply(204)


def _remove(call: Call, pair: Pair, from_id: str, to_id: str, types: list[int] | None) -> None:
    call.store.tick_ms()
    call.store.links.unlink(pair, _number(from_id), _number(to_id), types, call.source)


# Batches


def batch_read(call: Call) -> Reply:
    """POST batch/read: up to 1,000 records; those without any association are reported with 207."""
    pair, store, started = _pair(call), call.store, call.store.now_ms()
    inputs = [(_end(row), _number(row.get("after") or 0)) for row in call.inputs(MAX_READ)]
    found = store.edges.of_many(pair[0], {_number(from_id) for from_id, _ in inputs}, pair[1])
    results, errors = [], []
    for from_id, after in inputs:
        edges = found.get(_number(from_id))
        if not edges:
            errors.append(_nothing(pair, from_id))
            continue
        shown, following = _page(store, pair, edges, after, PAGE)
        paging = {"paging": {"next": {"after": following, "link": ""}}} if following else {}
        results.append({"from": {"id": from_id}, "to": shown, **paging})
    return Reply(207 if errors else 200, _envelope(store, started, results, errors))


def _nothing(pair: Pair, from_id: str) -> dict[str, Any]:
    text = f"No {SINGULAR[pair[1]]} is associated with {SINGULAR[pair[0]]} {from_id}."
    error = ApiError(404, "OBJECT_NOT_FOUND", text)
    row = error.as_row_error({"fromObjectId": [from_id]})
    return {**row, "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}


def _end(raw: Any) -> str:
    if not isinstance(raw, dict) or raw.get("id") in (None, ""):
        raise malformed("every end of an association needs an id")
    return str(raw["id"])


def batch_default(call: Call) -> Reply:
    """POST batch/associate/default: 200 with both directions of each; 207 when a record was missing."""
    pair = _pair_to_change(call)

    def one(row: dict[str, Any]) -> list[dict[str, Any]]:
        return _associate_default(call, pair, _end(row.get("from")), _end(row.get("to")))

    return _each(call, one, ok=200)


def batch_create(call: Call) -> Reply:
    """POST batch/create: 201 with the labels of each pair; 207 when a record was missing."""
    pair = _pair_to_change(call)

    def one(row: dict[str, Any]) -> list[dict[str, Any]]:
        types = _specs(row.get("types"))
        return [_set_types(call, pair, _end(row.get("from")), _end(row.get("to")), types)]

    return _each(call, one, ok=201)


def _each(call: Call, one: Callable[[dict[str, Any]], list[dict[str, Any]]], ok: int) -> Reply:
    """Assumption: a record that is missing fails alone, a wrong type fails the whole call."""
    store, inputs = call.store, call.inputs(MAX_CREATE)
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    with store.db.transaction():
        started = store.tick_ms()
        for place, row in enumerate(inputs):
            try:
                call.check_row(place)
                with store.db.savepoint():
                    results += one(row)
            except ApiError as error:
                if error.status != 404:
                    raise
                context = {"fromObjectId": [_end(row.get("from"))], "toObjectId": [_end(row.get("to"))]}
                errors.append(error.as_row_error(context))
    return Reply(207 if errors else ok, _envelope(store, started, results, errors))


def batch_archive(call: Call) -> Reply:
    """POST batch/archive: 204; removes whole associations ({from, to: [...]})."""
    pair, store = _pair_to_change(call), call.store
    with store.db.transaction():
        for row in call.inputs(MAX_CREATE):
            targets = row.get("to")
            for target in targets if isinstance(targets, list) else [targets]:
                _remove(call, pair, _end(row.get("from")), _end(target), None)
    return Reply(204)


def batch_labels_archive(call: Call) -> Reply:
    """POST batch/labels/archive: 204; removes types; the unlabeled type removes the whole association."""
    pair, store = _pair_to_change(call), call.store
    with store.db.transaction():
        for row in call.inputs(MAX_CREATE):
            types = [type_id for _, type_id in _specs(row.get("types"))]
            _remove(call, pair, _end(row.get("from")), _end(row.get("to")), types)
    return Reply(204)


# Labels


def list_labels(call: Call) -> Reply:
    """GET labels: {category, typeId, label} of all types of a pair."""
    return Reply(200, {"results": call.store.edges.labels(_pair(call))})


def create_label(call: Call) -> Reply:
    """POST labels {label, name, inverseLabel?}: 200 with the new types."""
    pair, body = _pair(call), call.body()
    label, name = body.get("label"), body.get("name")
    if not isinstance(label, str) or not isinstance(name, str) or not label or not name:
        raise invalid("label and name are required")
    inverse = str(body.get("inverseLabel") or label)
    with call.store.db.transaction():
        return Reply(200, {"results": call.store.edges.add_label(pair, label, inverse, name)})


def update_label(call: Call) -> Reply:
    """PUT labels {associationTypeId, label, inverseLabel?}: 204; the type id stays."""
    pair, body = _pair(call), call.body()
    label, inverse = body.get("label"), body.get("inverseLabel")
    if not isinstance(label, str) or not label or not isinstance(inverse, str | None):
        raise invalid("label is required", name="label")
    with call.store.db.transaction():
        if not call.store.edges.rename_label(pair, _number(body.get("associationTypeId")), label, inverse):
            raise not_found()
    return Reply(204)


def delete_label(call: Call) -> Reply:
    """DELETE labels/{typeId}: 204, or 404 for HubSpot's own types and unknown ones."""
    pair, type_id = _pair(call), _number(call.path["type_id"])
    if type_id in (DEFAULT_TYPE[pair], PRIMARY_TYPE.get(pair)):
        raise invalid("HubSpot's own association types cannot be deleted")
    with call.store.db.transaction():
        if not call.store.edges.drop_label(pair, type_id):
            raise not_found()
    return Reply(204)
