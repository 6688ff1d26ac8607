"""Salesforce beside the sandbox: logins, hosts that must not be believed, and odd bodies of gateways."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
import pytest
import requests
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login, check_instance_url, check_login_url, fetch
from connector.errors import ConfigError, Retry, Stop, Unknown
from connector.model import Op, Verdict, Write

MARKER = "canary-7f3a"
HOME = "https://acme.my.salesforce.com"
DATA = f"{HOME}/services/data/v64.0"
ID_URL = "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA"
STAMP = "2026-11-23T09:00:00.000+0000"
ROW = {"Id": "00Q000000000001EAA", "SystemModstamp": STAMP, "IsDeleted": False, "LastName": "Ås"}


def login(**more: Any) -> Login:
    return Login(**{"url": HOME, "client_id": "client", "client_secret": MARKER, **more})


def crm(**more: Any) -> Salesforce:
    return Salesforce(login(**more), sleep=lambda _: None)


def give_token(instance: str = HOME, url: str = HOME) -> None:
    body = {"access_token": MARKER, "instance_url": instance, "id": ID_URL, "token_type": "Bearer"}
    responses.post(f"{url}/services/oauth2/token", json=body)


def give_rows(*rows: Any) -> None:
    responses.get(f"{DATA}/query/", json={"totalSize": len(rows), "done": True, "records": list(rows)})


def scan(salesforce: Salesforce) -> list[str]:
    return [r.ref.id for page in salesforce.scan("Lead", ["LastName"]) for r in page.records]


# ---------------------------------------------------------------- hosts


@pytest.mark.parametrize(
    "url", [HOME, "https://acme--test.sandbox.my.salesforce.com", "https://eu5.salesforce.com/x"]
)
def test_hosts_of_salesforce_are_believed(url: str) -> None:
    assert check_instance_url(url, HOME).startswith("https://")


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://acme.my.salesforce.com:8443",
        "http://169.254.169.254/latest",
        "http://127.0.0.1:8080",
        "https://127.0.0.1",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_login_cannot_send_us_anywhere_else(url: str) -> None:
    """The token would be sent there with every request."""
    with pytest.raises(Stop) as caught:
        check_instance_url(url, HOME)
    assert caught.value.reason == "credentials"


def test_a_simulated_salesforce_may_live_on_this_machine_only() -> None:
    assert check_instance_url("http://127.0.0.1:8802", "http://localhost:8802") == "http://127.0.0.1:8802"
    assert check_login_url("http://127.0.0.1:8802/") == "http://127.0.0.1:8802"
    for url in ("http://acme.my.salesforce.com", "ftp://x", "acme.my.salesforce.com", ""):
        with pytest.raises(ConfigError):
            check_login_url(url)


@responses.activate
def test_a_login_that_names_a_foreign_instance_sends_it_no_token() -> None:
    give_token(instance="https://evil.example")
    with pytest.raises(Stop):
        scan(crm())
    assert [call.request.url for call in responses.calls] == [f"{HOME}/services/oauth2/token"]


# ---------------------------------------------------------------- logging in


@responses.activate
def test_a_signed_jwt_logs_in_without_any_secret_on_the_wire() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    url = "https://test.salesforce.com"
    give_token(url=url)
    own = login(url=url, username="sync@acme.test", client_secret=None, private_key=lambda: pem)
    token = fetch(own, requests.Session(), (1, 1))
    assert (token.org, token.user) == ("00D000000000001EAA", "005000000000001AAA")
    form = parse_qs(str(responses.calls[0].request.body))
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = jwt.decode(form["assertion"][0], key.public_key(), algorithms=["RS256"], audience=url)
    assert (claims["iss"], claims["sub"]) == ("client", "sync@acme.test")
    assert 0 < claims["exp"] - time.time() <= 300


def test_a_key_that_cannot_be_read_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError) as caught:
        fetch(login(private_key=MARKER), requests.Session(), (1, 1))
    assert MARKER not in repr(caught.value)


def test_secrets_are_not_shown_with_the_settings() -> None:
    assert MARKER not in repr(login(private_key=MARKER))


@responses.activate
@pytest.mark.parametrize(("status", "kind"), [(400, Stop), (401, Stop), (503, Retry), (429, Retry)])
def test_a_refused_login_stops_and_a_busy_one_waits(status: int, kind: type[Exception]) -> None:
    body = {"error": "invalid_client", "error_description": f"secret {MARKER}"}
    responses.post(f"{HOME}/services/oauth2/token", json=body, status=status)
    with pytest.raises(kind) as caught:
        crm().identity()
    assert MARKER not in f"{caught.value!r}{caught.value}"
    if kind is Stop:
        assert "invalid_client" in str(caught.value)


@responses.activate
def test_a_login_that_breaks_off_is_no_lost_write() -> None:
    """Nothing was written while we were only logging in."""
    responses.post(f"{HOME}/services/oauth2/token", body=requests.ConnectionError("reset"))
    (result,) = crm().write("Lead", [Write("k", Op.CREATE, "Lead", None, {"LastName": "x"})])
    assert result.verdict is Verdict.RETRY


# ---------------------------------------------------------------- odd answers


@responses.activate
def test_the_client_asks_for_compact_answers_and_sends_our_token() -> None:
    give_token()
    give_rows(ROW)
    assert scan(crm()) == ["00Q000000000001EAA"]
    headers = responses.calls[-1].request.headers
    assert headers["Authorization"] == f"Bearer {MARKER}"
    assert "X-PrettyPrint" not in headers


@responses.activate
def test_a_netrc_file_never_replaces_our_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.my.salesforce.com login x password y\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    give_token()
    give_rows(ROW)
    scan(crm())
    assert responses.calls[-1].request.headers["Authorization"] == f"Bearer {MARKER}"


@responses.activate
@pytest.mark.parametrize("body", ['{"error": "x"}', "<html>unauthorized</html>", "[]", ""])
def test_a_401_that_is_no_list_is_still_a_401(body: str) -> None:
    """The client would fail over it with an error of its own."""
    give_token()
    responses.get(f"{DATA}/query/", body=body, status=401)
    with pytest.raises(Stop) as caught:
        scan(crm())
    assert caught.value.reason == "credentials"


@responses.activate
def test_a_session_that_may_never_use_the_api_is_not_renewed() -> None:
    give_token()
    text = "This session is not valid for use with the REST API"
    responses.get(f"{DATA}/query/", json=[{"errorCode": "INVALID_SESSION_ID", "message": text}], status=401)
    with pytest.raises(Stop):
        scan(crm())
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize(
    "page",
    [
        {"records": [], "totalSize": 0},
        {"records": None, "done": True},
        {"records": [], "done": "true"},
        {"records": [], "done": False},
        {"records": [], "done": False, "nextRecordsUrl": "https://evil.example/"},
        {"records": [{"Id": "1"}], "done": True},
        [],
    ],
)
def test_a_page_of_another_shape_is_not_an_empty_page(page: Any) -> None:
    give_token()
    responses.get(f"{DATA}/query/", json=page)
    with pytest.raises(Unknown):
        scan(crm())


@responses.activate
def test_a_short_page_is_not_the_last_one() -> None:
    """Salesforce may give fewer rows than asked for: only "done" means done."""
    give_token()
    more = "/services/data/v64.0/query/0r8000000000001-1"
    first = {"done": False, "nextRecordsUrl": more, "records": [ROW]}
    empty = {"done": False, "nextRecordsUrl": f"{more}1", "records": []}
    last = {"done": True, "records": [{**ROW, "Id": "00Q000000000002EAA"}]}
    responses.get(f"{DATA}/query/", json=first)
    responses.get(f"{HOME}{more}", json=empty)
    responses.get(f"{HOME}{more}1", json=last)
    assert scan(crm()) == ["00Q000000000001EAA", "00Q000000000002EAA"]


@responses.activate
@pytest.mark.parametrize(
    ("code", "message", "existing", "fields"),
    [
        (
            "DUPLICATE_VALUE",
            f"duplicate value found: K__c duplicates value on record with id: 00Q000000000001 {MARKER}",
            "00Q000000000001EAA",
            (),
        ),
        (
            "STRING_TOO_LONG",
            f"Last Name: data value too large: {MARKER} (max length=80)",
            None,
            ("LastName",),
        ),
        (f"ODD {MARKER}", "x", None, ()),
    ],
)
def test_a_refused_record_gives_code_fields_and_holder_but_no_value(
    code: str, message: str, existing: str | None, fields: tuple[str, ...]
) -> None:
    give_token()
    error = {"statusCode": code, "message": message, "fields": list(fields)}
    responses.post(f"{DATA}/composite/sobjects", json=[{"success": False, "errors": [error]}])
    (result,) = crm().write("Lead", [Write("k", Op.CREATE, "Lead", None, {"LastName": "x"})])
    assert (result.verdict, result.id, result.fields) == (Verdict.REFUSED, existing, fields)
    assert MARKER not in repr(result)


@responses.activate
@pytest.mark.parametrize("answer", ["too few", "too many", "another order", "no ids"])
def test_outcomes_that_cannot_be_matched_are_unknown_for_everybody(answer: str) -> None:
    give_token()
    ids = [f"00Q00000000000{n}EAA" for n in range(1, 4)]
    rows: list[Any] = [{"id": id, "success": True, "errors": []} for id in ids]
    changed = {
        "too few": rows[:2],
        "too many": [*rows, rows[0]],
        "another order": rows[::-1],
        "no ids": [{"success": True}] * 3,
    }
    responses.patch(f"{DATA}/composite/sobjects", json=changed[answer])
    writes = [Write(f"k{n}", Op.UPDATE, "Lead", id, {"LastName": "x"}) for n, id in enumerate(ids)]
    results = crm().write("Lead", writes)
    assert [(r.key, r.verdict) for r in results] == [(w.key, Verdict.UNKNOWN) for w in writes]


@responses.activate
def test_the_currency_and_zone_come_from_the_organization() -> None:
    give_token()
    org = {
        "Id": "00D000000000001EAA",
        "Name": "Acme",
        "TimeZoneSidKey": "Europe/Copenhagen",
        "IsSandbox": False,
    }
    page = orjson.dumps({"done": True, "records": [org]})
    responses.get(f"{DATA}/query/", body=page, headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"})
    who = crm().identity()
    assert (who.id, who.name, who.zone, who.sandbox) == (
        "00D000000000001EAA",
        "Acme",
        "Europe/Copenhagen",
        False,
    )
    assert who.user == "005000000000001AAA"
    assert who.now.hour == 9
