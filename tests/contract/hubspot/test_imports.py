"""A marketer's CSV goes in through the imports API: who is recognized, what is created, in which time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from hubspot import HubSpot
from hubspot.crm.imports.exceptions import ApiException
from hubspot_imports import Importer, column, request

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

PERSON = [column("Email"), column("Voornaam", "firstname"), column("Functie", "jobtitle")]
COMPANY = [
    column("Naam", "name", columnObjectTypeId="0-2"),
    column("Domein", "domain", columnObjectTypeId="0-2"),
]


@pytest.fixture
def importer(client: HubSpot, world: World, tmp_path: Path) -> Importer:
    """Sends files."""
    return Importer(client, world, tmp_path)


def people(count: int) -> str:
    """A CSV of so many people."""
    rows = [f"p{n}@beurs.nl,Piet{n},Koper" for n in range(count)]
    return "\n".join(["Email,Voornaam,Functie", *rows])


# The way of one import


def test_it_starts_works_and_is_done(importer: Importer, world: World, store: HubSpotStore) -> None:
    import_id = importer.send(request(PERSON), people(3))
    assert importer.state(import_id) == "STARTED"
    world.clock.advance(1)
    assert importer.state(import_id) == "PROCESSING"
    assert list(store.all("contacts")) == []
    world.clock.advance(1)
    assert importer.state(import_id) == "DONE"
    assert [row["properties"]["firstname"] for row in store.all("contacts")] == ["Piet0", "Piet1", "Piet2"]


def test_it_counts_what_it_did(importer: Importer, store: HubSpotStore) -> None:
    store.user_create("contacts", {"email": "p1@beurs.nl"})
    assert importer.done(request(PERSON[:2]), people(3)) == {
        "TOTAL_ROWS": 3,
        "CREATED_OBJECTS": 2,
        "UPDATED_OBJECTS": 1,
        "UNIQUE_OBJECTS_WRITTEN": 3,
        "PROPERTY_VALUES_EMITTED": 6,
        "MAPPED_COLUMNS": 2,
        "UNMAPPED_COLUMNS": 1,
        "ERRORS": 0,
    }


def test_5000_rows_share_one_modification_stamp(
    importer: Importer, store: HubSpotStore, client: HubSpot
) -> None:
    importer.done(request(PERSON), people(5000))
    stamps = {row["updatedAt"] for row in store.all("contacts")}
    assert len(stamps) == 1
    found = client.crm.contacts.search_api.do_search({"limit": 1})
    assert found.total == 5000


def test_a_long_file_comes_in_portions_and_can_be_stopped_between_them(
    importer: Importer, world: World, store: HubSpotStore
) -> None:
    import_id = importer.send(request(PERSON), people(5001))
    world.clock.advance(2)
    assert importer.state(import_id) == "PROCESSING"
    assert importer.api.cancel(import_id).status == "COMPLETE"
    world.clock.advance(60)
    assert importer.state(import_id) == "CANCELED"
    assert sum(1 for _ in store.all("contacts")) == 5000
    with pytest.raises(ApiException) as refused:
        importer.api.cancel(import_id)
    assert refused.value.status == 400


def test_a_fourth_import_waits_until_a_place_is_free(importer: Importer, world: World) -> None:
    ids = [importer.send(request(PERSON), people(1)) for _ in range(4)]
    assert [importer.state(each) for each in ids] == ["STARTED", "STARTED", "STARTED", "DEFERRED"]
    importer.api.cancel(ids[0])
    assert importer.state(ids[3]) == "STARTED"
    world.clock.advance(60)
    assert [importer.state(each) for each in ids] == ["CANCELED", "DONE", "DONE", "DONE"]


def test_imports_are_listed_newest_first_by_pages(importer: Importer, http: Any) -> None:
    ids = [importer.send(request(PERSON), people(1)) for _ in range(3)]
    first = http("GET", "/crm/v3/imports?limit=2").body
    rest = http("GET", f"/crm/imports/2026-03?limit=2&after={first['paging']['next']['after']}").body
    assert [row["id"] for row in [*first["results"], *rest["results"]]] == ids[::-1]
    assert "paging" not in rest
    assert first["results"][0]["importRequestJson"]["name"] == "Beurs Utrecht"


def test_a_write_after_the_import_is_due_is_the_later_one(
    importer: Importer, world: World, store: HubSpotStore
) -> None:
    """Nobody looked between: the import came first all the same."""
    jan = store.user_create("contacts", {"email": "p0@beurs.nl"})
    importer.send(request(PERSON), people(1))
    world.clock.advance(3600)
    store.user_edit("contacts", jan, {"jobtitle": "Directeur"})
    found = store.get("contacts", jan)
    assert found is not None
    assert found["properties"]["jobtitle"] == "Directeur"
    assert [each["value"] for each in store.history("contacts", jan, "jobtitle")] == ["Directeur", "Koper"]


# Who is recognized


def test_contacts_are_recognized_by_email_secondary_ones_included(
    importer: Importer, store: HubSpotStore
) -> None:
    jan = store.user_create("contacts", {"email": "jan@firma.nl"})
    store.system_edit("contacts", jan, {"hs_additional_emails": "jan@thuis.nl"})
    counters = importer.done(request(PERSON), "Email,Voornaam,Functie\nJAN@thuis.nl ,Jan,Koper\n")
    assert counters["UPDATED_OBJECTS"] == 1
    found = store.get("contacts", jan)
    assert found is not None
    assert found["properties"]["jobtitle"] == "Koper"


def test_companies_are_recognized_by_domain_which_the_api_does_not(
    importer: Importer, store: HubSpotStore, client: HubSpot
) -> None:
    for name in ("Bakker", "Bakker BV"):
        client.crm.companies.basic_api.create({"properties": {"name": name, "domain": "bakker.nl"}})
    one = client.crm.companies.basic_api.create({"properties": {"name": "Slager", "domain": "slager.nl"}})
    text = "Naam,Domein\nSlagerij,https://www.slager.nl/vlees\nNieuw,nieuw.nl\nBakkerij,bakker.nl\n"
    import_id = importer.send(request(COMPANY), text)
    importer.world.clock.advance(60)
    assert importer.state(import_id) == "DONE"
    names = [row["properties"]["name"] for row in store.all("companies")]
    assert names == ["Bakker", "Bakker BV", "Slagerij", "Nieuw"]
    assert store.get("companies", one.id)["properties"]["name"] == "Slagerij"  # type: ignore[index]
    assert [each.error_type for each in importer.errors(import_id)] == ["MULTIPLE_COMPANIES_WITH_THIS_DOMAIN"]


def test_records_are_recognized_by_record_id_or_by_a_unique_property(
    importer: Importer, store: HubSpotStore, http: Any
) -> None:
    own = {"name": "sf_id", "label": "SF", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    http("POST", "/crm/v3/properties/contacts", own | {"groupName": "contactinformation"})
    jan = store.user_create("contacts", {"email": "jan@firma.nl", "sf_id": "003A"})
    by_id = [column("Record ID", None, propertyName=None, columnType="HUBSPOT_OBJECT_ID"), PERSON[2]]
    importer.done(request(by_id), f"Record ID,Functie\n{jan},Koper\n")
    by_key = [column("SF", "sf_id", columnType="HUBSPOT_ALTERNATE_ID"), PERSON[1]]
    importer.done(request(by_key), "SF,Voornaam\n003A,Jan\n003B,Els\n")
    rows = [row["properties"] for row in store.all("contacts")]
    assert [(row["sf_id"], row["firstname"], row.get("jobtitle")) for row in rows] == [
        ("003A", "Jan", "Koper"),
        ("003B", "Els", None),
    ]


@pytest.mark.parametrize(
    ("operation", "left", "error"),
    [
        ("CREATE", ["jan@firma.nl", "els@firma.nl"], "CREATE_ONLY_IMPORT"),
        ("UPDATE", ["jan@firma.nl"], "UPDATE_ONLY_IMPORT"),
    ],
)
def test_an_import_may_only_create_or_only_update(
    importer: Importer, store: HubSpotStore, operation: str, left: list[str], error: str
) -> None:
    store.user_create("contacts", {"email": "jan@firma.nl"})
    text = "Email,Voornaam,Functie\njan@firma.nl,Jan,Koper\nels@firma.nl,Els,Koper\n"
    import_id = importer.send(request(PERSON, importOperations={"0-1": operation}), text)
    importer.world.clock.advance(60)
    assert [each.error_type for each in importer.errors(import_id)] == [error]
    assert [row["properties"]["email"] for row in store.all("contacts")] == left


def test_what_is_in_one_row_is_associated(importer: Importer, store: HubSpotStore) -> None:
    text = "Email,Naam,Domein\njan@firma.nl,Firma,firma.nl\nels@firma.nl,Firma,firma.nl\n"
    counters = importer.done(request([PERSON[0], *COMPANY]), text)
    assert counters["ASSOCIATIONS_CREATED"] == 2
    (firm,) = store.all("companies")
    assert [row["properties"]["associatedcompanyid"] for row in store.all("contacts")] == [firm["id"]] * 2


def test_a_list_of_what_was_imported_on_request(importer: Importer, http: Any, store: HubSpotStore) -> None:
    import_id = importer.send(request(PERSON, createContactListFromImport=True), people(2))
    importer.world.clock.advance(60)
    (made,) = importer.api.get_by_id(import_id).metadata.object_lists
    members = http("GET", f"/crm/v3/lists/{made.list_id}/memberships").body["results"]
    assert [row["recordId"] for row in members] == [row["id"] for row in store.all("contacts")]


# What cells mean


def test_cells_are_read_as_people_write_them(importer: Importer, store: HubSpotStore, http: Any) -> None:
    """Labels of choices, names of owners, days in the order of the country; a blank changes nothing."""
    day = {"name": "beurs", "label": "Beurs", "type": "date", "fieldType": "date"}
    http("POST", "/crm/v3/properties/contacts", day | {"groupName": "contactinformation"})
    (owner,) = store.load_owners([{"email": "kees@wij.nl", "firstName": "Kees", "lastName": "Smit"}])
    jan = store.user_create("contacts", {"email": "jan@firma.nl", "jobtitle": "Koper"})
    columns = [*PERSON, column("Fase", "lifecyclestage"), column("Dag", "beurs")]
    columns.append(column("Eigenaar", "hubspot_owner_id"))
    text = (
        "Email,Voornaam,Functie,Fase,Dag,Eigenaar\n"
        "jan@firma.nl,Jan,,sales qualified LEAD,31-10-2026,kees smit\n"
        "els@firma.nl,Els,,lead,1/2/2026,Kees@wij.nl\n"
    )
    importer.done(request(columns, dateFormat="DAY_MONTH_YEAR"), text)
    rows = [row["properties"] for row in store.all("contacts")]
    assert [(row["lifecyclestage"], row["beurs"]) for row in rows] == [
        ("salesqualifiedlead", "2026-10-31"),
        ("lead", "2026-02-01"),
    ]
    assert {row["hubspot_owner_id"] for row in rows} == {owner}
    assert store.history("contacts", jan, "jobtitle")[0]["value"] == "Koper"
    assert store.history("contacts", jan, "firstname")[0]["sourceType"] == "IMPORT"


def test_a_bad_cell_is_left_out_and_told_with_its_place(importer: Importer, store: HubSpotStore) -> None:
    columns = [PERSON[0], column("Fase", "lifecyclestage"), column("Eigenaar", "hubspot_owner_id")]
    import_id = importer.send(request(columns), "Email,Fase,Eigenaar\njan@firma.nl,koning,niemand\n")
    importer.world.clock.advance(60)
    stage, owner = importer.errors(import_id)
    assert (stage.error_type, stage.known_column_number, stage.invalid_value) == (
        "INVALID_ENUMERATION_OPTION",
        2,
        "koning",
    )
    assert (stage.source_data.line_number, stage.source_data.row_data) == (
        2,
        ["jan@firma.nl", "koning", "niemand"],
    )
    assert "koning was not one of the allowed options" in stage.error_message
    assert owner.error_type == "COULD_NOT_FIND_OWNER"
    (row,) = store.all("contacts")
    assert "lifecyclestage" not in row["properties"]


def test_rows_that_cannot_be_written_fail_alone(importer: Importer, store: HubSpotStore, http: Any) -> None:
    http("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": "weg@firma.nl", "idProperty": "email"})
    text = (
        "Email,Voornaam,Functie\n"
        "geen adres,Jan,Koper\n"
        "weg@firma.nl,Els,Koper\n"
        "piet@firma.nl,Piet\n"
        ",,Koper\n"
        "kees@firma.nl,Kees,Koper\n"
    )
    import_id = importer.send(request(PERSON), text)
    importer.world.clock.advance(60)
    assert [each.error_type for each in importer.errors(import_id)] == [
        "INVALID_EMAIL",
        "GDPR_BLACKLISTED_EMAIL",
        "INCORRECT_NUMBER_OF_COLUMNS",
        "MISSING_REQUIRED_PROPERTY",
    ]
    assert [row["properties"]["email"] for row in store.all("contacts")] == ["kees@firma.nl"]


def test_a_column_that_cannot_be_written_is_told_once(importer: Importer, store: HubSpotStore) -> None:
    columns = [PERSON[0], column("Score", "hubspotscore"), column("Eenhoorn", "unicorn")]
    text = "Email,Score,Eenhoorn\njan@firma.nl,9,ja\nels@firma.nl,8,nee\n"
    import_id = importer.send(request(columns), text)
    importer.world.clock.advance(60)
    found = [(each.error_type, each.object_type) for each in importer.errors(import_id)]
    assert found == [("FAILED_VALIDATION", "CONTACT"), ("PROPERTY_DEFINITION_NOT_FOUND", "CONTACT")]
    assert sum(1 for _ in store.all("contacts")) == 2


def test_a_stage_does_not_go_back_by_import_either(importer: Importer, store: HubSpotStore) -> None:
    jan = store.user_create("contacts", {"email": "jan@firma.nl", "lifecyclestage": "customer"})
    importer.done(request([PERSON[0], column("Fase", "lifecyclestage")]), "Email,Fase\njan@firma.nl,Lead\n")
    assert store.get("contacts", jan)["properties"]["lifecyclestage"] == "customer"  # type: ignore[index]


def test_a_company_with_as_many_people_as_it_may_have_takes_no_more(
    importer: Importer, http: Any, store: HubSpotStore
) -> None:
    """The people are written all the same, and the account goes on answering."""
    http("POST", "/_sandbox/settings", {"association_limits": {"companies:contacts": 1}})
    text = "Email,Domein\njan@firma.nl,firma.nl\npiet@firma.nl,firma.nl\nels@winkel.nl,winkel.nl\n"
    import_id = importer.send(request([PERSON[0], COMPANY[1]]), text)
    importer.world.clock.advance(60)
    assert importer.state(import_id) == "DONE"
    (refused,) = importer.errors(import_id)
    assert (refused.error_type, refused.source_data.line_number) == ("ASSOCIATION_LIMIT_EXCEEDED", 3)
    assert [len(row["associations"]) for row in store.all("contacts")] == [1, 0, 1]


def test_the_list_of_an_import_may_be_deleted_while_it_runs(importer: Importer, http: Any) -> None:
    import_id = importer.send(request(PERSON, createContactListFromImport=True), people(5_001))
    importer.world.clock.advance(2)
    (found,) = http("POST", "/crm/v3/lists/search", {"query": "Beurs"}).body["lists"]
    assert http("DELETE", f"/crm/v3/lists/{found['listId']}").status == 204
    importer.world.clock.advance(60)
    assert importer.state(import_id) == "DONE"


def test_an_import_that_cannot_go_on_fails_alone(
    importer: Importer, http: Any, client: HubSpot, store: HubSpotStore
) -> None:
    """Somebody made a list of the very name that the import's own would have."""
    import_id = importer.send(request(PERSON, createContactListFromImport=True), people(1))
    name = f"Beurs Utrecht contacts {import_id}"
    http("POST", "/crm/v3/lists", {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL"})
    importer.world.clock.advance(60)
    assert client.crm.contacts.basic_api.get_page().results == []
    assert importer.state(import_id) == "FAILED"
    assert [each.error_type for each in importer.errors(import_id)] == ["UNKNOWN_ERROR"]
    assert list(store.all("contacts")) == []


# What cannot be imported


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Email,Voornaam\njan@firma.nl,Jan\n", "INVALID_COLUMN_CONFIGURATION"),
        ("", "INVALID_FILE_TYPE"),
    ],
)
def test_a_file_that_does_not_fit_fails_as_a_whole(importer: Importer, text: str, error: str) -> None:
    import_id = importer.send(request(PERSON), text)
    importer.world.clock.advance(2)
    assert importer.state(import_id) == "FAILED"
    assert [each.error_type for each in importer.errors(import_id)] == [error]


def test_errors_say_in_which_of_several_files_they_are(base_url: str, world: World, client: HubSpot) -> None:
    """Both files have a second line; the stage that is none stands in the other one."""
    asked = request([column("Email"), column("Fase", "lifecyclestage")])
    asked["files"].append({**asked["files"][0], "fileName": "ander.csv"})
    lines = {"beurs.csv": "jan@firma.nl,lead", "ander.csv": "piet@firma.nl,veel"}
    files = [("files", (name, "Email,Fase\n" + line)) for name, line in lines.items()]
    form, token = {"importRequest": orjson.dumps(asked)}, {"Authorization": "Bearer sandbox"}
    address = f"{base_url}/crm/v3/imports"
    started = requests.post(address, data=form, files=files, headers=token, timeout=20).json()
    world.clock.advance(60)
    api = client.crm.imports.public_imports_api
    (error,) = api.get_errors(started["id"], include_row_data=True).results
    assert str(error.source_data.file_id) == started["metadata"]["fileIds"][1]
    assert (error.source_data.line_number, error.source_data.row_data) == (2, ["piet@firma.nl", "veel"])


def test_a_file_that_was_not_sent_fails(importer: Importer) -> None:
    asked = request(PERSON)
    asked["files"][0]["fileName"] = "ander.csv"
    import_id = importer.send(asked, people(1))
    importer.world.clock.advance(2)
    assert [each.error_type for each in importer.errors(import_id)] == ["FILE_NOT_FOUND"]


def refusal(importer: Importer, asked: Any) -> dict[str, Any]:
    """The body with which an import is refused at once."""
    with pytest.raises(ApiException) as refused:
        importer.send(asked, people(1))
    assert refused.value.status == 400
    body: dict[str, Any] = orjson.loads(refused.value.body)
    return body


def test_an_import_that_only_creates_must_have_what_new_records_need(importer: Importer) -> None:
    body = refusal(importer, request([PERSON[2]], importOperations={"0-1": "CREATE"}))
    text = "Some required properties for CONTACT creates are missing: [One of [firstname, email, lastname]]"
    assert body["message"] == text


@pytest.mark.parametrize(
    "broken",
    [
        {"name": None},
        {"files": []},
        {"files": ["beurs.csv"]},
        {"dateFormat": "WEEK"},
        {"importOperations": {"0-1": "DELETE"}},
        {"importOperations": ["UPSERT"]},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(importer: Importer, broken: dict[str, Any]) -> None:
    assert refusal(importer, request(PERSON, **broken))["category"] == "VALIDATION_ERROR"


def test_a_body_that_is_no_form_is_refused(http: Any) -> None:
    assert http("POST", "/crm/v3/imports", {"importRequest": {}}).status == 400
    assert http("POST", "/crm/v3/imports", raw=b"--x").status == 400
    assert http("GET", "/crm/v3/imports/17").status == 404
