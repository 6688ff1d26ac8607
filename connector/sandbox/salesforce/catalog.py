"""Which object types and fields there are, and which of them the API's user may see and edit.

In: the standard types, custom fields made through the Tooling API, permission sets, hidden fields, org
features. Out: two views, one of everything (for people at work in the org) and one of what the running user
sees. Source: Salesforce Help, "Field-Level Security"; a field made through the API is visible to nobody,
not even to admins, until a permission set or profile grants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import orjson

from connector.sandbox.salesforce.db import Database
from connector.sandbox.salesforce.schema import Choice, Field, ObjectType
from connector.sandbox.salesforce.standard import STANDARD_TYPES

_GRANTS = """
SELECT p."SobjectType", p."Field", max(p."PermissionsEdit") FROM "FieldPermissions" p
JOIN "PermissionSetAssignment" a ON a."PermissionSetId" = p."ParentId"
WHERE a."AssigneeId" = ? AND p."PermissionsRead" = 1 GROUP BY 1, 2
"""


HIDDEN_ROWS, READ_ONLY_ROWS = "hidden rows", "read-only rows"


@dataclass(frozen=True)
class View:
    """Object types by lower-case name; the (type, field) pairs that can be read but not written; the ids of
    rows that cannot be seen, or not be written."""

    types: Mapping[str, ObjectType]
    frozen: frozenset[tuple[str, str]]
    hidden_rows: frozenset[str] = frozenset()
    read_only_rows: frozenset[str] = frozenset()

    def find(self, name: str, tooling: bool = False) -> ObjectType | None:
        """The type with this API name in any case, in the normal or the Tooling API; else None."""
        kind = self.types.get(name.lower())
        return kind if kind is not None and kind.tooling == tooling else None

    def by_prefix(self, record_id: str) -> ObjectType | None:
        """The type whose records have ids like this one."""
        return next((t for t in self.types.values() if t.prefix == record_id[:3]), None)


class Catalog:
    """Keeps custom fields and visibility in the database, and the views in memory until something changes."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._custom: dict[str, list[Field]] = {}
        self._overrides: dict[str, dict[str, object]] = {}
        self._hidden: set[str] = set()
        self._withheld: frozenset[tuple[str, str]] = frozenset()
        self._features: set[str] = set()
        self._tracked: dict[str, frozenset[str]] = {}
        self._views: dict[str, View] = {}
        self._made: dict[tuple[str, str], tuple[ObjectType | None, ObjectType | None]] = {}
        self._changed_in = -1
        if db.is_new:
            db.become(_blank())
        else:  # perhaps made when there were fewer types
            _create_tables(db)
        self.reload()
        db.rolled_back = self._undo

    def _undo(self) -> None:
        """After a failed transaction, or a part of one, memory may hold what the database does not."""
        if self._changed_in == self.db.changes.now.transaction:
            self.reload()

    def reload(self) -> None:
        """Reads what is stored, makes missing tables, and forgets the views."""
        self._hidden = set(self._noted("hidden"))
        self._features = set(self._noted("features"))
        raw = self.db.noted("custom fields")
        stored: dict[str, list[dict[str, object]]] = orjson.loads(raw) if raw else {}
        self._custom = {name: [_field(each) for each in fields] for name, fields in stored.items()}
        overrides = self.db.noted("overrides")
        self._overrides = orjson.loads(overrides) if overrides else {}
        tracked = self.db.noted("tracked fields")
        stored_tracks = orjson.loads(tracked) if tracked else {}
        self._tracked = {name: frozenset(fields) for name, fields in stored_tracks.items()}
        self.changed()

    def start_afresh(self) -> None:
        """No records, no custom fields, no visibility but that of a new org."""
        self.db.become(_blank())
        self.reload()

    def changed(self) -> None:
        """To be called after any write to permission sets, assignments or field permissions."""
        self._views.clear()
        self._changed_in = self.db.changes.now.transaction

    # views

    @property
    def everything(self) -> View:
        """All types and fields, for people who work in the org's own screens."""
        if "" not in self._views:
            self._views[""] = View({n.lower(): t for n, t in self._all_types().items()}, frozenset())
        return self._views[""]

    def seen_by(self, user: str) -> View:
        """What this user sees through the API."""
        if user not in self._views:
            grants = {
                (str(t).lower(), str(f).split(".")[-1].lower()): e
                for t, f, e in self.db.run(_GRANTS, (user,))
            }
            types = {
                name: self._same(
                    (user, name), kind, tuple(f for f in kind.fields if self._is_visible(kind, f, grants))
                )
                for name, kind in self.everything.types.items()
            }
            frozen = frozenset(pair for pair, edit in grants.items() if not edit)
            rows = (frozenset(self._noted(key)) for key in (HIDDEN_ROWS, READ_ONLY_ROWS))
            self._views[user] = View(types, frozen, *rows)
        return self._views[user]

    def _is_visible(self, kind: ObjectType, field: Field, grants: Mapping[tuple[str, str], object]) -> bool:
        if f"{kind.name}.{field.name}" in self._hidden or _pair(kind.name, field.name) in self._withheld:
            return False
        if field.feature is not None:
            return field.feature in self._features or f"{field.feature} {kind.name}" in self._features
        return not field.custom or field.required or (kind.name.lower(), field.name.lower()) in grants

    def _all_types(self) -> Mapping[str, ObjectType]:
        return {name: self._full(kind) for name, kind in STANDARD_TYPES.items()}

    def _full(self, kind: ObjectType) -> ObjectType:
        """With custom fields and overrides. The same object as before where they are the same: what is
        derived from a type's fields is kept in it."""
        changed = kind.name in self._custom or kind.name == "Lead" or kind.name in self._overridden_types
        if not changed:
            return kind
        fields = tuple(
            self._overridden(kind, field) for field in (*kind.fields, *self._custom.get(kind.name, ()))
        )
        return self._same(("", kind.name), kind, fields)

    @property
    def _overridden_types(self) -> set[str]:
        return {name.partition(".")[0] for name in self._overrides}

    def _same(self, key: tuple[str, str], kind: ObjectType, fields: tuple[Field, ...]) -> ObjectType:
        base, made = self._made.get(key, (None, None))
        if made is None or base is not kind or made.fields != fields:
            made = kind if fields == kind.fields else kind.with_fields(fields)
            self._made[key] = (kind, made)
        return made

    def _overridden(self, kind: ObjectType, field: Field) -> Field:
        if (kind.name, field.name) == ("Lead", "Company") and "person_accounts" in self._features:
            field = replace(field, required=False)
        override = self._overrides.get(f"{kind.name}.{field.name}")
        if override is None:
            return field
        choices = override.get("choices")
        restricted = bool(override.get("restricted", field.restricted))
        known = field.choices if choices is None else tuple(Choice(**each) for each in choices)  # type: ignore[attr-defined]
        return replace(field, choices=known, restricted=restricted)

    # changes

    def add_field(self, type_name: str, field: Field) -> None:
        """A custom field on a standard type, with a column of its own. Visible to nobody yet."""
        self.db.add_column(type_name, field)
        self._custom.setdefault(type_name, []).append(field)
        self._store_custom()

    def drop_field(self, type_name: str, name: str) -> None:
        """Takes a custom field away, with its values."""
        self.db.drop_column(type_name, name)
        self._custom[type_name] = [f for f in self._custom[type_name] if f.name != name]
        self._store_custom()

    def rename_field(self, type_name: str, name: str, new_name: str) -> None:
        """Another name for a custom field, which keeps its values."""
        field = next(f for f in self._custom[type_name] if f.name == name)
        renamed = replace(field, name=new_name)
        self.db.rename_column(type_name, field, renamed)
        self._custom[type_name] = [renamed if f is field else f for f in self._custom[type_name]]
        self._store_custom()

    def replace_field(self, type_name: str, field: Field) -> None:
        """Another description of an existing custom field of the same type."""
        self._custom[type_name] = [field if f.name == field.name else f for f in self._custom[type_name]]
        self._store_custom()

    def custom_fields(self, type_name: str) -> tuple[Field, ...]:
        return tuple(self._custom.get(type_name, ()))

    def hide(self, type_name: str, name: str, hidden: bool = True) -> None:
        """Takes a field from the running user's sight (or gives it back)."""
        (self._hidden.add if hidden else self._hidden.discard)(f"{type_name}.{name}")
        self._note("hidden", sorted(self._hidden))

    @property
    def hidden_fields(self) -> list[str]:
        """`Type.Field` of what the running user does not see."""
        return sorted(self._hidden)

    def overridden(self, type_name: str, name: str) -> bool:
        """Whether an admin changed this picklist."""
        return f"{type_name}.{name}" in self._overrides

    def share(self, hidden: Iterable[str], read_only: Iterable[str]) -> None:
        """Which rows nobody sees through the API, and which are seen but not written."""
        self._note(HIDDEN_ROWS, sorted(hidden))
        self._note(READ_ONLY_ROWS, sorted(read_only))

    def withhold(self, fields: Iterable[tuple[str, str]]) -> None:
        """Takes these (type, field) from the running user's sight for a while, and gives back all others that
        were withheld. What `hide` says is another matter, and is kept in the database."""
        wanted = frozenset(_pair(*each) for each in fields)
        if wanted != self._withheld:
            self._withheld = wanted
            self.changed()

    def turn_on(self, feature: str) -> None:
        """Switches an org feature on: `currencies`, or `record_types TYPE`."""
        self._features.add(feature)
        self._note("features", sorted(self._features))

    def has(self, feature: str) -> bool:
        return feature in self._features

    def track(self, type_name: str, names: Iterable[str]) -> None:
        """Keeps the history of these fields of a type, and of no others."""
        self._tracked[type_name] = frozenset(names)
        self._note("tracked fields", {name: sorted(fields) for name, fields in self._tracked.items()})

    def tracked(self, type_name: str) -> frozenset[str]:
        """Names of the fields whose history is kept."""
        return self._tracked.get(type_name, frozenset())

    def override(self, type_name: str, name: str, **changes: object) -> None:
        """Changes a picklist: `restricted`, or `choices` as a list of Choice."""
        given = changes.get("choices")
        if isinstance(given, list | tuple):
            changes["choices"] = [_plain(choice) for choice in given]
        self._overrides.setdefault(f"{type_name}.{name}", {}).update(changes)
        self._note("overrides", self._overrides)

    def _store_custom(self) -> None:
        stored = {name: [_plain(f) for f in fields] for name, fields in self._custom.items()}
        self._note("custom fields", stored)

    def _note(self, key: str, value: object) -> None:
        self.db.note(key, orjson.dumps(value).decode())
        self.changed()

    def _noted(self, key: str) -> list[str]:
        raw = self.db.noted(key)
        return orjson.loads(raw) if raw else []


@cache
def _blank() -> Database:
    """The tables of the standard types, made once: six hundred statements."""
    db = Database(":memory:")
    _create_tables(db)
    return db


def _create_tables(db: Database) -> None:
    for kind in STANDARD_TYPES.values():
        db.create_table(kind)


def _pair(type_name: str, name: str) -> tuple[str, str]:
    return type_name.lower(), name.lower()


def _plain(described: object) -> dict[str, object]:
    plain: dict[str, object] = orjson.loads(orjson.dumps(described))
    return plain


def _field(stored: dict[str, object]) -> Field:
    choices = tuple(Choice(**each) for each in stored.pop("choices", ()))  # type: ignore[attr-defined]
    stored.pop("refers_to", None)  # there are no custom lookups
    return Field(**stored, choices=choices)  # type: ignore[arg-type]
