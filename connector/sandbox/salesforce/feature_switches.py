"""Switches for features that an org has or has not; most of them cannot be taken back, as in Salesforce.

In: JSON of the control interface. Out: features switched on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.salesforce import address_codes, person_accounts
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.switches import Switch
from connector.sandbox.switch_checks import by_key, fields_of, flag, text


def _rate(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise ValueError(f'"{name}" must be a number above 0')
    return float(value)


def _currencies(value: Any, name: str) -> dict[str, Any]:
    given = fields_of(value, name, {"corporate": True, "rates": True})
    rates = by_key(text, _rate)(given["rates"], f"{name}.rates")
    return {"corporate": text(given["corporate"], f"{name}.corporate"), "rates": rates}


def _read_currencies(store: SalesforceStore) -> dict[str, Any] | None:
    rows = list(store.all("CurrencyType"))
    if not rows:
        return None
    corporate = next(str(row["IsoCode"]) for row in rows if row["IsCorporate"])
    rates = {row["IsoCode"]: row["ConversionRate"] for row in rows if not row["IsCorporate"]}
    return {"corporate": corporate, "rates": rates}


def _once(store: SalesforceStore, _wanted: Any) -> None:
    if list(store.all("CurrencyType")):
        raise ValueError('"currencies" are switched on already; only a reset takes them away')


def _persons(store: SalesforceStore, wanted: bool) -> None:
    if wanted:
        store.catalog.turn_on(person_accounts.FEATURE)


def _no_way_back(store: SalesforceStore, wanted: bool) -> None:
    if person_accounts.is_on(store) and not wanted:
        raise ValueError('"person_accounts" cannot be switched off; only a reset takes them away')


def _countries(value: Any, name: str) -> dict[str, Any]:
    given = fields_of(value, name, {"countries": True, "states": False})
    states = by_key(text, by_key(text, text))(given.get("states", {}), f"{name}.states")
    return {"countries": by_key(text, text)(given["countries"], f"{name}.countries"), "states": states}


def _enable_countries(store: SalesforceStore, wanted: Mapping[str, Any]) -> None:
    with store.db.transaction():
        address_codes.enable(store, wanted["countries"], wanted["states"])


def _read_countries(store: SalesforceStore) -> dict[str, Any] | None:
    known = address_codes.countries(store)
    if not known:
        return None
    states = {code: {c: n for c, n in each.items() if c} for code, each in known.items() if len(each) > 1}
    return {"countries": {code: each[""] for code, each in known.items()}, "states": states}


FEATURE_SWITCHES: dict[str, Switch] = {
    "currencies": Switch(
        _read_currencies,
        _currencies,
        lambda store, value: store.enable_currencies(value["corporate"], value["rates"]),
        suits=_once,
    ),
    "person_accounts": Switch(person_accounts.is_on, flag, _persons, suits=_no_way_back),
    "address_picklists": Switch(_read_countries, _countries, _enable_countries),
}
