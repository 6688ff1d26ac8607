"""The picklist values that a new org starts with."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import choices

SALUTATIONS = choices("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")
LEAD_SOURCES = choices("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
LEAD_STATUSES = choices(
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
    default="Open - Not Contacted",
)
RATINGS = choices("Hot", "Warm", "Cold")
INDUSTRIES = choices(
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Food & Beverage",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
    "Other",
)
ACCOUNT_TYPES = choices(
    "Prospect",
    "Customer - Direct",
    "Customer - Channel",
    "Channel Partner / Reseller",
    "Installation Partner",
    "Technology Partner",
    "Other",
)
OWNERSHIPS = choices("Public", "Private", "Subsidiary", "Other")
OPPORTUNITY_TYPES = choices(
    "Existing Customer - Upgrade",
    "Existing Customer - Replacement",
    "Existing Customer - Downgrade",
    "New Customer",
)
OPPORTUNITY_STAGES = choices(
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
FORECAST_CATEGORIES = choices("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
CONTACT_ROLES = choices(
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)
TASK_STATUSES = choices(
    "Not Started",
    "In Progress",
    "Completed",
    "Waiting on someone else",
    "Deferred",
    default="Not Started",
)
TASK_PRIORITIES = choices("High", "Normal", "Low", default="Normal")
TASK_SUBTYPES = choices("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn", default="Task")
SHOW_AS = choices("Busy", "OutOfOffice", "Free", default="Busy")
EVENT_SUBTYPES = choices("Event", default="Event")
CAMPAIGN_TYPES = choices(
    "Conference",
    "Webinar",
    "Trade Show",
    "Public Relations",
    "Partners",
    "Referral Program",
    "Advertisement",
    "Banner Ads",
    "Direct Mail",
    "Email",
    "Telemarketing",
    "Other",
)
CAMPAIGN_STATUSES = choices("Planned", "In Progress", "Completed", "Aborted", default="Planned")
MEMBER_STATUSES = choices("Sent", "Responded")
GROUP_TYPES = choices("Regular", "Queue", "Role", "RoleAndSubordinates", "Organization", default="Regular")
CALL_TYPES = choices("Internal", "Inbound", "Outbound")

# (label, closed, won, forecast category, probability in percent)
STAGE_ROWS: tuple[tuple[str, bool, bool, str, float], ...] = (
    ("Prospecting", False, False, "Pipeline", 10.0),
    ("Qualification", False, False, "Pipeline", 10.0),
    ("Needs Analysis", False, False, "Pipeline", 20.0),
    ("Value Proposition", False, False, "Pipeline", 50.0),
    ("Id. Decision Makers", False, False, "Pipeline", 60.0),
    ("Perception Analysis", False, False, "Pipeline", 70.0),
    ("Proposal/Price Quote", False, False, "Pipeline", 75.0),
    ("Negotiation/Review", False, False, "Pipeline", 90.0),
    ("Closed Won", True, True, "Closed", 100.0),
    ("Closed Lost", True, False, "Omitted", 0.0),
)
