"""`/services/Soap/u` and `/services/Soap/c`: the partner and the enterprise API.

In: SOAP calls. Out: results as plain values. Source: SOAP API Developer Guide, "Core Calls", "Utility Calls";
Salesforce Help 005132110 for what became of login(). Queries and describes are left to REST.
"""

from __future__ import annotations

from datetime import UTC
from typing import Never

from connector.sandbox.salesforce.soap import leads, records
from connector.sandbox.salesforce.soap.envelope import Fault
from connector.sandbox.salesforce.soap.service import Service, SoapCall
from connector.sandbox.salesforce.soap.xml import NIL, Node
from connector.sandbox.salesforce.soql.rows import Json
from connector.sandbox.salesforce.store import SalesforceStore

LOGIN_GONE_SINCE = 65


def user_info(call: SoapCall) -> Json:
    """getUserInfo()"""
    user = call.store.get("User", call.store.user) or {}
    organization = next(call.store.all("Organization"))
    return {
        "accessibilityMode": False,
        "currencySymbol": "€",
        "orgAttachmentFileSizeLimit": 5_242_880,
        "orgDefaultCurrencyIsoCode": "EUR",
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": False,
        "organizationId": call.store.id,
        "organizationMultiCurrency": call.store.catalog.has("currencies"),
        "organizationName": organization["Name"],
        "profileId": user["ProfileId"],
        "roleId": NIL,
        "sessionSecondsValid": 7200,
        "userDefaultCurrencyIsoCode": NIL,
        "userEmail": user["Email"],
        "userFullName": user["Name"],
        "userId": call.store.user,
        "userLanguage": user["LanguageLocaleKey"],
        "userLocale": user["LocaleSidKey"],
        "userName": user["Username"],
        "userTimeZone": user["TimeZoneSidKey"],
        "userType": user["UserType"],
        "userUiSkin": "Theme3",
    }


def server_timestamp(call: SoapCall) -> Json:
    """getServerTimestamp()"""
    now = call.store.clock.now().astimezone(UTC)
    return {"timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"}


def logout(call: SoapCall) -> None:
    """logout(): the session ends."""
    call.store.forget_token(call.envelope.session)


def login(_store: SalesforceStore, version: int, _asked: Node) -> Never:
    """login(): gone from v65.0 on, and off in new orgs for the older ones."""
    if version >= LOGIN_GONE_SINCE:
        text = (
            f"The SOAP Login operation is not available in the API version specified ({version}.0). "
            "Refer to the documentation for supported versions."
        )
        raise Fault("INVALID_OPERATION", text)
    text = (
        "SOAP API login() is disabled by default in this org. "
        "Contact the org administrator to enable SOAP API login()."
    )
    raise Fault("INVALID_OPERATION", text)


def _service(letter: str, name: str) -> Service:
    return Service(
        path=f"/services/Soap/{letter}",
        namespace=f"urn:{name}.soap.sforce.com",
        faults=f"urn:fault.{name}.soap.sforce.com",
        operations={
            "convertLead": leads.convert_lead,
            "create": records.create,
            "delete": records.delete,
            "emptyRecycleBin": records.empty_recycle_bin,
            "getServerTimestamp": server_timestamp,
            "getUserInfo": user_info,
            "logout": logout,
            "merge": records.merge,
            "undelete": records.undelete,
            "update": records.update,
            "upsert": records.upsert,
        },
        without_session={"login": login},
        detailed=True,
    )


PARTNER, ENTERPRISE = _service("u", "partner"), _service("c", "enterprise")
