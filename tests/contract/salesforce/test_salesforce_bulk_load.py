"""Bulk API 2.0, loading: CSV rows become records, each with a verdict of its own, in no promised order."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from salesforce_org import TEXT_KEY, Org, problem
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceOperationError

CSV = {"Content-Type": "text/csv"}


def table(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def job(org: Org, operation: str = "insert", type: str = "Contact", **more: str) -> str:
    body = {"object": type, "operation": operation, "contentType": "CSV", "lineEnding": "LF", **more}
    answer = org.call("POST", "/jobs/ingest", body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def finish(org: Org, id: str) -> dict[str, Any]:
    """Asks for the job until it has ended."""
    for _ in range(10):
        info = dict(org.call("GET", f"/jobs/ingest/{id}").json())
        if info["state"] in ("JobComplete", "Failed", "Aborted"):
            return info
    raise AssertionError(info)


def load(org: Org, text: str | bytes, operation: str = "insert", type: str = "Contact", **more: str) -> str:
    """A whole job; returns its id."""
    id = job(org, operation, type, **more)
    raw = text.encode() if isinstance(text, str) else text
    assert org.call("PUT", f"/jobs/ingest/{id}/batches", data=raw, headers=CSV).status_code == 201
    assert org.call("PATCH", f"/jobs/ingest/{id}", {"state": "UploadComplete"}).status_code == 200
    finish(org, id)
    return id


def results(org: Org, id: str, which: str) -> list[dict[str, str]]:
    return table(org.call("GET", f"/jobs/ingest/{id}/{which}").content.decode())


def errors(org: Org, id: str) -> list[str]:
    return [row["sf__Error"] for row in results(org, id, "failedResults")]


def test_the_client_loads_changes_upserts_and_deletes(org: Org, sf: Salesforce) -> None:
    """simple-salesforce's bulk2 module, start to end."""
    org.add_field("Contact.Link__c", TEXT_KEY)
    people = [{"LastName": f"P{n}", "Link__c": f"k{n}"} for n in range(450)]
    (made,) = sf.bulk2.Contact.insert(records=people, wait=0.01)
    assert (made["numberRecordsProcessed"], made["numberRecordsFailed"]) == (450, 0)
    rows = table(sf.bulk2.Contact.get_successful_records(made["job_id"]))
    assert {row["sf__Created"] for row in rows} == {"true"}
    assert [row["LastName"] for row in rows] != [each["LastName"] for each in people]
    ids = {row["Link__c"]: row["sf__Id"] for row in rows}
    sf.bulk2.Contact.update(records=[{"Id": ids["k1"], "Title": "CEO"}], wait=0.01)
    upserts = [{"Link__c": "k1", "LastName": "One"}, {"Link__c": "new", "LastName": "New"}]
    (done,) = sf.bulk2.Contact.upsert(records=upserts, external_id_field="Link__c", wait=0.01)
    flags = {
        r["Link__c"]: r["sf__Created"] for r in table(sf.bulk2.Contact.get_successful_records(done["job_id"]))
    }
    assert flags == {"k1": "false", "new": "true"}
    assert org.show("Contact", ids["k1"], "LastName", "Title") == {
        "Id": ids["k1"],
        "LastName": "One",
        "Title": "CEO",
    }
    sf.bulk2.Contact.delete(records=[{"Id": ids["k2"]}], wait=0.01)
    assert org.store.get("Contact", ids["k2"])["IsDeleted"] is True


def test_a_job_goes_through_its_states(org: Org) -> None:
    """Open, UploadComplete, InProgress, JobComplete; numbers when it is under way."""
    answer = org.call(
        "POST", "/jobs/ingest", {"object": "Contact", "operation": "insert", "contentType": "CSV"}
    ).json()
    id = answer["id"]
    assert id.startswith("750")
    assert answer["contentUrl"] == f"services/data/v64.0/jobs/ingest/{id}/batches"
    assert (answer["state"], answer["apiVersion"], answer["concurrencyMode"]) == ("Open", 64.0, "Parallel")
    answer = org.call("PUT", f"/{answer['contentUrl']}", data=b"LastName\nA\nB\n", headers=CSV)
    assert (answer.status_code, answer.content) == (201, b"")
    org.call("PATCH", f"/jobs/ingest/{id}", {"state": "UploadComplete"})
    seen = [org.call("GET", f"/jobs/ingest/{id}").json() for _ in range(4)]
    assert [info["state"] for info in seen] == ["UploadComplete", "InProgress", "JobComplete", "JobComplete"]
    assert [info["numberRecordsProcessed"] for info in seen] == [0, 1, 2, 2]
    assert seen[-1]["jobType"] == "V2Ingest"


def test_rows_fail_alone(org: Org) -> None:
    """A complete job may hold failed rows: code, text and fields in one cell."""
    id = load(org, "LastName,Email\nGood,a@x.example\n,b@x.example\nBad,none\n")
    info = finish(org, id)
    assert (info["state"], info["numberRecordsFailed"], info["numberRecordsProcessed"]) == (
        "JobComplete",
        2,
        3,
    )
    assert [row["LastName"] for row in results(org, id, "successfulResults")] == ["Good"]
    assert sorted(errors(org, id)) == [
        "INVALID_EMAIL_ADDRESS:Email: invalid email address: none:Email --",
        "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
    ]
    assert results(org, id, "unprocessedrecords") == []


def test_an_empty_cell_says_nothing_and_na_is_null(org: Org) -> None:
    """The opposite of JSON, where null clears."""
    id = org.make("Contact", {"LastName": "Fay", "Phone": "1", "Title": "CEO"})
    load(org, f'Id,Phone,Title,Fax\n{id},,#N/A,""\n', "update")
    assert org.show("Contact", id, "Phone", "Title") == {"Id": id, "Phone": "1", "Title": None}


def test_values_of_all_kinds(org: Org) -> None:
    """Checkboxes in words, dates with a Z, texts with blanks, commas, quotes and line breaks."""
    text = 'LastName,FirstName,HasOptedOutOfEmail,Birthdate,Description\n"Jan, ""J""",  Jo ,YES,1940-06-07Z,'
    load(org, text + '"one\ntwo"')
    (row,) = org.store.all("Contact")
    assert (row["LastName"], row["FirstName"], row["HasOptedOutOfEmail"]) == ('Jan, "J"', "  Jo ", True)
    assert (row["Birthdate"], row["Description"]) == ("1940-06-07", "one\ntwo")
    id = load(org, "LastName,Birthdate,HasOptedOutOfEmail\nA,7-6-1940,no\nB,1940-06-07,perhaps\n")
    assert {text.split(":")[0] for text in errors(org, id)} == {"INVALID_FIELD"}
    assert "'7-6-1940' is not a valid value for the type xsd:date" in " ".join(errors(org, id))


def test_a_space_next_to_a_quote_spoils_its_row_only(org: Org) -> None:
    id = load(org, 'LastName,Title\n"A","x"\n"B", "x"\n"C" ,x\nD,x"y\nE\nF,x\n')
    assert {row["LastName"] for row in org.store.all("Contact")} == {"A", "F"}
    assert len(errors(org, id)) == 4


def test_parents_by_their_keys(org: Org) -> None:
    """A relationship column names the account by an external id."""
    org.add_field("Account.Ext__c", TEXT_KEY)
    account = org.make("Account", {"Name": "Acme", "Ext__c": "42"})
    id = load(org, "LastName,Account.Ext__c\nA,42\nB,43\nC,\nD,#N/A\n")
    found = {row["LastName"]: row["AccountId"] for row in org.store.all("Contact")}
    assert found == {"A": account, "C": None, "D": None}
    assert errors(org, id)[0].startswith("INVALID_FIELD:Foreign key external ID: 43 not found")


@pytest.mark.parametrize(("ending", "name"), [("\n", "LF"), ("\r\n", "CRLF")])
@pytest.mark.parametrize(("delimiter", "word"), [(";", "SEMICOLON"), ("\t", "TAB"), ("|", "PIPE")])
def test_delimiters_and_line_endings(org: Org, ending: str, name: str, delimiter: str, word: str) -> None:
    """As the job says, also in its results."""
    text = ending.join([f"LastName{delimiter}Title", f"A{delimiter}x", ""])
    id = load(org, text, lineEnding=name, columnDelimiter=word)
    answer = org.call("GET", f"/jobs/ingest/{id}/successfulResults").content.decode()
    assert answer.startswith(f'"sf__Id"{delimiter}"sf__Created"{delimiter}"LastName"')
    assert answer.count("\r\n") == (2 if name == "CRLF" else 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"LastName\r\nA\r\n", "LineEnding is invalid on user data. Current LineEnding setting is LF"),
        (b"LastName,Nope\nA,1\n", "InvalidBatch : Field name not found : Nope"),
        (b"LastName\n\xff\n", "not encoded in UTF-8"),
        (b"\n", "no header"),
        (b"LastName,lastname\nA,B\n", "twice"),
    ],
)
def test_data_that_fails_the_whole_job(org: Org, sf: Salesforce, text: bytes, message: str) -> None:
    """The job says why; its rows are unprocessed ones."""
    id = load(org, text)
    assert finish(org, id)["state"] == "Failed"
    assert message in finish(org, id)["errorMessage"]
    assert org.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
    assert org.call("GET", f"/jobs/ingest/{id}/unprocessedrecords").status_code == 200
    with pytest.raises(SalesforceOperationError):
        sf.bulk2.Contact._client.wait_for_job(id, False, 0.01)


def test_a_byte_order_mark_and_chunks(org: Org) -> None:
    """The upload may come in pieces without a length."""

    def pieces() -> Iterator[bytes]:
        yield b"\xef\xbb\xbfLast"
        yield b"Name\nA\n"

    id = job(org)
    put = org.call("PUT", f"/jobs/ingest/{id}/batches", data=pieces(), headers=CSV)
    assert put.status_code == 201
    assert put.request.headers["Transfer-Encoding"] == "chunked"
    org.call("PATCH", f"/jobs/ingest/{id}", {"state": "UploadComplete"})
    assert finish(org, id)["numberRecordsFailed"] == 0
    assert [row["LastName"] for row in org.store.all("Contact")] == ["A"]


def test_a_key_twice_in_one_transaction_of_200(org: Org) -> None:
    """Two rows of the same external id next to each other both fail; far apart both are done."""
    org.add_field("Contact.Link__c", TEXT_KEY)
    near = load(org, "LastName,Link__c\nA,k\nB,K\n", "upsert", externalIdFieldName="Link__c")
    assert [text.split(":")[0] for text in errors(org, near)] == ["DUPLICATE_VALUE"] * 2
    rows = "".join(f"P{n},{'same' if n in (0, 300) else n}\n" for n in range(301))
    load(org, "LastName,Link__c\n" + rows, "upsert", externalIdFieldName="Link__c")
    assert [r["LastName"] for r in org.store.all("Contact") if r["Link__c"] == "same"] == ["P300"]


def test_an_aborted_job_keeps_what_it_did(org: Org) -> None:
    """Rows done stay done, the rest is unprocessed."""
    id = job(org)
    org.call("PUT", f"/jobs/ingest/{id}/batches", data=b"LastName\nA\nB\n", headers=CSV)
    assert problem(org.call("DELETE", f"/jobs/ingest/{id}"))[1] == "INVALIDJOBSTATE"
    org.call("PATCH", f"/jobs/ingest/{id}", {"state": "UploadComplete"})
    org.call("GET", f"/jobs/ingest/{id}")
    early = org.call("GET", f"/jobs/ingest/{id}/successfulResults")
    assert problem(early)[:2] == (400, "INVALIDJOBSTATE")
    assert org.call("PATCH", f"/jobs/ingest/{id}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert [row["LastName"] for row in results(org, id, "successfulResults")] == ["A"]
    assert results(org, id, "unprocessedrecords") == [{"LastName": "B"}]
    again = org.call("PATCH", f"/jobs/ingest/{id}", {"state": "Aborted"})
    assert problem(again)[:2] == (400, "INVALIDJOBSTATE")
    assert org.call("DELETE", f"/jobs/ingest/{id}").status_code == 204
    assert problem(org.call("GET", f"/jobs/ingest/{id}"))[:2] == (404, "NOT_FOUND")


def test_data_comes_once_and_before_the_end(org: Org) -> None:
    id = job(org)
    closed = org.call("PATCH", f"/jobs/ingest/{id}", {"state": "UploadComplete"})
    assert problem(closed)[1] == "INVALIDJOBSTATE"
    path = f"/jobs/ingest/{id}/batches"
    assert org.call("PUT", path, data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert org.call("PUT", path, data=b"LastName\nA\n", headers=CSV).status_code == 201
    twice = org.call("PUT", path, data=b"LastName\nB\n", headers=CSV)
    assert problem(twice)[1] == "CLIENTINPUTERROR"
    org.call("PATCH", f"/jobs/ingest/{id}", {"state": "UploadComplete"})
    late = org.call("PUT", path, data=b"LastName\nB\n", headers=CSV)
    assert problem(late)[1] == "INVALIDJOBSTATE"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"object": "Nope", "operation": "insert"}, 400, "INVALIDJOB"),
        ({"object": "Contact", "operation": "sing"}, 400, "INVALIDJOB"),
        ({"object": "Contact", "operation": "insert", "contentType": "XML"}, 400, "INVALIDJOB"),
        ({"object": "Contact", "operation": "insert", "columnDelimiter": "X"}, 400, "INVALIDJOB"),
        ({"object": "Contact", "operation": "upsert"}, 400, "INVALIDJOB"),
        ({"object": "Contact", "operation": "upsert", "externalIdFieldName": "Title"}, 404, "NOT_FOUND"),
        ({"object": "Contact", "operation": "hardDelete"}, 400, "FEATURENOTENABLED"),
    ],
)
def test_jobs_that_are_refused(org: Org, body: dict[str, str], status: int, code: str) -> None:
    assert problem(org.call("POST", "/jobs/ingest", body))[:2] == (status, code)


def test_a_hard_delete_leaves_nothing_in_the_recycle_bin(org: Org) -> None:
    org.store.permissions.add("BulkApiHardDelete")
    id = org.make("Contact", {"LastName": "Fay"})
    load(org, f"Id\n{id}\n", "hardDelete")
    assert org.store.get("Contact", id) is None


def test_older_versions_do_not_name_the_failed_record(org: Org) -> None:
    id = org.make("Contact", {"LastName": "Fay"})
    done = load(org, f"Id,Email\n{id},none\n", "update")
    path = f"/jobs/ingest/{done}/failedResults"
    assert table(org.call("GET", path).text)[0]["sf__Id"] == id
    assert "sf__Id" not in org.call("GET", path, version="52.0").text


def test_assignment_rules_by_the_job(org: Org) -> None:
    """Without assignmentRuleId the lead is its maker's, whatever rule is active."""
    rep = org.store.load("User", [{"Username": "r@x.example", "LastName": "R", "Email": "r@x.example"}])[0]
    org.store.assignment_owner = rep
    load(org, "LastName,Company\nA,X\n", type="Lead")
    load(org, "LastName,Company\nB,X\n", type="Lead", assignmentRuleId="01Q000000000001")
    assert {r["LastName"]: r["OwnerId"] for r in org.store.all("Lead")} == {"A": org.store.user, "B": rep}


def test_jobs_are_listed_and_kept_for_seven_days(org: Org) -> None:
    id = job(org)
    assert [each["id"] for each in org.call("GET", "/jobs/ingest").json()["records"]] == [id]
    assert org.call("GET", "/jobs/query").json()["records"] == []
    org.clock.advance(8 * 86400)
    assert org.call("GET", f"/jobs/ingest/{id}").status_code == 404


def test_unreadable_keys_fail_their_rows_only(org: Org) -> None:
    """A number as external id: words in it are one row's problem."""
    number = {"label": "No", "type": "Number", "precision": 8, "scale": 0, "externalId": True, "unique": True}
    org.add_field("Contact.No__c", number)
    id = load(org, "LastName,No__c\nA,7\nB,seven\nC,\n", "upsert", externalIdFieldName="No__c")
    assert [row["LastName"] for row in org.store.all("Contact")] == ["A"]
    assert sorted(text.split(":")[0] for text in errors(org, id)) == ["INVALID_FIELD", "MISSING_ARGUMENT"]
