"""Bulk jobs as they are kept and shown.

In: what a client asked for. Out: jobs by id, and their JSON. In memory only: a restart loses them. Source:
Bulk API 2.0 Developer Guide, "Get Information About an Ingest Job" and "… a Query Job"; jobs are kept for
seven days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from connector.sandbox.salesforce.bulk.table import DELIMITERS, LINE_ENDINGS, Line, write
from connector.sandbox.salesforce.ids import new_id
from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.soql.rows import Json

KEPT = timedelta(days=7)
Way = Literal["ingest", "query"]
ENDED = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line."""

    line: Line
    record_id: str | None = None
    created: bool = False
    error: str | None = None


@dataclass(slots=True)
class Job:
    """One job. `lines` are the uploaded rows, or the rows that a query found."""

    id: str
    way: Way
    operation: str
    type_name: str
    user: str
    version: int
    created: datetime
    touched: datetime
    state: str = "Open"
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    external_id: str | None = None
    assignment_rule: str | None = None
    query: str = ""
    raw: bytes | None = None
    header: tuple[str, ...] = ()
    lines: list[Line] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    error: str | None = None
    retries: int = 0
    parents: dict[str, int] = field(default_factory=dict)  # the batch that had each parent first

    def csv(self, rows: list[tuple[str, ...]]) -> str:
        return write(rows, DELIMITERS[self.delimiter], LINE_ENDINGS[self.line_ending])

    def fail(self, message: str) -> None:
        self.state, self.error = "Failed", message

    @property
    def base(self) -> str:
        return f"services/data/v{self.version}.0/jobs/{self.way}"

    def summary(self) -> Json:
        """What the answers to POST and PATCH tell."""
        body: Json = {
            "id": self.id,
            "operation": self.operation,
            "object": self.type_name,
            "createdById": self.user,
            "createdDate": stamp(self.created),
            "systemModstamp": stamp(self.touched),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if self.way == "ingest":
            body["contentUrl"] = f"{self.base}/{self.id}/batches"
        for name, value in (
            ("externalIdFieldName", self.external_id),
            ("assignmentRuleId", self.assignment_rule),
        ):
            if value is not None:
                body[name] = value
        return body

    def info(self) -> Json:
        """What GET tells: the numbers too."""
        body = self.summary() | {
            "jobType": "V2Ingest" if self.way == "ingest" else "V2Query",
            "retries": self.retries,
        }
        took = 10 * len(self.outcomes)
        body["totalProcessingTime"] = took
        if self.way == "query":
            return body | {"numberRecordsProcessed": len(self.lines), "isPkChunkingSupported": True}
        body |= {
            "numberRecordsProcessed": len(self.outcomes),
            "numberRecordsFailed": sum(1 for each in self.outcomes if each.error is not None),
            "apiActiveProcessingTime": took,
            "apexProcessingTime": 0,
        }
        return body if self.error is None else body | {"errorMessage": self.error}


class Jobs:
    """The jobs of an org.

    `batch_rows` are loaded as one internal batch; `most_bytes` may be uploaded for one job. With `contention`
    parents that stand in several batches of a job are fought for; `fails_at` is the row before which a job
    gives up after its retries (None: it does not).
    """

    def __init__(self) -> None:
        self._made = 0
        self.clear()

    def clear(self) -> None:
        """No jobs, and the usual figures."""
        self._jobs: dict[str, Job] = {}
        self.batch_rows, self.most_bytes = 10_000, 100_000_000
        self.contention = False
        self.fails_at: int | None = None

    def next_id(self) -> str:
        self._made += 1
        return new_id("750", self._made)

    def add(self, job: Job) -> None:
        self._jobs[job.id] = job

    def of(self, way: Way, now: datetime) -> list[Job]:
        """Jobs that are still kept, in the order of their making."""
        self._jobs = {key: job for key, job in self._jobs.items() if now - job.created <= KEPT}
        return [job for job in self._jobs.values() if job.way == way]

    def drop(self, job: Job) -> None:
        del self._jobs[job.id]
