"""Reps at work in Salesforce, with whatever record comes to hand: they enter, correct, call, meet, convert
and reject.

Enters: scenes. Leaves: changed records, the rep being the one who changed them. What reps do about a new
lead, and when, stands in `follow_up`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connector.sandbox.people import feedback, newcomers, office
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.catalog import MEETINGS, REJECTIONS, SUBJECTS
from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.schema import Row

WORKED_ON = '"IsConverted" = 0 AND "Status" NOT LIKE \'Closed%\''


def salesforce_edit(scene: Scene) -> Done | None:
    """A rep corrects a phone number or a title of somebody in both CRMs."""
    known = office.in_both(scene)
    if known is None:
        return None
    values: dict[str, object] = {"Phone": newcomers.phone(scene.chance)}
    if scene.chance.happens(0.5):
        values = {"Title": newcomers.title(scene.chance)}
    return edited(scene, known.type, known.salesforce, values)


def account_edited(scene: Scene) -> Done | None:
    """A rep corrects the phone number or the size of an account."""
    account = office.in_salesforce(scene, "Account")
    if account is None:
        return None
    values: dict[str, object] = {"Phone": newcomers.phone(scene.chance)}
    if scene.chance.happens(0.4):
        values = {"NumberOfEmployees": 5 + scene.chance.below(900)}
    return edited(scene, "Account", account, values)


def lead_created(scene: Scene) -> Done:
    """A rep enters somebody who called."""
    someone, rep = newcomers.newcomer(scene.chance), office.a_rep(scene)
    values = {
        "FirstName": someone.first_name,
        "LastName": someone.last_name,
        "Email": someone.email,
        "Phone": newcomers.phone(scene.chance),
        "Company": someone.company,
        "Status": "Open - Not Contacted",
        "LeadSource": "Phone Inquiry",
    }
    return by(rep, f"Lead {scene.world.salesforce.user_create('Lead', values, rep)}")


def lead_entered_again(scene: Scene) -> Done | None:
    """A rep who did not look enters a lead that is there already, without a phone number."""
    found = office.in_salesforce(scene, "Lead", f'{WORKED_ON} AND "Email" IS NOT NULL')
    if found is None:
        return None
    lead, rep = row(scene, "Lead", found), office.a_rep(scene)
    values = {name: lead[name] for name in ("FirstName", "LastName", "Email", "Company")}
    made = scene.world.salesforce.user_create("Lead", {**values, "Status": "Open - Not Contacted"}, rep)
    return by(rep, f"Lead {made}")


def old_lead_converted(scene: Scene) -> Done | None:
    """A rep converts a lead that has been there for a while, mostly with an opportunity."""
    lead = office.in_salesforce(scene, "Lead", WORKED_ON)
    return None if lead is None else converted(scene, lead, office.a_rep(scene), scene.chance.happens(0.6))


def old_lead_rejected(scene: Scene) -> Done | None:
    """A rep gives up a lead that has been there for a while."""
    lead = office.in_salesforce(scene, "Lead", WORKED_ON)
    return None if lead is None else rejected(scene, lead, office.a_rep(scene))


def call_logged(scene: Scene) -> Done | None:
    """A rep calls somebody and logs it."""
    found = _somebody(scene)
    return None if found is None else called(scene, *found, office.a_rep(scene))


def meeting_held(scene: Scene) -> Done | None:
    """A rep meets somebody and puts it into the calendar afterwards."""
    found = _somebody(scene)
    return None if found is None else met(scene, *found, office.a_rep(scene))


def opted_out_in_salesforce(scene: Scene) -> Done | None:
    """Somebody tells a rep on the phone: no more mail, or no more calls."""
    found = _somebody(scene)
    field = "HasOptedOutOfEmail" if scene.chance.happens(0.7) else "DoNotCall"
    return None if found is None else edited(scene, *found, {field: True})


def _somebody(scene: Scene) -> tuple[str, str] | None:
    type_name = "Lead" if scene.chance.happens(0.6) else "Contact"
    record = office.in_salesforce(scene, type_name, WORKED_ON if type_name == "Lead" else "1")
    return None if record is None else (type_name, record)


# what reps do with one record


def row(scene: Scene, type_name: str, record: str) -> Row:
    """The stored row; empty when there is none."""
    return scene.world.salesforce.get(type_name, record) or {}


def edited(scene: Scene, type_name: str, record: str, values: Mapping[str, object]) -> Done:
    """Some rep changes a record."""
    rep = office.a_rep(scene)
    scene.world.salesforce.user_edit(type_name, record, values, rep)
    return by(rep, f"{type_name} {record}")


def called(scene: Scene, type_name: str, record: str, rep: str) -> Done:
    """A call is a completed task; a lead that was open is then being worked on."""
    store = scene.world.salesforce
    values: dict[str, object] = {
        "WhoId": record,
        "OwnerId": rep,
        "Subject": scene.chance.one_of(SUBJECTS),
        "TaskSubtype": "Call",
        "CallType": "Outbound",
        "CallDurationInSeconds": 20 + scene.chance.below(900),
        "Status": "Completed",
        "ActivityDate": stamp(scene.at)[:10],
    }
    task = store.user_create("Task", values, rep)
    if type_name == "Lead" and str(row(scene, "Lead", record).get("Status")).startswith("Open"):
        store.user_edit("Lead", record, {"Status": "Working - Contacted"}, rep)
    return by(rep, f"{type_name} {record}", f"Task {task}")


def met(scene: Scene, type_name: str, record: str, rep: str) -> Done:
    """A meeting that is just over."""
    values: dict[str, object] = {
        "WhoId": record,
        "OwnerId": rep,
        "Subject": scene.chance.one_of(MEETINGS),
        "StartDateTime": stamp(scene.at - timedelta(minutes=45)),
        "DurationInMinutes": 45,
    }
    event = scene.world.salesforce.user_create("Event", values, rep)
    return by(rep, f"{type_name} {record}", f"Event {event}")


def accepted(scene: Scene, lead: str, rep: str) -> Done:
    """A rep takes a lead: it is theirs from now on, and so is the word for it if the org has one."""
    told = feedback.verdict(scene.world.salesforce, "Lead", feedback.ACCEPTED, scene.at)
    scene.world.salesforce.user_edit("Lead", lead, {"OwnerId": rep, **told}, rep)
    return by(rep, f"Lead {lead}")


def rejected(scene: Scene, lead: str, rep: str) -> Done:
    """A rep gives a lead back, with a reason where the org has fields for it."""
    store, reason = scene.world.salesforce, scene.chance.one_of(REJECTIONS)
    values: dict[str, object] = {"Status": "Closed - Not Converted"}
    values |= feedback.verdict(store, "Lead", feedback.REJECTED, scene.at, reason)
    values |= feedback.set_back(store, "Lead", scene.chance.one_of(("mql", "lead")))
    store.user_edit("Lead", lead, values, rep)
    return by(rep, f"Lead {lead}")


def converted(scene: Scene, lead: str, rep: str, with_opportunity: bool) -> Done:
    """A lead becomes a contact: one with its address if there is one, else in the account of that name."""
    found = row(scene, "Lead", lead)
    email = found.get("Email")
    contact = None if email is None else _only(scene, "Contact", "Email", str(email))
    account = None if contact else _only(scene, "Account", "Name", str(found.get("Company")))
    store = scene.world.salesforce
    made = store.convert(lead, contact, account, opportunity=with_opportunity, user_id=rep)
    names = {"lead": "Lead", "contact": "Contact", "account": "Account", "opportunity": "Opportunity"}
    return by(rep, *(f"{names[key]} {made[key]}" for key in names if made[key]))


def _only(scene: Scene, type_name: str, field: str, value: str) -> str | None:
    """The record with this value, if there is exactly one."""
    db = scene.world.salesforce.db
    sql = f'SELECT "Id" FROM "{type_name}" WHERE "IsDeleted" = 0 AND "{field}" = ? LIMIT 2'
    with db.lock:
        found = db.run(sql, (value,)).fetchall()
    return str(found[0][0]) if len(found) == 1 else None


def by(rep: str, *records: str) -> Done:
    """Done by this rep."""
    return Done(f"rep {rep}", records)
