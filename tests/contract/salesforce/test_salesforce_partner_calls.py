"""What jsforce's `conn.soap` and SOAP toolkits call: records, merges, the recycle bin, the session."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_metadata import PARTNER, XSI, fault, many, result, soap
from salesforce_org import TEXT_KEY, VERSION, Org

OBJECTS = "urn:sobject.partner.soap.sforce.com"


def call(org: Org, body: str, **more: Any) -> Any:
    """A call of the partner API, whatever its answer."""
    return soap(org, body, f"/services/Soap/u/{VERSION}", PARTNER, **more)


def verdicts(org: Org, body: str, **more: Any) -> list[Any]:
    """The results of a call, in order."""
    return many(result(call(org, body, **more)))


def sobject(type: str, tag: str = "sObjects", nulls: tuple[str, ...] = (), **values: object) -> str:
    """An sObject as jsforce sends it."""
    inner = "".join(f"<fieldsToNull>{name}</fieldsToNull>" for name in nulls)
    inner += "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f'<ns1:{tag} xmlns:ns1="{OBJECTS}"><type>{type}</type>{inner}</ns1:{tag}>'


def test_records_over_soap(org: Org) -> None:
    """create, update with fieldsToNull, upsert, delete, undelete; one verdict for each."""
    made = verdicts(
        org, f"<create>{sobject('Lead', LastName='A', Company='X', Title='CEO')}{sobject('Lead')}</create>"
    )
    assert [each["success"] for each in made] == ["true", "false"]
    assert made[1]["errors"]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert made[1]["errors"]["fields"] == ["LastName", "Company"]
    lead = made[0]["id"]
    verdicts(org, f"<update>{sobject('Lead', nulls=('Title',), Id=lead, DoNotCall='true')}</update>")
    shown = org.show("Lead", lead)
    assert (shown["Title"], shown["DoNotCall"]) == (None, True)
    assert verdicts(org, f"<delete><ids>{lead}</ids><ids>x</ids></delete>")[1]["success"] == "false"
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
    assert verdicts(org, f"<undelete><ids>{lead}</ids></undelete>")[0]["success"] == "true"
    (again,) = verdicts(org, f"<undelete><ids>{lead}</ids></undelete>")
    assert again["errors"]["statusCode"] == "UNDELETE_FAILED"
    verdicts(org, f"<delete><ids>{lead}</ids></delete>")
    assert verdicts(org, f"<emptyRecycleBin><ids>{lead}</ids></emptyRecycleBin>")[0]["id"] == lead
    assert org.store.get("Lead", lead) is None


def test_upserts_over_soap(org: Org) -> None:
    """By an external id, also of a parent."""
    org.add_field("Account.Key__c", TEXT_KEY)
    field = "<externalIDFieldName>Key__c</externalIDFieldName>"
    for created in ("true", "false"):
        (told,) = verdicts(org, f"<upsert>{field}{sobject('Account', Key__c='k', Name='A')}</upsert>")
        assert told["created"] == created
    parent = "<type>Account</type><Key__c>k</Key__c>"
    (made,) = verdicts(org, f"<create>{sobject('Contact', LastName='B', Account=parent)}</create>")
    assert org.show("Contact", made["id"])["AccountId"] == told["id"]
    other = f"<upsert>{field}{sobject('Lead', LastName='A')}</upsert>"
    assert fault(call(org, other))[0] == "sf:INVALID_FIELD"


def test_all_or_none_over_soap(org: Org) -> None:
    """AllOrNoneHeader: bystanders are told that they were rolled back."""
    header = "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>"
    body = f"<create>{sobject('Contact', LastName='A')}{sobject('Contact')}</create>"
    codes = [each["errors"]["statusCode"] for each in verdicts(org, body, header=header)]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.query("SELECT COUNT() FROM Contact")["totalSize"] == 0


def test_merging_over_soap(org: Org) -> None:
    """Two losers at most; values for the master come along; children move to it."""
    winner, *losers = (org.make("Contact", {"LastName": name}) for name in ("A", "B", "C"))
    task = org.make("Task", {"Subject": "Call", "WhoId": losers[0]})
    master = f"<masterRecord><type>Contact</type><Id>{winner}</Id><Title>CEO</Title></masterRecord>"
    ids = "".join(f"<recordToMergeIds>{each}</recordToMergeIds>" for each in losers)
    (told,) = verdicts(org, f"<merge><mergeRequests>{master}{ids}</mergeRequests></merge>")
    assert (told["success"], told["id"]) == ("true", winner)
    assert (told["mergedRecordIds"], told["updatedRelatedIds"]) == (losers, task)
    assert org.show("Contact", winner)["Title"] == "CEO"
    soql = "SELECT MasterRecordId FROM Contact WHERE IsDeleted = true"
    found = org.query(soql, "/queryAll")["records"]
    assert {each["MasterRecordId"] for each in found} == {winner}


@pytest.mark.parametrize(
    ("master", "losers", "expected"),
    [
        ("Opportunity", 1, "INVALID_TYPE_FOR_OPERATION"),
        ("Contact", 0, "INVALID_ID_FIELD"),
        ("Contact", 3, "INVALID_ID_FIELD"),
    ],
)
def test_merges_that_are_refused(org: Org, master: str, losers: int, expected: str) -> None:
    """Other types, none to merge, too many."""
    values = {"Name": "A", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    values = values if master == "Opportunity" else {"LastName": "A"}
    ids = [org.make(master, values) for _ in range(losers + 1)]
    record = f"<masterRecord><type>{master}</type><Id>{ids[0]}</Id></masterRecord>"
    others = "".join(f"<recordToMergeIds>{each}</recordToMergeIds>" for each in ids[1:])
    (told,) = verdicts(org, f"<merge><mergeRequests>{record}{others}</mergeRequests></merge>")
    assert told["errors"]["statusCode"] == expected


def test_a_converted_lead_is_not_merged(org: Org) -> None:
    """Neither as master nor as loser."""
    one, two = (org.make("Lead", {"LastName": n, "Company": "X"}) for n in "AB")
    org.store.convert(two, opportunity=False)
    record = f"<masterRecord><type>Lead</type><Id>{one}</Id></masterRecord>"
    body = f"<merge><mergeRequests>{record}<recordToMergeIds>{two}</recordToMergeIds></mergeRequests></merge>"
    assert verdicts(org, body)[0]["errors"]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_who_and_when(org: Org) -> None:
    """getUserInfo and getServerTimestamp; a header tells the usage."""
    told = result(call(org, "<getUserInfo/>"))
    assert (told["userId"], told["organizationId"]) == (org.store.user, org.store.id)
    answer = call(org, "<getServerTimestamp/>")
    assert result(answer)["timestamp"].startswith("2026-11-02T09:00:0")
    assert "<limitInfo><current>2</current><limit>" in answer.text


def test_logging_out_and_in(org: Org) -> None:
    """After logout the session is refused, with the code in a detail too; login() itself is no way back."""
    assert result(call(org, "<logout/>")) is None
    answer = call(org, "<getUserInfo/>")
    assert fault(answer)[0] == "sf:INVALID_SESSION_ID"
    assert "<sf:exceptionCode>INVALID_SESSION_ID</sf:exceptionCode>" in answer.text
    login = "<login><username>integration@simulated.example</username><password>x</password></login>"
    code, text = fault(call(org, login, session=""))
    assert code == "sf:INVALID_OPERATION"
    assert "SOAP API login() is disabled by default in this org" in text
    gone = soap(org, login, "/services/Soap/u/65.0", PARTNER, session="")
    assert "not available in the API version specified (65.0)" in fault(gone)[1]


def test_the_enterprise_api(org: Org) -> None:
    """The same operations under another namespace, with types as attributes."""
    enterprise = "urn:enterprise.soap.sforce.com"
    contact = f'<sObjects xmlns:xsi="{XSI}" xsi:type="Contact"><LastName>A</LastName></sObjects>'
    body = f"<create>{contact}</create>"
    told = result(soap(org, body, f"/services/Soap/c/{VERSION}", enterprise))
    assert org.show("Contact", told["id"])["LastName"] == "A"


def test_what_spoils_a_whole_call(org: Org) -> None:
    """More than 200 records; types and fields that do not exist."""
    body = f"<delete>{'<ids>003000000000001</ids>' * 201}</delete>"
    assert fault(call(org, body))[0] == "sf:EXCEEDED_ID_LIMIT"
    good, unknown = sobject("Contact", LastName="A"), sobject("Person", Name="A")
    for bad, code in ((unknown, "INVALID_TYPE"), (sobject("Lead", X="A"), "INVALID_FIELD")):
        assert fault(call(org, f"<create>{good}{bad}</create>"))[0] == f"sf:{code}"
    assert org.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
