"""The account as a whole: tokens, paths, headers, limits' figures, owners, pipelines, details."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

REWRITES = (
    (r"/crm/v3/objects/", r"/crm/objects/{}/"),
    (r"/crm/v4/objects/", r"/crm/objects/{}/"),
    (r"/crm/v4/associations/", r"/crm/associations/{}/"),
    (r"/crm/v3/(properties|pipelines|owners|lists|imports|exports)", r"/crm/\1/{}"),
    (r"/account-info/v3/", r"/account-info/{}/"),
)


def dated(path: str, version: str) -> str:
    """A v3 or v4 path in the date-based form."""
    for pattern, replacement in REWRITES:
        path, times = re.subn(pattern, replacement.replace("{}", version), path, count=1)
        if times:
            return path
    raise AssertionError(path)


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/crm/v3/objects/contacts", None),
        ("GET", "/crm/v3/objects/0-1/{contact}", None),
        ("GET", "/crm/v3/objects/0-2", None),
        ("GET", "/crm/v3/objects/0-3", None),
        ("POST", "/crm/v3/objects/contacts/search", {"limit": 1}),
        ("POST", "/crm/v3/objects/companies/search", {"limit": 1}),
        ("POST", "/crm/v3/objects/deals/batch/read", {"inputs": [{"id": "1"}]}),
        ("GET", "/crm/v4/objects/contacts/{contact}/associations/companies", None),
        ("POST", "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": "{contact}"}]}),
        ("GET", "/crm/v4/associations/0-1/0-2/labels", None),
        ("GET", "/crm/v3/properties/contacts", None),
        ("GET", "/crm/v3/properties/contacts/email", None),
        ("GET", "/crm/v3/properties/contacts/groups", None),
        ("GET", "/crm/v3/pipelines/deals", None),
        ("GET", "/crm/v3/pipelines/deals/default/stages", None),
        ("GET", "/crm/v3/owners/", None),
        ("POST", "/crm/v3/lists/search", {}),
        ("GET", "/crm/v3/lists/records/0-1/{contact}/memberships", None),
        ("GET", "/crm/v3/imports/", None),
        ("GET", "/account-info/v3/details", None),
    ],
)
def test_dated_paths_answer_what_v3_and_v4_answer(
    http: Any, store: HubSpotStore, version: str, method: str, path: str, body: Any
) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    old = http(method, path.replace("{contact}", contact), body)
    new = http(method, dated(path, version).replace("{contact}", contact), body)
    assert old.status in (200, 207)
    assert (new.status, new.body) == (old.status, old.body)


def test_the_official_client_works_on_dated_paths_with_a_rewrite(base_url: str, store: HubSpotStore) -> None:
    def api_factory(package: Any, name: str, config: dict[str, Any]) -> Any:
        settings = package.Configuration()
        for key, value in config.items():
            setattr(settings, {"retry": "retries"}.get(key, key), value)
        api_client = package.ApiClient(configuration=settings)
        original = api_client.call_api
        api_client.call_api = lambda path, *args, **more: original(dated(path, "2026-03"), *args, **more)
        return getattr(package, name)(api_client=api_client)

    client = HubSpot(access_token="sandbox", host=base_url, retry=False, api_factory=api_factory)
    contact = client.crm.contacts.basic_api.create({"properties": {"lastname": "Maes"}})
    company = client.crm.companies.basic_api.create({"properties": {"name": "Firma"}})
    client.crm.associations.v4.basic_api.create_default("contacts", contact.id, "companies", company.id)
    assert client.crm.contacts.search_api.do_search({"limit": 5}).total == 1
    assert client.crm.owners.owners_api.get_page().results == []
    assert client.crm.pipelines.pipelines_api.get_all("deals").results[0].id == "default"
    assert [each["id"] for each in store.all("contacts")] == [contact.id]


def test_an_unknown_path_or_object_is_refused_in_hubspots_envelope(http: Any) -> None:
    assert http("GET", "/crm/v3/objects/unicorns").status == 400
    assert http("GET", "/crm/v9/objects/contacts").body["status"] == "error"
    assert http("PUT", "/crm/v3/objects/contacts", {}).status == 405


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_without_a_valid_token_nothing_is_told(http: Any, token: str | None) -> None:
    answer = http("GET", "/crm/v3/objects/contacts", token=token)
    assert (answer.status, answer.body["category"]) == (401, "INVALID_AUTHENTICATION")
    assert answer.headers["X-HubSpot-Correlation-Id"] == answer.body["correlationId"]


def test_a_revoked_token_is_refused_from_then_on(http: Any, store: HubSpotStore) -> None:
    store.allow("other")
    assert http("GET", "/crm/v3/objects/contacts", token="other").status == 200
    store.revoke("other")
    assert http("GET", "/crm/v3/objects/contacts", token="other").status == 401


def test_normal_answers_carry_the_rate_limit_figures(http: Any, world: World) -> None:
    world.clock.advance(20)
    first = http("GET", "/crm/v3/objects/contacts").headers
    second = http("GET", "/crm/v3/objects/contacts").headers
    assert first["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert int(first["X-HubSpot-RateLimit-Max"]) - 1 == int(first["X-HubSpot-RateLimit-Remaining"])
    for name in ("X-HubSpot-RateLimit-Remaining", "X-HubSpot-RateLimit-Daily-Remaining"):
        assert int(first[name]) - int(second[name]) == 1
    world.clock.advance(10)
    third = http("GET", "/crm/v3/objects/contacts").headers
    assert third["X-HubSpot-RateLimit-Remaining"] == first["X-HubSpot-RateLimit-Remaining"]
    assert first["Content-Type"] == "application/json;charset=utf-8"


def test_search_is_exempt_from_the_ten_second_limit_and_says_nothing_of_it(http: Any, world: World) -> None:
    world.clock.advance(20)
    before = http("GET", "/crm/v3/objects/contacts").headers["X-HubSpot-RateLimit-Remaining"]
    search = http("POST", "/crm/v3/objects/contacts/search", {})
    after = http("GET", "/crm/v3/objects/contacts").headers["X-HubSpot-RateLimit-Remaining"]
    assert not [name for name in search.headers if name.lower().startswith("x-hubspot-ratelimit")]
    assert int(before) - int(after) == 1


def test_owners_come_in_pages_and_inactive_ones_apart(
    client: HubSpot, http: Any, store: HubSpotStore
) -> None:
    rows = [{"email": f"rep{n}@firma.nl", "firstName": "Rep", "lastName": str(n)} for n in range(120)]
    ids = store.load_owners([*rows, {"email": "weg@firma.nl", "archived": True}])
    first = client.crm.owners.owners_api.get_page()
    assert (len(first.results), first.paging.next.after) == (100, ids[99])
    rest = client.crm.owners.owners_api.get_page(after=first.paging.next.after)
    assert [each.id for each in rest.results] == ids[100:120]
    gone = client.crm.owners.owners_api.get_page(archived=True).results
    assert [(each.id, each.archived, each.user_id) for each in gone] == [(ids[120], True, None)]
    assert client.crm.owners.owners_api.get_page(email="REP7@firma.nl").results[0].id == ids[7]
    assert client.crm.owners.owners_api.get_by_id(ids[7]).user_id != int(ids[7])
    assert http("GET", f"/crm/v3/owners/{ids[120]}").status == 404
    assert http("GET", f"/crm/v3/owners/{ids[120]}?archived=true").status == 200
    assert http("GET", "/crm/v3/owners?limit=501").status == 400
    assert http("POST", "/crm/v3/owners", {"email": "x@firma.nl"}).status == 405


def test_the_default_pipeline(client: HubSpot) -> None:
    pipeline = client.crm.pipelines.pipelines_api.get_by_id("deals", "default")
    stages = {each.id: each.metadata for each in pipeline.stages}
    assert list(stages) == [
        "appointmentscheduled",
        "qualifiedtobuy",
        "presentationscheduled",
        "decisionmakerboughtin",
        "contractsent",
        "closedwon",
        "closedlost",
    ]
    assert stages["closedwon"] == {"isClosed": "true", "probability": "1.0"}
    assert stages["closedlost"] == {"isClosed": "true", "probability": "0.0"}
    assert stages["contractsent"]["isClosed"] == "false"


def test_a_pipeline_of_ones_own_has_numbered_stages(client: HubSpot, http: Any, store: HubSpotStore) -> None:
    chances = (("Demo", "0.3"), ("Gewonnen", "1.0"))
    stages = [
        {"label": label, "displayOrder": n, "metadata": {"probability": chance}}
        for n, (label, chance) in enumerate(chances)
    ]
    made = client.crm.pipelines.pipelines_api.create(
        "deals", {"label": "Verlengingen", "displayOrder": 1, "stages": stages}
    )
    assert made.id.isdigit()
    assert all(each.id.isdigit() for each in made.stages)
    api = client.crm.pipelines.pipeline_stages_api
    lost = api.create(
        "deals", made.id, {"label": "Verloren", "displayOrder": 9, "metadata": {"probability": "0.0"}}
    )
    assert lost.metadata == {"isClosed": "true", "probability": "0.0"}
    assert (
        api.update(
            "deals", made.id, lost.id, {"label": "Weg", "displayOrder": 9, "metadata": {"probability": "0.0"}}
        ).label
        == "Weg"
    )
    deal = store.user_create("deals", {"dealname": "X", "pipeline": made.id, "dealstage": lost.id})
    assert http("DELETE", f"/crm/v3/pipelines/deals/{made.id}/stages/{lost.id}").status == 400
    assert (
        http("DELETE", f"/crm/v3/pipelines/deals/{made.id}?validateReferencesBeforeDelete=true").status == 400
    )
    store.user_archive("deals", deal)
    assert http("DELETE", f"/crm/v3/pipelines/deals/{made.id}/stages/{lost.id}").status == 204
    assert (
        http("DELETE", f"/crm/v3/pipelines/deals/{made.id}?validateReferencesBeforeDelete=true").status == 204
    )
    assert http("GET", f"/crm/v3/pipelines/deals/{made.id}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"label": "X", "displayOrder": 0, "metadata": {}},
        {"label": "X", "displayOrder": 0, "metadata": {"probability": "2"}},
        {"label": "", "displayOrder": 0, "metadata": {"probability": "0.5"}},
        {"label": "X", "displayOrder": "0", "metadata": {"probability": "0.5"}},
        {"label": "X", "displayOrder": 0, "metadata": 5},
    ],
)
def test_a_bad_stage_is_refused(http: Any, body: dict[str, Any]) -> None:
    assert http("POST", "/crm/v3/pipelines/deals/default/stages", body).status == 400


def test_account_details(http: Any) -> None:
    details = http("GET", "/account-info/v3/details").body
    assert set(details) == {
        "portalId",
        "accountType",
        "timeZone",
        "companyCurrency",
        "additionalCurrencies",
        "utcOffset",
        "utcOffsetMilliseconds",
        "uiDomain",
        "dataHostingLocation",
    }
    assert (details["accountType"], details["timeZone"]) == ("DEVELOPER_TEST", "Europe/Amsterdam")
    assert (details["utcOffset"], details["utcOffsetMilliseconds"]) == ("+01:00", 3_600_000)
