"""Is this a test account? Asked before anything is written.

What enters: the grounds. What leaves: what the accounts say of themselves, or `RefusedError`. It only reads.
"""

from __future__ import annotations

from ground.hubspot import HubSpotGround
from ground.salesforce import SalesforceGround

TEST_ACCOUNTS = ("DEVELOPER_TEST", "SANDBOX")
DEVELOPER = "Developer Edition"


class RefusedError(Exception):
    """The account may be in production, or does not let us in. Nothing was written."""


def check_hubspot(ground: HubSpotGround) -> str:
    """What kind of account it is. Raises RefusedError unless it is a developer test account or a sandbox."""
    answer = ground.call("GET", "/account-info/v3/details")
    if answer.status != 200:
        raise RefusedError(
            f"HubSpot does not say what kind of account this is ({answer.status}: {answer.message})"
        )
    kind, portal = answer.body.get("accountType"), answer.body.get("portalId")
    if kind not in TEST_ACCOUNTS:
        raise RefusedError(
            f"HubSpot account {portal} is of type {kind}; only {' and '.join(TEST_ACCOUNTS)} accounts may be "
            "written to"
        )
    return f"HubSpot account {portal} ({kind})"


def check_salesforce(ground: SalesforceGround) -> str:
    """What kind of org it is. Raises RefusedError unless it is a sandbox or a Developer Edition."""
    try:
        (org,) = ground.rows("SELECT Id, OrganizationType, IsSandbox FROM Organization")
    except (RuntimeError, ValueError) as error:
        raise RefusedError(f"Salesforce does not say what kind of org this is ({error})") from None
    kind = org["OrganizationType"]
    if not (org["IsSandbox"] is True or kind == DEVELOPER):
        raise RefusedError(
            f"Salesforce org {org['Id']} is in production ({kind}); only sandboxes and {DEVELOPER} orgs may "
            "be written to"
        )
    return f"Salesforce org {org['Id']} ({kind}{', sandbox' if org['IsSandbox'] else ''})"
