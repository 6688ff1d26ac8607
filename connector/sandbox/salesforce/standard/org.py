"""What describes the org itself: users, profiles, stages, statuses, record types, currencies."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    Field,
    ObjectType,
    email,
    flag,
    lookup,
    number,
    picklist,
    read_only,
    record_id,
    system_fields,
    text,
)
from connector.sandbox.salesforce.standard import picklists

SETUP = system_fields(soft_delete=False)


def configured(name: str, label: str, prefix: str, *fields: Field) -> ObjectType:
    """An object type that people set up in the org and the API only reads."""
    declared = (record_id(f"{label} ID"), *(read_only(f) for f in fields), *SETUP)
    return ObjectType(
        name, label, label, prefix, declared, create=False, update=False, delete=False, soft_delete=False
    )


USER = ObjectType(
    "User",
    "User",
    "Users",
    "005",
    (
        record_id("User ID"),
        text("Username", "Username", 80, required=True, id_lookup=True),
        text("LastName", "Last Name", 80, required=True),
        text("FirstName", "First Name", 40),
        read_only(text("Name", "Full Name", 121)),
        text("CompanyName", "Company Name", 80),
        text("Department", "Department", 80),
        text("Title", "Title", 80),
        email("Email", required=True),
        text("Phone", "Phone", 40),
        text("Alias", "Alias", 8),
        flag("IsActive", "Active", default=True),
        text("TimeZoneSidKey", "Time Zone", 40, default="Europe/Amsterdam"),
        text("LocaleSidKey", "Locale", 40, default="nl_NL"),
        text("LanguageLocaleKey", "Language", 40, default="en_US"),
        text("EmailEncodingKey", "Email Encoding", 40, default="UTF-8"),
        lookup("ProfileId", "Profile ID", "Profile"),
        read_only(text("UserType", "User Type", 40, default="Standard")),
        lookup("ManagerId", "Manager ID", "User"),
        text("FederationIdentifier", "SAML Federation ID", 512),
        *SETUP,
    ),
    delete=False,
    soft_delete=False,
)

ORGANIZATION = configured(
    "Organization",
    "Organization",
    "00D",
    text("Name", "Name", 80),
    text("Country", "Country", 80),
    text("DefaultLocaleSidKey", "Default Locale", 40),
    text("TimeZoneSidKey", "Time Zone", 40),
    text("LanguageLocaleKey", "Language", 40),
    text("OrganizationType", "Edition", 40),
    flag("IsSandbox", "Is Sandbox"),
    text("InstanceName", "Instance Name", 5),
    text("NamespacePrefix", "Namespace Prefix", 15),
    number("FiscalYearStartMonth", "Fiscal Year Starts In", "int", 9),
)

STAGE = configured(
    "OpportunityStage",
    "Opportunity Stage",
    "01J",
    text("MasterLabel", "Master Label", 255),
    text("ApiName", "API Name", 255),
    flag("IsActive", "Is Active", default=True),
    number("SortOrder", "Sort Order", "int", 9),
    flag("IsClosed", "Is Closed"),
    flag("IsWon", "Is Won"),
    picklist("ForecastCategory", "Forecast Category", picklists.FORECAST_CATEGORIES),
    picklist("ForecastCategoryName", "Forecast Category Name", picklists.FORECAST_CATEGORIES),
    number("DefaultProbability", "Probability (%)", "percent", 3),
    text("Description", "Description", 255),
)

LEAD_STATUS = configured(
    "LeadStatus",
    "Lead Status Value",
    "01J",
    text("MasterLabel", "Master Label", 255),
    text("ApiName", "API Name", 255),
    number("SortOrder", "Sort Order", "int", 9),
    flag("IsDefault", "Is Default"),
    flag("IsConverted", "Is Converted"),
)

RECORD_TYPE = configured(
    "RecordType",
    "Record Type",
    "012",
    text("Name", "Name", 80),
    text("DeveloperName", "Record Type Name", 80),
    text("SobjectType", "SObject Type Name", 40),
    text("Description", "Description", 255),
    text("NamespacePrefix", "Namespace Prefix", 15),
    flag("IsActive", "Active", default=True),
)

CURRENCY = configured(
    "CurrencyType",
    "Currency Type",
    "01L",
    text("IsoCode", "Currency ISO Code", 255),
    number("ConversionRate", "Conversion Rate", "double", 18, 6),
    number("DecimalPlaces", "Decimal Places", "int", 1),
    flag("IsActive", "Active", default=True),
    flag("IsCorporate", "Is Corporate Currency"),
)

PROFILE = configured(
    "Profile",
    "Profile",
    "00e",
    text("Name", "Name", 255),
    text("UserType", "User Type", 40, default="Standard"),
)

GROUP = ObjectType(
    "Group",
    "Group",
    "Groups",
    "00G",
    (
        record_id("Group ID"),
        text("Name", "Name", 40, required=True),
        text("DeveloperName", "Developer Name", 80),
        picklist("Type", "Type", picklists.GROUP_TYPES, required=True, restricted=True, update=False),
        email("Email"),
        flag("DoesSendEmailToMembers", "Send Email to Members"),
        flag("DoesIncludeBosses", "Include Bosses", default=True),
        *SETUP,
    ),
    soft_delete=False,
)

QUEUE_SOBJECT = ObjectType(
    "QueueSobject",
    "Queue Sobject",
    "Queue Sobjects",
    "03g",
    (
        record_id("Queue Sobject ID"),
        lookup("QueueId", "Queue ID", "Group", required=True, update=False),
        text("SobjectType", "Sobject Type", 40, required=True, update=False),
        *SETUP,
    ),
    update=False,
    soft_delete=False,
)

ORG_TYPES = (
    USER,
    ORGANIZATION,
    STAGE,
    LEAD_STATUS,
    RECORD_TYPE,
    CURRENCY,
    PROFILE,
    GROUP,
    QUEUE_SOBJECT,
)
