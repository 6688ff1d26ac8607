"""Option lists (internal value, label) of a fresh account."""

from __future__ import annotations

Choices = tuple[tuple[str, str], ...]

LIFECYCLE_STAGES: Choices = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
_LEAD_STATUS: Choices = (
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In progress"),
    ("OPEN_DEAL", "Open deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad timing"),
)
_ANALYTICS_SOURCE: Choices = (
    ("ORGANIC_SEARCH", "Organic Search"),
    ("PAID_SEARCH", "Paid Search"),
    ("EMAIL_MARKETING", "Email Marketing"),
    ("SOCIAL_MEDIA", "Organic Social"),
    ("REFERRALS", "Referrals"),
    ("OTHER_CAMPAIGNS", "Other Campaigns"),
    ("DIRECT_TRAFFIC", "Direct Traffic"),
    ("OFFLINE", "Offline Sources"),
    ("PAID_SOCIAL", "Paid Social"),
    ("AI_REFERRALS", "AI Referrals"),
)
_BUYING_ROLE: Choices = (
    ("BLOCKER", "Blocker"),
    ("BUDGET_HOLDER", "Budget Holder"),
    ("CHAMPION", "Champion"),
    ("DECISION_MAKER", "Decision Maker"),
    ("END_USER", "End User"),
    ("EXECUTIVE_SPONSOR", "Executive Sponsor"),
    ("INFLUENCER", "Influencer"),
    ("LEGAL_AND_COMPLIANCE", "Legal & Compliance"),
    ("OTHER", "Other"),
)
_INDUSTRY_VALUES = ["ACCOUNTING", "AIRLINES_AVIATION", "ALTERNATIVE_MEDICINE", "APPAREL_FASHION", "ARCHITECTURE_PLANNING", "AUTOMOTIVE", "AVIATION_AEROSPACE", "BANKING", "BIOTECHNOLOGY", "BROADCAST_MEDIA", "BUILDING_MATERIALS", "BUSINESS_SUPPLIES_AND_EQUIPMENT", "CAPITAL_MARKETS", "CHEMICALS", "CIVIL_ENGINEERING", "COMMERCIAL_REAL_ESTATE", "COMPUTER_NETWORK_SECURITY", "COMPUTER_GAMES", "COMPUTER_HARDWARE", "COMPUTER_NETWORKING", "COMPUTER_SOFTWARE", "INTERNET", "CONSTRUCTION", "CONSUMER_ELECTRONICS", "CONSUMER_GOODS", "CONSUMER_SERVICES", "COSMETICS", "DAIRY", "DEFENSE_SPACE", "DESIGN", "EDUCATION_MANAGEMENT", "E_LEARNING", "ELECTRICAL_ELECTRONIC_MANUFACTURING", "ENTERTAINMENT", "ENVIRONMENTAL_SERVICES", "EVENTS_SERVICES", "FARMING", "FINANCIAL_SERVICES", "FOOD_BEVERAGES", "FOOD_PRODUCTION", "FURNITURE", "GOVERNMENT_ADMINISTRATION", "GRAPHIC_DESIGN", "HEALTH_WELLNESS_AND_FITNESS", "HIGHER_EDUCATION", "HOSPITAL_HEALTH_CARE", "HOSPITALITY", "HUMAN_RESOURCES", "IMPORT_AND_EXPORT", "INDUSTRIAL_AUTOMATION", "INFORMATION_SERVICES", "INFORMATION_TECHNOLOGY_AND_SERVICES", "INSURANCE", "INTERNATIONAL_TRADE_AND_DEVELOPMENT", "INVESTMENT_MANAGEMENT", "LAW_PRACTICE", "LEGAL_SERVICES", "LEISURE_TRAVEL_TOURISM", "LOGISTICS_AND_SUPPLY_CHAIN", "LUXURY_GOODS_JEWELRY", "MACHINERY", "MANAGEMENT_CONSULTING", "MARITIME", "MARKET_RESEARCH", "MARKETING_AND_ADVERTISING", "MECHANICAL_OR_INDUSTRIAL_ENGINEERING", "MEDIA_PRODUCTION", "MEDICAL_DEVICES", "MEDICAL_PRACTICE", "MINING_METALS", "MUSIC", "NANOTECHNOLOGY", "NEWSPAPERS", "NON_PROFIT_ORGANIZATION_MANAGEMENT", "OIL_ENERGY", "ONLINE_MEDIA", "OUTSOURCING_OFFSHORING", "PACKAGE_FREIGHT_DELIVERY", "PACKAGING_AND_CONTAINERS", "PAPER_FOREST_PRODUCTS", "PHARMACEUTICALS", "PLASTICS", "PRINTING", "PROFESSIONAL_TRAINING_COACHING", "PUBLIC_RELATIONS_AND_COMMUNICATIONS", "PUBLISHING", "REAL_ESTATE", "RECREATIONAL_FACILITIES_AND_SERVICES", "RENEWABLES_ENVIRONMENT", "RESEARCH", "RESTAURANTS", "RETAIL", "SECURITY_AND_INVESTIGATIONS", "SEMICONDUCTORS", "SHIPBUILDING", "SPORTING_GOODS", "SPORTS", "STAFFING_AND_RECRUITING", "SUPERMARKETS", "TELECOMMUNICATIONS", "TEXTILES", "TOBACCO", "TRANSPORTATION_TRUCKING_RAILROAD", "UTILITIES", "VENTURE_CAPITAL_PRIVATE_EQUITY", "VETERINARY", "WAREHOUSING", "WHOLESALE", "WINE_AND_SPIRITS", "WIRELESS"]
_INDUSTRY: Choices = tuple((value, value.replace("_", " ").title()) for value in _INDUSTRY_VALUES)
_CURRENCY: Choices = (
    ("EUR", "Euro"),
    ("DKK", "Danish Krone"),
    ("GBP", "British Pound"),
    ("USD", "US Dollar"),
    ("CHF", "Swiss Franc"),
    ("SEK", "Swedish Krona"),
    ("NOK", "Norwegian Krone"),
)
_DEAL_TYPE: Choices = (("newbusiness", "New Business"), ("existingbusiness", "Existing Business"))
_PRIORITY: Choices = (("low", "Low"), ("medium", "Medium"), ("high", "High"))
_COMPANY_TYPE: Choices = (
    ("PROSPECT", "Prospect"),
    ("PARTNER", "Partner"),
    ("RESELLER", "Reseller"),
    ("VENDOR", "Vendor"),
    ("OTHER", "Other"),
)

OPTION_SETS: dict[str, Choices] = {
    "yesno": (("true", "Yes"), ("false", "No")),
    "lifecycle": LIFECYCLE_STAGES,
    "lead_status": _LEAD_STATUS,
    "analytics_source": _ANALYTICS_SOURCE,
    "buying_role": _BUYING_ROLE,
    "industry": _INDUSTRY,
    "currency": _CURRENCY,
    "deal_type": _DEAL_TYPE,
    "priority": _PRIORITY,
    "company_type": _COMPANY_TYPE,
}
