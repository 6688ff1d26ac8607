"""The last number that is accepted, and the first that is not."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

SEARCH = "/crm/v3/objects/contacts/search"
RULE = {"propertyName": "city", "operator": "EQ", "value": "x"}
EDGES = "/crm/v4/associations/contacts/companies"


@pytest.mark.parametrize(
    ("counts", "status"),
    [([1] * 5, 200), ([1] * 6, 400), ([6], 200), ([7], 400), ([6, 6, 6], 200), ([6, 6, 6, 1], 400)],
)
def test_five_groups_six_filters_each_eighteen_in_all(http: Any, counts: list[int], status: int) -> None:
    groups = [{"filters": [RULE] * count} for count in counts]
    assert http("POST", SEARCH, {"filterGroups": groups}).status == status


def test_a_search_page_has_two_hundred_rows_and_ten_unless_asked(http: Any, store: HubSpotStore) -> None:
    store.load("contacts", [{"email": f"p{n}@firma.nl"} for n in range(201)])
    assert len(http("POST", SEARCH, {"limit": 200}).body["results"]) == 200
    assert len(http("POST", SEARCH, {}).body["results"]) == 10
    assert http("POST", SEARCH, {"limit": 201}).status == 400


@pytest.mark.parametrize(("after", "limit", "shown"), [(9_800, 200, 200), (9_900, 200, 100), (9_999, 5, 1)])
def test_search_shows_the_first_ten_thousand(
    http: Any, store: HubSpotStore, after: int, limit: int, shown: int
) -> None:
    store.load("contacts", [{"email": f"p{n}@firma.nl"} for n in range(10_010)])
    page = http("POST", SEARCH, {"limit": limit, "after": str(after)}).body
    assert (page["total"], len(page["results"])) == (10_010, shown)
    assert http("POST", SEARCH, {"limit": 1, "after": "10000"}).status == 400


@pytest.mark.parametrize(
    ("path", "row", "most"),
    [
        ("batch/read", {"id": "1"}, 1_000),
        ("batch/associate/default", {"from": {"id": "1"}, "to": {"id": "2"}}, 2_000),
        ("batch/archive", {"from": {"id": "1"}, "to": [{"id": "2"}]}, 2_000),
    ],
)
def test_batches_of_associations(http: Any, path: str, row: dict[str, Any], most: int) -> None:
    assert http("POST", f"{EDGES}/{path}", {"inputs": [row] * most}).status in (204, 207)
    assert http("POST", f"{EDGES}/{path}", {"inputs": [row] * (most + 1)}).status == 400


def test_a_record_takes_part_in_250_merges(http: Any, store: HubSpotStore) -> None:
    first, second, third = (store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(3))
    path = "/crm/v3/objects/contacts/merge"
    old = ";".join(str(n) for n in range(2 * 249))
    store.system_edit("contacts", first, {"hs_merged_object_ids": old})
    survivor = http("POST", path, {"primaryObjectId": first, "objectIdToMerge": second}).body["id"]
    assert http("POST", path, {"primaryObjectId": survivor, "objectIdToMerge": third}).status == 414


def test_a_note_has_65536_characters(http: Any) -> None:
    def written(count: int) -> int:
        values = {"hs_timestamp": "2026-11-02T09:00:00Z", "hs_note_body": "x" * count}
        return int(http("POST", "/crm/v3/objects/notes", {"properties": values}).status)

    assert [written(65_536), written(65_537)] == [201, 400]


def test_an_object_has_a_thousand_properties_of_ones_own(http: Any, client: HubSpot) -> None:
    own = {"groupName": "dealinformation", "type": "string", "fieldType": "text"}
    rows = [{"name": f"p{n}", "label": f"P {n}", **own} for n in range(1_001)]
    for start in range(0, 1_000, 100):
        assert (
            http(
                "POST", "/crm/v3/properties/deals/batch/create", {"inputs": rows[start : start + 100]}
            ).status
            == 201
        )
    assert http("POST", "/crm/v3/properties/deals", rows[1_000]).status == 400
    client.crm.properties.core_api.archive("deals", "p7")
    assert http("POST", "/crm/v3/properties/deals", rows[1_000]).status == 201


def test_a_pipeline_has_a_hundred_stages(http: Any) -> None:
    path = "/crm/v3/pipelines/deals/default/stages"
    body = {"label": "X", "displayOrder": 9, "metadata": {"probability": "0.5"}}
    statuses = [http("POST", path, body).status for _ in range(94)]
    assert statuses == [201] * 93 + [400]
