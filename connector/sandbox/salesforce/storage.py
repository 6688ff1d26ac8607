"""How much of its data storage an org uses.

In: an org. Out: megabytes, and the refusal of new records when there is no more room. Source: Salesforce
Help, "Data and File Storage Allocations": most records take two kilobytes, whatever is in them.
"""

from __future__ import annotations

from connector.sandbox.salesforce.errors import refuse
from connector.sandbox.salesforce.org import Org

USUAL_MB = 10_240
_KILOBYTES = {
    **dict.fromkeys(("Account", "Contact", "Lead", "Opportunity", "Task", "Event"), 2),
    "Campaign": 8,
    "CampaignMember": 1,
    "OpportunityContactRole": 1,
}


def used_mb(org: Org) -> int:
    """Whole megabytes that the records outside the recycle bin take."""
    return _kilobytes(org) // 1024


def check_room(org: Org, type_name: str) -> None:
    """Raises STORAGE_LIMIT_EXCEEDED when a new record has no room. Assumption: the wording."""
    if org.storage_mb is None or type_name not in _KILOBYTES:
        return
    if _kilobytes(org) + _KILOBYTES[type_name] > org.storage_mb * 1024:
        raise refuse("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")


def _kilobytes(org: Org) -> int:
    total = 0
    for name, each in _KILOBYTES.items():
        (count,) = org.db.run(f'SELECT count(*) FROM "{name}" WHERE "IsDeleted" = 0').fetchone()
        total += each * count
    return total
