"""Reps and their deals in Salesforce: made, moved, priced, won, lost.

Enters: scenes. Leaves: changed opportunities and contact roles.
"""

from __future__ import annotations

from datetime import timedelta

from connector.sandbox.company.products import LOST, LOST_REASONS, NEXT_STEPS, PRODUCTS, ROLES, STAGES, WON
from connector.sandbox.people import feedback, office
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.reps import by, edited, row

OPEN = '"IsClosed" = 0'
LATE = f"{OPEN} AND \"StageName\" IN ('Proposal/Price Quote', 'Negotiation/Review')"
STEPS = tuple(name for _, name in STAGES if name not in (WON, LOST))


def opportunity_created(scene: Scene) -> Done | None:
    """A rep sees another deal with an account, and mostly knows who is to decide."""
    account = office.in_salesforce(scene, "Account")
    if account is None:
        return None
    rep, store, chance = office.a_rep(scene), scene.world.salesforce, scene.chance
    closes = scene.at.date() + timedelta(days=20 + chance.below(120))
    values: dict[str, object] = {
        "Name": f"{row(scene, 'Account', account)['Name']} - {chance.one_of(PRODUCTS)} {closes.year}"[:120],
        "AccountId": account,
        "StageName": STEPS[0],
        "CloseDate": closes.isoformat(),
        "Amount": 500 * (1 + chance.below(200)),
    }
    contact = office.in_salesforce(scene, "Contact", '"AccountId" = ?', account)
    if contact is not None and chance.happens(0.7):
        values["ContactId"] = contact
    return by(rep, f"Opportunity {store.user_create('Opportunity', values, rep)}")


def opportunity_moved(scene: Scene) -> Done | None:
    """A rep moves an open opportunity one stage on. Stages that an admin added come before the last."""
    deal = office.in_salesforce(scene, "Opportunity", OPEN)
    if deal is None:
        return None
    steps = _open_steps(scene)
    now = row(scene, "Opportunity", deal)["StageName"]
    at = steps.index(str(now)) if now in steps else 0
    values = {"StageName": steps[min(at + 1, len(steps) - 1)]}
    return edited(scene, "Opportunity", deal, {**values, "NextStep": scene.chance.one_of(NEXT_STEPS) or None})


def _open_steps(scene: Scene) -> list[str]:
    stages = sorted(scene.world.salesforce.stages().values(), key=lambda each: int(str(each["SortOrder"])))
    return [str(stage["ApiName"]) for stage in stages if not stage["IsClosed"] and stage["IsActive"]]


def amount_changed(scene: Scene) -> Done | None:
    """A rep raises the amount of an open opportunity, or names one for the first time."""
    deal = office.in_salesforce(scene, "Opportunity", OPEN)
    if deal is None:
        return None
    before = row(scene, "Opportunity", deal)["Amount"] or 0
    return edited(scene, "Opportunity", deal, {"Amount": float(before) + 250 * (1 + scene.chance.below(40))})


def deal_won(scene: Scene) -> Done | None:
    """A rep wins a late opportunity."""
    deal = office.in_salesforce(scene, "Opportunity", LATE)
    if deal is None:
        return None
    today = scene.at.date().isoformat()
    return edited(scene, "Opportunity", deal, {"StageName": WON, "CloseDate": today})


def deal_lost(scene: Scene) -> Done | None:
    """A rep loses an opportunity, with a reason where the org has a field for it."""
    deal = office.in_salesforce(scene, "Opportunity", OPEN)
    if deal is None:
        return None
    reason = feedback.lost_reason(scene.world.salesforce, scene.chance.one_of(LOST_REASONS))
    today = scene.at.date().isoformat()
    return edited(scene, "Opportunity", deal, {"StageName": LOST, "CloseDate": today, **reason})


def contact_role_added(scene: Scene) -> Done | None:
    """A rep gives a contact of the account a part in an open opportunity."""
    deal = office.in_salesforce(scene, "Opportunity", f'{OPEN} AND "AccountId" IS NOT NULL')
    if deal is None:
        return None
    account = str(row(scene, "Opportunity", deal)["AccountId"])
    taken = 'SELECT "ContactId" FROM "OpportunityContactRole" WHERE "OpportunityId" = ? AND "IsDeleted" = 0'
    wanted = f'"AccountId" = ? AND "Id" NOT IN ({taken})'
    contact = office.in_salesforce(scene, "Contact", wanted, account, deal)
    if contact is None:
        return None
    rep = office.a_rep(scene)
    role = {"OpportunityId": deal, "ContactId": contact, "Role": scene.chance.one_of(ROLES)}
    made = scene.world.salesforce.user_create("OpportunityContactRole", role, rep)
    return by(rep, f"Opportunity {deal}", f"OpportunityContactRole {made}")
