"""The values of a picklist as screens need them: by record type, and by what the controlling field says.

In: an org, an object type, a picklist, the id of a record type. Out: JSON with the keys of User Interface API
Developer Guide, "Picklist Values".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import orjson

from connector.sandbox.salesforce import custom_fields, record_types
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Choice, Field, ObjectType, Row
from connector.sandbox.salesforce.soql.rows import Json


@dataclass(frozen=True)
class Picklist:
    """One picklist of one object."""

    org: Org
    kind: ObjectType
    field: Field

    def values(self, record_type: str, url: str) -> Json:
        """What may be chosen in a record of this type."""
        offered = [(choice, self._value(choice)) for choice in self._offered(record_type)]
        return {
            "controllerValues": self._controllers,
            "defaultValue": next((value for choice, value in offered if choice.default), None),
            "url": url,
            "values": [value for _, value in offered],
        }

    @property
    def controlling(self) -> str | None:
        """The field on which this picklist depends, as its metadata say."""
        name = self._value_set.get("controllingField")
        return str(name) if name else None

    def _offered(self, record_type: str) -> list[Choice]:
        """Active values, and of those the ones that the record type has."""
        active = [choice for choice in self.field.choices if choice.active]
        narrowed = record_types.narrowed(self.org).get(record_type, {})
        own = self.field.name.lower()
        chosen = next((values for name, values in narrowed.items() if name.lower() == own), None)
        if chosen is None:
            return active
        allowed = {value.lower() for value in chosen}
        return [choice for choice in active if choice.value.lower() in allowed]

    def _value(self, choice: Choice) -> Json:
        numbers = self._controllers
        return {
            "attributes": self._attributes(choice),
            "label": choice.label,
            "validFor": [numbers[each] for each in self._valid_for(choice) if each in numbers],
            "value": choice.value,
        }

    def _attributes(self, choice: Choice) -> Json | None:
        """What statuses of leads and stages of opportunities mean."""
        if (self.kind.name, self.field.name) == ("Lead", "Status"):
            converted = bool(self._setup("LeadStatus", choice).get("IsConverted"))
            return {"converted": converted, "picklistAttributesValueType": "LeadStatus"}
        if (self.kind.name, self.field.name) == ("Opportunity", "StageName"):
            stage = self._setup("OpportunityStage", choice)
            return {
                "closed": bool(stage.get("IsClosed")),
                "defaultProbability": stage.get("DefaultProbability"),
                "forecastCategoryName": stage.get("ForecastCategoryName"),
                "picklistAttributesValueType": "OpportunityStage",
                "won": bool(stage.get("IsWon")),
            }
        return None

    def _setup(self, type_name: str, choice: Choice) -> Row:
        return next(self.org.db.find(self.org.kind(type_name), '"ApiName" = ?', choice.value), {})

    @cached_property
    def _controllers(self) -> dict[str, int]:
        """The values of the controlling field, numbered in its order."""
        controlling = self.kind.find(self.controlling or "")
        if controlling is None:
            return {}
        if controlling.type == "boolean":
            return {"false": 0, "true": 1}
        return {choice.value: place for place, choice in enumerate(controlling.choices)}

    def _valid_for(self, choice: Choice) -> list[str]:
        """The controlling values under which this one may be chosen."""
        settings = self._value_set.get("valueSettings")
        found = settings if isinstance(settings, list) else []
        return [
            str(value)
            for each in found
            if each.get("valueName") == choice.value
            for value in each.get("controllingFieldValue", ())
        ]

    @cached_property
    def _value_set(self) -> Json:
        full_name = f"{self.kind.name}.{self.field.name}"
        row = custom_fields.known(self.org, full_name) if self.field.custom else None
        found = orjson.loads(str(row["Metadata"])).get("valueSet") if row else None
        return found if isinstance(found, dict) else {}
