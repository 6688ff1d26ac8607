"""SOAP as such: sessions, versions, faults, and XML that should not be read."""

from __future__ import annotations

import gzip

import pytest
import requests
from salesforce_metadata import ENVELOPE, METADATA, fault, result, soap
from salesforce_org import Org

DESCRIBE = "<describeMetadata><asOfVersion>64.0</asOfVersion></describeMetadata>"


def test_a_session_is_needed(org: Org) -> None:
    """Without a valid one every operation is the same fault, with HTTP 500: clients log in again by it."""
    for session in ("", "wrong"):
        code, text = fault(soap(org, DESCRIBE, session=session))
        assert code == "sf:INVALID_SESSION_ID"
        assert text.startswith("INVALID_SESSION_ID: Invalid Session ID found in SessionHeader")
    org.store.expire_tokens()
    assert fault(soap(org, DESCRIBE))[0] == "sf:INVALID_SESSION_ID"


@pytest.mark.parametrize("version", ["30.0", "99.0", "x", "64.5"])
def test_versions_that_are_gone(org: Org, version: str) -> None:
    """The version in the URL counts."""
    code, text = fault(soap(org, DESCRIBE, f"/services/Soap/m/{version}"))
    assert code == "sf:UNSUPPORTED_API_VERSION"
    assert text == "UNSUPPORTED_API_VERSION: Invalid Api version specified on URL"


def test_addresses_that_clients_use(org: Org) -> None:
    """With and without a fraction, a slash, an organization id or more behind the version."""
    for path in ("64.0", "64", "64.0/", f"64.0/{org.store.id[:15]}", "64.0/deployRequest/0Af"):
        assert result(soap(org, DESCRIBE, f"/services/Soap/m/{path}"))["partialSaveAllowed"] == "true"


def test_compressed_calls(org: Org) -> None:
    """Toolkits compress what they send."""
    token = str(org.session.headers["Authorization"]).removeprefix("Bearer ")
    head = f'<SessionHeader xmlns="{METADATA}"><sessionId>{token}</sessionId></SessionHeader>'
    body = f'<e:Body xmlns="{METADATA}">{DESCRIBE}</e:Body>'
    text = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Header>{head}</e:Header>{body}</e:Envelope>'
    headers = {"Content-Encoding": "gzip", "SOAPAction": '""'}
    url = f"{org.url}/services/Soap/m/64.0"
    answer = requests.post(url, gzip.compress(text.encode()), headers=headers, timeout=20)
    assert result(answer)["partialSaveAllowed"] == "true"
    assert fault(requests.post(url, b"x", headers=headers, timeout=20))[0] == "soapenv:Client"


def test_operations_that_do_not_exist(org: Org) -> None:
    """Named back, with their namespace."""
    code, text = fault(soap(org, "<dance/>"))
    assert code == "soapenv:Client"
    assert text.startswith(f"No operation available for request {{{METADATA}}}dance")
    assert fault(soap(org, DESCRIBE, namespace="urn:partner.soap.sforce.com"))[0] == "soapenv:Client"


def test_soap_action_is_required(org: Org) -> None:
    """A header that is easily forgotten; it may be empty."""
    assert "SOAPAction" in fault(soap(org, DESCRIBE, headers={"Content-Type": "text/xml"}))[1]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "<a>",
        "<a/>",
        f'<e:Envelope xmlns:e="{ENVELOPE}"/>',
        f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body/></e:Envelope>',
        '<?xml version="1.0" encoding="klingon"?><a/>',
        "\x00",
        f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><x:a/></e:Body></e:Envelope>',
    ],
)
def test_bodies_that_are_no_envelope(org: Org, body: str) -> None:
    """A fault of the client, never a breakdown."""
    answer = requests.post(
        f"{org.url}/services/Soap/m/64.0", body.encode(), headers={"SOAPAction": '""'}, timeout=20
    )
    assert fault(answer)[0] == "soapenv:Client"


def test_entities_are_not_read(org: Org) -> None:
    """No document type: neither files of this machine nor a billion laughs."""
    for entity in ('<!ENTITY x SYSTEM "file:///etc/hostname">', '<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">'):
        body = "<e:Body><a>&x;</a></e:Body>"
        text = f'<!DOCTYPE e [{entity}]><e:Envelope xmlns:e="{ENVELOPE}">{body}</e:Envelope>'
        answer = requests.post(
            f"{org.url}/services/Soap/m/64.0", text.encode(), headers={"SOAPAction": '""'}, timeout=20
        )
        assert "document type is not allowed" in fault(answer)[1]


def test_nesting_has_an_end(org: Org) -> None:
    """Deeper than any document of theirs."""
    code, text = fault(soap(org, "<a>" * 100 + "</a>" * 100))
    assert code == "soapenv:Client"
    assert "nested too deep" in text


def test_calls_that_are_too_large(org: Org) -> None:
    """50 MB are the limit of a SOAP call."""
    code, _ = fault(soap(org, f"<deploy><ZipFile>{'A' * 52_428_800}</ZipFile></deploy>"))
    assert code == "sf:EXCEEDED_MAX_SIZE_REQUEST"


def test_soap_calls_count_as_requests(org: Org) -> None:
    """They use up the same daily limit, and beyond it they are refused with a fault."""
    before = org.store.limits.used()
    soap(org, DESCRIBE)
    assert org.store.limits.used() == before + 1
    org.switch(edition="developer", used_today=15_000)
    assert fault(soap(org, DESCRIBE))[0] == "sf:REQUEST_LIMIT_EXCEEDED"
