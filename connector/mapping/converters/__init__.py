"""The converters by the names that stand in mapping files."""

from collections.abc import Mapping

from connector.mapping.convert import Converter
from connector.mapping.converters.choices import Choice, Multi, ValueMap
from connector.mapping.converters.country import Country
from connector.mapping.converters.links import Owner
from connector.mapping.converters.moments import Date, Datetime
from connector.mapping.converters.scalars import Boolean, Number
from connector.mapping.converters.text import Domain, Email, Phone, Text
from connector.mapping.shape import Convert
from connector.model import Side

PLAIN: Mapping[str, Converter] = {
    "text": Text(),
    "email": Email(),
    "domain": Domain(),
    "boolean": Boolean(),
    "datetime": Datetime(),
    "owner": Owner(),
}
"""Converters without options."""


def make(convert: Convert) -> Converter:
    """The converter that a mapping file asks for."""
    if convert.chosen in PLAIN:
        return PLAIN[convert.chosen]
    if convert.phone:
        return Phone(region=convert.phone.region)
    if convert.country:
        return Country(codes=convert.country.write == "code")
    if convert.number:
        return Number(decimals=convert.number.decimals)
    if convert.money:
        return Number(name="money", decimals=convert.money.decimals)
    if convert.date:
        return Date(with_time=Side(convert.date.with_time) if convert.date.with_time else None)
    if convert.multi:
        return Multi(_value_map(convert.value_map))
    return Choice(_value_map(convert.value_map))


def _value_map(values: Mapping[str, tuple[str, ...]] | None) -> ValueMap | None:
    """From ``Salesforce value: HubSpot values``."""
    return ValueMap.of(((salesforce,), hubspot) for salesforce, hubspot in values.items()) if values else None
