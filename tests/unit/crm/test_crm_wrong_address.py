"""Somebody else answers at the address that stands in the config."""

import orjson
import pytest

from connector.crm.hubspot_errors import translate
from connector.crm.salesforce_auth import _refused
from connector.crm.wire import VendorRefusal
from connector.errors import Retry, Stop, Unknown

LIKE_SALESFORCE = [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
LIKE_HUBSPOT = {"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"}
PAGE = b"<html><title>404 Not Found</title></html>"


@pytest.mark.parametrize("body", [orjson.dumps(LIKE_SALESFORCE), PAGE])
def test_what_does_not_answer_like_hubspot_names_the_key_to_correct(body: bytes) -> None:
    error = translate(404, {}, body, "account details")
    assert isinstance(error, Stop)
    assert "does not answer like HubSpot" in error.message
    assert "hubspot.url" in error.fix


def test_a_session_that_salesforce_does_not_know_is_no_wrong_token_of_hubspot() -> None:
    body = orjson.dumps([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
    assert "does not answer like HubSpot" in translate(401, {}, body, "account details").message


@pytest.mark.parametrize("body", [orjson.dumps(LIKE_HUBSPOT), b""])
def test_a_record_that_hubspot_does_not_have_is_no_wrong_address(body: bytes) -> None:
    assert isinstance(translate(404, {}, body, "read contacts"), VendorRefusal)


def test_a_gateway_in_trouble_is_no_wrong_address() -> None:
    assert isinstance(translate(502, {}, PAGE, "list contacts"), Unknown)
    assert isinstance(_refused(503, None), Retry)


@pytest.mark.parametrize(
    ("status", "body"), [(404, None), (404, LIKE_HUBSPOT), (401, LIKE_HUBSPOT), (405, {})]
)
def test_what_does_not_answer_like_salesforce_names_the_key_to_correct(status: int, body: object) -> None:
    error = _refused(status, body)
    assert isinstance(error, Stop)
    assert "does not answer like Salesforce" in error.message
    assert "salesforce.url" in error.fix


def test_a_refused_login_is_a_matter_of_credentials() -> None:
    error = _refused(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
    assert isinstance(error, Stop)
    assert error.reason == "credentials"
