"""How HubSpot searches and pages where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

from typing import Any

from assumptions.acts import Hub, equal, refused
from assumptions.base import Finding, assumes
from ground.base import Ground


class Three:
    """Three contacts of a city that exists once: CFO, CEO, and one without a job title."""

    def __init__(self, ground: Ground) -> None:
        self.hub, self.city = Hub(ground), ground.tag.name()
        for title in ("CFO", "CEO", ""):
            self.hub.make("contacts", city=self.city, jobtitle=title)
        self.find([], 3)

    def find(self, filters: list[dict[str, Any]], total: int, **more: Any) -> list[str | None]:
        """Job titles."""
        mine = {"propertyName": "city", "operator": "EQ", "value": self.city}
        body = {"filterGroups": [{"filters": [mine, *filters]}], "properties": ["jobtitle"], **more}
        return [row["properties"]["jobtitle"] for row in self.hub.search("contacts", body, total)]


@assumes("hs-blanks-answer-negatives", "NEQ, NOT_IN and NOT_CONTAINS_TOKEN find blanks")
def blanks_answer_negatives(ground: Ground) -> Finding:
    three, found = Three(ground), {}
    for operator, values in (
        ("NEQ", {"value": "CFO"}),
        ("NOT_IN", {"values": ["cfo"]}),
        ("NOT_CONTAINS_TOKEN", {"value": "CFO"}),
    ):
        rule = {"propertyName": "jobtitle", "operator": operator, **values}
        found[operator] = None in three.find([rule], 2)
    return equal(found, dict.fromkeys(found, True))


@assumes("hs-blanks-sort-last", "Blanks sort last in both directions")
def blanks_sort_last(ground: Ground) -> Finding:
    three = Three(ground)
    orders = [
        three.find([], 3, sorts=[{"propertyName": "jobtitle", "direction": f"{way}ENDING"}])
        for way in ("ASC", "DESC")
    ]
    return equal(orders, [["CEO", "CFO", None], ["CFO", "CEO", None]])


@assumes("hs-free-text-beginnings", "Free text finds beginnings of words")
def free_text_beginnings(ground: Ground) -> Finding:
    hub, word = Hub(ground), f"zonen{ground.tag.run}{ground.tag.name().rpartition('_')[2]}"
    hub.make("contacts", firstname=word.title())
    found = len(hub.search("contacts", {"query": word[:-1], "properties": ["firstname"]}, 1))
    inside = len(hub.must("POST", "/crm/v3/objects/contacts/search", {"query": word[1:]})["results"])
    return equal({"beginning": found, "inside": inside}, {"beginning": 1, "inside": 0})


@assumes("hs-after-beyond-end", "An `after` beyond the end of a list gives an empty page")
def after_beyond_end(ground: Ground) -> Finding:
    answer = Hub(ground).call("GET", "/crm/v3/objects/contacts?after=99999999999999")
    rows = (answer.body or {}).get("results")
    return Finding((answer.status, rows) == (200, []), f"{answer.status}, {rows and len(rows)} rows")


@assumes("hs-after-no-number", "An `after` that is no number is refused")
def after_no_number(ground: Ground) -> Finding:
    return refused(Hub(ground).call("GET", "/crm/v3/objects/contacts?after=next"), 400)


@assumes("hs-url-length", "An address of more than 8,192 characters is too long (414), a shorter one is not")
def url_length(ground: Ground) -> Finding:
    hub, base = Hub(ground), "/crm/v3/objects/contacts?limit=1&properties="
    statuses = [hub.call("GET", base + "x" * (length - len(base))).status for length in (8_000, 8_300)]
    return equal(statuses, [200, 414])


@assumes("hs-dated-account-details", "Account details have date-based paths like the rest")
def dated_account_details(ground: Ground) -> Finding:
    answer = Hub(ground).call("GET", "/account-info/2026-03/details")
    return Finding(answer.status == 200 and "portalId" in answer.body, str(answer.status))
