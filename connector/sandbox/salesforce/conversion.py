"""Lead conversion: what becomes of the lead, and what it must be for that.

In: an org, who converts, what is wanted. Out: a contact, an account, perhaps an opportunity, and a lead that
nobody changes any more. Source: Salesforce Help, "Considerations for Converting Leads"; SOAP API Developer
Guide, "convertLead()".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from connector.sandbox.salesforce import campaigns, lifecycle, person_accounts, sharing, writes
from connector.sandbox.salesforce.errors import refuse
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row
from connector.sandbox.salesforce.writes import Writing

ADDRESS = ("Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode")
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
LONGEST_NAME = 120
USERS_ONLY = (
    "Converted objects can only be owned by users.  "
    "If the lead is not owned by a user, you must specify a user for the Owner field."
)


MEMBERS = frozenset(
    {
        *(
            "accountId",
            "bypassAccountDedupeCheck",
            "bypassContactDedupeCheck",
            "contactId",
            "convertedStatus",
        ),
        *("doNotCreateOpportunity", "leadId", "opportunityId", "opportunityName", "overwriteLeadSource"),
        *("ownerId", "sendNotificationEmail"),
    }
)
"""The members of LeadConvert. No mail is sent, and no rule looks at accounts: two of them change nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One conversion. Ids may have 15 characters."""

    lead: str
    status: str | None = None
    account: str | None = None
    contact: str | None = None
    opportunity: bool = True
    opportunity_id: str | None = None
    opportunity_name: str | None = None
    overwrite_source: bool = False
    owner: str | None = None
    bypass_contact_check: bool = False


def wanted_of(value: Callable[[str], str], flag: Callable[[str], bool]) -> Wanted:
    """A conversion, of which `value` and `flag` tell the members of LeadConvert by name."""
    return Wanted(
        lead=value("leadId"),
        status=value("convertedStatus") or None,
        account=value("accountId") or None,
        contact=value("contactId") or None,
        opportunity=not flag("doNotCreateOpportunity"),
        opportunity_id=value("opportunityId") or None,
        opportunity_name=value("opportunityName") or None,
        overwrite_source=flag("overwriteLeadSource"),
        owner=value("ownerId") or None,
        bypass_contact_check=flag("bypassContactDedupeCheck"),
    )


def check(org: Org, by: Writing, wanted: Wanted) -> None:
    """Raises RecordError for what the API does not convert. Assumption: codes of which no page tells."""
    lead = _seen(org, by, "Lead", wanted.lead, "leadId")
    if lead["IsConverted"]:
        raise refuse("CANNOT_UPDATE_CONVERTED_LEAD", writes.CONVERTED)
    sharing.check_writable(by.view, str(lead["Id"]))
    writes.check_locks(org, org.kind("Lead"), lead)
    if wanted.status not in _statuses(org):
        raise refuse("INVALID_STATUS", f"invalid convertedStatus: {wanted.status or ''}", "Status")
    _check_targets(org, by, wanted)
    _check_deal(org, by, wanted)
    owner = wanted.owner or lead["OwnerId"]
    if not str(owner).startswith("005"):
        raise refuse("INVALID_CROSS_REFERENCE_KEY", USERS_ONLY, "OwnerId")


def _check_targets(org: Org, by: Writing, wanted: Wanted) -> None:
    """An account stands alone or with one of its contacts."""
    if wanted.contact is not None and wanted.account is None:
        text = "accountId must be specified if contactId is not null"
        raise refuse("REQUIRED_FIELD_MISSING", text, "accountId")
    account = _seen(org, by, "Account", wanted.account, "accountId") if wanted.account else None
    contact = _seen(org, by, "Contact", wanted.contact, "contactId") if wanted.contact else None
    if account and contact and contact["AccountId"] not in (None, account["Id"]):
        text = f"contactId: the contact {contact['Id']} is not associated with the account {account['Id']}"
        raise refuse("INVALID_CROSS_REFERENCE_KEY", text, "contactId")


def _check_deal(org: Org, by: Writing, wanted: Wanted) -> None:
    """An existing opportunity, the name of a new one, or none: they exclude each other."""
    named = [each for each in (wanted.opportunity_id, wanted.opportunity_name) if each]
    if len(named) > 1 or (named and not wanted.opportunity):
        text = "opportunityId, opportunityName and doNotCreateOpportunity exclude each other"
        raise refuse("INVALID_FIELD", text, "opportunityId")
    if wanted.opportunity_id:
        _seen(org, by, "Opportunity", wanted.opportunity_id, "opportunityId")


def _seen(org: Org, by: Writing, type_name: str, given: str | None, name: str) -> Row:
    kind = org.kind(type_name)
    if to_18(given or "") is None:
        raise refuse("MALFORMED_ID", f"{kind.label} ID: id value of incorrect type: {given or ''}", name)
    record_id = writes.well_formed(kind, given)
    sharing.check_seen(by.view, record_id)
    return writes.existing(org, kind, record_id)


def _statuses(org: Org) -> list[str]:
    """The statuses that mean converted, the usual one first."""
    return [str(row["ApiName"]) for row in org.db.find(org.kind("LeadStatus"), '"IsConverted" = 1')]


def convert(org: Org, by: Writing, wanted: Wanted) -> dict[str, str | None]:
    """Converts a lead; returns the ids of lead, account, contact and opportunity.

    Rules for new and changed records count as for any other write. Raises LookupError for unknown records,
    ValueError for a converted lead, RecordError for what the rules refuse.
    """
    lead = _known(org, "Lead", wanted.lead)
    if lead["IsConverted"]:
        raise ValueError(f"lead {wanted.lead} is already converted")
    writes.check_locks(org, org.kind("Lead"), lead)
    by = replace(by, view=org.catalog.everything, assign=False)
    account = _account(org, by, lead, wanted)
    contact = _contact(org, by, lead, wanted, account)
    deal = _deal(org, by, lead, wanted, account, contact)
    lifecycle.repoint(org, by.user, "Lead", str(lead["Id"]), contact)
    campaigns.follow_conversion(org, str(lead["Id"]), contact)
    _close(org, by.user, lead, wanted, account, contact, deal)
    return {"lead": str(lead["Id"]), "account": account, "contact": contact, "opportunity": deal}


def _known(org: Org, type_name: str, record_id: str) -> Row:
    found = org.db.read(org.kind(type_name), to_18(record_id) or record_id)
    if found is None or found["IsDeleted"]:
        raise LookupError(f"there is no {type_name} {record_id}")
    return found


def _account(org: Org, by: Writing, lead: Row, wanted: Wanted) -> str:
    """The given account, else that of the given contact, else a new one."""
    given = wanted.account
    if given is None and wanted.contact is None and lead["Company"] is None:
        person = _told({**_owner(lead, wanted), **person_accounts.of_lead(lead)})
        return writes.create(org, by, org.kind("Account"), person)
    if given is None and wanted.contact is not None:
        own = _known(org, "Contact", wanted.contact)["AccountId"]
        given = None if own is None else str(own)
    return _target(org, by, "Account", given, _offered(org, "Account", lead), _owner(lead, wanted))


def _contact(org: Org, by: Writing, lead: Row, wanted: Wanted, account: str) -> str:
    if wanted.bypass_contact_check:
        by = replace(by, duplicates=replace(by.duplicates, allow_save=True))
    person = _known(org, "Account", account)["PersonContactId"]
    if person is not None:
        return str(person)
    offered: Row = {**_offered(org, "Contact", lead), "AccountId": account}
    made = _target(org, by, "Contact", wanted.contact, offered, _owner(lead, wanted))
    if wanted.contact and wanted.overwrite_source and lead["LeadSource"] is not None:
        writes.update(org, by, org.kind("Contact"), made, {"LeadSource": lead["LeadSource"]})
    return made


def _owner(lead: Row, wanted: Wanted) -> Row:
    return {"OwnerId": to_18(wanted.owner) if wanted.owner else lead["OwnerId"]}


def _offered(org: Org, type_name: str, lead: Row) -> Row:
    """What the lead has for a record of this type."""
    names = TO_ACCOUNT if type_name == "Account" else TO_CONTACT
    standard: Row = {target: lead[source] for source, target in names.items()}
    return standard | _same_custom(org, org.kind(type_name), lead)


def _same_custom(org: Org, kind: ObjectType, lead: Row) -> Row:
    """Custom fields of the lead go where the target has one of the same name.

    Assumption: the admin has mapped them so; unique values are left behind, for they cannot stand twice.
    """
    own = {field.name: field for field in org.catalog.custom_fields(kind.name)}
    shared = [f.name for f in org.catalog.custom_fields("Lead") if f.name in own and not own[f.name].unique]
    return {name: lead[name] for name in shared}


def _target(org: Org, by: Writing, type_name: str, given: str | None, offered: Row, owner: Row) -> str:
    """A new record, or the given one with its blank fields filled."""
    kind = org.kind(type_name)
    if given is None:
        return writes.create(org, by, kind, _told({**owner, **offered}))
    row = _known(org, type_name, given)
    filled: Row = {name: value for name, value in _told(offered).items() if row[name] is None}
    if filled:
        writes.update(org, by, kind, str(row["Id"]), filled)
    return str(row["Id"])


def _told(row: Row) -> Row:
    """Without what is blank: a default of the new record is not overwritten with nothing."""
    return {name: value for name, value in row.items() if value is not None}


def _deal(org: Org, by: Writing, lead: Row, wanted: Wanted, account: str, contact: str) -> str | None:
    """The opportunity: first stage, closing with the quarter, contact as primary role; or the given one."""
    if not wanted.opportunity:
        return None
    if wanted.opportunity_id:
        return _joined(org, by, wanted.opportunity_id, account, contact)
    first = min(org.stages().values(), key=lambda stage: int(str(stage["SortOrder"])))
    values: Row = {
        "Name": (wanted.opportunity_name or f"{lead['Company']}-"[:LONGEST_NAME]),
        "AccountId": account,
        "ContactId": contact,
        "StageName": first["ApiName"],
        "CloseDate": _quarter_end(org.stamp()),
        "LeadSource": lead["LeadSource"],
        **_owner(lead, wanted),
    }
    return writes.create(org, by, org.kind("Opportunity"), _told(values))


def _joined(org: Org, by: Writing, given: str, account: str, contact: str) -> str:
    """An opportunity that was there: it gets the contact in addition, and the account if it has none."""
    row = _known(org, "Opportunity", given)
    deal = str(row["Id"])
    if row["AccountId"] is None:
        writes.update(org, by, org.kind("Opportunity"), deal, {"AccountId": account})
    role: Row = {"OpportunityId": deal, "ContactId": contact}
    if not any(_roles(org, deal, contact)):
        writes.create(org, by, org.kind("OpportunityContactRole"), role)
    return deal


def _roles(org: Org, deal: str, contact: str) -> Iterator[Row]:
    where = '"OpportunityId" = ? AND "ContactId" = ? AND "IsDeleted" = 0'
    return org.db.find(org.kind("OpportunityContactRole"), where, deal, contact)


def _quarter_end(stamp: str) -> str:
    month = (int(stamp[5:7]) + 2) // 3 * 3
    return f"{stamp[:4]}-{month:02d}-{31 if month in (3, 12) else 30}"


def _close(
    org: Org, user: str, lead: Row, wanted: Wanted, account: str, contact: str, deal: str | None
) -> None:
    changes: Row = {
        "IsConverted": True,
        "ConvertedDate": org.stamp()[:10],
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": deal,
        "Status": wanted.status or next(iter(_statuses(org)), str(lead["Status"])),
        "IsUnreadByOwner": False,
    }
    now = _known(org, "Lead", str(lead["Id"]))
    lifecycle.change(org, user, org.kind("Lead"), now, changes)
