"""What no REST resource does: merging records, and taking them out of the recycle bin.

In: an org, the acting user, ids. Out: changed tables. Source: Salesforce Help, "Considerations for Merging";
SOAP API Developer Guide, "merge()", "undelete()".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.sandbox.salesforce import campaigns, checks, effects, history
from connector.sandbox.salesforce.derive import Known, complete
from connector.sandbox.salesforce.errors import RecordError, refuse
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row
from connector.sandbox.salesforce.writes import check_locks, existing

MERGEABLE = frozenset({"Lead", "Contact", "Account"})
# references that follow the survivor of a merge or the contact of a conversion: (type, field)
POINTERS: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (
        ("Contact", "AccountId"),
        ("Opportunity", "AccountId"),
        ("Account", "ParentId"),
        *effects.ABOUT,
    ),
    "Contact": (("OpportunityContactRole", "ContactId"), ("Contact", "ReportsToId"), *effects.WITH),
    "Lead": effects.WITH,
}


def change(org: Org, user: str, kind: ObjectType, row: Row, changes: Row) -> None:
    """Writes what the org itself changes in a record: no rule is asked."""
    now = org.stamp()
    after = {**row, **changes, "LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": user}
    complete(kind.name, after, row, frozenset(changes), _known_things(org))
    org.db.update(
        kind.name, str(row["Id"]), {k: v for k, v in after.items() if v != row[k]} | {"SystemModstamp": now}
    )
    history.keep(org, kind, after, row)


def _known_things(org: Org) -> Known:
    return Known(org.stages(), lambda record: effects.account_of(org, record))


def merge(org: Org, user: str, kind: ObjectType, master_id: str, loser_ids: Sequence[str]) -> list[str]:
    """Merges one or two losers into a master; returns the ids of the records that now belong to it.

    The losers' external ids and other values are not copied. Raises ValueError for what cannot be merged,
    RecordError while somebody else's transaction holds one of them.
    """
    if kind.name not in MERGEABLE or not 1 <= len(loser_ids) <= 2 or master_id in loser_ids:
        raise ValueError("merge takes a Lead, Contact or Account and one or two others of its type")
    master = existing(org, kind, master_id)
    losers = [existing(org, kind, each) for each in loser_ids]
    check_locks(org, kind, master, *losers)
    related: list[str] = []
    for loser_id, loser in zip(loser_ids, losers, strict=True):
        if kind.name == "Lead" and (loser["IsConverted"] or master["IsConverted"]):
            raise ValueError("converted leads cannot be merged")
        related += repoint(org, user, kind.name, loser_id, master_id)
        campaigns.follow_merge(org, kind.name, loser_id, master_id)
        change(org, user, kind, loser, {"IsDeleted": True, "MasterRecordId": master_id})
        history.bury(org, kind.name, loser_id)
    change(org, user, kind, master, {})
    return related


def repoint(org: Org, user: str, type_name: str, old: str, new: str) -> list[str]:
    """Everything that pointed to the old record points to the new one; returns the ids."""
    pointing = list(_pointing(org, type_name, old))
    for child, field, row in pointing:
        change(org, user, child, row, {field: new})
    return [str(row["Id"]) for _, _, row in pointing]


def _pointing(org: Org, type_name: str, record_id: str) -> Iterator[tuple[ObjectType, str, Row]]:
    for child_name, field in POINTERS[type_name]:
        child = org.kind(child_name)
        for row in org.db.find(child, f'"{field}" = ? AND "IsDeleted" = 0', record_id):
            yield child, field, row


def undelete(org: Org, user: str, kind: ObjectType, record_id: str) -> None:
    """Takes a record out of the recycle bin; a merge loser comes back on its own, without its children."""
    row = org.db.read(kind, record_id)
    if row is None or not row.get("IsDeleted"):
        raise refuse("UNDELETE_FAILED", "Entity is not in the recycle bin")
    taken = list(checks.duplicate_values(kind, row, record_id, org.db, org.catalog.everything))
    if taken:
        raise RecordError(taken)
    changes: Row = {"IsDeleted": False}
    if "MasterRecordId" in row:
        changes["MasterRecordId"] = None
    change(org, user, kind, row, changes)
    history.bury(org, kind.name, record_id, deleted=False)
    if kind.name == "CampaignMember":
        campaigns.count_members(org, row["CampaignId"])
