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
