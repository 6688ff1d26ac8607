"""Who works in the firm, and the records that people come across.

Enters: a scene. Leaves: ids. It only reads, and looks at few records each time: which one somebody comes
across is drawn among those that are there at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connector.sandbox.company.staff import OWN_DOMAIN
from connector.sandbox.people.acts import Scene
from connector.sandbox.world import World

MARKETERS = 2
"""The first so many who are active in HubSpot do marketing; all others who have a Salesforce user sell."""
TRIES = 25


@dataclass(frozen=True, slots=True)
class Known:
    """A person whom both CRMs know by one email address. `type` is Lead or Contact."""

    hubspot: str
    type: str
    salesforce: str

    @property
    def records(self) -> tuple[str, str]:
        """Both records, as an act names them."""
        return f"contacts {self.hubspot}", f"{self.type} {self.salesforce}"


def marketers(world: World) -> list[dict[str, Any]]:
    """HubSpot's owners who do marketing."""
    return [owner for owner in world.hubspot.schema.owners.values() if not owner["archived"]][:MARKETERS]


def reps(world: World) -> list[str]:
    """Ids of the active Salesforce users who sell."""
    others = {owner["email"] for owner in marketers(world)}
    with world.salesforce.db.lock:
        sql = 'SELECT "Id", "Email" FROM "User" WHERE "IsActive" = 1 ORDER BY _n'
        found = world.salesforce.db.run(sql).fetchall()
    own = [(user, email) for user, email in found if str(email).endswith("@" + OWN_DOMAIN)]
    return [user for user, email in own if email not in others] or [user for user, _ in own]


def a_marketer(scene: Scene) -> int:
    """The HubSpot user id of some marketer."""
    found = marketers(scene.world)
    return int(scene.chance.one_of(found)["userIdIncludingInactive"]) if found else 9001


def a_rep(scene: Scene) -> str:
    """The id of some rep; in an org without any, of some other user."""
    found = reps(scene.world)
    return scene.chance.one_of(found) if found else scene.world.salesforce.somebody()


def in_hubspot(scene: Scene, object_type: str, where: str = "1", *params: object) -> str | None:
    """Some living record for which this holds (SQL on `props`)."""
    db = scene.world.hubspot.db
    living = "FROM records WHERE type = ? AND archived IS NULL"
    least, most = db.row(f"SELECT min(id), max(id) {living}", object_type) or (None, None)
    if least is None or most is None:
        return None
    start = least + scene.chance.below(most - least + 1)
    for beside in ("id >= ?", "id < ?"):
        sql = f"SELECT id {living} AND {beside} AND ({where}) ORDER BY id LIMIT 1"
        found = db.scalar(sql, object_type, start, *params)
        if found is not None:
            return str(found)
    return None


def in_salesforce(scene: Scene, type_name: str, where: str = "1", *params: str) -> str | None:
    """Some living record for which this holds (SQL on its columns)."""
    db = scene.world.salesforce.db
    living = f'FROM "{type_name}" WHERE "IsDeleted" = 0'
    with db.lock:
        least, most = db.run(f"SELECT min(_n), max(_n) {living}").fetchone()
        if least is None:
            return None
        start = least + scene.chance.below(most - least + 1)
        for beside in ("_n >= ?", "_n < ?"):
            sql = f'SELECT "Id" {living} AND {beside} AND ({where}) ORDER BY _n LIMIT 1'
            found = db.run(sql, (start, *params)).fetchone()
            if found is not None:
                return str(found[0])
    return None


def in_both(scene: Scene) -> Known | None:
    """Somebody whom both CRMs know."""
    for _ in range(TRIES):
        type_name = "Lead" if scene.chance.happens(0.6) else "Contact"
        open_one = ' AND "IsConverted" = 0' if type_name == "Lead" else ""
        record = in_salesforce(scene, type_name, f'"Email" IS NOT NULL{open_one}')
        known = None if record is None else _known(scene.world, type_name, record)
        if known is not None:
            return known
    return None


def _known(world: World, type_name: str, record: str) -> Known | None:
    row = world.salesforce.get(type_name, record) or {}
    holder = world.hubspot.records.holder("contacts", "email", str(row.get("Email")).lower())
    return None if holder is None else Known(str(holder), type_name, record)


def properties(world: World, object_type: str, record: str) -> dict[str, Any]:
    """What HubSpot has stored of a record; empty for one that is not there."""
    found: dict[str, Any] = (world.hubspot.get(object_type, record) or {}).get("properties", {})
    return found
