"""Associations between records: types, labels, the primary company.

What enters: pairs of record ids and type ids. What leaves: pairs with their types. Both directions are always
stored together. It never checks that records exist.
Source: HubSpot developers, "Associations v4" guide (type ids, primary and unlabeled).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from connector.sandbox.hubspot.catalog import SINGULAR
from connector.sandbox.hubspot.database import Database

Pair = tuple[str, str]
_ENGAGEMENT_TYPES = {  # to the engagement: from contacts, companies, deals; the way back is one more
    "notes": (201, 189, 213),
    "tasks": (203, 191, 215),
    "calls": (193, 181, 205),
    "meetings": (199, 187, 211),
    "emails": (197, 185, 209),
}
_TO_ENGAGEMENT: dict[Pair, int] = {
    (other, name): type_id
    for name, type_ids in _ENGAGEMENT_TYPES.items()
    for other, type_id in zip(("contacts", "companies", "deals"), type_ids, strict=True)
}
DEFAULT_TYPE: dict[Pair, int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("contacts", "deals"): 4,
    ("deals", "contacts"): 3,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    **_TO_ENGAGEMENT,
    **{(name, other): type_id + 1 for (other, name), type_id in _TO_ENGAGEMENT.items()},
}
PRIMARY_TYPE: dict[Pair, int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}
_INVERSE = {type_id: DEFAULT_TYPE[pair[1], pair[0]] for pair, type_id in DEFAULT_TYPE.items()} | {
    type_id: PRIMARY_TYPE[pair[1], pair[0]] for pair, type_id in PRIMARY_TYPE.items()
}


class Edge(NamedTuple):
    """One direction of one association with one type."""

    from_type: str
    from_id: int
    to_type: str
    to_id: int
    type_id: int


def legacy_name(pair: Pair, type_id: int) -> str:
    """The word that v3 answers use for an association type, such as contact_to_company_unlabeled."""
    name = f"{SINGULAR[pair[0]]}_to_{SINGULAR[pair[1]]}"
    return f"{name}_unlabeled" if pair in PRIMARY_TYPE and type_id == DEFAULT_TYPE[pair] else name


class Edges:
    """Storage of associations and of the account's own labels."""

    def __init__(self, db: Database) -> None:
        self.db = db

    # Types

    def labels(self, pair: Pair) -> list[dict[str, Any]]:
        """All types of a pair of objects: {category, typeId, label}."""
        own = [self._spec(pair, type_id) for type_id in sorted(self._own(pair))]
        primary = [self._spec(pair, PRIMARY_TYPE[pair])] if pair in PRIMARY_TYPE else []
        return [*primary, self._spec(pair, DEFAULT_TYPE[pair]), *own]

    def _own(self, pair: Pair) -> dict[int, dict[str, Any]]:
        return {int(key): body for key, body in self.db.documents(f"label:{pair[0]}:{pair[1]}").items()}

    def _spec(self, pair: Pair, type_id: int) -> dict[str, Any]:
        if type_id == PRIMARY_TYPE.get(pair):
            return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": "Primary"}
        if type_id == DEFAULT_TYPE[pair]:
            return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": None}
        label = self._own(pair).get(type_id, {}).get("label")
        return {"category": "USER_DEFINED", "typeId": type_id, "label": label}

    def specs(self, pair: Pair, type_ids: Iterable[int]) -> list[dict[str, Any]]:
        """{category, typeId, label} of type ids in ascending order."""
        return [self._spec(pair, type_id) for type_id in sorted(type_ids)]

    def knows(self, pair: Pair, type_id: int, category: str) -> bool:
        """Whether this type id exists for this direction in this category."""
        if category == "HUBSPOT_DEFINED":
            return type_id in (DEFAULT_TYPE.get(pair), PRIMARY_TYPE.get(pair))
        return category == "USER_DEFINED" and type_id in self._own(pair)

    def add_label(self, pair: Pair, label: str, inverse_label: str, name: str) -> list[dict[str, Any]]:
        """A label of the account's own; returns its specs in this and in the other direction."""
        first = int(self.db.take("sequence", "label") or 1_000) + 1
        self.db.put("sequence", "label", first + 1)
        back = (pair[1], pair[0])
        self.db.put(
            f"label:{pair[0]}:{pair[1]}", str(first), {"label": label, "name": name, "inverse": first + 1}
        )
        other = {"label": inverse_label, "name": name, "inverse": first}
        self.db.put(f"label:{back[0]}:{back[1]}", str(first + 1), other)
        return [self._spec(pair, first), self._spec(back, first + 1)]

    def rename_label(self, pair: Pair, type_id: int, label: str, inverse_label: str | None) -> bool:
        """Other words for a label of the account's own; False if unknown."""
        body = self._own(pair).get(type_id)
        if body is None:
            return False
        self.db.put(f"label:{pair[0]}:{pair[1]}", str(type_id), body | {"label": label})
        if inverse_label is not None:
            back = (pair[1], pair[0])
            other = self._own(back)[body["inverse"]] | {"label": inverse_label}
            self.db.put(f"label:{back[0]}:{back[1]}", str(body["inverse"]), other)
        return True

    def drop_label(self, pair: Pair, type_id: int) -> bool:
        """Removes a label of the account's own from the list and from all records; False if unknown."""
        body = self._own(pair).get(type_id)
        if body is None:
            return False
        self.db.drop(f"label:{pair[0]}:{pair[1]}", str(type_id))
        self.db.drop(f"label:{pair[1]}:{pair[0]}", str(body["inverse"]))
        ends = ((pair[0], pair[1], type_id), (pair[1], pair[0], body["inverse"]))
        for end in ends:
            self.db.run("DELETE FROM edges WHERE from_type = ? AND to_type = ? AND type_id = ?", *end)
        return True

    def _inverse(self, pair: Pair, type_id: int) -> int:
        known = _INVERSE.get(type_id) if self.knows(pair, type_id, "HUBSPOT_DEFINED") else None
        return known if known is not None else int(self._own(pair)[type_id]["inverse"])

    # Reading

    def of(self, from_type: str, from_id: int, to_type: str) -> dict[int, list[int]]:
        """{id of the other record: type ids}, by id."""
        ends = "from_type = ? AND from_id = ? AND to_type = ?"
        sql = f"SELECT to_id, type_id FROM edges WHERE {ends} ORDER BY to_id"
        out: dict[int, list[int]] = {}
        for to_id, type_id in self.db.rows(sql, from_type, from_id, to_type):
            out.setdefault(to_id, []).append(type_id)
        return out

    def of_many(self, from_type: str, ids: Iterable[int], to_type: str) -> dict[int, dict[int, list[int]]]:
        """The same for many records at once: {from id: {to id: type ids}}."""
        wanted = list(ids)
        marks = ",".join("?" * len(wanted))
        sql = (
            "SELECT from_id, to_id, type_id FROM edges WHERE from_type = ? AND to_type = ? "
            f"AND from_id IN ({marks}) ORDER BY from_id, to_id, type_id"
        )
        out: dict[int, dict[int, list[int]]] = {}
        for from_id, to_id, type_id in self.db.rows(sql, from_type, to_type, *wanted):
            out.setdefault(from_id, {}).setdefault(to_id, []).append(type_id)
        return out

    def fullest(self, pair: Pair) -> list[tuple[int, int]]:
        """(record, how many others it has) for all records of the first type, the fullest first."""
        sql = (
            "SELECT from_id, count(DISTINCT to_id) AS others FROM edges WHERE from_type = ? AND to_type = ? "
            "GROUP BY from_id ORDER BY others DESC, from_id"
        )
        return [(found[0], found[1]) for found in self.db.rows(sql, *pair)]

    def all_of(self, object_type: str, record_id: int) -> list[Edge]:
        """Everything that leaves one record."""
        sql = "SELECT * FROM edges WHERE from_type = ? AND from_id = ?"
        return [Edge(*found) for found in self.db.rows(sql, object_type, record_id)]

    def primary_company(self, object_type: str, record_id: int) -> int | None:
        """The primary company of a contact or deal; engagements have none."""
        type_id = PRIMARY_TYPE.get((object_type, "companies"))
        ends = "from_type = ? AND from_id = ? AND to_type = 'companies'"
        sql = f"SELECT to_id FROM edges WHERE {ends} AND type_id = ?"
        found = self.db.scalar(sql, object_type, record_id, type_id)
        return None if found is None else int(found)

    # Writing

    def link(self, pair: Pair, from_id: int, to_id: int, type_ids: Iterable[int] = ()) -> list[int]:
        """Associates two records: the unlabeled type always, the given types too. Returns the pair's types.

        The first company of a contact or deal becomes its primary by itself; a given primary type moves it.
        """
        wanted = {DEFAULT_TYPE[pair], *type_ids}
        primary = PRIMARY_TYPE.get(pair)
        if primary is not None:
            child_type, child_id = (pair[0], from_id) if pair[1] == "companies" else (pair[1], to_id)
            if primary in wanted:
                self._clear_primary(child_type, child_id)
            elif self.primary_company(child_type, child_id) is None and not self.of(
                pair[0], from_id, pair[1]
            ).get(to_id):
                wanted.add(primary)
        for type_id in wanted:
            self._insert(pair, from_id, to_id, type_id)
        return sorted(self.of(pair[0], from_id, pair[1])[to_id])

    def _insert(self, pair: Pair, from_id: int, to_id: int, type_id: int) -> None:
        back = self._inverse(pair, type_id)
        sql = "INSERT OR IGNORE INTO edges VALUES (?, ?, ?, ?, ?)"
        self.db.run(sql, pair[0], from_id, pair[1], to_id, type_id)
        self.db.run(sql, pair[1], to_id, pair[0], from_id, back)

    def _clear_primary(self, child_type: str, child_id: int) -> None:
        company = self.primary_company(child_type, child_id)
        if company is not None:
            pair = (child_type, "companies")
            self._delete(pair, child_id, company, PRIMARY_TYPE[pair])

    def unlink(self, pair: Pair, from_id: int, to_id: int, type_ids: Iterable[int] | None = None) -> None:
        """Removes types from a pair; None, or the unlabeled type, removes the association as a whole.

        Assumption: when the primary company goes, no other company becomes primary by itself.
        """
        present = self.of(pair[0], from_id, pair[1]).get(to_id, [])
        chosen = set(present if type_ids is None else type_ids)
        doomed = present if DEFAULT_TYPE[pair] in chosen else [each for each in present if each in chosen]
        for type_id in doomed:
            self._delete(pair, from_id, to_id, type_id)

    def _delete(self, pair: Pair, from_id: int, to_id: int, type_id: int) -> None:
        back = self._inverse(pair, type_id)
        ends = "from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?"
        sql = f"DELETE FROM edges WHERE {ends} AND type_id = ?"
        self.db.run(sql, pair[0], from_id, pair[1], to_id, type_id)
        self.db.run(sql, pair[1], to_id, pair[0], from_id, back)

    def shelve(self, object_type: str, record_id: int) -> None:
        """Takes the associations of an archived record away, for a later restore."""
        edges = self.all_of(object_type, record_id)
        self.db.put(f"shelf:{object_type}", str(record_id), [list(edge) for edge in edges])
        for edge in edges:
            self._delete((edge.from_type, edge.to_type), edge.from_id, edge.to_id, edge.type_id)

    def unshelve(self, object_type: str, record_id: int) -> list[Edge]:
        """Hands out the associations of a restored record; the caller links those that still can be."""
        rows = self.db.take(f"shelf:{object_type}", str(record_id)) or []
        self.db.drop(f"shelf:{object_type}", str(record_id))
        return [Edge(*row) for row in rows]

    def load(self, pair: Pair, links: Iterable[tuple[int, int]]) -> None:
        """Many associations at once; the first company of each contact or deal is its primary."""
        primary, default = PRIMARY_TYPE.get(pair), DEFAULT_TYPE[pair]
        seen: set[int] = set()
        rows: list[tuple[Any, ...]] = []
        for from_id, to_id in links:
            child = from_id if pair[1] == "companies" else to_id
            types = [default] if primary is None or child in seen else [default, primary]
            seen.add(child)
            for type_id in types:
                rows.append((pair[0], from_id, pair[1], to_id, type_id))
                rows.append((pair[1], to_id, pair[0], from_id, _INVERSE[type_id]))
        self.db.run_many("INSERT OR IGNORE INTO edges VALUES (?, ?, ?, ?, ?)", rows)
