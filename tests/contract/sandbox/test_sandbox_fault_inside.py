"""Faults inside the CRMs: rows that fail alone, writes seen late, fields and sessions that go."""

from typing import Any

import requests
from sandbox_crms import Crms
from simple_salesforce import Salesforce

CONTACTS, SF = "/crm/v3/objects/contacts", "/services/data/v64.0"


def plan(crms: Crms, answer: Any, **rule: Any) -> int:
    told = crms.hubspot("POST", "/_sandbox/faults", {"answer": answer, "times": None, **rule})
    assert told.status_code == 200, told.text
    return int(told.json()["id"])


def take_back(crms: Crms, rule: int) -> None:
    assert crms.hubspot("DELETE", f"/_sandbox/faults/{rule}").status_code == 200


def leads(names: str) -> dict[str, Any]:
    attributes = {"type": "Lead"}
    return {"records": [{"attributes": attributes, "LastName": name, "Company": "C"} for name in names]}


def found(crms: Crms, soql: str) -> list[dict[str, Any]]:
    answer = crms.salesforce("GET", f"{SF}/query?q={soql.replace('+', '%2B').replace(' ', '+')}")
    assert answer.status_code == 200, answer.text
    return [{k: v for k, v in row.items() if k != "attributes"} for row in answer.json()["records"]]


def last_names(crms: Crms) -> set[str]:
    return {str(row["LastName"]) for row in crms.world.salesforce.all("Lead")}


# Rows that fail


def test_salesforce_rows_fail_alone_and_only_those_are_not_there(crms: Crms) -> None:
    """The verdicts stand in the order of the request; the answer is 200 all the same."""
    plan(crms, {"fail_rows": [0, 2]}, match={"side": "salesforce", "method": "POST"})
    told = crms.salesforce("POST", f"{SF}/composite/sobjects", leads("ABCD"))
    assert told.status_code == 200
    codes = [error["statusCode"] for each in told.json() for error in each["errors"]]
    assert [each["success"] for each in told.json()] == [False, True, False, True]
    assert codes == ["UNABLE_TO_LOCK_ROW"] * 2
    assert last_names(crms) & set("ABCD") == {"B", "D"}


def test_rows_of_updates_upserts_and_deletes_fail_too_with_the_error_asked_for(crms: Crms) -> None:
    ids = [each["id"] for each in crms.salesforce("POST", f"{SF}/composite/sobjects", leads("ABC")).json()]
    error = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Not on Mondays", "fields": ["Title"]}
    plan(crms, {"fail_rows": [1], "error": error}, match={"route": "/services/**/sobjects**"})
    rows = [{"attributes": {"type": "Lead"}, "id": each, "Title": "CFO"} for each in ids]
    told = crms.salesforce("PATCH", f"{SF}/composite/sobjects", {"records": rows}).json()
    assert told[1] == {
        "id": ids[1],
        "success": False,
        "errors": [{"statusCode": error["code"], "message": "Not on Mondays", "fields": ["Title"]}],
    }
    assert [crms.world.salesforce.get("Lead", each)["Title"] for each in ids] == ["CFO", None, "CFO"]
    gone = crms.salesforce("DELETE", f"{SF}/composite/sobjects?ids={','.join(ids)}").json()
    assert [each["success"] for each in gone] == [True, False, True]
    assert [bool(crms.world.salesforce.get("Lead", each)["IsDeleted"]) for each in ids] == [True, False, True]


def test_all_or_none_takes_the_other_rows_along(crms: Crms) -> None:
    plan(crms, {"fail_rows": [1]}, match={"side": "salesforce"})
    told = crms.salesforce("POST", f"{SF}/composite/sobjects", {**leads("ABC"), "allOrNone": True}).json()
    codes = [each["errors"][0]["statusCode"] for each in told]
    rolled_back = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes == [rolled_back, "UNABLE_TO_LOCK_ROW", rolled_back]
    assert not last_names(crms) & set("ABC")


def test_lines_of_a_bulk_load_fail(crms: Crms) -> None:
    """The rule is about the looks at the job, at which it goes on; lines are counted from 0."""
    plan(crms, {"fail_rows": [1]}, match={"route": "/services/data/{version}/jobs/ingest/{job}"})
    client = Salesforce(
        instance_url=crms.running.salesforce_url,
        session_id=crms.world.salesforce.new_token(),
        version="64.0",
        session=PlainSession(),
    )
    rows = [{"LastName": name, "Company": "C"} for name in "ABC"]
    (done,) = client.bulk2.Lead.insert(records=rows, wait=0.01)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 1)
    assert "UNABLE_TO_LOCK_ROW" in client.bulk2.Lead.get_failed_records(done["job_id"])
    assert last_names(crms) & set("ABC") == {"A", "C"}


class PlainSession(requests.Session):
    """For clients that insist on https: the simulated CRM is told without."""

    def request(self, method: Any, url: Any, *args: Any, **more: Any) -> requests.Response:
        return super().request(method, url.replace("https://127.", "http://127."), *args, **more)


def test_records_of_a_soap_call_fail_and_come_late(crms: Crms) -> None:
    """Other clients write over SOAP: the same rules are about them."""
    match = {"route": "/services/Soap/u/{version}"}
    failing = plan(crms, {"fail_rows": [0]}, match=match)
    told = over_soap(crms, created("Soap1") + created("Soap2"))
    assert (
        told.count("<statusCode>UNABLE_TO_LOCK_ROW</statusCode>")
        == told.count("<success>true</success>")
        == 1
    )
    assert last_names(crms) & {"Soap1", "Soap2"} == {"Soap2"}
    take_back(crms, failing)
    plan(crms, {"late_commit_s": 60}, times=1, match=match)
    over_soap(crms, created("Soap3"))
    assert "Soap3" not in last_names(crms)
    crms.world.clock.advance(60)
    assert "Soap3" in last_names(crms)


def created(name: str) -> str:
    return f"<sObjects><type>Lead</type><LastName>{name}</LastName><Company>C</Company></sObjects>"


def over_soap(crms: Crms, records: str, token: str = "") -> str:
    """The answer to a create call of the partner API."""
    token = token or crms.world.salesforce.new_token()
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">'
        f"<s:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></s:Header>"
        f"<s:Body><create>{records}</create></s:Body></s:Envelope>"
    )
    url = f"{crms.running.salesforce_url}/services/Soap/u/64.0"
    return requests.post(url, body, headers={"SOAPAction": '""', "Content-Type": "text/xml"}, timeout=10).text


def test_hubspot_rows_fail_alone_when_each_has_a_trace_id(crms: Crms) -> None:
    """207, with the trace id of what failed; without trace ids one bad row spoils the whole call."""
    plan(crms, {"fail_rows": [1]}, match={"route": "/crm/v3/objects/{object_type}/batch/create"})
    inputs = [{"properties": {"firstname": name}, "objectWriteTraceId": name} for name in ("Aa", "Bb", "Cc")]
    told = crms.hubspot("POST", f"{CONTACTS}/batch/create", {"inputs": inputs})
    assert (told.status_code, told.json()["numErrors"]) == (207, 1)
    assert told.json()["errors"][0]["context"] == {"objectWriteTraceId": ["Bb"]}
    assert first_names(crms) & {"Aa", "Bb", "Cc"} == {"Aa", "Cc"}
    untraced = [{"properties": {"firstname": name}} for name in ("Dd", "Ee")]
    refused = crms.hubspot("POST", f"{CONTACTS}/batch/create", {"inputs": untraced})
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")
    assert not first_names(crms) & {"Dd", "Ee"}


def first_names(crms: Crms) -> set[str | None]:
    return {row["properties"].get("firstname") for row in crms.world.hubspot.all("contacts")}


def test_a_hubspot_row_can_fail_for_one_of_its_values(crms: Crms) -> None:
    error = {"code": "INVALID_OPTION", "message": "x was not one of the options", "fields": ["industry"]}
    plan(crms, {"fail_rows": [0], "error": error}, match={"method": "POST"})
    inputs = [{"properties": {"firstname": "Aa"}, "objectWriteTraceId": "1"}]
    failed = crms.hubspot("POST", f"{CONTACTS}/batch/create", {"inputs": inputs}).json()["errors"][0]
    assert failed["message"].startswith('Property values were not valid: [{"isValid":false,')
    assert '"name":"industry"' in failed["message"]


def test_a_share_of_the_rows_fails_the_same_ones_for_the_same_seed(crms: Crms) -> None:
    def failed(seed: int) -> list[int]:
        rule = plan(crms, {"fail_rows": 0.3}, seed=seed, match={"side": "salesforce"})
        told = crms.salesforce("POST", f"{SF}/composite/sobjects", leads("ABCDEFGHIJKLMNOPQRST")).json()
        take_back(crms, rule)
        return [place for place, each in enumerate(told) if not each["success"]]

    first = failed(5)
    assert 0 < len(first) < 20
    assert failed(5) == first
    assert failed(6) != first


# Seen late


def test_a_late_commit_appears_below_a_stamp_already_read(crms: Crms) -> None:
    """Somebody's long transaction: a reader whose cursor has passed its stamp needs overlap."""
    plan(crms, {"late_commit_s": 600}, times=1, match={"method": "POST", "side": "salesforce"})
    late = crms.salesforce("POST", f"{SF}/sobjects/Lead", {"LastName": "Late", "Company": "C"}).json()["id"]
    crms.world.clock.advance(60)
    crms.salesforce("POST", f"{SF}/sobjects/Lead", {"LastName": "Prompt", "Company": "C"})
    newest = "SELECT LastName, SystemModstamp FROM Lead ORDER BY SystemModstamp DESC LIMIT 1"
    (prompt,) = found(crms, newest)
    assert prompt["LastName"] == "Prompt"
    assert crms.salesforce("GET", f"{SF}/sobjects/Lead/{late}").status_code == 404
    crms.world.clock.advance(600)
    (row,) = found(crms, f"SELECT LastName, SystemModstamp FROM Lead WHERE Id = '{late}'")
    assert row["LastName"] == "Late"
    assert row["SystemModstamp"] < prompt["SystemModstamp"]


def test_until_a_late_change_is_committed_the_old_value_is_read_and_the_record_is_locked(crms: Crms) -> None:
    made = crms.salesforce("POST", f"{SF}/sobjects/Lead", {"LastName": "Old", "Company": "C"}).json()["id"]
    plan(crms, {"late_commit_s": 30}, times=1, match={"method": "PATCH"})
    assert crms.salesforce("PATCH", f"{SF}/sobjects/Lead/{made}", {"LastName": "New"}).status_code == 204
    query = f"SELECT LastName FROM Lead WHERE Id = '{made}'"
    assert found(crms, query) == [{"LastName": "Old"}]
    refused = crms.salesforce("PATCH", f"{SF}/sobjects/Lead/{made}", {"Title": "CFO"})
    assert refused.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    crms.world.clock.advance(30)
    assert found(crms, query) == [{"LastName": "New"}]
    assert crms.salesforce("PATCH", f"{SF}/sobjects/Lead/{made}", {"Title": "CFO"}).status_code == 204


def test_a_late_batch_comes_whole_and_a_refused_one_never(crms: Crms) -> None:
    plan(crms, {"late_commit_s": 30}, times=2, match={"method": "POST", "side": "salesforce"})
    crms.salesforce("POST", f"{SF}/composite/sobjects", leads("ABC"))
    assert crms.salesforce("POST", f"{SF}/sobjects/Lead", {"Title": "nobody"}).status_code == 400
    assert not last_names(crms) & set("ABC")
    crms.world.clock.advance(30)
    assert last_names(crms) >= set("ABC")
    assert not [row for row in crms.world.salesforce.all("Lead") if row["Title"] == "nobody"]


def test_people_at_work_can_be_late_as_well(crms: Crms) -> None:
    store = crms.world.salesforce
    with store.late.transaction(120):
        store.user_create("Lead", {"LastName": "ByHand", "Company": "C"})
    assert "ByHand" not in last_names(crms)
    crms.world.clock.advance(120)
    assert "ByHand" in last_names(crms)


def test_a_late_entry_of_hubspots_search_concerns_one_record(crms: Crms) -> None:
    """It is there when asked for by id; search knows all the others and not this one."""
    plan(crms, {"late_commit_s": 60}, times=1, match={"method": "POST", "path_prefix": CONTACTS}, nth=1)
    late = crms.hubspot("POST", CONTACTS, {"properties": {"lastname": "Zz", "firstname": "Late"}}).json()[
        "id"
    ]
    crms.hubspot("POST", CONTACTS, {"properties": {"lastname": "Zz", "firstname": "Prompt"}})
    assert crms.hubspot("GET", f"{CONTACTS}/{late}").status_code == 200
    assert searched(crms, "Zz") == ["Prompt"]
    crms.world.clock.advance(61)
    assert searched(crms, "Zz") == ["Late", "Prompt"]


def searched(crms: Crms, last_name: str) -> list[str]:
    rule = {"propertyName": "lastname", "operator": "EQ", "value": last_name}
    body = {"filterGroups": [{"filters": [rule]}], "properties": ["firstname"]}
    results = crms.hubspot("POST", f"{CONTACTS}/search", body).json()["results"]
    return sorted(each["properties"]["firstname"] for each in results)


def test_search_shows_old_matches_of_a_record_that_is_late(crms: Crms) -> None:
    """It is found by the value it had, and shown with the one it has."""
    made = crms.hubspot("POST", CONTACTS, {"properties": {"lastname": "Qq", "firstname": "Was"}}).json()["id"]
    plan(crms, {"late_commit_s": 60}, match={"method": "PATCH"})
    crms.hubspot("PATCH", f"{CONTACTS}/{made}", {"properties": {"lastname": "Xx", "firstname": "Is"}})
    assert (searched(crms, "Qq"), searched(crms, "Xx")) == (["Is"], [])
    crms.world.clock.advance(60)
    assert (searched(crms, "Qq"), searched(crms, "Xx")) == ([], ["Is"])


# Fields and sessions that go


def test_a_field_of_salesforce_vanishes_in_mid_work_and_comes_back(crms: Crms) -> None:
    """An admin takes the permission away: no answer has it, queries and writes with it are refused."""
    made = crms.salesforce("POST", f"{SF}/sobjects/Lead", {"LastName": "A", "Company": "C", "Title": "CFO"})
    lead = f"{SF}/sobjects/Lead/{made.json()['id']}"
    rule = plan(crms, {"hide_field": {"type": "Lead", "field": "Title"}}, nth=2, times=1)
    assert crms.salesforce("GET", lead).json()["Title"] == "CFO"
    assert "Title" not in crms.salesforce("GET", lead).json()
    query = crms.salesforce("GET", f"{SF}/query?q=SELECT+Title+FROM+Lead")
    assert (query.status_code, query.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    written = crms.salesforce("PATCH", lead, {"Title": "CEO"})
    assert (written.status_code, written.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    names = {
        field["name"] for field in crms.salesforce("GET", f"{SF}/sobjects/Lead/describe").json()["fields"]
    }
    assert "Title" not in names
    take_back(crms, rule)
    assert crms.salesforce("GET", lead).json()["Title"] == "CFO"


def test_a_property_of_hubspot_vanishes_and_people_still_work_with_it(crms: Crms) -> None:
    made = crms.hubspot("POST", CONTACTS, {"properties": {"firstname": "A", "jobtitle": "CFO"}}).json()["id"]
    rule = plan(crms, {"hide_field": {"type": "contacts", "field": "jobtitle"}})
    asked = f"{CONTACTS}/{made}?properties=jobtitle&propertiesWithHistory=jobtitle"
    shown = crms.hubspot("GET", asked).json()
    assert "jobtitle" not in shown["properties"]
    assert shown["propertiesWithHistory"] == {}
    listed = crms.hubspot("GET", "/crm/v3/properties/contacts").json()["results"]
    assert "jobtitle" not in {each["name"] for each in listed}
    assert crms.hubspot("GET", "/crm/v3/properties/contacts/jobtitle").status_code == 404
    written = crms.hubspot("PATCH", f"{CONTACTS}/{made}", {"properties": {"jobtitle": "CEO"}})
    assert (written.status_code, "PROPERTY_DOESNT_EXIST" in written.text) == (400, True)
    filters = [{"propertyName": "jobtitle", "operator": "HAS_PROPERTY"}]
    assert crms.hubspot("POST", f"{CONTACTS}/search", {"filters": filters}).status_code == 400
    crms.world.hubspot.user_edit("contacts", made, {"jobtitle": "CTO"})
    take_back(crms, rule)
    assert crms.hubspot("GET", asked).json()["properties"]["jobtitle"] == "CTO"


def test_a_field_that_is_nowhere_cannot_be_hidden(crms: Crms) -> None:
    for name in ({"type": "Lead", "field": "Nope"}, {"type": "contacts", "field": "Title"}):
        told = crms.hubspot("POST", "/_sandbox/faults", {"answer": {"hide_field": name}})
        assert told.status_code == 400
        assert told.json()["error"].startswith("answer.hide_field: neither CRM has a field")


def test_a_reset_gives_hidden_fields_back(crms: Crms) -> None:
    plan(crms, {"hide_field": {"type": "Lead", "field": "Title"}})
    crms.salesforce("GET", f"{SF}/limits")
    crms.hubspot("POST", "/_sandbox/reset", {"contacts": 0})
    assert crms.salesforce("GET", f"{SF}/query?q=SELECT+Title+FROM+Lead").status_code == 200


def test_a_session_of_salesforce_ends_and_the_client_logs_in_anew(crms: Crms) -> None:
    """simple-salesforce notices the 401, gets a new token and goes on; the old one is refused for ever."""
    client = Salesforce(
        instance_url=crms.running.salesforce_url,
        session_id=crms.world.salesforce.new_token(),
        version="64.0",
        session=PlainSession(),
    )
    host = crms.running.salesforce_url.removeprefix("http://")
    client._salesforce_login_partial = lambda: (crms.world.salesforce.new_token(), host)
    first = client.session_id
    plan(crms, "expire_token", times=1, match={"side": "salesforce"}, nth=2)
    assert all(client.query("SELECT Id FROM Lead LIMIT 1")["done"] for _ in range(3))
    assert client.session_id != first
    assert not crms.world.salesforce.accepts_token(first)


def test_a_session_of_a_soap_client_ends_too(crms: Crms) -> None:
    """It stands in the body of the call, and is refused from then on."""
    token = crms.world.salesforce.new_token()
    plan(crms, "expire_token", times=1, match={"side": "salesforce"})
    answers = [over_soap(crms, created("Soap4"), token) for _ in range(2)]
    assert all("<faultcode>sf:INVALID_SESSION_ID</faultcode>" in each for each in answers)
    assert "<success>true</success>" in over_soap(crms, created("Soap4"))


def test_hubspots_token_is_expired_for_some_requests(crms: Crms) -> None:
    plan(crms, "expire_token", times=2, match={"side": "hubspot"})
    answers = [crms.hubspot("GET", CONTACTS) for _ in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 200]
    assert answers[0].json()["category"] == "EXPIRED_AUTHENTICATION"
