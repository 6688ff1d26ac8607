"""Lead and Contact. Lengths and types: Salesforce Object Reference, pages Lead and Contact."""

from __future__ import annotations

from dataclasses import replace

from connector.sandbox.salesforce.schema import (
    Field,
    ObjectType,
    address,
    area,
    day,
    email,
    flag,
    lookup,
    moment,
    number,
    phone,
    picklist,
    read_only,
    record_id,
    system_fields,
    text,
    url,
)
from connector.sandbox.salesforce.standard import picklists


def person_name() -> tuple[Field, ...]:
    """First and last name with their read-only full name."""
    return (
        text("LastName", "Last Name", 80, required=True),
        text("FirstName", "First Name", 40),
        picklist("Salutation", "Salutation", picklists.SALUTATIONS),
        read_only(text("Name", "Full Name", 121)),
    )


def person_tail() -> tuple[Field, ...]:
    """Consent, bounces, and what Salesforce keeps of merges and activities."""
    return (
        flag("HasOptedOutOfEmail", "Email Opt Out"),
        flag("HasOptedOutOfFax", "Fax Opt Out"),
        flag("DoNotCall", "Do Not Call"),
        text("EmailBouncedReason", "Email Bounced Reason", 255, create=False),
        moment("EmailBouncedDate", "Email Bounced Date", create=False),
        read_only(day("LastActivityDate", "Last Activity")),
        text("Jigsaw", "Data.com Key", 20),
        lookup("IndividualId", "Individual ID", "Individual"),
    )


def record_type() -> Field:
    """Exists once the org has record types for the object."""
    return lookup("RecordTypeId", "Record Type ID", "RecordType", feature="record_types")


def currency_code() -> Field:
    """Exists only where several currencies are switched on."""
    return picklist("CurrencyIsoCode", "Currency ISO Code", (), restricted=True, feature="currencies")


def master(type_name: str) -> Field:
    return read_only(lookup("MasterRecordId", "Master Record ID", type_name))


def person_fields() -> tuple[Field, ...]:
    """What an account has in addition where accounts can be persons."""
    declared = (
        read_only(flag("IsPersonAccount", "Is Person Account")),
        read_only(lookup("PersonContactId", "Contact ID", "Contact")),
        text("LastName", "Last Name", 80),
        text("FirstName", "First Name", 40),
        picklist("Salutation", "Salutation", picklists.SALUTATIONS),
        email("PersonEmail"),
        text("PersonTitle", "Title", 80),
        phone("PersonMobilePhone", "Mobile"),
        phone("PersonHomePhone", "Home Phone"),
        day("PersonBirthdate", "Birthdate"),
        picklist("PersonLeadSource", "Lead Source", picklists.LEAD_SOURCES),
        flag("PersonDoNotCall", "Do Not Call"),
        flag("PersonHasOptedOutOfEmail", "Email Opt Out"),
        *(field for field in address("PersonMailing", "Mailing Address") if field.feature is None),
    )
    return tuple(replace(field, feature="person_accounts") for field in declared)


def person_mark() -> Field:
    return replace(read_only(flag("IsPersonAccount", "Is Person Account")), feature="person_accounts")


LEAD = ObjectType(
    "Lead",
    "Lead",
    "Leads",
    "00Q",
    (
        record_id("Lead ID"),
        master("Lead"),
        *person_name(),
        text("Title", "Title", 128),
        text("Company", "Company", 255, required=True),
        *address("", "Address"),
        phone("Phone", "Phone"),
        phone("MobilePhone", "Mobile Phone"),
        phone("Fax", "Fax"),
        email("Email", id_lookup=True),
        url("Website", "Website"),
        area("Description", "Description", 32000),
        picklist("LeadSource", "Lead Source", picklists.LEAD_SOURCES),
        picklist("Status", "Status", picklists.LEAD_STATUSES, required=True),
        picklist("Industry", "Industry", picklists.INDUSTRIES),
        picklist("Rating", "Rating", picklists.RATINGS),
        number("AnnualRevenue", "Annual Revenue", "currency"),
        number("NumberOfEmployees", "Employees", "int", 8),
        lookup("OwnerId", "Owner ID", "Group", "User"),
        read_only(flag("IsConverted", "Converted")),
        read_only(day("ConvertedDate", "Converted Date")),
        read_only(lookup("ConvertedAccountId", "Converted Account ID", "Account")),
        read_only(lookup("ConvertedContactId", "Converted Contact ID", "Contact")),
        read_only(lookup("ConvertedOpportunityId", "Converted Opportunity ID", "Opportunity")),
        flag("IsUnreadByOwner", "Unread By Owner", default=True),
        *person_tail(),
        record_type(),
        currency_code(),
        *system_fields(),
    ),
)

CONTACT = ObjectType(
    "Contact",
    "Contact",
    "Contacts",
    "003",
    (
        record_id("Contact ID"),
        master("Contact"),
        lookup("AccountId", "Account ID", "Account"),
        *person_name(),
        *address("Other", "Other Address"),
        *address("Mailing", "Mailing Address"),
        phone("Phone", "Business Phone"),
        phone("Fax", "Business Fax"),
        phone("MobilePhone", "Mobile Phone"),
        phone("HomePhone", "Home Phone"),
        phone("OtherPhone", "Other Phone"),
        phone("AssistantPhone", "Asst. Phone"),
        lookup("ReportsToId", "Reports To ID", "Contact", relationship="ReportsTo"),
        email("Email", id_lookup=True),
        text("Title", "Title", 128),
        text("Department", "Department", 80),
        text("AssistantName", "Assistant's Name", 40),
        picklist("LeadSource", "Lead Source", picklists.LEAD_SOURCES),
        day("Birthdate", "Birthdate"),
        area("Description", "Description", 32000),
        lookup("OwnerId", "Owner ID", "User"),
        read_only(flag("IsEmailBounced", "Is Email Bounced")),
        person_mark(),
        *person_tail(),
        record_type(),
        currency_code(),
        *system_fields(),
    ),
)

PEOPLE_TYPES = (LEAD, CONTACT)
