"""Imports of HubSpot where the guides are silent, and memberships by the batch.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from assumptions.acts import Hub, UnsureError, equal, refused
from assumptions.base import Finding, assumes
from ground.base import Ground
from urllib3.filepost import encode_multipart_formdata

NOBODY = "999999999999"
COLUMNS = ("email", "lastname", "city", "lifecyclestage")


class Import:
    """A CSV of contacts, sent and waited for. Rows are (city, lifecycle stage); each gets an own address."""

    def __init__(self, ground: Ground, *rows: tuple[str, str], columns: Sequence[str] = COLUMNS) -> None:
        self.ground, self.hub = ground, Hub(ground)
        email, name = ground.tag.email(), ground.tag.text()
        self.emails = [f"{n}.{email}" for n in range(len(rows))]
        lines = [",".join((mail, name, *row)) for mail, row in zip(self.emails, rows, strict=True)]
        self.send("\n".join([",".join(COLUMNS), *lines]), columns)

    def send(self, text: str, columns: Sequence[str]) -> None:
        """Sends a file; `columns` are those that the request speaks of."""
        assert self.ground.hubspot is not None
        fields: dict[str, Any] = {
            "importRequest": json.dumps(asked(self.ground, columns)),
            "files": ("people.csv", text.encode(), "text/csv"),
        }
        raw, kind = encode_multipart_formdata(fields)
        answer = self.ground.hubspot.call("POST", "/crm/v3/imports", raw=raw, content_type=kind)
        if answer.status != 200:
            raise UnsureError(f"the import was refused: {answer.status} {answer.message[:200]}")
        self.path = f"/crm/v3/imports/{answer.body['id']}"

    def state(self) -> str:
        """How it ended."""
        ended = ("DONE", "FAILED", "CANCELED")
        look = lambda: str(self.hub.must("GET", self.path)["state"])  # noqa: E731
        return self.ground.eventually(look, lambda state: state in ended)

    def contact(self, place: int, *names: str) -> dict[str, str | None] | None:
        """The contact of a row, or None."""
        path = f"/crm/v3/objects/contacts/{self.emails[place]}?idProperty=email&properties={','.join(names)}"
        answer = self.hub.call("GET", path)
        if answer.status != 200:
            return None
        self.hub.made.add("contacts", answer.body["id"])
        found: dict[str, str | None] = answer.body["properties"]
        return found


def asked(ground: Ground, columns: Sequence[str]) -> dict[str, Any]:
    """An importRequest for one file of contacts."""
    mappings = [{"columnName": each, "propertyName": each, "columnObjectTypeId": "0-1"} for each in columns]
    page = {"hasHeader": True, "columnMappings": mappings}
    file = {"fileName": "people.csv", "fileFormat": "CSV", "fileImportPage": page}
    return {"name": ground.tag.text(), "files": [file], "importOperations": {"0-1": "UPSERT"}}


@assumes("hs-import-bad-cell", "In an import a value that is no option costs the cell, not the row")
def import_bad_cell(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "no_such_stage"))
    state, found = made.state(), made.contact(0, "city")
    return equal((state, found and found["city"]), ("DONE", "Gent"))


@assumes("hs-import-bad-key", "In an import a bad address costs the row")
def import_bad_key(ground: Ground) -> Finding:
    made = Import(ground)
    name = ground.tag.text()
    made.send(f"email,lastname,city,lifecyclestage\nnot an address,{name},Gent,lead\n", COLUMNS)
    state = made.state()
    counters = made.hub.must("GET", made.path)["metadata"]["counters"]
    return equal((state, counters.get("CREATED_OBJECTS", 0)), ("DONE", 0))


@assumes("hs-import-later-row", "In an import the later of two rows for one record counts")
def import_later_row(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "lead"))
    made.state()
    name, email = ground.tag.text(), made.emails[0]
    rows = [f"{email},{name},{city},lead" for city in ("Brugge", "Aalst")]
    made.send("\n".join([",".join(COLUMNS), *rows]), COLUMNS)
    made.state()
    return equal((made.contact(0, "city") or {}).get("city"), "Aalst")


@assumes("hs-import-stage-forward", "In an import stages only move forward, as through the API")
def import_stage_forward(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "customer"))
    made.state()
    made.send(f"{','.join(COLUMNS)}\n{made.emails[0]},{ground.tag.text()},Gent,lead\n", COLUMNS)
    made.state()
    return equal((made.contact(0, "lifecyclestage") or {}).get("lifecyclestage"), "customer")


@assumes("hs-import-missing-column", "A mapped column that the file lacks fails the whole import")
def import_missing_column(ground: Ground) -> Finding:
    return equal(Import(ground, ("Gent", "lead"), columns=(*COLUMNS, "jobtitle")).state(), "FAILED")


@assumes("hs-import-other-columns", "Columns of a file that an import does not map are ignored")
def import_other_columns(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "lead"), columns=("email", "lastname"))
    state, found = made.state(), made.contact(0, "city")
    return equal((state, found and found["city"]), ("DONE", None))


@assumes("hs-import-stamp", "The rows of an import share one modification stamp")
def import_stamp(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "lead"), ("Brugge", "lead"))
    made.state()
    stamps = {str((made.contact(n, "lastmodifieddate") or {}).get("lastmodifieddate")) for n in range(2)}
    return Finding(len(stamps) == 1, f"{len(stamps)} stamps")


@assumes("hs-import-error-row", "Without `includeRowData` the row of an import's error is empty")
def import_error_row(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "no_such_stage"))
    made.state()
    rows = made.hub.must("GET", f"{made.path}/errors")["results"]
    return equal([row["sourceData"]["rowData"] for row in rows], [[]])


@assumes("hs-import-ended", "An import that has ended cannot be canceled: 400, and the wording")
def import_ended(ground: Ground) -> Finding:
    made = Import(ground, ("Gent", "lead"))
    state = made.state()
    made.contact(0)
    return refused(made.hub.call("POST", f"{made.path}/cancel"), 400, f"is {state} already")


@assumes(
    "hs-memberships-of-nobody", "In a batch read of memberships a record that does not exist is in no list"
)
def memberships_of_nobody(ground: Ground) -> Finding:
    body = {"inputs": [{"objectTypeId": "0-1", "recordId": NOBODY}]}
    (row,) = Hub(ground).must("POST", "/crm/v3/lists/records/memberships/batch/read", body)["results"]
    return equal(row["recordListMemberships"], [])


@assumes("hs-memberships-limit", "A batch read of memberships takes 100 records")
def memberships_limit(ground: Ground) -> Finding:
    hub, found = Hub(ground), []
    for count in (100, 101):
        body = {"inputs": [{"objectTypeId": "0-1", "recordId": str(1 + n)} for n in range(count)]}
        found.append(hub.call("POST", "/crm/v3/lists/records/memberships/batch/read", body).status)
    return equal(found, [200, 400])
