"""HubSpot's own client and files: an import of a CSV, an export as CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.imports import ApiException

COLUMNS = ("email", "lastname", "city")


def asked(tag: Tag, **more: Any) -> str:
    """An importRequest for one file of contacts."""
    mappings = [{"columnName": each, "propertyName": each, "columnObjectTypeId": "0-1"} for each in COLUMNS]
    page = {"hasHeader": True, "columnMappings": mappings}
    file = {"fileName": "people.csv", "fileFormat": "CSV", "fileImportPage": page}
    operations = {"0-1": "UPSERT"}
    return json.dumps({"name": tag.text(), "files": [file], "importOperations": operations, **more})


def test_a_csv_is_imported(ground: Ground, hubspot: HubSpotGround, tag: Tag, tmp_path: Path) -> None:
    """Who is there already is updated, the others are created; the errors are a list of their own."""
    crm, file = hubspot.api.crm, tmp_path / "people.csv"
    rows = [(tag.email(), tag.text(), "Gent") for _ in range(2)]
    known = crm.contacts.basic_api.create({"properties": {"email": rows[0][0], "lastname": tag.text()}})
    file.write_text("\n".join(map(",".join, [COLUMNS, *rows])), encoding="utf-8")
    started = crm.imports.core_api.create(files=str(file), import_request=asked(tag))
    look = lambda: crm.imports.core_api.get_by_id(int(started.id))  # noqa: E731
    done = ground.eventually(look, lambda found: found.state in ("DONE", "FAILED"))
    assert done.state == "DONE"
    assert (done.metadata.counters["CREATED_OBJECTS"], done.metadata.counters["UPDATED_OBJECTS"]) == (1, 1)
    assert crm.imports.public_imports_api.get_errors(int(started.id)).results == []
    inputs = [{"id": email} for email, _, _ in rows]
    read = crm.contacts.batch_api.read(
        {"idProperty": "email", "properties": ["email", "city"], "inputs": inputs}
    )
    assert {row.properties["city"] for row in read.results} == {"Gent"}
    assert {row.properties["email"]: row.id for row in read.results}[rows[0][0]] == known.id
    crm.contacts.batch_api.archive({"inputs": [{"id": row.id} for row in read.results]})


def test_an_import_that_names_no_file_is_refused(hubspot: HubSpotGround, tag: Tag, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\n", encoding="utf-8")
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.imports.core_api.create(files=str(file), import_request=asked(tag, files=[]))
    assert refused.value.status == 400


def test_contacts_are_exported_to_a_file(ground: Ground, hubspot: HubSpotGround, tag: Tag) -> None:
    """A task, and then an address that needs no token."""
    crm, email = hubspot.api.crm, tag.email()
    crm.contacts.basic_api.create({"properties": {"email": email, "lastname": tag.text()}})
    body = {
        "exportType": "VIEW",
        "format": "CSV",
        "exportName": tag.text(),
        "objectType": "CONTACT",
        "objectProperties": ["email"],
        "language": "EN",
    }
    task = crm.exports.public_exports_api.start(body)
    look = lambda: crm.exports.public_exports_api.get_status(int(task.id))  # noqa: E731
    done = ground.eventually(look, lambda found: found.status in ("COMPLETE", "CANCELED"))
    assert done.status == "COMPLETE"
    file = hubspot.traffic.send("GET", done.result, lambda: requests.get(done.result, timeout=60))
    assert file.status_code == 200
    assert email in file.content.decode("utf-8-sig")
