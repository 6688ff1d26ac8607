"""What only people in the org can do: convert leads, merge records, take records out of the recycle bin.

In: an org, the acting user, ids. Out: changed tables. No REST resource of Salesforce does any of this.
Source: Salesforce Help, "Considerations for Converting Leads", "Considerations for Merging"; SOAP API
Developer Guide, "convertLead()", "merge()".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.sandbox.salesforce import campaigns, checks, effects, history
from connector.sandbox.salesforce.derive import Known, complete
from connector.sandbox.salesforce.errors import RecordError, refuse
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row, Value
from connector.sandbox.salesforce.writes import existing

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
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
TO_CONTACT = {
    **{
        name: name for name in ("FirstName", "LastName", "Salutation", "Email", "Phone", "MobilePhone", "Fax")
    },
    **{name: name for name in ("Title", "LeadSource", "Description", "HasOptedOutOfEmail", "DoNotCall")},
    **{part: f"Mailing{part}" for part in ADDRESS},
}
TO_ACCOUNT = {
    **{
        name: name
        for name in ("Phone", "Fax", "Website", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees")
    },
    **{part: f"Billing{part}" for part in ADDRESS},
    "Company": "Name",
}


def convert(
    org: Org, user: str, lead_id: str, contact_id: str | None, account_id: str | None, opportunity: bool
) -> dict[str, str | None]:
    """Converts a lead; returns the ids of lead, account, contact and opportunity."""
    lead = _known(org, "Lead", lead_id)
    if lead["IsConverted"]:
        raise ValueError(f"lead {lead_id} is already converted")
    account = _target(org, user, "Account", account_id or _account_of(org, contact_id), lead, TO_ACCOUNT)
    contact = _target(org, user, "Contact", contact_id, lead, TO_CONTACT, AccountId=account)
    deal = _deal(org, user, lead, account, contact) if opportunity else None
    _repoint(org, user, "Lead", str(lead["Id"]), contact)
    campaigns.follow_conversion(org, str(lead["Id"]), contact)
    _close(org, user, lead, account, contact, deal)
    return {"lead": str(lead["Id"]), "account": account, "contact": contact, "opportunity": deal}


def _known(org: Org, type_name: str, record_id: str) -> Row:
    found = org.db.read(org.kind(type_name), to_18(record_id) or record_id)
    if found is None or found["IsDeleted"]:
        raise LookupError(f"there is no {type_name} {record_id}")
    return found


def _account_of(org: Org, contact_id: str | None) -> str | None:
    value = _known(org, "Contact", contact_id)["AccountId"] if contact_id else None
    return str(value) if value else None


def _target(
    org: Org,
    user: str,
    type_name: str,
    existing_id: str | None,
    lead: Row,
    names: dict[str, str],
    **more: Value,
) -> str:
    """A new record made of the lead, or the given one with its blank fields filled."""
    kind = org.kind(type_name)
    offered: Row = (
        {target: lead[source] for source, target in names.items()} | _same_custom(org, kind, lead) | more
    )
    if existing_id is None:
        return _insert(org, user, kind, {"OwnerId": lead["OwnerId"], **offered})
    row = _known(org, type_name, existing_id)
    filled: Row = {name: value for name, value in offered.items() if row[name] is None and value is not None}
    if filled:
        _change(org, user, kind, row, filled)
    return str(row["Id"])


def _same_custom(org: Org, kind: ObjectType, lead: Row) -> Row:
    """Custom fields of the lead go where the target has one of the same name.

    Assumption: the admin has mapped them so; unique values are left behind, for they cannot stand twice.
    """
    own = {field.name: field for field in org.catalog.custom_fields(kind.name)}
    shared = [f.name for f in org.catalog.custom_fields("Lead") if f.name in own and not own[f.name].unique]
    return {name: lead[name] for name in shared}


def _insert(org: Org, user: str, kind: ObjectType, values: Row) -> str:
    now = org.stamp()
    blank: Row = {f.name: False if f.type == "boolean" else f.default for f in kind.stored}
    row = {**blank, **values, "Id": org.db.next_id(kind), "CreatedById": user, "LastModifiedById": user}
    row |= dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    complete(kind.name, row, None, frozenset(values), _known_things(org))
    org.db.insert(kind, [row])
    effects.after_write(org, kind.name, row, None)
    return str(row["Id"])


def _change(org: Org, user: str, kind: ObjectType, row: Row, changes: Row) -> None:
    now = org.stamp()
    after = {**row, **changes, "LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": user}
    complete(kind.name, after, row, frozenset(changes), _known_things(org))
    org.db.update(
        kind.name, str(row["Id"]), {k: v for k, v in after.items() if v != row[k]} | {"SystemModstamp": now}
    )
    history.keep(org, kind, after, row)


def _known_things(org: Org) -> Known:
    return Known(org.stages(), lambda record: effects.account_of(org, record))


def _deal(org: Org, user: str, lead: Row, account: str, contact: str) -> str:
    """The opportunity of a conversion: first stage, closing with the quarter, contact as primary role."""
    first = min(org.stages().values(), key=lambda stage: int(str(stage["SortOrder"])))
    values: Row = {
        "Name": f"{lead['Company']}-"[:120],
        "AccountId": account,
        "ContactId": contact,
        "StageName": first["ApiName"],
        "CloseDate": _quarter_end(org.stamp()),
        "LeadSource": lead["LeadSource"],
        "OwnerId": lead["OwnerId"],
    }
    return _insert(org, user, org.kind("Opportunity"), values)


def _quarter_end(stamp: str) -> str:
    month = (int(stamp[5:7]) + 2) // 3 * 3
    return f"{stamp[:4]}-{month:02d}-{31 if month in (3, 12) else 30}"


def _close(org: Org, user: str, lead: Row, account: str, contact: str, deal: str | None) -> None:
    statuses = org.db.find(org.kind("LeadStatus"), '"IsConverted" = 1')
    changes: Row = {
        "IsConverted": True,
        "ConvertedDate": org.stamp()[:10],
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": deal,
        "Status": next((status["ApiName"] for status in statuses), lead["Status"]),
        "IsUnreadByOwner": False,
    }
    _change(org, user, org.kind("Lead"), lead, changes)


def merge(org: Org, user: str, kind: ObjectType, master_id: str, loser_ids: Sequence[str]) -> None:
    """Merges one or two losers into a master; the losers' external ids and other values are not copied."""
    if kind.name not in MERGEABLE or not 1 <= len(loser_ids) <= 2 or master_id in loser_ids:
        raise ValueError("merge takes a Lead, Contact or Account and one or two others of its type")
    master = existing(org, kind, master_id)
    for loser_id in loser_ids:
        loser = existing(org, kind, loser_id)
        if kind.name == "Lead" and (loser["IsConverted"] or master["IsConverted"]):
            raise ValueError("converted leads cannot be merged")
        _repoint(org, user, kind.name, loser_id, master_id)
        campaigns.follow_merge(org, kind.name, loser_id, master_id)
        _change(org, user, kind, loser, {"IsDeleted": True, "MasterRecordId": master_id})
        history.bury(org, kind.name, loser_id)
    _change(org, user, kind, master, {})


def _repoint(org: Org, user: str, type_name: str, old: str, new: str) -> None:
    """Everything that pointed to the old record points to the new one."""
    for child, field, row in _pointing(org, type_name, old):
        _change(org, user, child, row, {field: new})


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
    _change(org, user, kind, row, changes)
    history.bury(org, kind.name, record_id, deleted=False)
    if kind.name == "CampaignMember":
        campaigns.count_members(org, row["CampaignId"])
