"""Batches of records: what fails together, what fails alone, what the answer says."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hubspot import HubSpot
from hubspot.crm.contacts.exceptions import ApiException

from connector.sandbox.hubspot.store import HubSpotStore

BATCH = "/crm/v3/objects/contacts/batch"


def row(trace: str | None = None, **values: str) -> dict[str, Any]:
    """One input of a batch, with a trace id if wanted."""
    return {"properties": values} | ({"objectWriteTraceId": trace} if trace else {})


@pytest.fixture
def link_id(client: HubSpot) -> str:
    """The name of a unique property, as a connector installs it."""
    body = {
        "name": "link_id",
        "label": "Link id",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }
    client.crm.properties.core_api.create("contacts", {**body, "groupName": "contactinformation"})
    return "link_id"


def test_reading_a_hundred_takes_one_request(client: HubSpot, store: HubSpotStore) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl", "city": "Gent"} for n in range(100)])
    body = {"properties": ["city"], "propertiesWithHistory": [], "inputs": [{"id": each} for each in ids]}
    answer = client.crm.contacts.batch_api.read(body)
    assert answer.status == "COMPLETE"
    assert {each.id for each in answer.results} == set(ids)
    assert answer.results[0].properties["city"] == "Gent"


def test_missing_ids_give_207_with_the_rest(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    answer = http("POST", f"{BATCH}/read", {"inputs": [{"id": contact}, {"id": "4711"}, {"id": "x"}]})
    assert answer.status == 207
    assert [each["id"] for each in answer.body["results"]] == [contact]
    assert answer.body["numErrors"] == 1
    assert answer.body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.body["errors"][0]["context"] == {"ids": ["4711", "x"]}


def test_reading_by_email_and_by_a_unique_property(http: Any, store: HubSpotStore, link_id: str) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl", link_id: "L-1"})
    by_email = http("POST", f"{BATCH}/read", {"idProperty": "email", "inputs": [{"id": "JAN@voorbeeld.nl"}]})
    by_link = http("POST", f"{BATCH}/read", {"idProperty": link_id, "inputs": [{"id": "L-1"}, {"id": "L-2"}]})
    assert [each["id"] for each in by_email.body["results"]] == [contact]
    assert (by_link.status, [each["id"] for each in by_link.body["results"]]) == (207, [contact])
    assert http("POST", f"{BATCH}/read", {"idProperty": "city", "inputs": [{"id": "Gent"}]}).status == 400


def test_history_halves_the_batch(http: Any, store: HubSpotStore) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(51)])
    body = {"propertiesWithHistory": ["email"], "inputs": [{"id": each} for each in ids[:50]]}
    answer = http("POST", f"{BATCH}/read", body)
    read = {each["propertiesWithHistory"]["email"][0]["value"] for each in answer.body["results"]}
    assert read == {f"p{n}@voorbeeld.nl" for n in range(50)}
    body["inputs"] = [{"id": each} for each in ids]
    assert http("POST", f"{BATCH}/read", body).status == 400


def test_archived_records_are_read_only_when_asked_for(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    store.user_archive("contacts", contact)
    body = {"inputs": [{"id": contact}]}
    assert http("POST", f"{BATCH}/read", body).body["results"] == []
    found = http("POST", f"{BATCH}/read?archived=true", body).body["results"]
    assert [(each["id"], each["archived"]) for each in found] == [(contact, True)]


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
@pytest.mark.parametrize(
    "body",
    [{}, {"inputs": []}, {"inputs": "x"}, {"inputs": [5]}, {"inputs": [{"id": "1", "properties": {}}] * 101}],
    ids=["nothing", "empty", "no list", "no objects", "101 inputs"],
)
def test_batches_have_one_to_a_hundred_inputs(http: Any, verb: str, body: Any) -> None:
    answer = http("POST", f"{BATCH}/{verb}", body)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_creating_answers_201_with_each_record(client: HubSpot) -> None:
    answer = client.crm.contacts.batch_api.create(
        {"inputs": [row(email=f"p{n}@voorbeeld.nl") for n in range(3)]}
    )
    assert {each.properties["email"] for each in answer.results} == {f"p{n}@voorbeeld.nl" for n in range(3)}


def test_without_trace_ids_one_bad_row_fails_the_whole_call(http: Any, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    body = {"inputs": [row(email="piet@voorbeeld.nl"), row(email="jan@voorbeeld.nl"), row(email="kapot")]}
    answer = http("POST", f"{BATCH}/create", body)
    assert (answer.status, answer.message) == (409, f"Contact already exists. Existing ID: {contact}")
    assert [each["id"] for each in store.all("contacts")] == [contact]


def test_with_trace_ids_the_good_rows_are_kept_and_207_names_the_bad_ones(
    http: Any, store: HubSpotStore
) -> None:
    store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    inputs = [
        row("t1", email="piet@voorbeeld.nl"),
        row("t2", email="jan@voorbeeld.nl"),
        row("t3", email="an@voorbeeld.nl", missing="x"),
    ]
    answer = http("POST", f"{BATCH}/create", {"inputs": inputs})
    assert (answer.status, answer.body["numErrors"]) == (207, 2)
    assert [each["objectWriteTraceId"] for each in answer.body["results"]] == ["t1"]
    errors = {each["context"]["objectWriteTraceId"][0]: each for each in answer.body["errors"]}
    assert errors["t2"]["category"] == "CONFLICT"
    assert errors["t2"]["message"].startswith("Contact already exists. Existing ID: ")
    assert set(errors["t3"]) == {"status", "category", "message", "context"}
    problem = orjson.loads(errors["t3"]["message"].partition(": ")[2])[0]
    assert (problem["name"], problem["error"]) == ("missing", "PROPERTY_DOESNT_EXIST")


def test_a_repeated_trace_id_is_no_trace_id(http: Any) -> None:
    inputs = [row("same", email="piet@voorbeeld.nl"), row("same", email="kapot")]
    assert http("POST", f"{BATCH}/create", {"inputs": inputs}).status == 400


def test_two_rows_with_one_new_email_do_not_make_two_contacts(http: Any, store: HubSpotStore) -> None:
    inputs = [row("t1", email="piet@voorbeeld.nl"), row("t2", email="Piet@Voorbeeld.nl")]
    answer = http("POST", f"{BATCH}/create", {"inputs": inputs})
    assert (answer.status, len(answer.body["results"])) == (207, 1)
    assert len(list(store.all("contacts"))) == 1


def test_updates_answer_only_what_was_written_and_share_one_stamp(
    client: HubSpot, store: HubSpotStore
) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl", "city": "Gent"} for n in range(3)])
    inputs = [{"id": each, "properties": {"zip": "9000"}} for each in ids]
    answer = client.crm.contacts.batch_api.update({"inputs": inputs})
    assert {frozenset(each.properties) for each in answer.results} == {frozenset({"zip", "lastmodifieddate"})}
    assert len({each.updated_at for each in answer.results}) == 1


def test_updates_with_trace_ids_fail_one_by_one(http: Any, store: HubSpotStore) -> None:
    one, two = store.load("contacts", [{"email": "a@voorbeeld.nl"}, {"email": "b@voorbeeld.nl"}])
    inputs = [
        {"id": one, **row("t1", city="Gent")},
        {"id": two, **row("t2", email="a@voorbeeld.nl")},
        {"id": "4711", **row("t3", city="Gent")},
    ]
    answer = http("POST", f"{BATCH}/update", {"inputs": inputs})
    assert (answer.status, [each["id"] for each in answer.body["results"]]) == (207, [one])
    categories = {
        each["context"]["objectWriteTraceId"][0]: each["category"] for each in answer.body["errors"]
    }
    assert categories == {"t2": "CONFLICT", "t3": "OBJECT_NOT_FOUND"}


def test_updates_without_trace_ids_fail_together_except_for_missing_ids(
    http: Any, store: HubSpotStore
) -> None:
    (one,) = store.load("contacts", [{"email": "a@voorbeeld.nl"}])
    good = {"id": one, **row(city="Gent")}
    bad = http("POST", f"{BATCH}/update", {"inputs": [good, {"id": "4711", **row(missing="x")}]})
    assert (bad.status, bad.body["errors"][0]["context"]) == (207, {"ids": ["4711"]})
    (two,) = store.load("contacts", [{"email": "b@voorbeeld.nl"}])
    assert http("POST", f"{BATCH}/update", {"inputs": [{"id": two, **row(missing="x")}, good]}).status == 400


def test_updating_contacts_by_email_is_refused_in_hubspots_words(client: HubSpot) -> None:
    inputs = [{"id": "jan@voorbeeld.nl", "idProperty": "email", **row(city="Gent")}]
    with pytest.raises(ApiException) as caught:
        client.crm.contacts.batch_api.update({"inputs": inputs})
    assert "Unable to perform update/upsert by non-unique 0-1 property" in caught.value.body


def test_updating_by_a_unique_property(http: Any, store: HubSpotStore, link_id: str) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl", link_id: "L-1"})
    inputs = [{"id": "L-1", "idProperty": link_id, **row(city="Gent")}]
    assert http("POST", f"{BATCH}/update", {"inputs": inputs}).body["results"][0]["id"] == contact


def test_two_inputs_for_one_record_by_different_keys_are_both_kept(
    http: Any, store: HubSpotStore, link_id: str
) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl", link_id: "L-1"})
    inputs = [
        {"id": "L-1", "idProperty": link_id, **row(city="Gent")},
        {"id": contact, **row(firstname="Jan")},
        {"id": "L-1", "idProperty": link_id, **row(zip="9000")},
    ]
    assert http("POST", f"{BATCH}/update", {"inputs": inputs[:2]}).status == 200
    assert http("POST", f"{BATCH}/update", {"inputs": inputs[1:]}).status == 200
    (values,) = [each["properties"] for each in store.all("contacts")]
    assert (values["firstname"], values["city"], values["zip"]) == ("Jan", "Gent", "9000")


@pytest.mark.parametrize("verb", ["update", "upsert"])
def test_one_record_twice_in_a_batch_is_refused(
    http: Any, store: HubSpotStore, verb: str, link_id: str
) -> None:
    store.user_create("contacts", {"email": "jan@voorbeeld.nl", link_id: "L-1"})
    inputs = [{"id": "L-1", "idProperty": link_id, **row(f"t{n}", city="Gent")} for n in range(2)]
    assert http("POST", f"{BATCH}/{verb}", {"inputs": inputs}).status == 400


def test_upserting_by_email_says_what_is_new(client: HubSpot, store: HubSpotStore) -> None:
    contact = store.user_create("contacts", {"email": "jan@voorbeeld.nl"})
    inputs = [
        {"id": "Jan@voorbeeld.nl", "idProperty": "email", **row(city="Gent")},
        {"id": "an@voorbeeld.nl", "idProperty": "email", **row(city="Aalst")},
    ]
    answer = client.crm.contacts.batch_api.upsert({"inputs": inputs})
    assert {(each.new, each.properties["city"]) for each in answer.results} == {
        (False, "Gent"),
        (True, "Aalst"),
    }
    assert [each.id for each in answer.results if not each.new] == [contact]
    assert len(list(store.all("contacts"))) == 2


def test_upserting_by_email_is_never_partial(http: Any, store: HubSpotStore) -> None:
    inputs = [
        {"id": "jan@voorbeeld.nl", "idProperty": "email", **row("t1", city="Gent")},
        {"id": "an@voorbeeld.nl", "idProperty": "email", **row("t2", missing="x")},
    ]
    assert http("POST", f"{BATCH}/upsert", {"inputs": inputs}).status == 400
    assert list(store.all("contacts")) == []


def test_upserting_by_a_unique_property_is_partial_and_repeatable(http: Any, link_id: str) -> None:
    inputs = [
        {"id": "L-1", "idProperty": link_id, **row("t1", email="jan@voorbeeld.nl")},
        {"id": "L-2", "idProperty": link_id, **row("t2", email="kapot")},
    ]
    first = http("POST", f"{BATCH}/upsert", {"inputs": inputs})
    assert (first.status, [each["new"] for each in first.body["results"]]) == (207, [True])
    again = http("POST", f"{BATCH}/upsert", {"inputs": inputs[:1]})
    assert (again.status, [each["new"] for each in again.body["results"]]) == (200, [False])
    assert again.body["results"][0]["id"] == first.body["results"][0]["id"]


def test_a_company_cannot_be_upserted_by_domain(http: Any) -> None:
    inputs = [{"id": "firma.be", "idProperty": "domain", **row(name="Firma")}]
    answer = http("POST", "/crm/v3/objects/companies/batch/upsert", {"inputs": inputs})
    assert (answer.status, "non-unique 0-2 property" in answer.message) == (400, True)


def test_a_unique_value_of_another_record_is_refused(http: Any, store: HubSpotStore, link_id: str) -> None:
    holder = store.user_create("contacts", {"email": "jan@voorbeeld.nl", link_id: "L-1"})
    answer = http("POST", "/crm/v3/objects/contacts", row(email="an@voorbeeld.nl", link_id="L-1"))
    assert (answer.status, answer.problems[0]["error"]) == (400, "CONFLICTING_UNIQUE_VALUE")
    assert f"{holder} already has that value" in answer.problems[0]["message"]


def test_archiving_a_batch_answers_204_also_for_unknown_ids(
    client: HubSpot, http: Any, store: HubSpotStore
) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(3)])
    answer = http("POST", f"{BATCH}/archive", {"inputs": [{"id": each} for each in [*ids[:2], "4711"]]})
    assert (answer.status, answer.body) == (204, None)
    assert [each.id for each in client.crm.contacts.basic_api.get_page().results] == ids[2:]


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert"])
def test_results_do_not_come_in_the_order_of_the_inputs(
    http: Any, store: HubSpotStore, verb: str, link_id: str
) -> None:
    ids = store.load("contacts", [{"email": f"p{n}@voorbeeld.nl"} for n in range(4)])
    inputs: dict[str, list[dict[str, Any]]] = {
        "read": [{"id": each} for each in ids],
        "update": [{"id": each, **row(city="Gent")} for each in ids],
        "create": [row(link_id=f"L-{n}", lastname="X") for n in range(4)],
        "upsert": [{"id": f"L-{n}", "idProperty": link_id, **row(lastname="X")} for n in range(4)],
    }
    body = {"inputs": inputs[verb], "properties": [link_id]}
    results = http("POST", f"{BATCH}/{verb}", body).body["results"]
    keys = [each["id"] if verb in ("read", "update") else each["properties"][link_id] for each in results]
    wanted = ids if verb in ("read", "update") else [f"L-{n}" for n in range(4)]
    assert keys != wanted
    assert sorted(keys) == wanted
