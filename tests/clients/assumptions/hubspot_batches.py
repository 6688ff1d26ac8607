"""How HubSpot treats many records at once, associations and merged ids where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

from typing import Any

from assumptions.acts import Hub, equal, refused, told
from assumptions.base import Finding, assumes
from ground.base import Ground

NOBODY = "999999999999"
PRIMARY, PLAIN = 1, 279
BATCH = "/crm/v3/objects/contacts/batch"


def change(*rows: tuple[str, dict[str, str]]) -> dict[str, Any]:
    return {"inputs": [{"id": id, "properties": properties} for id, properties in rows]}


@assumes("hs-batch-order", "Results of a batch come in another order than its inputs (here: the reverse)")
def batch_order(ground: Ground) -> Finding:
    hub = Hub(ground)
    cities = [hub.tag.name() for _ in range(10)]
    inputs = [{"properties": {"lastname": hub.tag.text(), "city": city}} for city in cities]
    made = hub.must("POST", f"{BATCH}/create", {"inputs": inputs})["results"]
    same = [row["properties"]["city"] for row in made] == cities
    return Finding(not same, "in the order of the inputs, this time" if same else "in another order")


@assumes("hs-batch-all-or-nothing", "Without trace ids one invalid row fails a whole batch")
def batch_all_or_nothing(ground: Ground) -> Finding:
    hub = Hub(ground)
    good, bad = hub.make("contacts", city="Gent"), hub.make("contacts")
    body = change((good, {"city": "Brugge"}), (bad, {"lifecyclestage": "no_such_stage"}))
    answer = hub.call("POST", f"{BATCH}/update", body)
    city = hub.read("contacts", good, "city")["city"]
    return Finding((answer.status, city) == (400, "Gent"), f"{answer.status}, the good row holds {city}")


@assumes("hs-batch-missing-ids", "Without trace ids, ids that are not there give 207 in a batch update")
def batch_missing_ids(ground: Ground) -> Finding:
    hub = Hub(ground)
    contact = hub.make("contacts")
    answer = hub.call("POST", f"{BATCH}/update", change((contact, {"city": "Gent"}), (NOBODY, {"city": "x"})))
    return equal(answer.status, 207)


@assumes("hs-batch-id-twice", "An id named twice in one batch update is refused: 400, and the wording")
def batch_id_twice(ground: Ground) -> Finding:
    hub = Hub(ground)
    contact = hub.make("contacts")
    body = change((contact, {"city": "Gent"}), (contact, {"city": "Brugge"}))
    return refused(hub.call("POST", f"{BATCH}/update", body), 400, "Duplicate IDs found in batch input")


@assumes(
    "hs-merged-id-in-batch-read",
    "A batch read by the id of a merged record gives the survivor under its own id",
)
def merged_id_in_batch_read(ground: Ground) -> Finding:
    hub = Hub(ground)
    primary, loser = hub.make("contacts"), hub.make("contacts")
    survivor = hub.merge("contacts", primary, loser)
    answer = hub.call("POST", f"{BATCH}/read", {"properties": [], "inputs": [{"id": loser}]})
    rows = [row["id"] for row in (answer.body or {}).get("results", [])]
    return Finding(
        rows == [survivor], f"{answer.status}, {'the survivor' if rows == [survivor] else len(rows)}"
    )


@assumes("hs-merged-id-in-batch-update", "A batch update does not find a merged record by its old id")
def merged_id_in_batch_update(ground: Ground) -> Finding:
    hub = Hub(ground)
    loser = hub.make("contacts")
    survivor = hub.merge("contacts", hub.make("contacts"), loser)
    answer = hub.call("POST", f"{BATCH}/update", change((loser, {"city": "Gent"})))
    city = hub.read("contacts", survivor, "city")["city"]
    return Finding(city is None, f"{answer.status}, the survivor's value is {city}")


@assumes("hs-merged-id-archived", "Archiving the old id of a merged record changes nothing")
def merged_id_archived(ground: Ground) -> Finding:
    hub = Hub(ground)
    loser = hub.make("contacts")
    survivor = hub.merge("contacts", hub.make("contacts"), loser)
    answer = hub.call("DELETE", f"/crm/v3/objects/contacts/{loser}")
    after = hub.call("GET", f"/crm/v3/objects/contacts/{survivor}").status
    return equal((answer.status, after), (204, 200))


@assumes(
    "hs-sparse-answers",
    "Answers to writes of companies, deals and engagements are as sparse as those of contacts",
)
def sparse_answers(ground: Ground) -> Finding:
    hub, extra = Hub(ground), {}
    for object_type, name in (("companies", "city"), ("deals", "description")):
        answer = hub.change(object_type, hub.make(object_type), **{name: "Gent"})
        extra[object_type] = sorted(set(answer.body["properties"]) - {name, "hs_lastmodifieddate"})
    task = {"hs_timestamp": "2026-11-20T10:00:00Z", "hs_task_subject": hub.tag.text()}
    made = hub.must("POST", "/crm/v3/objects/tasks", {"properties": task})["properties"]
    extra["tasks"] = sorted(set(made) - {*task, "hs_createdate", "hs_lastmodifieddate", "hs_object_id"})
    return equal(extra, dict.fromkeys(extra, []))


class Family:
    """A contact with two companies, the first of them primary."""

    def __init__(self, ground: Ground) -> None:
        self.hub = Hub(ground)
        self.contact = self.hub.make("contacts")
        self.firms = [self.hub.make("companies") for _ in range(2)]
        for firm in self.firms:
            self.hub.must(
                "PUT", f"/crm/v4/objects/contacts/{self.contact}/associations/default/companies/{firm}"
            )

    def types(self) -> dict[str, set[int]]:
        path = f"/crm/v4/objects/contacts/{self.contact}/associations/companies"
        rows = self.hub.must("GET", path)["results"]
        return {str(row["toObjectId"]): {each["typeId"] for each in row["associationTypes"]} for row in rows}

    def create(self, *pairs: tuple[str, int]) -> Any:
        """A batch of associations with companies, however it is answered."""
        inputs = [
            {
                "from": {"id": self.contact},
                "to": {"id": firm},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}],
            }
            for firm, type_id in pairs
        ]
        return self.hub.call(
            "POST", "/crm/v4/associations/contacts/companies/batch/create", {"inputs": inputs}
        )


@assumes("hs-partner-missing", "In a batch of associations a missing partner fails alone")
def partner_missing(ground: Ground) -> Finding:
    family = Family(ground)
    firm = family.hub.make("companies")
    answer = family.create((firm, PLAIN), (NOBODY, PLAIN))
    return equal((answer.status, firm in family.types()), (207, True))


@assumes("hs-association-type-wrong", "In a batch of associations a wrong type fails the whole call")
def association_type_wrong(ground: Ground) -> Finding:
    family = Family(ground)
    firm = family.hub.make("companies")
    answer = family.create((firm, PLAIN), (family.firms[0], 999_999))
    return equal((answer.status, firm in family.types()), (400, False))


@assumes("hs-primary-not-passed-on", "When the primary company is removed no other becomes primary")
def primary_not_passed_on(ground: Ground) -> Finding:
    family = Family(ground)
    path = f"/crm/v4/objects/contacts/{family.contact}/associations/companies/{family.firms[0]}"
    family.hub.must("DELETE", path)
    left = family.types().get(family.firms[1], set())
    return Finding(bool(left) and PRIMARY not in left, f"types of the other: {sorted(left)}")


@assumes("hs-labels-replaced", "Labels that a batch does not repeat are gone, Primary too")
def labels_replaced(ground: Ground) -> Finding:
    family = Family(ground)
    answer = family.create((family.firms[0], PLAIN))
    types = family.types().get(family.firms[0], set())
    return Finding(PRIMARY not in types, f"{told(answer)}; types: {sorted(types)}")


@assumes("hs-engagement-merge", "A merge of engagements is refused: 400, and the wording")
def engagement_merge(ground: Ground) -> Finding:
    body = {"primaryObjectId": NOBODY, "objectIdToMerge": "999999999998"}
    answer = Hub(ground).call("POST", "/crm/v3/objects/tasks/merge", body)
    return refused(answer, 400, "Merging is not supported for object type")
