"""Creating, changing and deleting single records, with every check and consequence that Salesforce attaches.

In: an org, who writes (and with which header options), an object type, stored-form values. Out: changed
tables. Raises RecordError with Salesforce's code and text and then has changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from operator import ne

from connector.sandbox.salesforce import (
    address_codes,
    checks,
    duplicates,
    effects,
    history,
    person_accounts,
    record_types,
    rules,
    sharing,
    storage,
)
from connector.sandbox.salesforce.automation import Automation, refuse_invalid
from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.derive import Known, complete
from connector.sandbox.salesforce.duplicates import Options
from connector.sandbox.salesforce.errors import Problem, RecordError, ValidationRule, refuse
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.locks import needed
from connector.sandbox.salesforce.org import Org, WriteHook
from connector.sandbox.salesforce.schema import ObjectType, Row, Value

CONVERTED = "cannot reference converted lead"
AUDIT = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"})


@dataclass(frozen=True, slots=True)
class Writing:
    """Who writes, what that user may see, and the options of the request's headers."""

    user: str
    view: View
    assign: bool = True  # Sforce-Auto-Assign, on when the header is absent
    duplicates: Options = Options()  # Sforce-Duplicate-Rule-Header
    permissions: frozenset[str] = frozenset()


def create(org: Org, by: Writing, kind: ObjectType, given: Row) -> str:
    """Stores a new record and returns its id."""
    if not kind.create:
        raise refuse("INVALID_TYPE_FOR_OPERATION", f"entity type {kind.name} does not support create")
    if "Id" in given:
        raise refuse("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
    audited = _audited(by, kind, given)
    problems = checks.not_writable(kind, [n for n in given if n not in audited], by.view, creating=True)
    given = address_codes.paired(org, kind, checks.same_choice(kind, given))
    storage.check_room(org, kind.name)
    row = {**_defaults(org, by, kind), **given, **_assigned(org, by, kind)}
    row = person_accounts.named(org, kind, row)
    _refuse_any(problems or checks.missing(kind, row))
    _check_values(org, by, kind, given, given, row, None)
    check_locks(org, kind, row)
    _check_rules(org, kind, given, row, None)
    row["Id"] = org.db.next_id(kind)
    row = _stamped(org, by, row)
    row["CreatedDate"], row["CreatedById"] = row["SystemModstamp"], by.user
    if audited:
        row |= {name: given[name] for name in audited & AUDIT}
    row = _finished(org, kind, row, None, frozenset(given))
    _check_duplicates(org, by, kind, row, row, None)
    org.db.insert(kind, [row])
    history.keep(org, kind, row, None)
    effects.after_write(org, kind.name, row, None)
    person_accounts.follow(org, kind, row)
    return str(row["Id"])


def update(org: Org, by: Writing, kind: ObjectType, record_id: str, given: Row) -> None:
    """Changes a record. Assumption: a write that changes no value still moves SystemModstamp."""
    sharing.check_writable(by.view, record_id)
    before = existing(org, kind, record_id)
    if not kind.update:
        raise refuse("INVALID_TYPE_FOR_OPERATION", f"entity type {kind.name} does not support update")
    if kind.name == "Lead" and before["IsConverted"] and "EditConvertedLeads" not in by.permissions:
        raise refuse("CANNOT_UPDATE_CONVERTED_LEAD", CONVERTED)
    problems = checks.not_writable(kind, given, by.view, creating=False)
    given = address_codes.paired(org, kind, checks.same_choice(kind, given))
    row = person_accounts.named(org, kind, {**before, **given})
    blanked = [p for p in checks.missing(kind, row) if set(p.fields) & set(given)]
    _refuse_any(problems or blanked)
    changed = {name: value for name, value in given.items() if before[name] != value}
    _check_values(org, by, kind, given, changed, row, before)
    check_locks(org, kind, before, row)
    _check_rules(org, kind, changed, row, record_id)
    row |= _assigned(org, by, kind)
    row = _finished(org, kind, _stamped(org, by, row), before, frozenset(given))
    differs = map(ne, row.values(), map(before.get, row))  # 66 columns, of which one or two differ
    changes = {name: row[name] for name in compress(row, differs)} | {"SystemModstamp": row["SystemModstamp"]}
    _check_duplicates(org, by, kind, changes, row, record_id)
    org.db.update(kind.name, record_id, changes)
    history.keep(org, kind, row, before)
    effects.after_write(org, kind.name, row, before)
    person_accounts.follow(org, kind, row)


def delete(org: Org, by: Writing, kind: ObjectType, record_id: str) -> None:
    """Puts a record and what hangs on it into the recycle bin; setup records vanish for good."""
    sharing.check_writable(by.view, record_id)
    row = existing(org, kind, record_id)
    check_locks(org, kind, row)
    if not kind.delete:
        raise refuse("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    if kind.name == "Contact" and row.get("IsPersonAccount"):
        raise refuse("DELETE_FAILED", "a person contact goes with its person account only")
    if kind.soft_delete:
        effects.bin_with_children(org, kind.name, record_id, by.user)
    else:
        org.db.remove(kind.name, record_id)
        effects.after_write(org, kind.name, {}, None)


def existing(org: Org, kind: ObjectType, record_id: str) -> Row:
    """The stored row of a record that is neither unknown nor deleted; raises RecordError otherwise."""
    row = org.db.read(kind, record_id)
    if row is None:
        raise refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if row.get("IsDeleted"):
        raise refuse("ENTITY_IS_DELETED", "entity is deleted")
    return row


def well_formed(kind: ObjectType, given: object) -> str:
    """The 18-character form of an id of this type; raises RecordError MALFORMED_ID."""
    found = to_18(given) if isinstance(given, str) else None
    if found is None or found[:3] != kind.prefix:
        raise refuse("MALFORMED_ID", f"{kind.label} ID: id value of incorrect type: {given}", "Id")
    return found


def _refuse_any(problems: list[Problem]) -> None:
    if problems:
        raise RecordError(problems)


def _defaults(org: Org, by: Writing, kind: ObjectType) -> Row:
    row = dict(kind.defaults)
    if "RecordTypeId" in row:
        row["RecordTypeId"] = record_types.default(org, kind)
    if "OwnerId" in row:
        row["OwnerId"] = by.user
    return row


def _assigned(org: Org, by: Writing, kind: ObjectType) -> Row:
    """The owner that the active assignment rule gives a lead, whatever owner was written.

    Assumption: the rule also runs at every change.
    """
    return (
        {"OwnerId": org.assignment_owner}
        if by.assign and kind.name == "Lead" and org.assignment_owner
        else {}
    )


def _audited(by: Writing, kind: ObjectType, given: Row) -> set[str]:
    """The system fields that this user may set in a new record: whose and when it was in another system.

    Source: Salesforce Help, "Enable 'Set Audit Fields upon Record Creation'"; Object Reference, Lead.
    """
    if "CreateAuditFields" not in by.permissions:
        return set()
    converted = {name for name in given if kind.name == "Lead" and "Converted" in name}
    return (given.keys() & AUDIT) | converted


def _stamped(org: Org, by: Writing, row: Row) -> Row:
    """With the stamps of this write, which are never older than those that the row has."""
    now = max(org.stamp(), str(row.get("SystemModstamp") or ""))
    row["LastModifiedDate"] = row["SystemModstamp"] = now
    row["LastModifiedById"] = by.user
    return row


def _finished(org: Org, kind: ObjectType, row: Row, before: Row | None, given: frozenset[str]) -> Row:
    """The row after derived fields, flows and triggers; validation rules look at what they made."""
    known = Known(
        org.stages() if kind.name == "Opportunity" else {}, lambda record: effects.account_of(org, record)
    )
    row = rules.fill(org, kind.name, complete(kind.name, row, before, given, known))
    for hook in (*org.on_write, *_hooks(org)) if org.on_write or org.automations else ():
        try:
            row = complete(kind.name, dict(hook(kind.name, before, dict(row))), before, given, known)
        except ValidationRule as rule:
            raise RecordError([rule.problem]) from rule
    refuse_invalid(org.validations, kind.name, row)
    return row


def _hooks(org: Org) -> Iterator[WriteHook]:
    """The org's automations in the form of hooks."""
    for each in org.automations:

        def hook(type_name: str, before: Row | None, row: Row, each: Automation = each) -> Row:
            return each.applied(before, row) if each.fits(type_name, before, row) else row

        yield hook


def check_locks(org: Org, kind: ObjectType, *rows: Row) -> None:
    """Raises RecordError while somebody else holds a record or its parents: a write needs them for itself."""
    if not org.locks.none and any(org.locks.refuse(needed(kind.name, row)) for row in rows):
        raise refuse("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")


def _check_values(
    org: Org, by: Writing, kind: ObjectType, given: Row, changed: Row, row: Row, before: Row | None
) -> None:
    """What is written, by itself: lengths, picklists, references, record types."""
    found = [*checks.bad_values(kind, given), *checks.bad_references(kind, changed, by.view, org.db)]
    found = found or list(record_types.problems(org, kind, given, row))
    found = found or list(person_accounts.problems(org, kind, given, row, before))
    _refuse_any(found or list(address_codes.problems(org, kind, given, row)))


def _check_rules(
    org: Org, kind: ObjectType, given: Mapping[str, Value], row: Row, record_id: str | None
) -> None:
    if kind.name in effects.SETUP:
        _refuse_any(list(effects.setup_problems(org, kind.name, row, record_id)))
    if kind.name in rules.TYPES:
        _refuse_any(list(rules.problems(org, kind.name, given, row, record_id)))


def _check_duplicates(
    org: Org, by: Writing, kind: ObjectType, changed: Mapping[str, Value], row: Row, record_id: str | None
) -> None:
    """Unique values that another record has, then duplicate rules: both look at what triggers made."""
    _refuse_any(list(checks.duplicate_values(kind, changed, record_id, org.db, by.view)))
    duplicates.check(org, by.view, by.duplicates, kind, row, changed)
