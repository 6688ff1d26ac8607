"""Whatever a client sends, the answer is HubSpot's envelope and never a server error."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

NAMES = """
    inputs id idProperty properties propertiesWithHistory associations to from types associationTypeId
    limit after associationCategory objectWriteTraceId filterGroups filters propertyName operator value
    values highValue sorts query email city lifecyclestage hs_object_id primaryObjectId objectIdToMerge
    objectId name label type fieldType groupName options displayOrder metadata probability stages
    archived createdate associations.companies
    objectTypeId processingType filterBranch filterBranchType filterBranches filterType operation property
    operationType recordIdsToAdd recordIdsToRemove emailAddress subscriptionId
    statusState channel exportType format exportName objectType objectProperties listId
    offset count processingTypes listIds hs_timestamp
    recordId inverseLabel targetUrl throttling maxConcurrentRequests eventType propertyName active
    publicCrmSearchRequest associatedObjectType sorts
"""
WORDS = """
    70000000001 email city EQ IN BETWEEN GT HAS_PROPERTY CONTAINS_TOKEN select string enumeration number
    contactinformation HUBSPOT_DEFINED 279 1 default lead 0-1 MANUAL DYNAMIC OR AND PROPERTY STRING NUMBER
    IS_EQUAL_TO
    a@b.nl hs_object_id
"""
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS.split()),
    st.text(max_size=12),
    st.just("9" * 5_000),
    st.just("1e999999"),
    st.just("0001-01-01T00:00:00+23:59"),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=5)
    ),
    max_leaves=14,
)
BODIES = st.dictionaries(st.sampled_from(NAMES.split()), JSON, max_size=6)
ROUTES = (
    ("POST", "/crm/v3/objects/contacts"),
    ("PATCH", "/crm/v3/objects/contacts/70000000001"),
    ("POST", "/crm/v3/objects/contacts/search"),
    ("POST", "/crm/v3/objects/contacts/batch/read"),
    ("POST", "/crm/v3/objects/contacts/batch/create"),
    ("POST", "/crm/v3/objects/contacts/batch/update"),
    ("POST", "/crm/v3/objects/contacts/batch/upsert"),
    ("POST", "/crm/v3/objects/contacts/merge"),
    ("POST", "/crm/v3/objects/contacts/gdpr-delete"),
    ("PUT", "/crm/v4/objects/contacts/70000000001/associations/companies/20000000001"),
    ("POST", "/crm/v4/associations/contacts/companies/batch/create"),
    ("POST", "/crm/v4/associations/contacts/companies/batch/read"),
    ("POST", "/crm/v4/associations/contacts/companies/batch/archive"),
    ("POST", "/crm/v4/associations/contacts/companies/labels"),
    ("POST", "/crm/v3/objects/tasks"),
    ("POST", "/crm/v3/lists"),
    ("POST", "/crm/v3/lists/search"),
    ("PUT", "/crm/v3/lists/1/memberships/add"),
    ("PUT", "/crm/v3/lists/1/memberships/add-and-remove"),
    ("PUT", "/crm/v3/lists/2/update-list-filters"),
    ("POST", "/crm/v3/exports/export/async"),
    ("POST", "/communication-preferences/v4/statuses/a@b.nl"),
    ("POST", "/communication-preferences/v3/subscribe"),
    ("POST", "/crm/v3/properties/contacts"),
    ("PATCH", "/crm/v3/properties/contacts/lifecyclestage"),
    ("POST", "/crm/v3/properties/contacts/groups"),
    ("POST", "/crm/v3/properties/contacts/batch/create"),
    ("POST", "/crm/v3/lists/records/memberships/batch/read"),
    ("PUT", "/crm/v4/associations/contacts/companies/labels"),
    ("PUT", "/webhooks/v3/1/settings?hapikey=sandbox"),
    ("POST", "/webhooks/v3/1/subscriptions?hapikey=sandbox"),
    ("POST", "/webhooks/v3/1/subscriptions/batch/update?hapikey=sandbox"),
    ("POST", "/crm/v3/pipelines/deals"),
    ("PATCH", "/crm/v3/pipelines/deals/default"),
    ("POST", "/crm/v3/pipelines/deals/default/stages"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_body_makes_a_server_error(http: Any, store: HubSpotStore, method: str, path: str) -> None:
    store.user_create("contacts", {"email": "jan@firma.nl"})
    store.user_create("companies", {"name": "Firma"})
    filters = {"filterBranchType": "OR", "filterBranches": []}
    for kind, more in (("MANUAL", {}), ("DYNAMIC", {"filterBranch": filters})):
        body = {"name": kind, "objectTypeId": "0-1", "processingType": kind, **more}
        assert http("POST", "/crm/v3/lists", body).status == 200

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(BODIES)
    def send(body: dict[str, Any]) -> None:
        rows = body.get("inputs")
        if "batch" in path and not isinstance(rows, list):
            body = {**body, "inputs": [body]}
        answer = http(method, path, body)
        assert answer.status < 500
        assert answer.status < 400 or answer.body["status"] == "error"

    send()


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/lists/%00",
        "/crm/v3/lists/1/memberships?after=-1",
        "/crm/v3/lists/records/0-1/x/memberships",
        "/crm/v3/objects/contacts?limit=" + "9" * 5_000,
        "/crm/v3/objects/contacts?limit=²",
        "/crm/v3/objects/contacts?after=" + "9" * 5_000,
        "/crm/v3/objects/contacts/" + "9" * 5_000,
        "/crm/v3/objects/contacts/²",
        "/crm/v3/objects/contacts/²?archived=true",
        "/crm/v3/objects/contacts/%00",
        "/crm/v3/objects/contacts/x?idProperty=%00",
        "/crm/v4/objects/contacts/x/associations/companies?after=-1",
        "/crm/v3/owners?after=" + "9" * 5_000,
        "/crm/v3/owners/%00",
        "/crm/v3/properties/contacts/%00",
        "/crm/v3/pipelines/contacts/default",
        "/crm/v3/imports/%00",
        "/crm/v3/imports?after=-1",
        "/crm/v3/limits/associations/records/contacts/unicorns",
        "/settings/v3/users/%00",
        "/settings/v3/users?after=x",
        "/oauth/v1/access-tokens/%00",
        "/oauth/authorize?client_id=%00&redirect_uri=http://[",
        "/webhooks/v3/%00/settings?hapikey=sandbox",
    ],
)
def test_no_address_makes_a_server_error(http: Any, path: str) -> None:
    answer = http("GET", path)
    assert 400 <= answer.status < 500
    assert answer.body["status"] == "error"


FEW = settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
)
FILTERS = st.fixed_dictionaries(
    {"filterType": st.sampled_from(["PROPERTY", "IN_LIST", "X"])},
    optional={
        "property": st.sampled_from(["email", "createdate", "num_notes", "unicorn"]),
        "listId": st.one_of(st.just("1"), JSON),
        "operator": st.sampled_from(["IN_LIST", "X"]),
        "operation": st.fixed_dictionaries(
            {
                "operationType": st.sampled_from(["STRING", "NUMBER", "TIME_POINT", "TIME_RANGED", "X"]),
                "operator": st.sampled_from(["IS_EQUAL_TO", "IS_AFTER", "IS_BETWEEN", "X"]),
            },
            optional={
                "value": JSON,
                "values": JSON,
                "timePoint": st.fixed_dictionaries(
                    {"timeType": st.sampled_from(["DATE", "INDEXED"])},
                    optional={
                        "year": st.one_of(st.integers(-5, 20_000), JSON),
                        "month": st.integers(0, 13),
                        "day": st.integers(0, 32),
                        "hour": JSON,
                        "zoneId": st.one_of(st.just("Europe/Amsterdam"), JSON),
                        "offset": st.one_of(st.just({"days": 10**12}), JSON),
                        "indexReference": st.one_of(st.just({"referenceType": "TODAY"}), JSON),
                    },
                ),
                "lowerBoundTimePoint": JSON,
            },
        ),
    },
)


def test_no_filter_of_a_list_makes_a_server_error(http: Any, store: HubSpotStore) -> None:
    store.user_create("contacts", {"email": "jan@firma.nl"})
    assert http("POST", "/crm/v3/lists", {"name": "A", "objectTypeId": "0-1", "processingType": "MANUAL"})

    @FEW
    @given(FILTERS, st.sampled_from(["AND", "ASSOCIATION", "NOT_ANY", "X"]), JSON)
    def send(rule: dict[str, Any], kind: str, more: Any) -> None:
        inner = {"filterBranchType": kind, "filters": [rule], "objectTypeId": more, "operator": "IN_LIST"}
        branch = {"filterBranchType": "OR", "filterBranches": [inner]}
        body = {"objectTypeId": "0-1", "processingType": "SNAPSHOT", "filterBranch": branch}
        answer = http("POST", "/crm/v3/lists", {**body, "name": orjson.dumps([rule, more]).decode()[:999]})
        assert answer.status < 500

    send()


COLUMNS = st.fixed_dictionaries(
    {"columnName": st.sampled_from(["Email", "Naam", "Niets"])},
    optional={
        "columnObjectTypeId": st.sampled_from(["0-1", "0-2", "0-27", "x"]),
        "propertyName": st.one_of(st.sampled_from(["email", "domain", "closedate", "num_notes"]), JSON),
        "columnType": st.one_of(st.sampled_from(["HUBSPOT_OBJECT_ID", "HUBSPOT_ALTERNATE_ID"]), JSON),
    },
)


def test_no_import_makes_a_server_error(http: Any, world: World) -> None:
    """Neither what is asked for nor the file, and neither at once nor when the rows are due."""

    @FEW
    @given(st.lists(COLUMNS, max_size=3), st.text(max_size=60), BODIES)
    def send(columns: list[dict[str, Any]], text: str, more: dict[str, Any]) -> None:
        page = {"hasHeader": True, "columnMappings": columns}
        file = {"fileName": "a.csv", "fileImportPage": page}
        asked = orjson.dumps({"name": "X", "files": [file], **more}).decode()
        content = f"Email,Naam,Niets\n{text}\na@b.nl,Jan,1\n".encode("utf-8", "replace")
        fields = {"importRequest": asked, "files": ("a.csv", content, "text/csv")}
        body, kind = urllib3.filepost.encode_multipart_formdata(fields)
        headers = {"Authorization": "Bearer sandbox", "Content-Type": kind}
        answer = http.pool.request("POST", f"{http.base}/crm/v3/imports", body=body, headers=headers)
        assert answer.status < 500
        world.clock.advance(10)
        for row in http("GET", "/crm/v3/imports").body["results"]:
            assert http("GET", f"/crm/v3/imports/{row['id']}/errors").status == 200

    send()


def test_no_form_makes_a_server_error(http: Any) -> None:
    @FEW
    @given(st.dictionaries(st.sampled_from(["grant_type", "code", "token", "refresh_token"]), SCALARS))
    def send(fields: dict[str, Any]) -> None:
        known = {"client_id": "sandbox", "client_secret": "sandbox"}
        raw = urlencode({**known, **fields}, errors="replace").encode()
        for path in ("token", "token/introspect", "token/revoke"):
            assert http("POST", f"/oauth/v1/{path}", raw=raw, token=None).status < 500

    send()
