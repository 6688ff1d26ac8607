"""Whatever is sent to whatever route: an answer in time, in the vendor's words, and no traceback."""

import copy
import http.client
from collections.abc import Callable
from typing import Any

import pytest
import requests
from fuzz_answers import Line, Sent, Target, wrong_with
from fuzz_examples import BRANCH, IMPORT, LEAD, SUBREQUESTS
from fuzz_ground import SF, furnished
from fuzz_junk import deep, spoiled
from hypothesis import HealthCheck, given, settings
from sandbox_crms import Crms
from sandbox_fuzz import each_place_spoiled, request, requests_to, targets, written

from connector.sandbox.hubspot.app import routes as hubspot_routes
from connector.sandbox.salesforce.app import routes as salesforce_routes

Capture = pytest.CaptureFixture[str]
Judge = Callable[[Target, Line, Sent], None]
EACH = 3
"""Requests to each target in the default suite."""
IN_TROUBLE = {401, 423, 429, 477, 502, 503}
"""Statuses that the rules below answer with."""
TROUBLE: tuple[Any, ...] = (
    *("drop", "apply_then_drop", "reset", "apply_then_reset", "reorder", {"cut_after": 9}, {"hang_s": 0.01}),
    *({"delay_ms": {"median": 1, "p95": 3}}, {"fail_rows": 0.4}, {"late_commit_s": 60}),
    *(
        {"hide_field": {"type": "Lead", "field": "Email"}},
        {"hide_field": {"type": "contacts", "field": "city"}},
    ),
    *({"vendor": name} for name in ("rate_limit_burst", "migrating_477", "SERVER_UNAVAILABLE", "html_503")),
    *({"vendor": name} for name in ("locked_423", "expired_authentication", "bad_gateway_html", "empty_503")),
)
RULE = {
    "match": {"side": "hubspot", "method": "GET", "path_prefix": "/", "route": "/crm/{x}/**"},
    **{"nth": 2, "every": 2, "probability": 0.5, "seed": 1, "times": 3},
    "answer": {"status": 503, "body": {"a": 1}, "headers": {"Retry-After": "1"}},
}


def all_targets(crms: Crms) -> list[Target]:
    return [
        *targets("hubspot", hubspot_routes(crms.world)),
        *targets("salesforce", salesforce_routes(crms.world)),
    ]


def calm(examples: int, derandomize: bool = True) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
    )


def lines_to(crms: Crms) -> dict[str, Line]:
    return {"hubspot": Line(crms.running.hubspot_url), "salesforce": Line(crms.running.salesforce_url)}


def fuzz(crms: Crms, judge: Judge, way: settings, trouble: tuple[Any, ...] = ()) -> None:
    """Sends random requests to each target, over one connection to each CRM."""
    lines, names = lines_to(crms), furnished(crms)
    for seed, answer in enumerate(trouble):
        rule = {"answer": answer, "probability": 0.05, "seed": seed, "times": None}
        assert crms.hubspot("POST", "/_sandbox/faults", rule).ok
    for target in all_targets(crms):
        way(given(requests_to(target, names))(sending(judge, target, lines[target.side])))()


def sending(judge: Judge, target: Target, line: Line) -> Callable[[Sent], None]:
    def send(sent: Sent) -> None:
        judge(target, line, sent)

    return send


def as_the_vendor_would(target: Target, line: Line, sent: Sent) -> None:
    wrong = wrong_with(target, sent, *line.ask(sent))
    assert wrong is None, f"{sent}\n{wrong}"


def as_the_vendor_would_in_trouble(target: Target, line: Line, sent: Sent) -> None:
    """As above, or no whole answer, or one that a rule gave."""
    try:
        answer = line.ask(sent)
    except TimeoutError:
        raise AssertionError(f"no answer in time: {sent}") from None
    except (OSError, http.client.HTTPException):
        return
    if answer[0] not in IN_TROUBLE:
        wrong = wrong_with(target, sent, *answer)
        assert wrong is None, f"{sent}\n{wrong}"


def test_no_request_breaks_a_simulated_crm(crms: Crms, capfd: Capture) -> None:
    """Each route of both CRMs gets sensible requests, spoiled in path, query, headers and body."""
    fuzz(crms, as_the_vendor_would, calm(EACH))
    assert capfd.readouterr().err == ""


def test_no_request_breaks_a_simulated_crm_in_trouble(crms: Crms, capfd: Capture) -> None:
    """The same with twenty fault rules at work; each of them has its say."""
    fuzz(crms, as_the_vendor_would_in_trouble, calm(EACH - 1), TROUBLE)
    assert all(rule["fired"] for rule in crms.world.faults.listing())
    assert capfd.readouterr().err == ""


def test_no_rule_breaks_the_fault_language(crms: Crms, capfd: Capture) -> None:
    """A spoiled rule is taken, or refused in one line; what it then does to a request is no server error."""

    @calm(80)
    @given(spoiled(RULE))
    def tell(rule: Any) -> None:
        url = f"{crms.running.hubspot_url}/_sandbox/faults"
        told = requests.post(url, data=requests.models.complexjson.dumps(rule), timeout=10)
        assert told.status_code in (200, 400), (rule, told.text)
        assert told.ok or "\n" not in told.json()["error"]
        assert crms.hubspot("DELETE", "/_sandbox/faults").json() == {"faults": []}

    tell()
    assert capfd.readouterr().err == ""


DEEP_BRANCH = copy.deepcopy(BRANCH)
DEEP_BRANCH["filterBranches"][0]["filters"][0]["operation"]["value"] = deep(240)
CRM = "/crm/v3"
FOUND_ONCE: tuple[tuple[str, str, str, Any], ...] = (
    ("hubspot", "POST", f"{CRM}/objects/deals/search", {"filters": [{"propertyName": "x", "operator": []}]}),
    ("hubspot", "PUT", f"{CRM}/lists/$LIST/update-list-filters", {"filterBranch": DEEP_BRANCH}),
    ("hubspot", "POST", f"{CRM}/imports", {**IMPORT, "createContactListFromImport": deep(252)}),
    ("hubspot", "POST", f"{CRM}/imports", {**IMPORT, "files": [{"fileImportPage": {"columnMappings": []}}]}),
    ("salesforce", "POST", f"{SF}/jobs/ingest", {"object": "Lead", "operation": ["insert"]}),
    ("salesforce", "POST", f"{SF}/composite", {"compositeRequest": [{**SUBREQUESTS[0], "body": deep(300)}]}),
    ("salesforce", "PATCH", f"{SF}/composite/sobjects", {"records": [{**LEAD, "id": deep(260)}]}),
)


def test_what_the_fuzz_found_once_stays_mended(crms: Crms, capfd: Capture) -> None:
    """Lists where a word belongs, what is missing, and JSON that can be read and not be said again."""
    lines, names = lines_to(crms), furnished(crms)
    for side, method, path, body in FOUND_ONCE:
        target = Target(side, method, (path,))
        as_the_vendor_would(target, lines[side], request(target, method, path, written(target, body), names))
    assert capfd.readouterr().err == ""


def test_no_control_of_a_simulated_crm_takes_nonsense(crms: Crms, capfd: Capture) -> None:
    """Times that no clock shows, numbers that no database holds, lists for words: 400, and why."""
    nonsense: tuple[tuple[str, dict[str, Any]], ...] = (
        ("clock", {"now": "0001-01-01T00:00:00+23:59"}),
        ("clock", {"now": "9999-12-31T00:00:00Z"}),
        ("clock", {"advance_s": 1e308}),
        ("settings", {"index_lag_s": 1e18}),
        ("settings", {"used_today": 10**18}),
        ("settings", {"time_zone": []}),
    )
    for path, body in nonsense:
        told = crms.hubspot("POST", f"/_sandbox/{path}", body)
        assert (told.status_code, list(told.json())) == (400, ["error"]), (path, body)
    assert capfd.readouterr().err == ""


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_request_breaks_a_simulated_crm_for_long(crms: Crms, capfd: Capture) -> None:
    """Other requests each time, and many of them."""
    fuzz(crms, as_the_vendor_would, calm(200, derandomize=False))
    assert capfd.readouterr().err == ""


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_place_of_a_body_takes_something_that_breaks_a_crm(crms: Crms, capfd: Capture) -> None:
    """Each place of each sensible body in turn holds something of each kind."""
    lines, names = lines_to(crms), furnished(crms)
    for target in all_targets(crms):
        for sent in each_place_spoiled(target, names):
            as_the_vendor_would(target, lines[target.side], sent)
    assert capfd.readouterr().err == ""
