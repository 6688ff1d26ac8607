"""People who tidy up, rightly or not: merges on both sides, also of records that were merged before, and
deletions.

Enters: scenes. Leaves: survivors, and records in the recycle bins.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.sandbox.people import office
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.marketers import EARLY
from connector.sandbox.people.reps import WORKED_ON, by

MERGED_BEFORE = "json_extract(props, '$.hs_merged_object_ids') IS NOT NULL"


def contacts_merged(scene: Scene) -> Done | None:
    """A marketer merges an early contact into somebody whom both CRMs have, or into an earlier survivor."""
    survivor = office.in_hubspot(scene, "contacts", MERGED_BEFORE) if scene.chance.happens(0.3) else None
    known = None if survivor else office.in_both(scene)
    primary = survivor or (known.hubspot if known else None)
    early = f"json_extract(props, '$.lifecyclestage') IN {EARLY} AND id <> ?"
    other = office.in_hubspot(scene, "contacts", early, int(primary)) if primary else None
    return None if primary is None or other is None else _merged(scene, "contacts", primary, other)


def companies_merged(scene: Scene) -> Done | None:
    """A marketer merges two companies of one domain."""
    twins = """SELECT json_extract(props, '$.domain') FROM records WHERE type = 'companies'
        AND archived IS NULL GROUP BY 1 HAVING count(*) > 1 AND max(id) > 0 ORDER BY 1"""
    domains = [found[0] for found in scene.world.hubspot.db.rows(twins) if found[0]]
    if not domains:
        return None
    pair = scene.world.hubspot.db.rows(
        "SELECT id FROM records WHERE type = 'companies' AND archived IS NULL "
        "AND lower(json_extract(props, '$.domain')) = lower(?) ORDER BY id LIMIT 2",
        scene.chance.one_of(domains),
    )
    return None if len(pair) < 2 else _merged(scene, "companies", str(pair[0][0]), str(pair[1][0]))


def _merged(scene: Scene, object_type: str, primary: str, other: str) -> Done:
    user = office.a_marketer(scene)
    survivor = scene.world.hubspot.merge(object_type, primary, other)
    return Done(
        f"marketer {user}",
        tuple(f"{object_type} {each}" for each in dict.fromkeys((survivor, primary, other))),
    )


def leads_merged(scene: Scene) -> Done | None:
    """A rep merges leads with one address, two or three at once."""
    return _merged_twins(scene, "Lead", "Email", WORKED_ON)


def salesforce_contacts_merged(scene: Scene) -> Done | None:
    """A rep merges contacts with one address."""
    return _merged_twins(scene, "Contact", "Email", "1")


def accounts_merged(scene: Scene) -> Done | None:
    """A rep merges accounts with one website."""
    return _merged_twins(scene, "Account", "Website", "1")


def _merged_twins(scene: Scene, type_name: str, field: str, where: str) -> Done | None:
    group = _twins(scene, type_name, field, where)
    if len(group) < 2:
        return None
    rep = office.a_rep(scene)
    scene.world.salesforce.merge(type_name, group[0], group[1:3], rep)
    return by(rep, *(f"{type_name} {each}" for each in group[:3]))


def _twins(scene: Scene, type_name: str, field: str, where: str) -> Sequence[str]:
    """Living records that share a value, the longest known first; empty where there are none."""
    db = scene.world.salesforce.db
    living = f'FROM "{type_name}" WHERE "IsDeleted" = 0 AND "{field}" IS NOT NULL AND ({where})'
    with db.lock:
        shared = db.run(f'SELECT "{field}" {living} GROUP BY 1 HAVING count(*) > 1 ORDER BY min(_n)')
        values = [value for (value,) in shared.fetchall()]
        if not values:
            return []
        chosen = (scene.chance.one_of(values),)
        return [found for (found,) in db.run(f'SELECT "Id" {living} AND "{field}" = ? ORDER BY _n', chosen)]


def hubspot_archived(scene: Scene) -> Done | None:
    """A marketer deletes a contact that both CRMs have."""
    known = office.in_both(scene)
    if known is None:
        return None
    user = office.a_marketer(scene)
    scene.world.hubspot.user_archive("contacts", known.hubspot)
    return Done(f"marketer {user}", (f"contacts {known.hubspot}",))


def salesforce_deleted(scene: Scene) -> Done | None:
    """A rep deletes a lead."""
    lead = office.in_salesforce(scene, "Lead", WORKED_ON)
    if lead is None:
        return None
    rep = office.a_rep(scene)
    scene.world.salesforce.user_delete("Lead", lead, rep)
    return by(rep, f"Lead {lead}")
