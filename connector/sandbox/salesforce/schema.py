"""What an object type and a field are in the simulated Salesforce, and short words to declare them.

In: nothing. Out: frozen descriptions that everything else (tables, checks, describe, SOQL) is driven by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

Value = str | int | float | bool | None
Row = dict[str, Value]

TEXT_TYPES = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox"}
)
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})
ID_TYPES = frozenset({"id", "reference"})
COMPOUND_PARTS = (
    "Street",
    "City",
    "State",
    "PostalCode",
    "Country",
    "Latitude",
    "Longitude",
    "GeocodeAccuracy",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picklist."""

    value: str
    label: str
    default: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One field, with the properties that describe shows and writes obey."""

    name: str
    type: str
    label: str
    length: int = 0
    required: bool = False
    create: bool = True
    update: bool = True
    calculated: bool = False
    unique: bool = False
    external_id: bool = False
    id_lookup: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    filterable: bool = True
    choices: tuple[Choice, ...] = ()
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    default: Value = None
    precision: int = 0
    scale: int = 0
    custom: bool = False
    prefix: str | None = None  # of the parts of a compound address
    feature: str | None = None  # the field exists only in orgs with this feature
    help_text: str | None = None

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        return self.type in NUMBER_TYPES

    @property
    def is_id(self) -> bool:
        return self.type in ID_TYPES

    @property
    def groupable(self) -> bool:
        return self.filterable and self.type not in (
            "double",
            "currency",
            "percent",
            "multipicklist",
            "datetime",
        )

    @property
    def is_compound(self) -> bool:
        return self.type == "address"

    @property
    def parts(self) -> tuple[str, ...]:
        """The fields that a compound address is made of."""
        return tuple(f"{self.prefix}{part}" for part in COMPOUND_PARTS)


@dataclass(frozen=True)
class ObjectType:
    """One object type. Field names are looked up without regard to case, as everywhere in Salesforce."""

    name: str
    label: str
    plural: str
    prefix: str
    fields: tuple[Field, ...]
    create: bool = True
    update: bool = True
    delete: bool = True
    soft_delete: bool = True
    tooling: bool = False
    unlisted: frozenset[str] = field(default=frozenset())

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by lower-case name."""
        return {f.name.lower(): f for f in self.fields}

    @cached_property
    def _by_exact_name(self) -> Mapping[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def by_relationship(self) -> Mapping[str, Field]:
        """Reference fields by lower-case relationship name."""
        return {f.relationship.lower(): f for f in self.fields if f.relationship}

    @property
    def replicated(self) -> bool:
        """Whether the org keeps a log of its changes. Assumption: of setup objects only for users."""
        return self.soft_delete or self.name == "User"

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """Fields that have a column of their own."""
        return tuple(f for f in self.fields if not f.is_compound)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.stored)

    @cached_property
    def column_list(self) -> str:
        """The columns as SQL names them."""
        return ", ".join(f'"{name}"' for name in self.columns)

    @cached_property
    def defaults(self) -> Row:
        """What a new record has in each column unless somebody says otherwise."""
        return {field.name: _default(field) for field in self.stored}

    @cached_property
    def booleans(self) -> frozenset[str]:
        return frozenset(f.name for f in self.fields if f.type == "boolean")

    @cached_property
    def emails(self) -> frozenset[str]:
        return frozenset(f.name for f in self.fields if f.type == "email")

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the fields that must not be blank."""
        return tuple(f.name for f in self.fields if f.required)

    @cached_property
    def unique(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.unique)

    def find(self, name: str) -> Field | None:
        """The field with this API name in any case, or None."""
        return self._by_exact_name.get(name) or self.by_name.get(name.lower())

    def with_fields(self, fields: Iterable[Field]) -> ObjectType:
        """The same type with another set of fields."""
        return replace(self, fields=tuple(fields))


def _default(field: Field) -> Value:
    if field.type == "boolean" or field.default is not None:
        return field.default if field.default is not None else False
    return next((choice.value for choice in field.choices if choice.default), None)


def text(name: str, label: str, length: int, **more: object) -> Field:
    return _field(name, "string", label, length=length, **more)


def area(name: str, label: str, length: int, **more: object) -> Field:
    """A text area; long ones (above 255 characters) cannot be filtered."""
    return _field(name, "textarea", label, length=length, filterable=length <= 255, **more)


def email(name: str, label: str = "Email", **more: object) -> Field:
    return _field(name, "email", label, length=80, **more)


def phone(name: str, label: str) -> Field:
    return _field(name, "phone", label, length=40)


def url(name: str, label: str) -> Field:
    return _field(name, "url", label, length=255)


def flag(name: str, label: str, **more: object) -> Field:
    return _field(name, "boolean", label, **{"default": False, **more})


def picklist(name: str, label: str, choices: tuple[Choice, ...], **more: object) -> Field:
    return _field(name, "picklist", label, length=255, choices=choices, **more)


def number(
    name: str, label: str, type: str = "double", precision: int = 18, scale: int = 0, **more: object
) -> Field:
    return _field(name, type, label, precision=precision, scale=scale, **more)


def moment(name: str, label: str, **more: object) -> Field:
    return _field(name, "datetime", label, **more)


def day(name: str, label: str, **more: object) -> Field:
    return _field(name, "date", label, **more)


def lookup(name: str, label: str, *refers_to: str, relationship: str | None = None, **more: object) -> Field:
    relationship = relationship or name.removesuffix("Id")
    return _field(name, "reference", label, length=18, refers_to=refers_to, relationship=relationship, **more)


def address(prefix: str, label: str) -> tuple[Field, ...]:
    """The parts of an address and its read-only compound. `prefix` is empty for Lead."""
    named = f"{prefix} " if prefix else ""
    return (
        area(f"{prefix}Street", f"{named}Street", 255),
        text(f"{prefix}City", f"{named}City", 40),
        text(f"{prefix}State", f"{named}State/Province", 80),
        text(f"{prefix}PostalCode", f"{named}Zip/Postal Code", 20),
        text(f"{prefix}Country", f"{named}Country", 80),
        number(f"{prefix}Latitude", f"{named}Latitude", scale=15),
        number(f"{prefix}Longitude", f"{named}Longitude", scale=15),
        picklist(
            f"{prefix}GeocodeAccuracy",
            f"{named}Geocode Accuracy",
            choices("Address", "Street", "Zip", "City"),
        ),
        picklist(
            f"{prefix}CountryCode", f"{named}Country Code", (), restricted=True, feature="address_codes"
        ),
        picklist(
            f"{prefix}StateCode", f"{named}State/Province Code", (), restricted=True, feature="address_codes"
        ),
        _field(
            f"{prefix}Address", "address", label, create=False, update=False, filterable=False, prefix=prefix
        ),
    )


def choices(*values: str, default: str | None = None) -> tuple[Choice, ...]:
    return tuple(Choice(value, value, value == default) for value in values)


def read_only(declared: Field) -> Field:
    """The same field, written by Salesforce alone."""
    return replace(declared, create=False, update=False)


def system_fields(soft_delete: bool = True) -> tuple[Field, ...]:
    """The fields that every object type ends with."""
    deleted = (read_only(flag("IsDeleted", "Deleted")),) if soft_delete else ()
    return (
        *deleted,
        read_only(moment("CreatedDate", "Created Date")),
        read_only(lookup("CreatedById", "Created By ID", "User")),
        read_only(moment("LastModifiedDate", "Last Modified Date")),
        read_only(lookup("LastModifiedById", "Last Modified By ID", "User")),
        read_only(moment("SystemModstamp", "System Modstamp")),
    )


def record_id(label: str) -> Field:
    return _field("Id", "id", label, length=18, create=False, update=False, id_lookup=True)


def _field(name: str, type: str, label: str, **more: object) -> Field:
    return Field(name=name, type=type, label=label, **more)  # type: ignore[arg-type]
