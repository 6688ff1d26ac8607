"""How the tests of imports send a file, and wait for it in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from hubspot import HubSpot

from connector.sandbox.world import World


def request(columns: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """An importRequest for one CSV file of contacts unless its columns say otherwise."""
    mappings = [{"columnObjectTypeId": "0-1", **column} for column in columns]
    page = {"hasHeader": True, "columnMappings": mappings}
    file = {"fileName": "beurs.csv", "fileFormat": "CSV", "fileImportPage": page}
    return {"name": "Beurs Utrecht", "files": [file], **more}


def column(name: str, target: str | None = None, **more: Any) -> dict[str, Any]:
    """A column of the file and its property."""
    return {"columnName": name, "propertyName": target or name.lower(), **more}


class Importer:
    """Sends CSV files with HubSpot's own client, and moves the clock until they are in."""

    def __init__(self, client: HubSpot, world: World, folder: Path) -> None:
        self.api, self.errors_api = client.crm.imports.core_api, client.crm.imports.public_imports_api
        self.world, self.file = world, folder / "beurs.csv"

    def send(self, asked: dict[str, Any], text: str) -> str:
        """Starts an import; returns its id."""
        self.file.write_text(text, encoding="utf-8")
        started = self.api.create(files=str(self.file), import_request=orjson.dumps(asked).decode())
        return str(started.id)

    def state(self, import_id: str) -> str:
        """The state as the client sees it."""
        return str(self.api.get_by_id(import_id).state)

    def done(self, asked: dict[str, Any], text: str) -> dict[str, int]:
        """Sends a file, lets it end, and returns the counters."""
        import_id = self.send(asked, text)
        self.world.clock.advance(60)
        found = self.api.get_by_id(import_id)
        assert found.state == "DONE"
        return dict(found.metadata.counters)

    def errors(self, import_id: str) -> list[Any]:
        """All errors with their messages."""
        page = self.errors_api.get_errors(
            import_id, limit=100, include_error_message=True, include_row_data=True
        )
        return list(page.results)
