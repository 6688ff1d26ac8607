"""The switch that makes the simulated CRMs take their time: how long is decided by a seed."""

import statistics
from random import Random
from typing import Any

import pytest
from sandbox_crms import Crms

from connector.sandbox.faults.chance import Spread
from connector.sandbox.latency import kind_of

CONTACTS = "/crm/v3/objects/contacts"


def test_nothing_takes_time_unless_it_is_asked_for(crms: Crms) -> None:
    assert crms.hubspot("GET", "/_sandbox/latency").json() == {}


def test_a_slow_crm_answers_late_and_right_and_the_other_one_at_once(crms: Crms) -> None:
    """HubSpot's searches take hours, so a client that waits half a second gives up; nothing else does."""
    hours = {"median": 3_600_000, "p95": 3_600_000}
    setting = {"seed": 1, "hubspot": {"search": hours}, "salesforce": None}
    shown = crms.salesforce("POST", "/_sandbox/latency", setting).json()
    assert shown["hubspot"]["search"] == hours
    assert crms.hubspot("GET", CONTACTS).status_code == 200
    assert crms.salesforce("GET", "/services/data").status_code == 200
    with pytest.raises(Exception, match="timed out"):
        crms.patient(0.5).hubspot("POST", f"{CONTACTS}/search", {})
    crms.hubspot("DELETE", "/_sandbox/latency")
    assert crms.hubspot("POST", f"{CONTACTS}/search", {}).status_code == 200


def test_without_figures_it_takes_the_usual_ones(crms: Crms) -> None:
    shown = crms.hubspot("POST", "/_sandbox/latency", {"seed": 5}).json()
    assert shown["seed"] == 5
    assert shown["hubspot"]["read"]["median"] < shown["hubspot"]["batch"]["median"]
    crms.hubspot("POST", "/_sandbox/reset", {"contacts": 0})
    assert crms.hubspot("GET", "/_sandbox/latency").json() == {}


@pytest.mark.parametrize(
    "setting",
    [
        {"hubspot": {"reads": {"median": 1, "p95": 2}}},
        {"hubspot": {"read": {"median": 3, "p95": 2}}},
        {"salesforce": {"read": 5}},
        {"seed": "x"},
        {"zoho": None},
    ],
)
def test_figures_that_make_no_sense_are_refused_in_one_line(crms: Crms, setting: dict[str, Any]) -> None:
    refused = crms.hubspot("POST", "/_sandbox/latency", setting)
    assert refused.status_code == 400
    assert "not understood; give {" in refused.json()["error"]
    assert crms.hubspot("GET", "/_sandbox/latency").json() == {}


def test_a_spread_has_the_median_and_the_p95_that_were_asked_for() -> None:
    chance = Random(4)
    drawn = [Spread(median=100, p95=400).milliseconds(chance) for _ in range(4000)]
    assert 95 < statistics.median(drawn) < 105
    assert 0.04 < sum(each > 400 for each in drawn) / len(drawn) < 0.06


@pytest.mark.parametrize(
    ("method", "template", "kind"),
    [
        ("POST", "/services/oauth2/token", "login"),
        ("POST", "/crm/v3/objects/contacts/search", "search"),
        ("GET", "/services/data/{version}/query", "search"),
        ("GET", "/services/data/{version}/query/{locator}", "search"),
        ("POST", "/crm/v3/objects/contacts/batch/update", "batch"),
        ("PATCH", "/services/data/{version}/composite/sobjects", "batch"),
        ("PUT", "/services/data/{version}/jobs/ingest/{job}/batches", "batch"),
        ("GET", "/services/data/{version}/sobjects/{type}/{id}", "read"),
        ("PATCH", "/services/data/{version}/sobjects/{type}/{id}", "write"),
    ],
)
def test_each_request_is_of_one_kind(method: str, template: str, kind: str) -> None:
    assert kind_of(method, template) == kind
