"""Up to 200 records in one call: each gets its own verdict, in order."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import TEXT_KEY, Org, problem

MANY = "/composite/sobjects"


def lead(name: str, **more: object) -> dict[str, object]:
    """A lead as a member of a collection."""
    return {"attributes": {"type": "Lead"}, "LastName": name, "Company": "X", **more}


def verdicts(results: list[dict[str, Any]]) -> list[str | None]:
    """None for each success, the status code for each failure."""
    return [None if each["success"] else each["errors"][0]["statusCode"] for each in results]


def create(org: Org, records: list[dict[str, object]], all_or_none: bool = False) -> list[dict[str, Any]]:
    """Posts a collection, which must be answered with 200."""
    answer = org.call("POST", MANY, {"allOrNone": all_or_none, "records": records})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()
    return results


def count(org: Org, type: str = "Lead") -> int:
    """How many there are."""
    return int(org.query(f"SELECT COUNT() FROM {type}")["totalSize"])


def test_one_bad_record_does_not_hold_up_the_rest(org: Org) -> None:
    """HTTP 200, results in order, statusCode with fields."""
    results = create(org, [lead("A"), lead("B", Email="no"), lead(""), lead("D", City="x" * 41)])
    assert verdicts(results) == [None, "INVALID_EMAIL_ADDRESS", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG"]
    assert results[0] == {"id": results[0]["id"], "success": True, "errors": []}
    assert results[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "INVALID_EMAIL_ADDRESS",
                "message": "Email: invalid email address: no",
                "fields": ["Email"],
            }
        ],
    }
    assert count(org) == 1


def test_all_or_none(org: Org) -> None:
    """With allOrNone the good ones are rolled back and say so."""
    results = create(org, [lead("A"), lead("B", Email="no"), lead("C")], all_or_none=True)
    rolled_back = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert verdicts(results) == [rolled_back, "INVALID_EMAIL_ADDRESS", rolled_back]
    assert "AllOrNone header" in results[0]["errors"][0]["message"]
    assert count(org) == 0
    assert verdicts(create(org, [lead("A"), lead("B")], all_or_none=True)) == [None, None]
    assert count(org) == 2


def test_two_hundred_and_no_more(org: Org) -> None:
    """The 201st record spoils the whole call."""
    records = [lead(f"L{i}") for i in range(201)]
    assert problem(org.call("POST", MANY, {"records": records}))[:2] == (400, "EXCEEDED_ID_LIMIT")
    assert count(org) == 0
    assert set(verdicts(create(org, records[:200]))) == {None}
    assert count(org) == 200


def test_types_may_be_mixed_in_ten_runs(org: Org) -> None:
    """Ten changes of type are one too many."""
    account: dict[str, object] = {"attributes": {"type": "Account"}, "Name": "A"}
    assert set(verdicts(create(org, [lead("L"), account] * 5))) == {None}
    assert problem(org.call("POST", MANY, {"records": [lead("L"), account] * 6}))[:2] == (
        400,
        "LIMIT_EXCEEDED",
    )


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([{"LastName": "A"}], "INVALID_TYPE"),
        ([{"attributes": {"type": "Person"}}], "INVALID_TYPE"),
        ([lead("A"), lead("B", Nope=1)], "INVALID_FIELD"),
        ([lead("A"), lead("B", NumberOfEmployees="x")], "JSON_PARSER_ERROR"),
        (["A"], "JSON_PARSER_ERROR"),
        ("A", "JSON_PARSER_ERROR"),
    ],
)
def test_what_spoils_the_whole_call(org: Org, records: object, code: str) -> None:
    """Bodies that cannot be read as records of known fields fail as a whole; nothing is stored."""
    assert problem(org.call("POST", MANY, {"records": records}))[:2] == (400, code)
    assert count(org) == 0


def test_setup_objects_are_written_apart(org: Org) -> None:
    """Permissions do not mix with anything else in one call."""
    permission_set: dict[str, object] = {"attributes": {"type": "PermissionSet"}, "Name": "p", "Label": "p"}
    answer = org.call("POST", MANY, {"records": [lead("A"), permission_set]})
    assert problem(answer)[:2] == (400, "MIXED_DML_OPERATION")
    assert verdicts(create(org, [permission_set])) == [None]


def test_a_locked_account_holds_up_its_contacts_alone(org: Org) -> None:
    """Writing a child needs its account; others in the same call are not concerned."""
    busy, free = (org.make("Account", {"Name": name}) for name in "AB")
    org.store.lock("Account", busy)
    contacts: list[dict[str, object]] = [
        {"attributes": {"type": "Contact"}, "LastName": "C", "AccountId": account} for account in (busy, free)
    ]
    assert verdicts(create(org, contacts)) == ["UNABLE_TO_LOCK_ROW", None]
    found = problem(org.call("PATCH", f"/sobjects/Account/{busy}", {"Name": "X"}))
    assert found == (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
    org.store.locks.release()
    assert verdicts(create(org, contacts)) == [None, None]


def test_updates(org: Org) -> None:
    """Ids in both spellings; unknown, malformed, missing, deleted and converted records fail on their own."""
    ids = [each["id"] for each in create(org, [lead(name) for name in "ABCD"])]
    org.store.user_delete("Lead", ids[2])
    org.store.convert(ids[3])
    wanted: list[object] = [
        ids[0][:15],
        ids[1],
        ids[2],
        ids[3],
        "00Q000000000000EAA",
        "rubbish",
        "003000000000000AAA",
    ]
    records = [{"attributes": {"type": "Lead"}, "Id": each, "City": "Gent"} for each in wanted]
    records.append({"attributes": {"type": "Lead"}, "City": "Gent"})
    results = org.call("PATCH", MANY, {"records": records}).json()
    assert verdicts(results) == [
        None,
        None,
        "ENTITY_IS_DELETED",
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
        "MALFORMED_ID",
        "MISSING_ARGUMENT",
    ]
    assert results[0]["id"] == ids[0]
    assert results[3]["errors"][0]["message"] == "cannot reference converted lead"
    assert org.query("SELECT COUNT() FROM Lead WHERE City = 'Gent'")["totalSize"] == 2


def test_a_record_twice_in_one_update(org: Org) -> None:
    """Neither of the two is carried out, whichever spelling of the id was used."""
    ids = [each["id"] for each in create(org, [lead("A"), lead("B")])]
    cities = ((ids[0], "Gent"), (ids[1], "Gent"), (ids[0][:15], "Gouda"))
    records = [{"attributes": {"type": "Lead"}, "id": each, "City": city} for each, city in cities]
    results = org.call("PATCH", MANY, {"records": records}).json()
    assert verdicts(results) == ["DUPLICATE_VALUE", None, "DUPLICATE_VALUE"]
    assert org.show("Lead", ids[0], "City")["City"] is None


def test_upserts(org: Org) -> None:
    """`created` tells; keys given twice in one call fail, both of them; so do records without a key."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    known = org.make("Lead", {"LastName": "Old", "Company": "X", "Link__c": "k1"})
    records = [
        lead("One", Link__c="k1"),
        lead("Two", Link__c="k2"),
        lead("Twin", Link__c="k3"),
        lead("Twin", Link__c="K3"),
        lead("None"),
        lead("", Link__c="k4"),
    ]
    results = org.call("PATCH", f"{MANY}/Lead/Link__c", {"records": records}).json()
    assert verdicts(results) == [
        None,
        None,
        "DUPLICATE_VALUE",
        "DUPLICATE_VALUE",
        "MISSING_ARGUMENT",
        "REQUIRED_FIELD_MISSING",
    ]
    assert [each["created"] for each in results] == [False, True, False, False, False, False]
    assert results[0]["id"] == known
    assert org.show("Lead", known, "LastName")["LastName"] == "One"
    assert count(org) == 2


def test_upserting_the_same_again_creates_nothing(org: Org) -> None:
    """So a client that lost the answer can simply repeat."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    body = {"records": [lead(f"L{i}", Link__c=f"k{i}") for i in range(200)]}
    first = org.call("PATCH", f"{MANY}/Lead/Link__c", body).json()
    second = org.call("PATCH", f"{MANY}/Lead/Link__c", body).json()
    assert [each["id"] for each in first] == [each["id"] for each in second]
    assert {each["created"] for each in second} == {False}
    assert count(org) == 200


def test_upsert_paths_that_are_wrong(org: Org) -> None:
    """An unknown key field is 404; records of another type and old versions are refused."""
    body = {"records": [lead("A")]}
    assert problem(org.call("PATCH", f"{MANY}/Lead/Nope__c", body))[:2] == (404, "NOT_FOUND")
    org.add_field("Contact.Link__c", TEXT_KEY)
    assert problem(org.call("PATCH", f"{MANY}/Contact/Link__c", body))[:2] == (400, "INVALID_TYPE")
    assert problem(org.call("PATCH", f"{MANY}/Contact/Link__c", body, version="45.0"))[:2] == (
        404,
        "NOT_FOUND",
    )


def test_a_key_that_two_records_share(org: Org) -> None:
    """Such an upsert fails for that record and names both."""
    org.add_field("Lead.Key__c", {**TEXT_KEY, "unique": False})
    ids = [each["id"] for each in create(org, [lead("A", Key__c="k"), lead("B", Key__c="k")])]
    result = org.call("PATCH", f"{MANY}/Lead/Key__c", {"records": [lead("C", Key__c="k")]}).json()[0]
    assert result["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"
    assert all(each in result["errors"][0]["message"] for each in ids)


def test_unique_values_within_one_create(org: Org) -> None:
    """The second record with the same unique value is refused and told the id of the first."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    results = create(org, [lead("A", Link__c="k"), lead("B", Link__c="k")])
    assert verdicts(results) == [None, "DUPLICATE_VALUE"]
    assert results[1]["errors"][0]["message"].endswith(f"record with id: {results[0]['id'][:15]}")


def test_deletes(org: Org) -> None:
    """By ids in the URL; a second time they are gone already."""
    ids = [each["id"] for each in create(org, [lead("A"), lead("B")])]
    gone = org.call("DELETE", MANY, params={"ids": f"{ids[0]},rubbish,{ids[1][:15]}"}).json()
    assert verdicts(gone) == [None, "MALFORMED_ID", None]
    again = org.call("DELETE", MANY, params={"ids": ",".join(ids)}).json()
    assert verdicts(again) == ["ENTITY_IS_DELETED", "ENTITY_IS_DELETED"]
    assert problem(org.call("DELETE", MANY))[:2] == (400, "MISSING_ARGUMENT")


def test_deletes_all_or_none(org: Org) -> None:
    """One that cannot be deleted keeps the others."""
    ids = [each["id"] for each in create(org, [lead("A"), lead("B")])]
    listed = f"{ids[0]},00Q000000000000EAA,{ids[1]}"
    results = org.call("DELETE", MANY, params={"ids": listed, "allOrNone": "true"}).json()
    assert verdicts(results)[1] == "INVALID_CROSS_REFERENCE_KEY"
    assert count(org) == 2


def test_retrieving(org: Org) -> None:
    """Records in the order asked for, the unknown and the deleted as null, twice what is asked for twice."""
    ids = [each["id"] for each in create(org, [lead("A", Email="a@x.example"), lead("B"), lead("C")])]
    org.store.user_delete("Lead", ids[1])
    wanted = [ids[2], ids[1], ids[0][:15], "00Q000000000000EAA", ids[2]]
    found = org.call("POST", f"{MANY}/Lead", {"ids": wanted, "fields": ["LastName", "email"]}).json()
    assert [each and each["LastName"] for each in found] == ["C", None, "A", None, "C"]
    assert found[2] == {
        "attributes": {"type": "Lead", "url": f"/services/data/v64.0/sobjects/Lead/{ids[0]}"},
        "LastName": "A",
        "Email": "a@x.example",
        "Id": ids[0],
    }
    by_url = org.call("GET", f"{MANY}/Lead", params={"ids": ",".join(wanted[:3]), "fields": "LastName,Email"})
    assert by_url.json() == found[:3]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ids": ["00Q000000000000EAA"] * 2001, "fields": ["Id"]}, 400, "EXCEEDED_ID_LIMIT"),
        ({"ids": ["rubbish"], "fields": ["Id"]}, 400, "MALFORMED_ID"),
        ({"ids": ["00Q000000000000EAA"], "fields": ["Nope"]}, 400, "INVALID_FIELD"),
        ({"ids": ["00Q000000000000EAA"]}, 400, "JSON_PARSER_ERROR"),
        ({"ids": [], "fields": []}, 400, "MISSING_ARGUMENT"),
    ],
)
def test_retrieving_what_cannot_be(org: Org, body: dict[str, object], status: int, code: str) -> None:
    """The whole call fails."""
    assert problem(org.call("POST", f"{MANY}/Lead", body))[:2] == (status, code)


def test_two_thousand_at_once(org: Org) -> None:
    """The largest retrieve."""
    ids = org.store.load("Lead", [{"LastName": f"L{i}", "Company": "X"} for i in range(2000)])
    found = org.call("POST", f"{MANY}/Lead", {"ids": ids, "fields": ["Id", "LastName"]}).json()
    assert [each["Id"] for each in found] == ids
