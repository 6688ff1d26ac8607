"""HubSpot's rows as records, and our values as HubSpot's texts. Pure.

Enters: parsed JSON of list, search and batch answers. Leaves: ``Record``, ids and stamps. Raises
ValueError, KeyError or TypeError where an answer is not what HubSpot documents; callers read that as a lost
answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.model import Delta, Gone, How, Raw, Record, Ref, Side

MERGED_IDS = "hs_merged_object_ids"
_ARCHIVED = Gone(How.ARCHIVED)
_ID = re.compile(r"[0-9]{1,20}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def is_id(text: object) -> bool:
    """Whether a text may stand for a record id in a request."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a text may stand for a property name in a request."""
    return _NAME.fullmatch(text) is not None


def modified_property(type: str) -> str:
    """The property that holds the time of the last change ("Search the CRM" page)."""
    return "lastmodifieddate" if type == "contacts" else "hs_lastmodifieddate"


def records(type: str, rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> list[Record]:
    """Rows of a list or batch read answer.

    HubSpot leaves out a property that it does not know or may not show: it is then missing from ``values``.
    """
    return [_record(type, row, fields) for row in rows]


def _record(type: str, row: Mapping[str, Any], fields: Sequence[str]) -> Record:
    props = row["properties"]
    return Record(
        Ref(Side.HUBSPOT, type, row["id"]),
        {name: props[name] or None for name in fields if name in props},
        datetime.fromisoformat(row["updatedAt"]),
        _ARCHIVED if row.get("archived") else None,
        tuple(old for old in merged.split(";") if old) if (merged := props.get(MERGED_IDS)) else (),
    )


def results(data: Any) -> list[dict[str, Any]]:
    """The ``results`` list of any answer. Raises when there is none: an empty page is never guessed."""
    rows = data["results"]
    if not isinstance(rows, list):
        raise TypeError("results is not a list")
    return rows


def after(data: Any) -> str | None:
    """Where the next page begins, None on the last one."""
    paging = data.get("paging")
    if not paging or not paging.get("next"):
        return None
    return str(paging["next"]["after"])


def to_text(value: Raw | Delta) -> str:
    """A raw value as HubSpot takes it: every property value is a text, and blank clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, tuple | Delta):
        raise TypeError("a reference is not a property value")
    return str(value)
