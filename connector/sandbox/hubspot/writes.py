"""Creating, changing, archiving and restoring one record with all of HubSpot's rules.

What enters: raw JSON property values and who writes. What leaves: the stored `Row`, or an `ApiError`.
It never opens a transaction: the caller decides what fails together.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot import opt_outs
from connector.sandbox.hubspot.catalog import (
    ENGAGEMENTS,
    SINGULAR,
)
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.derived import consequences
from connector.sandbox.hubspot.edges import Edges
from connector.sandbox.hubspot.errors import (
    Problem,
    invalid,
    invalid_values,
    malformed,
    required,
)
from connector.sandbox.hubspot.lifecycle import Changes, is_backward, stage_wanted_by_deal
from connector.sandbox.hubspot.records import Records, Row
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.sources import API, AUTOMATION, Source
from connector.sandbox.hubspot.switches import Switches
from connector.sandbox.hubspot.uniques import Uniques, addresses
from connector.sandbox.hubspot.values import (
    RefusedError,
    as_text,
    iso,
    normalized,
    not_an_option,
    parse_moment,
)
from connector.sandbox.hubspot.webhooks import Webhooks

_NEEDS_ONE_OF = {
    "contacts": ("email", "firstname", "lastname"),
    "companies": ("name", "domain"),
    "deals": ("dealname",),
}


class Writer:
    """Applies changes to records as the account's switches want it."""

    def __init__(
        self, schema: Schema, records: Records, edges: Edges, webhooks: Webhooks, switches: Switches
    ) -> None:
        self.schema, self.records, self.edges, self.webhooks = schema, records, edges, webhooks
        self.switches = switches
        self.uniques = Uniques(schema, records)

    def create(self, object_type: str, raw: Any, source: Source, now_ms: int) -> Row:
        """A new record. Raises ApiError: 400 for values, 409 for an email in use."""
        row = Row(object_type, 0, {}, now_ms, now_ms, origin=source.type)
        changes = self.checked(row, raw, source)
        _check_needed(object_type, changes)
        self._obey_rules(row, changes, source, is_new=True)
        if object_type == "deals" and not changes.get("pipeline"):
            changes["pipeline"] = "default"
        self.uniques.check(row, changes)
        row.id = self.records.next_id(object_type)
        self._apply(row, changes, source, now_ms, keep_history=False)
        self.webhooks.tell(object_type, row.id, "creation", source)
        return row

    def update(self, row: Row, raw: Any, source: Source, now_ms: int) -> None:
        """Changes a record. A lifecycle stage further back is left out without a word when the API writes.

        Assumption (worst case): a write of equal values moves the modification date too.
        """
        changes = self.checked(row, raw, source)
        stage = changes.get("lifecyclestage")
        if source.forward_only and is_backward(self.schema, row.type, row.props.get("lifecyclestage"), stage):
            del changes["lifecyclestage"]
        self._obey_rules(row, changes, source, is_new=False)
        self.uniques.check(row, changes)
        self._apply(row, changes, source, now_ms)
        self._follow(row, changes, now_ms)

    def _obey_rules(self, row: Row, changes: Changes, source: Source, is_new: bool) -> None:
        if self.switches.validation is not None and source.obeys_rules:
            self.switches.validation.check(row, changes, is_new)

    def checked(self, row: Row, raw: Any, source: Source = API) -> Changes:
        """Normalized changes. Raises ApiError with all invalid values at once."""
        if not isinstance(raw, dict):
            raise malformed("properties must be an object")
        changes: Changes = {}
        problems: list[Problem] = []
        for name, value in raw.items():
            if isinstance(value, dict | list):
                raise malformed(f"the value of {name} must be a string")
            text = as_text(value)
            try:
                definition = self._writable(row.type, name, source)
                if text is not None:
                    changes[name] = self._normalized(definition, text, row)
            except RefusedError as refusal:
                problems.append(refusal.problem)
        problems += self._deal_problems(row, changes)
        if problems:
            raise invalid_values(problems)
        return changes

    def _writable(self, object_type: str, name: str, source: Source) -> Property:
        find = self.schema.shown if source.type == API.type else self.schema.find
        definition = find(object_type, name)
        if definition is None:
            raise RefusedError(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if not (definition.writable or source.sets_read_only):
            kind = "calculated" if definition.calculated else "read only"
            raise RefusedError(
                name, "READ_ONLY_VALUE", f'"{name}" is a {kind} property; its value cannot be set'
            )
        return definition

    def _normalized(self, definition: Property, text: str, row: Row) -> str | None:
        value = normalized(definition, text, row.props.get(definition.name))
        if definition.name == "hubspot_owner_id" and value is not None:
            active = tuple(key for key, owner in self.schema.owners.items() if not owner["archived"])
            if value not in active:
                raise RefusedError(definition.name, "INVALID_OPTION", not_an_option(value, active))
        return value

    def _deal_problems(self, row: Row, changes: Changes) -> list[Problem]:
        """The pipeline must exist and the stage must be one of its stages."""
        if row.type != "deals" or not ({"pipeline", "dealstage"} & changes.keys()):
            return []
        pipelines = self.schema.pipelines["deals"]
        pipeline = changes.get("pipeline") or row.props.get("pipeline") or "default"
        if pipeline not in pipelines:
            return [Problem("pipeline", "INVALID_OPTION", not_an_option(pipeline, tuple(pipelines)))]
        stages = tuple(stage["id"] for stage in pipelines[pipeline]["stages"])
        stage = changes.get("dealstage")
        if stage and stage not in stages:
            return [Problem("dealstage", "INVALID_OPTION", not_an_option(stage, stages))]
        return []

    def _apply(
        self, row: Row, changes: Changes, source: Source, now_ms: int, keep_history: bool = True
    ) -> None:
        everything = changes | consequences(self.schema, row, changes, now_ms)
        everything |= opt_outs.follow(self.records, row, changes, now_ms)
        if keep_history:
            self._remember(row, everything, source, now_ms)
        if self.webhooks.target is not None:
            self._tell(row, everything, source)
        before = self.uniques.of(row) if self.uniques.concerned(row.type, everything) else None
        moved = everything.pop("createdate", None)
        for name, value in everything.items():
            if value is None:
                row.props.pop(name, None)
            else:
                row.props[name] = value
        if before is not None:
            self.uniques.move(row, before)
        row.created = parse_moment(moved) or row.created if moved else row.created
        row.modified = now_ms
        self.records.put(row, values_only=not moved)

    def _tell(self, row: Row, changes: Changes, source: Source) -> None:
        for name, value in changes.items():
            if row.props.get(name) != value:
                told = {"propertyValue": value or ""}
                self.webhooks.tell(row.type, row.id, "propertyChange", source, name, **told)

    def _remember(self, row: Row, changes: Changes, source: Source, now_ms: int) -> None:
        """Adds a version for each value that really changed. Assumption: an equal value adds none."""
        for name, value in changes.items():
            if row.props.get(name) != value:
                version = [now_ms, value, source.type, source.id, source.user_id]
                self.records.add_version(row, name, version)

    # What HubSpot does by itself

    def _follow(self, row: Row, changes: Changes, now_ms: int) -> None:
        if row.type == "deals" and "dealstage" in changes:
            self.deal_moved(row, now_ms)
        if (
            row.type == "companies"
            and self.switches.company_stage_to_contacts
            and changes.get("lifecyclestage")
        ):
            people = self.edges.of("companies", row.id, "contacts")
            self._forward("contacts", people, str(changes["lifecyclestage"]), now_ms)

    def deal_moved(self, deal: Row, now_ms: int) -> None:
        """Moves the people and companies of a new, newly associated or won deal forward."""
        won = deal.props.get("hs_is_closed_won") == "true"
        wanted = stage_wanted_by_deal(won, deal.props.get("hs_is_closed_lost") == "true")
        if not self.switches.auto_lifecycle or wanted is None:
            return
        for other in ("contacts", "companies"):
            self._forward(other, self.edges.of("deals", deal.id, other), wanted, now_ms)

    def _forward(self, object_type: str, ids: Any, stage: str, now_ms: int) -> None:
        for row in self.records.get_many(object_type, ids).values():
            now = row.props.get("lifecyclestage")
            if now != stage and not is_backward(self.schema, object_type, now, stage):
                self._apply(row, {"lifecyclestage": stage}, AUTOMATION, now_ms)

    def primary_changed(self, contact_id: int, now_ms: int) -> None:
        """Keeps associatedcompanyid of a contact true; only a real change moves the modification date."""
        row = self.records.get("contacts", contact_id)
        company = self.edges.primary_company("contacts", contact_id)
        wanted = None if company is None else str(company)
        if row is not None and row.archived is None and row.props.get("associatedcompanyid") != wanted:
            self._apply(row, {"associatedcompanyid": wanted}, AUTOMATION, now_ms)

    def activity(self, object_type: str, record_id: int, now_ms: int) -> None:
        """An engagement was associated: the record's last activity and its modification date move.

        Source: reports that modification dates move for activities too. Deals show it in the date alone.
        """
        row = self.records.get(object_type, record_id)
        if row is None or row.archived is not None:
            return
        shown = self.schema.find(object_type, "notes_last_updated") is not None
        self._apply(row, {"notes_last_updated": iso(now_ms)} if shown else {}, AUTOMATION, now_ms)

    # The recycle bin

    def archive(self, row: Row, now_ms: int, source: Source = API) -> None:
        """Puts a record into the recycle bin: unique values are free again, associations are gone."""
        row.archived = row.modified = now_ms
        self.uniques.release_all(row)
        self.edges.shelve(row.type, row.id)
        self.records.put(row)
        self.webhooks.tell(row.type, row.id, "deletion", source)

    def restore(self, row: Row, now_ms: int, source: Source) -> None:
        """Takes a record out of the recycle bin, with its associations to records that still live."""
        self.uniques.hold_all(row)
        row.archived, row.modified = None, now_ms
        self.records.put(row)
        self.webhooks.tell(row.type, row.id, "restore", source)
        for edge in self.edges.unshelve(row.type, row.id):
            other = self.records.get(edge.to_type, edge.to_id)
            if other is not None and other.archived is None:
                self.edges.link((edge.from_type, edge.to_type), edge.from_id, edge.to_id, [edge.type_id])

    def erase(self, row: Row, now_ms: int, source: Source) -> None:
        """Privacy deletion: the record goes for good and its addresses are blocked."""
        self.archive(row, now_ms, source)
        self.edges.unshelve(row.type, row.id)
        for address in addresses(row):
            self.records.hold("contacts", "blocked email", address, row.id)
        self.webhooks.tell(row.type, row.id, "privacyDeletion", source)
        self.records.erase(row)


def _check_needed(object_type: str, changes: Changes) -> None:
    if object_type in ENGAGEMENTS:
        if not changes.get("hs_timestamp"):
            raise required(SINGULAR[object_type], ["hs_timestamp"])
        return
    needed = _NEEDS_ONE_OF[object_type]
    if not any(changes.get(name) for name in needed):
        raise invalid(f"At least one of these properties must be set: {', '.join(needed)}")
