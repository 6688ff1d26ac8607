"""The account-information routes.

What enters: a `Call`. What leaves: the account's details, and how much of its day is used.
Source: HubSpot developers, "Account information" guide.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import PORTAL_ID
from connector.sandbox.hubspot.values import iso, millis

ACCOUNT_TYPES = ("STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER")


def details(call: Call) -> Reply:
    """GET /account-info/v3/details."""
    zone = call.store.limits.zone
    offset = call.store.clock.now().astimezone(zone).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    body: dict[str, Any] = {
        "portalId": PORTAL_ID,
        "accountType": call.store.switches.account_type,
        "timeZone": str(zone),
        "companyCurrency": "EUR",
        "additionalCurrencies": ["DKK", "GBP", "USD"],
        "utcOffset": f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
        "utcOffsetMilliseconds": minutes * 60_000,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }
    return Reply(200, body)


def daily_usage(call: Call) -> Reply:
    """GET /account-info/v3/api-usage/daily/private-apps: this request counts too."""
    limits = call.store.limits
    row: dict[str, Any] = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": limits.daily,
        "currentUsage": limits.used_today(),
        "collectedAt": iso(call.store.now_ms()),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(millis(limits.midnight())),
    }
    return Reply(200, {"results": [row]})
