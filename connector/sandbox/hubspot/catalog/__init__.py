"""The properties, options and pipelines of a fresh account. Data only: nothing is computed from records.

A fair selection of HubSpot's own: enough for real mapping work, not the whole list of a real account.
Source: HubSpot knowledge base, "HubSpot's default contact / company / deal properties".
"""

from __future__ import annotations

from connector.sandbox.hubspot.catalog.companies import COMPANY_GROUPS, COMPANY_ROWS
from connector.sandbox.hubspot.catalog.contacts import CONTACT_GROUPS, CONTACT_ROWS
from connector.sandbox.hubspot.catalog.deals import DEAL_GROUPS, DEAL_ROWS
from connector.sandbox.hubspot.catalog.engagements import ENGAGEMENT_GROUPS, ENGAGEMENT_ROWS, ENGAGEMENTS
from connector.sandbox.hubspot.catalog.options import LIFECYCLE_STAGES
from connector.sandbox.hubspot.catalog.rows import build
from connector.sandbox.hubspot.definitions import Group, Property

CRM_OBJECTS = {"contacts": "0-1", "companies": "0-2", "deals": "0-3"}
OBJECT_TYPES = {**CRM_OBJECTS, **ENGAGEMENTS}
SINGULAR = {
    "contacts": "contact",
    "companies": "company",
    "deals": "deal",
    **{name: name.removesuffix("s") for name in ENGAGEMENTS},
}
TYPE_NAMES = {
    **{name: name for name in OBJECT_TYPES},
    **{type_id: name for name, type_id in OBJECT_TYPES.items()},
    **{singular: name for name, singular in SINGULAR.items()},
}
MODIFIED_PROPERTY = {name: "hs_lastmodifieddate" for name in OBJECT_TYPES} | {"contacts": "lastmodifieddate"}
CREATED_PROPERTY = {name: "createdate" for name in CRM_OBJECTS} | {
    name: "hs_createdate" for name in ENGAGEMENTS
}
DEFAULT_PROPERTIES = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    "deals": (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    **{name: ("hs_createdate", "hs_lastmodifieddate", "hs_object_id") for name in ENGAGEMENTS},
}
_GROUPS = {"contacts": CONTACT_GROUPS, "companies": COMPANY_GROUPS, "deals": DEAL_GROUPS, **ENGAGEMENT_GROUPS}
_ROWS = {"contacts": CONTACT_ROWS, "companies": COMPANY_ROWS, "deals": DEAL_ROWS, **ENGAGEMENT_ROWS}


def default_groups(object_type: str) -> list[Group]:
    """The property groups of a fresh account."""
    return [Group(name, label, order) for order, (name, label) in enumerate(_GROUPS[object_type])]


def default_properties(object_type: str) -> list[Property]:
    """The properties of a fresh account."""
    return build(_ROWS[object_type])


__all__ = [
    "CREATED_PROPERTY",
    "CRM_OBJECTS",
    "DEFAULT_PROPERTIES",
    "ENGAGEMENTS",
    "LIFECYCLE_STAGES",
    "MODIFIED_PROPERTY",
    "OBJECT_TYPES",
    "SINGULAR",
    "TYPE_NAMES",
    "default_groups",
    "default_properties",
]
