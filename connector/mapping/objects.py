"""What is the same in every installation: object types, links between kinds, ids that other integrations
leave.

Only tables. Source of the id properties of HubSpot's own Salesforce integration: HubSpot knowledge base,
"Salesforce integration properties".
"""

from collections.abc import Mapping

from connector.model import COMPANY_REF, CONTACTS_REF, Kind, Side

TYPES: Mapping[Kind, Mapping[Side, tuple[str, ...]]] = {
    Kind.COMPANY: {Side.HUBSPOT: ("companies",), Side.SALESFORCE: ("Account",)},
    Kind.CONTACT: {Side.HUBSPOT: ("contacts",), Side.SALESFORCE: ("Contact", "Lead")},
    Kind.DEAL: {Side.HUBSPOT: ("deals",), Side.SALESFORCE: ("Opportunity",)},
}
"""Per side, the primary type first."""

LINKS: Mapping[tuple[Kind, str], str] = {
    (Kind.CONTACT, "companies"): COMPANY_REF,
    (Kind.DEAL, "companies"): COMPANY_REF,
    (Kind.DEAL, "contacts"): CONTACTS_REF,
}
"""Which kind may link to what, and the pseudo-field that holds it."""

LINK_OWNERS: Mapping[Kind, Mapping[Side, tuple[str, ...]]] = {
    Kind.CONTACT: {Side.HUBSPOT: ("contacts",), Side.SALESFORCE: ("Contact",)},
    Kind.DEAL: TYPES[Kind.DEAL],
}
"""Types that have links. A Lead belongs to no account."""

LINK_TARGETS: Mapping[str, Mapping[Side, tuple[str, ...]]] = {
    "companies": TYPES[Kind.COMPANY],
    "contacts": {Side.HUBSPOT: ("contacts",), Side.SALESFORCE: ("Contact",)},
}

NATIVE_IDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.COMPANY: ("salesforceaccountid",),
    Kind.CONTACT: ("salesforcecontactid", "salesforceleadid"),
    Kind.DEAL: ("hs_salesforceopportunityid",),
}
"""HubSpot properties in which HubSpot's own Salesforce integration keeps the other id."""

MORE_ADDRESSES: Mapping[Kind, Mapping[Side, str]] = {Kind.CONTACT: {Side.HUBSPOT: "hs_additional_emails"}}
"""Where a CRM keeps a person's further email addresses, split at ";". Salesforce knows one only."""

PERSON_MARKS: Mapping[Kind, Mapping[Side, str]] = {
    Kind.COMPANY: {Side.SALESFORCE: "IsPersonAccount"},
    Kind.CONTACT: {Side.SALESFORCE: "IsPersonAccount"},
}
"""The field that marks an account and its contact as one person (person accounts), in orgs that have them."""

ID_PREFIXES = {"001": "Account", "003": "Contact", "006": "Opportunity", "00Q": "Lead"}
"""Salesforce object by the first three characters of its ids. Source: "Standard Field Types, ID"."""

ACCOUNT_COLUMN = "AccountId"
"""Where a Salesforce contact names its company."""

STAGE = "stage"
DEAL_PIPELINE = "pipeline"
MOVED_BACK_AT = "moved_back_at"
"""Name by which `rearm.when` knows the time of the last move back."""
CEL_WORDS = (
    *(
        "stages",
        "true",
        "false",
        "null",
        "in",
        "and",
        "or",
        "not",
        "as",
        "break",
        "const",
        "continue",
        "else",
    ),
    *(
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ),
)
RESERVED = frozenset({STAGE, MOVED_BACK_AT, *CEL_WORDS})
"""Names that criteria need for themselves."""


def link_column(prefix: str, side: Side) -> str:
    """Our unique id of a pair: ``smk_link_id``, ``SMK_Link_Id__c``."""
    return f"{prefix}_link_id" if side is Side.HUBSPOT else f"{prefix.upper()}_Link_Id__c"


def partner_column(prefix: str, side: Side) -> str:
    """Our field with the other CRM's id of the same person."""
    return f"{prefix}_salesforce_id" if side is Side.HUBSPOT else f"{prefix.upper()}_HubSpot_Id__c"


def own_column(prefix: str, name: str, side: Side) -> str:
    """Our field of that name: ``smk_stage_note``, ``SMK_Stage_Note__c``."""
    return f"{prefix}_{name}" if side is Side.HUBSPOT else f"{prefix.upper()}_{name.title()}__c"


ENTERED = "hs_v2_date_entered_"
"""Beginning of the HubSpot properties that tell when a record last entered a stage; the rest is the stage's
value. HubSpot gives them only to who asks by name, and lists them nowhere."""


def is_ours(prefix: str, column: str, side: Side) -> bool:
    """Whether a column carries the prefix."""
    return column.startswith(f"{prefix}_" if side is Side.HUBSPOT else f"{prefix.upper()}_")


def partner_columns(kind: Kind, prefix: str, side: Side) -> tuple[str, ...]:
    """Where a record may hold the other CRM's id: ours first (people only), then HubSpot's own
    integration's."""
    ours = (partner_column(prefix, side),) if kind is Kind.CONTACT else ()
    return ours + (NATIVE_IDS[kind] if side is Side.HUBSPOT else ())
