"""The protocol that both CRM adapters keep, and what they share. The sync knows nothing else of a CRM.

Every method may raise ``Retry`` (after the adapter's own retries are used up) or ``Stop`` (credentials, daily
allowance, permission for a whole object); ``write`` reports per record instead and raises only ``Stop``.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connector.model import Page, Raw, Record, Result, Side, Write
from connector.schema import FieldType, Identity, Option, Owner, Schema

ASSOCIATION_LIMIT = "ASSOCIATION_LIMIT"
"""``Result.code`` of a record that has as many associations of a kind as the CRM allows."""


@dataclass(slots=True)
class Usage:
    """Requests sent, by kind of call (``search contacts``, ``batch update contacts``, ``query Lead``)."""

    by_kind: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str) -> None:
        self.by_kind[kind] += 1

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to be added to a CRM object. ``name`` is the CRM's own name (``smk_stage``,
    ``SMK_Stage__c``)."""

    name: str
    label: str
    help: str
    type: FieldType
    length: int = 255
    scale: int = 0
    options: tuple[Option, ...] = ()
    unique: bool = False


Permit = Callable[[], object]
"""Asked right before a request leaves; raises what is to happen instead."""


def anybody() -> None:
    """The permit of whoever needs none."""


@dataclass(frozen=True, slots=True)
class Version:
    """One value that a column had. ``at``: the CRM's own time from when on, aware; ``value``: as the CRM
    gives it, blank None; ``before``: what it replaced, where the CRM tells. ``by_kind``: person, workflow,
    integration, connector (this user) or unknown; ``by_id``: the CRM's id of who or what it was."""

    at: datetime
    value: Raw
    by_kind: str = "unknown"
    by_id: str = ""
    before: Raw = None


def changed_at(versions: Mapping[str, Sequence[Version]]) -> dict[str, datetime]:
    """When each record's column got its newest value."""
    return {id: known[-1].at for id, known in versions.items() if known}


class Crm(Protocol):
    """One CRM. Types are the CRM's object names; fields its own field names plus the pseudo-fields of
    ``model``."""

    side: Side
    usage: Usage
    batch: int
    """Records in one write call."""
    permit: Permit
    """Asked right before each request that writes leaves, repetitions too. The run puts the renewal of its
    lease here, so that a process that was frozen sends nothing once another one has taken over."""

    def identity(self) -> Identity:
        """Which installation this is, and its clock. One request."""
        ...

    def schema(self, type: str) -> Schema:
        """The fields of an object as this user sees them, picklists with the CRM's live options (stages
        included). One request (HubSpot deals: two, pipelines are read too; stage options are
        ``pipeline_id/stage_id`` free: the stage id alone)."""
        ...

    def owners(self) -> tuple[Owner, ...]:
        """All owners, inactive ones too."""
        ...

    def scan(self, type: str, fields: Sequence[str]) -> Iterator[Page]:
        """Every live record of the type, from the primary store, in a stable order. Pages are exact."""
        ...

    def changed(self, type: str, since: datetime, fields: Sequence[str]) -> Iterator[Page]:
        """Records with a stamp at or after ``since``, gone ones included where the CRM can tell. Ordered so
        that equal stamps and changes during paging lose nothing; a record may come twice. For deals it also
        finds deals whose contacts changed, where the CRM can tell."""
        ...

    def read(self, type: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Record]:
        """Present values by id, keyed by the id that was *asked for*. A merged record comes back as its
        survivor (``record.ref.id`` differs from the key). Ids that are missing from the answer were not
        found; an archived or deleted record comes with ``gone``."""
        ...

    def find(self, type: str, column: str, values: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Live records where the column equals one of the values, ignoring case. In HubSpot ``email`` also
        meets secondary addresses. May be served by a lagging index for columns that are not unique in
        HubSpot."""
        ...

    untold: Mapping[str, tuple[str, ...]]
    """Per object, the pseudo-fields whose changes ``changed`` does not report."""

    def references(self, type: str, ids: Sequence[str], field: str) -> Mapping[str, Raw]:
        """Present values of one pseudo-field by record id, without reading the records. Ids that are missing
        from the answer were not read. Up to 1,000 records a request."""
        ...

    def write(self, type: str, writes: Sequence[Write], fields: Sequence[str] = ()) -> list[Result]:
        """Create, update and archive (into the CRM's recycle bin) records, at most ``batch`` writes of one op
        a call. One Result per Write, in the
        same order, with the values read back. A whole-batch refusal is bisected until only the poison records
        are refused. Creates carry the link id in their values; an answer that is lost is reported as UNKNOWN,
        never resent."""
        ...

    def versions(self, type: str, ids: Sequence[str], column: str) -> Mapping[str, tuple[Version, ...]]:
        """What the column was, per record id, oldest first, from the CRM's own field history. Missing where
        there is none; the oldest values may be missing too."""
        ...

    def ours(
        self, type: str, until: Mapping[str, datetime], columns: Sequence[str]
    ) -> Mapping[str, frozenset[str]]:
        """Columns whose last change was made in our name (an automation that works while a record is saved
        counts as whoever saved it), per record id. ``until``: the ids, each with the CRM's time after which a
        change in our name is somebody else's doing. Missing where the CRM does not tell."""
        ...

    def add_fields(self, type: str, new: Sequence[NewField]) -> None:
        """Add fields, visible and editable for this user. Fields that exist with the same type are left as
        they are."""
        ...

    def close(self) -> None:
        """Give back sockets. The object is not used afterwards."""
        ...
