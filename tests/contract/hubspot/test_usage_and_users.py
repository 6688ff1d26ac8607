"""Records near their association limit, and the people of the account: users, teams."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore

RECORDS = "/crm/v3/limits/associations/records"


def company_with(store: HubSpotStore, people: int, name: str) -> str:
    """A company with so many contacts."""
    company = store.user_create("companies", {"name": name})
    for n in range(people):
        contact = store.user_create("contacts", {"email": f"p{n}@{name}.nl"})
        store.associate("contacts", contact, "companies", company)
    return company


def test_records_at_eighty_percent_of_a_limit_are_reported(http: Any, store: HubSpotStore) -> None:
    http("POST", "/_sandbox/settings", {"association_limits": {"companies:contacts": 5}})
    company_with(store, 3, "ruim")
    near, full = company_with(store, 4, "bijna"), company_with(store, 5, "vol")
    rows = http("GET", f"{RECORDS}/companies/contacts").body["results"]
    assert [(row["objectId"], row["usage"], row["percentage"]) for row in rows] == [
        (full, 5, 100.0),
        (near, 4, 80.0),
    ]
    (one,) = http("GET", f"{RECORDS}/from").body["results"]
    assert (one["objectTypeId"], one["hasRecordsNearLimit"], one["hasRecordsAtLimit"]) == ("0-2", True, True)
    (other,) = http("GET", "/crm/limits/2026-03/associations/records/0-2/to").body["results"]
    assert (other["objectTypeId"], other["pluralLabel"]) == ("0-1", "Contacts")
    assert http("GET", f"{RECORDS}/contacts/companies").body["results"] == []


def test_the_report_is_ordered_for_a_user(client: HubSpot, http: Any, store: HubSpotStore) -> None:
    store.load_owners([{"email": "kees@wij.nl", "userId": 4711}])
    answer = client.crm.associations.v4.report_api.request(4711)
    assert (answer.user_id, answer.user_email) == (4711, "kees@wij.nl")
    assert http("POST", "/crm/v4/associations/usage/high-usage-report/12").status == 404


@pytest.fixture
def colleagues(store: HubSpotStore) -> list[str]:
    """Kees of sales, An of sales and support, a queue, and Piet, who has left."""
    sales = {"id": "7", "name": "Sales", "primary": True}
    support = {"id": "8", "name": "Support", "primary": False}
    return store.load_owners(
        [
            {"email": "kees@wij.nl", "userId": 11, "teams": [sales]},
            {"email": "an@wij.nl", "userId": 12, "teams": [sales, support]},
            {"email": "wachtrij@wij.nl", "userId": 13, "type": "QUEUE"},
            {"email": "piet@wij.nl", "userId": 14, "archived": True, "teams": [sales]},
        ]
    )


@pytest.mark.usefixtures("colleagues")
def test_users_are_the_active_people_behind_the_owners(client: HubSpot, http: Any) -> None:
    api = client.settings.users.users_api
    first = api.get_page(limit=1)
    rest = api.get_page(limit=1, after=first.paging.next.after)
    assert [user.email for user in [*first.results, *rest.results]] == ["kees@wij.nl", "an@wij.nl"]
    assert rest.paging is None
    an = api.get_by_id("an@wij.nl", id_property="EMAIL")
    assert (an.id, an.primary_team_id, an.secondary_team_ids) == ("12", "7", ["8"])
    assert http("GET", "/settings/v3/users/14").status == 404


@pytest.mark.usefixtures("colleagues")
def test_teams_know_their_people(client: HubSpot, http: Any) -> None:
    teams = client.settings.users.teams_api.get_all().results
    assert [(team.name, team.user_ids, team.secondary_user_ids) for team in teams] == [
        ("Sales", ["11", "12"], []),
        ("Support", [], ["12"]),
    ]
    owner = http("GET", "/crm/v3/owners?email=an@wij.nl").body["results"][0]
    assert [team["name"] for team in owner["teams"]] == ["Sales", "Support"]
    assert client.settings.users.roles_api.get_all().results == []
