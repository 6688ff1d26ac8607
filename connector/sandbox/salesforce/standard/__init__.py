"""The standard object types of the simulated org."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.standard.access import ACCESS_TYPES
from connector.sandbox.salesforce.standard.activities import ACTIVITY_TYPES
from connector.sandbox.salesforce.standard.business import BUSINESS_TYPES
from connector.sandbox.salesforce.standard.campaigns import CAMPAIGN_TYPES
from connector.sandbox.salesforce.standard.history import HISTORY_TYPES
from connector.sandbox.salesforce.standard.org import ORG_TYPES
from connector.sandbox.salesforce.standard.people import PEOPLE_TYPES
from connector.sandbox.salesforce.standard.setup import SETUP_TYPES

STANDARD_TYPES: dict[str, ObjectType] = {
    declared.name: declared
    for declared in (
        *PEOPLE_TYPES,
        *BUSINESS_TYPES,
        *ACTIVITY_TYPES,
        *CAMPAIGN_TYPES,
        *ORG_TYPES,
        *ACCESS_TYPES,
        *HISTORY_TYPES,
        *SETUP_TYPES,
    )
}
