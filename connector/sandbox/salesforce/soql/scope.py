"""Names in one SELECT: which column a path means, and which joins that takes.

In: paths as written, the view of the running user. Out: SQL expressions with their fields. Raises
INVALID_FIELD and INVALID_TYPE as Salesforce words them. Through a relationship that may lead to several
types (a lead's owner, a task's person) only the few fields of the common `Name` object exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.schema import Field, ObjectType
from connector.sandbox.salesforce.sharing import seen_sql
from connector.sandbox.salesforce.soql.parse import located
from connector.sandbox.salesforce.soql.tree import Path

DEEPEST = 5
NAME_FIELDS = frozenset(
    {
        "id",
        "name",
        "email",
        "firstname",
        "lastname",
        "isactive",
        "username",
        "title",
        "phone",
        "alias",
        "profileid",
    }
)


TYPE = Field("Type", "picklist", "Type", length=40)


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of a relationship path: the joined tables it may mean."""

    tables: tuple[tuple[str, ObjectType], ...]
    common: bool = False  # only the fields of `Name`

    @property
    def type_name(self) -> str:
        return "Name" if self.common else self.tables[0][1].name

    @property
    def type_sql(self) -> str:
        """The type of whichever it is; groups that own records are queues."""
        cases = (
            f"WHEN {alias}.\"Id\" IS NOT NULL THEN '{'Queue' if kind.name == 'Group' else kind.name}'"
            for alias, kind in self.tables
        )
        return f"(CASE {' '.join(cases)} END COLLATE NOCASE)"

    def narrowed(self, type_name: str) -> Stop | None:
        """Only one of the types."""
        found = [table for table in self.tables if table[1].name.lower() == type_name.lower()]
        return Stop((found[0],)) if found else None

    @property
    def id_sql(self) -> str:
        return _either([f'{alias}."Id"' for alias, _ in self.tables])


@dataclass(frozen=True, slots=True)
class Column:
    """What a path means: an SQL expression, the field, the stops on the way to it."""

    sql: str
    field: Field
    stops: tuple[tuple[str, Stop], ...]
    path: Path


class Scope:
    """The tables of one SELECT; joins are added as paths need them."""

    def __init__(
        self, text: str, view: View, source: Path, alias: str | None, tooling: bool, aliases: Iterator[str]
    ) -> None:
        self.text, self.view, self._aliases, self._tooling = text, view, aliases, tooling
        kind = view.find(source.text, tooling)
        if kind is None:
            raise unknown_type(text, source)
        self.kind = kind
        self.own_names = {kind.name.lower(), *([alias.lower()] if alias else [])}
        self.root = Stop(((next(aliases), kind),))
        self._stops: dict[tuple[str, ...], Stop] = {}
        self.joins: list[str] = []

    @property
    def alias(self) -> str:
        """The SQL alias of the table after FROM."""
        return self.root.tables[0][0]

    @property
    def from_sql(self) -> str:
        return " ".join([f'FROM "{self.kind.name}" AS {self.alias}', *self.joins])

    def column(self, path: Path) -> Column:
        """The column that a path means."""
        *relationships, name = path.text.split(".")
        if relationships and relationships[0].lower() in self.own_names:
            relationships = relationships[1:]
        if len(relationships) > DEEPEST:
            raise self.error(path, "MALFORMED_QUERY", "SOQL relationship queries are limited to 5 levels")
        stops: list[tuple[str, Stop]] = []
        here = self.root
        for step, relationship in enumerate(relationships):
            here, spelled = self._follow(
                here, relationship, tuple(r.lower() for r in relationships[: step + 1]), path
            )
            stops.append((spelled, here))
        return self._field(here, name, tuple(stops), path)

    def follow(self, path: Path) -> tuple[str, Stop]:
        """The parents that a single relationship of the table after FROM leads to, and its proper name."""
        stop, spelled = self._follow(self.root, path.text, (path.text.lower(),), path)
        return spelled, stop

    def field_of(self, stop: Stop, path: Path) -> Column:
        """A field of these parents by its plain name."""
        return self._field(stop, path.text, (), path)

    def _field(self, stop: Stop, name: str, stops: tuple[tuple[str, Stop], ...], path: Path) -> Column:
        if stop.common and name.lower() == "type":
            return Column(stop.type_sql, TYPE, stops, path)
        found = [(alias, kind.find(name)) for alias, kind in stop.tables]
        known = [(alias, field) for alias, field in found if field is not None]
        if not known or (stop.common and name.lower() not in NAME_FIELDS):
            raise self.error(path, "INVALID_FIELD", no_such_column(name, stop.type_name))
        field = known[0][1]
        sql = _either([f'{alias}."{field.name}"' for alias, field in known])
        if len(known) > 1 and field.is_text:
            sql = f"({sql} COLLATE NOCASE)"
        return Column(sql, field, stops, path)

    def _follow(self, here: Stop, relationship: str, key: tuple[str, ...], path: Path) -> tuple[Stop, str]:
        link = next(
            (f for _, kind in here.tables if (f := kind.by_relationship.get(relationship.lower()))), None
        )
        if link is None or link.relationship is None:
            text = (
                f"Didn't understand relationship '{relationship}' in field path. If you are attempting to "
                "use a custom relationship, be sure to append the '__r' after the custom relationship name. "
                "Please reference your WSDL or the describe call for the appropriate names."
            )
            raise self.error(path, "INVALID_FIELD", text)
        if key not in self._stops:
            self._stops[key] = self._join(here, link)
        return self._stops[key], link.relationship

    def _join(self, here: Stop, link: Field) -> Stop:
        tables: list[tuple[str, ObjectType]] = []
        origin = _either([f'{alias}."{link.name}"' for alias, kind in here.tables if kind.find(link.name)])
        for name in link.refers_to:
            kind = self.view.find(name) or (self.view.find(name, tooling=True) if self._tooling else None)
            if kind is not None:
                alias = next(self._aliases)
                seen = seen_sql(self.view, f"{alias}.")
                also = f" AND {seen}" if seen else ""
                self.joins.append(f'LEFT JOIN "{kind.name}" AS {alias} ON {alias}."Id" = {origin}{also}')
                tables.append((alias, kind))
        if not tables:
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{link.refers_to[0]}' is not supported.")
        return Stop(tuple(tables), common=len(link.refers_to) > 1)

    def error(self, path: Path, code: str, message: str) -> ApiError:
        """An error that points to where `path` stands."""
        return located(self.text, path.at, code, message)


def new_aliases() -> Iterator[str]:
    """Table aliases for one statement: t0, t1, …"""
    return (f"t{number}" for number in count())


def no_such_column(name: str, type_name: str) -> str:
    return (
        f"No such column '{name}' on entity '{type_name}'. If you are attempting to use a custom field, be "
        "sure to append the '__c' after the custom field name. Please reference your WSDL or the describe "
        "call for the appropriate names."
    )


def unknown_type(text: str, source: Path) -> ApiError:
    message = (
        f"sObject type '{source.text}' is not supported. If you are attempting to use a custom object, be "
        "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for "
        "the appropriate names."
    )
    return located(text, source.at, "INVALID_TYPE", message)


def _either(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"
