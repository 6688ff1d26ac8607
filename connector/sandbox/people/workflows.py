"""What HubSpot's automation does by itself when a form was filled in: scores, stages, hand-overs, owners.

Enters: the contact and the form. Leaves: plans for the next minutes, and the changes themselves.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from connector.sandbox.people import office
from connector.sandbox.people.acts import Done, Planned, Scene
from connector.sandbox.people.catalog import Form

SCORE = "hs_predictivecontactscore_v2"
QUALIFIED_FROM = 60
"""The score from which a workflow calls somebody qualified by marketing."""
BEFORE_MQL = ("subscriber", "lead")
WORKFLOW, SYSTEM = "workflow", "system"


def after_form(scene: Scene, contact: str, form: Form) -> tuple[Planned, ...]:
    """The score follows in seconds, the stage after that."""
    plans = [_in(scene, 15, "score_raised", partial(_raise_score, contact, form.points))]
    plans.append(_in(scene, 40, "qualified_by_workflow", partial(_qualify, contact)))
    if form.hot:
        plans.append(_in(scene, 90, "handed_over_by_workflow", partial(_hand_over, contact)))
    return tuple(plans)


def _in(scene: Scene, seconds: int, what: str, deed: partial[Done] | partial[Done | None]) -> Planned:
    at = scene.at + timedelta(seconds=seconds)
    return Planned(at, what, deed, (what, deed.args[0], at.isoformat()))


def _raise_score(contact: str, points: int, scene: Scene) -> Done:
    """HubSpot's own score follows what somebody does; 100 is the most."""
    now = float(office.properties(scene.world, "contacts", contact).get(SCORE) or 10)
    score = min(100, int(now) + points + scene.chance.below(10))
    scene.world.hubspot.system_edit("contacts", contact, {SCORE: str(score)})
    return Done(SYSTEM, (f"contacts {contact}",))


def _qualify(contact: str, scene: Scene) -> Done | None:
    """Enough points make an early contact an MQL."""
    known = office.properties(scene.world, "contacts", contact)
    if float(known.get(SCORE) or 0) < QUALIFIED_FROM or known.get("lifecyclestage") not in BEFORE_MQL:
        return None
    stage = {"lifecyclestage": "marketingqualifiedlead"}
    scene.world.hubspot.workflow_edit("contacts", contact, stage, "score reaches 60")
    return Done(WORKFLOW, (f"contacts {contact}",))


def _hand_over(contact: str, scene: Scene) -> Done | None:
    """Who asks for a demo is sales' at once, and half of the time HubSpot already names an owner."""
    known = office.properties(scene.world, "contacts", contact)
    if known.get("lifecyclestage") not in (*BEFORE_MQL, "marketingqualifiedlead"):
        return None
    values = {"lifecyclestage": "salesqualifiedlead", "hs_lead_status": "NEW"}
    owners = [key for key, each in scene.world.hubspot.schema.owners.items() if not each["archived"]]
    if owners and scene.chance.happens(0.5):
        values["hubspot_owner_id"] = scene.chance.one_of(owners)
    scene.world.hubspot.workflow_edit("contacts", contact, values, "demo requested")
    return Done(WORKFLOW, (f"contacts {contact}",))
