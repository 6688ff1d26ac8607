"""Account, Opportunity and its contact roles. Source: Salesforce Object Reference."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    ObjectType,
    address,
    area,
    day,
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
from connector.sandbox.salesforce.standard.people import currency_code, master, person_fields, record_type

ACCOUNT = ObjectType(
    "Account",
    "Account",
    "Accounts",
    "001",
    (
        record_id("Account ID"),
        master("Account"),
        text("Name", "Account Name", 255, required=True),
        picklist("Type", "Account Type", picklists.ACCOUNT_TYPES),
        lookup("ParentId", "Parent Account ID", "Account"),
        *address("Billing", "Billing Address"),
        *address("Shipping", "Shipping Address"),
        phone("Phone", "Account Phone"),
        phone("Fax", "Account Fax"),
        text("AccountNumber", "Account Number", 40),
        url("Website", "Website"),
        text("Sic", "SIC Code", 20),
        picklist("Industry", "Industry", picklists.INDUSTRIES),
        number("AnnualRevenue", "Annual Revenue", "currency"),
        number("NumberOfEmployees", "Employees", "int", 8),
        picklist("Ownership", "Ownership", picklists.OWNERSHIPS),
        text("TickerSymbol", "Ticker Symbol", 20),
        area("Description", "Account Description", 32000),
        picklist("Rating", "Account Rating", picklists.RATINGS),
        text("Site", "Account Site", 80),
        lookup("OwnerId", "Owner ID", "User"),
        picklist("AccountSource", "Account Source", picklists.LEAD_SOURCES),
        read_only(day("LastActivityDate", "Last Activity")),
        text("Jigsaw", "Data.com Key", 20),
        record_type(),
        currency_code(),
        *person_fields(),
        *system_fields(),
    ),
)

OPPORTUNITY = ObjectType(
    "Opportunity",
    "Opportunity",
    "Opportunities",
    "006",
    (
        record_id("Opportunity ID"),
        lookup("AccountId", "Account ID", "Account"),
        flag("IsPrivate", "Private"),
        text("Name", "Name", 120, required=True),
        area("Description", "Description", 32000),
        picklist("StageName", "Stage", picklists.OPPORTUNITY_STAGES, required=True),
        number("Amount", "Amount", "currency", 18, 2),
        number("Probability", "Probability (%)", "percent", 3),
        read_only(number("ExpectedRevenue", "Expected Amount", "currency", 18, 2)),
        number("TotalOpportunityQuantity", "Quantity", "double", 18, 2),
        day("CloseDate", "Close Date", required=True),
        picklist("Type", "Opportunity Type", picklists.OPPORTUNITY_TYPES),
        text("NextStep", "Next Step", 255),
        picklist("LeadSource", "Lead Source", picklists.LEAD_SOURCES),
        read_only(flag("IsClosed", "Closed")),
        read_only(flag("IsWon", "Won")),
        read_only(
            picklist("ForecastCategory", "Forecast Category", picklists.FORECAST_CATEGORIES, restricted=True)
        ),
        picklist("ForecastCategoryName", "Forecast Category", picklists.FORECAST_CATEGORIES, restricted=True),
        lookup("CampaignId", "Campaign ID", "Campaign"),
        read_only(flag("HasOpportunityLineItem", "Has Line Item")),
        lookup("Pricebook2Id", "Price Book ID", "Pricebook2", relationship="Pricebook2"),
        lookup("ContactId", "Contact ID", "Contact", update=False),
        lookup("OwnerId", "Owner ID", "User"),
        read_only(number("FiscalQuarter", "Fiscal Quarter", "int", 9)),
        read_only(number("FiscalYear", "Fiscal Year", "int", 9)),
        read_only(text("Fiscal", "Fiscal Period", 6)),
        read_only(day("LastActivityDate", "Last Activity")),
        read_only(moment("LastStageChangeDate", "Last Stage Change Date")),
        record_type(),
        currency_code(),
        *system_fields(),
    ),
)

CONTACT_ROLE = ObjectType(
    "OpportunityContactRole",
    "Opportunity Contact Role",
    "Opportunity Contact Role",
    "00K",
    (
        record_id("Contact Role ID"),
        lookup("OpportunityId", "Opportunity ID", "Opportunity", required=True, update=False),
        lookup("ContactId", "Contact ID", "Contact", required=True),
        picklist("Role", "Role", picklists.CONTACT_ROLES),
        flag("IsPrimary", "Primary"),
        *system_fields(),
    ),
)

BUSINESS_TYPES = (ACCOUNT, OPPORTUNITY, CONTACT_ROLE)
