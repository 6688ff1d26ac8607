"""pydantic's findings about the shape of a file, in words for the person who edits it, with line and
column.

Enters: a validation error and the tree with positions. Leaves: problems. Never: pydantic's own sentences,
which name Python types.
"""

import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from connector.mapping.nodes import Node, Path, place
from connector.mapping.problem import Problem
from connector.mapping.shape import Convert
from connector.mapping.words import quoted, suggestion

KINDS = {
    "string_type": "a text",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a small whole number",
    "tuple_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
}
PATTERNS = {
    "^[a-z][a-z0-9_]{0,39}$": "a short name in small letters, digits and underscores, such as job_title",
    "^[a-z][a-z0-9]{1,7}$": "two to eight small letters and digits, such as smk",
    "^[A-Z]{2}$": "a country code in capitals, such as NL",
}


def explain(error: ValidationError, model: type[BaseModel], root: Node) -> list[Problem]:
    """One problem per finding, at the value or, for unknown keys, at the key."""
    found = error.errors(include_url=False)
    inner = [item["loc"] for item in found]
    return [_problem(item, model, root) for item in found if not _shadowed(item, inner)]


def _shadowed(item: Any, locations: list[tuple[int | str, ...]]) -> bool:
    """An empty list reported only because its items are wrong."""
    own = item["loc"]
    return item["type"] == "too_short" and any(
        len(loc) > len(own) and loc[: len(own)] == own for loc in locations
    )


def _problem(item: Any, model: type[BaseModel], root: Node) -> Problem:
    path: Path = tuple(item["loc"])
    at_key = item["type"] == "extra_forbidden" or (item["input"] is None and item["type"] != "missing")
    where = place(root, path, key=at_key)
    owner = _block_at(model, path[:-1])
    if item["loc"] and item["loc"][-1] == "[key]":
        where = place(root, path[:-1], key=True)
    return Problem(where, _message(item, owner), _rule(item["type"]))


def _rule(kind: str) -> str:
    if kind in ("extra_forbidden", "missing"):
        return {"extra_forbidden": "unknown-key", "missing": "missing-key"}[kind]
    return "value"


def _message(item: Any, owner: type[BaseModel] | None) -> str:
    kind, key, context = item["type"], _last_key(item["loc"]), item.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(key, owner)
    if kind == "missing":
        return f'the key "{key}" is missing{_purpose(owner, key)}'
    if kind in ("enum", "literal_error"):
        return _not_allowed(item["input"], key, context["expected"])
    if item["input"] is None:
        return f'"{key}" is written without a value; give one or leave the line out'
    if kind in KINDS:
        return f'"{key}" must be {KINDS[kind]}, found {_shown(item["input"])}'
    if kind == "string_pattern_mismatch":
        wanted = PATTERNS.get(context["pattern"], "written differently")
        return f'"{key}" must be {wanted}, found {_shown(item["input"])}'
    if kind in ("too_short", "string_too_short"):
        return f'"{key}" needs at least {context["min_length"]}, found {_shown(item["input"])}'
    if kind in ("greater_than_equal", "less_than_equal"):
        limit = item["msg"].removeprefix("Input should be ")
        return f'"{key}" must be {limit}, found {_shown(item["input"])}'
    if item["msg"].startswith("Input should be"):
        return f'"{key}" cannot be {_shown(item["input"])}'
    return f'"{key}" {item["msg"]}; found {_shown(item["input"])}'


def _unknown(key: str, owner: type[BaseModel] | None) -> str:
    allowed = list(keys_of(owner)) if owner else []
    if owner is Convert:
        return f'"{key}" is no converter{suggestion(key, allowed)}'
    return f'unknown key "{key}"{suggestion(key, allowed)}'


def _not_allowed(found: Any, key: str, expected: str) -> str:
    allowed = expected.replace("'", "").replace(" or ", ", ").split(", ")
    if not isinstance(found, str):
        return f'"{key}" must be one of {quoted(allowed)}, found {_shown(found)}'
    return f'"{key}" cannot be "{found}"{suggestion(found, allowed)}'


def _purpose(owner: type[BaseModel] | None, key: str) -> str:
    fields = owner.model_fields if owner else {}
    for name, info in fields.items():
        if key in (name, info.alias) and info.description:
            return f". {info.description}"
    return ""


def _last_key(loc: tuple[int | str, ...]) -> str:
    words = [part for part in loc if isinstance(part, str) and part != "[key]"]
    return words[-1] if words else "the file"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a block of keys" if value else "an empty block"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    return f'"{value}"' if len(str(value)) <= 60 else f'"{str(value)[:57]}..."'


def keys_of(block: type[BaseModel]) -> Iterator[str]:
    """The keys of a block as they are written in the file."""
    for name, info in block.model_fields.items():
        yield info.alias or name


def _block_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model of the block at a path, by walking the annotations; None where the path leads through a
    free table."""
    block: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        info = next(
            (i for n, i in (block.model_fields if block else {}).items() if part in (n, i.alias)), None
        )
        block = next(_blocks(info.annotation), None) if info else None
    return block


def _blocks(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for inner in typing.get_args(annotation):
        yield from _blocks(inner)
