"""The published JSON Schema of the mapping files, so that editors complete keys and show mistakes while
typing.

Enters: nothing but the models of ``shape``. Leaves: one schema (draft 2020-12) with a definition per file.
Never: I/O.
"""

from typing import Any

from pydantic.json_schema import models_json_schema

from connector.mapping.shape import ObjectFile, OwnersFile, PipelineFile

NAMED = frozenset({"properties", "$defs"})
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """A file is a pipeline, one kind of record, or the owners."""
    models = (PipelineFile, ObjectFile, OwnersFile)
    _, schema = models_json_schema([(model, "validation") for model in models], by_alias=True)
    found: dict[str, Any] = {
        "$schema": DIALECT,
        "title": "smarketing mapping files",
        "description": "pipeline.yaml, owners.yaml, or one of contacts.yaml, companies.yaml and deals.yaml.",
        "anyOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in models],
        "$defs": _named(schema["$defs"]),
    }
    return found


def _named(blocks: dict[str, Any]) -> dict[str, Any]:
    """Schemas by name: here ``title`` and ``default`` are names, no words of the schema."""
    return {name: _plain(block) for name, block in blocks.items()}


def _plain(node: Any) -> Any:
    """Without generated titles, defaults that are blocks, and null (a key is left out instead)."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {
        k: _named(v) if k in NAMED else _plain(v) for k, v in node.items() if k != "title"
    }
    if not isinstance(kept.get("default", 0), str | int):
        del kept["default"]
    choices = [choice for choice in kept.get("anyOf", []) if choice != {"type": "null"}]
    if choices and len(choices) < len(kept["anyOf"]):
        del kept["anyOf"]
        kept.update(choices[0] if len(choices) == 1 else {"anyOf": choices})
    return kept
