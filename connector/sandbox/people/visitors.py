"""The public: fills in forms at any hour, and unsubscribes.

Enters: scenes. Leaves: new and changed contacts in HubSpot, and what workflows do about them.
"""

from __future__ import annotations

from connector.sandbox.company.chance import Chance
from connector.sandbox.hubspot.submissions import Submission
from connector.sandbox.people import newcomers, office, workflows
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.catalog import FORMS, SOURCES, Form

VISITOR = "visitor"


def form_filled_by_newcomer(scene: Scene) -> Done:
    """Somebody whom HubSpot does not know yet fills in a form; a newsletter asks for the address alone."""
    someone = newcomers.newcomer(scene.chance)
    form = _form(scene.chance)
    values = {"firstname": someone.first_name, "lastname": someone.last_name}
    if form.asks_for_work:
        values |= {"company": someone.company, "jobtitle": scene.chance.one_of(someone.place.jobs)}
        values |= {"phone": newcomers.phone(scene.chance), "country": someone.place.countries[0]}
    return _submitted(scene, form, someone.email, values if form.asks_for_name else {})


def form_filled_by_known_person(scene: Scene) -> Done | None:
    """A contact comes back; a form that asks for the work may bring another title or number."""
    contact = office.in_hubspot(scene, "contacts", "json_extract(props, '$.email') IS NOT NULL")
    if contact is None:
        return None
    form = _form(scene.chance)
    values = {}
    if form.asks_for_work and scene.chance.happens(0.3):
        values = {"phone": newcomers.phone(scene.chance)}
    elif form.asks_for_work and scene.chance.happens(0.3):
        values = {"jobtitle": newcomers.title(scene.chance)}
    email = office.properties(scene.world, "contacts", contact)["email"]
    return _submitted(scene, form, email, values)


def _form(chance: Chance) -> Form:
    return chance.random.choices(FORMS, [form.share for form in FORMS])[0]


def _submitted(scene: Scene, form: Form, email: str, values: dict[str, str]) -> Done:
    source = scene.chance.one_of(SOURCES)
    stage = "lead" if form.asks_for_name else "subscriber"
    submission = Submission(form.name, email, values, source.name, source.drill_down, stage)
    contact, _ = scene.world.hubspot.form_submit(submission)
    return Done(VISITOR, (f"contacts {contact}",), workflows.after_form(scene, contact, form))


def unsubscribed(scene: Scene) -> Done | None:
    """Somebody follows the link below a mail: no mail at all from now on. HubSpot notes it itself."""
    wanted = "json_extract(props, '$.email') IS NOT NULL AND json_extract(props, '$.hs_email_optout') IS NULL"
    contact = office.in_hubspot(scene, "contacts", wanted)
    if contact is None:
        return None
    scene.world.hubspot.system_edit("contacts", contact, {"hs_email_optout": "true"})
    return Done(VISITOR, (f"contacts {contact}",))
