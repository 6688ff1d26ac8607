"""What a new org holds before anybody works in it: itself, its integration user, stages and statuses.

In: an empty org. Out: rows in its tables. It adds no business records.
"""

from __future__ import annotations

from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Row
from connector.sandbox.salesforce.standard.picklists import LEAD_STATUSES, STAGE_ROWS

PROFILE_NAME = "Minimum Access - API Only Integrations"


def furnish(org: Org) -> None:
    """Adds the rows that every org has. Their ids are the same in every fresh org."""
    with org.db.transaction():
        _add(org, "Organization", [_organization()])
        _add(org, "Profile", [{"Name": PROFILE_NAME, "UserType": "Standard"}])
        _add(org, "User", [_integration_user(org)])
        _add(org, "OpportunityStage", _stages())
        _add(org, "LeadStatus", _statuses())
        _add(org, "PermissionSet", [_profile_permissions(org)])
        assigned: Row = {"AssigneeId": org.user}
        assigned["PermissionSetId"] = next(org.db.find(org.kind("PermissionSet"), "1"))["Id"]
        _add(org, "PermissionSetAssignment", [assigned])
    org.catalog.changed()


def _add(org: Org, type_name: str, rows: list[Row]) -> None:
    kind = org.kind(type_name)
    now = org.stamp()
    stamps: Row = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    people: Row = {"CreatedById": org.user, "LastModifiedById": org.user}
    defaults = {field.name: field.default for field in kind.stored if field.default is not None}
    off: Row = dict.fromkeys(kind.booleans, False)
    org.db.insert(
        kind, [{**off, **defaults, **stamps, **people, **row, "Id": org.db.next_id(kind)} for row in rows]
    )


def _organization() -> Row:
    return {
        "Name": "Simulated Company",
        "Country": "NL",
        "DefaultLocaleSidKey": "nl_NL",
        "TimeZoneSidKey": "Europe/Amsterdam",
        "LanguageLocaleKey": "en_US",
        "OrganizationType": "Enterprise Edition",
        "IsSandbox": True,
        "InstanceName": "SIM1",
        "FiscalYearStartMonth": 1,
    }


def _integration_user(org: Org) -> Row:
    return {
        "Username": "integration@simulated.example",
        "FirstName": "Integration",
        "LastName": "User",
        "Name": "Integration User",
        "Email": "integration@simulated.example",
        "Alias": "integ",
        "IsActive": True,
        "ProfileId": org.profile,
    }


def _profile_permissions(org: Org) -> Row:
    return {
        "Name": f"X{org.profile[:15]}",
        "Label": f"00e{org.profile[3:15]}",
        "ProfileId": org.profile,
        "IsOwnedByProfile": True,
        "IsCustom": False,
        "Type": "Profile",
        "PermissionsApiEnabled": True,
    }


def _stages() -> list[Row]:
    return [
        {
            "MasterLabel": name,
            "ApiName": name,
            "SortOrder": place,
            "IsActive": True,
            "IsClosed": closed,
            "IsWon": won,
            "ForecastCategory": category.replace(" ", ""),
            "ForecastCategoryName": category,
            "DefaultProbability": probability,
        }
        for place, (name, closed, won, category, probability) in enumerate(STAGE_ROWS, start=1)
    ]


def _statuses() -> list[Row]:
    return [
        {
            "MasterLabel": status.label,
            "ApiName": status.value,
            "SortOrder": place,
            "IsDefault": status.default,
            "IsConverted": status.value == "Closed - Converted",
        }
        for place, status in enumerate(LEAD_STATUSES, start=1)
    ]
