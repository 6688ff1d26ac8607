"""The published JSON Schema and the reference page say what the program does."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from connector.mapping import shape
from connector.mapping.jsonschema import json_schema
from connector.mapping.load import parse_text
from connector.mapping.rules import Blank, Clash, First, OnDelete, OnExit, Rule, Unmapped
from connector.mapping.wording import keys_of

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
GOOD = [
    *sorted((ROOT / "mappings").glob("*.yaml")),
    *sorted((ROOT / "tests" / "mappings" / "ok").glob("*/*.yaml")),
]
READ = [path for path in GOOD if path.name in shape.FILES]


def blocks(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """A model and all models inside it."""
    if model not in seen:
        seen.add(model)
        for info in model.model_fields.values():
            for inner in _blocks_in(info.annotation):
                blocks(inner, seen)
    return seen


def _blocks_in(annotation: object) -> list[type[BaseModel]]:
    if (
        isinstance(annotation, type)
        and not hasattr(annotation, "__args__")
        and issubclass(annotation, BaseModel)
    ):
        return [annotation]
    return [block for inner in getattr(annotation, "__args__", ()) for block in _blocks_in(inner)]


def keys_of_the_format() -> set[str]:
    """Every key that may stand in a mapping file."""
    found: set[str] = set()
    for model in set(shape.FILES.values()):
        for block in blocks(model, set()):
            found |= set(keys_of(block))
    return found


def test_the_published_schema_is_up_to_date() -> None:
    """Renew it with: ACCEPT=1 pytest tests/unit/mapping/test_mapping_docs.py"""
    published = ROOT / "docs" / "mapping.schema.json"
    if os.environ.get("ACCEPT"):
        published.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    assert json.loads(published.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("path", READ, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_schema_accepts_every_good_file(path: Path) -> None:
    """An editor shows no mistake where `smarketing check` finds none."""
    jsonschema.Draft202012Validator(json_schema()).validate(YAML(typ="safe").load(path))


@pytest.mark.parametrize("case", ["misspelled-keys", "wrong-words", "on-delete", "empty-value-map"])
def test_the_schema_refuses_what_is_wrong_in_shape(case: str) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for path in (ROOT / "tests" / "mappings" / "err" / case).glob("*.yaml"):
        assert not validator.is_valid(YAML(typ="safe").load(path))


def test_every_key_is_explained() -> None:
    missing = [key for key in sorted(keys_of_the_format()) if f"`{key}`" not in PAGE]
    assert missing == []


def test_every_word_that_may_stand_after_a_key_is_explained() -> None:
    words = [word.value for enum in (Rule, Clash, First, Blank, Unmapped, OnExit, OnDelete) for word in enum]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_every_check_is_listed() -> None:
    """A rule name in brackets at the end of a message can be looked up."""
    used: set[str] = set()
    for path in (ROOT / "tests" / "mappings" / "err").glob("*/expected.out"):
        used |= set(re.findall(r"\[([a-z-]+)\]$", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert used
    assert [rule for rule in sorted(used) if f"`{rule}`" not in PAGE] == []


def test_every_key_is_used_by_an_example_that_loads() -> None:
    """The fixture every-key together with the starter uses the whole format."""
    text = "".join(path.read_text(encoding="utf-8") for path in READ)
    missing = [key for key in sorted(keys_of_the_format()) if not re.search(rf"\b{key}\b", text)]
    assert missing == []


def test_the_examples_of_the_page_are_accepted() -> None:
    """Each YAML example replaces a file of the smallest mapping and brings no problem of shape."""
    minimal = ROOT / "tests" / "mappings" / "ok" / "minimal"
    files = {path.name: path.read_text(encoding="utf-8") for path in minimal.glob("*.yaml")}
    examples = re.findall(r"```yaml\n# ([a-z]+\.yaml)\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) >= 4
    for name, text in examples:
        assert [str(problem) for problem in parse_text(files | {name: text})[1]] == []
