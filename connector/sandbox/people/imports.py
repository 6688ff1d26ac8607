"""Files that are loaded into a CRM: an import of contacts into HubSpot, a bulk load of leads into Salesforce.

Enters: scenes and a number of rows. Leaves: records that came all at once. HubSpot's share one modification
stamp; Salesforce's differ by seconds at most.
"""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import Any

import orjson

from connector.sandbox.company.chance import Chance
from connector.sandbox.people import newcomers, office
from connector.sandbox.people.acts import Done, Scene
from connector.sandbox.people.admins import ADMIN

KNOWN_SHARE = 0.2
"""Of the rows of a file, people whom HubSpot knows already."""
COLUMNS = ("email", "firstname", "lastname", "jobtitle", "phone", "company", "lifecyclestage")
FILE = "contacts.csv"
TRANSACTION = 200


def csv_import(scene: Scene, rows: int = 250, stage: str = "lead", known: int | None = None) -> Done:
    """A marketer imports a file of contacts. `known` rows (a fifth) are about people whom HubSpot has."""
    store = scene.world.hubspot
    kept = list(islice(_known(scene), round(rows * KNOWN_SHARE) if known is None else known))
    table = [{"email": email, "jobtitle": newcomers.title(scene.chance)} for email in kept]
    table += [_row(scene.chance, stage) for _ in range(rows - len(table))]
    user = office.a_marketer(scene)
    with store.db.transaction():
        job = store.imports.start(_request(), {FILE: _file(table)}, store.tick_ms())
    return Done(f"marketer {user}", (f"imports {job['id']}",))


def _known(scene: Scene) -> Any:
    sql = """SELECT json_extract(props, '$.email') FROM records WHERE type = 'contacts'
        AND archived IS NULL AND json_extract(props, '$.email') IS NOT NULL ORDER BY id"""
    found = [email for (email,) in scene.world.hubspot.db.rows(sql)]
    scene.chance.random.shuffle(found)
    return iter(found)


def _row(chance: Chance, stage: str) -> dict[str, str]:
    someone = newcomers.newcomer(chance)
    return {
        "email": someone.email,
        "firstname": someone.first_name,
        "lastname": someone.last_name,
        "phone": newcomers.phone(chance),
        "company": someone.company,
        "lifecyclestage": stage,
    }


def _file(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _request() -> str:
    columns = [
        {
            "columnObjectTypeId": "0-1",
            "columnName": name,
            "propertyName": name,
            **({"columnType": "HUBSPOT_ALTERNATE_ID"} if name == "email" else {}),
        }
        for name in COLUMNS
    ]
    page = {"hasHeader": True, "columnMappings": columns}
    file = {"fileName": FILE, "fileFormat": "CSV", "fileImportPage": page}
    body = {"name": "Contacts of a fair", "importOperations": {"0-1": "UPSERT"}, "files": [file]}
    return orjson.dumps(body).decode()


def bulk_load(scene: Scene, rows: int = 200) -> Done:
    """An admin loads leads that were bought, 200 in a transaction, with a tool that has a user of its own."""
    store = scene.world.salesforce
    admin, owners = store.somebody(), office.reps(scene.world) or [store.somebody()]
    made: list[str] = []
    while len(made) < rows:
        with store.db.transaction():
            for _ in range(min(TRANSACTION, rows - len(made))):
                values = {**_lead(scene.chance), "OwnerId": scene.chance.one_of(owners)}
                made.append(store.user_create("Lead", values, admin))
    return Done(ADMIN, tuple(f"Lead {each}" for each in made))


def _lead(chance: Chance) -> dict[str, object]:
    someone = newcomers.newcomer(chance)
    return {
        "FirstName": someone.first_name,
        "LastName": someone.last_name,
        "Email": someone.email,
        "Phone": newcomers.phone(chance),
        "Company": someone.company,
        "LeadSource": "Purchased List",
    }
