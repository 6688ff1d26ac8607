"""`/composite/sobjects`: up to 200 records in one call, each with its own verdict.

In: Calls. Out: HTTP 200 with an array in the order of the request, even when every record failed. Source:
REST API Developer Guide, "sObject Collections".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import count, groupby
from typing import cast

from starlette.responses import Response

from connector.sandbox.salesforce import writes
from connector.sandbox.salesforce.errors import ApiError, Problem, RecordError, no_such_resource, refuse
from connector.sandbox.salesforce.http import Acting, Call, answer
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.links import linked
from connector.sandbox.salesforce.records import key_field
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value
from connector.sandbox.salesforce.sharing import and_seen
from connector.sandbox.salesforce.show import record, wanted_fields
from connector.sandbox.salesforce.undoing import trial
from connector.sandbox.salesforce.values import parse_row

MOST_RECORDS, MOST_CHUNKS, MOST_RETRIEVED = 200, 10, 2000
SETUP = frozenset(
    {"User", "PermissionSet", "PermissionSetAssignment", "Group", "QueueSobject"}
    | {"FieldPermissions", "ObjectPermissions"}
)
UPSERT_SINCE = 46
ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Result = dict[str, object]
Work = Callable[[], Result]


def create(call: Call) -> Response:
    """POST /composite/sobjects"""
    kinds, bodies, all_or_none = _records(call)
    rows = [_parsed(call, *each) for each in zip(count(), kinds, bodies, strict=False)]
    return _answered(call, [_creating(call, *pair) for pair in zip(kinds, rows, strict=True)], all_or_none)


def update(call: Call) -> Response:
    """PATCH /composite/sobjects"""
    kinds, bodies, all_or_none = _records(call)
    ids = [next((value for name, value in body.items() if name.lower() == "id"), None) for body in bodies]
    times = Counter(to_18(each) for each in ids if isinstance(each, str))
    work = []
    for place, (kind, body, record_id) in enumerate(zip(kinds, bodies, ids, strict=True)):
        row = _parsed(call, place, kind, {n: v for n, v in body.items() if n.lower() != "id"})
        work.append(_updating(call, kind, record_id, row, times))
    known = [found for each in ids if isinstance(each, str) and (found := to_18(each))]
    return _answered(call, work, all_or_none, lambda: _look_ahead(call, kinds, known))


def _look_ahead(call: Call, kinds: list[ObjectType], ids: list[str]) -> None:
    for name in {kind.name for kind in kinds}:
        call.store.db.look_ahead(call.store.kind(name), ids)


def upsert(call: Call) -> Response:
    """PATCH /composite/sobjects/X/ExtField__c"""
    if call.version < UPSERT_SINCE:
        raise no_such_resource()
    kind, field = key_field(call)
    kinds, bodies, all_or_none = _records(call)
    if any(found.name != kind.name for found in kinds):
        raise ApiError(400, "INVALID_TYPE", f"All records must be of type {kind.name}")
    rows = [_parsed(call, place, kind, body) for place, body in enumerate(bodies)]
    keys = Counter(same_key(field, _key(field, row)) for row in rows)
    return _answered(call, [_upserting(call, kind, field, row, keys) for row in rows], all_or_none)


def delete(call: Call) -> Response:
    """DELETE /composite/sobjects?ids=a,b&allOrNone="""
    ids = [each.strip() for each in call.query.get("ids", "").split(",") if each.strip()]
    if not ids:
        raise ApiError(400, "MISSING_ARGUMENT", "The ids parameter is required")
    _check_size(len(ids))
    all_or_none = call.query.get("allOrNone", "false").lower() == "true"
    return _answered(call, [_deleting(call, *each) for each in enumerate(ids)], all_or_none)


def retrieve(call: Call) -> Response:
    """POST /composite/sobjects/X {"ids", "fields"}"""
    body = call.body()
    return _retrieved(call, _texts(body, "ids"), _texts(body, "fields"))


def retrieve_by_url(call: Call) -> Response:
    """GET /composite/sobjects/X?ids=&fields="""
    lists = [[each for each in call.query.get(name, "").split(",") if each] for name in ("ids", "fields")]
    return _retrieved(call, *lists)


# the request


def _records(call: Call) -> tuple[list[ObjectType], list[dict[str, object]], bool]:
    """Types, bodies and allOrNone of a request; raises for what spoils the whole call.

    Assumption: the codes of the refusals; that they refuse is documented.
    """
    body = call.body()
    found = body.get("records")
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ApiError(
            400, "JSON_PARSER_ERROR", "The request needs an array of records at [line:1, column:1]"
        )
    records = cast(list[dict[str, object]], found)
    _check_size(len(records))
    kinds = [_kind(call, each) for each in records]
    if len({kind.name for kind in kinds}) > 1 and not SETUP.isdisjoint(kind.name for kind in kinds):
        text = "Setup objects cannot be written together with objects of another type"
        raise ApiError(400, "MIXED_DML_OPERATION", text)
    if sum(1 for _ in groupby(kinds, key=lambda kind: kind.name)) > MOST_CHUNKS:
        text = (
            "Cannot have more than 10 chunks in a single operation. "
            "Please rearrange the data to reduce chunking."
        )
        raise ApiError(400, "LIMIT_EXCEEDED", text)
    return kinds, records, body.get("allOrNone") is True


def _check_size(count: int) -> None:
    """Assumption: the code and text are those of the SOAP calls with the same limit."""
    if count > MOST_RECORDS:
        text = f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)


def _kind(call: Call, body: dict[str, object]) -> ObjectType:
    attributes = body.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise ApiError(400, "INVALID_TYPE", "Every record needs attributes with a type")
    kind = call.view.find(name)
    if kind is None:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return kind


def _parsed(call: Call, place: int, kind: ObjectType, body: dict[str, object]) -> Row | RecordError:
    """Assumption: unknown fields and unreadable values fail the whole call, dangling keys their record."""
    try:
        call.check_row(place)
        return parse_row(kind, linked(call, kind, body))
    except RecordError as error:
        return error


def _texts(body: dict[str, object], name: str) -> list[str]:
    values = body.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ApiError(
            400, "JSON_PARSER_ERROR", f"An array of texts is expected in {name} at [line:1, column:1]"
        )
    return values


# the work, record by record


def _answered(
    call: Call, work: Sequence[Work], all_or_none: bool, before: Callable[[], None] = lambda: None
) -> Response:
    with trial(call.store.db) as tried:
        before()
        results = [each() for each in work]
        if all_or_none and any(not result["success"] for result in results):
            tried.undo()
    return answer([_rolled_back(result) for result in results] if tried.undone else results)


def _rolled_back(result: Result) -> Result:
    return _failure([ROLLED_BACK], id=result.get("id")) if result["success"] else result


def _success(record_id: str, **more: object) -> Result:
    return {"id": record_id, "success": True, "errors": [], **more}


def _failure(problems: Iterable[Problem], **more: object) -> Result:
    known = {name: value for name, value in more.items() if value is not None}
    return {**known, "success": False, "errors": [problem.in_record() for problem in problems]}


def _creating(call: Call, kind: ObjectType, row: Row | RecordError) -> Work:
    def work() -> Result:
        try:
            return _success(writes.create(call.store, call.writing, call.store.kind(kind.name), _usable(row)))
        except RecordError as error:
            return _failure(error.problems)

    return work


def _updating(
    call: Call, kind: ObjectType, given_id: object, row: Row | RecordError, times: Counter[str | None]
) -> Work:
    """Assumption: of records named twice in one call, none is updated."""

    def work() -> Result:
        try:
            if given_id is None:
                raise refuse("MISSING_ARGUMENT", "Id not specified in an update call")
            record_id = writes.well_formed(kind, given_id)
            if times[record_id] > 1:
                raise refuse("DUPLICATE_VALUE", f"Duplicate id specified: {record_id}", "Id")
            writes.update(call.store, call.writing, call.store.kind(kind.name), record_id, _usable(row))
            return _success(record_id)
        except RecordError as error:
            return _failure(error.problems, id=given_id if isinstance(given_id, str) else None)

    return work


def _deleting(call: Call, place: int, given_id: str) -> Work:
    def work() -> Result:
        try:
            call.check_row(place)
            kind = call.view.by_prefix(to_18(given_id) or "")
            if kind is None:
                raise refuse("MALFORMED_ID", f"bad id {given_id}")
            record_id = writes.well_formed(kind, given_id)
            writes.delete(call.store, call.writing, call.store.kind(kind.name), record_id)
            return _success(record_id)
        except RecordError as error:
            return _failure(error.problems, id=given_id)

    return work


def _upserting(
    call: Call, kind: ObjectType, field: Field, row: Row | RecordError, keys: Counter[Value]
) -> Work:
    def work() -> Result:
        try:
            return upserted(call, kind, field, _usable(row), keys)
        except RecordError as error:
            return _failure(error.problems, created=False)

    return work


def upserted(call: Acting, kind: ObjectType, field: Field, row: Row, keys: Counter[Value]) -> Result:
    key = row.get(field.name)
    if "Id" in row and field.name != "Id":
        raise refuse("INVALID_FIELD", "cannot specify Id in an upsert by external id", "Id")
    if field.type == "id":
        return _upserted_by_id(call, kind, row)
    if key is None:
        raise refuse("MISSING_ARGUMENT", f"{field.name} not specified")
    if keys[same_key(field, key)] > 1:
        raise refuse("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", field.name)
    full = call.store.kind(kind.name)
    alive = ' AND "IsDeleted" = 0' if kind.soft_delete else ""
    found = call.store.db.run(
        f'SELECT "Id" FROM "{kind.name}" WHERE "{field.name}" = ?{alive}{and_seen(call.view)}', (key,)
    ).fetchall()
    if len(found) > 1:
        listed = ", ".join(each[0] for each in found)
        text = f"{field.name}: more than one record found for external id field: [{listed}]"
        raise refuse("DUPLICATE_EXTERNAL_ID", text, field.name)
    if not found:
        return _success(writes.create(call.store, call.writing, full, row), created=True)
    changes = {name: value for name, value in row.items() if name != field.name}
    writes.update(call.store, call.writing, full, found[0][0], changes)
    return _success(found[0][0], created=False)


def _upserted_by_id(call: Acting, kind: ObjectType, row: Row) -> Result:
    """With `Id` as the key, records without one are created."""
    record_id = row.pop("Id", None)
    full = call.store.kind(kind.name)
    if record_id is None:
        return _success(writes.create(call.store, call.writing, full, row), created=True)
    found = writes.well_formed(kind, record_id)
    writes.update(call.store, call.writing, full, found, row)
    return _success(found, created=False)


def _usable(row: Row | RecordError) -> Row:
    if isinstance(row, RecordError):
        raise row
    return row


def _key(field: Field, row: Row | RecordError) -> Value:
    return None if isinstance(row, RecordError) else row.get(field.name)


def same_key(field: Field, key: Value) -> Value:
    return key.casefold() if isinstance(key, str) and not field.case_sensitive else key


# retrieving


def _retrieved(call: Call, ids: list[str], names: list[str]) -> Response:
    kind = call.kind()
    if len(ids) > MOST_RETRIEVED:
        text = f"record limit reached. cannot submit more than {MOST_RETRIEVED} records into this call"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)
    if not ids or not names:
        raise ApiError(400, "MISSING_ARGUMENT", "Both ids and fields are required")
    fields = wanted_fields(kind, names)
    wanted = [_well_formed(kind, each) for each in ids]
    rows = _rows(call, kind, wanted)
    return answer([record(kind, rows[each], fields, call.base) if each in rows else None for each in wanted])


def _well_formed(kind: ObjectType, given: str) -> str:
    try:
        return writes.well_formed(kind, given)
    except RecordError:
        raise ApiError(400, "MALFORMED_ID", f"malformed id {given}") from None


def _rows(call: Call, kind: ObjectType, ids: list[str]) -> dict[str, Row]:
    """Rows by id, those in the recycle bin and those that the user does not see left out."""
    full = call.store.kind(kind.name)
    alive = ' AND "IsDeleted" = 0' if kind.soft_delete else ""
    marks = ", ".join("?" * len(ids))
    where = f'"Id" IN ({marks}){alive}{and_seen(call.view)}'
    return {str(row["Id"]): row for row in call.store.db.find(full, where, *ids)}
