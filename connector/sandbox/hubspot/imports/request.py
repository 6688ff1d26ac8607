"""What an import asks for, checked.

What enters: the `importRequest` JSON. What leaves: a `Plan`, or an `ApiError` 400. It never reads files.
Source: HubSpot developers, "Imports" guide; changelog, "New validation for required properties". Assumption:
the wording of the other refusals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from connector.sandbox.hubspot.catalog import OBJECT_TYPES, SINGULAR, TYPE_NAMES
from connector.sandbox.hubspot.errors import ApiError, check_depth, invalid, malformed

OPERATIONS = ("UPSERT", "CREATE", "UPDATE")
DATE_FORMATS = {"MONTH_DAY_YEAR": "mdy", "DAY_MONTH_YEAR": "dmy", "YEAR_MONTH_DAY": "ymd"}
KEY_KINDS = ("HUBSPOT_OBJECT_ID", "HUBSPOT_ALTERNATE_ID")
NEEDED = {
    "contacts": ("firstname", "email", "lastname"),
    "companies": ("name", "domain"),
    "deals": ("dealname",),
    **{name: ("hs_timestamp",) for name in ("tasks", "notes", "calls", "meetings", "emails")},
}
"""A new record needs one of these."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file and where it goes. `kind`, one of `KEY_KINDS`, marks what tells the record."""

    name: str
    object_type: str
    property: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file: its columns, by name with a header and by place without."""

    name: str
    has_header: bool
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked request. `date_order` is the order of year, month and day in dates, such as "dmy"."""

    name: str
    files: tuple[FilePlan, ...]
    operations: dict[str, str]
    date_order: str
    makes_list: bool

    @property
    def object_types(self) -> tuple[str, ...]:
        """The types that are imported, in the order of their columns."""
        return tuple(dict.fromkeys(column.object_type for file in self.files for column in file.columns))


def parse(text: str | None) -> Plan:
    """Raises ApiError 400 for what HubSpot refuses before it looks at a file."""
    raw = _object(text)
    files = raw.get("files")
    if not isinstance(raw.get("name"), str) or not isinstance(files, list) or not files:
        raise invalid("importRequest needs a name and files", name="importRequest")
    order = DATE_FORMATS.get(str(raw.get("dateFormat") or "MONTH_DAY_YEAR"))
    if order is None:
        raise invalid(f"dateFormat must be one of {', '.join(DATE_FORMATS)}", name="dateFormat")
    plan = Plan(
        raw["name"],
        tuple(_file(each) for each in files),
        _operations(raw.get("importOperations") or {}),
        order,
        raw.get("createContactListFromImport") is True,
    )
    _check_needed(plan)
    return plan


def _object(text: str | None) -> dict[str, Any]:
    try:
        raw = orjson.loads(text or "")
    except orjson.JSONDecodeError as error:
        raise malformed(str(error)) from None
    if not isinstance(raw, dict):
        raise malformed("importRequest must be an object")
    check_depth(raw)
    return raw


def _operations(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict):
        raise malformed("importOperations must be an object")
    for given, operation in raw.items():
        if given.lower() not in TYPE_NAMES or operation not in OPERATIONS:
            raise invalid(f"importOperations: {given} cannot be {operation}", name="importOperations")
    return {TYPE_NAMES[given.lower()]: operation for given, operation in raw.items()}


def _file(raw: Any) -> FilePlan:
    page = raw.get("fileImportPage") if isinstance(raw, dict) else None
    mappings = page.get("columnMappings") if isinstance(page, dict) else None
    name = raw.get("fileName") if isinstance(raw, dict) else None
    if not isinstance(page, dict) or not isinstance(mappings, list) or not isinstance(name, str):
        raise malformed("a file needs fileName and fileImportPage.columnMappings")
    if raw.get("fileFormat", "CSV") != "CSV":
        raise invalid(f"fileFormat {raw['fileFormat']} is not simulated: only CSV is", name="fileFormat")
    columns = tuple(_column(each) for each in mappings)
    if not columns:
        raise invalid("columnMappings must not be empty", name="columnMappings")
    return FilePlan(name, page.get("hasHeader") is True, columns)


def _column(raw: Any) -> Column:
    """`columnObjectType` and `idColumnType` are the older words for the same."""
    if not isinstance(raw, dict):
        raise malformed("a column mapping must be an object")
    given = str(raw.get("columnObjectTypeId") or raw.get("columnObjectType")).lower()
    kind = raw.get("columnType") or raw.get("idColumnType") or "STANDARD"
    if given not in TYPE_NAMES:
        raise invalid(f"Unable to infer object type from: {given}", name="columnObjectTypeId")
    if kind not in (*KEY_KINDS, "STANDARD") or raw.get("toColumnObjectTypeId"):
        raise invalid("columns that associate records of several files are not simulated", name="columnType")
    name, target = raw.get("columnName"), raw.get("propertyName")
    if target is None and kind == "HUBSPOT_OBJECT_ID":
        target = "hs_object_id"
    if not isinstance(name, str) or not isinstance(target, str):
        raise malformed("a column mapping needs columnName and propertyName")
    return Column(name, TYPE_NAMES[given], target, kind if kind in KEY_KINDS else None)


def _check_needed(plan: Plan) -> None:
    """A CREATE without the columns that new records need is refused as a whole."""
    for object_type, operation in plan.operations.items():
        have = {
            each.property for file in plan.files for each in file.columns if each.object_type == object_type
        }
        if operation == "CREATE" and object_type in plan.object_types and not have & {*NEEDED[object_type]}:
            raise _missing(object_type)


def _missing(object_type: str) -> ApiError:
    word, names = SINGULAR[object_type].upper(), NEEDED[object_type]
    wanted = names[0] if len(names) == 1 else f"One of [{', '.join(names)}]"
    message = f"Some required properties for {word} creates are missing: [{wanted}]"
    return ApiError(400, "VALIDATION_ERROR", message, context={f"{word} properties": [f"[{wanted}]"]})


def type_ids(plan: Plan) -> list[str]:
    """Object type ids of what is imported."""
    return [OBJECT_TYPES[each] for each in plan.object_types]
