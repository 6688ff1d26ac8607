"""Switches for what admins set up: automations, rules, record types, picklists, hidden fields.

In: JSON of the control interface. Out: the rules that `automation` describes, and their JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from connector.sandbox.salesforce import record_types
from connector.sandbox.salesforce.automation import CHANGES, Automation, DuplicateRule, Validation
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.switches import Switch, record_id
from connector.sandbox.switch_checks import by_key, each, fields_of, flag, one_of, or_null, text

Rule = Validation | Automation | DuplicateRule


def _when(value: Any, name: str) -> dict[str, tuple[Any, ...]]:
    """{field: value or list of values}; null is blank."""
    given = by_key(text, lambda member, _name: member)(value, name)
    return {key: tuple(member) if isinstance(member, list) else (member,) for key, member in given.items()}


def _validation(value: Any, name: str) -> Validation:
    given = fields_of(value, name, {"type": True, "message": True, "when": False, "field": False})
    return Validation(
        text(given["type"], f"{name}.type"),
        text(given["message"], f"{name}.message"),
        _when(given.get("when", {}), f"{name}.when"),
        or_null(text)(given.get("field"), f"{name}.field"),
    )


def _automation(value: Any, name: str) -> Automation:
    keys = ("on", "when", "set", "change", "error")
    given = fields_of(value, name, {"type": True, **dict.fromkeys(keys, False)})
    plain = by_key(text, lambda member, _name: member)
    return Automation(
        text(given["type"], f"{name}.type"),
        one_of("create", "update", "both")(given.get("on", "both"), f"{name}.on"),
        _when(given.get("when", {}), f"{name}.when"),
        plain(given.get("set", {}), f"{name}.set"),
        by_key(text, one_of(*CHANGES))(given.get("change", {}), f"{name}.change"),
        or_null(text)(given.get("error"), f"{name}.error"),
    )


def _duplicate_rule(value: Any, name: str) -> DuplicateRule:
    keys = ("action", "fields", "against", "message", "show_matches")
    given = fields_of(value, name, {"type": True, **dict.fromkeys(keys, False)})
    usual = DuplicateRule(text(given["type"], f"{name}.type"))
    return DuplicateRule(
        usual.type,
        one_of("alert", "block")(given.get("action", usual.action), f"{name}.action"),
        tuple(each(text)(given.get("fields", list(usual.fields)), f"{name}.fields")),
        tuple(each(text)(given.get("against", []), f"{name}.against")),
        text(given.get("message", usual.message), f"{name}.message"),
        flag(given.get("show_matches", False), f"{name}.show_matches"),
    )


def _record_type(value: Any, name: str) -> dict[str, Any]:
    given = fields_of(value, name, {"name": True, "picklists": False})
    picklists = by_key(text, each(text))(given.get("picklists", {}), f"{name}.picklists")
    return {"name": text(given["name"], f"{name}.name"), "picklists": picklists}


# do the names mean anything in this org?


def _known(store: SalesforceStore, type_name: str, fields: Iterable[str]) -> None:
    """Raises ValueError for a type or field that the org does not have."""
    try:
        kind = store.kind(type_name)
    except LookupError as error:
        raise ValueError(str(error)) from None
    for name in fields:
        if name not in kind.columns:
            raise ValueError(f"{kind.name} has no field {name!r}")


def _suits(store: SalesforceStore, rules: list[Rule]) -> None:
    for rule in rules:
        if isinstance(rule, Validation):
            _known(store, rule.type, [*rule.when, *([rule.field] if rule.field else [])])
        elif isinstance(rule, Automation):
            _known(store, rule.type, [*rule.when, *rule.set, *rule.change])
        else:
            for type_name in (rule.type, *rule.against):
                _known(store, type_name, rule.fields)


def _rules(name: str, check: Any) -> Switch:
    """A list of rules of the org, set as a whole."""

    def put(store: SalesforceStore, value: list[Rule]) -> None:
        getattr(store, name)[:] = value

    return Switch(
        lambda store: [asdict(rule) for rule in getattr(store, name)], each(check), put, suits=_suits
    )


# fields, by "Type.Field"


def _split(path: str) -> tuple[str, str]:
    type_name, _, field = path.partition(".")
    return type_name, field


def _suits_paths(store: SalesforceStore, paths: Iterable[str]) -> None:
    for path in paths:
        type_name, field = _split(path)
        _known(store, type_name, [field])


def _hide(store: SalesforceStore, paths: list[str]) -> None:
    for path in store.catalog.hidden_fields:
        store.hide_field(*_split(path), hidden=path in paths)
    for path in paths:
        store.hide_field(*_split(path))


def _restrict(store: SalesforceStore, wanted: dict[str, list[str] | None]) -> None:
    for path, values in wanted.items():
        store.restrict_picklist(*_split(path), values)


def _restricted(store: SalesforceStore) -> dict[str, list[str]]:
    """The picklists that are restricted, and not so in every org."""
    return {
        f"{kind.name}.{field.name}": [choice.value for choice in field.choices]
        for kind in store.catalog.everything.types.values()
        for field in kind.fields
        if field.restricted and store.catalog.overridden(kind.name, field.name)
    }


# record types


def _suits_record_types(store: SalesforceStore, wanted: dict[str, list[dict[str, Any]]]) -> None:
    for type_name, listed in wanted.items():
        if type_name not in record_types.TYPES:
            raise ValueError(
                f"{type_name!r} has no record types; {', '.join(sorted(record_types.TYPES))} have"
            )
        for one in listed:
            _known(store, type_name, one["picklists"])


def _add_record_types(store: SalesforceStore, wanted: dict[str, list[dict[str, Any]]]) -> None:
    """Those that are there already only get their picklists."""
    there = {(row["SobjectType"], row["Name"]): str(row["Id"]) for row in store.all("RecordType")}
    for type_name, listed in wanted.items():
        for one in listed:
            found = there.get((type_name, one["name"]))
            if found is None:
                store.add_record_type(type_name, one["name"], one["picklists"])
            else:
                record_types.narrow(store, found, one["picklists"])


def _read_record_types(store: SalesforceStore) -> dict[str, list[dict[str, Any]]]:
    listed: dict[str, list[dict[str, Any]]] = {}
    narrowed = record_types.narrowed(store)
    for row in store.all("RecordType"):
        one = {"name": row["Name"], "id": row["Id"], "picklists": narrowed.get(str(row["Id"]), {})}
        listed.setdefault(str(row["SobjectType"]), []).append(one)
    return listed


RULE_SWITCHES: dict[str, Switch] = {
    "automations": _rules("automations", _automation),
    "validation_rules": _rules("validations", _validation),
    "duplicate_rules": _rules("duplicate_rules", _duplicate_rule),
    "assignment_owner": Switch(
        lambda store: store.assignment_owner,
        or_null(record_id),
        lambda store, value: setattr(store, "assignment_owner", value),
    ),
    "record_types": Switch(
        _read_record_types,
        by_key(text, each(_record_type)),
        _add_record_types,
        suits=_suits_record_types,
    ),
    "restricted_picklists": Switch(
        _restricted, by_key(text, or_null(each(text))), _restrict, suits=_suits_paths
    ),
    "hidden_fields": Switch(lambda store: store.catalog.hidden_fields, each(text), _hide, suits=_suits_paths),
}
