"""What a bulk load may be: sizes, internal batches and their quarrels, a job that gives up, quotas."""

from __future__ import annotations

import pytest
import requests
from salesforce_org import Org, problem
from test_salesforce_bulk_load import CSV, errors, finish, job, load, results

LEADS = "LastName,Company\n" + "".join(f"L{n},X\n" for n in range(6))


def test_an_upload_may_have_100_megabytes(org: Org) -> None:
    """One byte more is refused (here of 20), and the job stays open."""
    assert org.switch()["bulk_most_bytes"] == 100_000_000
    org.switch(bulk_most_bytes=20)
    id = job(org)
    path = f"/jobs/ingest/{id}/batches"
    assert org.call("PUT", path, data=b"LastName\n" + b"x" * 12, headers=CSV).status_code == 413
    assert org.call("GET", f"/jobs/ingest/{id}").json()["state"] == "Open"
    assert org.call("PUT", path, data=b"LastName\n" + b"x" * 11, headers=CSV).status_code == 201


def test_rows_and_cells_have_limits(org: Org) -> None:
    """32,000 characters in a field, 400,000 in a record: such a row fails alone."""
    fields = ",".join(f"Other{part}" for part in ("Street", "City", "State", "Country", "PostalCode"))
    more = ",".join(f"Mailing{part}" for part in ("Street", "City", "State", "Country", "PostalCode"))
    header = f"LastName,Description,{fields},{more},Title,Department\n"
    wide = ",".join(["A", *["y" * 32_000] * 13])
    long = ",".join(["B", "z" * 32_001, *[""] * 12])
    fine = ",".join(["C", "z" * 32_000, *[""] * 12])
    lost = errors(org, load(org, f"{header}{wide}\n{long}\n{fine}\n"))
    text = "STRING_TOO_LONG:at most 32000 characters in a field and 400000 in a record: --"
    assert lost == [text, text]
    assert [row["LastName"] for row in org.query("SELECT LastName FROM Contact")["records"]] == ["C"]


def test_a_record_has_at_most_5000_fields(org: Org) -> None:
    id = load(org, ",".join(["LastName"] * 5001) + "\n")
    info = finish(org, id)
    assert (info["state"], "5000 fields" in info["errorMessage"]) == ("Failed", True)


def test_ten_thousand_rows_are_one_batch(org: Org) -> None:
    """Batches count for the day: 15,000 of them, then jobs fail whole."""
    org.switch(edition="enterprise", bulk_batch_rows=2)
    load(org, LEADS, type="Lead")
    assert org.call("GET", "/limits").json()["DailyBulkApiBatches"] == {"Max": 15_000, "Remaining": 14_997}
    org.switch(bulk_batches_used=14_998)
    id = load(org, LEADS, type="Lead")
    info = finish(org, id)
    assert (info["state"], info["numberRecordsProcessed"]) == ("Failed", 0)
    assert "ApiBatchItems Limit exceeded" in info["errorMessage"]
    assert len(results(org, id, "unprocessedrecords")) == 6


def test_batches_of_one_job_fight_for_their_parents(org: Org) -> None:
    """Rows of one account in two batches: those of the second are locked out. Sorted by account, none are."""
    first, second = (org.make("Account", {"Name": name}) for name in "AB")
    org.switch(bulk_contention=True, bulk_batch_rows=2)
    mixed = "LastName,AccountId\n" + f"1,{first}\n2,{second}\n3,{first}\n4,{second}\n"
    lost = errors(org, load(org, mixed))
    assert lost == ["UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record: --"] * 2
    ordered = "LastName,AccountId\n" + f"1,{first}\n3,{first}\n2,{second}\n4,{second}\n"
    assert errors(org, load(org, ordered)) == []
    found = org.query("SELECT Id FROM Contact ORDER BY AccountId")["records"]
    ids = [row["Id"] for row in (found[0], found[3], found[1], found[4])]
    changes = "Id,Title\n" + "".join(f"{id},CEO\n" for id in ids)
    assert len(errors(org, load(org, changes, "update"))) == 2


def test_a_job_gives_up_after_ten_retries(org: Org) -> None:
    """What it did stays; the rest comes back as unprocessed, in their own columns."""
    org.switch(bulk_fails_at=4)
    id = load(org, LEADS, type="Lead")
    info = finish(org, id)
    assert (info["state"], info["retries"], info["numberRecordsProcessed"]) == ("Failed", 10, 4)
    assert info["errorMessage"]
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 4
    assert results(org, id, "unprocessedrecords") == [{"LastName": f"L{n}", "Company": "X"} for n in (4, 5)]
    assert len(results(org, id, "successfulResults")) == 4


def test_ten_thousand_query_jobs_a_day(org: Org) -> None:
    org.switch(edition="enterprise", query_jobs_used=9_999)
    body = {"operation": "query", "query": "SELECT Id FROM Lead"}
    assert org.call("POST", "/jobs/query", body).status_code == 200
    assert problem(org.call("POST", "/jobs/query", body))[:2] == (400, "EXCEEDEDQUOTA")
    assert org.call("GET", "/limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == 0


@pytest.mark.parametrize(
    ("path", "version", "status"),
    [("ingest", "40.0", 404), ("ingest", "41.0", 200), ("query", "46.0", 404), ("query", "47.0", 200)],
)
def test_versions_that_have_jobs(org: Org, path: str, version: str, status: int) -> None:
    """Loading came with v41.0, extracting with v47.0."""
    bodies = {
        "ingest": {"object": "Lead", "operation": "insert"},
        "query": {"operation": "query", "query": "SELECT Id FROM Lead"},
    }
    assert org.call("POST", f"/jobs/{path}", bodies[path], version).status_code == status


@pytest.mark.parametrize(
    ("version", "code"),
    [("30.0", "InvalidVersion"), ("x", "InvalidVersion"), ("64.0", "FeatureNotEnabled")],
)
def test_the_first_bulk_api_only_refuses(org: Org, version: str, code: str) -> None:
    """Its retired versions say so with 400, not 410; the others are switched off."""
    answer = requests.post(f"{org.url}/services/async/{version}/job", json={}, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["exceptionCode"] == code
