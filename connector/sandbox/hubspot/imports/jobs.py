"""The imports of the account: three at a time, moving on with the virtual clock.

What enters: a plan and files. What leaves: jobs as documents, records written when their time has come.
`catch_up` does what has become due; whoever looks at records calls it first, so nobody can see the difference
to an account that works all the time.
Source: HubSpot developers, "Imports" guide (states, three at once). Assumptions: an import starts to write
after two seconds and writes 5,000 rows a second, which share one modification stamp.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from connector.sandbox.hubspot.catalog import OBJECT_TYPES
from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.errors import ApiError, not_found
from connector.sandbox.hubspot.imports.request import Plan, parse, type_ids
from connector.sandbox.hubspot.imports.rows import Failure, Link, RowImporter
from connector.sandbox.hubspot.imports.table import FileError, Table, read
from connector.sandbox.hubspot.list_store import Lists
from connector.sandbox.hubspot.sources import Source
from connector.sandbox.hubspot.writes import Writer

AT_ONCE, CHUNK = 3, 5_000
BEGIN_MS, WRITE_MS, CHUNK_MS = 1_000, 2_000, 1_000
ENDED = ("DONE", "FAILED", "CANCELED")
Job = dict[str, Any]


class Imports:
    """Storage and work of imports. `link` associates two records as the API does."""

    def __init__(self, db: Database, writer: Writer, lists: Lists, link: Link) -> None:
        self.db, self.writer, self.lists, self.link = db, writer, lists, link
        self.refresh()
        db.rolled_back.append(self.refresh)

    def refresh(self) -> None:
        """Looks anew when something is due next."""
        due = [self._due(each) for each in self.all() if each["state"] == "STARTED"]
        self._next = min(due, default=None)

    def _due(self, job: Job) -> int:
        """When the next rows of a started job are written."""
        return int(job["started"] + WRITE_MS + job["chunks"] * CHUNK_MS)

    def all(self) -> list[Job]:
        """All imports, newest first."""
        return sorted(self.db.documents("import").values(), key=lambda each: -int(each["id"]))

    def get(self, import_id: str) -> Job:
        """One import. Raises ApiError 404."""
        found: Job | None = self.db.take("import", import_id)
        if found is None:
            raise not_found(f"Import {import_id} does not exist")
        return found

    def failures(self, job: Job) -> list[dict[str, Any]]:
        """The errors of an import in the order of rows, each with the `cells` of its row."""
        found: list[dict[str, Any]] = self.db.take("import errors", job["id"]) or []
        return found

    def start(self, request: str | None, files: Mapping[str, bytes], now_ms: int) -> Job:
        """A new import; a fourth at once waits (DEFERRED). Raises ApiError 400 for what is refused at once.

        `request` is the importRequest JSON, `files` are contents by file name. Needs a transaction.
        """
        plan = parse(request)
        job: Job = {
            "id": str(self.writer.records.next_id("import") + 30_000_000),
            "name": plan.name,
            "state": "DEFERRED",
            "created": now_ms,
            "updated": now_ms,
            "started": None,
            "chunks": 0,
            "request": request,
            "types": type_ids(plan),
            "files": [str(self.writer.records.next_id("file") + 90_000_000) for _ in plan.files],
            "counters": {},
            "lists": [],
        }
        contents = {file.name: _text(files.get(file.name)) for file in plan.files}
        self.db.put("import files", job["id"], contents)
        self._put(job)
        self._fill_places(now_ms)
        return self.get(job["id"])

    def cancel(self, import_id: str, now_ms: int) -> Job:
        """Stops an import; what is written stays. Raises ApiError: 404, or 400 when it has ended."""
        job = self.get(import_id)
        if job["state"] in ENDED:  # Assumption: status and wording
            raise ApiError(400, "VALIDATION_ERROR", f"Import {import_id} is {job['state']} already")
        self._end(job, "CANCELED", now_ms)
        return job

    def catch_up(self, now_ms: int) -> None:
        """Writes the rows that are due by now, in the order of time."""
        while self._next is not None and self._next <= now_ms:
            started = [each for each in self.all() if each["state"] == "STARTED"]
            job = min(started, key=lambda each: (self._due(each), int(each["id"])))
            try:
                with self.db.transaction():
                    self._write_some(job, self._due(job))
            except ApiError as error:  # or nobody's request would be answered any more
                self._fail(self.get(job["id"]), Failure("UNKNOWN_ERROR", error.message, "contacts", 1))

    def _fail(self, job: Job, failure: Failure) -> None:
        with self.db.transaction():
            self._tell(job, [failure], {})
            self._end(job, "FAILED", self._due(job))

    def _put(self, job: Job) -> None:
        self.db.put("import", job["id"], job)
        self.refresh()

    def _fill_places(self, now_ms: int) -> None:
        """Those who wait start, the oldest first, while fewer than three are at work."""
        jobs = self.all()
        busy = sum(each["state"] == "STARTED" for each in jobs)
        for job in [each for each in reversed(jobs) if each["state"] == "DEFERRED"][: AT_ONCE - busy]:
            self._put(job | {"state": "STARTED", "started": now_ms, "updated": now_ms})

    def _end(self, job: Job, state: str, now_ms: int) -> None:
        self.db.drop("import files", job["id"])
        self._put(job | {"state": state, "updated": now_ms})
        self._fill_places(now_ms)

    def _write_some(self, job: Job, now_ms: int) -> None:
        """The next 5,000 rows; the last ones end the import."""
        plan = parse(job["request"])
        contents = self.db.take("import files", job["id"])
        tables: list[Table] = []
        for file in plan.files:
            try:
                tables.append(read(file, _bytes(contents[file.name])))
            except FileError as error:
                place = len(tables)
                self._fail(job, Failure(error.type, error.message, plan.object_types[0], 1, file=place))
                return
        importer = RowImporter(self.writer, self.link, plan, Source("IMPORT", job["id"]), now_ms)
        total = sum(len(table.rows) for table in tables)
        self._take_rows(importer, tables, job["chunks"] * CHUNK)
        if job["chunks"] == 0:
            importer.failures += _unwritable(self.writer, plan)
        self._note(job, plan, importer, tables)
        job["chunks"] += 1
        if job["chunks"] * CHUNK >= total:
            self._end(job, "DONE", now_ms)
        else:
            self._put(job | {"updated": now_ms})

    def _take_rows(self, importer: RowImporter, tables: list[Table], first: int) -> None:
        every = [(place, *row) for place, table in enumerate(tables) for row in table.rows]
        for place, line, cells in every[first : first + CHUNK]:
            table, importer.file = tables[place], place
            if len(cells) == table.width:
                importer.take(line, table.columns, cells)
            else:
                text = f"{len(cells)} cells instead of {table.width}"
                importer.fail("INCORRECT_NUMBER_OF_COLUMNS", text, importer.plan.object_types[0], line)

    def _note(self, job: Job, plan: Plan, importer: RowImporter, tables: list[Table]) -> None:
        """Counters, errors, and the list of what was imported if one is wanted."""
        mapped = sum(len(table.columns) for table in tables)
        counts = Counter(job["counters"]) + importer.counts
        written = {each: set(ids) for each, ids in importer.written.items()}
        counts["UNIQUE_OBJECTS_WRITTEN"] += sum(len(ids) for ids in written.values())
        counts |= Counter(
            TOTAL_ROWS=sum(len(table.rows) for table in tables),
            MAPPED_COLUMNS=mapped,
            UNMAPPED_COLUMNS=sum(table.width for table in tables) - mapped,
        )
        job["counters"] = dict(counts)
        every = {(place, line): cells for place, each in enumerate(tables) for line, cells in each.rows}
        self._tell(job, importer.failures, every)
        if plan.makes_list:
            self._list(job, plan, written, importer.now_ms)

    def _tell(self, job: Job, failures: list[Failure], cells: Mapping[tuple[int, int], list[str]]) -> None:
        rows = [asdict(each) | {"cells": cells.get((each.file, each.line), [])} for each in failures]
        self.db.put("import errors", job["id"], [*self.failures(job), *rows])
        job["counters"]["ERRORS"] = len(self.failures(job))

    def _list(self, job: Job, plan: Plan, written: Mapping[str, set[int]], now_ms: int) -> None:
        for object_type, ids in written.items():
            type_id = OBJECT_TYPES[object_type]
            known = next((each["listId"] for each in job["lists"] if each["objectType"] == type_id), None)
            if known is None:
                name = f"{plan.name} {object_type} {job['id']}"
                body = {"name": name, "objectTypeId": type_id, "processingType": "MANUAL"}
                known = self.lists.create(body, now_ms)["listId"]
                job["lists"].append({"listId": known, "objectType": type_id})
            if any(each["listId"] == known for each in self.lists.all()):  # or somebody deleted it
                self.lists.add(self.lists.get(known), ids, now_ms)


def _unwritable(writer: Writer, plan: Plan) -> list[Failure]:
    """Columns whose property does not exist or cannot be written: told once, their cells are left out."""
    out = []
    for place, column in ((place, each) for place, file in enumerate(plan.files) for each in file.columns):
        found = writer.schema.find(column.object_type, column.property)
        if found is None:
            text = f"Property {column.property} does not exist"
            out.append(Failure("PROPERTY_DEFINITION_NOT_FOUND", text, column.object_type, 1, file=place))
        elif not found.writable and column.kind is None:
            text = f"Property {column.property} is read only"
            out.append(Failure("FAILED_VALIDATION", text, column.object_type, 1, file=place))
    return out


def _text(content: bytes | None) -> str | None:
    """Bytes that fit into a JSON document."""
    return None if content is None else content.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
