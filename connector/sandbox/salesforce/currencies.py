"""Several currencies: records then say in which one their amounts are.

In: an org, the corporate currency, the rates of the others. Out: CurrencyIsoCode on records, CurrencyType
rows. As in Salesforce there is no way back. Source: Salesforce Help, "Manage Multiple Currencies".
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.record_types import TYPES
from connector.sandbox.salesforce.schema import Choice, Row

USUAL_RATES = {"USD": 1.1, "GBP": 0.85, "DKK": 7.46}


def rows(corporate: str, rates: Mapping[str, float]) -> list[Row]:
    """The CurrencyType rows; a rate is what one unit of the corporate currency costs."""
    return [
        {"IsoCode": code, "ConversionRate": rate, "DecimalPlaces": 2, "IsCorporate": code == corporate}
        for code, rate in {corporate: 1.0, **rates}.items()
    ]


def enable(org: Org, corporate: str, rates: Mapping[str, float]) -> None:
    """Gives records CurrencyIsoCode; those that are there have amounts in the corporate currency."""
    choices = [Choice(code, code, code == corporate) for code in (corporate, *rates)]
    for type_name in TYPES:
        org.catalog.override(type_name, "CurrencyIsoCode", choices=choices)
        org.db.run(f'UPDATE "{type_name}" SET "CurrencyIsoCode" = ?', (corporate,))
    org.catalog.turn_on("currencies")
