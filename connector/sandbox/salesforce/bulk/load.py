"""The rows of an ingest job, one by one into the org.

In: a job with its CSV. Out: an Outcome for each line. Source: Bulk API 2.0 Developer Guide, "Prepare CSV
Files": an empty cell says nothing, `#N/A` is null, `Account.Ext__c` names a parent by its key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from starlette.datastructures import Headers

from connector.sandbox.salesforce import history, writes
from connector.sandbox.salesforce.bulk import batches
from connector.sandbox.salesforce.bulk.jobs import Job, Outcome
from connector.sandbox.salesforce.bulk.table import DELIMITERS, Line, read
from connector.sandbox.salesforce.collections import same_key, upserted
from connector.sandbox.salesforce.errors import ApiError, RecordError, refuse
from connector.sandbox.salesforce.http import Call
from connector.sandbox.salesforce.links import linked
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value
from connector.sandbox.salesforce.values import parse_value

TRANSACTION = 200  # rows
LONGEST_CELL, LONGEST_LINE = 32_000, 400_000  # characters
MOST_FIELDS = 5_000
NULL = "#N/A"
TRUE = frozenset({"yes", "y", "true", "on", "1"})
FALSE = frozenset({"no", "n", "false", "off", "0"})


def opened(call: Call, job: Job) -> None:
    """Reads the CSV; what is wrong with the whole of it fails the job. Assumption: the wording."""
    try:
        text = (job.raw or b"").decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        job.fail("ClientInputError : the data is not encoded in UTF-8")
        return
    if ("\r\n" in text) != (job.line_ending == "CRLF") and "\n" in text:
        setting = f"Current LineEnding setting is {job.line_ending}"
        job.fail(f"ClientInputError : LineEnding is invalid on user data. {setting}")
        return
    lines = list(read(text, DELIMITERS[job.delimiter]))
    if not lines:
        job.fail("ClientInputError : the data has no header")
        return
    job.header, job.lines = lines[0].cells, lines[1:]
    _check_header(call, job)


def _check_header(call: Call, job: Job) -> None:
    kind = call.kind(job.type_name)
    unknown = next((name for name in job.header if _column(kind, name) is None), None)
    if len(job.header) > MOST_FIELDS:
        job.fail(f"InvalidBatch : a record can have at most {MOST_FIELDS} fields")
    elif unknown is not None:
        job.fail(f"InvalidBatch : Field name not found : {unknown}")
    elif len({name.lower() for name in job.header}) < len(job.header):
        job.fail("InvalidBatch : a field name stands twice in the header")
    elif job.operation in ("delete", "hardDelete") and [name.lower() for name in job.header] != ["id"]:
        job.fail(f"InvalidBatch : The '{job.operation}' batch must contain only ids")


def _column(kind: ObjectType, name: str) -> Field | None:
    """The field that a column fills: its own, or the reference that a parent's key stands for."""
    relationship, dot, _key = name.partition(".")
    return kind.by_relationship.get(relationship.lower()) if dot else kind.find(name)


def load_lines(call: Call, job: Job, until: int) -> None:
    """Loads the lines from where the job stands up to `until`."""
    rule = "TRUE" if job.assignment_rule else "FALSE"
    own = replace(call, headers=Headers({"sforce-auto-assign": rule}))
    with call.store.db.transaction():
        call.store.clock.tick()
        while (reached := len(job.outcomes)) < until:
            start = reached // TRANSACTION * TRANSACTION
            keys = _keys(own, job, job.lines[start : start + TRANSACTION])
            end = min(start + TRANSACTION, until)
            job.outcomes += [_loaded(own, job, place, keys) for place in range(reached, end)]


def _loaded(call: Call, job: Job, place: int, keys: Counter[Value]) -> Outcome:
    line = job.lines[place]
    given_id = _cell(job, line, "Id")
    try:
        call.check_row(place)
        with call.store.db.transaction():
            record_id, created = _done(call, job, place, keys)
        return Outcome(line, record_id, created)
    except (RecordError, ApiError) as error:
        texts = [f"{p.code}:{p.message}:{','.join(p.fields)} --" for p in error.problems]
        return Outcome(line, given_id, error=";".join(texts))


def _done(call: Call, job: Job, place: int, keys: Counter[Value]) -> tuple[str, bool]:
    kind, full = call.kind(job.type_name), call.store.kind(job.type_name)
    line = job.lines[place]
    _check_line(job, line)
    row = _row(call, kind, job.header, line)
    lost = batches.fought_for(call.store, job, place, row)
    if lost is not None:
        raise lost
    if job.operation == "insert":
        return writes.create(call.store, call.writing, full, row), True
    if job.operation == "upsert":
        result = upserted(call, kind, kind.by_name[str(job.external_id).lower()], row, keys)
        return str(result["id"]), bool(result["created"])
    given = row.pop("Id", None)
    if given is None:
        raise refuse("MISSING_ARGUMENT", f"Id not specified in a {job.operation} call")
    record_id = writes.well_formed(kind, given)
    if keys[record_id] > 1:
        raise refuse("DUPLICATE_VALUE", f"Duplicate id specified: {record_id}", "Id")
    if job.operation == "update":
        writes.update(call.store, call.writing, full, record_id, row)
    else:
        _delete(call, job, full, record_id)
    return record_id, False


def _check_line(job: Job, line: Line) -> None:
    """Assumption: the codes of rows that are broken or too long."""
    if line.broken or len(line.cells) != len(job.header):
        raise refuse("INVALID_CSV_ROW", "the row does not fit the header, or has a space next to a quote")
    if max(map(len, line.cells), default=0) > LONGEST_CELL or sum(map(len, line.cells)) > LONGEST_LINE:
        text = f"at most {LONGEST_CELL} characters in a field and {LONGEST_LINE} in a record"
        raise refuse("STRING_TOO_LONG", text)


def _delete(call: Call, job: Job, kind: ObjectType, record_id: str) -> None:
    """A hard delete does not stop at the recycle bin. Assumption: children stay there."""
    writes.delete(call.store, call.writing, kind, record_id)
    if job.operation == "hardDelete":
        call.store.db.remove(kind.name, record_id)
        history.bury(call.store, kind.name, record_id)


def _keys(call: Call, job: Job, lines: list[Line]) -> Counter[Value]:
    """How often each id or external id stands in one transaction."""
    if job.operation == "insert":
        return Counter()
    kind = call.kind(job.type_name)
    field = kind.by_name[(job.external_id or "Id").lower()]
    keys: Counter[Value] = Counter()
    for line in lines:
        with suppress(RecordError):  # an unreadable key is its own row's problem
            keys[same_key(field, _value(field, _cell(job, line, field.name) or "", 0))] += 1
    return keys


def _cell(job: Job, line: Line, name: str) -> str | None:
    place = next((n for n, each in enumerate(job.header) if each.lower() == name.lower()), None)
    return line.cells[place] if place is not None and place < len(line.cells) else None


def _row(call: Call, kind: ObjectType, header: tuple[str, ...], line: Line) -> Row:
    row: Row = {}
    parents: dict[str, object] = {}
    for place, (name, cell) in enumerate(zip(header, line.cells, strict=True)):
        field = _column(kind, name)
        if field is None or cell == "":
            continue
        if "." in name and cell != NULL:
            relationship, _, key = name.partition(".")
            parents[relationship] = {key: cell}
        else:
            row[field.name] = None if cell == NULL else _value(field, cell, place)
    return {**row, **_ids(call, kind, parents)}


def _ids(call: Call, kind: ObjectType, parents: Mapping[str, object]) -> Row:
    return {name: str(value) for name, value in linked(call, kind, parents).items()}


def _value(field: Field, cell: str, place: int) -> Value:
    """One cell as stored. Texts keep the blanks around them, as the guide says."""
    if field.type in ("string", "textarea") and cell.strip():
        return cell
    try:
        return parse_value(field, _plain(field, cell))
    except ApiError:
        text = (
            f"Failed to deserialize field at col {place}. Due to, '{cell}' is not a valid value for the type "
            f"xsd:{field.type}"
        )
        raise refuse("INVALID_FIELD", text, field.name) from None


def _plain(field: Field, cell: str) -> object:
    """`yes` and `1` in checkboxes; a `Z` behind a date."""
    if field.type == "boolean":
        word = cell.strip().lower()
        return True if word in TRUE else False if word in FALSE else cell
    return cell.removesuffix("Z") if field.type == "date" else cell
