"""simple-salesforce and Bulk API 2.0: load, upsert, delete, extract; rows that fail, refusals."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from ground.base import Ground
from ground.fields import key_field
from ground.salesforce import SalesforceGround
from ground.tag import Tag
from simple_salesforce.bulk2 import Operation
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

WAIT_S = 0.01
"""Between two looks at a job; the client's own default is five seconds."""


def bulk(salesforce: SalesforceGround) -> Any:
    return salesforce.api.bulk2.Lead


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_are_loaded_and_each_is_told_its_fate(salesforce: SalesforceGround, tag: Tag) -> None:
    """The order of the results need not be that of the rows."""
    rows = [
        {"LastName": tag.text('é, "x"'), "Company": "Ærø", "Email": mail} for mail in (tag.email(), "", "bad")
    ]
    (job,) = bulk(salesforce).insert(records=rows, wait=WAIT_S)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 1)
    good = table(bulk(salesforce).get_successful_records(job["job_id"]))
    assert {row["LastName"] for row in good} == {row["LastName"] for row in rows[:2]}
    assert {row["sf__Created"] for row in good} == {"true"}
    (bad,) = table(bulk(salesforce).get_failed_records(job["job_id"]))
    assert bad["LastName"] == rows[2]["LastName"]
    assert bad["sf__Error"].startswith("INVALID_EMAIL_ADDRESS:")
    assert table(bulk(salesforce).get_unprocessed_records(job["job_id"])) == []
    assert salesforce.api.Lead.get(good[0]["sf__Id"])["Company"] == "Ærø"


def test_an_empty_cell_changes_nothing_and_a_marked_one_clears(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    key = key_field(ground, salesforce)
    row = {key: tag.name(), "LastName": tag.text(), "Company": "Ærø", "City": "Gent", "Title": "CFO"}
    bulk(salesforce).upsert(records=[row], external_id_field=key, wait=WAIT_S)
    bulk(salesforce).upsert(records=[row | {"City": "", "Title": "#N/A"}], external_id_field=key, wait=WAIT_S)
    read = salesforce.api.Lead.get_by_custom_id(key, row[key])
    assert (read["City"], read["Title"]) == ("Gent", None)


def test_rows_are_changed_and_deleted_by_id(salesforce: SalesforceGround, tag: Tag) -> None:
    ids = [salesforce.api.Lead.create({"LastName": tag.text(), "Company": "x"})["id"] for _ in range(2)]
    bulk(salesforce).update(records=[{"Id": each, "City": "Gent"} for each in ids], wait=WAIT_S)
    assert {salesforce.api.Lead.get(each)["City"] for each in ids} == {"Gent"}
    (job,) = bulk(salesforce).delete(records=[{"Id": each} for each in ids], wait=WAIT_S)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 0)


def test_a_query_is_extracted_in_pages(salesforce: SalesforceGround, tag: Tag) -> None:
    """The last page has no locator."""
    company = tag.text("extract")
    rows = [{"LastName": tag.text(), "Company": company} for _ in range(5)]
    bulk(salesforce).insert(records=rows, wait=WAIT_S)
    soql = f"SELECT Id, LastName FROM Lead WHERE Company = '{company}'"
    pages = [table(page) for page in bulk(salesforce).query(soql, max_records=2, wait=WAIT_S)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {row["LastName"] for page in pages for row in page} == {row["LastName"] for row in rows}


@pytest.mark.parametrize(
    "soql", ["SELECT Nope FROM Lead", "SELECT COUNT(Id) FROM Lead", "SELECT Id, Address FROM Lead"]
)
def test_a_query_that_bulk_does_not_take_is_refused(salesforce: SalesforceGround, soql: str) -> None:
    """At once, or when the job is done."""
    with pytest.raises((SalesforceMalformedRequest, SalesforceOperationError)):
        list(bulk(salesforce).query(soql, wait=WAIT_S))


def test_a_job_is_aborted_and_deleted(salesforce: SalesforceGround) -> None:
    """The client's own delete_job stumbles over the empty answer, so the last step goes through `restful`."""
    client = bulk(salesforce)._client
    job = client.create_job(Operation.insert)
    assert job["state"] == "Open"
    assert client.abort_job(job["id"], False)["state"] == "Aborted"
    assert salesforce.api.restful(f"jobs/ingest/{job['id']}", method="DELETE") is None
    with pytest.raises(Exception) as gone:  # noqa: PT011 - one of two types, by version
        client.get_job(job["id"], False)
    assert getattr(gone.value, "status", None) == 404
