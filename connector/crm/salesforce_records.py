"""Salesforce's rows as records. Pure.

Enters: parsed rows of a query or retrieve. Leaves: ``Record`` with evidence of deletion, merge and
conversion. Raises KeyError, TypeError or ValueError where a row is not what Salesforce documents; callers
read that as a lost answer.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connector.crm.soql import is_name
from connector.model import COMPANY_REF, CONTACTS_REF, Gone, How, Raw, Record, Ref, Side
from connector.salesforce_ids import to_18

CORE = ("Id", "SystemModstamp", "IsDeleted")
_CONVERTED = ("ConvertedContactId", "ConvertedAccountId", "ConvertedOpportunityId")
_EVIDENCE: dict[str, tuple[str, ...]] = {
    "Lead": ("MasterRecordId", "IsConverted", *_CONVERTED),
    "Contact": ("MasterRecordId",),
    "Account": ("MasterRecordId",),
}
_WITH_COMPANY = ("Contact", "Opportunity")
_ARCHIVED = Gone(How.ARCHIVED)

Columns = tuple[tuple[str, str], ...]
"""Pairs of our field name and Salesforce's column."""


def has_roles(type: str, fields: Iterable[str]) -> bool:
    """Whether contact roles are asked for and exist."""
    return type == "Opportunity" and CONTACTS_REF in fields


def column(type: str, field: str) -> str | None:
    """The column behind a field; None for a pseudo-field that the object does not keep itself."""
    if field == COMPANY_REF:
        return "AccountId" if type in _WITH_COMPANY else None
    return field if is_name(field) else None


def columns(type: str, fields: Iterable[str]) -> Columns:
    """What to select for ``fields``; a name that cannot be a column is never sent (it counts as not
    read)."""
    pairs = ((field, column(type, field)) for field in dict.fromkeys(fields))
    return tuple((field, name) for field, name in pairs if name)


def selected(type: str, wanted: Columns) -> tuple[str, ...]:
    """The columns to ask for: core, evidence, then the wanted ones, each once."""
    names = [*CORE, *_EVIDENCE.get(type, ()), *(name for _, name in wanted)]
    return tuple(dict.fromkeys(names))


def live_only(type: str) -> str:
    """The condition that keeps converted leads out: they are no live records."""
    return "IsConverted = false" if type == "Lead" else ""


def record(type: str, row: Mapping[str, Any], wanted: Columns) -> Record:
    """One row. A column that is missing from the row was not read."""
    values: dict[str, Raw] = {}
    for field, name in wanted:
        if name in row:
            value = row[name]
            values[field] = None if value == "" else value
    gone = None
    if row.get("IsDeleted") or row.get("IsConverted"):
        gone = _gone(type, row)
        values |= {name: row[name] for name in _CONVERTED if row.get(name)}
    stamp = datetime.fromisoformat(row["SystemModstamp"])
    return Record(Ref(Side.SALESFORCE, type, row["Id"]), values, stamp, gone)


def _gone(type: str, row: Mapping[str, Any]) -> Gone:
    """Merged (``MasterRecordId`` names the survivor), deleted, or a lead that became a contact."""
    if row.get("IsDeleted"):
        master = row.get("MasterRecordId")
        return Gone(How.MERGED, Ref(Side.SALESFORCE, type, to_18(master))) if master else _ARCHIVED
    contact = row.get("ConvertedContactId")
    return Gone(How.CONVERTED, Ref(Side.SALESFORCE, "Contact", to_18(contact)) if contact else None)
