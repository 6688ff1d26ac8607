"""What the running user may beyond objects and fields, and how much room there is."""

from __future__ import annotations

from salesforce_org import Org, problem

LEAD = {"LastName": "Fay", "Company": "X"}
OLD = {"CreatedDate": "2020-01-02T03:04:05Z", "LastModifiedDate": "2021-01-02T03:04:05Z"}


def test_imported_records_keep_their_dates(org: Org) -> None:
    """With the permission: created and changed long ago, by others; SystemModstamp is that of the import."""
    sam = org.store.load("User", [{"Username": "sam@x.example", "LastName": "Sam"}])[0]
    assert (
        problem(org.call("POST", "/sobjects/Lead", {**LEAD, **OLD}))[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    )
    org.switch(permissions=["ViewSetup", "CreateAuditFields"])
    lead = org.make("Lead", {**LEAD, **OLD, "CreatedById": sam, "LastModifiedById": sam})
    shown = org.show("Lead", lead)
    assert shown["CreatedDate"] == "2020-01-02T03:04:05.000+0000"
    assert shown["LastModifiedDate"] == "2021-01-02T03:04:05.000+0000"
    assert shown["SystemModstamp"] == "2026-11-02T09:00:00.000+0000"
    assert (shown["CreatedById"], shown["LastModifiedById"]) == (sam, sam)
    refused = problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"CreatedDate": OLD["CreatedDate"]}))
    assert refused[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    described = {f["name"]: f for f in org.call("GET", "/sobjects/Lead/describe").json()["fields"]}
    assert described["CreatedDate"]["createable"]
    assert not described["SystemModstamp"]["createable"]


def test_leads_imported_as_converted(org: Org) -> None:
    """The conversion of another system can be written, but only with a new record."""
    contact = org.make("Contact", {"LastName": "Fay"})
    converted = {"IsConverted": True, "ConvertedContactId": contact, "ConvertedDate": "2020-01-02"}
    assert org.call("POST", "/sobjects/Lead", {**LEAD, **converted}).status_code == 400
    org.switch(permissions=["CreateAuditFields"])
    lead = org.make("Lead", {**LEAD, **converted})
    assert org.show("Lead", lead, "ConvertedContactId")["ConvertedContactId"] == contact
    refused = org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})
    assert problem(refused)[1] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_who_may_edit_converted_leads(org: Org) -> None:
    """With the permission a converted lead is a record like any other."""
    lead = org.make("Lead", LEAD)
    org.store.convert(lead, opportunity=False)
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"}))[0] == 400
    org.switch(permissions=["EditConvertedLeads"])
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"}).status_code == 204


def test_when_the_storage_is_full(org: Org) -> None:
    """A megabyte holds 512 leads: the next one is refused, changes are not; deleting makes room."""
    org.switch(storage_mb=1)
    ids = org.store.load("Lead", [LEAD] * 512)
    expected = (400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")
    assert problem(org.call("POST", "/sobjects/Lead", LEAD)) == expected
    assert org.call("PATCH", f"/sobjects/Lead/{ids[0]}", {"City": "Gent"}).status_code == 204
    assert org.call("GET", "/limits").json()["DataStorageMB"] == {"Max": 1, "Remaining": 0}
    org.call("DELETE", f"/sobjects/Lead/{ids[0]}")
    org.make("Lead", LEAD)
