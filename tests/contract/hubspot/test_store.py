"""The account from the inside: bulk loading, people at work, ground truth, restarts."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.clock import Clock
from connector.sandbox.hubspot.errors import ApiError
from connector.sandbox.hubspot.store import HubSpotStore

LAST_YEAR = datetime(2025, 3, 1, tzinfo=UTC)


def test_of_many_contacts_loaded_at_once_each_gets_an_id_of_its_own() -> None:
    store = HubSpotStore(":memory:", Clock())
    rows = [
        {
            "email": f"p{n}@voorbeeld.nl",
            "firstname": "Jan",
            "lastname": f"Jansen {n}",
            "lifecyclestage": "lead",
        }
        for n in range(20_000)
    ]
    assert len(set(store.load("contacts", rows))) == 20_000
    store.close()


def test_loaded_records_have_their_own_dates_and_normalized_keys(store: HubSpotStore) -> None:
    row = {"email": " Jan@Voorbeeld.NL", "_created": LAST_YEAR, "_modified": LAST_YEAR + timedelta(days=1)}
    (contact,) = store.load("contacts", [{**row, "lifecyclestage": "lead", "city": None}])
    found = store.get("contacts", contact) or {}
    assert found["createdAt"] == "2025-03-01T00:00:00.000Z"
    assert found["updatedAt"] == "2025-03-02T00:00:00.000Z"
    assert found["properties"]["email"] == "jan@voorbeeld.nl"
    assert found["properties"]["hs_v2_date_entered_lead"] == "2025-03-01T00:00:00.000Z"
    assert "city" not in found["properties"]


def test_of_two_loaded_contacts_with_one_email_only_the_first_keeps_it(store: HubSpotStore) -> None:
    ids = store.load(
        "contacts", [{"email": "jan@voorbeeld.nl"}, {"email": "Jan@voorbeeld.nl", "lastname": "Jansen"}]
    )
    emails = [(store.get("contacts", each) or {})["properties"].get("email") for each in ids]
    assert emails == ["jan@voorbeeld.nl", None]


def test_loaded_associations_have_one_primary_company_each(store: HubSpotStore) -> None:
    contact, other = store.load("contacts", [{"email": "a@voorbeeld.nl"}, {"email": "b@voorbeeld.nl"}])
    first, second = store.load("companies", [{"name": "Een"}, {"name": "Twee"}])
    store.load_associations("contacts", "companies", [(contact, first), (contact, second), (other, second)])
    edges = (store.get("contacts", contact) or {})["associations"]["companies"]
    assert edges == [{"id": first, "typeIds": [1, 279]}, {"id": second, "typeIds": [279]}]
    assert (store.get("contacts", other) or {})["properties"]["associatedcompanyid"] == second


def test_ground_truth_tells_deleted_and_merged_records_too(store: HubSpotStore) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(3)])
    survivor = store.merge("contacts", ids[0], ids[1])
    store.user_archive("contacts", ids[2])
    found = {each["id"]: each for each in store.all("contacts")}
    assert found[ids[0]]["mergedInto"] == found[ids[1]]["mergedInto"] == survivor
    assert "mergedInto" not in found[ids[2]]
    assert found[ids[2]]["archived"]
    assert [each["id"] for each in store.all("contacts", include_deleted=False)] == [survivor]


def test_people_obey_the_same_value_rules_as_the_api(store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    with pytest.raises(ApiError, match="INVALID_OPTION"):
        store.user_edit("contacts", contact, {"hs_lead_status": "WARM"})
    with pytest.raises(ApiError, match="READ_ONLY_VALUE"):
        store.user_edit("contacts", contact, {"hs_predictivecontactscore_v2": "80"})
    with pytest.raises(ApiError, match="resource not found"):
        store.user_edit("contacts", "4711", {"city": "Gent"})


def test_hubspot_itself_sets_scores_and_opt_outs(store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    store.system_edit("contacts", contact, {"hs_predictivecontactscore_v2": "80", "hs_email_optout": "true"})
    properties = (store.get("contacts", contact) or {})["properties"]
    assert (properties["hs_predictivecontactscore_v2"], properties["hs_email_optout"]) == ("80", "true")


@pytest.mark.parametrize("lag", [0.0, 5.0])
def test_a_restarted_account_goes_on_where_it_was(tmp_path: Path, lag: float) -> None:
    path, clock = str(tmp_path / "hubspot.sqlite"), Clock()
    store = HubSpotStore(path, clock, lag)
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    company = store.user_create("companies", {"name": "Firma"})
    store.associate("contacts", contact, "companies", company)
    store.user_edit("contacts", contact, {"city": "Gent"})
    before = [list(store.all(name)) for name in ("contacts", "companies")]
    store.close()
    again = HubSpotStore(path, clock, lag)
    assert [list(again.all(name)) for name in ("contacts", "companies")] == before
    assert again.user_create("contacts", {"email": "an@voorbeeld.nl"}) > contact
    assert [each["value"] for each in again.history("contacts", contact, "city")] == ["Gent"]
    again.close()


def test_a_reset_account_is_as_new(store: HubSpotStore) -> None:
    first = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    store.switches.auto_lifecycle = False
    store.reset()
    assert list(store.all("contacts")) == []
    assert store.switches.auto_lifecycle
    assert store.user_create("contacts", {"email": "jan@voorbeeld.nl"}) == first


def test_an_error_in_the_middle_of_a_merge_changes_nothing(store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    before = list(store.all("contacts"))
    with pytest.raises(ApiError):
        store.merge("contacts", contact, "4711")
    assert list(store.all("contacts")) == before


def test_a_full_disk_costs_only_what_did_not_fit(tmp_path: Path) -> None:
    store = HubSpotStore(str(tmp_path / "hubspot.sqlite"), Clock())
    (pages,) = store.db.row("PRAGMA page_count") or ()
    store.db.rows(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.user_create("contacts", {"email": "jan@voorbeeld.nl", "message": "x" * 60_000})
    store.db.rows("PRAGMA max_page_count = 100000")
    store.user_create("contacts", {"email": "piet@voorbeeld.nl"})
    assert [row["properties"]["email"] for row in store.all("contacts")] == ["piet@voorbeeld.nl"]
    store.close()


def test_people_and_api_clients_may_write_at_the_same_time(http: Any, store: HubSpotStore) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(20)])

    def person() -> None:
        for each in ids:
            store.user_edit("contacts", each, {"city": "Gent"})

    def client() -> None:
        for each in ids:
            assert (
                http("PATCH", f"/crm/v3/objects/contacts/{each}", {"properties": {"zip": "9000"}}).status
                == 200
            )

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work) for work in (person, client, person, client, person, client)]:
            done.result()
    values = [each["properties"] for each in store.all("contacts")]
    assert {(each["city"], each["zip"]) for each in values} == {("Gent", "9000")}
