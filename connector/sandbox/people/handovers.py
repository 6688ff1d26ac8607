"""Colleagues who come and go, and records that change hands in bulk.

Enters: scenes. Leaves: users and owners, and records with another owner, all changed in one go.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.sandbox.company.chance import ascii_of
from connector.sandbox.company.staff import OWN_DOMAIN
from connector.sandbox.people import newcomers, office
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.admins import ADMIN

OWNED = ("Lead", "Contact", "Account", "Opportunity")


def colleague_left(scene: Scene) -> Done | None:
    """A rep leaves: an admin hands all open records to another rep, deactivates the user, and archives the
    owner in HubSpot. Two always stay."""
    sellers = office.reps(scene.world)
    if len(sellers) < 3:
        return None
    gone = scene.chance.one_of(sellers)
    heir = scene.chance.one_of([rep for rep in sellers if rep != gone])
    store = scene.world.salesforce
    moved = [each for type_name in OWNED for each in _handed_over(scene, type_name, gone, heir)]
    store.user_edit("User", gone, {"IsActive": False}, store.somebody())
    email = (store.get("User", gone) or {})["Email"]
    _archive_owner(scene, str(email))
    return Done(ADMIN, (f"User {gone}", *moved))


def _handed_over(scene: Scene, type_name: str, gone: str, heir: str) -> list[str]:
    """What still matters: no converted leads, no closed opportunities."""
    closed = {"Lead": ' AND "IsConverted" = 0', "Opportunity": ' AND "IsClosed" = 0'}.get(type_name, "")
    sql = f'SELECT "Id" FROM "{type_name}" WHERE "IsDeleted" = 0 AND "OwnerId" = ?{closed} ORDER BY _n'
    with scene.world.salesforce.db.lock:
        found = [record for (record,) in scene.world.salesforce.db.run(sql, (gone,)).fetchall()]
    return _reowned(scene, type_name, found, heir)


def _reowned(scene: Scene, type_name: str, records: Sequence[str], owner: str) -> list[str]:
    """All in one transaction, as a mass transfer does it."""
    store = scene.world.salesforce
    admin = store.somebody()
    with store.db.transaction():
        for record in records:
            store.user_edit(type_name, record, {"OwnerId": owner}, admin)
    return [f"{type_name} {record}" for record in records]


def _archive_owner(scene: Scene, email: str) -> None:
    """Records keep the archived owner, as in HubSpot."""
    schema = scene.world.hubspot.schema
    for owner in list(schema.owners.values()):
        if owner["email"] == email:
            with scene.world.hubspot.db.transaction():
                schema.put_owner({**owner, "archived": True, "userId": None})


def colleague_joined(scene: Scene) -> Done:
    """A new rep, with a seat in both CRMs."""
    someone = newcomers.newcomer(scene.chance)
    local = f"{ascii_of(someone.first_name)}.{ascii_of(someone.last_name)}{scene.chance.below(1000)}"
    email = f"{local}@{OWN_DOMAIN}"
    names = {"FirstName": someone.first_name, "LastName": someone.last_name}
    user = scene.world.salesforce.load(
        "User", [{**names, "Email": email, "Username": email, "IsActive": True}]
    )[0]
    person = {"email": email, "firstName": someone.first_name, "lastName": someone.last_name}
    (owner,) = scene.world.hubspot.load_owners([person])
    return Done(ADMIN, (f"User {user}", f"owners {owner}"))


def bulk_owner_change(scene: Scene, records: int = 80) -> Done | None:
    """A territory changes hands: so many open leads get another owner at once."""
    sellers = office.reps(scene.world)
    if not sellers:
        return None
    heir = scene.chance.one_of(sellers)
    sql = """SELECT "Id" FROM "Lead" WHERE "IsDeleted" = 0 AND "IsConverted" = 0 AND "OwnerId" <> ?
        ORDER BY _n DESC LIMIT ?"""
    with scene.world.salesforce.db.lock:
        found = [each for (each,) in scene.world.salesforce.db.run(sql, (heir, records)).fetchall()]
    return Done(ADMIN, tuple(_reowned(scene, "Lead", found, heir))) if found else None
