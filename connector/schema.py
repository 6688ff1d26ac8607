"""What a CRM says of itself: who it is, its fields, whom records can be assigned to.

Only frozen data: no I/O, no decisions. Adapters make it; the mapping's live check and the stages read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connector.model import Side


class FieldType(StrEnum):
    """What a field of a CRM holds, in our words."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    MULTI = "multi"
    REFERENCE = "reference"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist, with the label people see."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What a CRM says about one of its fields.

    ``length`` is the longest text in UTF-16 code units, None when the CRM sets none. ``closed`` means a value
    outside ``options`` is refused.
    """

    name: str
    label: str
    type: FieldType
    length: int | None = None
    options: tuple[Option, ...] = ()
    closed: bool = False
    creatable: bool = True
    updatable: bool = True
    required: bool = False
    unique: bool = False
    calculated: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of one object type, as this user may see them. ``record_types``: id of each record type ->
    its developer name, where the CRM has such."""

    type: str
    fields: Mapping[str, FieldInfo]
    record_types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which installation answers. ``id``: HubSpot portal id or Salesforce org id (18 characters); ``now``:
    its clock; ``zone``: IANA name of the account's time zone; ``sandbox``: a test account; ``user``: id of
    the user we are."""

    side: Side
    id: str
    name: str
    now: datetime
    zone: str
    currency: str | None
    sandbox: bool
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody records can be assigned to. ``email`` is lower-cased; a queue has none."""

    id: str
    email: str | None
    name: str
    active: bool
