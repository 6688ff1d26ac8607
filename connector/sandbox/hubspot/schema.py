"""Property definitions, groups, pipelines and owners of the account, kept in memory and in SQLite.

What enters: definitions. What leaves: definitions. It never looks at records.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache, lru_cache
from typing import Any

import orjson

from connector.sandbox.hubspot.catalog import OBJECT_TYPES, default_groups, default_properties
from connector.sandbox.hubspot.catalog.deals import SALES_PIPELINE
from connector.sandbox.hubspot.database import Database
from connector.sandbox.hubspot.definitions import Group, Option, Property

_TIME_PREFIXES = ("hs_v2_latest_time_in_", "hs_v2_cumulative_time_in_")
_STAMP_PREFIXES = ("hs_v2_date_entered_", "hs_v2_date_exited_", *_TIME_PREFIXES)
_LEGACY = ("hs_lifecyclestage_", "_date")


class Schema:
    """What the account has been configured to hold."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.properties: dict[str, dict[str, Property]] = {}
        self.groups: dict[str, dict[str, Group]] = {}
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, dict[str, Any]] = {}
        self.withheld: set[tuple[str, str]] = set()
        """(object type, property) that the API's user may not see at the moment."""
        self.reload()
        db.rolled_back.append(self._undo)

    def _undo(self) -> None:
        """After a failed transaction memory may hold what SQLite does not."""
        if self._touched:
            self._read()

    def reload(self) -> None:
        """Reads everything from SQLite; a fresh account gets HubSpot's defaults."""
        self._read()
        missing = [name for name in OBJECT_TYPES if not self.properties[name]]
        if missing:
            self._install_defaults(missing)
            self._read()

    def _forget(self) -> None:
        self._stages: dict[str, tuple[str, ...]] = {}
        self._unique: dict[str, tuple[str, ...]] = {}

    def _read(self) -> None:
        self._forget()
        self._touched = False
        for object_type in OBJECT_TYPES:
            stored = self.db.texts(f"property:{object_type}").values()
            definitions = sorted(map(_property, stored), key=lambda each: each.display_order)
            self.properties[object_type] = {each.name: each for each in definitions}
            groups = self.db.documents(f"group:{object_type}").values()
            self.groups[object_type] = {body["name"]: Group(**body) for body in groups}
            self.pipelines[object_type] = self.db.documents(f"pipeline:{object_type}")
        self.owners = dict(sorted(self.db.documents("owner").items(), key=lambda item: int(item[0])))

    def _install_defaults(self, object_types: list[str]) -> None:
        rows = [row for row in _default_documents() if row[0].partition(":")[2] in object_types]
        with self.db.transaction():
            self.db.run_many("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", rows)

    def find(self, object_type: str, name: str) -> Property | None:
        """The definition, archived ones excluded; stage dates are made up by name from the stages."""
        found = self.properties[object_type].get(name)
        if found is not None:
            return None if found.archived_at else found
        return self._stage_date(object_type, name)

    def shown(self, object_type: str, name: str) -> Property | None:
        """The definition, for the API: what its user may not see is not there."""
        return None if (object_type, name) in self.withheld else self.find(object_type, name)

    def _stage_date(self, object_type: str, name: str) -> Property | None:
        stage = next((name.removeprefix(each) for each in _STAMP_PREFIXES if name.startswith(each)), None)
        if stage is None and name.startswith(_LEGACY[0]) and name.endswith(_LEGACY[1]):
            stage = name.removeprefix(_LEGACY[0]).removesuffix(_LEGACY[1])
        if not stage or stage not in self.stages(object_type):
            return None
        group, timed = next(iter(self.groups[object_type])), name.startswith(_TIME_PREFIXES)
        return Property(
            name=name,
            label=f"{'Time in' if timed else 'Date of'} stage {stage}",
            type="number" if timed else "datetime",
            field_type="number" if timed else "date",
            group=group,
            calculated=True,
            read_only=True,
            hubspot_defined=True,
            on_request_only=True,
        )

    def stages(self, object_type: str) -> tuple[str, ...]:
        """Lifecycle stages in order for contacts and companies; all deal stages for deals; else none."""
        if object_type == "deals":
            return tuple(
                stage["id"] for pipeline in self.pipelines["deals"].values() for stage in pipeline["stages"]
            )
        if "lifecyclestage" not in self.properties[object_type]:
            return ()
        if object_type not in self._stages:
            options = self.properties[object_type]["lifecyclestage"].options
            ordered = sorted(options, key=lambda each: each.display_order)
            self._stages[object_type] = tuple(option.value for option in ordered)
        return self._stages[object_type]

    def unique_names(self, object_type: str) -> tuple[str, ...]:
        """Custom properties with hasUniqueValue, archived ones excluded."""
        if object_type not in self._unique:
            live = self.properties[object_type].values()
            self._unique[object_type] = tuple(
                each.name for each in live if each.unique and not each.archived_at
            )
        return self._unique[object_type]

    def put_property(self, object_type: str, definition: Property) -> None:
        """Adds or replaces a definition."""
        self._touched = True
        self.db.put(f"property:{object_type}", definition.name, asdict(definition))
        self.properties[object_type][definition.name] = definition
        self._forget()

    def put_group(self, object_type: str, group: Group) -> None:
        """Adds or replaces a group."""
        self._touched = True
        self.db.put(f"group:{object_type}", group.name, asdict(group))
        self.groups[object_type][group.name] = group

    def drop_group(self, object_type: str, name: str) -> None:
        """Removes a group."""
        self._touched = True
        self.db.drop(f"group:{object_type}", name)
        self.groups[object_type].pop(name, None)

    def put_pipeline(self, object_type: str, pipeline: dict[str, Any]) -> None:
        """Adds or replaces a pipeline with its stages."""
        self._touched = True
        self.db.put(f"pipeline:{object_type}", pipeline["id"], pipeline)
        self.pipelines[object_type][pipeline["id"]] = pipeline

    def drop_pipeline(self, object_type: str, pipeline_id: str) -> None:
        """Removes a pipeline."""
        self._touched = True
        self.db.drop(f"pipeline:{object_type}", pipeline_id)
        self.pipelines[object_type].pop(pipeline_id, None)

    def put_owner(self, owner: dict[str, Any]) -> None:
        """Adds or replaces an owner."""
        self._touched = True
        self.db.put("owner", owner["id"], owner)
        self.owners[owner["id"]] = owner

    def stage(self, stage_id: str) -> tuple[str, dict[str, Any]] | None:
        """The pipeline id and the stage with this id."""
        for pipeline in self.pipelines["deals"].values():
            for stage in pipeline["stages"]:
                if stage["id"] == stage_id:
                    return pipeline["id"], stage
        return None


@cache
def _default_documents() -> tuple[tuple[str, str, str], ...]:
    """Rows (kind, name, JSON) of a fresh account."""
    rows: list[tuple[str, str, Any]] = [("pipeline:deals", "default", _sales_pipeline())]
    for object_type in OBJECT_TYPES:
        rows += [(f"property:{object_type}", each.name, each) for each in default_properties(object_type)]
        rows += [(f"group:{object_type}", each.name, each) for each in default_groups(object_type)]
    return tuple((kind, name, orjson.dumps(body).decode()) for kind, name, body in rows)


@lru_cache(maxsize=4096)
def _property(text: str) -> Property:
    """The definition in a stored document. Most documents are HubSpot's own, the same in every account."""
    body = orjson.loads(text)
    options = tuple(Option(**option) for option in body.pop("options"))
    return Property(options=options, **body)


def _sales_pipeline() -> dict[str, Any]:
    stages = [
        new_stage(stage_id, label, order, probability, "2024-01-01T00:00:00.000Z")
        for order, (stage_id, label, probability) in enumerate(SALES_PIPELINE)
    ]
    return new_pipeline("default", "Sales Pipeline", 0, stages, "2024-01-01T00:00:00.000Z")


def new_pipeline(
    pipeline_id: str, label: str, order: int, stages: list[dict[str, Any]], created_at: str
) -> dict[str, Any]:
    """A pipeline as HubSpot shows it. `created_at` is ISO with Z."""
    return {
        "label": label,
        "displayOrder": order,
        "id": pipeline_id,
        "stages": stages,
        "createdAt": created_at,
        "updatedAt": created_at,
        "archived": False,
    }


def new_stage(stage_id: str, label: str, order: int, probability: str, created_at: str) -> dict[str, Any]:
    """A stage as HubSpot shows it; metadata values are texts. Probability 0.0 or 1.0 means closed."""
    closed = "true" if float(probability) in (0.0, 1.0) else "false"
    return {
        "label": label,
        "displayOrder": order,
        "metadata": {"isClosed": closed, "probability": probability},
        "id": stage_id,
        "createdAt": created_at,
        "updatedAt": created_at,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }
