"""Lists, communication preferences, exports and definitions of HubSpot where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests
from assumptions.acts import Hub, UnsureError, equal, refused
from assumptions.base import Finding, assumes
from ground.base import Ground


def text_list(hub: Hub, value: str, blanks: bool = False) -> str:
    """A dynamic list of the contacts whose city is this; its id."""
    operation = {
        "operationType": "MULTISTRING",
        "operator": "IS_EQUAL_TO",
        "values": [value],
        "includeObjectsWithNoValueSet": blanks,
    }
    rule = {"filterType": "PROPERTY", "property": "city", "operation": operation}
    inner = {"filterBranchType": "AND", "filters": [rule], "filterBranches": []}
    branch = {"filterBranchType": "OR", "filters": [], "filterBranches": [inner]}
    return new_list(hub, "DYNAMIC", filterBranch=branch)


def new_list(hub: Hub, kind: str, **more: Any) -> str:
    body = {"name": hub.tag.text(), "objectTypeId": "0-1", "processingType": kind, **more}
    return str(hub.must("POST", "/crm/v3/lists", body)["list"]["listId"])


def members(hub: Hub, list_id: str) -> set[str]:
    page = hub.must("GET", f"/crm/v3/lists/{list_id}/memberships?limit=250")
    return {row["recordId"] for row in page["results"]}


@assumes("hs-dynamic-list-at-once", "A dynamic list knows of a change at once")
def dynamic_list_at_once(ground: Ground) -> Finding:
    hub, city = Hub(ground), ground.tag.name()
    list_id = text_list(hub, city)
    contact = hub.make("contacts", city=city)
    inside = contact in members(hub, list_id)
    return Finding(inside, "at once" if inside else "not at once")


@assumes("hs-list-text-case", "Text filters of lists have no regard to case")
def list_text_case(ground: Ground) -> Finding:
    hub, city = Hub(ground), ground.tag.name()
    contact = hub.make("contacts", city=city.upper())
    list_id = text_list(hub, city)
    inside = contact in ground.eventually(lambda: members(hub, list_id), lambda found: contact in found)
    return Finding(inside, "found" if inside else "not found")


@assumes("hs-list-blanks", "In lists blanks answer only with `includeObjectsWithNoValueSet`")
def list_blanks(ground: Ground) -> Finding:
    hub, found = Hub(ground), {}
    contact = hub.make("contacts")
    city = ground.tag.name()
    other = hub.make("contacts", city=city)
    for blanks in (True, False):
        list_id = text_list(hub, city, blanks)
        inside = ground.eventually(lambda each=list_id: members(hub, each), lambda ids: other in ids)
        found[blanks] = contact in inside
    return equal(found, {True: True, False: False})


@assumes("hs-list-name-taken", "A second list of the same name: 400, and the wording")
def list_name_taken(ground: Ground) -> Finding:
    hub = Hub(ground)
    name = hub.must("GET", f"/crm/v3/lists/{new_list(hub, 'MANUAL')}")["list"]["name"]
    body = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL"}
    return refused(
        hub.call("POST", "/crm/v3/lists", body), 400, f"A list with the name {name} already exists"
    )


@assumes("hs-dynamic-list-by-hand", "Members of a dynamic list cannot be added by hand: 400, and the wording")
def dynamic_list_by_hand(ground: Ground) -> Finding:
    hub = Hub(ground)
    list_id = text_list(hub, ground.tag.name())
    answer = hub.call("PUT", f"/crm/v3/lists/{list_id}/memberships/add", [hub.make("contacts")])
    return refused(answer, 400, "Memberships of a DYNAMIC list cannot be changed by hand")


@assumes("hs-membership-after", "`after` of memberships counts members")
def membership_after(ground: Ground) -> Finding:
    hub = Hub(ground)
    list_id = new_list(hub, "MANUAL")
    ids = [hub.make("contacts") for _ in range(2)]
    hub.must("PUT", f"/crm/v3/lists/{list_id}/memberships/add", ids)
    ground.eventually(lambda: members(hub, list_id), lambda found: len(found) == 2)
    page = hub.must("GET", f"/crm/v3/lists/{list_id}/memberships?limit=1")
    return equal(page["paging"]["next"]["after"], "1")


@assumes("hs-opt-out-answer", "Without `verbose` the answer to an opt-out has no results")
def opt_out_answer(ground: Ground) -> Finding:
    hub, email = Hub(ground), ground.tag.email("out")
    path = f"/communication-preferences/v4/statuses/{email}/unsubscribe-all?channel=EMAIL"
    return equal(hub.must("POST", path)["results"], [])


@assumes("hs-opt-out-is-final", "After an opt-out from all, subscribing is refused: 400, and the wording")
def opt_out_is_final(ground: Ground) -> Finding:
    hub, email = Hub(ground), ground.tag.email("out")
    hub.must("POST", f"/communication-preferences/v4/statuses/{email}/unsubscribe-all?channel=EMAIL")
    types = hub.must("GET", "/communication-preferences/v3/definitions")["subscriptionDefinitions"]
    body = {
        "emailAddress": email,
        "subscriptionId": str(types[0]["id"]),
        "legalBasis": "LEGITIMATE_INTEREST_CLIENT",
        "legalBasisExplanation": "a test",
    }
    return refused(hub.call("POST", "/communication-preferences/v3/subscribe", body), 400)


@assumes("hs-no-choice-is-subscribed", "Who has not chosen is shown as subscribed by v3")
def no_choice_is_subscribed(ground: Ground) -> Finding:
    hub, email = Hub(ground), ground.tag.email("silent")
    hub.make("contacts", email=email)
    found = hub.must("GET", f"/communication-preferences/v3/status/email/{email}")["subscriptionStatuses"]
    return equal({row["status"] for row in found}, {"SUBSCRIBED"})


class Export:
    """An export of the contacts with this city."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.hub, self.city = ground, Hub(ground), ground.tag.name()
        self.contact = self.hub.make("contacts", city=self.city)
        body = {
            "exportType": "VIEW",
            "format": "CSV",
            "exportName": self.hub.tag.text(),
            "objectType": "CONTACT",
            "objectProperties": ["city", "createdate"],
            "language": "EN",
        }
        self.task = self.hub.must("POST", "/crm/v3/exports/export/async", body)["id"]

    def row(self) -> list[str]:
        """Our contact's row of the file."""
        path = f"/crm/v3/exports/export/async/tasks/{self.task}/status"
        done = self.ground.eventually(
            lambda: self.hub.must("GET", path), lambda found: found["status"] == "COMPLETE"
        )
        if done["status"] != "COMPLETE":
            raise UnsureError(f"the export is {done['status']}")
        text = requests.get(done["result"], timeout=60).content.decode("utf-8-sig")
        return next(row for row in csv.reader(text.splitlines()) if self.contact in row)


@assumes("hs-export-moment", "An export shows the rows of the moment of its request")
def export_moment(ground: Ground) -> Finding:
    export = Export(ground)
    export.hub.change("contacts", export.contact, city="Later")
    row = export.row()
    return Finding(export.city in row, "the value at the request" if export.city in row else "a later value")


@assumes("hs-export-zone", "An export shows datetimes in the account's zone")
def export_zone(ground: Ground) -> Finding:
    export = Export(ground)
    zone = ZoneInfo(export.hub.must("GET", "/account-info/v3/details")["timeZone"])
    created = str(export.hub.read("contacts", export.contact, "createdate")["createdate"])
    local = datetime.fromisoformat(created).astimezone(zone)
    shown = export.row()[-1]
    return Finding(shown.startswith(f"{local:%Y-%m-%d %H:%M}"), f"{shown} for {created} in {zone}")


@assumes("hs-properties-partly", "Of several properties created at once, those that are right are kept (207)")
def properties_partly(ground: Ground) -> Finding:
    hub, good = Hub(ground), ground.tag.name()
    kind = {"groupName": "contactinformation", "type": "string", "fieldType": "text"}
    inputs = [{"name": good, "label": good, **kind}, {"name": "firstname", "label": "x", **kind}]
    answer = hub.call("POST", "/crm/v3/properties/contacts/batch/create", {"inputs": inputs})
    kept = hub.call("GET", f"/crm/v3/properties/contacts/{good}").status
    return equal((answer.status, kept), (207, 200))


@assumes("hs-group-in-use", "A group that has properties cannot be deleted")
def group_in_use(ground: Ground) -> Finding:
    hub, group, name = Hub(ground), ground.tag.name(), ground.tag.name()
    hub.must("POST", "/crm/v3/properties/contacts/groups", {"name": group, "label": group})
    kind = {"groupName": group, "type": "string", "fieldType": "text"}
    hub.must("POST", "/crm/v3/properties/contacts", {"name": name, "label": name, **kind})
    answer = hub.call("DELETE", f"/crm/v3/properties/contacts/groups/{group}")
    return Finding(400 <= answer.status < 500, str(answer.status))
