"""Admins at work: fields renamed, choices added, renamed and retired, stages added, colleagues who come and
go, records handed over in bulk.

Enters: scenes. Leaves: changed definitions, users and owners, and records that moved with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connector.sandbox.hubspot.definitions import Option, Property, with_changes
from connector.sandbox.hubspot.schema import new_stage
from connector.sandbox.hubspot.values import iso
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.salesforce.schema import Choice, Field, ObjectType

ADMIN = "admin"
OWNED = ("Lead", "Contact", "Account", "Opportunity")
CHOICES = (("Lead", "Status"), ("Lead", "LeadSource"), ("Lead", "Rating"), ("Account", "Industry"))
"""Salesforce picklists that an admin touches."""
MARK = " (new)"


def hubspot_label_renamed(scene: Scene) -> Done | None:
    """A custom property gets another label; its name stays, for names cannot be changed."""
    found = [
        (object_type, each)
        for object_type in ("contacts", "companies", "deals")
        for each in scene.world.hubspot.schema.properties[object_type].values()
        if not each.hubspot_defined and each.archived_at is None
    ]
    if not found:
        return None
    object_type, chosen = scene.chance.one_of(found)
    return _redefined(scene, object_type, with_changes(chosen, label=_other_label(chosen.label)))


def _other_label(label: str) -> str:
    return label.removesuffix(MARK) if label.endswith(MARK) else label + MARK


def _redefined(scene: Scene, object_type: str, definition: Property) -> Done:
    store = scene.world.hubspot
    with store.db.transaction():
        changed = with_changes(definition, updated_at=iso(store.tick_ms()))
        store.schema.put_property(object_type, changed)
    return Done(ADMIN, (f"{object_type}.{definition.name}",))


def salesforce_label_renamed(scene: Scene) -> Done | None:
    """A custom field gets another label; its API name stays."""
    store = scene.world.salesforce
    found = [(name, each) for name in OWNED for each in store.catalog.custom_fields(name)]
    if not found:
        return None
    type_name, chosen = scene.chance.one_of(found)
    with store.db.transaction():
        store.catalog.replace_field(type_name, replace(chosen, label=_other_label(chosen.label)))
    return Done(ADMIN, (f"{type_name}.{chosen.name}",))


# choices


def hubspot_option_added(scene: Scene) -> Done:
    """Another lead status, as teams invent them."""
    found = scene.world.hubspot.schema.properties["contacts"]["hs_lead_status"]
    number = len(found.options) + 1
    option = Option(f"Waiting {number}", f"WAITING_{number}", number)
    return _redefined(scene, "contacts", with_changes(found, options=(*found.options, option)))


def hubspot_option_renamed(scene: Scene) -> Done:
    """A lead status gets another label; its internal name stays."""
    found = scene.world.hubspot.schema.properties["contacts"]["hs_lead_status"]
    chosen = scene.chance.one_of(found.options)
    options = (
        replace(each, label=_other_label(each.label)) if each is chosen else each for each in found.options
    )
    return _redefined(scene, "contacts", with_changes(found, options=tuple(options)))


def salesforce_value_added(scene: Scene) -> Done:
    """Another value in a picklist."""
    type_name, field = _picklist(scene)
    value = f"Extra {len(field.choices) + 1}"
    if field.name == "Status":
        status = {"MasterLabel": value, "ApiName": value, "SortOrder": len(field.choices) + 1}
        scene.world.salesforce.load("LeadStatus", [status])
    return _choices(scene, type_name, field, (*field.choices, Choice(value, value)))


def salesforce_value_renamed(scene: Scene) -> Done:
    """A lead source is replaced by another one in the definition and in all records: their SystemModstamp
    moves, their LastModifiedDate does not."""
    store, field = scene.world.salesforce, _field(scene, "Lead", "LeadSource")
    chosen = scene.chance.one_of([choice for choice in field.choices if choice.active])
    value = _other_label(chosen.value)
    with store.db.transaction():
        now = store.stamp()
        for type_name in ("Lead", "Contact", "Opportunity"):
            sql = f'UPDATE "{type_name}" SET "LeadSource" = ?, "SystemModstamp" = ? WHERE "LeadSource" = ?'
            store.db.run(sql, (value, now, chosen.value))
        for type_name in ("Lead", "Contact", "Opportunity"):
            own = _field(scene, type_name, "LeadSource")
            renamed = (
                replace(each, value=value, label=value) if each.value == chosen.value else each
                for each in own.choices
            )
            store.catalog.override(type_name, "LeadSource", choices=list(renamed))
    return Done(ADMIN, ("Lead.LeadSource",))


def salesforce_value_retired(scene: Scene) -> Done | None:
    """A value that no rep may choose any more; records that have it keep it."""
    type_name, field = _picklist(scene)
    live = [choice for choice in field.choices if choice.active and not choice.default]
    if len(live) < 3 or field.name == "Status":
        return None
    chosen = scene.chance.one_of(live)
    after = (replace(each, active=False) if each is chosen else each for each in field.choices)
    return _choices(scene, type_name, field, after)


def _picklist(scene: Scene) -> tuple[str, Field]:
    type_name, name = scene.chance.one_of(CHOICES)
    return type_name, _field(scene, type_name, name)


def _field(scene: Scene, type_name: str, name: str) -> Field:
    return _kind(scene, type_name).by_name[name.lower()]


def _kind(scene: Scene, type_name: str) -> ObjectType:
    return scene.world.salesforce.kind(type_name)


def _choices(scene: Scene, type_name: str, field: Field, choices: Iterable[Choice]) -> Done:
    with scene.world.salesforce.db.transaction():
        scene.world.salesforce.catalog.override(type_name, field.name, choices=list(choices))
    return Done(ADMIN, (f"{type_name}.{field.name}",))


# stages


def hubspot_stage_added(scene: Scene) -> Done:
    """A stage more in the sales pipeline, before the deal is closed."""
    store = scene.world.hubspot
    with store.db.transaction():
        now, pipeline = iso(store.tick_ms()), store.schema.pipelines["deals"]["default"]
        stage_id = str(store.records.next_id("stage") + 1_000_000)
        open_ones = [each for each in pipeline["stages"] if each["metadata"]["isClosed"] == "false"]
        label = f"Review {len(open_ones) + 1}"
        stages = [*open_ones, new_stage(stage_id, label, len(open_ones), "0.9", now)]
        closed = [each for each in pipeline["stages"] if each["metadata"]["isClosed"] == "true"]
        stages += [{**each, "displayOrder": len(stages) + place} for place, each in enumerate(closed)]
        store.schema.put_pipeline("deals", {**pipeline, "stages": stages})
    return Done(ADMIN, (f"stages {stage_id}",))


def salesforce_stage_added(scene: Scene) -> Done:
    """A stage more for opportunities, the last before they are closed; reps move deals into it."""
    store, field = scene.world.salesforce, _field(scene, "Opportunity", "StageName")
    known = sorted(store.stages().values(), key=lambda each: int(str(each["SortOrder"])))
    last_open = [stage for stage in known if not stage["IsClosed"]][-1]
    name = f"Legal Review {len(known) + 1}"
    values = {key: value for key, value in last_open.items() if key not in ("Id", "MasterLabel", "ApiName")}
    with store.db.transaction():
        order = '"SortOrder" = "SortOrder" + 1 WHERE "SortOrder" > ?'
        store.db.run(f'UPDATE "OpportunityStage" SET {order}', (last_open["SortOrder"],))
        place = int(str(last_open["SortOrder"])) + 1
        row = {**values, "MasterLabel": name, "ApiName": name, "SortOrder": place}
        made = store.load("OpportunityStage", [row])[0]
        store.catalog.override("Opportunity", "StageName", choices=[*field.choices, Choice(name, name)])
    return Done(ADMIN, (f"OpportunityStage {made}",))
