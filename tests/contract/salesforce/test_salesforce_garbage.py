"""Whatever a client sends, Salesforce answers in its own way, and texts never become syntax."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from salesforce_org import Org
from simple_salesforce import format_soql

SHARED = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
# fmt: off
WORDS = [
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "BY", "LIMIT", "OFFSET",
    "GROUP", "HAVING", "COUNT()", "COUNT(Id)", "NULLS", "FIRST", "DESC", "(", ")", "(", ")", ",", ",",
    "=", "!=", "<", ">", "'x'", "''", "'%'", "'\\ud800'", "\\", "'", "Id", "Name", "LastName", "Email",
    "Account.Name", "Owner.Name", "IsDeleted", "CreatedDate", "Lead", "Contact", "null", "true", "5",
    "-1e999", "99999999999999999999", "2026-01-01", "2026-99-01T00:00:00Z", "TODAY",
    "LAST_N_DAYS:99999999", "INCLUDES", "FIELDS(ALL)", "toLabel(Status)", "*", ";", "--", "é",
]
# fmt: on
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "LastName",
    "Company",
    "Email",
    "NumberOfEmployees",
    "DoNotCall",
    "OwnerId",
    "Owner",
    "Status",
    "attributes",
)
RECORDS = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)
PATHS = (
    "/sobjects/Lead",
    "/sobjects/Lead/00Q000000000000EAA",
    "/sobjects/Lead/Email/x@y.example",
    "/composite/sobjects",
    "/composite/sobjects/Lead",
    "/composite/sobjects/Lead/Email",
    "/composite",
    "/composite/batch",
    "/jobs/ingest",
    "/jobs/query",
    "/sobjects/Event",
    "/sobjects/CampaignMember",
    "/tooling/sobjects/CustomField",
    "/sobjects/FieldPermissions",
)


def answered_properly(answer: Any) -> None:
    """No 5xx; every error is an array of codes and texts."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert all(each["errorCode"] and isinstance(each["message"], str) for each in answer.json())


@SHARED
@given(st.lists(st.sampled_from(WORDS), max_size=14))
@example(["SELECT", "Id", "FROM", "Lead", "LIMIT", "99999999999999999999"])
@example(["SELECT", "Id", "FROM", "Lead", "WHERE", "LastName", "=", "'\\ud800'"])
@example(["SELECT", "Id", "FROM", "Lead", "WHERE", "CreatedDate", "=", "LAST_N_DAYS:99999999"])
def test_random_soql(org: Org, words: list[str]) -> None:
    """Found or refused, never broken."""
    answered_properly(org.call("GET", "/query", params={"q": " ".join(words)}))


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Id=''OR " * 1000 + "Id!=''", 1),
        ("NOT(" * 600 + "Id!=''" + ")" * 600, 1),
        ("(" * 1200 + "Id=''" + ")" * 1200, 0),
    ],
    ids=["long", "negated", "nested"],
)
def test_conditions_as_long_and_deep_as_a_url_allows(org: Org, condition: str, found: int) -> None:
    """Answered, or refused as too complicated."""
    org.store.load("Account", [{"Name": "A"}])
    answer = org.call("GET", "/query", params={"q": f"SELECT Id FROM Account WHERE {condition}"})
    answered_properly(answer)
    if answer.status_code == 200:
        assert answer.json()["totalSize"] == found
    else:
        assert answer.json()[0]["errorCode"] == "QUERY_TOO_COMPLICATED"


@SHARED
@given(st.sampled_from(PATHS), st.sampled_from(("POST", "PATCH")), JSON | RECORDS)
def test_random_bodies(org: Org, path: str, method: str, body: object) -> None:
    """Every resource refuses what it cannot use."""
    answered_properly(org.call(method, path, body))


@SHARED
@given(st.lists(RECORDS, max_size=3))
def test_random_collections(org: Org, records: list[dict[str, object]]) -> None:
    """Known types with odd values."""
    typed = [{**record, "attributes": {"type": "Lead"}} for record in records]
    answered_properly(org.call("POST", "/composite/sobjects", {"records": typed}))


PARTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(("GET", "POST", "PATCH", "DELETE", "x")),
        "url": st.sampled_from([f"/services/data/v64.0{path}" for path in PATHS]) | st.text(max_size=20),
        "referenceId": st.sampled_from(("a", "b", "c", "-")),
    },
    optional={"body": JSON | RECORDS, "richInput": JSON | RECORDS, "httpHeaders": JSON},
)


@SHARED
@given(st.lists(PARTS, min_size=1, max_size=3), st.booleans(), st.sampled_from(("", "@{a.id}", "@{b[0].x}")))
def test_random_composites(org: Org, parts: list[dict[str, Any]], flag: bool, reference: str) -> None:
    """Odd subrequests are answered one by one."""
    parts[-1]["url"] += reference
    whole = {"compositeRequest": parts, "batchRequests": parts, "allOrNone": flag, "haltOnError": flag}
    for path in ("/composite", "/composite/batch"):
        answered_properly(org.call("POST", path, whole))


@SHARED
@given(st.lists(st.sampled_from(WORDS), max_size=14))
@example(["SELECT", "Id", "FROM", "Lead", "LIMIT", "99999999999999999999"])
def test_random_bulk_queries(org: Org, words: list[str]) -> None:
    """Refused at once, or a job that ends."""
    answer = org.call("POST", "/jobs/query", {"operation": "query", "query": " ".join(words)})
    answered_properly(answer)
    for _ in range(3 if answer.status_code == 200 else 0):
        answered_properly(org.call("GET", f"/jobs/query/{answer.json()['id']}"))


@SHARED
@given(
    st.text(alphabet='aI1,"\n\r #N/A\x00é', max_size=40) | st.binary(max_size=20),
    st.sampled_from(("insert", "update", "upsert", "delete")),
)
def test_random_csv(org: Org, rows: str | bytes, operation: str) -> None:
    """Whatever stands in the rows, the job ends and tells what became of each."""
    body = {"object": "Lead", "operation": operation, "externalIdFieldName": "Email"}
    path = f"/jobs/ingest/{org.call('POST', '/jobs/ingest', body).json()['id']}"
    header = b"Id\n" if operation == "delete" else b"Id,Email,LastName,Company,DoNotCall\n"
    data = header + (rows.encode() if isinstance(rows, str) else rows)
    org.call("PUT", path + "/batches", data=data, headers={"Content-Type": "text/csv"})
    org.call("PATCH", path, {"state": "UploadComplete"})
    states = [org.call("GET", path).json()["state"] for _ in range(3)]
    assert states[-1] in ("JobComplete", "Failed")
    for results in ("successfulResults", "failedResults", "unprocessedrecords"):
        answered_properly(org.call("GET", f"{path}/{results}"))


@SHARED
@given(
    st.text(max_size=30),
    st.sampled_from(("2026-11-02T09:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")),
)
def test_random_spans(org: Org, start: str, end: str) -> None:
    for what in ("updated", "deleted"):
        for span in ({"start": start, "end": end}, {"start": end, "end": "2026-11-02T09:00:00+14:00"}):
            answered_properly(org.call("GET", f"/sobjects/Lead/{what}", params=span))


@SHARED
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
@example("Robert'); DROP TABLE Lead;--")
@example("100%_\\'")
@example("ǅ Ω ß ﬁ İ")
def test_any_name_is_found_by_its_own_text(org: Org, name: str) -> None:
    """A quoted literal finds exactly the record that holds it, whatever its letters."""
    if not name.strip():
        return
    made = org.store.load("Account", [{"Name": name}])[0]
    soql = format_soql("SELECT Id FROM Account WHERE Name = {} AND Id = {}", name.strip(), made)
    assert [row["Id"] for row in org.query(soql)["records"]] == [made]
    like = format_soql("SELECT Id FROM Account WHERE Name LIKE '{:like}%' AND Id = {}", name.strip(), made)
    assert [row["Id"] for row in org.query(like)["records"]] == [made]


@pytest.mark.parametrize("value", ["a/b", "a b", "a?b=c", "é", "%", "'", "a+b"])
def test_odd_external_ids_in_urls(org: Org, value: str) -> None:
    """A key is one path segment, percent-encoded."""
    org.add_field(
        "Lead.Link__c", {"label": "L", "type": "Text", "length": 40, "externalId": True, "unique": True}
    )
    path = f"/sobjects/Lead/Link__c/{quote(value, safe='')}"
    assert org.call("PATCH", path, {"LastName": "A", "Company": "X"}).status_code == 201
    assert org.call("GET", path).json()["Link__c"] == value
