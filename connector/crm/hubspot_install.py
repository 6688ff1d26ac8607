"""Adding properties to HubSpot.

Enters: the new fields of one object. Leaves: nothing; afterwards they exist in the property group
"smarketing". What exists is left as it is, so everything can be repeated.
"""

from collections.abc import Sequence
from typing import Any

from connector.crm import hubspot_schema as schemas
from connector.crm.base import NewField
from connector.crm.hubspot_errors import explain
from connector.crm.hubspot_read import Reader, stop
from connector.crm.hubspot_records import results
from connector.crm.hubspot_wire import HubSpotWire
from connector.crm.wire import VendorRefusal, chunked
from connector.errors import Refused

_CREATE_BATCH = 100


class Installer:
    """Creates the group and the properties that are missing."""

    def __init__(self, wire: HubSpotWire, reader: Reader) -> None:
        self._wire = wire
        self._reader = reader

    def add(self, type: str, new: Sequence[NewField]) -> None:
        """Add properties to an object. Raises Refused where one exists with another type, before anything
        is added."""
        core = self._wire.sdk.crm.properties.core_api
        props = self._reader.ask(f"properties {type}", core.get_all, type, expect=results)
        there = {p["name"]: p for p in props}
        _check(type, there, new)
        missing = [field for field in new if field.name not in there]
        if missing:
            self._create_group(type)
        for part in chunked(missing, _CREATE_BATCH):
            self._create(type, part)

    def _create_group(self, type: str) -> None:
        group = {"name": schemas.GROUP, "label": schemas.GROUP, "displayOrder": -1}
        kind = f"create property group {type}"
        try:
            self._wire.call(kind, self._wire.sdk.crm.properties.groups_api.create, type, group, expect=dict)
        except VendorRefusal as refusal:
            if refusal.status != 409:
                raise stop(refusal, kind) from refusal

    def _create(self, type: str, new: Sequence[NewField]) -> None:
        """One batch; a property that exists after all (a lost answer, someone else's hand) is no error."""
        kind = f"create properties {type}"
        body = {"inputs": [schemas.property_body(field) for field in new]}
        method = self._wire.sdk.crm.properties.batch_api.create
        try:
            for refusal in self._wire.call(kind, method, type, body, expect=_errors):
                raise stop(refusal, kind)
        except VendorRefusal as refusal:
            if refusal.status != 409:
                raise stop(refusal, kind) from refusal
            if len(new) > 1:
                for field in new:
                    self._create(type, [field])


def _check(type: str, there: dict[str, Any], new: Sequence[NewField]) -> None:
    clashing = tuple(f.name for f in new if f.name in there and not schemas.same_type(there[f.name], f))
    if clashing:
        raise Refused(
            f"HubSpot {type} already have properties of another type: {', '.join(clashing)}",
            code="FIELD_TYPE_DIFFERS",
            fields=clashing,
            fix="Rename or remove these properties in HubSpot, then run install again",
        )


def _errors(data: Any) -> list[VendorRefusal]:
    """Errors of a 207 other than that the property exists."""
    told = [explain(error) for error in data.get("errors") or ()]
    return [
        VendorRefusal(each.text, code=each.code, status=207, fields=each.fields)
        for each in told
        if "EXIST" not in each.code and each.code != "CONFLICT"
    ]
