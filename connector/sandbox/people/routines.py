"""What people do because a record is due: new leads, contacts that marketing has to look at, records deleted
by mistake.

Enters: a world, a seed, an hour. Leaves: what falls into it. Whether and when somebody acts on a record is
decided by the record's own chance, so that looking twice decides nothing anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from connector.sandbox.company.chance import Chance, chance_of
from connector.sandbox.hubspot.values import millis
from connector.sandbox.people import follow_up, marketers, office, reps, rhythm
from connector.sandbox.people.acts import Done, Planned, Scene
from connector.sandbox.people.follow_up import Lead
from connector.sandbox.salesforce.moments import read_stamp, stamp
from connector.sandbox.world import World

HOUR = 3600.0
LATE = timedelta(days=4)
"""What is overdue by more than this is forgotten; what is overdue by less is done at the next opportunity."""
LOOKS_BACK = timedelta(days=45)


def due(world: World, seed: int, start: datetime, end: datetime) -> Iterator[Planned]:
    """Everything that falls due from `start` to `end` (aware), or did before and is not done yet.

    Nobody looks when nobody works.
    """
    if not rhythm.somebody_works(start):
        return
    yield from _leads(world, seed, start, end)
    yield from _reviews(world, seed, start, end)
    yield from _restorations(world, seed, start, end)


def _within(
    at: datetime, start: datetime, end: datetime, hours: rhythm.Hours, chance: Chance
) -> datetime | None:
    """When a thing due at `at` is done in this hour; None when it is not."""
    if start - LATE <= at < start:
        at = hours.after(start, 60 + 900 * chance.draw())
    return at if start <= at < end else None


# new leads

_OPEN_LEADS = f"""SELECT "Id", "CreatedDate", "OwnerId",
    (SELECT count(*) FROM "Task" t WHERE t."WhoId" = l."Id" AND t."IsClosed" = 1 AND t."IsDeleted" = 0) +
    (SELECT count(*) FROM "Event" e WHERE e."WhoId" = l."Id" AND e."IsDeleted" = 0)
    FROM "Lead" l WHERE "IsDeleted" = 0 AND "CreatedDate" > ? AND {reps.WORKED_ON} ORDER BY _n"""
_STEPS: Mapping[str, Callable[[Scene, str, str], Done]] = {
    follow_up.ACCEPT: reps.accepted,
    follow_up.CALL: lambda scene, lead, rep: reps.called(scene, "Lead", lead, rep),
    follow_up.MEET: lambda scene, lead, rep: reps.met(scene, "Lead", lead, rep),
    follow_up.CONVERT: lambda scene, lead, rep: reps.converted(scene, lead, rep, with_opportunity=True),
    follow_up.CONVERT_ONLY: lambda scene, lead, rep: reps.converted(scene, lead, rep, with_opportunity=False),
    follow_up.REJECT: reps.rejected,
}


def _leads(world: World, seed: int, start: datetime, end: datetime) -> Iterator[Planned]:
    sellers = office.reps(world)
    if not sellers:
        return
    habits = {rep: follow_up.habits_of(chance_of(seed, "rep", rep)) for rep in sellers}
    since = stamp(start - LOOKS_BACK)
    with world.salesforce.db.lock:
        found = world.salesforce.db.run(_OPEN_LEADS, (since,)).fetchall()
    for lead_id, created, owner, touches in found:
        lead = Lead(read_stamp(created), owner in habits, touches)
        rep = owner if lead.owned else chance_of(seed, "desk", lead_id).one_of(sellers)
        step = follow_up.next_step(chance_of(seed, "lead", lead_id), habits[rep], lead)
        chance = chance_of(seed, "lead", lead_id, "late")
        at = _within(step[0], start, end, habits[rep].hours, chance) if step else None
        if step is not None and at is not None:
            deed = partial(_take_step, step[1], lead_id, rep)
            yield Planned(at, step[1], deed, (step[1], lead_id, at.isoformat()))


def _take_step(what: str, lead: str, rep: str, scene: Scene) -> Done | None:
    """Only if the lead still stands as it did when the rep looked."""
    row = reps.row(scene, "Lead", lead)
    gone = not row or row["IsDeleted"] or row["IsConverted"] or str(row["Status"]).startswith("Closed")
    return None if gone else _STEPS[what](scene, lead, rep)


# contacts that a workflow or somebody has called qualified

_REVIEWED = """SELECT id, json_extract(props, '$.hs_v2_date_entered_marketingqualifiedlead') FROM records
    WHERE type = 'contacts' AND archived IS NULL
    AND json_extract(props, '$.lifecyclestage') = 'marketingqualifiedlead'
    AND json_extract(props, '$.hs_v2_date_entered_marketingqualifiedlead') > ? ORDER BY id"""

VERDICTS = (("contact_qualified", "salesqualifiedlead"), ("contact_set_back", "lead"), ("", ""))
VERDICT_SHARES = (50, 20, 30)


def _reviews(world: World, seed: int, start: datetime, end: datetime) -> Iterator[Planned]:
    """A marketer looks at each: sales', not yet, or not at all. The median one waits for five hours."""
    since = (start - LOOKS_BACK).astimezone(UTC).isoformat()
    for contact, entered in world.hubspot.db.rows(_REVIEWED, since):
        chance = chance_of(seed, "review", contact, entered)
        waits = 5 * HOUR * chance.random.lognormvariate(0, 0.9)
        at = rhythm.OFFICE.after(datetime.fromisoformat(entered), waits)
        what, stage = chance.random.choices(VERDICTS, VERDICT_SHARES)[0]
        moment = _within(at, start, end, rhythm.OFFICE, chance)
        if moment is not None and stage:
            yield Planned(moment, what, partial(_review, str(contact), stage), (what, contact, entered))


def _review(contact: str, stage: str, scene: Scene) -> Done | None:
    known = office.properties(scene.world, "contacts", contact)
    if known.get("lifecyclestage") != "marketingqualifiedlead":
        return None
    return marketers.edited(scene, contact, {"lifecyclestage": stage})


# records that somebody wants back

_HUBSPOT_BIN = """SELECT id, archived FROM records WHERE type = 'contacts' AND archived > ?
    AND merged_into IS NULL ORDER BY id"""
_SALESFORCE_BIN = """SELECT "Id", "SystemModstamp" FROM "Lead"
    WHERE "IsDeleted" = 1 AND "MasterRecordId" IS NULL AND "SystemModstamp" > ? ORDER BY _n"""
WANTED_BACK = 0.35


def _restorations(world: World, seed: int, start: datetime, end: datetime) -> Iterator[Planned]:
    """Some are missed within a few working days."""
    since = start - timedelta(days=14)
    for contact, archived in world.hubspot.db.rows(_HUBSPOT_BIN, millis(since)):
        gone = datetime.fromtimestamp(archived // 1000, UTC)
        yield from _restored(seed, "hubspot_restored", str(contact), gone, start, end, _restore_contact)
    with world.salesforce.db.lock:
        found = world.salesforce.db.run(_SALESFORCE_BIN, (stamp(since),)).fetchall()
    for lead, deleted in found:
        gone = read_stamp(deleted)
        yield from _restored(seed, "salesforce_restored", lead, gone, start, end, _restore_lead)


def _restored(
    seed: int,
    what: str,
    record: str,
    gone: datetime,
    start: datetime,
    end: datetime,
    restore: Callable[[str, Scene], Done],
) -> Iterator[Planned]:
    chance = chance_of(seed, what, record)
    if not chance.happens(WANTED_BACK):
        return
    at = rhythm.OFFICE.after(gone, HOUR + 20 * HOUR * chance.draw())
    if start <= at < end:
        yield Planned(at, what, partial(restore, record), (what, record, at.isoformat()))


def _restore_contact(contact: str, scene: Scene) -> Done:
    user = office.a_marketer(scene)
    scene.world.hubspot.user_restore("contacts", contact)
    return Done(f"marketer {user}", (f"contacts {contact}",))


def _restore_lead(lead: str, scene: Scene) -> Done:
    rep = office.a_rep(scene)
    scene.world.salesforce.user_undelete("Lead", lead, rep)
    return reps.by(rep, f"Lead {lead}")
