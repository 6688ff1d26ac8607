"""Marketers at work, mostly in HubSpot: they enter, correct, qualify, call; and what both departments do to
one person on the same day.

Enters: scenes. Leaves: changed records, made as a person makes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.hubspot.values import iso, millis
from connector.sandbox.people import newcomers, office
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.office import Known

EARLY = ("subscriber", "lead", "marketingqualifiedlead")


def contact_at_handover(scene: Scene) -> Done:
    """A marketer enters somebody who is ready for sales, from a fair or a phone call."""
    someone, user = newcomers.newcomer(scene.chance), office.a_marketer(scene)
    values = {
        "firstname": someone.first_name,
        "lastname": someone.last_name,
        "email": someone.email,
        "jobtitle": newcomers.title(scene.chance),
        "phone": newcomers.phone(scene.chance),
        "lifecyclestage": "salesqualifiedlead",
    }
    contact = scene.world.hubspot.user_create("contacts", values, user)
    return _by(user, f"contacts {contact}")


def contact_moved_forward(scene: Scene) -> Done | None:
    """A marketer moves somebody who is still with marketing to a later stage."""
    wanted = f"json_extract(props, '$.lifecyclestage') IN {EARLY}"
    contact = office.in_hubspot(scene, "contacts", wanted)
    if contact is None:
        return None
    stage = office.properties(scene.world, "contacts", contact)["lifecyclestage"]
    ahead = (*EARLY, "salesqualifiedlead")[EARLY.index(stage) + 1]
    return edited(scene, contact, {"lifecyclestage": scene.chance.one_of((ahead, "salesqualifiedlead"))})


def hubspot_edit(scene: Scene) -> Done | None:
    """A marketer corrects a phone number or a title of somebody in both CRMs."""
    known = office.in_both(scene)
    return None if known is None else edited(scene, known.hubspot, _phone_or_title(scene))


def _phone_or_title(scene: Scene) -> dict[str, str]:
    if scene.chance.happens(0.5):
        return {"phone": newcomers.phone(scene.chance)}
    return {"jobtitle": newcomers.title(scene.chance)}


def same_field_on_both_sides(scene: Scene) -> Done | None:
    """Both departments get another phone number: a clash."""
    known = office.in_both(scene)
    if known is None:
        return None
    _in_salesforce(scene, known, {"Phone": newcomers.phone(scene.chance)})
    done = edited(scene, known.hubspot, {"phone": newcomers.phone(scene.chance)})
    return Done(done.who, known.records)


def different_fields_on_both_sides(scene: Scene) -> Done | None:
    """A marketer learns the title, a rep the mobile number, of one person."""
    known = office.in_both(scene)
    if known is None:
        return None
    _in_salesforce(scene, known, {"MobilePhone": newcomers.phone(scene.chance)})
    done = edited(scene, known.hubspot, {"jobtitle": newcomers.title(scene.chance)})
    return Done(done.who, known.records)


def email_changed(scene: Scene) -> Done | None:
    """Somebody in both CRMs gets another address, which one department hears of."""
    known = office.in_both(scene)
    if known is None:
        return None
    email = newcomers.address(scene.chance)
    if scene.chance.happens(0.5):
        return edited(scene, known.hubspot, {"email": email})
    return _in_salesforce(scene, known, {"Email": email})


def company_edited(scene: Scene) -> Done | None:
    """A marketer corrects the phone number or the street of a company."""
    company = office.in_hubspot(scene, "companies")
    if company is None:
        return None
    values = {"phone": newcomers.phone(scene.chance)}
    if scene.chance.happens(0.4):
        values = {"address": f"Industrieweg {1 + scene.chance.below(400)}"}
    return edited(scene, company, values, "companies")


def call_logged_in_hubspot(scene: Scene) -> Done | None:
    """A marketer calls a contact and logs it, now and then with a task to call again."""
    contact = office.in_hubspot(scene, "contacts", "json_extract(props, '$.phone') IS NOT NULL")
    if contact is None:
        return None
    user, store, now = office.a_marketer(scene), scene.world.hubspot, iso(millis(scene.at))
    call = {"hs_timestamp": now, "hs_call_title": "Call", "hs_call_direction": "OUTBOUND"}
    made = store.user_create("calls", {**call, "hs_call_status": "COMPLETED"}, user)
    store.associate("calls", made, "contacts", contact)
    records = [f"contacts {contact}", f"calls {made}"]
    if scene.chance.happens(0.3):
        task = {"hs_timestamp": now, "hs_task_subject": "Call again", "hs_task_type": "CALL"}
        made = store.user_create("tasks", {**task, "hs_task_status": "NOT_STARTED"}, user)
        store.associate("tasks", made, "contacts", contact)
        records.append(f"tasks {made}")
    return _by(user, *records)


def deal_edited_in_hubspot(scene: Scene) -> Done | None:
    """A marketer changes the next step of a deal, which is sales' to decide."""
    deal = office.in_hubspot(scene, "deals", "json_extract(props, '$.hs_is_closed') = 'false'")
    return None if deal is None else edited(scene, deal, {"hs_next_step": "Webinar aanbieden"}, "deals")


def edited(scene: Scene, record: str, values: Mapping[str, str], object_type: str = "contacts") -> Done:
    """A marketer changes a record of HubSpot."""
    user = office.a_marketer(scene)
    scene.world.hubspot.user_edit(object_type, record, values, user)
    return _by(user, f"{object_type} {record}")


def _in_salesforce(scene: Scene, known: Known, values: Mapping[str, object]) -> Done:
    rep = office.a_rep(scene)
    scene.world.salesforce.user_edit(known.type, known.salesforce, values, rep)
    return Done(f"rep {rep}", (f"{known.type} {known.salesforce}",))


def _by(user: int, *records: str) -> Done:
    return Done(f"marketer {user}", records)
