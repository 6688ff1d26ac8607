"""What the seeded company sells, and the words that stand in its CRMs. Only data."""

INDUSTRIES: tuple[tuple[str, str], ...] = (
    ("COMPUTER_SOFTWARE", "Technology"),
    ("CONSTRUCTION", "Construction"),
    ("BANKING", "Banking"),
    ("EDUCATION_MANAGEMENT", "Education"),
    ("HOSPITAL_HEALTH_CARE", "Healthcare"),
    ("RETAIL", "Retail"),
    ("MACHINERY", "Machinery"),
    ("TELECOMMUNICATIONS", "Telecommunications"),
    ("INSURANCE", "Insurance"),
    ("FOOD_BEVERAGES", "Food & Beverage"),
)
"""HubSpot's value and Salesforce's of the same industry."""

PRODUCTS = (
    "Licentie",
    "Onderhoud",
    "Pilot",
    "Uitbreiding",
    "Abonnement",
    "Service Contract",
    "Årsaftale",
    "Migratie",
)

NEXT_STEPS = (
    "Offerte nabellen",
    "Send kontrakt",
    "Demo plannen",
    "Call back on Monday",
    "Wacht op budget",
    "",
)

LOST_REASONS = ("Te duur", "Gekozen voor concurrent", "Ingen budget", "No decision", "Geen reactie meer")

STAGES: tuple[tuple[str, str], ...] = (
    ("appointmentscheduled", "Prospecting"),
    ("appointmentscheduled", "Qualification"),
    ("qualifiedtobuy", "Needs Analysis"),
    ("presentationscheduled", "Value Proposition"),
    ("presentationscheduled", "Id. Decision Makers"),
    ("decisionmakerboughtin", "Perception Analysis"),
    ("decisionmakerboughtin", "Proposal/Price Quote"),
    ("contractsent", "Negotiation/Review"),
    ("closedwon", "Closed Won"),
    ("closedlost", "Closed Lost"),
)
"""HubSpot's deal stage and Salesforce's of the same moment in a deal, in order."""

WON, LOST = "Closed Won", "Closed Lost"

SOURCES: tuple[tuple[str, str], ...] = (
    ("ORGANIC_SEARCH", "Web"),
    ("DIRECT_TRAFFIC", "Web"),
    ("PAID_SEARCH", "Web"),
    ("EMAIL_MARKETING", "Web"),
    ("SOCIAL_MEDIA", "Web"),
    ("REFERRALS", "Web"),
    ("OFFLINE", "Other"),
    ("OTHER_CAMPAIGNS", "Other"),
)

CONVERSIONS = (
    "Demo aanvragen: website",
    "Whitepaper: 12 tips",
    "Webinar tilmelding",
    "Contact us",
    "Nieuwsbrief",
)

WORK_STATUSES: tuple[tuple[str, str], ...] = (
    ("NEW", "Open - Not Contacted"),
    ("OPEN", "Open - Not Contacted"),
    ("ATTEMPTED_TO_CONTACT", "Working - Contacted"),
    ("IN_PROGRESS", "Working - Contacted"),
    ("CONNECTED", "Working - Contacted"),
    ("UNQUALIFIED", "Closed - Not Converted"),
)

ROLES = ("Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Business User")

SHARED_MAILBOXES = ("info", "sales", "verkoop", "kontakt")

LONG_TITLE = (
    "Verantwoordelijke voor de inkoop van alle niet-productgebonden goederen en diensten, "
    "alsmede (tijdelijk) waarnemend hoofd facilitaire zaken en bedrijfshulpverlening, locatie Noord"
)

FORMULA_TITLE = '=HYPERLINK("http://example.com","klik")'

NO_PHONE = "bel receptie"
