"""`make test-live` as its user meets it: what it needs, what it refuses, what it makes and takes away again.

No real account is needed: it is pointed at simulated CRMs, which can call themselves production.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import live
import orjson
import pytest
from ground.accounts import HOW
from ground.simulated import Simulated

LIVE = Path(__file__).parent / "live.py"
PEOPLE = 8


@pytest.fixture(scope="module")
def _crms() -> Iterator[Simulated]:
    simulated = Simulated("--contacts", str(PEOPLE), "--seed", "11")
    yield simulated
    assert simulated.errors() == ""
    simulated.stop()


@pytest.fixture
def crms(_crms: Simulated) -> Iterator[Simulated]:
    """Simulated CRMs with a small company in them: whatever is done, that must stay as it is."""
    before = living(_crms)
    yield _crms
    for crm, own in (
        ("hubspot", {"account_type": "DEVELOPER_TEST"}),
        ("salesforce", {"organization_type": "Enterprise Edition", "is_sandbox": True}),
    ):
        _crms.control(crm, "POST", "/settings", own)
    _crms.control("hubspot", "DELETE", "/faults")
    assert living(_crms) == before


def living(crms: Simulated) -> dict[str, set[str]]:
    """Ids of what is in both CRMs and not in a recycle bin."""
    found = {}
    for name in ("contacts", "companies", "deals", "tasks", "notes"):
        rows = crms.control("hubspot", "GET", f"/records/{name}")["results"]
        found[name] = {row["id"] for row in rows if not row["archived"] and not row.get("mergedInto")}
    for name in ("Lead", "Contact", "Account", "Opportunity", "PermissionSet", "CustomField"):
        rows = crms.control("salesforce", "GET", f"/records/{name}")["results"]
        found[name] = {row["Id"] for row in rows if not row.get("IsDeleted")}
    return found


def credentials(crms: Simulated, **other: str) -> dict[str, str]:
    """The environment that a user sets."""
    given = {
        "HUBSPOT_URL": crms.hubspot_url,
        "HUBSPOT_TOKEN": "sandbox",
        "SALESFORCE_URL": crms.salesforce_url,
        "SALESFORCE_CLIENT_ID": "sandbox",
        "SALESFORCE_CLIENT_SECRET": "sandbox",
        "REQUESTS_PER_SECOND": "0",
        **other,
    }
    return {f"SMARKETING_LIVE_{name}": value for name, value in given.items() if value}


def started(env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    """`make test-live` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(LIVE), *words],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def run(env: dict[str, str], *words: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    process = started(env, *words)
    out, _ = process.communicate(timeout=120)
    return process.returncode, out


def fault(crms: Simulated, route: str, answer: Any, **more: Any) -> None:
    match = {"side": "hubspot", "method": "GET", "route": route}
    crms.control("hubspot", "POST", "/faults", {"match": match, "answer": answer, **more})


# What it needs


def test_without_credentials_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    """It never passes silently."""
    assert live.main([], {}) == 2
    said = capsys.readouterr().err
    assert said.startswith("test-live: no credentials of a test account are set.")
    assert HOW in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"HUBSPOT_URL": "https://api.example.com"}, "SMARKETING_LIVE_HUBSPOT_TOKEN is not"),
        ({"HUBSPOT_TOKEN": "x", "HUBSPOT_URL": "http://api.example.com"}, "must be an https address"),
        ({"SALESFORCE_URL": "https://a.my.salesforce.com"}, "missing: SMARKETING_LIVE_SALESFORCE_CLIENT_ID"),
        (
            {"SALESFORCE_URL": "https://a.my.salesforce.com", "SALESFORCE_CLIENT_ID": "x"},
            "missing: SMARKETING_LIVE_SALESFORCE_CLIENT_SECRET",
        ),
        ({"SALESFORCE_KEY_FILE": "key.pem"}, "SMARKETING_LIVE_SALESFORCE_USER"),
        ({"HUBSPOT_TOKEN": "x", "REQUESTS_PER_SECOND": "fast"}, "must be a number from 0 to 100"),
    ],
)
def test_half_a_set_of_credentials_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], given: dict[str, str], said: str
) -> None:
    assert live.main([], {f"SMARKETING_LIVE_{name}": value for name, value in given.items()}) == 2
    assert said in capsys.readouterr().err


# What it refuses


def refused(crms: Simulated, capsys: pytest.CaptureFixture[str], **other: str) -> str:
    """Runs, is refused before anything but questions was asked, and returns what it said."""
    crms.control("hubspot", "DELETE", "/requests")
    crms.control("salesforce", "DELETE", "/requests")
    assert live.main([], credentials(crms, **other)) == 3
    asked = [
        *crms.control("hubspot", "GET", "/requests")["by_route"],
        *crms.control("salesforce", "GET", "/requests")["by_route"],
    ]
    assert {route for route in asked if not route.startswith("GET ")} <= {"POST /services/oauth2/token"}
    said = capsys.readouterr().err
    assert said.rstrip().endswith("Nothing was written.")
    return said


@pytest.mark.parametrize("kind", ["STANDARD", "APP_DEVELOPER"])
def test_a_hubspot_account_that_is_not_for_tests_is_refused(
    crms: Simulated, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    crms.control("hubspot", "POST", "/settings", {"account_type": kind})
    said = refused(crms, capsys)
    assert f"is of type {kind}; only DEVELOPER_TEST and SANDBOX accounts may be written to" in said


def test_a_salesforce_org_in_production_is_refused(
    crms: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    """HubSpot's account is fine, and is left alone all the same."""
    crms.control("salesforce", "POST", "/settings", {"is_sandbox": False})
    said = refused(crms, capsys)
    assert "is in production (Enterprise Edition); only sandboxes and Developer Edition orgs" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"HUBSPOT_TOKEN": "stranger"}, "HubSpot does not say what kind of account this is (401"),
        ({"SALESFORCE_CLIENT_SECRET": "stranger"}, "Salesforce gives no token (400): invalid client cred"),
        ({"SALESFORCE_URL": "http://127.0.0.1:9"}, "an account cannot be reached"),
    ],
)
def test_whom_the_crms_do_not_know_gets_nowhere(
    crms: Simulated, capsys: pytest.CaptureFixture[str], wrong: dict[str, str], said: str
) -> None:
    assert said in refused(crms, capsys, **wrong)


def test_a_developer_edition_is_no_production_org(
    crms: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    crms.control(
        "salesforce", "POST", "/settings", {"is_sandbox": False, "organization_type": "Developer Edition"}
    )
    assert live.main(["--clean-only"], credentials(crms)) == 0
    assert "(Developer Edition)" in capsys.readouterr().out


# What it makes and takes away


def test_a_run_tells_what_held_and_leaves_nothing(crms: Simulated, tmp_path: Path) -> None:
    """Here with HubSpot alone: what belongs to Salesforce is said not to have been looked at."""
    alone = credentials(crms, SALESFORCE_URL="", SALESFORCE_CLIENT_ID="", SALESFORCE_CLIENT_SECRET="")
    code, out = run(alone, "--only", "merge", "--report", str(tmp_path / "found"))
    assert code == 0, out
    assert "Salesforce: NOT RUN, no credentials" in out
    told = orjson.loads((tmp_path / "found.json").read_bytes())
    verdicts = {row["id"]: row["verdict"] for row in told["assumptions"]}
    assert verdicts["hs-merged-id-archived"] == verdicts["hs-merge-fills-blanks"] == "held"
    assert {verdict for id, verdict in verdicts.items() if id.startswith("sf-")} == {"not probed"}
    assert set(told["tests"].values()) == {"passed"}
    assert told["requests"].keys() == {"HubSpot"}
    assert "contacts" in told["removed"]
    assert "`hs-merged-id-archived`" in (tmp_path / "found.md").read_text(encoding="utf-8")
    assert "contract tests: 2 passed, 0 failed, 0 skipped" in out


def test_a_run_that_fails_cleans_up_after_itself(crms: Simulated) -> None:
    """HubSpot breaks down whenever a contact is read."""
    fault(crms, "/crm/v3/objects/contacts/{record_id}", {"status": 400, "body": "{}"}, times=None)
    code, out = run(credentials(crms), "--only", "test_a_record_is_made")
    assert code == 1, out
    assert re.search(r"contract tests: \d passed, 1 failed", out)
    assert re.search(r"removed: .*1 contacts", out)


def hanging(crms: Simulated) -> subprocess.Popen[str]:
    """A run that waits for an answer, with a contact already made."""
    crms.control("hubspot", "DELETE", "/requests")
    fault(crms, "/crm/v3/objects/contacts/{record_id}", {"hang_s": None})
    process = started(credentials(crms), "--only", "do_what_dictionaries_do")
    until = time.monotonic() + 60
    while (
        "GET /crm/v3/objects/contacts/{record_id}"
        not in crms.control("hubspot", "GET", "/requests")["by_route"]
    ):
        if time.monotonic() > until or process.poll() is not None:
            process.kill()
            raise AssertionError(process.communicate())
    return process


def test_ctrl_c_ends_a_run_and_cleans_up(crms: Simulated) -> None:
    process = hanging(crms)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert re.search(r"removed: .*1 contacts", out)


def test_what_a_killed_run_left_is_found_by_its_mark(crms: Simulated) -> None:
    before = living(crms)
    process = hanging(crms)
    process.kill()
    process.communicate(timeout=60)
    assert len(living(crms)["contacts"] - before["contacts"]) == 1
    code, out = run(credentials(crms), "--clean-only")
    assert (code, "left by earlier runs, removed: 1 contacts" in out) == (0, True), out
