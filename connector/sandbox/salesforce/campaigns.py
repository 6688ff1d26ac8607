"""What campaigns and their members bring about by themselves.

In: an org and campaign rows. Out: statuses of new campaigns, responses, counts, members that follow their
person through conversions and merges. Source: Salesforce Object Reference, "Campaign", "CampaignMember",
"CampaignMemberStatus"; Salesforce Help, "Considerations for Converting Leads".
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Row, Value

FIRST_STATUSES = (("Sent", 1, True, False), ("Responded", 2, False, True))
PERSON = {"Lead": "LeadId", "Contact": "ContactId"}
_COUNTS = """
UPDATE "Campaign" SET "SystemModstamp" = ?2, ("NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts",
"NumberOfResponses") = (SELECT count("LeadId"),
count(CASE WHEN "LeadId" IS NOT NULL AND "ContactId" IS NOT NULL THEN 1 END), count("ContactId"),
count(CASE WHEN "HasResponded" THEN 1 END)
FROM "CampaignMember" WHERE "CampaignId" = ?1 AND "IsDeleted" = 0) WHERE "Id" = ?1
"""


def first_statuses(org: Org, campaign: Row) -> None:
    """A new campaign's members are `Sent` or `Responded`."""
    kind = org.kind("CampaignMemberStatus")
    stamps = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
    shared: Row = {name: campaign[name] for name in stamps} | {"CampaignId": campaign["Id"]}
    for label, place, default, responded in FIRST_STATUSES:
        own: Row = {"Label": label, "SortOrder": place, "IsDefault": default, "HasResponded": responded}
        org.db.insert(kind, [{**shared, **own, "IsDeleted": False, "Id": org.db.next_id(kind)}])


def fill_member(org: Org, row: Row) -> None:
    """Status, response and person of a member. Assumption: an unknown status stays and is no response."""
    statuses = list(
        org.db.find(
            org.kind("CampaignMemberStatus"), '"CampaignId" = ? AND "IsDeleted" = 0', row["CampaignId"]
        )
    )
    if row["Status"] is None:
        row["Status"] = next((each["Label"] for each in statuses if each["IsDefault"]), None)
    chosen = str(row["Status"]).lower()
    row["HasResponded"] = any(s["HasResponded"] for s in statuses if str(s["Label"]).lower() == chosen)
    if row["HasResponded"] and row["FirstRespondedDate"] is None:
        row["FirstRespondedDate"] = str(row["LastModifiedDate"] or org.stamp())[:10]
    row["LeadOrContactId"] = row["ContactId"] or row["LeadId"]
    row["Type"] = "Contact" if row["ContactId"] else "Lead"


def member_problems(org: Org, row: Row, record_id: str | None) -> Iterator[Problem]:
    """A member is one person, once. Assumption: the wording for a member without a person."""
    given = [(name, row[name]) for name in PERSON.values() if row[name] is not None]
    if not given:
        text = "Required fields are missing: [LeadId, ContactId]"
        yield Problem("REQUIRED_FIELD_MISSING", text, ("LeadId", "ContactId"))
    if record_id is None and any(is_member(org, row["CampaignId"], *pair) for pair in given):
        yield Problem("DUPLICATE_VALUE", "Already a campaign member.")


def is_member(org: Org, campaign: Value, reference: str, person: Value) -> bool:
    sql = f'SELECT 1 FROM "CampaignMember" WHERE "CampaignId" = ? AND "{reference}" = ? AND "IsDeleted" = 0'
    return org.db.run(sql, (campaign, person)).fetchone() is not None


def count_members(org: Org, campaign: Value) -> None:
    """The counts of a campaign. Assumption: they move its SystemModstamp, not its LastModifiedDate."""
    org.db.run(_COUNTS, (campaign, org.stamp()))


def count_all_members(org: Org, campaigns: set[Value]) -> None:
    for campaign in campaigns:
        count_members(org, campaign)


def follow_conversion(org: Org, lead: str, contact: str) -> None:
    """A converted lead's memberships belong to the contact too.

    Assumption: where the contact is a member of the same campaign already, the lead's membership stays alone.
    """
    _follow(org, "LeadId", lead, "ContactId", contact)


def follow_merge(org: Org, type_name: str, loser: str, master: str) -> None:
    """The loser's memberships go to the master. Assumption: one that the master has already is deleted."""
    reference = PERSON.get(type_name)
    if reference is not None:
        _follow(org, reference, loser, reference, master)
        sql = (
            f'UPDATE "CampaignMember" SET "IsDeleted" = 1, "SystemModstamp" = ? '
            f'WHERE "{reference}" = ? AND "IsDeleted" = 0'
        )
        org.db.run(sql, (org.stamp(), loser))
        _recount(org, reference, loser)


def _follow(org: Org, reference: str, old: str, target: str, new: str) -> None:
    found = org.db.find(org.kind("CampaignMember"), f'"{reference}" = ? AND "IsDeleted" = 0', old)
    for row in found:
        if not is_member(org, row["CampaignId"], target, new):
            changes: Row = {target: new, "SystemModstamp": org.stamp(), "LastModifiedDate": org.stamp()}
            person = changes.get("ContactId") or row["ContactId"] or changes.get("LeadId") or row["LeadId"]
            kind = "Contact" if changes.get("ContactId") or row["ContactId"] else "Lead"
            org.db.update(
                "CampaignMember", str(row["Id"]), {**changes, "LeadOrContactId": person, "Type": kind}
            )
            count_members(org, row["CampaignId"])


def _recount(org: Org, reference: str, person: str) -> None:
    sql = f'SELECT DISTINCT "CampaignId" FROM "CampaignMember" WHERE "{reference}" = ?'
    count_all_members(org, {campaign for (campaign,) in org.db.run(sql, (person,)).fetchall()})
