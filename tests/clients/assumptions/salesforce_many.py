"""Collections, composite requests and bulk jobs of Salesforce where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from assumptions.acts import Force, codes, equal, problem, refused_with
from assumptions.base import Finding, assumes
from ground.base import Ground
from ground.fields import key_field


@assumes("sf-collection-wrong-json", "JSON of the wrong type in one record fails a whole collections call")
def collection_wrong_json(ground: Ground) -> Finding:
    force = Force(ground)
    good, bad = force.rows("Lead", 2)
    answer = force.collection("POST", [good, {**bad, "NumberOfEmployees": {"a": 1}}])
    return Finding(answer.status_code == 400, problem(answer) if answer.status_code != 200 else "200")


@assumes("sf-collection-unknown-field", "An unknown field in one record fails a whole collections call")
def collection_unknown_field(ground: Ground) -> Finding:
    force = Force(ground)
    good, bad = force.rows("Lead", 2)
    answer = force.collection("POST", [good, {**bad, "NoSuchField__c": "x"}])
    if answer.status_code == 200:
        return Finding(False, f"200, {codes(answer.json())}")
    return refused_with(answer, 400, "INVALID_FIELD")


@assumes("sf-collection-dangling-key", "A key that leads nowhere fails only its record of a collections call")
def collection_dangling_key(ground: Ground) -> Finding:
    force = Force(ground)
    good, bad = force.rows("Contact", 2)
    answer = force.collection("POST", [good, {**bad, "AccountId": "001000000000000AAA"}])
    found = [each["success"] for each in answer.json()] if answer.status_code == 200 else problem(answer)
    return equal(found, [True, False])


@assumes("sf-mixed-setup", "Setup objects with others in one collections call: MIXED_DML_OPERATION")
def mixed_setup(ground: Ground) -> Finding:
    force = Force(ground)
    (account,) = force.rows("Account", 1)
    label = force.tag.text()
    setup = {"attributes": {"type": "PermissionSet"}, "Label": label, "Name": label.replace(" ", "_")}
    answer = force.collection("POST", [account, setup])
    if answer.status_code == 200:
        return Finding(False, f"200, {codes(answer.json())}")
    return refused_with(answer, 400, "MIXED_DML_OPERATION")


@assumes("sf-collection-too-large", "201 records in a collections call: EXCEEDED_ID_LIMIT, and the wording")
def collection_too_large(ground: Ground) -> Finding:
    force = Force(ground)
    answer = force.collection("POST", force.rows("Lead", 201))
    return refused_with(answer, 400, "EXCEEDED_ID_LIMIT", "cannot submit more than 200 records")


@assumes(
    "sf-record-twice", "A record named twice in one collections update: both rows fail with DUPLICATE_VALUE"
)
def record_twice(ground: Ground) -> Finding:
    force = Force(ground)
    row = {"attributes": {"type": "Lead"}, "id": force.make("Lead")}
    answer = force.collection("PATCH", [{**row, "City": "Gent"}, {**row, "City": "Brugge"}])
    return equal(codes(answer.json()), ["DUPLICATE_VALUE", "DUPLICATE_VALUE"])


@assumes(
    "sf-key-twice", "An external id twice in one collections upsert: both rows fail with DUPLICATE_VALUE"
)
def key_twice(ground: Ground) -> Finding:
    assert ground.salesforce is not None
    force, key, value = Force(ground), key_field(ground, ground.salesforce), ground.tag.name()
    answer = force.collection("PATCH", force.rows("Lead", 2, **{key: value}), f"/Lead/{key}")
    return equal(codes(answer.json()), ["DUPLICATE_VALUE", "DUPLICATE_VALUE"])


def parts(force: Force, *asked: tuple[str, str, Any], **more: Any) -> Any:
    """A composite request of (method, path below the version, body)."""
    base = f"/services/data/v{force.side.api.sf_version}"
    rows = [
        {"method": method, "url": base + path, "referenceId": f"r{place}", **({"body": body} if body else {})}
        for place, (method, path, body) in enumerate(asked)
    ]
    return force.call("POST", "/composite", {"compositeRequest": rows, **more.pop("envelope", {})}, **more)


@assumes(
    "sf-composite-headers", "A subrequest of a composite request has only the headers that it names itself"
)
def composite_headers(ground: Ground) -> Finding:
    force = Force(ground)
    path = f"/sobjects/Lead/{force.make('Lead')}"
    header = {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    answer = parts(force, ("PATCH", path, {"City": "Gent"}), headers=header)
    if answer.status_code != 200:
        return Finding(False, problem(answer))
    return equal(answer.json()["compositeResponse"][0]["httpStatusCode"], 204)


@assumes(
    "sf-composite-collection",
    "In a composite request a collection with a failed row fails an outer `allOrNone`",
)
def composite_collection(ground: Ground) -> Finding:
    force = Force(ground)
    good, bad = force.rows("Lead", 2)
    many = {"allOrNone": False, "records": [good, {**bad, "Email": "not an address"}]}
    account = ("POST", "/sobjects/Account", force.row("Account"))
    answer = parts(force, account, ("POST", "/composite/sobjects", many), envelope={"allOrNone": True})
    return equal(answer.json()["compositeResponse"][0]["httpStatusCode"], 400)


@assumes("sf-composite-codes", "What spoils a whole composite request: 400 with LIMIT_EXCEEDED for 26 parts")
def composite_codes(ground: Ground) -> Finding:
    answer = parts(Force(ground), *[("GET", "/limits", None)] * 26)
    return refused_with(answer, 400, "LIMIT_EXCEEDED")


class Load:
    """A bulk job that inserts leads from a CSV, run to its end."""

    def __init__(self, ground: Ground, text: str) -> None:
        self.force = Force(ground)
        body = {"object": "Lead", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
        self.path = f"/jobs/ingest/{self.force.must('POST', '/jobs/ingest', body)['id']}"
        csv_header = {"Content-Type": "text/csv"}
        self.force.must("PUT", f"{self.path}/batches", data=text.encode(), headers=csv_header)
        self.force.must("PATCH", self.path, {"state": "UploadComplete"})
        done = ("JobComplete", "Failed", "Aborted")
        look = lambda: self.force.must("GET", self.path)["state"]  # noqa: E731
        self.state = ground.eventually(look, lambda state: state in done)

    def results(self, which: str) -> list[dict[str, str]]:
        answer = self.force.call("GET", f"{self.path}/{which}")
        return list(csv.DictReader(io.StringIO(answer.content.decode())))


@assumes("sf-bulk-order", "Results of a bulk job come in another order than its rows (here: the reverse)")
def bulk_order(ground: Ground) -> Finding:
    names = [ground.tag.text() for _ in range(10)]
    load = Load(ground, "\n".join(["LastName,Company", *(f"{name},x" for name in names)]) + "\n")
    found = [row["LastName"] for row in load.results("successfulResults")]
    same = found == names
    return Finding(not same, "in the order of the rows, this time" if same else "in another order")


@assumes("sf-bulk-blanks-kept", "In a bulk job texts keep the blanks around them")
def bulk_blanks_kept(ground: Ground) -> Finding:
    load = Load(ground, f"LastName,Company,City\n{ground.tag.text()},x,  Gent  \n")
    (row,) = load.results("successfulResults")
    return equal(load.force.read("Lead", row["sf__Id"], "City"), ["  Gent  "])


@assumes("sf-bulk-broken-row", "In a bulk job a broken CSV row fails alone (INVALID_CSV_ROW)")
def bulk_broken_row(ground: Ground) -> Finding:
    rows = [f"{ground.tag.text()},x", f"{ground.tag.text()},x,one,too,many"]
    load = Load(ground, "\n".join(["LastName,Company", *rows]) + "\n")
    failed = [row["sf__Error"].split(":")[0] for row in load.results("failedResults")]
    good = len(load.results("successfulResults"))
    return equal((load.state, good, failed), ("JobComplete", 1, ["INVALID_CSV_ROW"]))


@assumes("sf-bulk-wording", "Bulk jobs: the wording with which an unknown object is refused")
def bulk_wording(ground: Ground) -> Finding:
    body = {"object": "Unicorn", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    answer = Force(ground).call("POST", "/jobs/ingest", body)
    return refused_with(answer, 400, "INVALIDJOB", "InvalidJob : Unable to find object: Unicorn")


@assumes("sf-bulk-query-words", "The words with which bulk queries refuse aggregates")
def bulk_query_words(ground: Ground) -> Finding:
    body = {"operation": "query", "query": "SELECT COUNT(Id) FROM Lead"}
    answer = Force(ground).call("POST", "/jobs/query", body)
    return refused_with(answer, 400, "API_ERROR", "Aggregate queries not supported in Bulk Query")


@assumes("sf-bulk-delimiter", "A column delimiter that does not exist: INVALIDJOB, and the wording")
def bulk_delimiter(ground: Ground) -> Finding:
    body = {"object": "Lead", "operation": "insert", "columnDelimiter": "UNICORN"}
    words = "InvalidJob : columnDelimiter UNICORN is not supported"
    return refused_with(Force(ground).call("POST", "/jobs/ingest", body), 400, "INVALIDJOB", words)


@assumes("sf-bulk-locator", "A locator of bulk results that was never given out: INVALID_QUERY_LOCATOR")
def bulk_locator(ground: Ground) -> Finding:
    force = Force(ground)
    body = {"operation": "query", "query": "SELECT Id FROM Organization"}
    path = f"/jobs/query/{force.must('POST', '/jobs/query', body)['id']}"
    look = lambda: force.must("GET", path)["state"]  # noqa: E731
    ground.eventually(look, lambda state: state == "JobComplete")
    answer = force.call("GET", f"{path}/results", params={"locator": "MTAwMA"})
    return refused_with(answer, 400, "INVALID_QUERY_LOCATOR")
