"""The control interface: what tests ask of the simulated CRMs, off the real paths and uncounted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox_crms import MONDAY, Crms

from connector.sandbox.clock import Clock
from connector.sandbox.serve import start
from connector.sandbox.world import World

CONTACTS = "/crm/v3/objects/contacts"


def records(crms: Crms, type_name: str) -> list[dict[str, Any]]:
    ask = crms.hubspot if type_name in ("contacts", "companies", "deals", "owners") else crms.salesforce
    found: list[dict[str, Any]] = ask("GET", f"/_sandbox/records/{type_name}").json()["results"]
    return found


def test_both_crms_answer_as_soon_as_they_are_started_and_not_when_they_are_stopped() -> None:
    world = World()
    with start(world) as running:
        for url in (running.hubspot_url, running.salesforce_url):
            assert requests.get(f"{url}/_sandbox/clock", timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{running.hubspot_url}/_sandbox/clock", timeout=5)
    world.close()


def test_each_port_counts_its_own_requests_by_route(crms: Crms) -> None:
    contact = records(crms, "contacts")[0]["id"]
    for _ in range(2):
        assert crms.hubspot("GET", f"{CONTACTS}/{contact}").status_code == 200
    crms.hubspot("GET", f"{CONTACTS}?limit=1")
    crms.salesforce("GET", "/services/data/")
    hubspot = crms.hubspot("GET", "/_sandbox/requests").json()
    assert hubspot["total"] == 3
    assert sorted(hubspot["by_route"].values()) == [1, 2]
    assert all(route.startswith("GET /crm/") and contact not in route for route in hubspot["by_route"])
    assert crms.salesforce("GET", "/_sandbox/requests").json()["total"] == 1


def test_counting_starts_again_when_asked(crms: Crms) -> None:
    crms.hubspot("GET", CONTACTS)
    assert crms.hubspot("DELETE", "/_sandbox/requests").json() == {"total": 0, "by_route": {}}
    assert crms.hubspot("GET", "/_sandbox/requests").json()["total"] == 0


def test_unauthorized_requests_count_too(crms: Crms) -> None:
    """A client with a wrong token spends the allowance as well."""
    answer = requests.get(crms.running.hubspot_url + CONTACTS, timeout=5)
    assert answer.status_code == 401
    assert crms.hubspot("GET", "/_sandbox/requests").json()["total"] == 1


def test_one_clock_for_both_crms(crms: Crms) -> None:
    """A night that passes on one port has passed on the other; answers are dated by that clock."""
    assert crms.hubspot("GET", "/_sandbox/clock").json() == {"now": MONDAY.isoformat()}
    moved = crms.hubspot("POST", "/_sandbox/clock", {"advance_s": 86400}).json()
    assert moved == {"now": (MONDAY + timedelta(days=1)).isoformat()}
    assert crms.salesforce("GET", "/_sandbox/clock").json() == moved
    assert crms.hubspot("GET", CONTACTS).headers["Date"] == "Tue, 24 Nov 2026 09:00:00 GMT"


def test_the_clock_can_be_set(crms: Crms) -> None:
    crms.salesforce("POST", "/_sandbox/clock", {"now": "2027-01-04T09:00:00+01:00"})
    assert crms.world.clock.now() == datetime(2027, 1, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [{}, {"now": "2027-01-04T09:00:00"}, {"now": "soon"}, {"advance_s": "1h"}, {"advance_s": 1e300}, []],
)
def test_a_clock_request_that_says_nothing_clear_is_refused(crms: Crms, body: Any) -> None:
    answer = crms.hubspot("POST", "/_sandbox/clock", body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert crms.world.clock.now() == MONDAY


def test_a_running_clock_goes_on_from_where_it_was_put() -> None:
    clock = Clock(MONDAY)
    clock.advance(3600)
    assert timedelta(hours=1) <= clock.now() - MONDAY < timedelta(hours=1, seconds=5)


def test_a_frozen_clock_moves_only_when_something_is_written() -> None:
    clock = Clock(MONDAY, frozen=True)
    assert clock.now() == clock.now() == MONDAY
    clock.tick()
    assert clock.now() == MONDAY + timedelta(milliseconds=1)


def test_everything_stored_can_be_read_as_ground_truth_with_the_deleted(crms: Crms) -> None:
    contact = records(crms, "contacts")[0]["id"]
    assert crms.hubspot("DELETE", f"{CONTACTS}/{contact}").status_code == 204
    found = records(crms, "contacts")
    assert len(found) == 60
    assert [row["id"] for row in found if row["archived"]] == [contact]
    assert len(records(crms, "Account")) == len(list(crms.world.salesforce.all("Account")))


def test_ground_truth_can_be_read_in_pages(crms: Crms) -> None:
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = crms.hubspot("GET", f"/_sandbox/records/contacts?limit=25&after={after}").json()
        seen += [row["id"] for row in page["results"]]
        after = page["next"]
    assert seen == [row["id"] for row in records(crms, "contacts")]


def test_an_unknown_record_type_is_not_found(crms: Crms) -> None:
    assert crms.hubspot("GET", "/_sandbox/records/unicorns").status_code == 404
    assert crms.salesforce("GET", "/_sandbox/records/Unicorn").status_code == 404


def test_a_rep_converts_a_lead(crms: Crms) -> None:
    lead = next(row for row in records(crms, "Lead") if not row["IsConverted"])
    made = crms.salesforce("POST", "/_sandbox/convert", {"lead": lead["Id"], "opportunity": True}).json()
    after = crms.world.salesforce.get("Lead", lead["Id"])
    assert after is not None
    assert after["IsConverted"]
    assert after["ConvertedContactId"] == made["contact"]
    assert after["ConvertedOpportunityId"] == made["opportunity"]


def test_a_conversion_that_the_orgs_rules_refuse_says_so(crms: Crms) -> None:
    lead = next(row for row in records(crms, "Lead") if not row["IsConverted"])["Id"]
    rules = [{"type": "Contact", "message": "Ask legal first"}]
    assert crms.salesforce("POST", "/_sandbox/settings", {"validation_rules": rules}).status_code == 200
    refused = crms.salesforce("POST", "/_sandbox/convert", {"lead": lead})
    assert refused.status_code == 400
    assert "Ask legal first" in refused.json()["error"]


def test_a_lead_cannot_be_converted_twice_nor_without_a_name(crms: Crms) -> None:
    lead = next(row for row in records(crms, "Lead") if not row["IsConverted"])["Id"]
    crms.salesforce("POST", "/_sandbox/convert", {"lead": lead})
    assert crms.salesforce("POST", "/_sandbox/convert", {"lead": lead}).status_code == 400
    assert crms.salesforce("POST", "/_sandbox/convert", {}).status_code == 400
    assert crms.salesforce("POST", "/_sandbox/convert", {"lead": "00Q000000000000AAA"}).status_code == 404


def test_a_working_day_passes(crms: Crms) -> None:
    done = crms.hubspot("POST", "/_sandbox/day", {"seed": 4}).json()
    assert done["contact_at_handover"] > 0
    assert len(records(crms, "contacts")) >= 60 + done["contact_at_handover"]
    assert crms.world.clock.now() > MONDAY + timedelta(hours=7)


def test_reset_empties_both_crms_or_seeds_them_anew(crms: Crms) -> None:
    before = [row["properties"] for row in records(crms, "contacts")]
    crms.hubspot("POST", "/_sandbox/reset")
    assert records(crms, "contacts") == records(crms, "Lead") == []
    assert len(records(crms, "owners")) == 12
    summary = crms.salesforce("POST", "/_sandbox/reset", {"contacts": 60, "seed": 1}).json()
    assert summary["contacts"] == 60
    assert [_comparable(row["properties"]) for row in records(crms, "contacts")] == [
        _comparable(row) for row in before
    ]


def _comparable(row: dict[str, str]) -> dict[str, str]:
    """Without what a reset may number anew."""
    ids = (
        "hs_object_id",
        "hubspot_owner_id",
        "salesforceleadid",
        "salesforcecontactid",
        "associatedcompanyid",
    )
    return {name: value for name, value in row.items() if name not in ids}


def test_an_unknown_path_gets_the_crms_own_error_body(crms: Crms) -> None:
    hubspot, salesforce = crms.hubspot("GET", "/nowhere"), crms.salesforce("GET", "/nowhere")
    assert (hubspot.status_code, hubspot.json()["status"]) == (404, "error")
    assert (salesforce.status_code, salesforce.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_a_trailing_slash_makes_no_difference(crms: Crms) -> None:
    """simple-salesforce and HubSpot's client end some paths with one; neither expects a redirect."""
    assert crms.hubspot("GET", CONTACTS + "/").json() == crms.hubspot("GET", CONTACTS).json()
    assert set(crms.hubspot("GET", "/_sandbox/requests").json()["by_route"].values()) == {2}


def test_a_test_account_can_call_itself_a_production_account(crms: Crms) -> None:
    """What refuses to touch production can be tried: the account's type and the org's are switches."""
    assert crms.hubspot("POST", "/_sandbox/settings", {"account_type": "STANDARD"}).status_code == 200
    assert crms.hubspot("GET", "/account-info/v3/details").json()["accountType"] == "STANDARD"
    switches = {"organization_type": "Unlimited Edition", "is_sandbox": False}
    assert switches.items() <= crms.salesforce("POST", "/_sandbox/settings", switches).json().items()
    soql = "SELECT OrganizationType, IsSandbox FROM Organization"
    (org,) = crms.salesforce("GET", f"/services/data/v64.0/query?q={soql}").json()["records"]
    assert (org["OrganizationType"], org["IsSandbox"]) == ("Unlimited Edition", False)
    crms.hubspot("POST", "/_sandbox/reset")
    assert crms.hubspot("GET", "/_sandbox/settings").json()["account_type"] == "DEVELOPER_TEST"
    assert crms.salesforce("GET", "/_sandbox/settings").json()["is_sandbox"] is True


@pytest.mark.parametrize("wrong", [{"is_sandbox": "no"}, {"organization_type": ""}, {"edition": "free"}])
def test_a_switch_of_the_org_that_makes_no_sense_is_refused(crms: Crms, wrong: dict[str, Any]) -> None:
    before = crms.salesforce("GET", "/_sandbox/settings").json()
    refused = crms.salesforce("POST", "/_sandbox/settings", {"is_sandbox": False, **wrong})
    assert refused.status_code == 400
    assert next(iter(wrong)) in refused.json()["error"]
    assert crms.salesforce("GET", "/_sandbox/settings").json() == before


def test_a_web_page_elsewhere_cannot_work_the_switches(crms: Crms) -> None:
    """A browser on this machine tells where a script stood; programs that are no browsers need not."""
    url = f"{crms.running.hubspot_url}/_sandbox/reset"
    before = crms.world.hubspot.get("contacts", next(crms.world.hubspot.all("contacts"))["id"])
    stranger = requests.post(url, json={}, headers={"Origin": "https://elsewhere.example"}, timeout=20)
    assert stranger.status_code == 403
    rebound = requests.post(url, json={}, headers={"Host": "elsewhere.example"}, timeout=20)
    assert rebound.status_code == 403
    assert before in list(crms.world.hubspot.all("contacts"))
    assert requests.post(url, json={}, timeout=20).status_code == 200


def test_a_damaged_or_occupied_folder_is_said_with_its_place(tmp_path: Path) -> None:
    """Two sandboxes in one folder would write over each other; a damaged note is no mystery."""
    first = World(tmp_path / "state")
    with pytest.raises(ValueError, match="state is in use by other simulated CRMs"):
        World(tmp_path / "state")
    first.close()
    World(tmp_path / "state").close()
    (tmp_path / "state" / "sandbox.json").write_text('{"a": 1}')
    with pytest.raises(ValueError, match=r"sandbox\.json is damaged"):
        World(tmp_path / "state")
    with pytest.raises(ValueError, match="is a file, not a folder"):
        World(tmp_path / "state" / "sandbox.json")


def test_a_browser_that_only_knows_the_port_is_led_to_the_pages(crms: Crms) -> None:
    for path in ("/", "/_sandbox/"):
        assert requests.get(crms.running.salesforce_url + path, timeout=20).url.endswith("/_sandbox/ui")


def test_every_wrong_switch_is_named_and_none_is_set(crms: Crms) -> None:
    """Whoever misspells two switches mends both at once."""
    asked = {"index_lag": 3, "index_lag_s": 3, "colour": "red", "retry_after": "yes"}
    told = crms.hubspot("POST", "/_sandbox/settings", asked)
    assert told.status_code == 400
    assert "no switch 'index_lag', 'colour'; there are " in told.json()["error"]
    assert told.json()["error"].endswith('; "retry_after" must be true or false')
    assert crms.hubspot("GET", "/_sandbox/settings").json()["index_lag_s"] == 0
    told = crms.salesforce("POST", "/_sandbox/settings", {"licences": -1, "is_sandbox": 1})
    assert told.json()["error"].count(" must be ") == 2
